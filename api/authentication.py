"""Who calls: the bearer token of an API client (lookup API contract, section 1.1)."""

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from oauth2_provider.models import get_access_token_model
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from api import catalogue
from api.errors import ApiError
from api.request_id import current_request_id
from tenants.actors import Actor, client_actor
from tenants.choices import Origin
from tenants.models import ApiClient

REMEMBERED = 4.0
"""Seconds for which a token is not looked up again: a revoked client is out within five (contract section 1.1)."""
MOST_REMEMBERED = 10_000
CALLER = "api.caller"
"""Where a request keeps its caller, once it is known, for the access log."""
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """An API client with a token that is good now, and the scopes of both."""

    client: ApiClient
    scopes: frozenset[str]
    expires: datetime

    @property
    def tenant_id(self) -> int:
        return int(self.client.tenant_id)

    @property
    def logged(self) -> tuple[str, str, str]:
        """Tenant, id and name for the access log."""
        return self.client.tenant.uid, self.client.client_id, str(self.client.name)

    def require(self, *scopes: str) -> None:
        """Errors: ApiError 10022 that names the first scope that is missing."""
        for scope in scopes:
            if scope not in self.scopes:
                raise ApiError(catalogue.FORBIDDEN, f"The access token lacks the scope [{scope}]")

    def actor(self, origin: Origin = Origin.LOOKUP_API) -> Actor:
        """The caller as verbs and the history know it."""
        return client_actor(self.client, scopes=self.scopes, origin=origin, request_id=current_request_id())


_remembered: dict[str, tuple[float, Caller]] = {}


class BearerAuthentication(BaseAuthentication):
    """Sets ``request.user`` to the API client and ``request.auth`` to the caller. There is no anonymous access."""

    def authenticate(self, request: Request) -> tuple[ApiClient, Caller]:
        caller = caller_of(request.META.get("HTTP_AUTHORIZATION", ""))
        return caller.client, caller


def caller_of(header: str) -> Caller:
    """The caller behind an ``Authorization`` header.

    Cost:   one SQL statement, and none when the token was seen by this process in the last few seconds.
    Errors: ApiError 10021.
    """
    token = bearer_token(header)
    if not token:
        raise _refused("Send an access token in the header: Authorization: Bearer …")
    checksum = hashlib.sha256(token.encode()).hexdigest()
    now = time.monotonic()
    known = _remembered.get(checksum)
    caller = known[1] if known and known[0] > now else _look_up(checksum, now)
    if caller.expires <= datetime.now(UTC):
        _remembered.pop(checksum, None)
        raise _refused("The access token has expired")
    return caller


def bearer_token(header: str) -> str:
    """The token in an ``Authorization`` header, "" where there is none."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _look_up(checksum: str, now: float) -> Caller:
    token = (
        get_access_token_model()
        .objects.select_related("application__tenant")
        .filter(token_checksum=checksum, application__isnull=False)
        .first()
    )
    _remembered.pop(checksum, None)
    if token is None:
        raise _refused("The access token is not known")
    client: ApiClient = token.application
    if not client.is_usable():
        raise _refused("The API client is not active")
    granted = frozenset((*client.scopes, *client.permissions))
    ends = [token.expires, *([client.expires_at] if client.expires_at else [])]
    caller = Caller(client=client, scopes=granted.intersection(token.scope.split()), expires=min(ends))
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    _remembered[checksum] = (now + REMEMBERED, caller)
    _note_use(client)
    return caller


def _note_use(client: ApiClient) -> None:
    """Keep when the client was last used, at most once a minute."""
    due = timezone.now() - USED_EVERY
    if client.last_used_at is None or client.last_used_at < due:
        unused = Q(last_used_at=None) | Q(last_used_at__lt=due)
        ApiClient.objects.filter(unused, pk=client.pk).update(last_used_at=timezone.now())


def _refused(message: str) -> ApiError:
    return ApiError(catalogue.UNAUTHORIZED, message, headers={"WWW-Authenticate": "Bearer"})
