"""Checklist 4, every member of every resource (contract section 3): what goes in, what comes out, what is refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller
from tests.contract.lookup.members import (
    ALL_PEOPLE,
    LETTERS,
    ORGANISATIONS,
    PEOPLE,
    body_of,
    members_of,
    whole,
    writable,
)
from tests.contract.lookup.served import SERVED, Served
from tests.factories import rows

KEY = {"source": "ERP", "sourceId": "1"}
SCHEMA, VALUE = (400, 10007, "SchemaValidationException"), (400, 10017, "PayloadValidationError")


def test_every_member_in_its_order(served: Served, caller: Caller):
    made = caller.post(f"/{served.name}", KEY | body_of(served.name))

    expected = whole(served.name, served.model.objects.get(), **{m.name: m.read for m in members_of(served.name)})
    assert list(made.data.items()) == list(expected.items())
    assert caller.get(f"/{served.name}/sourceId/1").data == expected


def test_a_bulk_writes_the_same(served: Served, caller: Caller):
    single = caller.post(f"/{served.name}", body_of(served.name)).data
    caller.bulk(served.name, [KEY | body_of(served.name)])
    bulk = caller.get(f"/{served.name}/sourceId/1").data

    own = {"id": bulk["id"], "dateCreated": bulk["dateCreated"], "dateModified": bulk["dateModified"]}
    assert bulk == single | own | KEY
    row = caller.bulk(served.name, [{"id": single["id"], **body_of(served.name)}], "id").data[0]
    assert (row["success"], row["changed"]) == (True, False)


def test_an_empty_record(served: Served, caller: Caller):
    read = caller.post(f"/{served.name}", {}).data

    expected = whole(served.name, served.model.objects.get(), **{m.name: m.empty for m in members_of(served.name)})
    assert list(read.items()) == list(expected.items())


@pytest.mark.parametrize("nothing", [None, ""])
def test_each_member_clears_alone_and_absent_ones_keep(served: Served, caller: Caller, nothing: str | None):
    made = caller.post(f"/{served.name}", KEY | body_of(served.name)).data
    path = f"/{served.name}/id/{made['id']}"

    for member in writable(served.name):
        cleared = caller.patch(path, {member.name: nothing}).data
        made |= {member.name: member.empty, "dateModified": cleared["dateModified"]}
        if served.is_person:
            made["name"] = " ".join(made[name] for name in ("firstName", "middleName", "lastName") if made[name])
        assert cleared == made, member
    assert served.model.objects.get().version == 1 + len(writable(served.name))


def test_a_bulk_clears_too(served: Served, caller: Caller):
    caller.post(f"/{served.name}", KEY | body_of(served.name))

    row = caller.bulk(served.name, [KEY | dict.fromkeys(body_of(served.name), "")]).data[0]

    expected = whole(served.name, served.model.objects.get(), **{m.name: m.empty for m in members_of(served.name)})
    assert row["changed"] is True
    assert caller.get(f"/{served.name}/sourceId/1").data == expected


def test_members_of_other_resources_are_extraneous(served: Served, caller: Caller):
    own = {member.name for member in writable(served.name)}
    others = {member.name: member.sent for member in (*PEOPLE, *ORGANISATIONS) if member.name not in own}
    if served.is_person:
        others.pop("language")  # accepted and ignored, below
        others["name"] = "Robin"
    if not served.has_addresses:
        others["addresses"] = []

    single = caller.post(f"/{served.name}", others)
    bulk = caller.bulk(served.name, [KEY, KEY | others])

    assert single.error == (*SCHEMA, [f"#: extraneous key [{name}] is not permitted" for name in others])
    at = f"#/{served.name}/1"
    assert bulk.error == (*SCHEMA, [f"{at}: extraneous key [{name}] is not permitted" for name in others])
    assert rows(served.model) == {}


@pytest.mark.parametrize("people", ALL_PEOPLE)
@pytest.mark.parametrize("language", ["NL", "any text", "", None])
def test_the_language_of_a_person_is_accepted_and_ignored(caller: Caller, people: str, language: str | None):
    made = caller.post(f"/{people}", KEY | {"language": language})

    assert (made.status, made.data["primaryLanguage"], "language" in made.data) == (201, "", False)
    assert caller.patch(f"/{people}/sourceId/1", {"language": "x\x07"}).headers["ETag"] == made.headers["ETag"]
    assert caller.bulk(people, [KEY | {"language": language}]).data[0]["changed"] is False


@pytest.mark.parametrize("number", [0, -7, 205550100, 10**254])
def test_an_integer_is_taken_where_the_contract_says_so(served: Served, caller: Caller, number: int):
    taken = [member.name for member in writable(served.name) if member.integer]
    others = [member.name for member in writable(served.name) if not member.integer]

    single = caller.post(f"/{served.name}", dict.fromkeys(taken, number))
    caller.bulk(served.name, [KEY | dict.fromkeys(taken, number)])
    refused = caller.post(f"/{served.name}", dict.fromkeys(others, number))

    for read in (single.data, caller.get(f"/{served.name}/sourceId/1").data):
        assert {name: read[name] for name in taken} == dict.fromkeys(taken, str(number))
    assert refused.error == (*SCHEMA, [f"#/{name}: expected type: String, found: Integer" for name in others])


@pytest.mark.parametrize(
    ("value", "found"), [(True, "Boolean"), (1.5, "BigDecimal"), ([], "JSONArray"), ({"a": 1}, "JSONObject")]
)
def test_another_type(served: Served, caller: Caller, value: Any, found: str):
    names = list(body_of(served.name))

    single = caller.post(f"/{served.name}", dict.fromkeys(names, value))
    bulk = caller.bulk(served.name, [KEY, KEY | dict.fromkeys(names, value)])

    assert single.error == (*SCHEMA, [f"#/{name}: expected type: String, found: {found}" for name in names])
    at = f"#/{served.name}/1"
    assert bulk.error == (*SCHEMA, [f"{at}/{name}: expected type: String, found: {found}" for name in names])
    assert rows(served.model) == {}


def test_lengths(served: Served, caller: Caller):
    longest = {member.name: "é" * member.length for member in writable(served.name) if member.free}
    lengths = {m.name: m.length for m in writable(served.name) if m.name not in {"dateOfBirth", *LETTERS}}
    longer = {name: "é" * (length + 1) for name, length in lengths.items()}

    single = caller.post(f"/{served.name}", longest)
    caller.bulk(served.name, [KEY | longest])
    refused = caller.bulk(served.name, [KEY | longer])

    for read in (single.data, caller.get(f"/{served.name}/sourceId/1").data):
        assert {name: read[name] for name in longest} == longest
    messages = [f"{name}: expected maxLength: {length}, actual: {length + 1}" for name, length in lengths.items()]
    assert caller.post(f"/{served.name}", longer).error == (*SCHEMA, [f"#/{message}" for message in messages])
    assert refused.error == (*SCHEMA, [f"#/{served.name}/0/{message}" for message in messages])


@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_letters_in_either_case_read_in_one(served: Served, caller: Caller, case: Callable[[str], str]):
    enums = {name: letters for name, letters in LETTERS.items() if name in body_of(served.name)}

    for turn in range(5):
        sent = {name: letters[turn % len(letters)] for name, letters in enums.items()}
        key = {"source": "ERP", "sourceId": str(turn)}
        single = caller.post(f"/{served.name}", {name: case(letter) for name, letter in sent.items()})
        assert caller.bulk(served.name, [key | {n: case(letter) for n, letter in sent.items()}]).data[0]["success"]
        for read in (single.data, caller.get(f"/{served.name}/sourceId/{turn}").data):
            assert {name: read[name] for name in enums} == sent


@pytest.mark.parametrize("other", ["X", "yes", " Y", "\u017f", "0"])
def test_letters_that_do_not_exist(served: Served, caller: Caller, other: str):
    enums = [name for name in LETTERS if name in body_of(served.name)]

    refused = caller.post(f"/{served.name}", dict.fromkeys(enums, other))

    assert refused.error == (*SCHEMA, [f"#/{name}: {other} is not a valid enum value" for name in enums])


def days_from_now(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


UNACCEPTABLE = {
    "dateOfBirth": (
        *("1985-02-29", "31/04/1999", "1849-12-31", "31/12/1849", days_from_now(2), "19840229", "2/1/1984"),
        *("1984-2-29", "1984-02-29T00:00:00Z", "\u0662\u0660\u0660\u0660-01-01", "0000-00-00", "x" * 1000),
    ),
    "email": ("anna", "anna@", "@people.example", "anna @people.example", "a@b@c.example", "anna@people", "a\n@b.nl"),
    "primaryLanguage": ("xx", "dutch", "nld", "n", "ß", "NL "),
    "firstName": ("a\x07b", "tab\there", "line\nbreak", "a\x7f", "a\x85"),
    "name": ("a\x07b", "tab\there", "line\nbreak"),
    "notes": ("a\x07b", "a\rb", "a\x0bb"),
    "phone": ("020\n",),
    "taxNumber": ("\x1f",),
}


def test_values_that_are_not_acceptable(served: Served, caller: Caller):
    faults = [(name, value) for name in body_of(served.name) for value in UNACCEPTABLE.get(name, ())]

    bulk = caller.bulk(served.name, [KEY | {name: value} for name, value in faults] + [KEY | {"sourceId": "2"}])

    for (name, value), failed in zip(faults, bulk.data[:-1], strict=True):
        single = caller.post(f"/{served.name}", {name: value})
        assert (single.code, len(single.error[3])) == (VALUE, 1), (name, value)
        assert single.error[3][0].startswith(f"#/{name}: ")
        assert (failed["code"], failed["type"], failed["error"]) == (*VALUE[1:], single.error[3][0])
    assert bulk.data[-1]["success"] is True
    assert list(served.model.objects.values_list("source_id", flat=True)) == ["2"]


def test_every_fault_of_a_row_is_told(served: Served, caller: Caller):
    faulty = {name: values[0] for name, values in UNACCEPTABLE.items() if name in body_of(served.name)}
    faulty |= {"source": "ERP"}

    pointers = [message.partition(":")[0] for message in caller.post(f"/{served.name}", faulty).error[3]]

    assert sorted(pointers) == sorted(f"#/{name}" for name in (*faulty, "sourceId") if name != "source")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("1984-02-29", "1984-02-29"),
        ("01/12/1999", "1999-12-01"),
        ("1850-01-01", "1850-01-01"),
        (days_from_now(-1), days_from_now(-1)),
    ],
)
@pytest.mark.parametrize("people", ALL_PEOPLE)
def test_dates_of_birth(caller: Caller, people: str, sent: str, read: str):
    made = caller.post(f"/{people}", {"dateOfBirth": sent})

    assert made.data["dateOfBirth"] == read
    stored = next(served.model for served in SERVED if served.name == people).objects.get()
    assert stored.date_of_birth == date.fromisoformat(read)


@pytest.mark.parametrize(
    ("row", "login"),
    [
        ({"email": "a@people.example"}, "a@people.example"),
        ({"email": "a@people.example", "login": "anna"}, "anna"),
        ({"email": "a@people.example", "login": ""}, "a@people.example"),
        ({}, ""),
    ],
)
@pytest.mark.parametrize("people", ALL_PEOPLE)
def test_the_login_of_a_new_person_is_the_email(caller: Caller, people: str, row: dict, login: str):
    single = caller.post(f"/{people}", row).data
    caller.bulk(people, [KEY | row])

    assert (single["login"], caller.get(f"/{people}/sourceId/1").data["login"]) == (login, login)
    assert caller.patch(f"/{people}/sourceId/1", {"email": "new@people.example"}).data["login"] == login


@pytest.mark.parametrize("people", ["users", "contacts"])
def test_a_full_name_reads_as_sent_or_else_as_the_joined_name(caller: Caller, people: str):
    joined = {"firstName": "Anneke", "lastName": "Meander"}

    made = caller.post(f"/{people}", KEY | joined | {"fullName": "Ir. A. Meander"}).data
    cleared = caller.patch(f"/{people}/sourceId/1", {"fullName": None}).data
    renamed = caller.patch(f"/{people}/sourceId/1", {"lastName": "Smit"}).data

    assert [(read["fullName"], read["name"]) for read in (made, cleared, renamed)] == [
        ("Ir. A. Meander", "Anneke Meander"),
        ("Anneke Meander", "Anneke Meander"),
        ("Anneke Smit", "Anneke Smit"),
    ]


@pytest.mark.parametrize("pair", [{"sourceId": ""}, {"source": "", "sourceId": ""}, {"source": None, "sourceId": None}])
def test_an_empty_source_id_means_no_key(served: Served, caller: Caller, pair: dict):
    made = caller.post(f"/{served.name}", KEY)

    cleared = caller.patch(f"/{served.name}/id/{made.data['id']}", pair)

    assert (cleared.data["source"], cleared.data["sourceId"]) == ("", "")
    assert caller.post(f"/{served.name}", pair).status == 201


@pytest.mark.parametrize("half", [{"source": "ERP"}, {"sourceId": "42"}, {"source": "", "sourceId": "42"}])
def test_half_a_key_is_refused(served: Served, caller: Caller, half: dict):
    assert caller.post(f"/{served.name}", half).code == VALUE
    assert rows(served.model) == {}


@pytest.mark.parametrize(("sent", "stored"), [(42, "42"), (0, "0"), (-1, "-1"), ("042", "042"), (" 42 ", " 42 ")])
def test_a_key_keeps_its_exact_text(served: Served, caller: Caller, sent: object, stored: str):
    made = caller.post(f"/{served.name}", {"source": " E", "sourceId": sent})

    assert (made.data["source"], made.data["sourceId"]) == (" E", stored)
    assert served.model.objects.get().source_id == stored
    row = caller.bulk(served.name, [{"source": " E", "sourceId": sent}]).data[0]
    assert (row["id"], row["key"], row["changed"]) == (made.data["id"], sent, False)


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ({"source": "x" * 65, "sourceId": "1"}, "#/source: expected maxLength: 64, actual: 65"),
        ({"source": "E", "sourceId": "x" * 256}, "#/sourceId: expected maxLength: 255, actual: 256"),
        ({"source": 1, "sourceId": "1"}, "#/source: expected type: String, found: Integer"),
        ({"source": "E", "sourceId": 1.5}, "#/sourceId: expected type: String, found: BigDecimal"),
    ],
)
def test_the_shape_of_a_key(served: Served, caller: Caller, pair: dict, message: str):
    assert caller.post(f"/{served.name}", pair).error == (*SCHEMA, [message])


@pytest.mark.parametrize("people", ALL_PEOPLE)
def test_numbers_of_debtors_where_the_tenant_wants_them(caller: Caller, people: str):
    Tenant.objects.update(debtor_numbering=True, next_debtor_number=500)

    read = [caller.post(f"/{people}", body).data["debtorId"] for body in ({}, {"debtorId": "D-1"}, {"debtorId": ""})]

    assert read == ["500", "D-1", "501"]
    assert caller.post("/companies", {}).data["debtorId"] == ""
