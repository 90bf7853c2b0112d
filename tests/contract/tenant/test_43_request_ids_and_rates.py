"""43. x-request-id comes back; a drained bucket: 429 with Retry-After and RateLimit-Remaining: 0."""

import logging

import pytest

from api.models import RateBucket, UserRateBucket
from tenants.models import StaffAccount, Tenant
from tests.api.caller import Caller
from tests.contract.tenant.conftest import tenant_caller, user_caller


def test_the_id_of_the_caller_comes_back(caller: Caller, stores: object):
    good, bad = (caller.get(f"/tenants/a/stores/{uid}", **{"x-request-id": "abc-1"}) for uid in ("oslo", "nowhere"))

    assert (good.headers["x-request-id"], bad.headers["x-request-id"]) == ("abc-1", "abc-1")
    assert bad.body["requestId"] == "abc-1"


@pytest.mark.parametrize("unusable", ["", "a b", "x" * 129, "é"])
def test_one_that_cannot_be_used_is_replaced(caller: Caller, unusable: str):
    answer = caller.get("/tenants/a/stores/nowhere", **{"x-request-id": unusable})

    assert len(answer.headers["x-request-id"]) == 36
    assert answer.body["requestId"] == answer.headers["x-request-id"]


def test_a_drained_bucket(tenant_a: Tenant):
    caller = tenant_caller(tenant_a, requests_per_minute=2)
    answers = [caller.get(path) for path in ("/tenants/a/stores", "/tenants/b/stores", "/tenants/b/stores")]

    assert [answer.status for answer in answers] == [200, 404, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert [answer.headers["RateLimit-Limit"] for answer in answers] == ["2"] * 3
    assert answers[2].problem == (429, "RATE_LIMITED")
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 30


def test_both_surfaces_share_the_bucket(tenant_a: Tenant):
    caller = tenant_caller(tenant_a, "TENANT.ACCESS", requests_per_minute=2)

    answers = [caller.get(path).status for path in ("/tenants/a/stores", "/v2/customers", "/tenants/a/stores")]

    assert answers == [200, 403, 429]


def test_a_user_has_one_bucket_for_all_tokens(eddie: StaffAccount, tenant_a: Tenant):
    answers = [user_caller(eddie, tenant_a).get("/tenants/a/stores") for _ in range(2)]

    assert [answer.headers["RateLimit-Limit"] for answer in answers] == ["600"] * 2
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["599", "598"]
    UserRateBucket.objects.update(tokens=0)
    assert (UserRateBucket.objects.get().staff, RateBucket.objects.count()) == (eddie, 0)


def test_the_access_log_names_the_route_and_no_value(caller: Caller, eddie, tenant_a, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "backoffice.access")

    caller.get("/v2/tenants/a/stores/secret-store")
    user_caller(eddie, tenant_a).get("/tenants/a/stores")
    caller.get("/tenants/a/secret-path")

    lines = [record.msg for record in caplog.records if record.name == "backoffice.access"]
    assert [(line["route"], line["tenant"], line["client"], line["name"]) for line in lines] == [
        ("/v2/tenants/:tenantUid/stores/:storeUid", "a", caller.client.client_id, caller.client.name),
        ("/tenants/:tenantUid/stores", "a", f"user-{eddie.pk}", "-"),
        ("-", "-", "-", "-"),
    ]
    assert "secret" not in repr(lines)
