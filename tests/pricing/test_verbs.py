"""Agreeing and withdrawing prices: what is written, what is left alone, what is kept of it, and how often we ask."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from pricing.errors import OwnerGone
from pricing.models import OWNERS, Price
from pricing.terms import PriceRow
from pricing.verbs import delete_prices, owner_field
from records.errors import StaleVersion
from records.models import Record
from recyclebin.policies import graph
from recyclebin.verbs import delete, restore
from tenants.errors import PermissionDenied
from tests.factories import integration_of, make_customer, make_price, make_record, put_in_bin, row, rows
from tests.pricing.sending import CHANGED, CREATED, UNCHANGED, agree, net, percent, prices_of, summary

pytestmark = pytest.mark.django_db

OWNER_MODELS = [Price._meta.get_field(name).related_model for name in OWNERS]
every_owner = pytest.mark.parametrize("model", OWNER_MODELS, ids=lambda model: model.__name__)


@pytest.fixture
def customer(tenant_a) -> Customer:
    return make_customer(tenant_a)


def events(*names: str) -> list[tuple]:
    return list(Price.pgh_event_model.objects.order_by("pgh_id").values_list("pgh_label", *names))


@every_owner
def test_each_owner_has_prices_of_its_own(model: type[Record], tenant_a, actor):
    owner, other = make_record(model, tenant_a), make_record(model, tenant_a)

    assert summary(agree(actor, owner, percent(7, "12.5", "CP", "category"), net(("PIM", "A-1"), "9.95"))) == [
        CREATED,
        CREATED,
    ]
    assert summary(agree(actor, other, net(7, "1"))) == [CREATED]

    assert prices_of(owner) == [
        (None, "category", 7, "CP", "12.5000", 1),
        (None, "product", ("PIM", "A-1"), "net", "9.9500", 1),
    ]
    assert prices_of(other) == [(None, "product", 7, "net", "1.0000", 1)]
    price = Price.objects.get(target_id=7, target_kind="category")
    assert {name: getattr(price, f"{name}_id") for name in OWNERS} == dict.fromkeys(OWNERS) | {
        owner_field(model): owner.pk
    }
    assert price.tenant == tenant_a


def test_what_makes_a_target_another_one(customer, actor):
    rows = [
        net(7, "1"),
        net(7, "2", "category"),
        net(("PIM", "7"), "3"),
        net(("ERP", "7"), "4"),
        net(("PIM", "8"), "5"),
    ]

    assert summary(agree(actor, customer, *rows)) == [CREATED] * 5
    assert summary(agree(actor, customer, *rows, shop=0)) == [CREATED] * 5
    assert summary(agree(actor, customer, *rows, shop=1)) == [CREATED] * 5
    assert summary(agree(actor, customer, *rows, shop=0)) == [UNCHANGED] * 5
    assert Price.objects.count() == 15


def test_a_second_price_replaces_the_first(customer, actor):
    agree(actor, customer, net(7, "9.95"), percent(8, "5"), percent(9, "5"), shop=3)
    before = rows(Price)

    outcomes = agree(actor, customer, percent(7, "10"), percent(8, "5.0000"), percent(9, "5", "CP"), shop=3)

    assert summary(outcomes) == [CHANGED, UNCHANGED, CHANGED]
    assert prices_of(customer) == [
        (3, "product", 7, "SP", "10.0000", 2),
        (3, "product", 8, "SP", "5.0000", 1),
        (3, "product", 9, "CP", "5.0000", 2),
    ]
    first, second, third = rows(Price).items()
    assert (second[1], first[1]["created_at"]) == (before[second[0]], before[first[0]]["created_at"])
    assert [values["modified_at"] > before[pk]["modified_at"] for pk, values in (first, third)] == [True, True]
    assert events("target_id", "type") == [
        *(("insert", 7, "net"), ("insert", 8, "SP"), ("insert", 9, "SP")),
        *(("update", 7, "SP"), ("update", 9, "CP")),
    ]


def test_rows_with_one_target_are_applied_in_order_and_written_once(customer, actor):
    agree(actor, customer, net(7, "1"), net(8, "1"))

    outcomes = agree(
        actor, customer, net(7, "2"), net(9, "5"), net(7, "2.00"), net(9, "6"), net(8, "2"), net(8, "1"), net(9, "6")
    )

    assert summary(outcomes) == [CHANGED, CREATED, UNCHANGED, CHANGED, CHANGED, CHANGED, UNCHANGED]
    assert [price[2:] for price in prices_of(customer)] == [
        (7, "net", "2.0000", 2),
        (8, "net", "1.0000", 1),
        (9, "net", "6.0000", 1),
    ]
    assert events("target_id", "price")[2:] == [("update", 7, 2), ("insert", 9, 6)]


def test_a_refused_row_stops_no_other(customer, actor):
    agree(actor, customer, net(7, "1"))

    outcomes = agree(actor, customer, net(8, "1"), PriceRow("product", "net", 7), net(0, "1"), net(7, "1.00001"))

    assert [(outcome.action, outcome.changed, outcome.success) for outcome in outcomes] == [
        ("create", True, True),
        ("update", False, False),
        ("create", False, False),
        ("update", False, False),
    ]
    assert [price[2:5] for price in prices_of(customer)] == [(7, "net", "1.0000"), (8, "net", "1.0000")]


def test_neither_the_owner_nor_anything_else_moves(customer, actor):
    """Decision 0013: the owner's own values are what they were, so its ETag and its dateModified are too."""
    before = row(customer)

    agree(actor, customer, net(7, "1"))
    agree(actor, customer, net(7, "2"))
    delete_prices(owner=Customer, owner_id=customer.pk, actor=actor)

    assert row(customer) == before
    assert Customer.pgh_event_model.objects.count() == 1


@pytest.mark.parametrize("shop", [None, 3])
def test_deleting_is_permanent_and_leaves_the_history(shop, customer, tenant_a, tenant_b):
    actor = integration_of(tenant_a, "pricing:write")
    for each in (None, 3, 4):
        agree(actor, customer, net(7, "1"), net(8, "1"), shop=each)
    others = [make_price(make_customer(tenant), shop_id=3) for tenant in (tenant_a, tenant_b)]
    kept = [] if shop is None else [4, 4, None, None]

    number = delete_prices(owner=Customer, owner_id=customer.pk, actor=actor, shop=shop)

    assert number == 6 - len(kept)
    assert sorted((price[0] for price in prices_of(customer)), key=str) == kept
    assert Price.everything.count() == len(kept) + len(others)
    gone = Price.pgh_event_model.objects.filter(pgh_label="delete")
    assert [event.pgh_context.metadata for event in gone] == [actor.describe()] * number
    assert {(event.customer_id, event.price) for event in gone} == {(customer.pk, 1)}


def test_a_price_that_was_deleted_can_be_agreed_again(customer, actor):
    agree(actor, customer, net(7, "1"))
    delete_prices(owner=Customer, owner_id=customer.pk, actor=actor)

    assert delete_prices(owner=Customer, owner_id=customer.pk, actor=actor) == 0
    assert summary(agree(actor, customer, net(7, "1"))) == [CREATED]


def test_only_the_announced_statement_may_delete(customer, actor):
    price = make_price(customer)
    delete_prices(owner=Customer, owner_id=make_customer(customer.tenant).pk, actor=actor)

    with pytest.raises(DatabaseError, match="use the recycle bin"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM pricing_price")
    assert list(Price.objects.all()) == [price]


def test_the_version_that_is_asked_for(customer, actor):
    make_price(customer)
    ask = {"owner": Customer, "owner_id": customer.pk, "actor": actor}

    with pytest.raises(StaleVersion):
        delete_prices(**ask, expected_version=2)
    assert delete_prices(**ask, expected_version=1) == 1


@every_owner
def test_an_owner_that_is_not_live_here(model: type[Record], tenant_a, tenant_b, actor):
    binned, theirs = make_record(model, tenant_a), make_record(model, tenant_b)
    for owner in (binned, theirs):
        make_price(owner)
    put_in_bin(binned)
    before = rows(Price)

    for pk in (binned.pk, theirs.pk, 0):
        with pytest.raises(OwnerGone):
            agree(actor, model(pk=pk), net(7, "1"))
        with pytest.raises(OwnerGone):
            delete_prices(owner=model, owner_id=pk, actor=actor)
    assert rows(Price) == before


def test_whoever_may_not_edit_may_not_agree_either(customer, tenant_a):
    reader = integration_of(tenant_a, "customers:read")

    with pytest.raises(PermissionDenied):
        agree(reader, customer, net(7, "1"))
    with pytest.raises(PermissionDenied):
        delete_prices(owner=Customer, owner_id=customer.pk, actor=reader)


def test_a_price_in_the_bin_keeps_its_place(customer, actor):
    """No entrance puts one there without its owner, but the verb can."""
    price = make_price(customer, target_id=7)
    deletion = put_in_bin(price)
    before = row(price)
    message = "the price of this product is in the recycle bin: have it restored first"

    assert summary(agree(actor, customer, net(7, "1"), net(8, "1"))) == [message, CREATED]
    assert delete_prices(owner=Customer, owner_id=customer.pk, actor=actor) == 1
    assert row(price) == before
    assert restore(deletions=[deletion.pk], actor=actor).restored == (deletion,)


def test_prices_go_and_come_back_with_their_owner(customer, actor):
    agree(actor, customer, net(7, "1"), percent(("PIM", "A"), "5"))
    before = rows(Price)

    result = delete(roots=Customer.objects.all(), actor=actor)
    assert result.counts == {"customers.customer": 1, "pricing.price": 2}
    assert prices_of(customer) == []

    restore(deletions=[deletion.pk for deletion in result.deletions], actor=actor)
    assert rows(Price) == before
    assert summary(agree(actor, customer, net(7, "1"))) == [UNCHANGED]


@pytest.mark.parametrize("shop", [None, 3])
def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(shop, tenant_a, actor):
    """New, changed, unchanged, refused and repeated rows, by id and by pair."""
    counts = {}
    for number in (10, 1000):
        customer = make_customer(tenant_a)
        half = number // 2
        old = [*(net(n, "1") for n in range(1, half)), *(net(("PIM", str(n)), "1") for n in range(1, half))]
        new = [
            *(percent(n, "5") for n in range(1, number)),
            *(net(("PIM", str(n)), str(n % 2)) for n in range(1, number)),
            *(net(n, "1.00001") for n in range(number)),
            *(net(n, "2") for n in range(1, number)),
        ]
        found = []
        for sent in (old, new, new):
            with CaptureQueriesContext(connection) as queries:
                agree(actor, customer, *sent, shop=shop)
            found.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            delete_prices(owner=Customer, owner_id=customer.pk, actor=actor, shop=shop)
        counts[number] = [*found, len(queries)]

    # Savepoint (2), history context, lock the owner, look up by id and by pair; COPY what is new, UPDATE what changed.
    # Deleting: savepoint (2), history context, lock the owner, announce, delete, announce the end.
    assert counts == {10: [7, 8, 6, 7], 1000: [7, 8, 6, 7]}


def test_the_recycle_bin_knows_the_owners():
    assert {link.field for link in graph().owners_of(Price)} == set(OWNERS)
