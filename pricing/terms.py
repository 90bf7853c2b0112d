"""From a price as it is sent to one that can be stored (lookup API contract, section 10)."""

from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from pricing.models import DIGITS, PERCENTAGES, PLACES
from records import cleaning
from records.cleaning import Invalid
from records.outcomes import Kind, Refusal
from records.resolving import MAX_ID

RESOURCE = "pricing"
LARGEST = 10 ** (DIGITS - PLACES)
"""Amounts and prices lie strictly between its negative and itself."""

_STEP = Decimal(1).scaleb(-PLACES)
_exact = Context(prec=DIGITS, traps=[Inexact, InvalidOperation])
_NOTHING = (UNSET, None, "")


class Target(NamedTuple):
    """What a price is about: by id, or by the key of another system. What is not used is None or empty."""

    kind: str
    id: int | None
    source: str = ""
    source_id: str = ""


class Terms(NamedTuple):
    """What is agreed: an amount in percent, or a price."""

    type: str
    amount: Decimal | None
    price: Decimal | None


class PriceRow(msgspec.Struct):
    """One price as it was sent; ``kind`` is one of ``TargetKind``. UNSET and None mean that a member has no value."""

    kind: str
    type: str
    id: Any = UNSET
    source: Any = UNSET
    source_id: Any = UNSET
    amount: Any = UNSET
    price: Any = UNSET


def target_of(row: PriceRow) -> Target | Refusal:
    """The target of a row, or what is wrong with it."""
    faults: list[Refusal] = []
    if row.id not in _NOTHING:
        if 0 < row.id <= MAX_ID:
            return Target(row.kind, row.id)
        return _invalid("/id", f"[{str(row.id)[:40]}] is not an id: it must be between 1 and {MAX_ID}")
    if row.source in _NOTHING and row.source_id in _NOTHING:
        return _invalid("", f"a {row.kind} needs id, or sourceId and source")
    found = {}
    for name, member in (("source", "source"), ("source_id", "sourceId")):
        value = getattr(row, name)
        if value in _NOTHING:
            faults.append(_invalid(f"/{member}", "source and sourceId go together: send both or neither"))
            continue
        try:
            found[name] = cleaning.text(value)
        except Invalid as invalid:
            faults.append(_invalid(f"/{member}", str(invalid)))
    return Refusal.of(faults) if faults else Target(row.kind, None, **found)


def terms_of(row: PriceRow) -> Terms | Refusal:
    """The terms of a row, or what is wrong with them: each type has its number, and the other one has none."""
    wanted, other = ("amount", "price") if row.type in PERCENTAGES else ("price", "amount")
    faults: list[Refusal] = []
    if getattr(row, other) not in _NOTHING:
        faults.append(_invalid(f"/pricing/{other}", f"the type {row.type} takes no {other}, it takes {wanted}"))
    number = None
    if getattr(row, wanted) in _NOTHING:
        faults.append(_invalid(f"/pricing/{wanted}", f"a value is required for the type {row.type}"))
    else:
        try:
            number = decimal(getattr(row, wanted))
        except Invalid as invalid:
            faults.append(_invalid(f"/pricing/{wanted}", str(invalid)))
    if faults:
        return Refusal.of(faults)
    return Terms(row.type, number, None) if wanted == "amount" else Terms(row.type, None, number)


def decimal(value: Decimal) -> Decimal:
    """The same number with four places. Errors: Invalid when that would round it, or when it is too large.

    Neither msgspec nor PostgreSQL says so: the one takes any number of places, the other rounds without a word.
    """
    if value.is_nan():
        raise Invalid("[NaN] is not a number")
    # An exponent of millions must not be written out, so its size is asked first.
    if value.is_infinite() or (value and value.adjusted() >= DIGITS - PLACES):
        raise Invalid(f"[{_echo(value)}] is out of range: it must be between -{LARGEST} and {LARGEST}")
    try:
        return value.quantize(_STEP, context=_exact) + 0
    except (Inexact, InvalidOperation):
        raise Invalid(f"[{_echo(value)}] has more than {PLACES} decimal places") from None


def _echo(value: Decimal) -> str:
    return str(value)[:40]


def _invalid(pointer: str, message: str) -> Refusal:
    return Refusal(Kind.INVALID, RESOURCE, message, pointer)
