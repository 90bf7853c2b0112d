"""Checklist 23, as far as addresses are rows of their owner: defaults, the upsert by code, failing together."""

import pytest

from addresses.models import Address
from customers.models import Customer
from tests.api.caller import Caller

HOME = {"type": "home", "street": "Lange Weg", "number": 5, "city": "Winterdorp", "country": "nl", "code": "A"}


@pytest.fixture
def owner(caller: Caller) -> str:
    made = caller.post("/customers", {"source": "ERP", "sourceId": "1", "addresses": [HOME]})
    return f"/customers/id/{made.data['id']}"


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


def test_a_failing_address_fails_its_row_and_no_other(caller: Caller):
    reply = caller.bulk(
        "customers",
        [
            {"source": "ERP", "sourceId": "1", "addresses": [HOME, HOME | {"code": "B", "country": "ZZ"}]},
            {"source": "ERP", "sourceId": "2", "addresses": [HOME]},
        ],
    )

    failed, written = reply.data
    assert (failed["success"], failed["code"], failed["type"]) == (False, 10017, "PayloadValidationError")
    assert failed["error"].startswith("#/addresses/1/country: ")
    assert written["success"] is True
    assert list(Customer.objects.values_list("source_id", flat=True)) == ["2"]
    assert Address.objects.count() == 1


def test_a_change_of_an_address_counts_as_a_change_of_its_owner(caller: Caller, owner: str):
    row = {"source": "ERP", "sourceId": "1", "addresses": [HOME]}

    assert caller.bulk("customers", [row]).data[0]["changed"] is False
    moved = row | {"addresses": [HOME | {"number": "7"}]}
    assert caller.bulk("customers", [moved]).data[0]["changed"] is True
    assert caller.get(owner).headers["ETag"].endswith('-2"')


def test_messages_point_into_the_address(caller: Caller):
    row = {"source": "ERP", "sourceId": "1", "addresses": [HOME, {"type": "office", "postcode": "1"}]}

    assert caller.bulk("customers", [row]).error[3] == [
        "#/customers/0/addresses/1/type: office is not a valid enum value",
        "#/customers/0/addresses/1: extraneous key [postcode] is not permitted",
    ]
