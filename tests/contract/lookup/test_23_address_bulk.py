"""Checklists 12, 13, 14 and 23: bulks of addresses on their own, matched on code and type."""

from typing import Any

import pytest

from addresses.models import Address
from tests.contract.lookup.below import HOME, Below
from tests.factories import make_address, put_in_bin
from tests.factories import row as stored_row

SCHEMA = (400, 10007, "SchemaValidationException")


def created(pk: int | None, key: object) -> dict:
    return {"action": "create", "id": pk, "key": key, "lookupKey": "code", "success": True}


def updated(pk: int | None, key: object, *, changed: bool) -> dict:
    return {"action": "update", "changed": changed, "id": pk, "key": key, "lookupKey": "code", "success": True}


def failed(action: str, key: object, code: int, type: str, error: str) -> dict:
    told = {"action": action, "code": code, "error": error, "key": key, "lookupKey": "code"}
    return told | {"success": False, "type": type}


def test_12_create_update_unchanged_and_failed_in_one_request(book: Below):
    changed, same = book.added(code="changed"), book.added(code="same")
    put_in_bin(Address.objects.get(pk=book.added(code="gone")))
    before = book.stored

    reply = book.bulk(
        {"code": "gone", "type": "home", "city": "X"},
        HOME | {"code": "new"},
        HOME | {"code": "changed", "city": "Zomerdorp"},
        HOME | {"code": "same"},
        {"code": "changed", "email": "anna@"},
        HOME | {"code": "bad", "country": "ZZ", "url": "x"},
        {"code": "unknown", "city": "X"},
        HOME,
        HOME | {"code": ""},
        HOME | {"code": None},
        HOME | {"source": "ERP"},
    )

    by_code = {values["code"]: pk for pk, values in book.stored.items() if pk not in before}
    bare = sorted(pk for pk, values in book.stored.items() if pk not in before and not values["code"])
    assert (reply.status, list(reply.body)) == (200, ["data", "messages", "total"])
    assert (reply.body["messages"], reply.body["total"]) == (["Completed"], 11)
    assert reply.data == [
        failed(
            "update",
            "gone",
            90008,
            "AddressNotAllowed",
            "Address with code [gone] is not allowed: it is in the recycle bin",
        ),
        created(by_code["new"], "new"),
        updated(changed, "changed", changed=True),
        updated(same, "same", changed=False),
        failed("update", "changed", 10017, "PayloadValidationError", "#/email: [anna@] is not a valid e-mail address"),
        failed(
            "create",
            "bad",
            10017,
            "PayloadValidationError",
            "#/country: [ZZ] is not an ISO 3166-1 alpha-2 country code;"
            " #/url: [x] is not a valid http or https address",
        ),
        failed("create", "unknown", 10017, "PayloadValidationError", "#/type: a value is required"),
        created(bare[0], None),
        created(bare[1], ""),
        created(bare[2], None),
        failed(
            "create",
            None,
            10017,
            "PayloadValidationError",
            "#/sourceId: source and sourceId go together: send both or neither",
        ),
    ]
    assert {pk for pk in book.stored if book.stored[pk] != before.get(pk)} == {changed, by_code["new"], *bare}


def test_a_code_is_looked_for_in_its_type(book: Below):
    home, invoice = book.added(code="A"), book.added(type="invoice", code="A")
    only = book.added(type="invoice", code="B")

    reply = book.bulk(
        {"type": "invoice", "code": "A", "city": "Zomerdorp"},
        {"code": "B", "city": "Herfstdorp"},
        {"code": "A", "city": "Welke"},
        HOME | {"type": "delivery", "code": "A"},
    )

    message = "#/type: several addresses have the code [A], send the type too"
    assert reply.data[:3] == [
        updated(invoice, "A", changed=True),
        updated(only, "B", changed=True),
        failed("update", "A", 10017, "PayloadValidationError", message),
    ]
    assert (reply.data[3]["action"], reply.data[3]["success"]) == ("create", True)
    assert book.told("id", "city")[:3] == [(home, "Winterdorp"), (invoice, "Zomerdorp"), (only, "Herfstdorp")]


def test_13_rows_that_share_a_code_are_applied_in_order(book: Below):
    version = stored_row(book.owner)["version"]

    reply = book.bulk(
        {"code": "A", "city": "Te vroeg"},
        HOME | {"code": "A", "street": "Eerst"},
        {"code": "A", "country": "ZZ"},
        {"code": "A", "city": "Zomerdorp"},
        {"type": "home", "code": "A", "city": "Zomerdorp"},
    )

    (pk,) = book.stored
    assert [(row["action"], row["success"], row.get("changed"), row.get("id")) for row in reply.data] == [
        ("create", False, None, None),
        ("create", True, None, pk),
        ("update", False, None, None),
        ("update", True, True, pk),
        ("update", True, False, pk),
    ]
    assert book.told("street", "city") == [("Eerst", "Zomerdorp")]
    assert (book.stored[pk]["version"], stored_row(book.owner)["version"]) == (1, version + 1)


def test_defaults_follow_the_rows_in_order(book: Below):
    first = book.added(code="A")

    reply = book.bulk(
        HOME | {"code": "B", "isDefault": "Y"},
        HOME | {"code": "C", "isDefault": "Y", "country": "ZZ"},
        {"code": "A", "isDefault": "N"},
        {"code": "B", "isDefault": "N"},
        HOME | {"code": "D", "isDefault": "Y"},
        HOME | {"code": "E", "type": "invoice", "isDefault": "N"},
    )

    assert [(row["success"], row.get("changed")) for row in reply.data] == [
        (True, None), (False, None), (True, False), (False, None), (True, None), (True, None),
    ]  # fmt: skip
    assert reply.data[3]["error"].startswith("#/isDefault: ")
    assert book.told("code", "isDefault") == [("A", "N"), ("B", "N"), ("D", "Y"), ("E", "Y")]
    assert book.stored[first]["version"] == 2


def test_nothing_new_leaves_no_trace(book: Below):
    rows = [HOME | {"code": code, "isDefault": "Y"} for code in "ABC"[:1]] + [HOME | {"code": "B"}]
    book.bulk(*rows)
    before = book.stored, stored_row(book.owner)

    reply = book.bulk(*rows)

    assert [(row["action"], row["changed"]) for row in reply.data] == [("update", False)] * 2
    assert (book.stored, stored_row(book.owner)) == before


def test_only_refused_rows_leave_no_trace(book: Below):
    before = stored_row(book.owner)

    reply = book.bulk(HOME | {"country": "ZZ"}, {"code": "A"})

    assert [row["success"] for row in reply.data] == [False, False]
    assert (book.stored, stored_row(book.owner)) == ({}, before)


def test_14_a_dry_run_says_the_same_and_writes_nothing(book: Below):
    book.added(code="A")
    before = book.stored, stored_row(book.owner)
    rows = [
        {"code": "A", "city": "Zomerdorp"},
        HOME | {"code": "B"},
        {"code": "B", "city": "Zomerdorp"},
        HOME | {"code": "C", "country": "ZZ"},
        {"code": "B", "city": "Zomerdorp"},
    ]

    dry = book.bulk(*rows, query="?dryRun=true")

    assert (book.stored, stored_row(book.owner)) == before
    wet = book.bulk(*rows, query="?dryRun=false")
    assert dry.body["messages"] == ["Completed"]
    assert dry.data == [row | {"id": None} if row.get("key") == "B" else row for row in wet.data]


def test_14_a_dry_run_that_is_misspelt_is_refused(book: Below):
    reply = book.bulk(HOME, query="?dryRun=yes")

    assert reply.error == (400, 10017, "PayloadValidationError", ["dryRun [yes] must be true or false"])
    assert book.stored == {}


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({}, ["#: required key [addresses] not found"]),
        ([], ["#: expected type: JSONObject, found: JSONArray"]),
        ({"addresses": None}, ["#/addresses: expected type: JSONArray, found: Null"]),
        ({"addresses": [HOME, 5]}, ["#/addresses/1: expected type: JSONObject, found: Integer"]),
        ({"addresses": [HOME], "directives": {}}, ["#: extraneous key [directives] is not permitted"]),
        (
            {"addresses": [{"type": "office", "id": 5}, HOME, {"code": 7}]},
            [
                "#/addresses/0/type: office is not a valid enum value",
                "#/addresses/0: extraneous key [id] is not permitted",
                "#/addresses/2/code: expected type: String, found: Integer",
            ],
        ),
    ],
)
def test_11_a_fault_of_shape_refuses_the_whole_request(book: Below, body: Any, messages: list[str]):
    reply = book.caller.post(f"{book.path}/bulk", body)

    assert reply.error == (*SCHEMA, messages)
    assert book.stored == {}


def test_addresses_of_others_with_the_same_codes_stay_as_they_are(book: Below):
    others = {pk: values for pk, values in _addresses().items() if pk not in book.stored}
    assert {values["code"] for values in others.values()} == {"A"}

    reply = book.bulk(HOME | {"code": "A", "city": "Mine", "isDefault": "Y"})

    assert reply.data[0]["action"] == "create"
    assert {pk: values for pk, values in _addresses().items() if pk not in book.stored} == others


def test_a_default_made_elsewhere_counts(book: Below):
    """What the admin or another request has written is what the rows are compared with."""
    stored = make_address(book.owner, type="home", code="A", is_default=True)

    reply = book.bulk({"code": "A", "isDefault": "N"}, HOME | {"code": "B"})

    assert [row["success"] for row in reply.data] == [False, True]
    assert book.told("id", "isDefault")[0] == (stored.pk, "Y")


def _addresses() -> dict[int, dict[str, Any]]:
    return {values["id"]: values for values in Address.everything.values()}
