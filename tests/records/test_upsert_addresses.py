"""The rules of addresses through the engine, for every type of owner (lookup API contract, section 3)."""

from typing import Any

import pytest

from addresses.models import OWNERS as OWNER_FIELDS
from addresses.models import Address
from records.api_errors import entry_of
from records.outcomes import Outcome
from records.writes import address_row, write
from tests.factories import make_address, make_record, put_in_bin
from tests.factories import row as stored_row
from tests.records.search_texts import search_texts
from tests.records.sending import CHANGED, CREATED, OWNERS, UNCHANGED, address, home, push, row, summary

pytestmark = pytest.mark.django_db

every_owner = pytest.mark.parametrize("resource", OWNERS, ids=lambda resource: resource.name)


@pytest.fixture
def owner(actor, tenant_a, tenant_b, resource):
    """Sends addresses of one owner. Others of both tenants have the same codes, which nothing here may touch."""
    for tenant in (tenant_a, tenant_b):
        make_address(make_record(resource.model, tenant, source="ERP", source_id="other"), code="home", is_default=True)
    others = Address.everything.order_by("id")
    before = list(others.values())
    yield Owner(actor, resource)
    assert list(others.filter(pk__in=[values["id"] for values in before]).values()) == before


class Owner:
    def __init__(self, actor: Any, resource: Any) -> None:
        self.actor, self.resource = actor, resource

    def send(self, *addresses: Any, **named: Any) -> Outcome:
        """One row of this owner, with these addresses."""
        return push(self.actor, row("K", resource=self.resource, addresses=addresses, **named), resource=self.resource)[
            0
        ]

    @property
    def record(self) -> Any:
        return self.resource.model.everything.get(source_id="K")

    @property
    def own(self) -> Any:
        return Address.everything.filter(**{self.resource.address_field: self.record}).order_by("id")

    def told(self, *names: str) -> list[tuple[Any, ...]]:
        return list(self.own.filter(deletion=None).values_list(*names, "is_default"))

    def id_of(self, code: str) -> int:
        return self.own.get(code=code).pk


def refusal_of(outcome: Outcome) -> tuple[int, str]:
    """The code of the contract and the place in the row."""
    assert outcome.refusal
    return entry_of(outcome.refusal).code, outcome.refusal.pointer


def test_every_type_of_owner_is_tried():
    assert {resource.address_field for resource in OWNERS} == set(OWNER_FIELDS)


@every_owner
def test_an_owner_and_its_addresses_are_created_together(owner):
    outcome = owner.send(home(), home(type="invoice", city="Assen"), home("b", default=True))

    assert summary([outcome]) == [CREATED]
    assert owner.told("type", "code", "city", "version") == [
        ("delivery", "home", "Zwolle", 1, False),
        ("invoice", "home", "Assen", 1, True),
        ("delivery", "b", "Zwolle", 1, True),
    ]
    assert owner.record.version == 1
    assert set(owner.own.values_list("tenant", flat=True)) == {owner.record.tenant_id}
    assert search_texts().get(type=owner.resource.type, record=owner.record.pk).city == "assen zwolle"


@every_owner
def test_a_code_finds_its_address_and_what_is_absent_stays(owner):
    owner.send(home(street="Lange Weg", notes="Ring twice"))
    before = stored_row(owner.record)

    changed, same = owner.send(address(code="home", city="Assen", notes=None)), owner.send(home(city="Assen"))

    after = stored_row(owner.record)
    assert summary([changed, same]) == [CHANGED, UNCHANGED]
    assert owner.told("city", "street", "notes", "version") == [("Assen", "Lange Weg", "", 2, True)]
    assert after.pop("modified_at") > before.pop("modified_at")
    assert after == before | {"version": 2}


@every_owner
def test_without_a_code_every_address_is_new(owner):
    bare = address(type="home", city="Assen", country="NL")

    assert summary([owner.send(bare), owner.send(bare)]) == [CREATED, CHANGED]
    assert owner.told("city") == [("Assen", True), ("Assen", False)]


@every_owner
def test_the_default_is_handed_over_and_never_dropped(owner):
    owner.send(home("a"), home("b"), home("c", type="invoice"))

    assert refusal_of(owner.send(home("a", default=False))) == (10017, "/addresses/0/isDefault")
    assert summary([owner.send(home("b", default=True)), owner.send(home("a", default=False))]) == [CHANGED, UNCHANGED]
    assert owner.told("code", "version") == [("a", 2, False), ("b", 2, True), ("c", 1, True)]


@every_owner
def test_the_last_of_several_new_defaults_stays(owner):
    owner.send(home("a", default=True), home("b", default=True), home("c", default=True), home("b", city="Assen"))

    assert owner.told("code") == [("a", False), ("b", False), ("c", True)]


@every_owner
def test_a_default_that_moves_to_another_type(owner):
    owner.send(home("a"), home("b"), home("c"), home("x", type="invoice"))

    outcome = owner.send(address(id=owner.id_of("a"), type="home"), address(id=owner.id_of("b"), type="invoice"))

    assert summary([outcome]) == [CHANGED]
    assert owner.told("code", "type") == [
        ("a", "home", True), ("b", "invoice", False), ("c", "delivery", True), ("x", "invoice", True),
    ]  # fmt: skip


@every_owner
def test_a_type_that_empties_has_no_default_left(owner):
    owner.send(home("a"))

    assert owner.send(address(id=owner.id_of("a"), type="invoice")).changed
    assert owner.told("type") == [("invoice", True)]
    assert owner.send(home("b")).changed
    assert owner.told("type") == [("invoice", True), ("delivery", True)]


@every_owner
@pytest.mark.parametrize("name", ["type", "city", "country", "street"])
@pytest.mark.parametrize("value", [None, ""])
def test_what_cannot_be_cleared(owner, name, value):
    owner.send(home(street="Lange Weg"))
    before = list(owner.own.values())

    by_id = owner.send(address(id=owner.id_of("home"), **{name: value}))
    at_create = owner.send(home("new", **{name: value}))

    assert refusal_of(by_id) == refusal_of(at_create) == (10017, f"/addresses/0/{name}")
    assert list(owner.own.values()) == before


@every_owner
@pytest.mark.parametrize("name", ["type", "city", "country"])
def test_what_a_new_address_needs(owner, name):
    sent = {"type": "home", "city": "Assen", "country": "NL"}
    del sent[name]

    assert refusal_of(owner.send(address(**sent))) == (10017, f"/addresses/0/{name}")
    assert owner.resource.model.everything.filter(source_id="K").count() == 0


@every_owner
def test_a_bad_address_refuses_the_whole_row(owner):
    owner.send(home())
    before = stored_row(owner.record), list(owner.own.values())
    text = "name" if "name" in owner.resource.by_name else "first_name"

    outcome = owner.send(home(city="Lost"), home("new"), home("bad", email="x"), **{text: "Lost"})

    assert refusal_of(outcome) == (10017, "/addresses/2/email")
    assert outcome.refusal.text == "#/addresses/2/email: [x] is not a valid e-mail address"
    assert (stored_row(owner.record), list(owner.own.values())) == before


@every_owner
def test_codes_are_one_of_a_kind_for_each_owner_and_type(owner):
    owner.send(home("a"), home("b"), home("a", type="invoice"))

    assert refusal_of(owner.send(address(id=owner.id_of("b"), code="a"))) == (90004, "/addresses/0")
    invoice = owner.own.get(type="invoice").pk
    assert refusal_of(owner.send(address(id=invoice, type="delivery"))) == (90004, "/addresses/0")
    assert refusal_of(owner.send(address(code="a", city="Assen"))) == (10017, "/addresses/0/type")
    assert owner.send(address(id=invoice, type="delivery", code="c")).changed


@every_owner
def test_a_code_in_the_bin_is_neither_revived_nor_given_again(owner):
    owner.send(home("a"), home("b"))
    put_in_bin(owner.own.get(code="a"))
    before = stored_row(owner.own.get(code="a"))

    found = [
        owner.send(home("a")),
        owner.send(address(id=owner.id_of("b"), code="a")),
        owner.send(address(id=before["id"], city="Assen")),
    ]

    assert [refusal_of(outcome) for outcome in found] == [(90008, "/addresses/0")] * 3
    assert stored_row(owner.own.get(code="a")) == before
    assert owner.send(home("a", type="invoice")).changed
    assert owner.told("type", "code") == [("delivery", "b", True), ("invoice", "a", True)]


@every_owner
def test_after_the_default_went_to_the_bin_the_heir_is_the_default_to_rows_too(owner):
    owner.send(home("a"), home("b"), home("c"))
    put_in_bin(owner.own.get(code="a"))

    assert refusal_of(owner.send(home("b", default=False))) == (10017, "/addresses/0/isDefault")
    assert owner.send(home("d")).changed
    assert owner.told("code") == [("b", True), ("c", False), ("d", False)]


@every_owner
def test_addresses_of_other_owners_are_out_of_reach(owner, tenant_a):
    owner.send(home())
    sibling = make_address(make_record(owner.resource.model, tenant_a))
    ids = [
        sibling.pk,
        *Address.objects.filter(code="home").exclude(pk=owner.id_of("home")).values_list("pk", flat=True),
    ]

    assert [refusal_of(owner.send(address(id=pk, city="Lost"))) for pk in (*ids, 0, -1, 2**40)] == [
        (90006, "/addresses/0")
    ] * (len(ids) + 3)
    message = f"Address with id [0] not found for [{owner.resource.name.capitalize()}] with id [{owner.record.pk}]"
    assert owner.send(address(id=0)).refusal.message == message


@every_owner
def test_key_pairs_are_one_of_a_kind_in_the_tenant(owner, tenant_a, tenant_b):
    for tenant, key in ((tenant_b, "1"), (tenant_a, "2"), (tenant_a, "3")):
        held = make_address(make_record(owner.resource.model, tenant), source="ERP", source_id=key)
    put_in_bin(held)
    owner.send(home("a", source="ERP", source_id="1"), home("b", source="ERP", source_id="4"))

    found = [
        owner.send(home("c", source="ERP", source_id="1")),
        owner.send(home("b", source="ERP", source_id="1")),
        owner.send(home("b", source="ERP", source_id="2")),
        owner.send(home("b", source="ERP", source_id="3")),
        owner.send(home("c", source="ERP", source_id="9"), home("d", source="ERP", source_id="9")),
        owner.send(home("c", source="ERP")),
        owner.send(home("b", source_id="9")),
    ]

    assert [refusal_of(outcome) for outcome in found] == [
        (90004, "/addresses/0"),
        (90004, "/addresses/0"),
        (90004, "/addresses/0"),
        (90008, "/addresses/0"),
        (90004, "/addresses/1"),
        (10017, "/addresses/0/sourceId"),
        (10017, "/addresses/0/source"),
    ]
    assert owner.send(home("b", source="SHOP", source_id="1")).changed
    assert owner.told("code", "source", "source_id") == [("a", "ERP", "1", True), ("b", "SHOP", "1", False)]


@every_owner
def test_an_owner_in_the_bin_takes_no_address(owner):
    owner.send(home())
    put_in_bin(owner.record)
    before = list(owner.own.values())

    outcome = owner.send(home("new"))

    assert (outcome.refusal.kind.value, outcome.refusal.resource) == ("not allowed", owner.resource.name)
    assert list(owner.own.values()) == before


@every_owner
def test_single_writes_follow_the_same_rules(owner, actor):
    owner.send(home("a"))
    pk = owner.record.pk

    fine = write(
        owner.resource, {}, actor=actor, id=pk, addresses=[address_row({"city": "Assen"}, id=owner.id_of("a"))]
    )
    refused = write(
        owner.resource, {}, actor=actor, id=pk, addresses=[address_row({}, id=owner.id_of("a"), default=False)]
    )

    assert (fine.changed, refusal_of(refused)) == (True, (10017, "/addresses/0/isDefault"))
    assert (owner.record.version, owner.told("city")) == (2, [("Assen", True)])
    assert search_texts().get(type=owner.resource.type, record=pk).city == "assen"


@every_owner
def test_by_id_the_same(owner, actor):
    owner.send(home("a"))

    rows = [row(id=owner.record.pk, resource=owner.resource, addresses=(home(code),)) for code in ("a", "b", "b")]

    assert summary(push(actor, *rows, resource=owner.resource, by="id")) == [UNCHANGED, CHANGED, UNCHANGED]
    assert owner.told("code") == [("a", True), ("b", False)]


@every_owner
def test_a_dry_run_tells_the_same_and_writes_nothing(owner, actor):
    owner.send(home("a"))
    before = stored_row(owner.record), list(owner.own.values())
    rows = [row("K", resource=owner.resource, addresses=(home(code, city=city),)) for code, city in
            (("a", "Assen"), ("b", "Assen"), ("b", "Assen"), ("c", "\x00"))]  # fmt: skip

    dry = push(actor, *rows, resource=owner.resource, dry_run=True)

    assert summary(dry)[:3] == [CHANGED, CHANGED, UNCHANGED]
    assert refusal_of(dry[3]) == (10017, "/addresses/0/city")
    assert (stored_row(owner.record), list(owner.own.values())) == before
    assert summary(push(actor, *rows, resource=owner.resource)) == summary(dry)
