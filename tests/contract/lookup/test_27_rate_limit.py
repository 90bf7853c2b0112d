"""Checklist 27: a client that sends more than its limit is told so, and when to come back."""

import time
from collections.abc import Callable

import pytest

from api.models import KeptAnswer, RateBucket
from tenants.models import Tenant
from tests.api.caller import Caller, Reply
from tests.contract.lookup.served import Served
from tests.factories import make_api_client, make_record

LIMIT = 6


@pytest.fixture
def limited(tenant_a: Tenant) -> Caller:
    """A client that may send six requests a minute: one every ten seconds."""
    return Caller(make_api_client(tenant_a, requests_per_minute=LIMIT))


def told(reply: Reply) -> tuple[str | None, ...]:
    return tuple(reply.headers.get(f"RateLimit-{name}") for name in ("Limit", "Remaining", "Reset"))


def use_up(caller: Caller, path: str) -> None:
    for _ in range(LIMIT):
        assert caller.get(path).status == 404


def test_the_limit(served: Served, limited: Caller, tenant_a: Tenant):
    path = f"/{served.name}/id/{make_record(served.model, tenant_a).pk}"

    good = [limited.get(path) for _ in range(LIMIT)]
    refused = limited.get(path)

    assert [reply.status for reply in good] == [200] * LIMIT
    assert [told(reply) for reply in good] == [
        ("6", "5", "10"), ("6", "4", "20"), ("6", "3", "30"), ("6", "2", "40"), ("6", "1", "50"), ("6", "0", "60")
    ]  # fmt: skip
    assert refused.error == (
        429,
        10029,
        "TooManyRequests",
        ["The limit is 6 requests a minute. Try again in 10 seconds"],
    )
    assert (told(refused), refused.headers["Retry-After"]) == (("6", "0", "60"), "10")
    assert [limited.get(path).status for _ in range(20)] == [429] * 20


def test_every_answer_counts_and_tells(served: Served, limited: Caller):
    """Whatever becomes of a request, once its sender is known."""
    weak = Caller(limited.client, f"{served.name}:read")
    name = f"/{served.name}"
    requests: list[Callable[[], Reply]] = [
        lambda: limited.get(f"{name}/id/1"),
        lambda: limited.get(f"{name}/Id/1"),
        lambda: weak.post(name, {}),
        lambda: limited.post(name, b"{"),
        lambda: limited.post(name, {}, content_type="text/plain"),
        lambda: limited.post(name, {}),
    ]

    replies = [request() for request in requests]

    assert [reply.status for reply in replies] == [404, 400, 403, 400, 415, 201]
    assert [told(reply)[1] for reply in replies] == ["5", "4", "3", "2", "1", "0"]


def test_the_order_of_checks(served: Served, limited: Caller, tenant_a: Tenant):
    """After route, method, size and token; before scope and everything that follows."""
    use_up(limited, f"/{served.name}/id/1")
    weak = Caller(limited.client, "contacts:read", "bulk:write")
    stranger = Caller(limited.client)
    stranger.token = "unknown"
    name = f"/{served.name}"

    replies = [
        limited.get("/nothing/here"),
        limited.call("PUT", f"{name}/id/1"),
        limited.post(name, b" " * (33 * 1024 * 1024)),
        stranger.get(f"{name}/id/1"),
        weak.post(name, {}),
        limited.post(name, b"{", content_type="text/plain"),
        limited.post(name, {}, idempotency_key="no key"),
        limited.get(f"{name}/Id/1"),
    ]

    assert [reply.status for reply in replies] == [404, 405, 413, 401, 429, 429, 429, 429]
    assert {told(reply) for reply in replies[:4]} == {(None, None, None)}


def test_a_refusal_is_not_kept_under_an_idempotency_key(served: Served, limited: Caller):
    use_up(limited, f"/{served.name}/id/1")

    assert limited.post(f"/{served.name}", {}, idempotency_key="k").status == 429
    assert KeptAnswer.objects.count() == 0


def test_a_limit_is_the_clients_own(served: Served, limited: Caller, tenant_a: Tenant, tenant_b: Tenant):
    path = f"/{served.name}/id/1"
    use_up(limited, path)

    for tenant in (tenant_a, tenant_b):
        assert Caller(make_api_client(tenant, requests_per_minute=LIMIT)).get(path).status == 404
    # All tokens of a client draw on one limit.
    assert Caller(limited.client).get(path).status == 429


def test_0_is_no_limit(served: Served, caller: Caller):
    assert caller.client.requests_per_minute == 0

    replies = [caller.get(f"/{served.name}/id/1") for _ in range(50)]

    assert {(reply.status, told(reply)) for reply in replies} == {(404, (None, None, None))}
    assert RateBucket.objects.count() == 0


def test_600_is_the_limit_unless_another_is_set(tenant_a: Tenant, caller: Caller):
    fields = {"tenant": tenant_a, "name": "New", "scopes": ["customers:read"], "client_secret": "secret"}
    client = type(caller.client).objects.create(**fields)

    assert told(Caller(client).get("/customers/id/1"))[0] == "600"


def test_whoever_waits_as_told_is_let_in(served: Served, tenant_a: Tenant):
    caller, path = Caller(make_api_client(tenant_a, requests_per_minute=60)), f"/{served.name}/id/1"
    refused = next(reply for reply in iter(lambda: caller.get(path), None) if reply.status == 429)

    time.sleep(int(refused.headers["Retry-After"]))

    assert (refused.headers["Retry-After"], caller.get(path).status, caller.get(path).status) == ("1", 404, 429)
