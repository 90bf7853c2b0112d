"""Which tenant a staff session works in, and with which rights there.

Someone with several tenants, and every superuser, works in one at a time: the session holds which. What is found here
is kept for the length of one request only, in the request.
"""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest

from tenants.actors import ALL_RIGHTS, Actor
from tenants.choices import Origin
from tenants.models import Membership, StaffAccount, Tenant

SESSION_KEY = "tenant"
_CACHE = "backoffice.access"


@dataclass(frozen=True)
class Access:
    """The tenant that a request is about, and what its sender may do there."""

    tenant: Tenant
    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        return permission in self.permissions


def staff_of(request: HttpRequest) -> StaffAccount | None:
    """The active staff account that sent the request, if any."""
    user: StaffAccount | AnonymousUser = request.user
    return user if isinstance(user, StaffAccount) and user.is_active else None


def tenants_of(staff: StaffAccount) -> QuerySet[Tenant]:
    """The tenants that the account may work in, by name: its own, and all of them for a superuser."""
    tenants = Tenant.objects.filter(is_active=True).order_by("name", "id")
    return tenants if staff.is_superuser else tenants.filter(memberships__staff=staff)


def access_of(request: HttpRequest) -> Access | None:
    """The current tenant of the session with the sender's rights in it; ``None`` for somebody without any tenant.

    The choice of the session counts as long as it is still permitted; else the first tenant by name does. One query a
    request, none after that.
    """
    if _CACHE not in request.META:
        staff = staff_of(request)
        request.META[_CACHE] = _find(staff, _chosen(request)) if staff else None
    access: Access | None = request.META[_CACHE]
    return access


def choose(request: HttpRequest, tenant: Tenant) -> None:
    """Work in this tenant from the next request on. The caller has looked it up in ``tenants_of``."""
    request.session[SESSION_KEY] = tenant.pk
    request.META.pop(_CACHE, None)


def actor_of(request: HttpRequest) -> Actor:
    """The sender as the actor that verbs ask for.

    Errors: LookupError when the sender has no tenant; a view that asks for rights first never gets here.
    """
    staff, access = staff_of(request), access_of(request)
    if staff is None or access is None:
        raise LookupError("No tenant to act in.")
    return Actor(
        tenant=access.tenant,
        label=str(staff),
        origin=Origin.ADMIN,
        permissions=access.permissions,
        staff=staff,
        request_id=getattr(request, "request_id", ""),
    )


def _chosen(request: HttpRequest) -> int:
    chosen = request.session.get(SESSION_KEY)
    return chosen if isinstance(chosen, int) else 0


def _find(staff: StaffAccount, chosen: int) -> Access | None:
    if staff.is_superuser:
        tenant = tenants_of(staff).order_by(_preferring("pk", chosen), "name", "id").first()
        return Access(tenant, ALL_RIGHTS) if tenant else None
    memberships = Membership.objects.filter(staff=staff, tenant__is_active=True).select_related("tenant")
    membership = memberships.order_by(_preferring("tenant", chosen), "tenant__name", "tenant").first()
    return Access(membership.tenant, membership.permissions) if membership else None


def _preferring(key: str, chosen: int) -> Case:
    """Sorts the chosen tenant first; when it is not among the rows, their own order decides."""
    return Case(When(**{key: chosen}, then=Value(0)), default=Value(1))
