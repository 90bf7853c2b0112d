"""Unique constraints whose validation sees the recycle bin."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _


class UniqueInBinToo(models.UniqueConstraint):
    """A unique constraint over live, binned and erased rows.

    Django validates through the default manager, which hides the bin: a form would accept a key that a binned record
    holds and the insert would fail with an IntegrityError. This one looks at ``everything`` and names the bin.
    """

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = "default") -> None:
        names = [name for name in self.fields if name != "tenant"]
        if exclude and set(names) & set(exclude):
            return
        values = {name: getattr(instance, name) for name in names}
        if all(value in (None, "") for value in values.values()):
            return
        rivals = model.everything.using(using).filter(tenant_id=instance.tenant_id, **values)
        if isinstance(self.condition, Q):
            rivals = rivals.filter(self.condition)
        rival = rivals.exclude(pk=instance.pk).only("pk", "deletion_id", "erased_at").first()
        if rival is None:
            return
        if rival.deletion_id is not None:
            message = _("A record in the recycle bin holds this key. Restore it, or delete it permanently first.")
        elif rival.erased_at is not None:
            message = _("An erased record holds this key. It stays reserved.")
        else:
            message = _("Another record holds this key.")
        raise ValidationError(message, code="unique")
