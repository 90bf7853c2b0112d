"""Addresses inside rows, for many owners at once: planned in memory, written in sets (lookup API contract, 3 and 7)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from addresses.models import Address
from addresses.nested import plan_addresses
from contacts.contracts import CONTACTS
from customers.contracts import CUSTOMERS
from customers.models import Customer
from records.nested import OwnerRows
from records.outcomes import Kind
from records.rebuilding import rebuild_search_text
from tests.factories import make_address, make_customer, put_in_bin
from tests.records.search_texts import search_texts
from tests.records.sending import CHANGED, CREATED, OWNERS, UNCHANGED, address, home, push, row, summary

pytestmark = pytest.mark.django_db


def plan(actor, *owners):
    """Plan for customers, each given as its id and the addresses of each of its rows."""
    index = iter(range(1000))
    rows = [OwnerRows(key=key, id=pk, rows=[(next(index), tuple(sent)) for sent in of_rows])
            for key, (pk, *of_rows) in enumerate(owners)]  # fmt: skip
    return plan_addresses(resource=CUSTOMERS, actor=actor, owners=rows)


def codes(owner):
    return list(Address.objects.filter(customer=owner).order_by("id").values_list("type", "code", "is_default"))


def events(pk):
    return list(Address.pgh_event_model.objects.filter(pgh_obj_id=pk).order_by("pgh_id").values_list("code", "version"))


def test_a_plan_tells_what_would_change_and_writes_nothing(actor, tenant_a, tenant_b):
    quiet, busy = make_customer(tenant_a), make_customer(tenant_a)
    for owner in (quiet, busy, make_customer(tenant_b)):
        make_address(owner, code="home", city="Assen", is_default=True)
    before = list(Address.everything.order_by("id").values())

    planned = plan(
        actor,
        (quiet.pk, [home(city="Assen")], []),
        (busy.pk, [home(city="Delft")], [home(country="XX")]),
        (None, [home()]),
    )

    assert (planned.changed_rows, planned.changed_owners) == ({2, 4}, {1, 2})
    assert {index: refusal.pointer for index, refusal in planned.refusals.items()} == {3: "/addresses/0/country"}
    assert [planned.search_text(key) for key in (0, 1, 2)] == [{}, {"city": "delft"}, {"city": "zwolle"}]
    assert list(Address.everything.order_by("id").values()) == before


def test_a_fault_names_the_address_and_takes_the_whole_row_back(actor, tenant_a):
    customer = make_customer(tenant_a)
    make_address(customer, code="home", city="Assen", is_default=True)

    planned = plan(actor, (customer.pk, [home(city="Delft"), home("new", default=True), home("bad", email="x")]))

    assert [(r.kind, r.pointer) for r in planned.refusals.values()] == [(Kind.INVALID, "/addresses/2/email")]
    assert (planned.changed_rows, planned.changed_owners, planned.search_text(0)) == (set(), set(), {})


def test_contacts_have_no_addresses(actor):
    with pytest.raises(ValueError, match="contacts have no addresses"):
        plan_addresses(resource=CONTACTS, actor=actor, owners=[])


def test_another_owners_address_is_not_found(actor, tenant_a, tenant_b):
    mine, other, foreign = (make_customer(tenant) for tenant in (tenant_a, tenant_a, tenant_b))
    ids = [make_address(owner, is_default=True).pk for owner in (mine, other, foreign)]

    planned = plan(actor, *((mine.pk, [address(id=pk, city="Delft")]) for pk in ids))

    assert [(index, r.kind, r.pointer) for index, r in planned.refusals.items()] == [
        (1, Kind.NOT_FOUND, "/addresses/0"),
        (2, Kind.NOT_FOUND, "/addresses/0"),
    ]


# Places: the database allows one default and one code of a type at any moment, not only at the end


def test_two_addresses_swap_their_types(actor):
    push(actor, row("K", addresses=(home("a"), home("b", type="invoice"))))
    a, b = Address.objects.order_by("id")

    outcomes = push(actor, row("K", addresses=(address(id=a.pk, type="invoice"), address(id=b.pk, type="delivery"))))

    assert summary(outcomes) == [CHANGED]
    assert codes(Customer.objects.get()) == [("invoice", "a", True), ("delivery", "b", True)]
    assert list(Address.objects.order_by("id").values_list("version", flat=True)) == [2, 2]
    # Both stepped aside first, which the history shows.
    assert [events(a.pk), events(b.pk)] == [[("a", 1), ("", 1), ("a", 2)], [("b", 1), ("", 1), ("b", 2)]]


def test_codes_move_on_in_a_circle(actor):
    push(actor, row("K", addresses=(home("a"), home("b"), home("c"))))
    a, b, c = Address.objects.order_by("id")
    moves = ((a, "x"), (c, "a"), (b, "c"), (a, "b"))

    outcomes = push(actor, row("K", addresses=tuple(address(id=entry.pk, code=code) for entry, code in moves)))

    assert summary(outcomes) == [CHANGED]
    assert [code for _, code, _ in codes(Customer.objects.get())] == ["b", "c", "a"]


def test_a_code_is_given_up_and_given_to_a_new_address(actor):
    push(actor, row("K", addresses=(home("a"), home("b"))))
    a, b = Address.objects.order_by("id")

    outcomes = push(actor, row("K", addresses=(address(id=a.pk, code="x"), home("a", city="Delft"))))

    assert summary(outcomes) == [CHANGED]
    assert [code for _, code, _ in codes(Customer.objects.get())] == ["x", "b", "a"]
    assert [events(a.pk), events(b.pk)] == [[("a", 1), ("x", 2)], [("b", 1)]]


# Key pairs


def test_a_pair_is_given_to_one_of_two_rows(actor):
    twin = home(source="ERP", source_id="A")

    outcomes = push(actor, row("K-1", addresses=(twin,)), row("K-2", addresses=(twin,)), row("K-3", addresses=(twin,)))

    assert summary(outcomes) == [CREATED, *[("create", False, Kind.EXISTS)] * 2]
    assert [(o.refusal.resource, o.refusal.pointer) for o in outcomes[1:]] == [("addresses", "/addresses/0")] * 2
    assert list(Address.everything.values_list("source_id", "customer__source_id")) == [("A", "K-1")]


def test_half_a_pair_is_refused_although_the_other_half_is_stored(actor):
    push(actor, row("K", addresses=(home("a", source="ERP", source_id="A"), home("b", source="ERP", source_id="B"))))

    outcomes = push(
        actor, row("K", addresses=(home("b", source_id="A"),)), row("K", addresses=(home("b", source_id=""),))
    )

    assert summary(outcomes) == [("update", False, Kind.INVALID), CHANGED]
    assert outcomes[0].refusal.pointer == "/addresses/0/source"
    assert list(Address.objects.order_by("id").values_list("source", "source_id")) == [("ERP", "A"), ("", "")]


def test_a_pair_of_a_binned_address_is_not_allowed(actor, tenant_a, tenant_b):
    make_address(make_customer(tenant_b), source="ERP", source_id="A")
    put_in_bin(make_address(make_customer(tenant_a), source="ERP", source_id="A"))

    (outcome,) = push(actor, row("K", addresses=(home(source="ERP", source_id="A"),)))

    assert (outcome.refusal.kind, outcome.refusal.resource) == (Kind.NOT_ALLOWED, "addresses")
    assert outcome.refusal.message == "Address with sourceId [A] is not allowed: it is in the recycle bin"


def test_addresses_are_numbered_in_the_order_sent(actor):
    """They are inserted in the order of their key pairs, which must not show."""
    sent = [home(str(n), source="ERP", source_id=f"{9 - n}") for n in range(5)]

    push(actor, row("K", addresses=(*sent, home("bare"))))

    assert [code for _, code, _ in codes(Customer.objects.get())] == ["0", "1", "2", "3", "4", "bare"]


# Size


@pytest.mark.parametrize("count", [3, 300])
def test_the_number_of_statements_does_not_depend_on_the_addresses(actor, count):
    def owners(city, *more):
        return [row(f"K-{n}", addresses=(home(city=city), home("b", type="invoice", city=city), *more))
                for n in range(count)]  # fmt: skip

    with CaptureQueriesContext(connection) as creating:
        assert summary(push(actor, *owners("Assen"))) == [CREATED] * count
    with CaptureQueriesContext(connection) as changing:
        assert summary(push(actor, *owners("Delft", home("new", default=True)))) == [CHANGED] * count
    with CaptureQueriesContext(connection) as same:
        assert summary(push(actor, *owners("Delft"))) == [UNCHANGED] * count

    assert (len(creating), len(changing), len(same)) == (13, 23, 12)


@pytest.mark.slow
def test_one_owner_may_have_many_addresses(actor):
    """Each is found without going through the others: 20,000 took minutes when they did."""
    many = tuple(home(str(n)) for n in range(20_000))

    assert summary(push(actor, row("K", addresses=many))) == [CREATED]
    rows = [row("K", addresses=(home(str(n), city="Delft"),)) for n in range(5_000)]
    assert summary(push(actor, *rows, row("K", addresses=(home("x", country="XX"),)))) == [
        *[CHANGED] * 5_000, ("update", False, Kind.INVALID)
    ]  # fmt: skip
    assert Address.objects.filter(city="Delft").count() == 5_000
    assert Address.objects.filter(is_default=True).values_list("code", flat=True).get() == "0"


# Search text


@pytest.mark.parametrize("resource", OWNERS, ids=lambda resource: resource.name)
def test_rebuilding_counts_the_addresses_that_went_to_the_bin_with_their_owner(actor, tenant_a, resource):
    """And not one that was deleted before: they come back with the owner, it does not."""
    two = home("a", city="Assen"), home("b", city="\u0301", postal_code="7")
    push(actor, row("K", resource=resource, addresses=two), resource=resource)
    push(actor, row("L", resource=resource, addresses=(home(city="Delft"),)), resource=resource)
    put_in_bin(Address.objects.get(code="a"))
    put_in_bin(resource.model.objects.get(source_id="K"))
    before = list(search_texts().order_by("record").values("record", "city", "postal_code"))

    list(rebuild_search_text(resource))

    assert list(search_texts().order_by("record").values("record", "city", "postal_code")) == before
    assert [(text["city"], text["postal_code"]) for text in before] == [("", "7"), ("delft", "")]
