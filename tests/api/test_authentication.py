"""Tokens are remembered for a moment, and no longer than the contract allows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api import authentication
from tenants.actors import system_actor
from tenants.models import ApiClient, Tenant
from tenants.verbs import revoke_api_client, rotate_api_client
from tests.api.caller import Caller, issue_token, make_caller
from tests.factories import make_customer


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch):
    """A clock that the test moves: the process's own, which is an edge and not our code."""

    class Clock:
        now = 1000.0

    monkeypatch.setattr(authentication.time, "monotonic", lambda: Clock.now)
    return Clock


def statements(caller: Caller, path: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert caller.get(path).status == 200
    return [query["sql"] for query in queries]


def test_a_token_costs_one_statement_and_then_none(tenant_a: Tenant):
    customer = make_customer(tenant_a)
    caller = make_caller(tenant_a)
    path = f"/customers/id/{customer.pk}"
    ApiClient.objects.update(last_used_at=timezone.now())

    first, second = statements(caller, path), statements(caller, path)

    assert (len(first), len(second)) == (2, 1)
    assert "oauth2_provider_accesstoken" in first[0]


@pytest.mark.parametrize("end", [revoke_api_client, rotate_api_client])
def test_a_client_that_is_shut_out_is_out_within_five_seconds(tenant_a: Tenant, caller: Caller, clock, end):
    path = f"/customers/id/{make_customer(tenant_a).pk}"
    assert caller.get(path).status == 200

    end(actor=system_actor(tenant_a, "test"), client=caller.client)

    clock.now += 4.99
    assert caller.get(path).code == (401, 10021, "Unauthorized")


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (ApiClient, {"is_active": False}),
        (ApiClient, {"expires_at": timezone.now() - timedelta(seconds=1)}),
        (Tenant, {"is_active": False}),
    ],
)
def test_so_is_one_that_expires_or_whose_tenant_closes(tenant_a: Tenant, caller: Caller, clock, model, change):
    path = f"/customers/id/{make_customer(tenant_a).pk}"
    assert caller.get(path).status == 200

    model.objects.update(**change)

    clock.now += 4.99
    assert caller.get(path).code == (401, 10021, "Unauthorized")


def test_a_remembered_token_still_expires_on_time(tenant_a: Tenant, caller: Caller, monkeypatch: pytest.MonkeyPatch):
    path = f"/customers/id/{make_customer(tenant_a).pk}"
    assert caller.get(path).status == 200

    class Later(authentication.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + timedelta(seconds=1801)

    monkeypatch.setattr(authentication, "datetime", Later)
    assert caller.get(path).code == (401, 10021, "Unauthorized")


def test_last_use_is_noted_at_most_once_a_minute(tenant_a: Tenant, caller: Caller, clock):
    path = f"/customers/id/{make_customer(tenant_a).pk}"

    def used_at():
        caller.get(path)
        clock.now += 5
        return ApiClient.objects.get().last_used_at

    first = used_at()
    assert timezone.now() - first < timedelta(seconds=30)
    assert used_at() == first
    ApiClient.objects.update(last_used_at=first - timedelta(minutes=2))
    assert used_at() > first


def test_the_memory_is_bounded(tenant_a: Tenant, caller: Caller, monkeypatch: pytest.MonkeyPatch):
    path = f"/customers/id/{make_customer(tenant_a).pk}"
    monkeypatch.setattr(authentication, "MOST_REMEMBERED", 3)
    monkeypatch.setattr(authentication, "_remembered", {})

    for _ in range(10):
        caller.token = issue_token(caller.client)
        assert caller.get(path).status == 200
    assert len(authentication._remembered) <= 3
