"""2. No token: 401 UNAUTHENTICATED; unknown token: 401 INVALID_TOKEN; both with WWW-Authenticate."""

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller, issue_token
from tests.contract.tenant.conftest import five_seconds_pass, tenant_caller


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Bearer", "Bearer  "])
def test_without_a_token(caller: Caller, header: str | None):
    answer = caller.get("/tenants/a/stores", authorization=header)

    assert answer.problem == (401, "UNAUTHENTICATED")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["unknown", "bo_device_unknown", "é", "x" * 5000])
def test_with_a_token_that_is_none(caller: Caller, token: str):
    answer = caller.get("/tenants/a/stores", authorization=f"Bearer {token}")

    assert answer.problem == (401, "INVALID_TOKEN")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_one_and_one_of_a_client_that_was_shut_out(tenant_a: Tenant):
    late, out = tenant_caller(tenant_a), tenant_caller(tenant_a)
    late.token = issue_token(late.client, seconds=-1)
    assert out.get("/tenants/a/stores").status == 200
    out.client.is_active = False
    out.client.save()
    five_seconds_pass()

    assert [one.get("/tenants/a/stores").problem for one in (late, out)] == [(401, "INVALID_TOKEN")] * 2


def test_a_token_is_asked_for_before_the_method(caller: Caller):
    assert caller.call("BREW", "/tenants/a/stores", authorization=None).problem == (401, "UNAUTHENTICATED")
