"""Who calls the tenant API, and which tokens are good for what (tenant API contract, sections 2.1 and 2.3)."""

from dataclasses import dataclass
from enum import Enum

from django.http import HttpRequest

from api import authentication
from api.errors import ApiError
from api.request_id import current_request_id
from api.tenant import catalogue
from api.tenant.problems import Problem
from tenants.actors import Actor
from tenants.choices import Origin
from tenants.models import ApiClient, Tenant
from tenants.permissions import ACCESS, ALL_PERMISSIONS, EDIT


class Kind(Enum):
    """What kind of token a caller holds."""

    CLIENT = "client token"


BELOW_TENANT = frozenset({Kind.CLIENT})
"""What is accepted everywhere below a tenant."""

_BEARER = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class TenantCaller:
    """Somebody with a token that is good now.

    ``tenant`` is the one that the token is for. ``permissions`` are what both the token and the present grant hold.
    """

    kind: Kind
    tenant: Tenant
    permissions: frozenset[str]
    read_only: bool
    client: ApiClient

    @property
    def logged(self) -> tuple[str, str, str]:
        """Tenant, id and name for the access log."""
        return self.tenant.uid, self.client.client_id, str(self.client.name)

    @property
    def requests_per_minute(self) -> int:
        """The limit of the caller's bucket, 0 for none."""
        return int(self.client.requests_per_minute)

    def require(self, permission: str, *, writing: bool) -> None:
        """Errors: Problem PERMISSION_DENIED that names what is missing."""
        if permission and permission not in self.permissions:
            raise Problem(catalogue.PERMISSION_DENIED, f"This needs the permission {permission}.")
        if writing and self.read_only:
            raise Problem(
                catalogue.PERMISSION_DENIED, f"The caller may only read: it holds {permission or ACCESS} read-only."
            )

    def actor(self) -> Actor:
        """The caller as verbs and the history know it."""
        rights = self.permissions | ({EDIT} if ACCESS in self.permissions and not self.read_only else set())
        return Actor(
            tenant=self.tenant,
            label=str(self.client.name),
            origin=Origin.TENANT_API,
            permissions=rights,
            client=self.client,
            request_id=current_request_id(),
        )


def caller_of(request: HttpRequest, accepted: frozenset[Kind]) -> TenantCaller:
    """The sender of a request. Permissions and tokens are remembered for less than 5 seconds.

    Errors: Problem UNAUTHENTICATED without a token, INVALID_TOKEN with one that is not good here and now.
    """
    token = authentication.bearer_token(request.META.get("HTTP_AUTHORIZATION", ""))
    if not token:
        raise Problem(catalogue.UNAUTHENTICATED, "Send a token in the header: Authorization: Bearer …", headers=_BEARER)
    try:
        caller = _of_client(authentication.caller_of(f"Bearer {token}"))
    except ApiError as error:
        # The same sentence whatever the reason: it would help whoever tries tokens, and nobody else.
        if error.entry.status != 401:
            raise
        raise not_accepted() from None
    if caller.kind not in accepted:
        raise not_accepted()
    return caller


def not_accepted() -> Problem:
    return Problem(catalogue.INVALID_TOKEN, "The token is not valid here.", headers=_BEARER)


def _of_client(caller: authentication.Caller) -> TenantCaller:
    return TenantCaller(
        kind=Kind.CLIENT,
        tenant=caller.client.tenant,
        permissions=caller.scopes.intersection(ALL_PERMISSIONS),
        read_only=bool(caller.client.read_only),
        client=caller.client,
    )
