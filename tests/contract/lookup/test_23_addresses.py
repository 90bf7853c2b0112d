"""Checklist 23: addresses on their own, one by one. Their defaults, their codes, and those of other owners."""

from typing import Any
from urllib.parse import quote

import pytest

from addresses.models import Address
from recyclebin.models import Deletion
from tenants.models import Tenant
from tests.api.caller import Caller
from tests.contract.lookup.below import ABSENT, EXISTS, HOME, INVALID, Below, below
from tests.contract.lookup.served import SERVED
from tests.factories import make_address, make_record, put_in_bin
from tests.factories import row as stored_row
from tests.records.search_texts import search_texts

MEMBERS = [
    *("id", "active", "type", "code", "name", "firstName", "middleName", "lastName", "gender", "company"),
    *("street", "number", "numberExtension", "postalCode", "city", "region", "country", "icp"),
    *("phone", "mobile", "fax", "email", "url", "isDefault", "notes", "source", "sourceId"),
]


def test_create(book: Below):
    sent = HOME | {
        "code": "A",
        "firstName": "Anneke",
        "middleName": "van der",
        "lastName": "Meander",
        "gender": "F",
        "numberExtension": "bis",
        "postalCode": 1234,
        "icp": "y",
        "phone": 205550100,
        "email": "anneke@people.example",
        "url": "https://people.example/",
        "notes": "een\n\ttwee",
        "source": "ERP",
        "sourceId": 7,
    }

    reply = book.caller.post(book.path + "/", sent)

    pk = reply.data["id"]
    assert (reply.status, list(reply.body)) == (201, ["data", "messages", "total"])
    assert (reply.body["messages"], reply.body["total"]) == (["Address created"], 1)
    assert (reply.headers["Location"], reply.headers["ETag"]) == (f"/v2{book.path}/{pk}", f'"{pk}-1"')
    assert list(reply.data) == MEMBERS
    assert reply.data == dict.fromkeys(MEMBERS, "") | sent | {
        "id": pk,
        "active": "Y",
        "name": "Anneke van der Meander",
        "gender": "f",
        "number": "5",
        "postalCode": "1234",
        "country": "NL",
        "icp": "Y",
        "phone": "205550100",
        "isDefault": "Y",
        "sourceId": "7",
    }
    assert list(book.stored) == [pk]
    assert Address.objects.get(pk=pk).tenant_id == book.owner.tenant_id


@pytest.mark.parametrize("body", [{}, {"type": "home"}, {"city": "C", "country": "NL"}, {"street": "S"}])
def test_what_a_new_address_needs(book: Below, body: dict):
    reply = book.caller.post(book.path, body)

    wanted = [f"#: required key [{name}] not found" for name in ("type", "city", "country") if name not in body]
    assert (reply.code, sorted(reply.error[3])) == ((400, 10007, "SchemaValidationException"), sorted(wanted))
    assert book.stored == {}


@pytest.mark.parametrize("member", ["type", "city", "country", "street"])
@pytest.mark.parametrize("value", ["", None])
def test_what_an_address_needs_cannot_be_empty_or_cleared(book: Below, member: str, value: str | None):
    pk = book.added()
    before = book.stored

    for reply in (book.add(**{member: value}), book.patch(pk, {member: value})):
        message = f"#/{member}: a value is required, it cannot be cleared"
        assert reply.error == (*INVALID, [message])
    assert book.stored == before


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"type": "office"}, "#/type: office is not a valid enum value"),
        ({"id": 5}, "#: extraneous key [id] is not permitted"),
        ({"active": "Y"}, "#: extraneous key [active] is not permitted"),
        ({"street": 5}, "#/street: expected type: String, found: Integer"),
        ({"city": "x" * 256}, "#/city: expected maxLength: 255, actual: 256"),
        ({"isDefault": "x"}, "#/isDefault: x is not a valid enum value"),
    ],
)
def test_a_body_of_another_shape(book: Below, body: dict, message: str):
    pk = book.added()
    before = book.stored

    for reply in (book.add(**body), book.patch(pk, body)):
        assert reply.error == (400, 10007, "SchemaValidationException", [message])
    assert book.stored == before


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("country", "ZZ"),
        ("email", "anna@"),
        ("url", "ftp://people.example"),
        ("city", "a\x07b"),
        ("number", 10**300),
        ("source", "ERP"),
        ("sourceId", "1"),
    ],
)
def test_values_that_are_not_acceptable(book: Below, member: str, value: Any):
    pk = book.added()
    before = book.stored

    for reply in (book.add(**{member: value}), book.patch(pk, {member: value})):
        assert (reply.code, len(reply.error[3])) == (INVALID, 1)
    assert book.stored == before


def test_the_list_has_the_live_addresses_of_the_owner(book: Below):
    assert book.all().body == {"data": [], "messages": [], "total": 0}
    made = [book.add(type=kind, code=kind).data for kind in ("home", "invoice")]
    gone = book.added(type="invoice")
    put_in_bin(Address.objects.get(pk=gone))

    reply = book.all("/")

    assert (reply.status, reply.body) == (200, {"data": made, "messages": [], "total": 2})
    assert "ETag" not in reply.headers


def test_the_list_of_one_type(book: Below):
    made = {kind: [book.added(type=kind) for _ in range(2)] for kind in ("home", "invoice")}

    for kind, ids in (made | {"delivery": []}).items():
        reply = book.all(f"?type={kind}")
        assert ([address["id"] for address in reply.data], reply.body["total"]) == (ids, len(ids))
    assert book.all("?type=").body["total"] == 4
    for unknown in ("office", "Home", "home,invoice", "%00"):
        reply = book.all(f"?type={unknown}")
        assert reply.code == INVALID
        assert reply.error[3][0].endswith("must be one of [delivery,invoice,home]")


def test_get(book: Below):
    made = book.add(code="A")
    by_key = f"/{book.served.name}/sourceId/KL-42/addresses/{made.data['id']}"

    for path in (f"{book.path}/{made.data['id']}", f"{book.path}/{made.data['id']}/", by_key, f"{by_key}?source=ERP"):
        reply = book.caller.get(path)
        assert (reply.status, reply.headers["ETag"]) == (200, made.headers["ETag"])
        assert reply.body == {"data": made.data, "messages": [], "total": 1}


def test_patch_keeps_what_is_absent_and_clears_what_is_null_or_empty(book: Below):
    made = book.add(code="A", region="Noord", notes="Bel twee keer", company="Kolk").data

    reply = book.patch(made["id"], {"city": "Zomerdorp", "region": None, "notes": ""})

    assert (reply.status, reply.body["messages"], reply.body["total"]) == (200, ["Address updated"], 1)
    assert reply.data == made | {"city": "Zomerdorp", "region": "", "notes": ""}
    assert reply.headers["ETag"] == f'"{made["id"]}-2"'
    assert book.get(made["id"]).data == reply.data


def test_a_patch_that_changes_nothing_leaves_no_trace(book: Below):
    made = book.add(code="A")
    before = book.stored, stored_row(book.owner)

    reply = book.patch(made.data["id"], HOME | {"code": "A", "isDefault": "Y"})

    assert (reply.status, reply.data, reply.headers["ETag"]) == (200, made.data, made.headers["ETag"])
    assert (book.stored, stored_row(book.owner)) == before


def test_a_change_of_an_address_is_one_change_of_its_owner(book: Below):
    before = stored_row(book.owner)

    def version(reply: Any) -> int:
        assert reply.status in {200, 201}
        return stored_row(book.owner)["version"]

    versions = [
        version(book.add(code="A")),
        version(book.add(code="B", isDefault="Y")),
        version(book.bulk({"code": "A", "number": "7"}, {"code": "B", "number": "8"}, HOME)),
        version(book.patch(book.told("id")[0][0], {"number": "9"})),
        version(book.delete(book.told("id")[1][0])),
    ]

    after = stored_row(book.owner)
    assert versions == [2, 3, 4, 5, 6]
    assert after.pop("modified_at") > before.pop("modified_at")
    assert after == before | {"version": 6}
    assert book.caller.get(f"/{book.served.name}/id/{book.owner.pk}").headers["ETag"] == f'"{book.owner.pk}-6"'


def test_delete_goes_to_the_bin_as_a_deletion_of_its_own(book: Below):
    pk, other = book.added(code="A"), book.added(code="B")
    before = book.stored

    reply = book.delete(pk, "?reason=Dubbel%20ingevoerd")

    deletion = Deletion.objects.get()
    assert (reply.status, reply.body) == (200, {"data": {}, "messages": ["Address deleted"]})
    assert (deletion.root_type, deletion.root_id, deletion.counts) == (
        "addresses.address",
        pk,
        {"addresses.address": 1},
    )
    assert (deletion.reason, deletion.client, deletion.origin) == (
        "Dubbel ingevoerd",
        book.caller.client,
        "lookup_api",
    )
    assert book.stored[pk] == before[pk] | {"deletion_id": deletion.pk}
    assert book.told("id", "isDefault") == [(other, "Y")]


def test_a_reason_has_its_limits(book: Below):
    pk = book.added()

    for reason in ("x" * 501, "a%00b", "a%1Fb", "a%7Fb", "a%C2%80b"):
        assert book.delete(pk, f"?reason={reason}").code == INVALID
    assert book.delete(pk, f"?reason={'x' * 500}").status == 200


# One default for each owner and type


def test_the_first_of_a_type_becomes_its_default(book: Below):
    for kind in ("home", "home", "invoice"):
        book.add(type=kind, isDefault="N")

    assert book.told("type", "isDefault") == [("home", "Y"), ("home", "N"), ("invoice", "Y")]


def test_a_new_default_clears_the_old_one(book: Below):
    first, second = book.added(), book.added(isDefault="y")
    assert book.told("id", "isDefault") == [(first, "N"), (second, "Y")]

    assert book.patch(first, {"isDefault": "Y"}).data["isDefault"] == "Y"
    assert book.told("id", "isDefault") == [(first, "Y"), (second, "N")]


def test_a_default_cannot_be_switched_off(book: Below):
    first, second = book.added(), book.added()
    before = book.stored

    message = "#/isDefault: the default cannot be switched off, make another address the default instead"
    assert book.patch(first, {"isDefault": "N"}).error == (*INVALID, [message])
    assert book.patch(second, {"isDefault": "N"}).status == 200
    assert book.patch(first, {"isDefault": None}).status == 200
    assert book.stored == before


def test_deleting_the_default_hands_it_to_the_oldest_left(book: Below):
    first, second, third = (book.added(code=code) for code in "ABC")
    invoice = book.added(type="invoice")

    assert book.delete(first).status == 200
    assert book.told("id", "isDefault") == [(second, "Y"), (third, "N"), (invoice, "Y")]
    assert book.delete(second).status == 200
    assert book.told("id", "isDefault") == [(third, "Y"), (invoice, "Y")]


def test_a_default_that_moves_to_another_type(book: Below):
    first, second = book.added(), book.added()

    assert book.patch(first, {"type": "invoice"}).data["isDefault"] == "Y"
    assert book.told("id", "type", "isDefault") == [(first, "invoice", "Y"), (second, "home", "Y")]


# Codes and keys


def test_a_code_is_one_of_a_kind_for_the_owner_and_type(book: Below):
    book.add(code="A")
    other = book.added(code="B")
    invoice = book.added(type="invoice", code="A")
    before = book.stored

    for reply in (book.add(code="A"), book.patch(other, {"code": "A"}), book.patch(invoice, {"type": "home"})):
        assert reply.error == (*EXISTS, ["Address already exists"])
    assert book.stored == before
    assert book.patch(other, {"code": ""}).status == 200
    assert [book.add(code="").status for _ in range(2)] == [201, 201]


def test_a_key_pair_is_one_of_a_kind_in_the_tenant(book: Below, tenant_a: Tenant, tenant_b: Tenant):
    make_address(make_record(book.served.model, tenant_a), source="ERP", source_id="1")
    make_address(make_record(book.served.model, tenant_b), source="ERP", source_id="2")
    pk = book.added(source="ERP", sourceId="2")

    taken = {"source": "ERP", "sourceId": "1"}
    for reply in (book.add(**taken), book.patch(pk, taken)):
        assert reply.error == (*EXISTS, ["Address already exists"])
    assert book.patch(pk, {"sourceId": ""}).data["source"] == ""


# Whose they are


def test_an_address_of_another_owner_is_not_found(book: Below, tenant_a: Tenant):
    others = list(Address.objects.order_by("id").values_list("pk", flat=True))
    twin = make_address(make_record(book.served.model, tenant_a))
    before = Address.everything.count()

    assert len(others) == 2
    for pk in (*others, twin.pk, 0, -1, 2**62, 2**64, "abc", "1e3", "%00", "٣"):
        for method, sent in (("GET", {}), ("PATCH", {"body": {"city": "Mine"}}), ("DELETE", {})):
            assert book.caller.call(method, f"{book.path}/{quote(str(pk), safe='%')}", **sent).code == ABSENT
    message = f"Address with id [{twin.pk}] not found for [{book.served.name.capitalize()}] with id [{book.owner.pk}]"
    assert book.get(twin.pk).error == (*ABSENT, [message])
    assert Address.objects.filter(city="Mine").count() == 0
    assert Address.objects.count() == before


def test_an_address_of_an_owner_of_another_kind_is_not_found(caller: Caller, book: Below, tenant_a: Tenant):
    """The owners have the same id; only the resource tells them apart."""
    pk = book.added(code="A")
    for served in SERVED:
        if served.has_addresses and served != book.served:
            theirs = below(caller, served, make_record(served.model, tenant_a, id=book.owner.pk))
            assert (theirs.get(pk).code, theirs.told("id")) == (ABSENT, [])
            assert theirs.bulk({"code": "A", "city": "Mine"}).data[0]["success"] is False
    assert book.told("id", "code", "city") == [(pk, "A", HOME["city"])]


def test_the_owner_is_found_by_where_it_lives(book: Below):
    def places() -> tuple[str, str]:
        text = search_texts().get(type=book.owner._meta.model_name, record=book.owner.pk)
        return text.city, text.postal_code

    first = book.added(city="Mönchengladbach", postalCode="41 061")
    book.add(city="Aß", postalCode="")
    assert places() == ("ass monchengladbach", "41 061")
    book.patch(first, {"city": "Delft", "postalCode": None})
    assert places() == ("ass delft", "")
    book.bulk(HOME | {"code": "C", "city": "Zwolle"}, {"code": "C", "city": "Assen"})
    assert places() == ("ass assen delft", "")
    book.delete(first)
    assert places() == ("ass assen", "")
