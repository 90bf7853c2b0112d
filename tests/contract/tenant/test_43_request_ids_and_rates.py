"""43. x-request-id comes back; a drained bucket: 429 with Retry-After and RateLimit-Remaining: 0."""

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller
from tests.contract.tenant.conftest import tenant_caller


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
