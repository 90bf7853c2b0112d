"""4, in part. Permissions are independent flags, of the token and of the client's present grant."""

import pytest

from api import authentication
from tenants.models import Tenant
from tests.api.caller import Caller
from tests.contract.tenant.conftest import tenant_caller


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
    authentication._remembered.clear()  # what four seconds do

    assert caller.get("/tenants/a/stores").problem == (403, "PERMISSION_DENIED")


def test_who_may_only_read_can_read(tenant_a: Tenant):
    reader = tenant_caller(tenant_a, read_only=True)

    assert reader.get("/tenants/a/stores").status == 200
    assert reader.call("HEAD", "/tenants/a/stores").status == 200


def test_the_method_comes_before_the_permission(tenant_a: Tenant):
    answer = tenant_caller(tenant_a, "TENANT.ADMIN").post("/tenants/a/stores", {})

    assert answer.problem == (405, "METHOD_NOT_ALLOWED")
