"""Checklist 23, as far as addresses are rows of their owner: defaults, the upsert by code, failing together."""

import pytest

from addresses.models import Address
from tests.api.caller import Caller
from tests.contract.lookup.served import Served

HOME = {"type": "home", "street": "Lange Weg", "number": 5, "city": "Winterdorp", "country": "nl", "code": "A"}


@pytest.fixture
def owner(addressed: Served, caller: Caller) -> str:
    made = caller.post(f"/{addressed.name}", {"source": "ERP", "sourceId": "1", "addresses": [HOME]})
    return f"/{addressed.name}/id/{made.data['id']}"


def addresses(caller: Caller, path: str) -> list[dict]:
    return caller.get(f"{path}?expands=addresses").data["addresses"]


def test_an_address_reads_whole(caller: Caller, owner: str):
    (address,) = addresses(caller, owner)

    assert address == {
        "id": Address.objects.get().pk,
        "active": "Y",
        "type": "home",
        "code": "A",
        "name": "",
        "firstName": "",
        "middleName": "",
        "lastName": "",
        "gender": "u",
        "company": "",
        "street": "Lange Weg",
        "number": "5",
        "numberExtension": "",
        "postalCode": "",
        "city": "Winterdorp",
        "region": "",
        "country": "NL",
        "icp": "N",
        "phone": "",
        "mobile": "",
        "fax": "",
        "email": "",
        "url": "",
        "isDefault": "Y",
        "notes": "",
        "source": "",
        "sourceId": "",
    }


def test_a_known_code_updates_and_everything_else_creates(caller: Caller, owner: str):
    changes = [{"type": "home", "code": "A", "city": "Zomerdorp"}, HOME | {"code": "B", "isDefault": "Y"}]

    reply = caller.patch(owner, {"addresses": changes})

    assert (reply.status, reply.headers["ETag"].endswith('-2"')) == (200, True)
    assert [(a["code"], a["city"], a["street"], a["isDefault"]) for a in addresses(caller, owner)] == [
        ("A", "Zomerdorp", "Lange Weg", "N"),
        ("B", "Winterdorp", "Lange Weg", "Y"),
    ]


def test_a_default_cannot_be_switched_off(caller: Caller, owner: str):
    reply = caller.patch(owner, {"addresses": [{"type": "home", "code": "A", "isDefault": "N"}]})

    assert reply.code == (400, 10017, "PayloadValidationError")
    assert [a["isDefault"] for a in addresses(caller, owner)] == ["Y"]


@pytest.mark.parametrize("member", ["city", "country", "street"])
@pytest.mark.parametrize("value", ["", None])
def test_what_an_address_needs_cannot_be_cleared(caller: Caller, owner: str, member: str, value: str | None):
    reply = caller.patch(owner, {"addresses": [{"type": "home", "code": "A", member: value}]})

    assert (reply.code, len(reply.error[3])) == ((400, 10017, "PayloadValidationError"), 1)
    assert reply.error[3][0].startswith(f"#/addresses/0/{member}: ")


@pytest.mark.parametrize("value", ["", None])
def test_a_type_cannot_be_cleared(caller: Caller, owner: str, value: str | None):
    reply = caller.patch(owner, {"addresses": [HOME | {"type": value}]})

    assert (reply.code, reply.error[3][0].startswith("#/addresses/0/type: ")) == (
        (400, 10017, "PayloadValidationError"),
        True,
    )


def test_a_failing_address_fails_its_row_and_no_other(addressed: Served, caller: Caller):
    reply = caller.bulk(
        addressed.name,
        [
            {"source": "ERP", "sourceId": "1", "addresses": [HOME, HOME | {"code": "B", "country": "ZZ"}]},
            {"source": "ERP", "sourceId": "2", "addresses": [HOME]},
        ],
    )

    failed, written = reply.data
    assert (failed["success"], failed["code"], failed["type"]) == (False, 10017, "PayloadValidationError")
    assert failed["error"].startswith("#/addresses/1/country: ")
    assert written["success"] is True
    assert list(addressed.model.objects.values_list("source_id", flat=True)) == ["2"]
    assert Address.objects.count() == 1


def test_a_change_of_an_address_counts_as_a_change_of_its_owner(addressed: Served, caller: Caller, owner: str):
    row = {"source": "ERP", "sourceId": "1", "addresses": [HOME]}

    assert caller.bulk(addressed.name, [row]).data[0]["changed"] is False
    moved = row | {"addresses": [HOME | {"number": "7"}]}
    assert caller.bulk(addressed.name, [moved]).data[0]["changed"] is True
    assert caller.get(owner).headers["ETag"].endswith('-2"')


def test_messages_point_into_the_address(addressed: Served, caller: Caller):
    row = {"source": "ERP", "sourceId": "1", "addresses": [HOME, {"type": "office", "postcode": "1"}]}

    assert caller.bulk(addressed.name, [row]).error[3] == [
        f"#/{addressed.name}/0/addresses/1/type: office is not a valid enum value",
        f"#/{addressed.name}/0/addresses/1: extraneous key [postcode] is not permitted",
    ]


def test_each_owner_has_codes_and_defaults_of_its_own(addressed: Served, caller: Caller):
    """Owners of one bulk bring the same codes; nothing of one ends up at another."""
    rows = [
        {"source": "ERP", "sourceId": str(number), "addresses": [HOME | {"city": f"City {number}"}]}
        for number in range(5)
    ]

    first = caller.bulk(addressed.name, rows).data
    again = caller.bulk(addressed.name, rows).data

    assert [row["changed"] for row in again] == [False] * 5
    for number, row in enumerate(first):
        (address,) = addresses(caller, f"/{addressed.name}/id/{row['id']}")
        assert (address["city"], address["isDefault"]) == (f"City {number}", "Y")


def test_rows_that_share_a_key_bring_their_addresses_in_order(addressed: Served, caller: Caller):
    row = {"source": "ERP", "sourceId": "1"}
    sent = [
        row | {"addresses": [HOME]},
        row | {"addresses": [{"code": "A", "city": "Zomerdorp"}, HOME | {"code": "B", "isDefault": "Y"}]},
        row | {"addresses": [{"code": "A", "country": "ZZ"}]},
        row | {"addresses": [{"code": "A", "city": "Zomerdorp"}]},
    ]

    answers = caller.bulk(addressed.name, sent).data

    assert [(row["action"], row["success"], row.get("changed")) for row in answers] == [
        ("create", True, None),
        ("update", True, True),
        ("update", False, None),
        ("update", True, False),
    ]
    found = addresses(caller, f"/{addressed.name}/id/{answers[0]['id']}")
    assert [(a["code"], a["city"], a["isDefault"]) for a in found] == [
        ("A", "Zomerdorp", "N"),
        ("B", "Winterdorp", "Y"),
    ]


def test_a_dry_run_writes_no_address(addressed: Served, caller: Caller, owner: str):
    row = {"source": "ERP", "sourceId": "1", "addresses": [HOME | {"city": "Zomerdorp"}, HOME | {"code": "B"}]}

    answer = caller.bulk(addressed.name, [row], query="?dryRun=true").data[0]

    assert answer["changed"] is True
    assert [(a["code"], a["city"]) for a in addresses(caller, owner)] == [("A", "Winterdorp")]


def test_a_street_may_be_left_out_but_not_cleared(addressed: Served, caller: Caller):
    bare = {name: HOME[name] for name in ("type", "city", "country")}

    assert caller.post(f"/{addressed.name}", {"addresses": [bare]}).status == 201
    refused = caller.post(f"/{addressed.name}", {"addresses": [bare | {"street": ""}]})
    assert (refused.code, refused.error[3][0].partition(":")[0]) == (
        (400, 10017, "PayloadValidationError"),
        "#/addresses/0/street",
    )


@pytest.mark.parametrize("missing", ["type", "city", "country"])
def test_what_an_address_needs(addressed: Served, caller: Caller, missing: str):
    address = {name: value for name, value in HOME.items() if name != missing}

    reply = caller.post(f"/{addressed.name}", {"addresses": [address]})

    assert reply.code == (400, 10017, "PayloadValidationError")
    assert [message.partition(":")[0] for message in reply.error[3]] == [f"#/addresses/0/{missing}"]
    assert addressed.model.objects.count() == 0


def test_contacts_have_none(caller: Caller):
    body = {"source": "ERP", "sourceId": "1", "addresses": []}

    message = "extraneous key [addresses] is not permitted"
    assert caller.post("/contacts", body).error[3] == [f"#: {message}"]
    assert caller.bulk("contacts", [body]).error[3] == [f"#/contacts/0: {message}"]


def test_they_travel_with_their_owner_by_id_too(addressed: Served, caller: Caller, owner: str):
    pk = int(owner.rpartition("/")[2])
    rows = [{"id": pk, "addresses": [{"code": "A", "number": 7}]}, {"id": pk + 1000, "addresses": [HOME]}]

    answers = caller.bulk(addressed.name, rows, "id").data

    assert [(row["action"], row["success"]) for row in answers] == [("update", True), ("create", True)]
    assert [a["number"] for a in addresses(caller, owner)] == ["7"]
    assert [a["number"] for a in addresses(caller, f"/{addressed.name}/id/{pk + 1000}")] == ["5"]
