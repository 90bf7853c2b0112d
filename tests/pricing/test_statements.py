"""The statements of the room against the current schema, and the indexes that they use (style: section 4)."""

import json
from typing import Any

import pytest
from django.db import connection

from pricing import statements
from pricing.models import OWNERS
from records.copying import SEPARATOR
from tests.factories import make_customer
from tests.pricing.sending import agree, net

pytestmark = pytest.mark.django_db

WORDS, IDS = f"category{SEPARATOR}product", f"1{SEPARATOR}2"


def explain(statement: str, parameters: list[Any]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        (found,) = cursor.fetchone()
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def indexes(plan: dict[str, Any]) -> set[str]:
    used = {plan["Index Name"]} if "Index Name" in plan else set()
    return used.union(*(indexes(inner) for inner in plan.get("Plans", ())))


def scans(plan: dict[str, Any]) -> set[str]:
    own = {plan["Node Type"]} if plan.get("Relation Name") == statements.TABLE else set()
    return own.union(*(scans(inner) for inner in plan.get("Plans", ())))


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("in_shop", [False, True])
def test_every_statement_fits_the_schema(owner, in_shop):
    place = [1, 3] if in_shop else [1]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    by_id = explain(statements.by_id(owner, in_shop=in_shop), [WORDS, SEPARATOR, IDS, SEPARATOR, *place])
    pair = [WORDS, SEPARATOR, IDS, SEPARATOR, WORDS, SEPARATOR]
    by_pair = explain(statements.by_pair(owner, in_shop=in_shop), [*pair, *place])
    explain(statements.UPDATE, [[1, 2], ["net", "SP"], [None, 5], [1, None]])
    explain(statements.delete(owner, in_shop=in_shop), place)

    assert indexes(by_id) == indexes(by_pair) == {f"price_{owner}_target"}


def test_no_target_costs_a_walk_through_the_table(tenant_a, actor):
    """On a table that was never analysed, as all are in a test, the planner knows nothing about the owners."""
    for _ in range(3):
        customer = make_customer(tenant_a)
        agree(
            actor, customer, *(net(n, "1") for n in range(1, 2000)), *(net(("PIM", str(n)), "1") for n in range(2000))
        )

    ids, numbers = SEPARATOR.join(map(str, range(1, 2000))), SEPARATOR.join(["product"] * 1999)
    sources = SEPARATOR.join(["PIM"] * 1999)
    by_id = explain(statements.by_id("customer", in_shop=False), [numbers, SEPARATOR, ids, SEPARATOR, customer.pk])
    by_pair = explain(
        statements.by_pair("customer", in_shop=False),
        [numbers, SEPARATOR, ids, SEPARATOR, sources, SEPARATOR, customer.pk],
    )

    assert scans(by_id) | scans(by_pair) <= {"Index Scan", "Index Only Scan"}
    assert indexes(by_id) == indexes(by_pair) == {"price_customer_target"}
