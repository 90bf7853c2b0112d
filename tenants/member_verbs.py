"""What can be done to a member of a tenant and to one's own account, besides roles and passwords."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.actors import Actor
from tenants.errors import PermissionDenied
from tenants.models import Membership, StaffAccount, Store
from tenants.permissions import ADMIN


@transaction.atomic
def change_till_login(
    *, actor: Actor, membership: Membership, user_code: str, default_store: Store | None
) -> Membership:
    """Give a member a code for tills, "" for none, and a store to begin in.

    Errors: PermissionDenied without TENANT.ADMIN in the tenant; ValidationError by field: a code that is malformed or
    somebody else's, a store of another tenant.
    """
    actor.require(ADMIN)
    if membership.tenant_id != actor.tenant.pk:
        raise PermissionDenied(ADMIN)
    if default_store is not None and default_store.tenant_id != actor.tenant.pk:
        raise ValidationError({"default_store": _("Choose a store of this tenant.")})
    locked = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    before = (locked.user_code, locked.default_store_id)
    locked.user_code, locked.default_store = user_code.strip(), default_store
    if before != (locked.user_code, locked.default_store_id):
        locked.modified_at = timezone.now()
        others = Membership.objects.filter(tenant=actor.tenant, user_code=locked.user_code).exclude(pk=locked.pk)
        if locked.user_code and others.exists():
            raise ValidationError({"user_code": _("Somebody else in this tenant has this user code.")})
        locked.full_clean()
        locked.save(update_fields=["user_code", "default_store", "modified_at"])
    return locked


@transaction.atomic
def change_own_profile(
    *, staff: StaffAccount, first_name: str, last_name: str, mobile: str, language_code: str
) -> StaffAccount:
    """Change what tills and shops are told of oneself. Errors: ValidationError by field."""
    locked = StaffAccount.objects.select_for_update(no_key=True).get(pk=staff.pk)
    values = {"first_name": first_name, "last_name": last_name, "mobile": mobile, "language_code": language_code}
    for name, value in values.items():
        setattr(locked, name, value.strip())
    locked.full_clean(exclude=["password"])
    locked.save(update_fields=list(values))
    locked.memberships.update(modified_at=timezone.now())
    return locked
