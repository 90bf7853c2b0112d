"""Who acts, through which door, and how that reaches the change history."""

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection

from tenants.choices import Origin
from tenants.current_job import current_job
from tenants.errors import PermissionDenied
from tenants.permissions import ADMIN, BACKOFFICE, EDIT, permissions_of_role

if TYPE_CHECKING:
    from tenants.models import ApiClient, StaffAccount, Tenant

ALL_RIGHTS = permissions_of_role("owner")


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Someone or something that calls a verb, in one tenant, with the rights that it holds there."""

    tenant: "Tenant"
    label: str
    origin: Origin
    permissions: frozenset[str] = frozenset()
    staff: "StaffAccount | None" = None
    client: "ApiClient | None" = None
    request_id: str = ""
    scopes: frozenset[str] = field(default_factory=frozenset)

    def require(self, permission: str) -> None:
        """Errors: PermissionDenied, naming the permission, when this actor does not hold it."""
        if permission not in self.permissions:
            raise PermissionDenied(permission)

    def describe(self) -> dict[str, str | int | None]:
        """What the change history keeps about the actor."""
        return {
            "tenant": self.tenant.pk,
            "actor": self.label,
            "staff": self.staff.pk if self.staff else None,
            "client": self.client.pk if self.client else None,
            "origin": self.origin.value,
            "request_id": self.request_id,
            "job_id": current_job(),
        }


def staff_actor(
    staff: "StaffAccount", tenant: "Tenant", *, origin: Origin = Origin.ADMIN, request_id: str = ""
) -> Actor:
    """The actor for a staff account in a tenant: a superuser holds every right, a stranger none."""
    if staff.is_superuser:
        rights = ALL_RIGHTS
    else:
        membership = staff.memberships.filter(tenant=tenant).first()
        rights = membership.permissions if membership else frozenset()
    return Actor(tenant=tenant, label=str(staff), origin=origin, permissions=rights, staff=staff, request_id=request_id)


def client_actor(
    client: "ApiClient", *, scopes: frozenset[str], origin: Origin = Origin.LOOKUP_API, request_id: str = ""
) -> Actor:
    """The actor for an API client. Its scopes were checked at the door; verbs ask for the rights they imply."""
    rights = {permission for permission in scopes if permission in ALL_RIGHTS}
    if any(scope.endswith(":write") for scope in scopes):
        rights.add(EDIT)
    if any(scope.endswith(":delete") or scope == "addresses:write" for scope in scopes):
        rights.add(BACKOFFICE)
    return Actor(
        tenant=client.tenant,
        label=str(client.name),
        origin=origin,
        permissions=frozenset(rights),
        client=client,
        request_id=request_id,
        scopes=scopes,
    )


def system_actor(tenant: "Tenant", label: str, *, origin: Origin = Origin.COMMAND) -> Actor:
    """The actor for a management command or a job: whoever can run it may do everything."""
    return Actor(
        tenant=tenant,
        label=label,
        origin=origin,
        permissions=ALL_RIGHTS | {ADMIN},
        scopes=frozenset({"ids:choose", "ssn:read", "ssn:write"}),
    )


def begin_operation(actor: Actor, operation: uuid.UUID | None = None) -> uuid.UUID:
    """Name the actor to the history triggers for the rest of this transaction.

    Everything written until commit is one operation in the history. pghistory writes its context row from these two
    settings when the first event of the transaction is stored, so an operation that changes nothing leaves nothing.

    Returns: the operation's id.
    Errors:  RuntimeError outside a transaction, where the settings would be lost at once.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("begin_operation() needs a transaction: the settings last until it ends.")
    operation = operation or uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)",
            [str(operation), json.dumps(actor.describe())],
        )
    return operation
