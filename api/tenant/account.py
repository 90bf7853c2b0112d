"""Logging in at a device, exchanging a token, and who one is (tenant API contract, section 2.2)."""

import secrets
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.contrib.auth.hashers import check_password, make_password

from api.responses import Answer, answer
from api.tenant import catalogue, login_throttle
from api.tenant.callers import Kind, TenantCaller, rights_of
from api.tenant.members import instant, read_texts
from api.tenant.problems import Problem
from api.tenant.routes import BODY, MAY_BE_EMPTY, TENANT, Endpoint, Operation
from api.tenant.serving import Call
from tenants.credentials import Device
from tenants.current import tenants_of
from tenants.models import Membership, StaffAccount, Tenant
from tenants.permissions import ACCESS, ADMIN, ALL_PERMISSIONS, BACKOFFICE
from tenants.token_verbs import ACCESS_LIFE, issue_access_token

LONGEST_CODE = 255
LONGEST_PASSWORD = 4096

_ROLES = {ADMIN: "ADMIN", BACKOFFICE: "BACKOFFICE", ACCESS: "ACCESS"}


def log_in(call: Call) -> Answer:
    """``POST /account``: a user code and a password against an access token, at a device.

    Takes as long for a code that nobody has as for one that somebody has.
    Errors: Problem VALIDATION_FAILED; LOGIN_THROTTLED; INVALID_CREDENTIALS, whatever it was that is wrong.
    """
    sent = read_texts(call.document, {"userCode": LONGEST_CODE, "password": LONGEST_PASSWORD})
    device = call.caller.device
    if device is None:
        raise LookupError("A device token without a device.")
    attempt = login_throttle.begin(device.pk, sent["userCode"])
    members = Membership.objects.select_related("staff", "tenant", "default_store").filter(tenant=call.tenant)
    member = members.filter(user_code=sent["userCode"]).first()
    nobodys = _nobodys_password()
    # Not account.check_password(): that would hash anew now and then, which ends the user's other tokens.
    right = check_password(sent["password"], member.staff.password if member else nobodys)
    if member is None or not right or not member.staff.is_active:
        raise Problem(
            catalogue.INVALID_CREDENTIALS,
            "User code and password do not belong together.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    login_throttle.succeed(attempt)
    return _token(member.staff, member.tenant, member, device)


def exchange(call: Call) -> Answer:
    """``POST /tenants/{tenantUid}/account``: an auth token against an access token for one tenant."""
    read_texts(call.document, {})
    staff = call.caller.staff
    if staff is None:
        raise LookupError("An auth token without a user.")
    return _token(staff, call.tenant, _memberships(staff).get(call.tenant.pk))


def account(call: Call) -> Answer:
    """``GET /account``: who the caller is, in each tenant where they may work."""
    caller = call.caller
    if caller.staff is None:
        tenants = [_client_as_user(caller)]
        default = call.tenant.uid
    else:
        memberships = _memberships(caller.staff)
        found = list(tenants_of(caller.staff))
        tenants = [tenant_user(caller.staff, tenant, memberships.get(tenant.pk)) for tenant in found]
        default = caller.tenant.uid if caller.tenant else next((tenant.uid for tenant in found), "")
    return answer({"globalRoles": [], "defaultTenantUid": default, "tenants": tenants})


def _token(staff: StaffAccount, tenant: Tenant, membership: Membership | None, device: Device | None = None) -> Answer:
    issued = issue_access_token(staff=staff, tenant=tenant, device=device)
    return answer(
        {
            "accessToken": issued.text,
            "expiresIn": int(ACCESS_LIFE.total_seconds()),
            "tenantUser": tenant_user(staff, tenant, membership),
        }
    )


def tenant_user(staff: StaffAccount, tenant: Tenant, membership: Membership | None) -> dict[str, Any]:
    """A user in a tenant. A superuser works there without a membership."""
    permissions, read_only = rights_of(staff, membership)
    return _tenant_user(
        tenant,
        permissions,
        read_only,
        uid=str(staff.pk),
        code=membership.user_code if membership else "",
        display_name=str(staff),
        first_name=staff.first_name,
        last_name=staff.last_name,
        email=staff.email,
        mobile=staff.mobile,
        language=staff.language_code,
        store=membership.default_store.uid if membership and membership.default_store else "",
        created=membership.created_at if membership else staff.date_joined,
        modified=membership.modified_at if membership else staff.date_joined,
    )


def _client_as_user(caller: TenantCaller) -> dict[str, Any]:
    client = caller.client
    if client is None or caller.tenant is None:
        raise LookupError("Neither a user nor an API client.")
    return _tenant_user(
        caller.tenant,
        caller.permissions,
        caller.read_only,
        uid=client.client_id,
        display_name=str(client.name),
        created=client.created,
        modified=client.updated,
    )


def _tenant_user(
    tenant: Tenant,
    permissions: Iterable[str],
    read_only: bool,
    *,
    uid: str,
    display_name: str,
    created: Any,
    modified: Any,
    code: str = "",
    first_name: str = "",
    last_name: str = "",
    email: str = "",
    mobile: str = "",
    language: str = "",
    store: str = "",
) -> dict[str, Any]:
    held = [permission for permission in ALL_PERMISSIONS if permission in set(permissions)]
    return {
        "tenantUserUid": uid,
        "tenantUid": tenant.uid,
        "tenantName": tenant.name,
        "userCode": code,
        "displayName": display_name,
        "firstname": first_name,
        "lastname": last_name,
        "email": email,
        "mobile": mobile,
        "languageCode": language,
        "accountType": "FULL",
        "status": "ACTIVE",
        "tenantRole": next((role for permission, role in _ROLES.items() if permission in held), ""),
        "permissions": held,
        "readOnly": read_only,
        "defaultStoreUid": store,
        "storeAccess": [],
        "createdAt": instant(created),
        "lastModifiedAt": instant(modified),
    }


def _memberships(staff: StaffAccount) -> dict[int, Membership]:
    return {one.tenant_id: one for one in staff.memberships.select_related("default_store")}


@cache
def _nobodys_password() -> str:
    """A hash that no password has, made as those of users are."""
    return make_password(secrets.token_hex(32))


_USERS = frozenset({Kind.CLIENT, Kind.INTEGRATION, Kind.ACCESS, Kind.AUTH})

ENDPOINTS = (
    Endpoint(
        path="account",
        operations={
            "GET": Operation(act=account, tokens=_USERS),
            "POST": Operation(act=log_in, tokens=frozenset({Kind.DEVICE}), body=BODY),
        },
    ),
    Endpoint(
        path=f"{TENANT}/account",
        operations={"POST": Operation(act=exchange, tokens=frozenset({Kind.AUTH}), body=MAY_BE_EMPTY)},
    ),
)
