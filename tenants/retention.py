"""How long a tenant keeps what was deleted. The recycle bin, a room above, registers what has to follow a change."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from tenants.models import Tenant

LONGEST = 3650
"""Days. Whoever wants to keep it longer keeps it for good."""

Hook = Callable[[Tenant], None]

_after_change: list[Hook] = []


def register(hook: Hook) -> None:
    """Call ``hook`` with each tenant whose retention changed, in the same transaction."""
    if hook not in _after_change:
        _after_change.append(hook)


def check_days(days: int | None) -> int | None:
    """Errors: ValidationError for less than a day or more than ten years. None is "for good"."""
    if days is not None and not 1 <= days <= LONGEST:
        raise ValidationError(_("Use 1 to %(longest)d days, or nothing to keep it for good.") % {"longest": LONGEST})
    return days


def change_retention(*, tenant: Tenant, days: int | None) -> None:
    """Keep what the tenant deletes for so many days, or for good when ``days`` is None; what is in the bin follows.

    Errors: ValidationError.
    """
    check_days(days)
    with transaction.atomic():
        tenant.retention_days = days
        tenant.save(update_fields=["retention_days"])
        for hook in _after_change:
            hook(tenant)
