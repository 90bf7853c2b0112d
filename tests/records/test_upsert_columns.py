"""Every column of every resource: written, kept, cleared, in all lengths and letters (lookup API contract, 3)."""

import datetime
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec import UNSET

from addresses.contracts import ADDRESSES
from addresses.models import Address
from records import cleaning
from records.outcomes import Kind, Outcome
from records.rebuilding import rebuild_search_text
from records.resources import Column, Resource
from records.rows import AddressRow, Row
from tests.factories import make_record
from tests.naughty_strings import KEPT, KEPT_IN_NOTES, REFUSED
from tests.records.search_texts import search_texts
from tests.records.sending import CREATED, RESOURCES, push, row, summary, values

pytestmark = pytest.mark.django_db

EVERY = (*RESOURCES, ADDRESSES)
PAIR = ("source", "source_id")
PLACE = {"type": "delivery", "code": "it", "street": "Lange Weg", "city": "Zwolle", "country": "NL"}
LETTERS = {
    "gender": ("F", "f", "m"),
    "inherit_product_list": ("n", "N", "Y"),
    "inherit_order_list": ("n", "N", "Y"),
    "budget": ("h", "H", "Y"),
    "budget_inherit": ("n", "N", "Y"),
    "order_list_allow_all": ("p", "P", "A"),
    "icp": ("y", "Y", "N"),
    "type": ("home", "home", "invoice"),
}
OTHERS: dict[Any, tuple[Any, Any, Any]] = {
    cleaning.date_of_birth: ("04/03/1987", datetime.date(1987, 3, 4), datetime.date(1999, 12, 31)),
    cleaning.email: ("Anna@Example.com", "Anna@Example.com", "eva@example.com"),
    cleaning.url: ("https://example.com/a?b=c", "https://example.com/a?b=c", "http://example.com"),
    cleaning.language: ("nl", "NL", "EN"),
    cleaning.country: ("de", "DE", "FR"),
}


def columns_of(*resources: Resource) -> list[Any]:
    pairs = [(resource, column) for resource in resources for column in resource.columns if column.name not in PAIR]
    return [pytest.param(resource, column, id=f"{resource.name}-{column.name}") for resource, column in pairs]


every_column = pytest.mark.parametrize(("resource", "column"), columns_of(*EVERY))
every_resource = pytest.mark.parametrize("resource", EVERY, ids=lambda resource: resource.name)


def examples(column: Column) -> tuple[Any, Any, Any]:
    """What is sent, what is then stored, and another stored value."""
    return LETTERS.get(column.name) or OTHERS.get(column.clean) or ("Some text", "Some text", "Other text")


def is_text(column: Column) -> bool:
    return column.clean in (cleaning.text, cleaning.notes) and column.name not in LETTERS


def one(resource: Resource, key: str, *, id: int | None = None, **named: Any) -> Row:
    """A row that writes these values to a record of its own; an address belongs to a customer of its own."""
    if resource is not ADDRESSES:
        return row(key, resource=resource, **named)
    place = named if id else PLACE | named
    return row(key, addresses=(AddressRow(values=values(ADDRESSES, place), id=id),))


def send(actor: Any, resource: Resource, *rows: Row) -> list[Outcome]:
    return push(actor, *rows) if resource is ADDRESSES else push(actor, *rows, resource=resource)


def pointer(resource: Resource, column: Column) -> str:
    return f"/addresses/0/{column.member}" if resource is ADDRESSES else f"/{column.member}"


def stored(tenant: Any, resource: Resource, name: str) -> dict[str, Any]:
    """A column of all records of the tenant, by the key of the record or of the address's owner."""
    key = "customer__source_id" if resource is ADDRESSES else "source_id"
    return dict(resource.model.everything.filter(tenant=tenant).values_list(key, name))


@pytest.fixture(autouse=True)
def others(tenant_b):
    """The other tenant has records with the same keys."""
    for resource in EVERY:
        make_record(resource.model, tenant_b, source="ERP", source_id="K")


@every_column
def test_a_value_is_written_kept_and_cleared(actor, tenant_a, resource, column):
    sent, expected, other = examples(column)
    (created,) = send(actor, resource, one(resource, "K", **{column.name: sent}))
    assert (created.refusal, stored(tenant_a, resource, column.name)) == (None, {"K": expected})

    pk = Address.objects.get(tenant=tenant_a).pk if resource is ADDRESSES else None
    before = expected
    for value in (sent, UNSET, other, None, expected, "", ""):
        is_refused = column.required and value in (None, "")
        (outcome,) = send(actor, resource, one(resource, "K", id=pk, **{column.name: value}))

        keeps = value is UNSET or is_refused
        now = before if keeps else column.neutral if value in (None, "") else expected if value == sent else value
        assert (value, stored(tenant_a, resource, column.name)) == (value, {"K": now})
        assert (value, outcome.changed) == (value, now != before)
        assert (outcome.refusal.pointer if outcome.refusal else "") == (pointer(resource, column) if is_refused else "")
        before = now


@every_column
def test_what_is_absent_at_create_is_neutral(actor, tenant_a, resource, column):
    send(actor, resource, one(resource, "K"))

    expected = PLACE[column.name] if resource is ADDRESSES and column.name in PLACE else column.neutral
    assert stored(tenant_a, resource, column.name) == {"K": expected}


@every_column
def test_text_is_kept_byte_for_byte_or_refused(actor, tenant_a, resource, column):
    """All in one request: one bad string takes none of the others along, and search text and table agree."""
    texts = {**KEPT, **KEPT_IN_NOTES, **REFUSED}
    rows = [one(resource, key, **{column.name: text}) for key, text in texts.items()]

    outcomes = dict(zip(texts, send(actor, resource, *rows), strict=True))

    refused = {key for key, outcome in outcomes.items() if outcome.refusal}
    assert {outcomes[key].refusal.kind for key in refused} == {Kind.INVALID}
    assert {outcomes[key].refusal.pointer for key in refused} == {pointer(resource, column)}
    assert stored(tenant_a, resource, column.name) == {key: text for key, text in texts.items() if key not in refused}
    if is_text(column):
        assert refused == set(REFUSED if column.clean is cleaning.notes else REFUSED | KEPT_IN_NOTES)
    again = dict(zip(texts, send(actor, resource, *rows), strict=True))
    unchanged = {key for key, outcome in again.items() if (outcome.action, outcome.changed) == ("update", False)}
    assert unchanged == set(texts) - refused
    check_search_text("customer" if resource is ADDRESSES else resource.type)


def check_search_text(type: str) -> None:
    for resource in RESOURCES:
        if resource.type == type:
            before = list(search_texts().filter(type=type).order_by("record").values())
            list(rebuild_search_text(resource))
            assert list(search_texts().filter(type=type, record__in=[text["record"] for text in before])
                        .order_by("record").values()) == before  # fmt: skip


def longest(column: Column, length: int) -> Any:
    """A value of so many characters, most of them of four bytes where anything goes."""
    if column.clean is cleaning.email:
        return "a" * (length - 12) + "@example.com"
    if column.clean is cleaning.url:
        return "https://example.com/" + "a" * (length - 20)
    return "\U00010437" * length


@pytest.mark.parametrize(
    ("resource", "column"),
    [param for param in columns_of(*EVERY) if is_text(param.values[1]) or param.values[1].name in ("email", "url")],
)
def test_the_longest_text_and_one_more(actor, tenant_a, resource, column):
    limit = column.max_length
    fits, too_long = longest(column, limit), longest(column, limit + 1)

    outcomes = send(
        actor, resource, one(resource, "fits", **{column.name: fits}), one(resource, "long", **{column.name: too_long})
    )

    assert (len(fits), outcomes[0].refusal) == (limit, None)
    assert outcomes[1].refusal.message == f"expected maxLength: {limit}, actual: {limit + 1}"
    assert outcomes[1].refusal.pointer == pointer(resource, column)
    assert stored(tenant_a, resource, column.name) == {"fits": fits}
    assert resource.model._meta.get_field(column.name).max_length == limit


@every_column
def test_wrong_values_are_refused_with_the_column_that_they_are_in(actor, tenant_a, resource, column):
    if is_text(column):
        wrong: Sequence[Any] = ["\x00", "x" * 5000]
    else:
        wrong = ["?", "xyz", " ", "\x00", "x" * 5000]

    outcomes = send(actor, resource, *(one(resource, str(n), **{column.name: value}) for n, value in enumerate(wrong)))

    assert [(outcome.refusal.kind, outcome.refusal.pointer) for outcome in outcomes] == [
        (Kind.INVALID, pointer(resource, column))
    ] * len(wrong)
    assert stored(tenant_a, resource, "id") == {}


# Keys


@every_resource
def test_keys_are_kept_byte_for_byte_or_refused(actor, tenant_a, resource):
    texts = {**KEPT, **KEPT_IN_NOTES, **REFUSED}
    if resource is ADDRESSES:
        rows = [one(resource, str(n), source=text, source_id=text) for n, text in enumerate(texts.values())]
    else:
        rows = [row(text, source=text, resource=resource) for text in texts.values()]

    outcomes = send(actor, resource, *rows)

    refused = [text for text, outcome in zip(texts.values(), outcomes, strict=True) if outcome.refusal]
    kept = [text for text in texts.values() if text not in refused]
    prefix = "/addresses/0" if resource is ADDRESSES else ""
    assert refused == [*KEPT_IN_NOTES.values(), *REFUSED.values()]
    assert {outcome.refusal.pointer for outcome in outcomes if outcome.refusal} == {f"{prefix}/source"}
    found = resource.model.objects.filter(tenant=tenant_a).exclude(source_id="").order_by("id")
    assert list(found.values_list("source", "source_id")) == [(text, text) for text in kept]


@every_resource
def test_the_longest_key_and_one_more(actor, tenant_a, resource):
    pairs = [("s" * 64, "\U00010437" * 255), ("s" * 65, "i"), ("s", "i" * 256), ("s" * 65, "i" * 256)]
    if resource is ADDRESSES:
        rows = [one(resource, str(n), source=source, source_id=key) for n, (source, key) in enumerate(pairs)]
    else:
        rows = [row(key, source=source, resource=resource) for source, key in pairs]

    outcomes = send(actor, resource, *rows)

    prefix = "/addresses/0" if resource is ADDRESSES else ""
    long_source, long_id = (f"expected maxLength: {most}, actual: {most + 1}" for most in (64, 255))
    assert [[(fault.message, fault.pointer) for fault in o.refusal.every] if o.refusal else [] for o in outcomes] == [
        [],
        [(long_source, f"{prefix}/source")],
        [(long_id, f"{prefix}/sourceId")],
        [(long_source, f"{prefix}/source"), (long_id, f"{prefix}/sourceId")],
    ]
    found = resource.model.objects.filter(tenant=tenant_a).exclude(source_id="")
    assert list(found.values_list("source", "source_id")) == [pairs[0]]


@every_resource
@pytest.mark.parametrize("number", [0, -7, 10**254], ids=["zero", "negative", "large"])
def test_a_number_as_a_key_is_its_text(actor, tenant_a, resource, number):
    if resource is ADDRESSES:
        sent = one(resource, "K", source="ERP", source_id=number)
    else:
        sent = row(number, resource=resource)

    (outcome,) = send(actor, resource, sent)

    assert outcome.refusal is None
    assert resource.model.objects.get(tenant=tenant_a).source_id == str(number)


def test_a_key_of_too_many_digits(actor):
    outcomes = push(actor, row(-(10**254)), row(10**255), row(10**5000))

    assert [(outcome.refusal.message, outcome.refusal.pointer) for outcome in outcomes] == [
        ("expected maxLength: 255, actual: 256", "/sourceId"),
        ("an integer of more than 255 digits is not acceptable", "/sourceId"),
        ("an integer of more than 255 digits is not acceptable", "/sourceId"),
    ]


def test_every_resource_creates_something_from_nothing_but_a_key(actor):
    for resource in EVERY:
        assert summary(send(actor, resource, one(resource, f"new {resource.name}"))) == [CREATED]
