"""Checklist 22: the export equals the table (contract section 9)."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from records.models import Record
from tenants.models import Tenant
from tests.api.caller import Caller, Reply, make_caller
from tests.contract.lookup.served import BY_NAME, Served
from tests.factories import make_keyed, make_record, put_in_bin
from tests.naughty_strings import KEPT
from tests.records.feed import execute, wait_until_over

pytestmark = pytest.mark.django_db(transaction=True)

WRITTEN_AROUND = "\x01 \x08\x09\x0a\x0b\x0c\x0d\x1f\x7f \\v \\\\v \\n \u0085 \u2028"
"""What no verb accepts, but psql does."""

SSN = {"customers": "123456789", "contacts": "987654321"}


@pytest.fixture
def table(served: Served, tenant_a: Tenant, tenant_b: Tenant) -> list[Record]:
    """Records with every kind of value, in the order of their ids; and some that no export may show."""
    parent_of = BY_NAME[served.parent]
    parents = [
        None,
        make_record(parent_of.model, tenant_a, source="E,R\"P'", source_id=" B2C\\"),
        make_record(parent_of.model, tenant_a),
        make_record(parent_of.model, tenant_a, source="ERP", source_id="gone"),
    ]
    texts = [*KEPT.values(), WRITTEN_AROUND, "", '"', "\\", "\n", '"dateOfBirth":""', ',"dateOfBirth":""}', "=1", "+31"]
    made = []
    for number, text in enumerate(texts):
        fields: dict[str, Any] = {served.second: text, served.link: parents[number % 4], "source": "ERP"}
        fields["source_id"] = f"K-{number} {text[:200]}"
        if served.is_person:
            fields |= {"first_name": text, "date_of_birth": "1980-02-29" if number % 2 else None}
            fields |= {"ssn": SSN[served.name]} if served.name in SSN else {}
        else:
            fields |= {"notes": text}
        made.append(make_record(served.model, tenant_a, **fields))
    bare = make_record(served.model, tenant_a)
    put_in_bin(parents[3])
    if served.name == "usergroups":
        made += parents[1:3]
    if served.name == "contacts":  # went to the bin with their company
        made = [record for record in made if record.company_id != parents[3].pk]
    put_in_bin(make_keyed(served.model, tenant_a))
    make_record(served.model, tenant_a, erased_at="2026-01-01T00:00:00Z")
    make_keyed(served.model, tenant_b)
    return sorted([*made, bare], key=lambda record: record.pk)


def gotten(caller: Caller, served: Served, record: Record) -> dict[str, Any]:
    return caller.get(f"/{served.name}/id/{record.pk}?expands=parent").data


def records_of(reply: Reply) -> list[dict[str, Any]]:
    """What an export as NDJSON holds, by id."""
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/x-ndjson")
    *lines, last = reply.content.split(b"\n")
    assert last == b""
    return sorted(map(json.loads, lines), key=lambda record: record["id"])


def cells_of(reply: Reply) -> list[list[str]]:
    """The rows of an export as CSV, the header first, the others by id. Read as strictly as the format allows."""
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/csv; charset=utf-8; header=present")
    assert reply.content.endswith(b"\r\n")
    header, *rows = csv.reader(io.StringIO(reply.content.decode(), newline=""), strict=True)
    return [header, *sorted(rows, key=lambda row: int(row[0]))]


@pytest.mark.parametrize("may_read_ssn", [True, False])
def test_each_record_is_what_get_reads(
    served: Served, caller: Caller, tenant_a: Tenant, table: list[Record], may_read_ssn: bool
):
    scopes = (f"{served.name}:read", *(["ssn:read"] if may_read_ssn else []))
    caller = make_caller(tenant_a, *scopes)

    reply = caller.get(f"/{served.name}/export")

    expected = [gotten(caller, served, record) for record in table]
    for record in expected:
        del record["parent"]
    assert records_of(reply) == expected
    assert [list(record) for record in records_of(reply)] == [list(record) for record in expected]
    assert records_of(caller.get(f"/{served.name}/export?format=ndjson")) == expected
    if served.name in SSN:
        assert {record["ssn"] for record in expected} == {SSN[served.name] if may_read_ssn else "", ""}


@pytest.mark.parametrize("may_read_ssn", [True, False])
def test_each_row_is_what_get_reads(served: Served, tenant_a: Tenant, table: list[Record], may_read_ssn: bool):
    caller = make_caller(tenant_a, f"{served.name}:read", *(["ssn:read"] if may_read_ssn else []))

    header, *rows = cells_of(caller.get(f"/{served.name}/export?format=csv"))

    expected = [gotten(caller, served, record) for record in table]
    names = [name for name in expected[0] if name != "parent"]
    assert header == [*names, "parent.id", "parent.source", "parent.sourceId"]
    assert rows == [
        [
            *(str(record[name] if record[name] is not None else "") for name in names),
            *(str((record["parent"] or {}).get(name, "")) for name in ("id", "source", "sourceId")),
        ]
        for record in expected
    ]
    assert len({row[-3] for row in rows}) > 2


def test_what_is_empty_is_an_empty_cell(served: Served, caller: Caller, tenant_a: Tenant):
    record = make_record(served.model, tenant_a)
    emptied = [field for field in ("first_name", "last_name", "email", "name", "phone") if hasattr(record, field)]
    for field in emptied:
        served.model.everything.filter(pk=record.pk).update(
            **{field: "" for field in emptied if not isinstance(getattr(type(record), field), property)}
        )

    text = caller.get(f"/{served.name}/export?format=csv").content.decode()

    assert '"' not in text
    assert text.split("\r\n")[1].startswith(f"{record.pk},,")


def test_a_spreadsheet_runs_nothing(served: Served, caller: Caller, tenant_a: Tenant):
    harmful = ["=1+1", "+31 20", "-1", "@SUM(A1)", "\tx", "\rx", '="a,b"']
    harmless = ["1=1", "'=1", " =1", "ann@example.com", "", "\n=1"]
    for number, text in enumerate([*harmful, *harmless]):
        make_record(served.model, tenant_a, source_id=text or "K", source=f"={number}", **{served.second: text})

    header, *rows = cells_of(caller.get(f"/{served.name}/export?format=csv&spreadsheet=true"))
    plain = cells_of(caller.get(f"/{served.name}/export?format=csv&spreadsheet=false"))

    places = [header.index(name) for name in (served.second, "source", "sourceId")]
    texts = [*(f"'{text}" for text in harmful), *harmless]
    assert [[row[place] for place in places] for row in rows] == [
        [text, f"'={number}", text or "K"] for number, text in enumerate(texts)
    ]
    assert [row[places[0]] for row in plain[1:]] == [*harmful, *harmless]


def test_a_parents_key_is_disarmed_too(caller: Caller, tenant_a: Tenant):
    group = make_record(BY_NAME["usergroups"].model, tenant_a, source="=1", source_id="+1")
    make_record(BY_NAME["customers"].model, tenant_a, usergroup=group)

    _, row = cells_of(caller.get("/customers/export?format=csv&spreadsheet=true"))

    assert row[-3:] == [str(group.pk), "'=1", "'+1"]


def test_the_filters_of_the_list(served: Served, caller: Caller, tenant_a: Tenant):
    one, two = (make_record(served.model, tenant_a, source="ERP", source_id=name) for name in ("1", "2"))
    other = make_record(served.model, tenant_a, source="E", source_id="3")
    parent = make_record(BY_NAME[served.parent].model, tenant_a, source="ERP", source_id="P")
    below = make_record(served.model, tenant_a, **{served.link: parent})
    path = f"/{served.name}/export"

    def found(query: str) -> list[int]:
        as_json = [record["id"] for record in records_of(caller.get(f"{path}?{query}"))]
        as_csv = [int(row[0]) for row in cells_of(caller.get(f"{path}?format=csv&{query}"))[1:]]
        assert as_json == as_csv
        return as_json

    groups = [parent.pk] if served.name == "usergroups" else []
    assert found("source=E") == [other.pk]
    assert sorted(found("source=ERP")) == sorted([one.pk, two.pk, *groups])
    assert found("sourceIds=1,3") == [one.pk, other.pk]
    assert found(f"ids={two.pk},{below.pk}") == [two.pk, below.pk]
    assert found("parent.sourceId=P") == [below.pk]
    assert found("ids=999999999") == []
    assert found(f"{'name' if served.is_person else 'query'}=%CC%81") == []  # nothing but an accent


def test_what_is_not_acceptable(served: Served, caller: Caller):
    path = f"/{served.name}/export"

    def messages(query: str) -> list[str]:
        reply = caller.get(f"{path}?{query}")
        assert reply.code == (400, 10017, "PayloadValidationError")
        return reply.error[3]

    assert messages("format=xml") == ["format [xml] must be ndjson or csv"]
    assert messages("format=CSV") == ["format [CSV] must be ndjson or csv"]
    assert messages("format=csv&spreadsheet=1") == ["spreadsheet [1] must be true or false"]
    assert messages("spreadsheet=true") == ["spreadsheet goes with format=csv"]
    assert messages("expands=parent")[0].startswith("Unknown parameter [expands], use one of [")
    assert messages("page=1")[0].startswith("Unknown parameter [page], use one of [")
    assert messages("ids=x")[0].startswith("ids: ")
    assert caller.get(f"{path}?parent.id=999999").code[0] == 404
    assert caller.post(path, {}).code == (405, 10023, "MethodNotAllowed")


def test_the_headers(served: Served, caller: Caller, tenant_a: Tenant):
    for _ in range(3):
        make_record(served.model, tenant_a)

    for format, extension in (("ndjson", "ndjson"), ("csv", "csv")):
        reply = caller.get(f"/{served.name}/export?format={format}", x_request_id="mine")
        assert reply.headers["Content-Disposition"] == f'attachment; filename="{served.name}.{extension}"'
        assert (reply.headers["x-items-estimate"], reply.headers["Cache-Control"]) == ("3", "no-store")
        assert "Content-Length" not in reply.headers
        assert "x-request-id" in reply.headers


def test_following_the_changes_from_an_export_on(served: Served, caller: Caller, tenant_a: Tenant):
    """What the export has, and what the feed tells from there on, is everything."""
    make_record(served.model, tenant_a, source="ERP", source_id="before")
    wait_until_over()

    cursor = caller.get(f"/{served.name}/export").headers["x-changes-cursor"]
    make_record(served.model, tenant_a, source="ERP", source_id="after")
    wait_until_over()

    changes = caller.get(f"/{served.name}/changes?cursor={cursor}").data
    assert [(change["action"], change["sourceId"]) for change in changes] == [("create", "after")]


def test_nothing_to_export(served: Served, caller: Caller, tenant_b: Tenant):
    make_record(served.model, tenant_b)

    as_json, as_csv = (caller.get(f"/{served.name}/export?format={format}") for format in ("ndjson", "csv"))

    assert (as_json.content, as_json.headers["x-items-estimate"]) == (b"", "0")
    assert len(cells_of(as_csv)) == 1


def test_the_scope(served: Served, caller: Caller, tenant_a: Tenant):
    others = [scope for scope in caller.client.scopes if scope != f"{served.name}:read"]

    refused = make_caller(tenant_a, *others).get(f"/{served.name}/export")

    assert refused.error == (403, 10022, "Forbidden", [f"The access token lacks the scope [{served.name}:read]"])


@pytest.fixture
def german_dates() -> Iterator[None]:
    """A server that writes dates as people do, for connections that are made from now on."""
    name = connection.settings_dict["NAME"]
    execute(f"ALTER DATABASE \"{name}\" SET datestyle = 'German'")
    yield
    execute(f'ALTER DATABASE "{name}" RESET datestyle')


def test_dates_are_written_as_the_contract_says_however_the_server_is_set(
    caller: Caller, tenant_a: Tenant, german_dates: None
):
    make_record(BY_NAME["customers"].model, tenant_a, date_of_birth="1980-02-29")

    (record,) = records_of(caller.get("/customers/export"))

    assert record["dateOfBirth"] == "1980-02-29"
