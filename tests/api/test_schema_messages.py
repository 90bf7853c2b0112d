"""The second pass, fault by fault, in the contract's words (section 1.4)."""

import pytest

from tests.api.caller import Caller


def messages(reply) -> list[str]:
    status, code, kind, found = reply.error
    assert (status, code, kind) == (400, 10007, "SchemaValidationException")
    return found


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("firstName", 1, "#/firstName: expected type: String, found: Integer"),
        ("firstName", 1.5, "#/firstName: expected type: String, found: BigDecimal"),
        ("firstName", True, "#/firstName: expected type: String, found: Boolean"),
        ("firstName", {}, "#/firstName: expected type: String, found: JSONObject"),
        ("firstName", [], "#/firstName: expected type: String, found: JSONArray"),
        ("phone", False, "#/phone: expected type: String, found: Boolean"),
        ("phone", 1.0, "#/phone: expected type: String, found: BigDecimal"),
        ("parent", 7, "#/parent: expected type: JSONObject, found: Integer"),
        ("parent", {"id": "7"}, "#/parent/id: expected type: Integer, found: String"),
        ("parent", {"id": True}, "#/parent/id: expected type: Integer, found: Boolean"),
        ("parent", {"key": 1}, "#/parent: extraneous key [key] is not permitted"),
        ("addresses", {}, "#/addresses: expected type: JSONArray, found: JSONObject"),
        ("addresses", [None], "#/addresses/0: expected type: JSONObject, found: Null"),
        ("gender", "x", "#/gender: x is not a valid enum value"),
        ("gender", 1, "#/gender: expected type: String, found: Integer"),
        ("firstName", "x" * 300, "#/firstName: expected maxLength: 255, actual: 300"),
        ("firstName", "😀" * 256, "#/firstName: expected maxLength: 255, actual: 256"),
        ("email", "x" * 255, "#/email: expected maxLength: 254, actual: 255"),
        ("source", "x" * 65, "#/source: expected maxLength: 64, actual: 65"),
        ("a/b~c", 1, "#: extraneous key [a/b~c] is not permitted"),
    ],
)
def test_one_fault(caller: Caller, member: str, value: object, message: str):
    assert messages(caller.post("/customers", {member: value})) == [message]
    in_bulk = message.replace("#", "#/customers/1", 1)
    assert messages(caller.bulk("customers", [{"source": "E", "sourceId": "1"}, {member: value}])) == [in_bulk]


@pytest.mark.parametrize("body", [[], "x", 1, None, True, 1.5])
def test_a_body_that_is_no_object(caller: Caller, body: object):
    found = {list: "JSONArray", str: "String", int: "Integer", type(None): "Null", bool: "Boolean", float: "BigDecimal"}

    assert messages(caller.post("/customers", body)) == [f"#: expected type: JSONObject, found: {found[type(body)]}"]


def test_all_faults_at_once_in_the_order_of_the_document(caller: Caller):
    rows = [{"firstName": 1, "x": 2}, {"source": "E"}, {"gender": "z", "lastName": None}, 7]

    assert messages(caller.bulk("customers", rows)) == [
        "#/customers/0/firstName: expected type: String, found: Integer",
        "#/customers/0: extraneous key [x] is not permitted",
        "#/customers/2/gender: z is not a valid enum value",
        "#/customers/3: expected type: JSONObject, found: Integer",
    ]


@pytest.mark.parametrize(("count", "last"), [(100, None), (101, "… and 1 more"), (5000, "… and 4900 more")])
def test_at_most_a_hundred_messages(caller: Caller, count: int, last: str | None):
    found = messages(caller.bulk("customers", [{"x": 1}] * count))

    assert found[:100] == [f"#/customers/{index}: extraneous key [x] is not permitted" for index in range(100)]
    assert found[100:] == ([last] if last else [])


def test_what_is_echoed_is_bounded(caller: Caller):
    long = "y" * 100_000

    (unknown,) = messages(caller.post("/customers", {long: 1}))
    (enum,) = messages(caller.post("/customers", {"gender": long}))

    assert unknown == f"#: extraneous key [{'y' * 255}…] is not permitted"
    assert enum == f"#/gender: {'y' * 255}… is not a valid enum value"


def test_a_null_clears_where_the_contract_says_so(caller: Caller):
    names = [
        "firstName",
        "phone",
        "gender",
        "dateOfBirth",
        "email",
        "parent",
        "addresses",
        "primaryLanguage",
        "language",
    ]

    assert caller.post("/customers", dict.fromkeys(names)).status == 201
