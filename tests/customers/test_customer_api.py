"""Customers through the lookup API: every field of the contract's table (section 3), and what a request costs."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from tenants.models import Tenant
from tests.api.caller import Caller, make_caller
from tests.factories import make_customer

MEMBERS = [
    *(
        "id",
        "debtorId",
        "firstName",
        "middleName",
        "lastName",
        "name",
        "abbreviation",
        "title",
        "dateOfBirth",
        "gender",
    ),
    *("login", "phone", "mobile", "fax", "email", "ssn", "pricelistAmount", "pricelistPercentage", "primaryLanguage"),
    *("source", "sourceId", "dateCreated", "dateModified"),
]


@pytest.fixture
def caller(tenant_a: Tenant) -> Caller:
    return make_caller(tenant_a)


def test_every_member_in_its_order(caller: Caller):
    sent = {
        "debtorId": 1001,
        "firstName": "Anneke",
        "middleName": "van der",
        "lastName": "Meander",
        "abbreviation": "A.",
        "title": "ir.",
        "dateOfBirth": "29/02/1984",
        "gender": "F",
        "login": "anneke",
        "phone": 205550100,
        "mobile": "+31 6 5550100",
        "fax": "020 5550101",
        "email": "Anneke@People.example",
        "ssn": 123456782,
        "language": "nl",
        "pricelistAmount": "P1",
        "pricelistPercentage": "P2",
        "primaryLanguage": "nl",
        "source": "ERP",
        "sourceId": 42,
    }

    read = caller.post("/customers", sent).data

    stored = Customer.objects.get()
    stamp = f"{stored.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert list(read) == MEMBERS
    assert read == {
        "id": stored.pk,
        "debtorId": "1001",
        "firstName": "Anneke",
        "middleName": "van der",
        "lastName": "Meander",
        "name": "Anneke van der Meander",
        "abbreviation": "A.",
        "title": "ir.",
        "dateOfBirth": "1984-02-29",
        "gender": "f",
        "login": "anneke",
        "phone": "205550100",
        "mobile": "+31 6 5550100",
        "fax": "020 5550101",
        "email": "Anneke@People.example",
        "ssn": "123456782",
        "pricelistAmount": "P1",
        "pricelistPercentage": "P2",
        "primaryLanguage": "NL",
        "source": "ERP",
        "sourceId": "42",
        "dateCreated": stamp,
        "dateModified": stamp,
    }


def test_an_empty_customer(caller: Caller):
    read = caller.post("/customers", {}).data

    assert list(read) == MEMBERS
    neutral = {"dateOfBirth": None, "gender": "u", "id": read["id"]}
    expected = dict.fromkeys(MEMBERS, "") | neutral | {name: read[name] for name in ("dateCreated", "dateModified")}
    assert read == expected


@pytest.mark.parametrize(
    ("row", "login"),
    [
        ({"email": "a@people.example"}, "a@people.example"),
        ({"email": "a@people.example", "login": "anna"}, "anna"),
        ({"email": "a@people.example", "login": ""}, "a@people.example"),
        ({}, ""),
    ],
)
def test_the_login_of_a_new_customer_is_its_email(caller: Caller, row: dict, login: str):
    single = caller.post("/customers", row).data
    caller.bulk("customers", [{"source": "E", "sourceId": "1", **row}])

    assert (single["login"], caller.get("/customers/sourceId/1").data["login"]) == (login, login)
    assert caller.patch("/customers/sourceId/1", {"email": "new@people.example"}).data["login"] == login


YESTERDAY = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
TOMORROW = (datetime.now(UTC).date() + timedelta(days=2)).isoformat()


@pytest.mark.parametrize(
    ("sent", "read"),
    [("1984-02-29", "1984-02-29"), ("01/12/1999", "1999-12-01"), ("1850-01-01", "1850-01-01"), (YESTERDAY, YESTERDAY)],
)
def test_dates_of_birth(caller: Caller, sent: str, read: str):
    made = caller.post("/customers", {"dateOfBirth": sent})

    assert made.data["dateOfBirth"] == read
    assert Customer.objects.get().date_of_birth == date.fromisoformat(read)
    assert caller.patch(f"/customers/id/{made.data['id']}", {"dateOfBirth": ""}).data["dateOfBirth"] is None


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("dateOfBirth", "1985-02-29"),
        ("dateOfBirth", "1849-12-31"),
        ("dateOfBirth", TOMORROW),
        ("dateOfBirth", "19840229"),
        ("dateOfBirth", "2/1/1984"),
        ("dateOfBirth", "x" * 1000),
        ("email", "anna"),
        ("email", "anna@"),
        ("email", "anna @people.example"),
        ("primaryLanguage", "xx"),
        ("primaryLanguage", "dutch"),
        ("firstName", "a\x07b"),
        ("lastName", "tab\there"),
        ("source", "ERP"),
        ("sourceId", "42"),
    ],
)
def test_values_that_are_not_acceptable(caller: Caller, member: str, value: str):
    single = caller.post("/customers", {member: value})
    row = {"source": "E", "sourceId": "1"} | {member: value}
    bulk = caller.bulk("customers", [row, {"source": "E", "sourceId": "2"}]).data

    assert single.code == (400, 10017, "PayloadValidationError")
    if member not in {"source", "sourceId"}:
        assert [message.partition(":")[0] for message in single.error[3]] == [f"#/{member}"]
        assert (bulk[0]["code"], bulk[0]["type"], bulk[1]["success"]) == (10017, "PayloadValidationError", True)
        assert bulk[0]["error"].startswith(f"#/{member}: ")
        assert list(Customer.objects.values_list("source_id", flat=True)) == ["2"]


@pytest.mark.parametrize("pair", [{"sourceId": ""}, {"source": "", "sourceId": ""}, {"source": None, "sourceId": None}])
def test_an_empty_source_id_means_no_key(caller: Caller, pair: dict):
    made = caller.post("/customers", {"source": "ERP", "sourceId": "1"})

    cleared = caller.patch(f"/customers/id/{made.data['id']}", pair)

    assert (cleared.data["source"], cleared.data["sourceId"]) == ("", "")
    assert caller.post("/customers", pair).status == 201


def test_the_statements_of_a_bulk_do_not_depend_on_its_rows(caller: Caller):
    def cost(source: str, count: int) -> int:
        rows = [{"source": source, "sourceId": str(number), "lastName": "X"} for number in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert all(row["success"] for row in caller.bulk("customers", rows).data)
        return len(queries)

    cost("warm", 2)  # the token, and what a connection prepares once
    assert cost("few", 10) == cost("many", 1000)


def test_a_key_lookup_uses_the_key_index(tenant_a: Tenant, caller: Caller):
    make_customer(tenant_a, source="ERP", source_id="1")
    caller.get("/customers/id/0")

    for path in ("sourceId/1", "sourceId/1?source=ERP"):
        with CaptureQueriesContext(connection) as queries:
            caller.get(f"/customers/{path}")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN " + queries[0]["sql"])
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "Index Scan using customer_key" in plan
        condition = plan.partition("Index Cond: ")[2].splitlines()[0]
        assert "source_id" in condition
        assert ("source)" in condition) is ("source=" in path)
