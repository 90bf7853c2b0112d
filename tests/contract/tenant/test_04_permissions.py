"""4, in part. Permissions are independent flags, of the token and of the client's present grant."""

from dataclasses import replace

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from api.tenant.callers import BELOW_TENANT, TenantCaller, caller_of
from api.tenant.problems import Problem
from api.tenant.routes import Operation, writes
from tenants.models import StaffAccount, Tenant
from tests.api.caller import Caller
from tests.contract.tenant.conftest import five_seconds_pass, tenant_caller, user_caller
from tests.factories import make_staff


@pytest.mark.parametrize(
    "permissions", [("TENANT.BACKOFFICE",), ("TENANT.BACKOFFICE", "TENANT.ADMIN"), ("customers:read",)]
)
def test_none_includes_another(tenant_a: Tenant, permissions: tuple[str, ...]):
    answer = tenant_caller(tenant_a, *permissions).get("/tenants/a/stores")

    assert answer.problem == (403, "PERMISSION_DENIED")
    assert answer.body["detail"] == "This needs the permission TENANT.ACCESS."


def test_a_grant_that_was_taken_away_is_gone_from_tokens(caller: Caller):
    assert caller.get("/tenants/a/stores").status == 200
    caller.client.permissions = ["TENANT.ADMIN"]
    caller.client.save()
    five_seconds_pass()

    assert caller.get("/tenants/a/stores").problem == (403, "PERMISSION_DENIED")


def test_who_may_only_read_can_read(tenant_a: Tenant):
    reader = tenant_caller(tenant_a, read_only=True)

    assert reader.get("/tenants/a/stores").status == 200
    assert reader.call("HEAD", "/tenants/a/stores").status == 200


def test_the_method_comes_before_the_permission(tenant_a: Tenant):
    answer = tenant_caller(tenant_a, "TENANT.ADMIN").post("/tenants/a/stores", {})

    assert answer.problem == (405, "METHOD_NOT_ALLOWED")


ACCOUNTS = {
    "vera": (["TENANT.ACCESS"], True, "ACCESS"),
    "eddie": (["TENANT.ACCESS"], False, "ACCESS"),
    "olivia": (["TENANT.ACCESS", "TENANT.BACKOFFICE", "TENANT.ADMIN"], False, "ADMIN"),
}


@pytest.mark.parametrize("who", list(ACCOUNTS))
def test_a_user_has_the_permissions_of_the_role(cast: dict[str, StaffAccount], tenant_a: Tenant, who: str):
    user = user_caller(cast[who], tenant_a)
    (told,) = user.get("/account").body["tenants"]

    assert (told["permissions"], told["readOnly"], told["tenantRole"]) == ACCOUNTS[who]
    assert user.get("/tenants/a/stores").status == 200


def test_a_superuser_has_all(tenant_a: Tenant):
    user = user_caller(make_staff("Sue", is_superuser=True), tenant_a)

    told = user.get("/account").body["tenants"][0]
    assert (told["permissions"], told["readOnly"]) == (["TENANT.ACCESS", "TENANT.BACKOFFICE", "TENANT.ADMIN"], False)
    assert user.get("/tenants/a/stores").status == 200


def test_a_role_that_was_taken_away_ends_the_token(eddie: StaffAccount, tenant_a: Tenant):
    user = user_caller(eddie, tenant_a)
    assert user.get("/tenants/a/stores").status == 200
    eddie.memberships.all().delete()
    five_seconds_pass()

    assert user.get("/tenants/a/stores").problem == (401, "INVALID_TOKEN")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_who_may_only_read_is_kept_from_everything_that_writes(vera: StaffAccount, tenant_a: Tenant, method: str):
    """At the rule itself: there is no endpoint yet that writes."""
    operation = Operation(act=lambda call: HttpResponse(), permission="TENANT.ACCESS")
    caller = caller_with(user_caller(vera, tenant_a).token)

    with pytest.raises(Problem) as refused:
        caller.require("TENANT.ACCESS", writing=writes(method, operation))
    assert refused.value.entry.code == "PERMISSION_DENIED"
    assert "TENANT.ACCESS" in refused.value.detail
    caller.require("TENANT.ACCESS", writing=writes(method, replace(operation, only_reads=True)))
    caller.require("TENANT.ACCESS", writing=writes("GET", operation))


def caller_with(token: str) -> TenantCaller:
    request = RequestFactory().get("/", headers={"authorization": f"Bearer {token}"})
    return caller_of(request, BELOW_TENANT)
