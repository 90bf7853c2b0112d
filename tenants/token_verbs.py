"""Making and ending what stands for somebody over the tenant API (contract, section 2.1): devices and tokens.

A token is readable once, in what these functions return; the database keeps its hash.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.actors import Actor
from tenants.credentials import Device, Token, TokenKind
from tenants.errors import PermissionDenied
from tenants.models import ApiClient, StaffAccount, Tenant
from tenants.permissions import ADMIN

TOKEN_BYTES = 32
ACCESS_LIFE = timedelta(hours=1)
AUTH_LIFE = timedelta(days=30)
MOST_AUTH_TOKENS = 20
"""As many tokens may a user have at a time: who needs more has forgotten the others."""

PREFIX = "bo_"
"""Tells these tokens from those of OAuth, so that each is looked for in one table."""


@dataclass(frozen=True)
class Issued:
    """A token with its text: the only moment at which anyone can read it."""

    token: Token
    text: str = field(repr=False)


def digest_of(text: str) -> bytes:
    """What is kept of a token. It needs no slow hash: nobody guesses 256 random bits."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()


def password_mark(staff: StaffAccount) -> bytes:
    """What changes when the password does: its hash is salted anew each time."""
    return hashlib.sha256(f"tenants.password_mark {staff.password}".encode()).digest()


def find_token(text: str) -> Token | None:
    """The token with this text, if it is good now.

    One of a user is over when the account is inactive or has another password, one made through a device when that was
    unlinked, one of an API client when that is shut out, each when it has expired or its tenant is inactive.
    Cost: one SQL statement.
    """
    digest = digest_of(text)
    token = Token.objects.select_related("tenant", "client__tenant", "device__tenant", "staff").filter(digest=digest)
    found = token.first()
    if found is None or not hmac.compare_digest(bytes(found.digest), digest):
        return None
    return found if _is_good(found) else None


def _is_good(token: Token) -> bool:
    if token.expires_at is not None and token.expires_at <= timezone.now():
        return False
    if token.client is not None and not token.client.is_usable():
        return False
    if token.device is not None and (token.device.unlinked_at is not None or not token.device.tenant.is_active):
        return False
    if token.tenant is not None and not token.tenant.is_active:
        return False
    staff = token.staff
    return staff is None or (staff.is_active and hmac.compare_digest(bytes(token.password_mark), password_mark(staff)))


@transaction.atomic
def link_device(*, actor: Actor, name: str) -> Issued:
    """Link a device to the actor's tenant.

    Errors: PermissionDenied without TENANT.ADMIN; ValidationError under ``name`` without one.
    """
    actor.require(ADMIN)
    device = Device(tenant=actor.tenant, name=name.strip(), linked_by=actor.label[:255])
    device.full_clean()
    device.save(force_insert=True)
    return _issue(TokenKind.DEVICE, device=device, tenant=actor.tenant, name=device.name)


@transaction.atomic
def unlink_device(*, actor: Actor, device: Device) -> bool:
    """Shut a device out for good, and with it every user who logged in there.

    Returns: whether it was linked until now.
    Errors:  PermissionDenied without TENANT.ADMIN in the device's tenant.
    """
    actor.require(ADMIN)
    if device.tenant_id != actor.tenant.pk:
        raise PermissionDenied(ADMIN)
    unlinked = Device.objects.filter(pk=device.pk, unlinked_at=None).update(unlinked_at=timezone.now())
    Token.objects.filter(device=device).delete()
    return bool(unlinked)


def issue_integration_token(*, actor: Actor, client: ApiClient, name: str = "") -> Issued:
    """A token for an API client that works until it is revoked.

    Errors: PermissionDenied without TENANT.ADMIN in the client's tenant; ValidationError when the client is revoked.
    """
    actor.require(ADMIN)
    if client.tenant_id != actor.tenant.pk:
        raise PermissionDenied(ADMIN)
    if not client.is_active:
        raise ValidationError(_("This API client is revoked: a token would not work. Create another client."))
    return _issue(TokenKind.INTEGRATION, client=client, tenant=actor.tenant, name=name.strip()[:255])


def revoke_integration_token(*, actor: Actor, client: ApiClient, pk: int) -> bool:
    """End a token of an API client. Returns whether there was one. Errors: PermissionDenied without TENANT.ADMIN."""
    actor.require(ADMIN)
    if client.tenant_id != actor.tenant.pk:
        raise PermissionDenied(ADMIN)
    count, _deleted = Token.objects.filter(pk=pk, client=client).delete()
    return bool(count)


def issue_auth_token(*, staff: StaffAccount, name: str = "") -> Issued:
    """A token for oneself, good for 30 days, against which a program gets access tokens.

    Errors: ValidationError when there are too many.
    """
    good = Token.objects.filter(staff=staff, kind=TokenKind.AUTH, expires_at__gt=timezone.now())
    if good.count() >= MOST_AUTH_TOKENS:
        raise ValidationError(_("You have %(count)d tokens. Revoke one first.") % {"count": MOST_AUTH_TOKENS})
    return _issue(TokenKind.AUTH, staff=staff, life=AUTH_LIFE, name=name.strip()[:255])


def revoke_auth_token(*, staff: StaffAccount, pk: int) -> bool:
    """End a token of one's own. Returns whether there was one."""
    count, _deleted = Token.objects.filter(pk=pk, staff=staff, kind=TokenKind.AUTH).delete()
    return bool(count)


def issue_access_token(*, staff: StaffAccount, tenant: Tenant, device: Device | None = None) -> Issued:
    """A token for an hour of work in one tenant. Whoever calls has made sure who it is and that they may."""
    return _issue(TokenKind.ACCESS, staff=staff, tenant=tenant, device=device, life=ACCESS_LIFE)


def _issue(
    kind: TokenKind,
    *,
    tenant: Tenant | None = None,
    client: ApiClient | None = None,
    device: Device | None = None,
    staff: StaffAccount | None = None,
    life: timedelta | None = None,
    name: str = "",
) -> Issued:
    text = f"{PREFIX}{kind.value}_{secrets.token_hex(TOKEN_BYTES)}"
    token = Token.objects.create(
        kind=kind,
        digest=digest_of(text),
        name=name,
        tenant=tenant,
        client=client,
        device=device,
        staff=staff,
        password_mark=password_mark(staff) if staff else b"",
        expires_at=timezone.now() + life if life else None,
    )
    return Issued(token, text)
