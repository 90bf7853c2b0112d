"""Checklist 26, for what stands below a record: addresses and prices; and a search, which the key does not concern."""

from typing import Any

import pytest

from addresses.models import Address
from api.models import KeptAnswer
from pricing.models import Price
from records.models import Record
from recyclebin.models import Deletion
from tenants.models import Tenant
from tests.api.caller import NOTHING, Caller, Reply
from tests.contract.lookup.served import Served
from tests.factories import make_address, make_price, make_record, rows

KEY = "b9c5f2d0-0002"
NEW: dict[str, Any] = {"type": "home", "street": "Lange Weg", "city": "Winterdorp", "country": "NL"}


@pytest.fixture
def owner(served: Served, tenant_a: Tenant) -> Record:
    return make_record(served.model, tenant_a)


def twice(caller: Caller, method: str, path: str, body: Any = NOTHING) -> Reply:
    """The first of two answers to one request; the second is the same one."""
    first, again = (caller.call(method, path, body, idempotency_key=KEY) for _ in range(2))
    told = ("Location", "ETag")
    assert (again.status, again.content) == (first.status, first.content)
    assert {name: again.headers.get(name) for name in told} == {name: first.headers.get(name) for name in told}
    assert (first.headers.get("Idempotency-Replayed"), again.headers.get("Idempotency-Replayed")) == (None, "true")
    return first


def test_addresses(addressed: Served, caller: Caller, tenant_a: Tenant):
    owner = make_record(addressed.model, tenant_a)
    path = f"/{addressed.name}/id/{owner.pk}/addresses"
    made = twice(caller, "POST", path, NEW)

    assert (made.status, Address.objects.count()) == (201, 1)
    assert caller.patch(made.headers["Location"].removeprefix("/v2"), {}, idempotency_key=KEY).status == 422


def test_a_bulk_of_addresses(addressed: Served, caller: Caller, tenant_a: Tenant):
    owner = make_record(addressed.model, tenant_a)
    reply = twice(caller, "POST", f"/{addressed.name}/id/{owner.pk}/addresses/bulk", {"addresses": [NEW, NEW]})

    assert ([row["action"] for row in reply.data], Address.objects.count()) == (["create"] * 2, 2)


def test_an_address_that_is_changed_and_one_that_is_deleted(addressed: Served, caller: Caller, tenant_a: Tenant):
    owner = make_record(addressed.model, tenant_a)
    address, other = make_address(owner, is_default=True), make_address(owner)
    path = f"/{addressed.name}/id/{owner.pk}/addresses"

    changed = caller.patch(f"{path}/{address.pk}", {"city": "A"}, idempotency_key="k1")
    caller.patch(f"{path}/{address.pk}", {"city": "B"})
    again = caller.patch(f"{path}/{address.pk}", {"city": "A"}, idempotency_key="k1")
    deleted = twice(caller, "DELETE", f"{path}/{other.pk}")

    assert (again.content, again.headers["ETag"]) == (changed.content, changed.headers["ETag"])
    assert Address.objects.get(pk=address.pk).city == "B"
    assert (deleted.status, Deletion.objects.count()) == (200, 1)


def test_prices(served: Served, caller: Caller, owner: Record):
    path = f"/{served.name}/id/{owner.pk}/pricing"

    reply = twice(caller, "POST", path, {"products": [{"id": 7, "pricing": {"type": "net", "price": 9.95}}]})

    assert ([row["action"] for row in reply.data], Price.objects.count()) == (["create"], 1)


def test_prices_that_are_withdrawn(served: Served, caller: Caller, owner: Record):
    make_price(owner)
    path = f"/{served.name}/id/{owner.pk}/pricing"

    assert twice(caller, "DELETE", path).status == 200
    kept = make_price(owner)
    assert caller.delete(path, idempotency_key=KEY).headers["Idempotency-Replayed"] == "true"

    assert list(rows(Price)) == [kept.pk]


def test_a_search_passes_the_key_by(served: Served, caller: Caller, owner: Record):
    """It changes nothing, and the second answer is about what is there by then."""
    for found in (1, 2):
        reply = caller.post(f"/{served.name}/search", {}, idempotency_key=KEY)
        assert (reply.status, reply.body["itemsFound"]) == (200, found)
        make_record(served.model, owner.tenant)
    assert caller.post(f"/{served.name}/search", {"ids": [1]}, idempotency_key="no key").status == 200
    assert KeptAnswer.objects.count() == 0
