"""Decimal numbers in bodies: exact from the first byte on, and whatever cannot be one is named as such."""

from decimal import Decimal

import msgspec
import pytest
from msgspec import UNSET, UnsetType

from api.bodies import BodyDecoder
from api.errors import ApiError, SchemaInvalid


class Item(msgspec.Struct, forbid_unknown_fields=True):
    amount: Decimal | UnsetType | None = UNSET
    name: str = ""


decoder = BodyDecoder(Item)
MANY_DIGITS = "123456789012345678901234567890.0000000000000000000001"


@pytest.mark.parametrize(
    "number", ["0", "-0.1", "0.1", "1.10", "1e-4", "2E5", MANY_DIGITS, "9" * 5000, f"0.{'3' * 5000}"]
)
def test_no_digit_is_lost(number: str):
    quick = b'{"amount":%s}' % number.encode()
    # A member that a later one replaces sends the document the slow way.
    slow = b'{"name":1,"name":"x","amount":%s}' % number.encode()
    as_text = b'{"amount":"%s"}' % number.encode()

    assert [str(decoder.decode(body).amount) for body in (quick, slow, as_text)] == [str(Decimal(number))] * 3


@pytest.mark.parametrize("number", ["1e99999999999999999999", "-1e99999999999999999999"])
def test_a_number_beyond_all_decimals_is_none(number: str):
    assert not decoder.decode(b'{"amount":%s}' % number.encode()).amount.is_finite()


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"true", "Boolean"),
        (b'"abc"', "String"),
        (b'""', "String"),
        (b'"1,5"', "String"),
        (b"{}", "JSONObject"),
        (b"[1.5]", "JSONArray"),
    ],
)
def test_what_is_no_number(value: bytes, found: str):
    with pytest.raises(SchemaInvalid) as refused:
        decoder.decode(b'{"amount":%s}' % value)

    assert refused.value.messages == (f"#/amount: expected type: BigDecimal, found: {found}",)


def test_a_decimal_beside_another_fault():
    with pytest.raises(SchemaInvalid) as refused:
        decoder.decode(b'{"amount":1.5,"name":2.5}')
    assert refused.value.messages == ("#/name: expected type: String, found: BigDecimal",)

    with pytest.raises(ApiError) as broken:
        decoder.decode(b'{"amount":1.5,"name":2,"x":"\\ud800"}')
    assert broken.value.entry.code == 10005
