"""From a price as it is sent to one that can be stored: what is kept exactly, and what is refused with which words."""

from decimal import Decimal

import pytest
from msgspec import UNSET

from pricing.terms import PriceRow, Target, Terms, decimal, target_of, terms_of
from records.cleaning import Invalid
from records.outcomes import Kind, Refusal


def faults(found: Refusal) -> list[tuple[str, str]]:
    assert {fault.kind for fault in found.every} == {Kind.INVALID}
    return [(fault.pointer, fault.message) for fault in found.every]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("0", "0.0000"),
        ("-0", "0.0000"),
        ("-0.0", "0.0000"),
        ("0E+999999", "0.0000"),
        ("9.95", "9.9500"),
        ("1.2345", "1.2345"),
        ("1.234500000", "1.2345"),
        ("-12.5", "-12.5000"),
        ("1E-4", "0.0001"),
        ("1.5E3", "1500.0000"),
        ("1E10", "10000000000.0000"),
        ("99999999999.9999", "99999999999.9999"),
        ("-99999999999.9999", "-99999999999.9999"),
    ],
)
def test_a_number_that_fits_is_kept_exactly(sent: str, stored: str):
    assert str(decimal(Decimal(sent))) == stored


ROUNDED = "has more than 4 decimal places"
TOO_LARGE = "is out of range: it must be between -100000000000 and 100000000000"


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("1.23456", f"[1.23456] {ROUNDED}"),
        ("0.00001", f"[0.00001] {ROUNDED}"),
        ("1E-999999", f"[1E-999999] {ROUNDED}"),
        ("99999999999.99999", f"[99999999999.99999] {ROUNDED}"),
        (f"0.{'3' * 5000}", f"[0.{'3' * 38}] {ROUNDED}"),
        ("100000000000", f"[100000000000] {TOO_LARGE}"),
        ("-100000000000.00", f"[-100000000000.00] {TOO_LARGE}"),
        ("1E+999999", f"[1E+999999] {TOO_LARGE}"),
        ("9" * 5000, f"[{'9' * 40}] {TOO_LARGE}"),
        ("Infinity", f"[Infinity] {TOO_LARGE}"),
        ("NaN", "[NaN] is not a number"),
        ("sNaN", "[NaN] is not a number"),
    ],
)
def test_a_number_that_does_not_fit_is_refused_and_never_rounded(sent: str, text: str):
    with pytest.raises(Invalid) as refused:
        decimal(Decimal(sent))
    assert str(refused.value) == text


FIVE = Decimal(5)


@pytest.mark.parametrize(
    ("type_", "amount", "price", "terms"),
    [
        ("CP", FIVE, UNSET, Terms("CP", FIVE, None)),
        ("SP", FIVE, None, Terms("SP", FIVE, None)),
        ("net", UNSET, FIVE, Terms("net", None, FIVE)),
        ("net", None, Decimal(0), Terms("net", None, Decimal(0))),
    ],
)
def test_each_type_has_its_number(type_: str, amount: object, price: object, terms: Terms):
    assert terms_of(PriceRow("product", type_, 1, amount=amount, price=price)) == terms


@pytest.mark.parametrize(
    ("type_", "amount", "price", "expected"),
    [
        ("CP", UNSET, UNSET, [("/pricing/amount", "a value is required for the type CP")]),
        ("SP", None, None, [("/pricing/amount", "a value is required for the type SP")]),
        ("net", None, UNSET, [("/pricing/price", "a value is required for the type net")]),
        ("SP", FIVE, FIVE, [("/pricing/price", "the type SP takes no price, it takes amount")]),
        ("net", FIVE, FIVE, [("/pricing/amount", "the type net takes no amount, it takes price")]),
        (
            "CP",
            UNSET,
            FIVE,
            [
                ("/pricing/price", "the type CP takes no price, it takes amount"),
                ("/pricing/amount", "a value is required for the type CP"),
            ],
        ),
        ("net", UNSET, Decimal("sNaN"), [("/pricing/price", "[NaN] is not a number")]),
        ("CP", Decimal("0.00005"), UNSET, [("/pricing/amount", f"[0.00005] {ROUNDED}")]),
    ],
)
def test_the_wrong_number_and_a_missing_one(type_: str, amount: object, price: object, expected: object):
    found = terms_of(PriceRow("product", type_, 1, amount=amount, price=price))

    assert isinstance(found, Refusal)
    assert faults(found) == expected


@pytest.mark.parametrize(
    ("key", "target"),
    [
        ({"id": 7}, Target("category", 7)),
        ({"id": 7, "source": "ERP", "source_id": "A"}, Target("category", 7)),
        ({"id": None, "source": "ERP", "source_id": "A"}, Target("category", None, "ERP", "A")),
        ({"source": "ERP", "source_id": 12}, Target("category", None, "ERP", "12")),
        ({"source": " ERP", "source_id": "a/b "}, Target("category", None, " ERP", "a/b ")),
        ({"id": 2**53 - 1}, Target("category", 2**53 - 1)),
    ],
)
def test_a_target_is_named_by_id_or_by_the_pair(key: dict, target: Target):
    assert target_of(PriceRow("category", "net", **key)) == target


TOGETHER = "source and sourceId go together: send both or neither"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ({}, [("", "a category needs id, or sourceId and source")]),
        ({"id": None, "source": "", "source_id": None}, [("", "a category needs id, or sourceId and source")]),
        ({"id": 0}, [("/id", f"[0] is not an id: it must be between 1 and {2**53 - 1}")]),
        ({"id": 2**53}, [("/id", f"[{2**53}] is not an id: it must be between 1 and {2**53 - 1}")]),
        ({"id": -(10**300)}, [("/id", f"[-1{'0' * 38}] is not an id: it must be between 1 and {2**53 - 1}")]),
        ({"source_id": "A"}, [("/source", TOGETHER)]),
        ({"source": "ERP"}, [("/sourceId", TOGETHER)]),
        ({"source": "ERP", "source_id": ""}, [("/sourceId", TOGETHER)]),
        (
            {"source": "E\x1f", "source_id": "A\n"},
            [
                ("/source", "control character U+001F is not permitted"),
                ("/sourceId", "control character U+000A is not permitted"),
            ],
        ),
        (
            {"source": "ERP", "source_id": 10**300},
            [("/sourceId", "an integer of more than 255 digits is not acceptable")],
        ),
    ],
)
def test_what_names_no_target(key: dict, expected: list[tuple[str, str]]):
    found = target_of(PriceRow("category", "net", **key))

    assert isinstance(found, Refusal)
    assert faults(found) == expected
