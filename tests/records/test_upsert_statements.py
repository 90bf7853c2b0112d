"""The statements of the upsert engine against the current schema (style: section 4)."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from addresses import statements as address_statements
from addresses.contracts import ADDRESSES
from addresses.models import OWNERS
from customers.models import Customer
from records import statements
from records.copying import SEPARATOR
from records.resources import Resource, resource_named
from records.rows import ParentKey
from tests.factories import make_record
from tests.records.search_texts import search_texts
from tests.records.sending import CHANGED, CREATED, RESOURCES, UNCHANGED, home, push, row, summary

pytestmark = pytest.mark.django_db

IDS, WORDS = f"1{SEPARATOR}2", f"a{SEPARATOR}b"


def statements_of(resource: Resource) -> Iterator[tuple[str, list[Any] | dict[str, Any]]]:
    """Every statement that the engine can make for a resource, with parameters. Makes the temporary tables."""
    table = resource.table
    yield statements.by_pair(table), [WORDS, SEPARATOR, WORDS, SEPARATOR, 1]
    yield statements.by_source_id(table), [WORDS, SEPARATOR, 1]
    yield statements.by_id(table), [1, IDS, SEPARATOR]
    yield statements.by_uid(table), [WORDS, SEPARATOR, 1]
    yield statements.lock(table), [IDS, SEPARATOR]
    yield statements.share(table), [[1, 2]]
    yield statements.stored(resource), [[1, 2]]
    if resource.is_tree:
        yield statements.ancestors(table, resource.parent.column), [IDS, SEPARATOR]
    yield statements.NEXT_IDS, [statements.sequence(table), 3]
    yield statements.MOVE_SEQUENCE, [statements.sequence(table), 3]
    yield f"SELECT last_value FROM {statements.sequence(table)}", []
    with connection.cursor() as cursor:
        cursor.execute(statements.staging(resource)[1])
    names = [column.name for column in statements.staged_columns(resource)]
    names += [resource.parent.field] if resource.parent else []
    for sent in (*(frozenset({name}) for name in names), frozenset(names), frozenset()):
        yield statements.compare(resource, sent), []
        yield statements.update(resource, sent), [IDS, SEPARATOR]


def statements_of_addresses() -> Iterator[tuple[str, list[Any] | dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(address_statements.staging()[1])
    for owner in OWNERS:
        yield address_statements.stored(owner), [IDS, SEPARATOR]
    yield address_statements.update(), []
    yield address_statements.STEP_ASIDE, [[1, 2]]
    yield statements.by_pair(ADDRESSES.table), [WORDS, SEPARATOR, WORDS, SEPARATOR, 1]
    yield statements.NEXT_IDS, [statements.sequence(ADDRESSES.table), 3]
    yield statements.NUMBER_DEBTORS, {"count": 2, "tenant": 1}
    yield statements.PREPARE, []
    yield statements.catch_up(ADDRESSES.table), []
    yield statements.QUEUE, ["upsert:customers:1"]
    yield statements.LOCK_TENANT, [1]


def explain(statement: str, parameters: Any) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        (found,) = cursor.fetchone()
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def nodes(plan: dict[str, Any]) -> Iterator[str]:
    yield plan["Node Type"]
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_every_statement_fits_the_schema(resource):
    found = [explain(*statement) for statement in statements_of(resource)]

    assert len(found) > 2 * len(resource.columns)


def test_every_statement_about_addresses_fits_the_schema():
    assert len([explain(*statement) for statement in statements_of_addresses()]) == 13


class Plans:
    """An execute wrapper that asks for the plan of every statement with a plan just before it runs."""

    def __init__(self) -> None:
        self.found: list[tuple[str, set[str]]] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if re.match(r"\s*(SELECT s\.|SELECT \(k|UPDATE)", sql):
            execute(f"EXPLAIN (FORMAT JSON) {sql}", params, many, context)
            (plan,) = context["cursor"].fetchone()
            self.found.append((sql, set(nodes(plan[0]["Plan"]))))
        return execute(sql, params, many, context)


def test_no_plan_runs_through_the_whole_table_for_each_row(actor):
    """On tables that were never analysed, as all are in a test, the planner knows nothing about the rows of a type.

    It joined the staged rows to a copy of all search texts of the type: ten thousand times ten thousand comparisons.
    """
    push(actor, *(row(f"K-{n}", first_name="Anna", addresses=(home(),)) for n in range(3000)))
    plans = Plans()

    with connection.execute_wrapper(plans):
        push(actor, *(row(f"K-{n}", first_name="Eva", addresses=(home(city="Assen"),)) for n in range(3000)))

    written = [sql.split()[1] for sql, _ in plans.found if sql.split()[0] == "UPDATE"]
    assert sorted(written) == ["addresses_address", "customers_customer"]
    assert [sql for sql, kinds in plans.found if kinds & {"Materialize", "Hash Join", "Merge Join"}] == []
    assert search_texts().filter(first_name="eva", city="assen").count() == 3000


PARENTS = {
    "id": lambda parent: ParentKey(id=parent.pk),
    "pair": lambda parent: ParentKey(source="ERP", source_id=parent.source_id),
    "sourceId": lambda parent: ParentKey(source_id=parent.source_id),
}


@pytest.mark.parametrize("way", PARENTS)
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_each_row_may_have_a_parent_of_its_own(actor, tenant_a, tenant_b, resource, way):
    parent = resource_named(resource.parent.resource).model
    parents = [make_record(parent, tenant_a, source="ERP", source_id=f"P-{n}") for n in range(30)]
    make_record(parent, tenant_b, source="ERP", source_id="P-0")
    counts = []

    for number in (3, 30):
        rows = [
            row(f"{number}-{n}", resource=resource, parent=PARENTS[way](found))
            for n, found in enumerate(parents[:number])
        ]
        with CaptureQueriesContext(connection) as queries:
            assert summary(push(actor, *rows, resource=resource)) == [CREATED] * number
        counts.append(len(queries))
        assert summary(push(actor, *rows, resource=resource)) == [UNCHANGED] * number

    assert counts[0] == counts[1]
    stored = resource.model.objects.filter(source_id__startswith="30-").order_by("id")
    assert list(stored.values_list(resource.parent.column, flat=True)) == [found.pk for found in parents]


@pytest.mark.slow
def test_ten_thousand_rows_with_as_many_parents(actor, tenant_a):
    groups = [row(f"G-{n}", resource=resource_named("usergroups")) for n in range(10_000)]
    push(actor, *groups, resource=resource_named("usergroups"))
    first = [row(f"K-{n}", parent=ParentKey(source="ERP", source_id=f"G-{n}")) for n in range(10_000)]
    moved = [row(f"K-{n}", parent=ParentKey(source_id=f"G-{9_999 - n}")) for n in range(10_000)]

    with CaptureQueriesContext(connection) as creating:
        created = push(actor, *first)
    with CaptureQueriesContext(connection) as moving:
        changed = push(actor, *moved)

    assert (summary(created), summary(changed)) == ([CREATED] * 10_000, [CHANGED] * 10_000)
    assert (len(creating), len(moving)) == (12, 14)
    links = Customer.objects.order_by("id").values_list("source_id", "usergroup__source_id")
    assert list(links) == [(f"K-{n}", f"G-{9_999 - n}") for n in range(10_000)]
