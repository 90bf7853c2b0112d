"""What can be done to stores. They are looked after in the back office only."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.actors import Actor
from tenants.errors import PermissionDenied
from tenants.models import Store
from tenants.permissions import ADMIN


@transaction.atomic
def save_store(*, actor: Actor, store: Store) -> Store:
    """Add a store to the actor's tenant or change it. Its time of change moves only when something is different.

    Errors: PermissionDenied without TENANT.ADMIN in the store's tenant; ValidationError by field, also for an
    organization of another tenant.
    """
    actor.require(ADMIN)
    if store.tenant_id != actor.tenant.pk:
        raise PermissionDenied(ADMIN)
    if store.organization.tenant_id != actor.tenant.pk:
        raise ValidationError({"organization": _("Choose an organization of this tenant.")})
    store.full_clean()
    columns = [field.attname for field in Store._meta.concrete_fields if field.name != "modified_at"]
    before = Store.objects.select_for_update(no_key=True).filter(pk=store.pk).values(*columns).first()
    if before != {column: getattr(store, column) for column in columns}:
        store.modified_at = timezone.now()
        store.save()
    return store
