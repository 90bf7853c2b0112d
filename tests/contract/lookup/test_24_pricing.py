"""Checklist 24: price agreements of every kind of owner (contract section 10), and other points as they apply."""

import gzip
import json
from decimal import Decimal

import pytest

from pricing.models import Price
from pricing.verbs import owner_field
from records.models import Record
from tenants.models import Tenant
from tests.api.caller import Caller, Reply, make_caller
from tests.contract.lookup.served import Served
from tests.factories import make_price, make_record, put_in_bin, row, rows
from tests.naughty_strings import KEPT
from tests.naughty_strings import REFUSED as NAUGHTY

MIB = 1024 * 1024
CP, SP, NET = {"type": "CP", "amount": 12.5}, {"type": "SP", "amount": "7.25"}, {"type": "net", "price": 9.95}


@pytest.fixture
def owner(served: Served, tenant_a: Tenant) -> Record:
    return make_record(served.model, tenant_a, source="ERP", source_id="O-1")


@pytest.fixture
def path(served: Served, owner: Record) -> str:
    return f"/{served.name}/id/{owner.pk}/pricing"


def stored(owner: Record) -> list[tuple]:
    """Shop, target and terms of the owner's live prices."""
    mine = Price.objects.filter(**{owner_field(type(owner)): owner}).order_by("id")
    names = ("shop_id", "target_kind", "target_id", "target_source", "target_source_id", "type", "amount", "price")
    return list(mine.values_list(*names))


def created(key: object, lookup_key: str = "id") -> dict:
    return {"action": "create", "key": key, "lookupKey": lookup_key, "success": True}


def updated(key: object, *, changed: bool) -> dict:
    return {"action": "update", "changed": changed, "key": key, "lookupKey": "id", "success": True}


def failed(key: object, error: str, action: str = "create", lookup_key: str = "id") -> dict:
    return {
        "action": action,
        "code": 10017,
        "error": error,
        "key": key,
        "lookupKey": lookup_key,
        "success": False,
        "type": "PayloadValidationError",
    }


def test_prices_of_categories_and_products(caller: Caller, owner: Record, path: str):
    reply = caller.post(
        path,
        {
            "products": [{"id": 7, "pricing": NET}, {"sourceId": 12, "source": "PIM", "pricing": SP}],
            "categories": [{"sourceId": "C/1", "source": "PIM", "pricing": CP}, {"id": 7, "pricing": SP}],
        },
    )

    assert (reply.status, reply.body) == (
        200,
        {
            "data": [created("C/1", "sourceId"), created(7), created(7), created(12, "sourceId")],
            "messages": ["Completed"],
            "total": 4,
        },
    )
    assert list(reply.data[0]) == ["action", "key", "lookupKey", "success"]
    assert stored(owner) == [
        (None, "category", None, "PIM", "C/1", "CP", Decimal("12.5"), None),
        (None, "category", 7, "", "", "SP", Decimal("7.25"), None),
        (None, "product", 7, "", "", "net", None, Decimal("9.95")),
        (None, "product", None, "PIM", "12", "SP", Decimal("7.25"), None),
    ]


@pytest.mark.parametrize("way", ["/sourceId/O-1", "/sourceId/O-1/pricing/?source=ERP", "v1"])
def test_the_owner_is_found_by_its_key_too(caller: Caller, served: Served, owner: Record, way: str):
    base = Caller(caller.client, base="/v1") if way == "v1" else caller
    path = f"/{served.name}/sourceId/O-1/pricing" if way == "v1" else f"/{served.name}{way}"
    path = path if "pricing" in path else f"{path}/pricing"

    assert base.post(path, {"products": [{"id": 7, "pricing": NET}]}).data == [created(7)]
    assert len(stored(owner)) == 1
    assert base.delete(path).body == {"data": {}, "messages": ["Completed"]}
    assert stored(owner) == []


def test_a_second_post_replaces_the_price(caller: Caller, owner: Record, path: str):
    first = {"products": [{"id": 7, "pricing": NET}, {"id": 8, "pricing": CP}, {"id": 9, "pricing": SP}]}
    caller.post(path, first)
    caller.post(path, {"shopId": 3} | first)

    reply = caller.post(
        path,
        {"products": [{"id": 7, "pricing": SP}, {"id": 8, "pricing": {"type": "CP", "amount": "12.50"}}]},
    )

    assert reply.data == [updated(7, changed=True), updated(8, changed=False)]
    assert list(reply.data[0]) == ["action", "changed", "key", "lookupKey", "success"]
    assert [price[0] for price in stored(owner)] == [None] * 3 + [3] * 3
    assert [price[5:] for price in stored(owner)[:2]] == [("SP", Decimal("7.25"), None), ("CP", Decimal("12.5"), None)]
    events = Price.pgh_event_model.objects.filter(pgh_label="update")
    assert list(events.values_list("target_id", "shop_id", "version")) == [(7, None, 2)]


def test_one_target_twice_in_a_request(caller: Caller, owner: Record, path: str):
    items = [{"id": 7, "pricing": pricing} for pricing in (NET, SP, SP, {"type": "SP"}, NET)]

    reply = caller.post(path, {"products": items})

    assert reply.data == [
        created(7),
        updated(7, changed=True),
        updated(7, changed=False),
        failed(7, "#/pricing/amount: a value is required for the type SP", "update"),
        updated(7, changed=True),
    ]
    assert [price[5:] for price in stored(owner)] == [("net", None, Decimal("9.95"))]
    assert list(Price.pgh_event_model.objects.values_list("pgh_label", "version")) == [("insert", 1)]


TOGETHER = "source and sourceId go together: send both or neither"


@pytest.mark.parametrize(
    ("item", "row"),
    [
        ({"id": 7, "pricing": {"type": "CP"}}, failed(7, "#/pricing/amount: a value is required for the type CP")),
        ({"id": 7, "pricing": {"type": "net"}}, failed(7, "#/pricing/price: a value is required for the type net")),
        (
            {"id": 7, "pricing": {"type": "SP", "amount": 1, "price": 1}},
            failed(7, "#/pricing/price: the type SP takes no price, it takes amount"),
        ),
        (
            {"id": 7, "pricing": {"type": "net", "amount": 1}},
            failed(
                7,
                "#/pricing/amount: the type net takes no amount, it takes price;"
                " #/pricing/price: a value is required for the type net",
            ),
        ),
        (
            {"id": 7, "pricing": {"type": "net", "price": 1.00001}},
            failed(7, "#/pricing/price: [1.00001] has more than 4 decimal places"),
        ),
        (
            {"id": 7, "pricing": {"type": "SP", "amount": "1e11"}},
            failed(7, "#/pricing/amount: [1E+11] is out of range: it must be between -100000000000 and 100000000000"),
        ),
        ({"id": 7, "pricing": {"type": "net", "price": "NaN"}}, failed(7, "#/pricing/price: [NaN] is not a number")),
        ({"pricing": NET}, failed(None, "a product needs id, or sourceId and source")),
        ({"sourceId": "A", "pricing": NET}, failed("A", f"#/source: {TOGETHER}", lookup_key="sourceId")),
        ({"source": "PIM", "pricing": NET}, failed(None, f"#/sourceId: {TOGETHER}")),
        ({"id": -1, "pricing": NET}, failed(-1, f"#/id: [-1] is not an id: it must be between 1 and {2**53 - 1}")),
    ],
)
def test_values_fail_their_row_alone(caller: Caller, owner: Record, path: str, item: dict, row: dict):
    reply = caller.post(path, {"products": [{"id": 1, "pricing": NET}, item, {"id": 2, "pricing": NET}]})

    assert (reply.status, reply.data) == (200, [created(1), row, created(2)])
    assert [price[2] for price in stored(owner)] == [1, 2]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"x": 1, "products": []}, "#: extraneous key [x] is not permitted"),
        ({"products": [{"id": 7, "pricing": NET, "x": 1}]}, "#/products/0: extraneous key [x] is not permitted"),
        (
            {"categories": [{"id": 7, "pricing": NET}, {"id": 7, "pricing": NET | {"x": 1}}]},
            "#/categories/1/pricing: extraneous key [x] is not permitted",
        ),
        ({"products": [{"id": 7}]}, "#/products/0: required key [pricing] not found"),
        ({"products": [{"id": 7, "pricing": {"price": 1}}]}, "#/products/0/pricing: required key [type] not found"),
        (
            {"products": [{"id": 7, "pricing": {"type": "sp", "amount": 1}}]},
            "#/products/0/pricing/type: sp is not a valid enum value",
        ),
        (
            {"products": [{"id": 7, "pricing": {"type": "SP", "amount": "a"}}]},
            "#/products/0/pricing/amount: expected type: BigDecimal, found: String",
        ),
        (
            {"products": [{"id": 7, "pricing": {"type": "net", "price": True}}]},
            "#/products/0/pricing/price: expected type: BigDecimal, found: Boolean",
        ),
        (
            {"products": [{"id": 7, "pricing": {"type": "net", "price": []}}]},
            "#/products/0/pricing/price: expected type: BigDecimal, found: JSONArray",
        ),
        ({"products": [{"id": "7", "pricing": NET}]}, "#/products/0/id: expected type: Integer, found: String"),
        ({"products": [{"id": 7.5, "pricing": NET}]}, "#/products/0/id: expected type: Integer, found: BigDecimal"),
        ({"products": {}}, "#/products: expected type: JSONArray, found: JSONObject"),
        ({"products": [7]}, "#/products/0: expected type: JSONObject, found: Integer"),
        (
            {"products": [{"source": "x" * 65, "sourceId": "A", "pricing": NET}]},
            "#/products/0/source: expected maxLength: 64, actual: 65",
        ),
        ({"shopId": "3", "products": []}, "#/shopId: expected type: Integer, found: String"),
        ([], "#: expected type: JSONObject, found: JSONArray"),
    ],
)
def test_a_fault_of_shape_refuses_the_request(caller: Caller, owner: Record, path: str, body: object, message: str):
    if isinstance(body, dict):
        body = {"categories": [{"id": 1, "pricing": NET}]} | body if "categories" not in body else body

    assert caller.post(path, body).error == (400, 10007, "SchemaValidationException", [message])
    assert stored(owner) == []


def test_all_faults_of_shape_are_told_together(caller: Caller, path: str):
    body = {"categories": [{"id": 1}], "products": [{"id": 7, "pricing": {"type": "net", "price": "x"}}, {"y": 1}]}

    assert caller.post(path, body).error[3] == [
        "#/categories/0: required key [pricing] not found",
        "#/products/0/pricing/price: expected type: BigDecimal, found: String",
        "#/products/1: extraneous key [y] is not permitted",
        "#/products/1: required key [pricing] not found",
    ]


@pytest.mark.parametrize(
    "body", [{}, {"shopId": 3}, {"categories": None}, {"products": []}, {"categories": [], "products": []}]
)
def test_neither_list(caller: Caller, path: str, body: dict):
    message = "At least one of categories and products is required"
    assert caller.post(path, body).error == (400, 10017, "PayloadValidationError", [message])


@pytest.mark.parametrize("shop", [-1, 2**53, 10**18])
def test_a_shop_that_cannot_be(caller: Caller, owner: Record, path: str, shop: int):
    make_price(owner)
    text = f"shopId [{shop}] must be between 0 and {2**53 - 1}"

    post = caller.post(path, {"shopId": shop, "products": [{"id": 7, "pricing": NET}]})
    delete = caller.delete(f"{path}?shopId={shop}")

    assert post.error == (400, 10017, "PayloadValidationError", [f"#/shopId: {text}"])
    assert delete.error == (400, 10017, "PayloadValidationError", [text])
    assert len(stored(owner)) == 1


def test_a_shop_of_three_hundred_digits(caller: Caller, path: str):
    post = caller.post(path, {"shopId": 10**300, "products": [{"id": 7, "pricing": NET}]})
    delete = caller.delete(f"{path}?shopId={10**300}")

    assert post.code == delete.code == (400, 10017, "PayloadValidationError")


def test_numbers_are_exact(caller: Caller, owner: Record, path: str):
    """Floats would say 0.30000000000000004, and lose the end of the long ones."""
    numbers = ["0.3", "0.1", "1e-4", "99999999999.9999", "-99999999999.9999", "12345678901.2345", "0.30000000000000000"]
    plain = ", ".join(
        f'{{"id":{n},"pricing":{{"type":"net","price":{number}}}}}' for n, number in enumerate(numbers, 1)
    )
    quoted = ", ".join(
        f'{{"id":{n},"pricing":{{"type":"CP","amount":"{number}"}}}}' for n, number in enumerate(numbers, 1)
    )

    reply = caller.post(path, f'{{"products":[{plain}],"categories":[{quoted}]}}'.encode())

    assert [row["success"] for row in reply.data] == [True] * 14
    exact = [Decimal(number) for number in numbers]
    assert [price[6] for price in stored(owner)[:7]] == [price[7] for price in stored(owner)[7:]] == exact
    beyond = b'{"products":[{"id":1,"pricing":{"type":"net","price":0.30000000000000004}}]}'
    assert caller.post(path, beyond).data == [
        failed(1, "#/pricing/price: [0.30000000000000004] has more than 4 decimal places", "update")
    ]


def test_delete_is_permanent_for_all_shops_or_one(caller: Caller, owner: Record, path: str, served: Served):
    neighbour = make_price(make_record(served.model, owner.tenant))
    body = {"categories": [{"id": 7, "pricing": CP}], "products": [{"id": 7, "pricing": NET}]}
    for shop in (None, 3, 4):
        caller.post(path, {"shopId": shop} | body)

    assert caller.delete(f"{path}?shopId=3").body == {"data": {}, "messages": ["Completed"]}
    assert [price[0] for price in stored(owner)] == [None, None, 4, 4]
    assert caller.delete(path).body == {"data": {}, "messages": ["Completed"]}
    assert caller.delete(path).status == 200
    assert list(Price.everything.all()) == [neighbour]
    gone = Price.pgh_event_model.objects.filter(pgh_label="delete")
    assert [event.pgh_context.metadata["client"] for event in gone] == [caller.client.pk] * 6


@pytest.mark.parametrize(
    "query", ["shopId=", "shopId=x", "shopId=1.0", "shopId=٣", "shopId=1&shopid=1", "shopid=1", "reason=old", "x"]
)
def test_a_delete_that_is_not_understood_deletes_nothing(caller: Caller, owner: Record, path: str, query: str):
    make_price(owner)

    assert caller.delete(f"{path}?{query}").code == (400, 10017, "PayloadValidationError")
    assert len(stored(owner)) == 1
    assert caller.delete(f"{path}?language=NL&source=ERP").status == 200
    assert stored(owner) == []


def test_other_methods(caller: Caller, path: str):
    for method in ("GET", "PATCH", "PUT", "HEAD", "OPTIONS"):
        reply = caller.call(method, path)
        assert (reply.status, reply.headers["Allow"]) == (405, "POST, DELETE")


def test_the_record_of_the_owner_stays_as_it_is(caller: Caller, served: Served, owner: Record, path: str):
    address = f"/{served.name}/id/{owner.pk}"
    before, stored_before = caller.get(address), row(owner)

    caller.post(path, {"products": [{"id": 7, "pricing": NET}]})
    caller.delete(path)

    after = caller.get(address)
    assert (after.body, after.headers["ETag"]) == (before.body, before.headers["ETag"])
    assert row(owner) == stored_before


BODY = {"products": [{"id": 7, "pricing": NET}]}


def both(caller: Caller, path: str) -> list[Reply]:
    return [caller.post(path, BODY), caller.delete(path)]


def test_an_unknown_owner(caller: Caller, served: Served):
    for key, value in (("id", "999999999"), ("id", "abc"), ("sourceId", "none"), ("sourceId", "a/b")):
        message = f"Parent resource [{served.noun}] with {key} [{value}] not found"
        for reply in both(caller, f"/{served.name}/{key}/{value}/pricing"):
            assert reply.error == (404, served.base + 7, f"Parent{served.noun}NotFound", [message])


def test_06_several_owners_with_the_key(caller: Caller, served: Served, owner: Record):
    make_record(served.model, owner.tenant, source="SHOP", source_id="O-1")

    for reply in both(caller, f"/{served.name}/sourceId/O-1/pricing"):
        assert reply.code == served.several
    assert caller.post(f"/{served.name}/sourceId/O-1/pricing?source=ERP", BODY).data == [created(7)]
    assert len(stored(owner)) == 1


def test_07_a_lookup_key_that_does_not_exist(caller: Caller, served: Served, owner: Record):
    for reply in both(caller, f"/{served.name}/sourceid/O-1/pricing"):
        assert reply.code == (400, 10006, "InvalidLookupKey")


def test_03_another_tenants_owner_is_not_found(caller: Caller, served: Served, tenant_b: Tenant):
    theirs = make_record(served.model, tenant_b, source="ERP", source_id="T-1")
    make_price(theirs)
    before = rows(Price)

    for path in (f"id/{theirs.pk}", "sourceId/T-1"):
        for reply in both(caller, f"/{served.name}/{path}/pricing"):
            assert reply.code == (404, served.base + 7, f"Parent{served.noun}NotFound")
    assert rows(Price) == before


def test_08_an_owner_in_the_bin(caller: Caller, served: Served, owner: Record, path: str):
    make_price(owner)
    put_in_bin(owner)
    before = rows(Price)

    message = f"{served.noun} with id [{owner.pk}] is not allowed: it is in the recycle bin"
    for reply in both(caller, path):
        assert reply.error == (*served.binned, [message])
        assert reply.headers.get("Allow") == ("" if served.not_allowed == 405 else None)
    assert rows(Price) == before


def test_08_prices_go_along_with_their_owner(caller: Caller, served: Served, owner: Record, path: str):
    caller.post(path, BODY)

    deletion = put_in_bin(owner)

    assert deletion.counts["pricing.price"] == 1
    assert stored(owner) == []


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_02_the_scope(caller: Caller, tenant_a: Tenant, owner: Record, path: str, method: str):
    body = {"body": BODY} if method == "POST" else {}
    others = [scope for scope in caller.client.scopes if scope != "pricing:write"]
    make_price(owner)
    before = rows(Price)

    refused = make_caller(tenant_a, *others).call(method, path, **body)

    assert refused.error == (403, 10022, "Forbidden", ["The access token lacks the scope [pricing:write]"])
    assert rows(Price) == before
    assert make_caller(tenant_a, "pricing:write").call(method, path, **body).status == 200


def test_25_if_match_is_about_the_owner(caller: Caller, owner: Record, path: str):
    make_price(owner)

    assert caller.delete(path, if_match='"1-1"').code == (412, 10026, "PreconditionFailed")
    assert caller.delete(path, if_match=f'"{owner.pk}-2"').code == (412, 10026, "PreconditionFailed")
    assert len(stored(owner)) == 1
    assert caller.delete(path, if_match=f'"{owner.pk}-1"').status == 200


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_26_a_request_that_is_sent_again(caller: Caller, owner: Record, path: str, method: str):
    body = {"body": BODY} if method == "POST" else {}
    first = caller.call(method, path, **body, idempotency_key="once")
    make_price(owner)
    before = rows(Price)

    again = caller.call(method, path, **body, idempotency_key="once")

    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    assert rows(Price) == before


def test_the_owner_is_looked_for_before_the_shape_of_the_body(caller: Caller, served: Served):
    reply = caller.post(f"/{served.name}/id/999999999/pricing", {"x": 1})
    assert reply.code == (404, served.base + 7, f"Parent{served.noun}NotFound")
    assert caller.post(f"/{served.name}/id/999999999/pricing", b"{").code == (400, 10005, "InvalidJSONPayload")


def items(count: int) -> list[dict]:
    return [{"id": number, "pricing": NET} for number in range(1, count + 1)]


def test_18_ten_thousand_rows_in_both_lists_and_one_more(caller: Caller, owner: Record, path: str):
    accepted = caller.post(path, {"categories": items(4000), "products": items(6000)})
    refused = caller.post(path, {"categories": items(4001), "products": items(6000)})
    malformed = caller.post(path, {"categories": [{}] * 4001, "products": [{}] * 6000})

    assert (accepted.body["total"], sum(row["success"] for row in accepted.data)) == (10_000, 10_000)
    assert len(stored(owner)) == 10_000
    message = (
        "10001 rows are over the limit of 10000 rows for one request."
        " Send smaller requests, or hand the file to an import job in the back office"
    )
    assert refused.error == malformed.error == (413, 10025, "PayloadTooLarge", [message])


def test_18_bytes(caller: Caller, path: str):
    body = json.dumps(BODY).encode()
    padding = b" " * (32 * MIB - len(body))

    assert caller.post(path, body + padding).status == 200
    assert caller.post(path, body + padding + b" ").code == (413, 10025, "PayloadTooLarge")
    assert caller.post(path, gzip.compress(body + padding + b" "), content_encoding="gzip").status == 413


def test_19_gzip(caller: Caller, path: str):
    assert caller.post(path, gzip.compress(json.dumps(BODY).encode()), content_encoding="gzip").data == [created(7)]


def test_28_naughty_keys_are_kept_byte_for_byte_or_refused(caller: Caller, owner: Record, path: str):
    kept = [{"source": text[:64], "sourceId": text, "pricing": NET} for text in KEPT.values()]
    reply = caller.post(path, {"products": kept})

    assert reply.data == [created(item["sourceId"], "sourceId") for item in kept]
    assert [price[3:5] for price in stored(owner)] == [(item["source"], item["sourceId"]) for item in kept]
    assert caller.post(path, {"products": kept}).data == [
        {"action": "update", "changed": False, "key": item["sourceId"], "lookupKey": "sourceId", "success": True}
        for item in kept
    ]
    for text in NAUGHTY.values():
        answer = caller.post(path, {"products": [{"source": "PIM", "sourceId": text, "pricing": NET}]})
        assert answer.code[1] in {10005, 10007} if answer.status == 400 else answer.data[0]["code"] == 10017
    assert len(stored(owner)) == len(kept)
