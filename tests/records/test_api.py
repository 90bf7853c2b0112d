"""What requests cost, for every resource: statements that do not depend on rows, and the index behind a key."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants.models import Tenant
from tests.api.caller import Caller, make_caller
from tests.contract.lookup.served import BY_NAME, SERVED, Served
from tests.factories import make_company, make_contact, make_keyed, make_record

ADDRESS = {"type": "home", "street": "Lange Weg", "city": "Winterdorp", "country": "NL"}


@pytest.fixture
def caller(tenant_a: Tenant) -> Caller:
    return make_caller(tenant_a)


@pytest.fixture(params=SERVED, ids=lambda served: served.name)
def served(request: pytest.FixtureRequest) -> Served:
    return request.param


def rows_of(served: Served, source: str, parents: list, count: int) -> list[dict]:
    """Rows with every kind of thing that a row may bring: parents by id and by pair, addresses, a fault."""
    keys = [{"id": parents[0].pk}, {"source": parents[1].source, "sourceId": parents[1].source_id}]
    keys.append({"source": "ERP", "sourceId": "not there"})
    rows: list[dict] = [
        {"source": source, "sourceId": str(number), served.text: "X", "parent": keys[number % 3]}
        for number in range(count)
    ]
    if served.has_addresses:
        for row in rows:
            row["addresses"] = [ADDRESS]
    return rows


@pytest.mark.parametrize("key", ["sourceId", "id"])
def test_the_statements_of_a_bulk_do_not_depend_on_its_rows(served: Served, tenant_a: Tenant, caller: Caller, key: str):
    parents = [make_keyed(BY_NAME[served.parent].model, tenant_a) for _ in range(2)]
    first = 1_000_000

    def cost(source: str, count: int) -> int:
        nonlocal first
        rows = rows_of(served, source, parents, count)
        if key == "id":
            first += count
            rows = [row | {"id": first + index} for index, row in enumerate(rows)]
        with CaptureQueriesContext(connection) as queries:
            answers = caller.bulk(served.name, rows, key).data
        assert [row["success"] for row in answers] == [index % 3 != 2 for index in range(count)]
        return len(queries)

    cost("warm", 3)  # the token, and what a connection prepares once
    assert cost("few", 9) == cost("many", 900)


def test_the_statements_of_a_delete_do_not_depend_on_what_goes_along(tenant_a: Tenant, caller: Caller):
    def company_of(count: int) -> int:
        company = make_company(tenant_a)
        for _ in range(count):
            make_contact(tenant_a, company=company)
        return company.pk

    def cost(pk: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert caller.delete(f"/companies/id/{pk}").status == 200
        return len(queries)

    cost(company_of(1))
    assert cost(company_of(50)) == cost(company_of(2))


def test_a_key_lookup_uses_the_key_index(served: Served, tenant_a: Tenant, caller: Caller):
    make_record(served.model, tenant_a, source="ERP", source_id="1")
    caller.get(f"/{served.name}/id/0")

    for path in ("sourceId/1", "sourceId/1?source=ERP"):
        with CaptureQueriesContext(connection) as queries:
            caller.get(f"/{served.name}/{path}")
        plan = explain(queries[0]["sql"])
        assert f"Index Scan using {served.model._meta.model_name}_key" in plan
        condition = plan.partition("Index Cond: ")[2].splitlines()[0]
        assert "source_id" in condition
        assert ("source)" in condition) is ("source=" in path)


def test_what_is_expanded_is_found_by_its_links(tenant_a: Tenant, caller: Caller):
    company, *others = [make_company(tenant_a) for _ in range(50)]
    for other in others:
        make_contact(tenant_a, company=other)
    caller.get("/companies/id/0")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE contacts_contact, contacts_company")

    with CaptureQueriesContext(connection) as queries:
        caller.get(f"/companies/id/{company.pk}?expands=contacts,addresses")

    plan = explain(queries[0]["sql"])
    assert "contact_company_idx" in plan
    assert "Seq Scan" not in plan


def explain(sql: str) -> str:
    """The plan of a statement where a scan of the whole table is not worth it, however small the table is."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + sql)
        return "\n".join(line for (line,) in cursor.fetchall())
