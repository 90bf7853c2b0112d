"""Addresses on their own through the lookup API: what a request costs, leaves in the history, and is refused for first.

Source: lookup API contract, sections 1, 5 and 11; design sections 6 and 7.
"""

import re
from typing import Any

import pghistory.models
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from addresses.models import Address
from customers.models import Customer
from records.people import Person
from records.resources import resource_of
from tenants.models import Tenant
from tests.api.caller import Caller, Reply, make_caller
from tests.factories import make_address, make_customer, put_in_bin

HOME = {"type": "home", "street": "Lange Weg", "number": 5, "city": "Winterdorp", "country": "NL"}


@pytest.fixture
def caller(tenant_a: Tenant) -> Caller:
    return make_caller(tenant_a)


@pytest.fixture
def customer(caller: Caller) -> Customer:
    """A customer that was made through the API, which has asked for the token by then."""
    return Customer.objects.get(pk=caller.post("/customers", {"source": "ERP", "sourceId": "1"}).data["id"])


@pytest.fixture
def path(customer: Customer) -> str:
    return f"/customers/id/{customer.pk}/addresses"


def cost(work: Any) -> tuple[Reply, int]:
    with CaptureQueriesContext(connection) as queries:
        reply = work()
    return reply, len(queries)


# What a request costs


@pytest.mark.parametrize("addresses", [1, 20])
def test_a_get_is_one_statement(caller: Caller, customer: Customer, addresses: int):
    made = [make_address(customer, code=str(number)) for number in range(addresses)]
    put_in_bin(make_address(customer, code="gone"))
    make_address(make_customer(customer.tenant))

    for key in (f"id/{customer.pk}", "sourceId/1", "sourceId/1?source=ERP"):
        lookup, _, query = key.partition("?")
        for rest in ("", "?type=delivery", f"/{made[0].pk}"):
            tail = "&".join(part for part in (rest.partition("?")[2], query) if part)
            reply, statements = cost(
                lambda lookup=lookup, rest=rest, tail=tail: caller.get(
                    f"/customers/{lookup}/addresses{rest.partition('?')[0]}?{tail}"
                )
            )
            assert (reply.status, statements) == (200, 1)
            assert reply.body["total"] == (1 if rest.startswith("/") else addresses)


def test_a_get_that_finds_nothing_is_one_statement_too(caller: Caller, path: str):
    for wrong in (f"{path}/0", "/customers/id/999999/addresses", "/customers/sourceId/2/addresses"):
        assert cost(lambda wrong=wrong: caller.get(wrong))[1] == 1


def test_a_get_probes_indexes(caller: Caller, customer: Customer):
    """However many addresses there are: the owner is found by its key, and its addresses by the link or the id."""
    pk = make_address(customer).pk
    others = [{"source": "ERP", "sourceId": f"other {number}", "addresses": [HOME]} for number in range(1000)]
    caller.bulk("customers", others)
    plans = {}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer, addresses_address")
        for rest in ("", f"/{pk}"):
            with CaptureQueriesContext(connection) as queries:
                caller.get(f"/customers/sourceId/1/addresses{rest}?source=ERP")
            cursor.execute("EXPLAIN " + queries[0]["sql"])
            plans[rest] = "\n".join(line for (line,) in cursor.fetchall())
    assert all("Index Scan using customer_key" in plan for plan in plans.values())
    assert "Index Scan using address_customer_idx" in plans[""]
    # With one address to an owner either index leads straight to it.
    assert re.search(r"Index Scan using address(_customer_idx|es_address_pkey)", plans[f"/{pk}"])


def test_what_was_erased_is_not_there(caller: Caller, customer: Customer, path: str):
    gone, left = make_address(customer, is_default=True), make_address(customer)
    Address.everything.filter(pk=gone.pk).update(erased_at=timezone.now())

    assert [address["id"] for address in caller.get(path).data] == [left.pk]
    for reply in (
        caller.get(f"{path}/{gone.pk}"),
        caller.patch(f"{path}/{gone.pk}", {}),
        caller.delete(f"{path}/{gone.pk}"),
    ):
        assert reply.code == (404, 90006, "AddressNotFound")
    Customer.everything.filter(pk=customer.pk).update(erased_at=timezone.now())
    for reply in (caller.get(path), caller.get(f"{path}/{left.pk}"), caller.post(path, HOME)):
        assert reply.code == (404, 60007, "ParentCustomerNotFound")


ROWS = {10: 1, 1000: 100}


def bulk(caller: Caller, path: str, count: int, step: str) -> tuple[list[Any], int]:
    """A bulk with rows of every kind: a tenth each is refused, repeats a code, or has none."""
    tenth = count // 10
    rows = [HOME | {"code": f"{count} {number}", "city": step} for number in range(count - 3 * tenth)]
    rows += [{"code": f"{count} {number}", "number": number} for number in range(tenth)]
    rows += [HOME | {"code": f"bad {number}", "country": "ZZ"} for number in range(tenth)]
    rows += [HOME | {"source": step, "sourceId": f"{count} {number}"} for number in range(tenth)]
    with CaptureQueriesContext(connection) as queries:
        reply = caller.post(f"{path}/bulk", {"addresses": rows})
    assert (reply.status, reply.body["total"]) == (200, count)
    return reply.data, len(queries)


def test_the_statements_of_a_bulk_do_not_depend_on_its_rows(caller: Caller, path: str):
    told = {}
    caller.post(f"{path}/bulk", {"addresses": [HOME, HOME]})  # what a connection prepares once
    for count, tenth in ROWS.items():
        created, creating = bulk(caller, path, count, "Assen")
        changed, changing = bulk(caller, path, count, "Delft")
        refused = [row["success"] for row in created].count(False)
        assert refused == [row["success"] for row in changed].count(False) == tenth
        assert [row["action"] for row in created if row["success"]].count("create") == 8 * tenth
        assert [row["action"] for row in changed if row["success"]].count("update") == 8 * tenth
        told[count] = creating, changing

    # One of each is the queue for keys of addresses, which some of the rows give out.
    assert told[10] == told[1000] == (21, 24)


def test_a_bulk_that_changes_nothing_writes_nothing(caller: Caller, path: str):
    told = {}
    for count in ROWS:
        rows = [HOME | {"code": f"{count} {number}"} for number in range(count)]
        caller.post(f"{path}/bulk", {"addresses": rows})
        with CaptureQueriesContext(connection) as queries:
            reply = caller.post(f"{path}/bulk", {"addresses": rows})
        assert [row["changed"] for row in reply.data] == [False] * count
        assert [q["sql"] for q in queries if str(q["sql"]).lstrip().startswith(("UPDATE", "INSERT"))] == []
        told[count] = len(queries)

    assert told[10] == told[1000] == 14


def test_a_single_write_takes_no_lock_of_a_bulk(caller: Caller, path: str):
    with CaptureQueriesContext(connection) as queries:
        pk = caller.post(path, HOME).data["id"]
        caller.patch(f"{path}/{pk}", {"city": "Delft"})
        caller.delete(f"{path}/{pk}")

    assert [query["sql"] for query in queries if "advisory" in str(query["sql"])] == []


@pytest.mark.parametrize("others", [1, 50])
def test_a_single_write_costs_the_same_whatever_else_the_owner_has(caller: Caller, path: str, others: int):
    caller.post(f"{path}/bulk", {"addresses": [HOME | {"code": str(number)} for number in range(others)]})
    pk = caller.get(path).data[0]["id"]

    told = [
        cost(lambda: caller.post(path, HOME))[1],
        cost(lambda: caller.patch(f"{path}/{pk}", {"city": "Delft"}))[1],
        cost(lambda: caller.delete(f"{path}/{pk}"))[1],
    ]

    assert told == [19, 21, 16]


# The history


def history(model: Any) -> list[tuple[Any, ...]]:
    events = model.pgh_event_model.objects.order_by("pgh_id")
    return list(events.values_list("pgh_label", "pgh_obj_id", "version", "pgh_context_id"))


def test_every_request_is_one_operation_of_its_caller(caller: Caller, customer: Customer, path: str):
    first = caller.post(path, HOME | {"code": "A"}, x_request_id="r-1").data["id"]
    caller.post(f"{path}/bulk", {"addresses": [{"code": "A", "city": "X"}, HOME]}, x_request_id="r-2")
    second = Address.objects.exclude(pk=first).get().pk
    caller.patch(f"{path}/{second}", {"isDefault": "Y"}, x_request_id="r-3")
    caller.patch(f"{path}/{second}", {"isDefault": "Y"}, x_request_id="unchanged")
    caller.delete(f"{path}/{second}", x_request_id="r-4")

    contexts = pghistory.models.Context.objects.order_by("created_at")[1:]  # the first one made the customer
    told = [(c.metadata["request_id"], c.metadata["origin"], c.metadata["client"]) for c in contexts]
    client = caller.client.pk
    assert told == [
        ("r-1", "lookup_api", client),
        ("r-2", "bulk", client),
        ("r-3", "lookup_api", client),
        ("r-4", "lookup_api", client),
    ]
    operations = [context.pk for context in contexts]
    assert history(Customer)[1:] == [
        ("update", customer.pk, version, operation) for version, operation in zip(range(2, 6), operations, strict=True)
    ]
    assert sorted(history(Address), key=lambda event: (operations.index(event[3]), event)) == [
        ("insert", first, 1, operations[0]),
        ("insert", second, 1, operations[1]),
        ("update", first, 2, operations[1]),
        ("update", first, 3, operations[2]),
        ("update", second, 2, operations[2]),
        ("update", first, 4, operations[3]),
        ("update", second, 2, operations[3]),
    ]


# The order of checks


def test_the_order_of_checks(caller: Caller, customer: Customer, path: str):
    """Each request has the fault of its line and of all lines below (lookup API contract, section 1)."""
    pk = make_address(customer).pk
    one, wrong = f"{path}/{pk}", {"nonsense": 1}
    told = [
        caller.call("PUT", one, b"{", authorization="Bearer x").code,
        caller.call("PATCH", one, b"{", authorization="Bearer x").code,
        make_caller(customer.tenant, "addresses:read").patch(one, b"{").code,
        caller.patch(f"/customers/x/1/addresses/{pk}", b"{", if_match='"x"').code,
        caller.patch(f"/customers/x/1/addresses/{pk}", wrong, if_match='"x"').code,
        caller.patch("/customers/id/999999/addresses/0", wrong, if_match='"x"').code,
        caller.patch(f"{path}/0", wrong, if_match='"x"').code,
        caller.patch(one, wrong, if_match='"x"').code,
        caller.patch(one, wrong).code,
        caller.patch(one, {"country": "ZZ"}).code,
    ]

    assert [code[1] for code in told] == [10023, 10021, 10022, 10005, 10006, 60007, 90006, 10026, 10007, 10017]


@pytest.mark.parametrize("rest", ["", "/bulk"])
def test_the_owner_is_looked_for_before_the_body_is_judged(caller: Caller, rest: str):
    for body in ({"nonsense": 1}, HOME, {"addresses": [HOME]}):
        assert caller.post(f"/customers/id/999999/addresses{rest}?dryRun=x", body).code[1] == 60007
    assert caller.post(f"/customers/id/999999/addresses{rest}", b"{").code[1] == 10005


def test_the_methods_of_each_path(caller: Caller, path: str):
    told = {rest: caller.call("PUT", path + rest, {}).headers["Allow"] for rest in ("", "/", "/bulk", "/5", "/5/")}

    several, one = "GET, POST", "GET, PATCH, DELETE"
    assert told == {"": several, "/": several, "/bulk": "POST", "/5": one, "/5/": one}


def test_v1_is_the_same_api(caller: Caller, path: str):
    older = Caller(caller.client, base="/v1")

    made = older.post(path, HOME)

    assert made.headers["Location"] == f"/v1{path}/{made.data['id']}"
    assert older.get(path).body == caller.get(path).body


def test_a_request_that_is_sent_again_is_not_done_again(caller: Caller, path: str):
    replies = [caller.post(path, HOME, idempotency_key="k-1") for _ in range(2)]
    pk = replies[0].data["id"]
    deletions = [caller.delete(f"{path}/{pk}", idempotency_key="k-2") for _ in range(2)]

    assert [(reply.status, reply.headers.get("Idempotency-Replayed")) for reply in (*replies, *deletions)] == [
        (201, None), (201, "true"), (200, None), (200, "true"),
    ]  # fmt: skip
    assert (replies[1].body, replies[1].headers["ETag"]) == (replies[0].body, replies[0].headers["ETag"])
    assert Address.everything.count() == 1


def test_people_and_organisations_alike(caller: Caller, tenant_a: Tenant):
    """Nothing here asks what kind of owner it is."""
    models = [Address._meta.get_field(name).related_model for name in ("customer", "user", "usergroup", "company")]
    assert {issubclass(model, Person) for model in models} == {True, False}
    for model in models:
        name = resource_of(model).name
        owner = caller.post(f"/{name}", {}).data["id"]
        made = caller.post(f"/{name}/id/{owner}/addresses", HOME)
        assert (made.status, made.headers["Location"]) == (201, f"/v2/{name}/id/{owner}/addresses/{made.data['id']}")
