"""The page of a record's history, and that of an operation, cost the same however long the history is."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from records.events import event_model, page_of_changes
from records.operations import START, counts_of, lines_of
from tests.factories import make_address, make_customer, make_price
from tests.records.plans import plan_of

pytestmark = pytest.mark.django_db

TABLES = ("customers_customerevent", "addresses_addressevent", "pricing_priceevent")


def lengthen(table: str, times: int, operation: uuid.UUID) -> None:
    """Repeat the first event of each row so many times, as one operation, and let the planner know."""
    columns = [field.column for field in _model(table)._meta.concrete_fields if field.column != "pgh_id"]
    chosen = ", ".join("%s" if name == "pgh_context_id" else f'"{name}"' for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {chosen} FROM generate_series(1, {times}) n,"
            f" (SELECT DISTINCT ON (pgh_obj_id) * FROM {table} ORDER BY pgh_obj_id, pgh_id) e",
            [operation],
        )
        cursor.execute(f"ANALYZE {table}")


def _model(table: str):
    from records.operations import kinds

    return next(event_model(model) for model in kinds() if event_model(model)._meta.db_table == table)


def cost(work) -> tuple[set[str], int]:
    """The indexes that all statements use, and the blocks that they touch."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        work()
    plans = [plan_of(query["sql"].replace("%", "%%")) for query in captured.captured_queries]
    used = {name for indexes, _ in plans for name in indexes if "context" not in name}
    return used, sum(blocks for _, blocks in plans)


@pytest.fixture
def anna(tenant_a):
    """Anna among others, all with an address and a price."""
    customers = [make_customer(tenant_a) for _ in range(20)]
    for customer in customers:
        make_address(customer), make_price(customer)
    with connection.cursor() as cursor:
        # So that a plan by an index is worth it at this size.
        cursor.execute("SELECT set_config('random_page_cost', '1.1', true)")
    return customers[7]


@pytest.mark.parametrize("place", ["newest", "far back"])
def test_a_page_of_a_history(anna, place):
    def page():
        first = page_of_changes(Customer, anna.pk, anna.tenant_id)
        if place == "far back":
            page_of_changes(Customer, anna.pk, anna.tenant_id, place=[bound // 2 for bound in first.older])

    for table in TABLES:
        lengthen(table, 60, uuid.uuid4())
    _, short = cost(page)
    for table in TABLES:
        lengthen(table, 1000, uuid.uuid4())
    used, long = cost(page)

    own = {"customerevent_record", "addressevent_record", "priceevent_record"}
    assert {*own, "addressevent_customer", "priceevent_customer"} <= used
    assert not [name for name in used if name.startswith("all of")]
    assert long < 2 * short


def test_a_page_of_an_operation(anna):
    operation, other = uuid.uuid4(), uuid.uuid4()

    def page():
        lines_of(operation, anna.tenant_id, place=START, size=50)
        counts_of(operation, anna.tenant_id)

    for table in TABLES:
        lengthen(table, 1, operation)
        lengthen(table, 60, other)
    _, short = cost(page)
    for table in TABLES:
        lengthen(table, 1000, other)
    used, long = cost(page)

    assert {"customerevent_operation", "addressevent_operation", "priceevent_operation"} <= used
    assert not [name for name in used if name.startswith("all of") and "customer" in name]
    assert long < 2 * short
