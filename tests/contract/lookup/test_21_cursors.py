"""Checklist 21: cursors, which walk a list of any size and belong to that list alone."""

import json
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext

from records import cursors
from records.selections import Walk
from tenants.models import Tenant
from tests.api.caller import Caller, Reply
from tests.contract.lookup.served import Served
from tests.factories import make_record, put_in_bin

# A walk in an order in which records move tells transactions apart: its tests cannot run inside a single one.
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


@pytest.mark.django_db(transaction=True)
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


MOVING = ("dateModified", "-dateModified", "name", "-name")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", MOVING)
def test_who_lives_throughout_is_given_once(served: Served, tenant_a: Tenant, caller: Caller, order: str):
    """tests/records/test_walks.py drives such walks at random, with transactions that commit late."""
    made = [
        caller.post(f"/{served.name}", {"source": "ERP", "sourceId": str(number), served.text: f"N{number:02}"}).data[
            "id"
        ]
        for number in range(12)
    ]
    path = f"/{served.name}?sort={order.replace('name', served.text)}&offset=3"
    first = caller.get(path)
    before, behind = ids([first]), [pk for pk in made if pk not in ids([first])]

    caller.patch(f"/{served.name}/id/{before[0]}", {served.text: "N99"})
    caller.patch(f"/{served.name}/id/{before[1]}", {served.text: ""})
    caller.patch(f"/{served.name}/id/{behind[0]}", {served.text: ""})
    caller.patch(f"/{served.name}/id/{behind[1]}", {served.text: "N99"})
    caller.bulk(served.name, [{"id": behind[2], served.text: "N98"}, {"id": behind[3], served.second: "x"}], "id")
    caller.patch(f"/{served.name}/id/{behind[0]}", {served.text: f"N{made.index(behind[0]):02}"})
    caller.delete(f"/{served.name}/id/{behind[4]}")
    put_in_bin(make_record(served.model, tenant_a))
    created = make_record(served.model, tenant_a, **{served.second: "new"}).pk
    second = caller.get(f"{path}&cursor={first.body['next']}")
    caller.patch(f"/{served.name}/id/{ids([second])[0]}", {served.text: "N50"})
    caller.patch(f"/{served.name}/id/{behind[5]}", {served.text: "N51"})
    rest = walk(caller, path, second.body["next"])

    given = ids([first, second, *rest])
    assert sorted(given) == sorted({*made} - {behind[4]})
    assert created not in given
    shown = {record["id"]: record for reply in (second, *rest) for record in reply.data}
    assert shown[behind[1]][served.text] == "N99"
    assert shown[behind[3]][served.second] == "x"
    assert [reply.body["end"] for reply in (first, second)] == [3, 6]
    assert rest[-1].body["end"] == 11


@pytest.mark.django_db(transaction=True)
def test_a_record_that_comes_back_from_the_bin_has_its_place(served: Served, tenant_a: Tenant, caller: Caller):
    made = make_many(served, tenant_a, 4)
    first = caller.get(f"/{served.name}?sort=dateModified&offset=1")
    put_in_bin(make_record(served.model, tenant_a))

    for pk in made:
        caller.patch(f"/{served.name}/id/{pk}", {})  # changes nothing, and so moves nothing

    assert ids([first, *walk(caller, f"/{served.name}?sort=dateModified&offset=1", first.body["next"])]) == made


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", ["id", "dateCreated", *MOVING])
def test_a_page_behind_a_cursor_is_one_statement(served: Served, tenant_a: Tenant, caller: Caller, order: str):
    """What was found is not counted again."""
    made = make_many(served, tenant_a, 9)
    path = f"/{served.name}?sort={order.replace('name', served.text)}&offset=4"
    cursor = caller.get(path).body["next"]
    caller.patch(f"/{served.name}/id/{made[4]}", {served.text: "Zz"})

    with CaptureQueriesContext(connection) as queries:
        assert len(caller.get(f"{path}&cursor={cursor}").data) == 4

    begin, limit, _, commit = [query["sql"] for query in queries]
    assert (begin, limit.partition(",")[0], commit) == ("BEGIN", "SELECT set_config('statement_timeout'", "COMMIT")


@pytest.mark.django_db(transaction=True)
def test_a_walk_ends_where_another_life_of_the_database_begins(served: Served, tenant_a: Tenant, caller: Caller):
    made = make_many(served, tenant_a, 3)
    path = f"/{served.name}?sort=-dateModified&offset=1"
    cursor = caller.get(path).body["next"]
    refused = (*REFUSED, ["cursor: the database was restored from a backup since, begin anew without a cursor"])
    known = cursors.decode(cursor, cursors.Place(tenant_a.pk, served.name, "-dateModified", digest(cursor)))
    assert known.walk
    ahead = cursors.Cursor(
        known.place, known.key, 1, 1, 1, 3, False, Walk("999999999:999999999:", known.walk.era, known.walk.seen)
    )

    assert caller.get(f"{path}&cursor={cursors.encode(ahead)}").error == refused
    with connection.cursor() as session:
        session.execute("SELECT set_config('backoffice.change_era', '77', false)")
    assert caller.get(f"{path}&cursor={cursor}").error == refused
    with connection.cursor() as session:
        session.execute("SELECT set_config('backoffice.change_era', '', false)")
    assert ids(walk(caller, path, cursor)) == [made[1], made[0]]


def digest(cursor: str) -> str:
    """The digest of the filters that a cursor belongs to."""
    return json.loads(signing.b64_decode(cursor.rpartition(":")[0].encode()))[0][3]


@pytest.mark.django_db(transaction=True)
def test_a_record_whose_old_events_were_removed_is_given_twice_rather_than_never(
    served: Served, tenant_a: Tenant, caller: Caller
):
    made = make_many(served, tenant_a, 4)
    path = f"/{served.name}?sort=dateModified&offset=1"
    first = caller.get(path)
    events = f"{served.model._meta.db_table}event"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {events} DISABLE TRIGGER USER")
        cursor.execute(f"DELETE FROM {events}")
        cursor.execute(f"ALTER TABLE {events} ENABLE TRIGGER USER")

    caller.patch(f"/{served.name}/id/{made[0]}", {served.text: "Given already"})
    caller.patch(f"/{served.name}/id/{made[2]}", {served.text: "Not given yet"})

    assert ids(walk(caller, path, first.body["next"])) == [made[0], made[2], made[1], made[3]]
