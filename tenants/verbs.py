"""What can be done to tenants, API clients and staff accounts. The admin and the commands call the same functions."""

import datetime
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from oauth2_provider.models import get_access_token_model

from tenants.actors import Actor
from tenants.choices import ReasonRule, Role
from tenants.errors import PermissionDenied
from tenants.models import REQUESTS_PER_MINUTE, ApiClient, Membership, StaffAccount, Tenant
from tenants.permissions import ADMIN, ALL_PERMISSIONS
from tenants.scopes import SCOPES

SECRET_BYTES = 32


@dataclass(frozen=True)
class IssuedClient:
    """An API client with its secret in plain text: the only moment at which anyone can read it."""

    client: ApiClient
    secret: str = field(repr=False)


@dataclass(frozen=True)
class StaffChange:
    """What ``create_staff`` did. ``role_before`` is ``None`` when the account was no member of the tenant."""

    account: StaffAccount
    created: bool
    role_before: str | None


def new_secret() -> str:
    """256 random bits in hexadecimal: nothing in it needs quoting in a shell, a URL or a header."""
    return secrets.token_hex(SECRET_BYTES)


def create_tenant(*, uid: str, name: str, country: str = "NL", currency: str = "EUR") -> Tenant:
    """Add a tenant. Whoever may run a command or is a superuser may call this; a member of a tenant may not.

    Errors: ValidationError by field: a malformed or taken uid, an empty name.
    """
    tenant = Tenant(uid=uid, name=name, country=country.upper(), currency=currency.upper())
    tenant.full_clean()
    tenant.save(force_insert=True)
    return tenant


@transaction.atomic
def change_settings(*, actor: Actor, reason_rule: str) -> Tenant:
    """Change what the owners of a tenant decide themselves: whether staff say why when they delete.

    Errors: PermissionDenied without TENANT.ADMIN; ValidationError by field for a rule that does not exist.
    """
    actor.require(ADMIN)
    if reason_rule not in ReasonRule.values:
        raise ValidationError({"reason_rule": _unknown([reason_rule], ReasonRule.values)})
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=actor.tenant.pk)
    tenant.reason_rule = reason_rule
    tenant.save(update_fields=["reason_rule"])
    return tenant


def create_api_client(
    *,
    actor: Actor,
    name: str,
    scopes: Iterable[str] = (),
    permissions: Iterable[str] = (),
    read_only: bool = False,
    expires_at: datetime.datetime | None = None,
    requests_per_minute: int = REQUESTS_PER_MINUTE,
    client_id: str | None = None,
    secret: str | None = None,
) -> IssuedClient:
    """Add an API client to the actor's tenant; the database keeps only a hash of the secret.

    ``client_id`` and ``secret`` are made here; pass them only to bring back a client whose caller knows them already.
    Errors: PermissionDenied without TENANT.ADMIN; ValidationError by field: no name, an unknown scope or permission,
    neither of the two, an expiry in the past.
    """
    actor.require(ADMIN)
    granted, allowed = _grants(scopes, permissions)
    if not name.strip():
        raise ValidationError({"name": _("Give the client a name.")})
    if expires_at is not None and expires_at <= timezone.now():
        raise ValidationError({"expires_at": _("This moment has passed already.")})
    secret = secret or new_secret()
    client = ApiClient(
        tenant=actor.tenant,
        name=name.strip(),
        scopes=granted,
        permissions=allowed,
        read_only=read_only,
        expires_at=expires_at,
        requests_per_minute=requests_per_minute,
        client_type=ApiClient.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
        client_secret=secret,
    )
    if client_id:
        client.client_id = client_id
    client.full_clean()
    client.save(force_insert=True)
    return IssuedClient(client=client, secret=secret)


@transaction.atomic
def rotate_api_client(*, actor: Actor, client: ApiClient, secret: str | None = None) -> IssuedClient:
    """Replace the client's secret. The old secret and every token that it brought stop working.

    ``secret`` is made here; pass it only to bring back one that its caller knows already.
    Errors: PermissionDenied without TENANT.ADMIN in the client's tenant; ValidationError when the client is revoked.
    """
    locked = _lock(actor, client)
    if not locked.is_active:
        raise ValidationError(_("This API client is revoked: a new secret would not work. Create another client."))
    secret = secret or new_secret()
    locked.client_secret = secret
    locked.save(update_fields=["client_secret", "updated"])
    _revoke_tokens(locked)
    return IssuedClient(client=locked, secret=secret)


@transaction.atomic
def revoke_api_client(*, actor: Actor, client: ApiClient) -> bool:
    """Shut the client out for good: it gets no token any more, and those that it holds stop working.

    Returns: whether it was active until now.
    Errors:  PermissionDenied without TENANT.ADMIN in the client's tenant.
    """
    locked = _lock(actor, client)
    was_active = locked.is_active
    locked.is_active = False
    locked.save(update_fields=["is_active", "updated"])
    _revoke_tokens(locked)
    locked.tokens.all().delete()
    return was_active


@transaction.atomic
def change_api_client(
    *,
    actor: Actor,
    client: ApiClient,
    name: str,
    scopes: Iterable[str],
    permissions: Iterable[str],
    read_only: bool,
    expires_at: datetime.datetime | None,
    requests_per_minute: int,
) -> ApiClient:
    """Change what an API client may do. A right that is taken away is gone from the tokens out there, too.

    Errors: PermissionDenied without TENANT.ADMIN in the client's tenant; ValidationError by field as at creation. An
    expiry in the past is accepted: it shuts the client out.
    """
    locked = _lock(actor, client)
    locked.scopes, locked.permissions = _grants(scopes, permissions)
    if not name.strip():
        raise ValidationError({"name": _("Give the client a name.")})
    locked.name, locked.read_only = name.strip(), read_only
    locked.expires_at, locked.requests_per_minute = expires_at, requests_per_minute
    locked.full_clean(exclude=["client_secret"])
    changed = ["name", "scopes", "permissions", "read_only", "expires_at", "requests_per_minute", "updated"]
    locked.save(update_fields=changed)
    return locked


@transaction.atomic
def create_staff(
    *,
    actor: Actor,
    email: str,
    role: str,
    password: str | None = None,
    display_name: str = "",
    superuser: bool = False,
) -> StaffChange:
    """Give someone a role in the actor's tenant, with a new account when the e-mail address has none yet.

    An account that exists keeps its password and its name: it may belong to other tenants, too. Owners keep their own
    role, so a tenant that has an owner keeps one.
    Errors: PermissionDenied without TENANT.ADMIN, and for ``superuser`` when a staff actor is none; ValidationError by
    field: a malformed address, an unknown role, another role for oneself, no password for a new account or one that the
    validators refuse.
    """
    actor.require(ADMIN)
    if superuser and actor.staff is not None and not actor.staff.is_superuser:
        raise PermissionDenied("superuser")
    if role not in Role.values:
        raise ValidationError({"role": _unknown([role], Role.values)})
    email = email.strip().lower()
    account = StaffAccount.objects.select_for_update().filter(email=email).first()
    created = account is None
    if account is None:
        account = StaffAccount(email=email, display_name=display_name, is_superuser=superuser)
        _set_password(account, password)
        account.full_clean()
        account.save(force_insert=True)
    elif superuser and not account.is_superuser:
        account.is_superuser = True
        account.save(update_fields=["is_superuser"])
    before = Membership.objects.filter(staff=account, tenant=actor.tenant).values_list("role", flat=True).first()
    if account == actor.staff and not account.is_superuser and role != before:
        raise ValidationError({"role": _("Nobody changes their own role. Ask another owner.")})
    if role != before:
        values = {"role": role, "modified_at": timezone.now()}
        Membership.objects.update_or_create(staff=account, tenant=actor.tenant, defaults=values)
    return StaffChange(account=account, created=created, role_before=before)


def remove_staff(*, actor: Actor, membership: Membership) -> None:
    """Take away someone's role in the actor's tenant. The account stays: it may belong to other tenants.

    Nobody removes themselves, so a tenant that has an owner keeps one.
    Errors: PermissionDenied without TENANT.ADMIN in the tenant, and for one's own membership.
    """
    actor.require(ADMIN)
    own = actor.staff is not None and membership.staff_id == actor.staff.pk and not actor.staff.is_superuser
    if membership.tenant_id != actor.tenant.pk or own:
        raise PermissionDenied(ADMIN)
    membership.delete()


def change_password(*, account: StaffAccount, password: str) -> None:
    """Set an account's password; its open sessions end, as Django ties them to the password.

    Errors: ValidationError under ``password`` when the validators refuse it.
    """
    _set_password(account, password)
    account.save(update_fields=["password"])


def _set_password(account: StaffAccount, password: str | None) -> None:
    if not password:
        raise ValidationError({"password": _("A new account needs a password.")})
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error
    account.set_password(password)


def _lock(actor: Actor, client: ApiClient) -> ApiClient:
    """The client as it is now, locked. A client of another tenant is none of the actor's business."""
    actor.require(ADMIN)
    if client.tenant_id != actor.tenant.pk:
        raise PermissionDenied(ADMIN)
    locked: ApiClient = ApiClient.objects.select_for_update().get(pk=client.pk)
    return locked


def _revoke_tokens(client: ApiClient) -> None:
    get_access_token_model().objects.filter(application=client).delete()


def _grants(scopes: Iterable[str], permissions: Iterable[str]) -> tuple[list[str], list[str]]:
    """Both lists in their own order. Errors: ValidationError by field: a name that is unknown, or none at all."""
    granted, allowed = _in_order(scopes, SCOPES), _in_order(permissions, ALL_PERMISSIONS)
    if unknown := [scope for scope in granted if scope not in SCOPES]:
        raise ValidationError({"scopes": _unknown(unknown, SCOPES)})
    if unknown := [permission for permission in allowed if permission not in ALL_PERMISSIONS]:
        raise ValidationError({"permissions": _unknown(unknown, ALL_PERMISSIONS)})
    if not granted and not allowed:
        raise ValidationError({"scopes": _("Give the client at least one scope or permission.")})
    return granted, allowed


def _in_order(asked: Iterable[str], known: Iterable[str]) -> list[str]:
    """Each name once, known ones in their own order first, so that equal grants are stored equally."""
    rank = {name: place for place, name in enumerate(known)}
    return sorted(set(asked), key=lambda name: (rank.get(name, len(rank)), name))


def _unknown(names: Iterable[str], known: Iterable[str]) -> str:
    return _("Unknown: %(unknown)s. Valid are: %(valid)s.") % {
        "unknown": ", ".join(names),
        "valid": ", ".join(known),
    }
