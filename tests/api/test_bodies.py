"""Bodies that break parsers (lookup API contract, sections 1.3 and 1.4): a clear refusal each, never a 500."""

import json

import pytest

from customers.models import Customer
from tests.api.caller import Caller

DEEP = 100_000


def single(text: bytes) -> bytes:
    return b'{"lastName":%s}' % text


NOT_JSON = {
    "nothing": b"",
    "blank": b"  ",
    "cut off": b'{"lastName":"x',
    "comma": b'{"lastName":"x",}',
    "two documents": b"{}{}",
    "single quotes": b"{'lastName':'x'}",
    "no value": single(b""),
    "NaN": single(b"NaN"),
    "Infinity": single(b"-Infinity"),
    "comment": b"{}//",
    "byte order mark": b"\xef\xbb\xbf{}",
    "utf-16": "{}".encode("utf-16"),
    "not utf-8": single(b'"\xff"'),
    "overlong utf-8": single(b'"\xc0\xaf"'),
    "surrogate in utf-8": single(b'"\xed\xa0\x80"'),
    "raw NUL": single(b'"\x00"'),
    "NUL": single(b'"\\u0000"'),
    "NUL behind backslashes": single(b'"\\\\\\u0000"'),
    "NUL in a key": b'{"\\u0000":1}',
    "raw line break": single(b'"a\nb"'),
    "half a pair": single(b'"\\ud800"'),
    "the other half": single(b'"\\udc00"'),
    "pair the wrong way round": single(b'"\\udc00\\ud800"'),
    "half a pair, upper case": single(b'"\\uDBFF x"'),
    "half a pair in a key": b'{"\\ud800":1}',
    "half a pair beside another fault": b'{"lastName":1,"firstName":"\\ud800"}',
    "33 deep": b'{"language":' + b"[" * 32 + b"]" * 32 + b"}",
    "33 deep, objects": b'{"language":' + b'{"a":' * 32 + b"1" + b"}" * 32 + b"}",
    "33 deep in an unknown key": b'{"unknown":' + b"[" * 32 + b"]" * 32 + b"}",
    "100,000 deep": b'{"language":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "100,000 deep, unknown key": b'{"unknown":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    "100,000 deep, no end": b"[" * DEEP,
    "quotes": b'"' * 1_000_000,
    "backslashes": b'"' + b"\\" * 1_000_000,
    "escaped quotes": b'"\\' * 500_000,
}


@pytest.mark.parametrize("name", NOT_JSON)
def test_not_json(caller: Caller, name: str):
    reply = caller.post("/customers", NOT_JSON[name])

    assert reply.code == (400, 10005, "InvalidJSONPayload")
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("name", [name for name in NOT_JSON if NOT_JSON[name].strip()])
def test_not_json_in_bulk(caller: Caller, name: str):
    # A level more is taken by the list of rows and one by the row: what was 33 deep is deeper still.
    body = b'{"customers":[%s]}' % NOT_JSON[name]
    assert caller.post("/customers/bulk/sourceId", body).code == (400, 10005, "InvalidJSONPayload")


@pytest.mark.parametrize(
    "body",
    [
        b'{"language":"' + b"[" * 1000 + b'"}',
        b'{"language":"\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\\"}',
        b'{"language":[[[[[[[["]"]]]]]]]],"language":"the last wins"}',
        b'{"lastName":"\\\\u0000"}',
        b'{"lastName":"\\ud83d\\ude00"}',
        b' \r\n\t{"lastName" : "x"} ',
        b'{"lastName":1,"lastName":"the last wins"}',
    ],
)
def test_unusual_json(caller: Caller, body: bytes):
    reply = caller.post("/customers", body)

    assert reply.status == 201
    assert reply.data["lastName"] == json.loads(body).get("lastName", "")


def test_nesting_of_32_levels_is_a_matter_of_shape(caller: Caller):
    body = b'{"language":' + b"[" * 31 + b"]" * 31 + b"}"

    message = "#/language: expected type: String, found: JSONArray"
    assert caller.post("/customers", body).error == (400, 10007, "SchemaValidationException", [message])


LONG = b"9" * 10_000


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"phone":%s}' % LONG, "#/phone: expected maxLength: 255, actual: 10000"),
        (b'{"sourceId":-%s}' % LONG, "#/sourceId: expected maxLength: 255, actual: 10001"),
        (b'{"lastName":%s}' % LONG, "#/lastName: expected type: String, found: Integer"),
        (b'{"gender":%s}' % LONG, "#/gender: expected type: String, found: Integer"),
        (b'{"parent":%s}' % LONG, "#/parent: expected type: JSONObject, found: Integer"),
        (b'{"parent":{"id":%s}}' % LONG, "#/parent/id: expected maxLength: 255, actual: 10000"),
        (b'{"addresses":%s}' % LONG, "#/addresses: expected type: JSONArray, found: Integer"),
        (b'{"phone":%s.5}' % LONG, "#/phone: expected type: String, found: BigDecimal"),
        (b'{"phone":1e400}', "#/phone: expected type: String, found: BigDecimal"),
        (LONG, "#: expected type: JSONObject, found: Integer"),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else "",
)
def test_numbers_of_ten_thousand_digits(caller: Caller, body: bytes, message: str):
    assert caller.post("/customers", body).error == (400, 10007, "SchemaValidationException", [message])
    in_bulk = b'{"customers":[%s]}' % body
    expected = message.replace("#", "#/customers/0", 1)
    assert caller.post("/customers/bulk/sourceId", in_bulk).error[3] == [expected]


@pytest.mark.parametrize("digits", [256, 4000])
def test_long_integers_that_are_numbers_still(caller: Caller, digits: int):
    number = b"9" * digits
    for member in (b"phone", b"debtorId", b"ssn", b"sourceId"):
        body = b'{"source":"E","%s":%s}' % (member, number)
        assert caller.post("/customers", body).error[1] in {10007, 10017}
    rows = b'{"customers":[{"source":"E","sourceId":%s},{"source":"E","sourceId":"1"}]}' % number
    reply = caller.post("/customers/bulk/sourceId", rows)
    assert [(row["success"], row.get("code")) for row in reply.data] == [(False, 10017), (True, None)]


def test_an_integer_of_255_digits_is_text(caller: Caller):
    number = 10**254

    reply = caller.bulk("customers", [{"source": "E", "sourceId": number, "phone": number}])

    assert (reply.data[0]["success"], reply.data[0]["key"]) == (True, number)
    assert caller.get(f"/customers/sourceId/{number}").data["phone"] == str(number)


def test_thirty_two_mebibytes_of_faults(caller: Caller):
    for item in (b"{}", b"[]", b"1", b'"ab"', b"null"):
        count = (32 * 1024 * 1024 - 100) // (len(item) + 1)
        body = b'{"customers":[{"addresses":[%s%s]}]}' % ((item + b",") * (count - 1), item)
        assert caller.post("/customers/bulk/sourceId", body).code == (413, 10025, "PayloadTooLarge")
