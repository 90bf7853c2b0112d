"""The first page after login: what there is, and what was deleted lately."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from contacts.models import Company, Contact
from customers.models import Customer
from recyclebin.models import Deletion
from tenants.bounded_lists import CappedPaginator
from tenants.current import access_of
from tenants.permissions import ACCESS
from users.models import User, Usergroup

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite

    from tenants.models import Tenant

CARDS: tuple[tuple[Any, str], ...] = (
    (Customer, "person"),
    (Contact, "contacts"),
    (Company, "domain"),
    (User, "account_circle"),
    (Usergroup, "groups"),
)
LATEST = 5
COUNT_CAP = 10_000


class OverviewPaginator(CappedPaginator):
    """Counts less far than a list: the first page has to be there at once."""

    cap = COUNT_CAP


def overview(site: "AdminSite", request: HttpRequest) -> dict[str, Any]:
    """The cards with counts that end at 10,000, and the latest deletions. Empty for somebody without a tenant."""
    access = access_of(request)
    if access is None or not access.may(ACCESS):
        return {"cards": [], "latest_deletions": []}
    return {
        "cards": [_card(model, icon, access.tenant) for model, icon in CARDS],
        "latest_deletions": Deletion.objects.for_tenant(access.tenant).binned().order_by("-deleted_at", "-id")[:LATEST],
    }


def _card(model: Any, icon: str, tenant: "Tenant") -> dict[str, Any]:
    opts = model._meta
    return {
        "title": capfirst(opts.verbose_name_plural),
        "icon": icon,
        "count": OverviewPaginator(model.objects.for_tenant(tenant).order_by("pk"), 1).label,
        "link": reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"),
    }
