"""Who calls the tenant API, and which tokens are good for what (tenant API contract, sections 2.1 and 2.3)."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from api import authentication
from api.authentication import MOST_REMEMBERED, REMEMBERED
from api.errors import ApiError
from api.rate_limit import CLIENTS, USERS, Allowance, take
from api.request_id import current_request_id
from api.tenant import catalogue
from api.tenant.problems import Problem
from tenants.actors import ALL_RIGHTS, Actor
from tenants.choices import Origin
from tenants.credentials import Device, Token
from tenants.models import REQUESTS_PER_MINUTE, ApiClient, Membership, StaffAccount, Tenant
from tenants.permissions import ACCESS, ALL_PERMISSIONS, EDIT
from tenants.token_verbs import PREFIX, digest_of, find_token


class Kind(Enum):
    """What kind of token a caller holds. The values of all but the first are those of ``TokenKind``."""

    CLIENT = "client"
    INTEGRATION = "integration"
    ACCESS = "access"
    AUTH = "auth"
    DEVICE = "device"


BELOW_TENANT = frozenset({Kind.CLIENT, Kind.INTEGRATION, Kind.ACCESS})
"""What is accepted everywhere below a tenant."""
USED_EVERY = timedelta(minutes=1)

_BEARER = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class TenantCaller:
    """Somebody with a token that is good now.

    ``tenant`` is the one that the token is for; an auth token is for none yet. ``permissions`` are what both the token
    and the present grant hold. Of ``client`` and ``staff`` one is there, of a device that logs users in neither.
    """

    kind: Kind
    tenant: Tenant | None
    permissions: frozenset[str] = frozenset()
    read_only: bool = False
    client: ApiClient | None = None
    staff: StaffAccount | None = None
    device: Device | None = None
    expires: datetime | None = None

    @property
    def logged(self) -> tuple[str, str, str]:
        """Tenant, id and name for the access log; of a user the id alone."""
        tenant = self.tenant.uid if self.tenant else "-"
        if self.client is not None:
            return tenant, self.client.client_id, str(self.client.name)
        if self.staff is not None:
            return tenant, f"user-{self.staff.pk}", "-"
        return tenant, f"device-{self.device.pk if self.device else 0}", "-"

    def take(self) -> Allowance | None:
        """Count a request against the bucket of the client or user. Errors: ApiError when it is empty."""
        if self.client is not None:
            limit = int(self.client.requests_per_minute)
            return take(self.client.pk, limit, CLIENTS) if limit else None
        return take(self.staff.pk, REQUESTS_PER_MINUTE, USERS) if self.staff is not None else None

    def require(self, permission: str, *, writing: bool) -> None:
        """Errors: Problem PERMISSION_DENIED that names what is missing."""
        if permission and permission not in self.permissions:
            raise Problem(catalogue.PERMISSION_DENIED, f"This needs the permission {permission}.")
        if permission and writing and self.read_only:
            raise Problem(catalogue.PERMISSION_DENIED, f"The caller may only read: it holds {permission} read-only.")

    def actor(self, tenant: Tenant) -> Actor:
        """The caller as verbs and the history know it."""
        rights = self.permissions | ({EDIT} if ACCESS in self.permissions and not self.read_only else set())
        return Actor(
            tenant=tenant,
            label=str(self.client.name if self.client is not None else self.staff or self.device),
            origin=Origin.TENANT_API,
            permissions=rights,
            client=self.client,
            staff=self.staff,
            request_id=current_request_id(),
        )


_remembered: dict[bytes, tuple[float, TenantCaller]] = {}


def caller_of(request: HttpRequest, accepted: frozenset[Kind]) -> TenantCaller:
    """The sender of a request. Permissions and tokens are remembered for less than 5 seconds.

    Cost:   two SQL statements for a user, one for anybody else, and none for a token that was seen lately.
    Errors: Problem UNAUTHENTICATED without a token, INVALID_TOKEN with one that is not good here and now.
    """
    text = authentication.bearer_token(request.META.get("HTTP_AUTHORIZATION", ""))
    if not text:
        raise Problem(catalogue.UNAUTHENTICATED, "Send a token in the header: Authorization: Bearer …", headers=_BEARER)
    caller = _of_token(text) if text.startswith(PREFIX) else _of_client(text)
    if caller is None or caller.kind not in accepted:
        # One sentence whatever the reason: it would help whoever tries tokens, and nobody else.
        raise Problem(catalogue.INVALID_TOKEN, "The token is not valid here.", headers=_BEARER)
    return caller


def rights_of(staff: StaffAccount, membership: Membership | None) -> tuple[frozenset[str], bool]:
    """The permissions of a user in a tenant, and whether they only read: those of the role; a superuser has all."""
    rights = ALL_RIGHTS if staff.is_superuser else membership.permissions if membership else frozenset()
    return rights.intersection(ALL_PERMISSIONS), EDIT not in rights


def _of_client(text: str) -> TenantCaller | None:
    try:
        caller = authentication.caller_of(f"Bearer {text}")
    except ApiError as error:
        if error.entry.status != 401:
            raise
        return None
    return TenantCaller(
        kind=Kind.CLIENT,
        tenant=caller.client.tenant,
        permissions=caller.scopes.intersection(ALL_PERMISSIONS),
        read_only=bool(caller.client.read_only),
        client=caller.client,
        expires=caller.expires,
    )


def _of_token(text: str) -> TenantCaller | None:
    digest, now = digest_of(text), time.monotonic()
    known = _remembered.get(digest)
    if known and known[0] > now:
        caller: TenantCaller | None = known[1]
    else:
        _remembered.pop(digest, None)
        caller = _look_up(text)
        if caller is not None:
            if len(_remembered) >= MOST_REMEMBERED:
                _remembered.clear()
            _remembered[digest] = (now + REMEMBERED, caller)
    late = caller is not None and caller.expires is not None and caller.expires <= datetime.now(UTC)
    return None if late else caller


def _look_up(text: str) -> TenantCaller | None:
    token = find_token(text)
    if token is None:
        return None
    _note_use(token)
    client = token.client
    if client is not None:
        permissions, read_only = frozenset(client.permissions).intersection(ALL_PERMISSIONS), bool(client.read_only)
    elif token.staff is not None and token.tenant is not None:
        membership = Membership.objects.filter(staff=token.staff, tenant=token.tenant).first()
        if membership is None and not token.staff.is_superuser:
            return None
        permissions, read_only = rights_of(token.staff, membership)
    else:
        permissions, read_only = frozenset(), False
    return TenantCaller(
        kind=Kind(token.kind),
        tenant=client.tenant if client is not None else token.tenant,
        permissions=permissions,
        read_only=read_only,
        client=client,
        staff=token.staff,
        device=token.device,
        expires=token.expires_at,
    )


def _note_use(token: Token) -> None:
    """Keep when the token was last used, at most once a minute."""
    due = timezone.now() - USED_EVERY
    if token.last_used_at is None or token.last_used_at < due:
        unused = Q(last_used_at=None) | Q(last_used_at__lt=due)
        Token.objects.filter(unused, pk=token.pk).update(last_used_at=timezone.now())
