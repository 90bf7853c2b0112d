"""The number of statements of each verb depends on the number of tables, never on the number of rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from recyclebin.policies import graph
from recyclebin.preview import preview
from recyclebin.recording import MANY
from recyclebin.verbs import delete, restore
from tests.factories import make_address, make_customer, make_keyed, make_price
from tests.recyclebin.declared import ALONG, MODELS, below, every_model

pytestmark = pytest.mark.django_db


def statements(verb, **arguments):
    """How many statements a verb issued, and its result."""
    with CaptureQueriesContext(connection) as captured:
        result = verb(**arguments)
    return len(captured), result


def some(model, tenant, number):
    """So many records, each with two of everything that goes along with it."""
    made = [make_keyed(model, tenant) for _ in range(number)]
    for link in ALONG:
        for record in made if link.owner is model else ():
            below(link, record), below(link, record)
    return model.objects.filter(pk__in=[record.pk for record in made])


@every_model
def test_delete_and_restore(model, tenant_a, actor):
    few, one = statements(delete, roots=some(model, tenant_a, 1), actor=actor)
    many, thirty = statements(delete, roots=some(model, tenant_a, 30), actor=actor)
    assert (many, len(thirty.deletions), thirty.total) == (few, 30, 30 * one.total)

    few, back = statements(restore, deletions=[deletion.pk for deletion in one.deletions], actor=actor)
    many, all_back = statements(restore, deletions=[deletion.pk for deletion in thirty.deletions], actor=actor)
    assert (many, all_back.total) == (few, 30 * back.total)


@pytest.mark.parametrize("link", ALONG, ids=str)
def test_restore_with_owners(link, tenant_a, actor):
    def binned(number):
        own = []
        for _ in range(number):
            owner = make_keyed(link.owner, tenant_a)
            child = below(link, owner)
            own += delete(roots=link.model.objects.filter(pk=child.pk), actor=actor).deletions
            delete(roots=link.owner.objects.filter(pk=owner.pk), actor=actor)
        return [deletion.pk for deletion in own]

    few, one = statements(restore, deletions=binned(1), actor=actor, with_owners=True)
    many, thirty = statements(restore, deletions=binned(30), actor=actor, with_owners=True)

    assert (many, thirty.total) == (few, 30 * one.total)


def test_default_addresses_handed_on_and_stepping_back(tenant_a, actor):
    def customers(number):
        made = [make_customer(tenant_a) for _ in range(number)]
        defaults = [make_address(customer, is_default=True) for customer in made]
        for customer in made:
            make_address(customer), make_address(customer, type="invoice")
        return defaults[0].__class__.objects.filter(pk__in=[address.pk for address in defaults])

    few, one = statements(delete, roots=customers(1), actor=actor)
    many, thirty = statements(delete, roots=customers(30), actor=actor)
    assert (many, thirty.total) == (few, 30)

    few, _ = statements(restore, deletions=[one.deletions[0].pk], actor=actor)
    many, back = statements(restore, deletions=[deletion.pk for deletion in thirty.deletions], actor=actor)
    assert (many, back.total) == (few, 30)


def test_a_customer_with_addresses_and_prices(tenant_a, actor):
    """What is issued, in full: a constant that moves is a change to talk about."""
    for _ in range(3):
        customer = make_customer(tenant_a)
        make_address(customer, is_default=True), make_address(customer), make_price(customer)

    # Savepoint (2), history context, choose, lock each table (3), insert deletions, one UPDATE a table (3).
    number, result = statements(delete, roots=Customer.objects.all(), actor=actor)
    assert number == 11
    # Savepoint (2), history context, lock deletions, owners along each link, lock each table, one UPDATE a table (3),
    # mark the deletions.
    number, _ = statements(restore, deletions=[deletion.pk for deletion in result.deletions], actor=actor)
    assert number == 4 + len(ALONG) + len(MODELS) + 3 + 1


def test_a_thousand_roots_cost_one_statement_more(tenant_a, actor):
    """Which looks at the new deletions, and so keeps PostgreSQL from reading all of them for each row at commit."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE recyclebin_deletion")  # while it is empty
    Customer.everything.bulk_create(Customer(tenant=tenant_a, last_name=f"Meander {n}") for n in range(MANY))

    number, result = statements(delete, roots=Customer.objects.order_by("pk")[: MANY - 1], actor=actor)
    assert (number, known_deletions()) == (7 + 2, 0)
    back, _ = statements(restore, deletions=[deletion.pk for deletion in result.deletions], actor=actor)

    number, result = statements(delete, roots=Customer.objects.all(), actor=actor)
    assert (number, known_deletions()) == (7 + 3, 2 * MANY - 1)
    assert statements(restore, deletions=[deletion.pk for deletion in result.deletions], actor=actor)[0] == back


def known_deletions():
    """How many deletions the planner believes to be there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'recyclebin_deletion'")
        return cursor.fetchone()[0]


@every_model
def test_preview(model, tenant_a, actor):
    reached = graph().taken_by([model])

    for number in (1, 30):
        count, lines = statements(preview, roots=some(model, tenant_a, number), actor=actor)
        assert count == 2 * len(reached)
        assert [line.count for line in lines] == [number, *([2 * number] * (len(reached) - 1))]
