"""The rules among the addresses of one owner, in memory (lookup API contract, section 3)."""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec import UNSET

from addresses.book import Book, Entry, Fault, Holders, whole_pair
from addresses.contracts import ADDRESSES
from customers.contracts import CUSTOMERS
from records.outcomes import Kind
from records.resolving import Found
from tests.records.sending import address, values

PLACE = {"type": "delivery", "city": "Zwolle", "country": "NL"}
NAMES = [column.name for column in ADDRESSES.columns]


def stored(pk: int, *, is_default: bool = False, binned: bool = False, **named: Any) -> Entry:
    neutral = {column.name: column.neutral for column in ADDRESSES.columns}
    full = list((neutral | PLACE | named).values())
    return Entry(pk, full, is_default, binned, before=tuple(full), was_default=is_default)


def book(*entries: Entry, pairs: Holders | None = None) -> Book:
    return Book(list(entries), CUSTOMERS, 7, {} if pairs is None else pairs)


def send(
    owner: Book, *, id: int | None = None, default: bool | None = None, holder: Found | None = None, **named: Any
) -> None:
    owner.apply(whole_pair(values(ADDRESSES, named)), address(id=id, default=default), holder)


def refused(owner: Book, **sent: Any) -> tuple[Kind, str, str]:
    """How an address is refused, and that nothing is left of it."""
    before = state(owner)
    owner.begin_row()
    with pytest.raises(Fault) as fault:
        send(owner, **sent)
    owner.undo_row()
    assert state(owner) == before
    refusal = fault.value.refusal
    assert refusal.resource == "addresses"
    return refusal.kind, refusal.pointer, refusal.message


def state(owner: Book) -> list[tuple[Any, ...]]:
    return [(entry.id, tuple(entry.values), entry.is_default, entry.binned) for entry in owner.entries]


def told(owner: Book, *names: str) -> list[tuple[Any, ...]]:
    """Some values of each address, its default flag last."""
    return [(*(entry.values[NAMES.index(name)] for name in names), entry.is_default) for entry in owner.entries]


# Creating


def test_the_first_of_a_type_becomes_its_default():
    owner = book()

    for type in ("delivery", "delivery", "invoice", "home"):
        send(owner, **PLACE | {"type": type})

    assert told(owner, "type") == [("delivery", True), ("delivery", False), ("invoice", True), ("home", True)]


@pytest.mark.parametrize("default", [None, False])
def test_the_first_becomes_default_whatever_is_sent(default):
    owner = book()

    send(owner, **PLACE, default=default)

    assert told(owner) == [(True,)]


def test_a_new_default_clears_the_old_one_of_its_type_alone():
    owner = book(stored(1, is_default=True), stored(2, type="invoice", is_default=True))

    send(owner, **PLACE, code="new", default=True)

    assert told(owner, "type", "code") == [
        ("delivery", "", False), ("invoice", "", True), ("delivery", "new", True)
    ]  # fmt: skip


@pytest.mark.parametrize("missing", ["type", "city", "country"])
def test_a_new_address_needs(missing):
    sent = {name: value for name, value in PLACE.items() if name != missing}

    assert refused(book(), **sent) == (Kind.INVALID, f"/{missing}", "a value is required")


def test_a_new_address_may_have_no_street():
    owner = book()
    send(owner, **PLACE)
    assert told(owner, "street", "gender", "icp") == [("", "u", "N", True)]


# Codes


def test_a_code_finds_its_address_and_absent_keeps():
    owner = book(stored(1, code="home", is_default=True, street="Lange Weg", notes="old"))

    send(owner, type="delivery", code="home", city="Assen", notes="")

    assert told(owner, "code", "city", "street", "notes") == [("home", "Assen", "Lange Weg", "", True)]


def test_a_code_belongs_to_a_type():
    owner = book(stored(1, code="home", is_default=True))

    send(owner, **PLACE | {"type": "invoice", "code": "home"})

    assert told(owner, "type", "code") == [("delivery", "home", True), ("invoice", "home", True)]


def test_without_a_type_the_code_has_to_be_one_of_a_kind():
    owner = book(stored(1, code="home", is_default=True), stored(2, type="invoice", code="work", is_default=True))
    send(owner, code="work", city="Assen")
    send(owner, **PLACE | {"type": "home", "code": "home"})

    assert told(owner, "city") == [("Zwolle", True), ("Assen", True), ("Zwolle", True)]
    message = "several addresses have the code [home], send the type too"
    assert refused(owner, code="home", city="Assen") == (Kind.INVALID, "/type", message)
    assert refused(owner, code="new", city="Assen", country="NL") == (Kind.INVALID, "/type", "a value is required")


@pytest.mark.parametrize("code", [UNSET, ""])
def test_without_a_code_an_address_is_a_new_one(code):
    owner = book(stored(1, is_default=True))

    send(owner, **PLACE, **({} if code is UNSET else {"code": code}))

    assert told(owner, "code") == [("", True), ("", False)]


def test_codes_differ_by_case_and_blanks():
    owner = book(stored(1, code="Home", is_default=True))
    for code in ("home", "Home ", "HOME"):
        send(owner, **PLACE, code=code)
    assert [code for code, _ in told(owner, "code")] == ["Home", "home", "Home ", "HOME"]


def test_a_code_in_the_bin_stays_taken():
    owner = book(stored(1, code="home", binned=True), stored(2, type="invoice", code="home", is_default=True))
    message = "Address with code [home] is not allowed: it is in the recycle bin"

    assert refused(owner, **PLACE, code="home") == (Kind.NOT_ALLOWED, "", message)
    assert refused(owner, id=2, type="delivery") == (Kind.NOT_ALLOWED, "", message)
    send(owner, code="home", city="Assen")
    assert told(owner, "city") == [("Zwolle", False), ("Assen", True)]


def test_a_code_that_another_address_has():
    owner = book(stored(1, code="a", is_default=True), stored(2, code="b"), stored(3, code="a", type="home"))

    assert refused(owner, id=2, code="a") == (Kind.EXISTS, "", "Address already exists")
    assert refused(owner, id=3, type="delivery") == (Kind.EXISTS, "", "Address already exists")
    send(owner, id=1, code="c")
    send(owner, id=2, code="a")
    assert told(owner, "code") == [("c", True), ("a", False), ("a", False)]


def test_a_binned_default_is_no_default():
    owner = book(stored(1, is_default=True, binned=True))
    send(owner, **PLACE)
    assert told(owner) == [(True,), (True,)]


# By id


def test_an_id_finds_its_address_first():
    owner = book(stored(1, code="a", is_default=True), stored(2, code="b"))

    send(owner, id=2, code="c", type="delivery")

    assert told(owner, "code") == [("a", True), ("c", False)]


def test_ids_that_lead_nowhere():
    owner = book(stored(1, binned=True))

    assert refused(owner, id=1) == (
        Kind.NOT_ALLOWED, "", "Address with id [1] is not allowed: it is in the recycle bin"
    )  # fmt: skip
    assert refused(owner, id=2) == (Kind.NOT_FOUND, "", "Address with id [2] not found for [Customers] with id [7]")


# Defaults and types


def test_the_default_cannot_be_switched_off():
    owner = book(stored(1, code="a", is_default=True), stored(2, code="b"))
    message = "the default cannot be switched off, make another address the default instead"

    assert refused(owner, id=1, default=False) == (Kind.INVALID, "/isDefault", message)
    assert refused(owner, id=1, type="home", default=False) == (Kind.INVALID, "/isDefault", message)
    send(owner, id=2, default=False)
    assert told(owner, "code") == [("a", True), ("b", False)]


def test_a_default_that_changes_its_type_hands_the_old_one_on_to_the_oldest_left():
    other = stored(9, type="home", is_default=True)
    owner = book(stored(1, binned=True), stored(5, is_default=True), stored(3), stored(4), other)

    send(owner, id=5, type="invoice")

    assert [(entry.id, entry.is_default) for entry in owner.entries] == [
        (1, False), (5, True), (3, True), (4, False), (9, True),
    ]  # fmt: skip


def test_an_address_that_joins_a_type_leaves_its_default_alone_unless_it_wants_to_be_it():
    owner = book(
        stored(1, is_default=True), stored(2), stored(3), stored(4, type="invoice", is_default=True)
    )  # fmt: skip

    send(owner, id=2, type="invoice")
    send(owner, id=3, type="invoice", default=True)
    send(owner, id=1, type="invoice")

    assert told(owner, "type") == [("invoice", False), ("invoice", False), ("invoice", True), ("invoice", False)]


# Key pairs


def test_a_pair_is_sent_whole():
    for sent, pointer in (
        ({"source": "ERP"}, "/sourceId"),
        ({"source_id": "1"}, "/source"),
        ({"source": "ERP", "source_id": ""}, "/sourceId"),
        ({"source": "", "source_id": "1"}, "/source"),
        ({"source": ""}, "/sourceId"),
    ):
        with pytest.raises(Fault) as fault:
            whole_pair(values(ADDRESSES, sent))
        assert fault.value.refusal.pointer == pointer


def test_an_empty_source_id_alone_means_no_key():
    owner = book(stored(1, source="ERP", source_id="1", is_default=True))

    send(owner, id=1, source_id="")

    assert told(owner, "source", "source_id") == [("", "", True)]


@pytest.mark.parametrize(
    ("state", "kind"), [("live", Kind.EXISTS), ("erased", Kind.EXISTS), ("binned", Kind.NOT_ALLOWED)]
)
def test_a_pair_that_a_stored_address_holds(state, kind):
    owner, holder = book(stored(1, is_default=True, code="a")), Found(99, 1, state)

    assert refused(owner, **PLACE, source="ERP", source_id="1", holder=holder)[0] is kind
    assert refused(owner, id=1, source="ERP", source_id="1", holder=holder)[0] is kind


def test_a_pair_may_be_sent_again():
    owner = book(stored(1, code="a", source="ERP", source_id="1", is_default=True))
    owner.begin_row()

    send(owner, type="delivery", code="a", source="ERP", source_id="1", holder=Found(1, 1, "live"))

    assert not owner.row_changed


def test_a_pair_is_given_once_in_a_request_over_all_owners():
    pairs: Holders = {}
    first, second = book(pairs=pairs), book(pairs=pairs)
    send(first, **PLACE, source="ERP", source_id="1")

    assert refused(second, **PLACE, source="ERP", source_id="1")[0] is Kind.EXISTS
    assert refused(first, **PLACE, source="ERP", source_id="1")[0] is Kind.EXISTS
    send(second, **PLACE, source="SHOP", source_id="1")


def test_a_pair_of_a_refused_row_is_free_again():
    pairs: Holders = {}
    first, second = book(pairs=pairs), book(pairs=pairs)
    first.begin_row()
    send(first, **PLACE, source="ERP", source_id="1")
    first.undo_row()

    send(second, **PLACE, source="ERP", source_id="1")

    assert (told(first), told(second)) == ([], [(True,)])


# Rows


def test_a_row_can_be_taken_back():
    owner = book(stored(1, code="a", is_default=True), stored(2, code="b"), stored(3, type="home", is_default=True))
    send(owner, **PLACE, code="new")
    before = state(owner)

    owner.begin_row()
    send(owner, **PLACE, code="newer", default=True)
    send(owner, id=1, type="invoice", code="z")
    send(owner, code="newer", city="Assen")
    send(owner, code="new", default=True)
    send(owner, id=3, type="delivery")
    owner.undo_row()

    assert state(owner) == before
    send(owner, code="a", city="Assen")
    send(owner, **PLACE, code="newer")
    assert told(owner, "code", "city") == [
        ("a", "Assen", True), ("b", "Zwolle", False), ("", "Zwolle", True), ("new", "Zwolle", False),
        ("newer", "Zwolle", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "changed"),
    [
        ([{"code": "a"}], False),
        ([{"code": "a", "city": "Zwolle", "default": True}], False),
        ([{"code": "a", "city": "Assen"}], True),
        ([{"code": "a", "city": "Assen"}, {"code": "a", "city": "Zwolle"}], False),
        ([{"code": "b", "default": True}], True),
        ([{"code": "b", "default": True}, {"code": "a", "default": True}], False),
        ([{"code": "b", "default": False}], False),
        ([PLACE], True),
        ([], False),
    ],
)
def test_a_row_changed_when_something_is_different_at_its_end(sent, changed):
    owner = book(stored(1, code="a", is_default=True), stored(2, code="b"))
    owner.begin_row()

    for named in sent:
        send(owner, **named)

    assert (owner.row_changed, owner.is_changed) == (changed, changed)


def test_a_row_that_undoes_an_earlier_one_changed_too():
    owner = book(stored(1, code="a", is_default=True))
    for city in ("Assen", "Zwolle"):
        owner.begin_row()
        send(owner, code="a", city=city)
        assert owner.row_changed
    assert not owner.is_changed


# Places that have to be free before others can take them


def in_the_way(*entries: Entry, sent: Sequence[dict[str, Any]]) -> list[int]:
    owner = book(*entries)
    for named in sent:
        send(owner, **named)
    return list(owner.in_the_way())


def test_addresses_that_swap_places_step_aside():
    a, b = {"code": "a", "is_default": True}, {"code": "b"}
    swap = [{"id": 1, "code": "c"}, {"id": 2, "code": "a"}]
    types = [{"id": 1, "type": "invoice"}, {"id": 2, "type": "delivery"}]

    assert in_the_way(stored(1, **a), stored(2, **b), sent=swap) == [1]
    assert in_the_way(stored(1, **a), stored(2, **b), sent=[*swap, {"id": 1, "code": "b"}]) == [1, 2]
    assert in_the_way(stored(1, **a), stored(2, type="invoice", is_default=True), sent=types) == [1, 2]


def test_nobody_steps_aside_without_need():
    a, b = stored(1, code="a", is_default=True), stored(2, code="b")

    assert in_the_way(a, b, sent=[{"id": 1, "code": "c"}, {"code": "b", "default": True}]) == []
    a, b = stored(1, code="a", is_default=True), stored(2, code="b")
    assert in_the_way(a, b, sent=[{"id": 1, "code": "c"}, PLACE | {"code": "a"}]) == []
