"""Checklist 21: cursors, which walk a list of any size and belong to that list alone."""

from typing import Any

import pytest
from django.core import signing

from records import cursors
from tenants.models import Tenant
from tests.api.caller import Caller, Reply
from tests.contract.lookup.served import Served
from tests.factories import make_record

REFUSED = (400, 10017, "PayloadValidationError")
NOT_OURS = "cursor: it is not one that an answer gave, take the member next of the page before as it is"


def make_many(served: Served, tenant: Tenant, count: int) -> list[int]:
    return [make_record(served.model, tenant, source="ERP", source_id=str(number)).pk for number in range(count)]


def walk(caller: Caller, path: str, cursor: str = "", **sent: Any) -> list[Reply]:
    """Every page from here on."""
    replies = []
    while cursor is not None:
        if sent:
            replies.append(caller.post(f"{path}/search", sent | {"cursor": cursor}))
        else:
            sign = "&" if "?" in path else "?"
            replies.append(caller.get(f"{path}{sign}cursor={cursor}"))
        assert replies[-1].status == 200
        cursor = replies[-1].body["next"]
    return replies


def ids(replies: list[Reply]) -> list[int]:
    return [record["id"] for reply in replies for record in reply.data]


@pytest.mark.parametrize("order", ["id", "-id", "dateCreated", "-dateCreated", "dateModified", "-dateModified", "name"])
def test_a_walk_sees_every_record_in_order(served: Served, tenant_a: Tenant, tenant_b: Tenant, caller: Caller, order):
    make_many(served, tenant_a, 10)
    make_many(served, tenant_b, 3)
    order = "lastName" if order == "name" and served.is_person else order

    listed = caller.get(f"/{served.name}?sort={order}&offset=1000").data
    replies = walk(caller, f"/{served.name}?sort={order}&offset=3")

    assert ids(replies) == [record["id"] for record in listed]
    places = [tuple(reply.body[name] for name in ("start", "end", "page", "pages", "total")) for reply in replies]
    assert places == [(1, 3, 1, 4, 3), (4, 6, 2, 4, 3), (7, 9, 3, 4, 3), (10, 10, 4, 4, 1)]
    assert [reply.body["itemsFound"] for reply in replies] == [10] * 4
    assert ids(walk(caller, f"/{served.name}", sort=order, offset=4)) == ids(replies)


def test_a_walk_may_begin_at_any_page_and_change_its_size(served: Served, tenant_a: Tenant, caller: Caller):
    made = make_many(served, tenant_a, 12)

    third = caller.get(f"/{served.name}?offset=2&page=3").body["next"]
    kept = caller.get(f"/{served.name}?cursor={third}")
    wider = caller.get(f"/{served.name}?cursor={third}&offset=4&page=9&expands=sources")

    assert ids([kept]) == made[6:8]
    assert ids([wider]) == made[6:10]
    assert [kept.body[name] for name in ("start", "end", "page", "pages", "offset")] == [7, 8, 4, 6, 2]
    assert [wider.body[name] for name in ("start", "end", "page", "pages", "offset")] == [7, 10, 4, 3, 4]
    assert [record["sources"][0]["source"] for record in wider.data] == ["ERP"] * 4


def test_the_same_filters_written_otherwise(served: Served, tenant_a: Tenant, caller: Caller):
    made = make_many(served, tenant_a, 4)

    first = caller.get(f"/{served.name}?ids={made[0]},{made[2]},{made[3]}&offset=1&query=")
    replies = walk(caller, f"/{served.name}", first.body["next"], ids=[str(made[0]), made[2], made[3]], sort="id")

    assert ids([first, *replies]) == [made[0], made[2], made[3]]


def test_a_cursor_belongs_to_its_list(
    served: Served, tenant_a: Tenant, tenant_b: Tenant, caller: Caller, caller_b: Caller
):
    make_many(served, tenant_a, 3)
    make_many(served, tenant_b, 3)
    cursor = caller.get(f"/{served.name}?source=ERP&offset=1").body["next"]
    other = "users" if served.name != "users" else "contacts"

    for who, path, message in (
        (caller, f"/{served.name}?source=ERP&sort=-id", "cursor: it belongs to sort [id], this request has [-id]"),
        (
            caller,
            f"/{served.name}?source=shop",
            "cursor: it belongs to other filters, repeat those of the request that gave it",
        ),
        (caller, f"/{served.name}?", "cursor: it belongs to other filters, repeat those of the request that gave it"),
        (caller, f"/{other}?source=ERP", NOT_OURS),
        (caller_b, f"/{served.name}?source=ERP", NOT_OURS),
    ):
        assert who.get(f"{path}&cursor={cursor}").error == (*REFUSED, [message])
    assert caller.get(f"/{served.name}?source=ERP&cursor={cursor}").status == 200


def test_cursors_that_no_answer_gave(served: Served, tenant_a: Tenant, caller: Caller):
    make_many(served, tenant_a, 2)
    cursor = caller.get(f"/{served.name}?offset=1").body["next"]
    body, _, signature = cursor.rpartition(":")
    forged = cursors.Cursor(cursors.Place(tenant_a.pk, served.name, "id", ""), [1], 1, 1, 1, 1, False)

    for text in (
        "x",
        ":",
        cursor[:-1],
        cursor.swapcase(),
        f"{body}x:{signature}",
        f"{body}:",
        cursors.encode(forged).rpartition(":")[0] + ":" + signature,
        signing.Signer(salt="records.cursors").sign("e30"),
        signing.Signer(salt="records.cursors").sign("%"),
        signing.Signer(salt="other").sign(body),
        "x" * 10_000,
        "\U0001f369",
    ):
        assert caller.post(f"/{served.name}/search", {"cursor": text, "offset": 1}).error == (*REFUSED, [NOT_OURS])
    assert caller.get(f"/{served.name}?cursor=%00%ff").error == (*REFUSED, [NOT_OURS])
    assert caller.get(f"/{served.name}?cursor={cursor}").status == 200
