"""Named filters of the recycle bin."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from recyclebin.models import Deletion  # noqa: F401  (named as a string below)
    from tenants.models import Tenant


class DeletionQuerySet(models.QuerySet["Deletion"]):
    """Deletions as the bin shows them."""

    def for_tenant(self, tenant: "Tenant | int") -> Self:
        return self.filter(tenant=tenant)

    def binned(self) -> Self:
        """Still in the bin: these can be restored. The index over tenant, state and time serves list and order."""
        return self.filter(state="binned")

    def of_operation(self, operation: object) -> Self:
        """All that one action deleted: what *Undo* restores."""
        return self.filter(operation=operation)

    def matching(self, text: str) -> Self:
        """Every blank-separated word occurs in the label or the reason, begins the key, or is the root's id."""
        if "\x00" in text:
            return self.none()  # PostgreSQL's text cannot hold it, so nothing stored can match
        found = self
        for word in text.split():
            hit = Q(label__icontains=word) | Q(reason__icontains=word) | Q(root_source_id__startswith=word)
            # Python's decimal digits are more than the ten that a bigint takes, and a bigint has its end.
            if word.isascii() and word.isdecimal() and len(word) <= 18:
                hit |= Q(root_id=int(word))
            found = found.filter(hit)
        return found
