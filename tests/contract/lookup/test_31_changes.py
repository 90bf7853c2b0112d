"""Checklist 31: the change feed misses nothing while four writers commit out of order (contract section 9a)."""

import random
import threading
from collections import Counter

import pytest
from django.db import transaction

from recyclebin.verbs import restore
from tenants.models import Tenant
from tests.api.caller import Caller, make_caller
from tests.contract.lookup.served import Served
from tests.factories import make_keyed, make_record, put_in_bin
from tests.records.feed import execute, wait_until_over
from tests.recyclebin.two_connections import Meanwhile

pytestmark = pytest.mark.django_db(transaction=True)


def follow(caller: Caller, served: Served, cursor: str = "", limit: int = 1000) -> tuple[list[dict], str]:
    """All changes behind a cursor, page after page, and the cursor behind them."""
    found = []
    while True:
        body = caller.get(f"/{served.name}/changes?limit={limit}&cursor={cursor}").body
        assert list(body) == ["data", "next"]
        cursor = body["next"]
        if not body["data"]:
            return found, cursor
        found += body["data"]


def told(changes: list[dict]) -> list[tuple[str, str]]:
    return [(change["action"], change["sourceId"]) for change in changes]


def test_the_life_of_a_record(served: Served, caller: Caller, tenant_a: Tenant, tenant_b: Tenant, actor):
    make_keyed(served.model, tenant_b)
    name = served.name
    key = f"/{name}/sourceId/K"
    assert caller.post(f"/{name}", {"source": "ERP", "sourceId": "K"}).status == 201
    assert caller.patch(key, {served.text: "X"}).status == 200
    assert caller.bulk(name, [{"source": "ERP", "sourceId": n, served.text: "X"} for n in ("K", "L")]).status == 200
    assert caller.delete(key).status == 200
    record = served.model.everything.get(source_id="K")
    restore(deletions=[record.deletion_id], actor=actor)
    with transaction.atomic():
        execute("SELECT set_config('backoffice.purge', 'on', true)")
        execute(f"DELETE FROM {served.model._meta.db_table} WHERE id = {record.pk}")
    wait_until_over()

    changes, _ = follow(caller, served)

    expected = [("create", "K"), ("update", "K"), ("create", "L"), ("delete", "K"), ("restore", "K"), ("purge", "K")]
    assert told(changes) == expected
    events = served.model.pgh_event_model.objects.filter(tenant_id=tenant_a.pk).order_by("pgh_id")
    assert changes == [
        {
            "action": action,
            "id": event.pgh_obj_id,
            "source": "ERP",
            "sourceId": key,
            "at": event.pgh_created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for (action, key), event in zip(expected, events, strict=True)
    ]


def test_a_reader_goes_on_where_it_was(served: Served, caller: Caller, tenant_a: Tenant, tenant_b: Tenant):
    none, start = follow(caller, served)
    first = [make_record(served.model, tenant_a, source="ERP", source_id=str(n)) for n in range(5)]
    make_keyed(served.model, tenant_b)
    wait_until_over()

    some, cursor = follow(caller, served, start, limit=2)
    again, same = follow(caller, served, cursor)
    put_in_bin(first[3])
    wait_until_over()
    late, _ = follow(caller, served, cursor)

    assert (none, told(some)) == ([], [("create", str(n)) for n in range(5)])
    assert (again, same) == ([], cursor)
    assert told(late) == [("delete", "3")]
    page = caller.get(f"/{served.name}/changes?limit=2")
    assert told(page.data) == told(some)[:2]


def test_four_writers_who_commit_out_of_order(served: Served, caller: Caller, tenant_a: Tenant):
    """Through HTTP, with deletions among the writes, and a reader that never stops asking."""
    rows = [{"source": "ERP", "sourceId": f"K-{n}"} for n in range(8)]
    assert caller.bulk(served.name, rows).status == 200
    late = threading.Barrier(2, timeout=30)
    reading = threading.Event()

    def slow() -> None:
        with transaction.atomic():
            served.model.everything.filter(source_id="K-0").update(**{_column(served): "slow"})
            late.wait()
            late.wait()

    def write(seed: int) -> None:
        writer, dice = make_caller(tenant_a), random.Random(seed)
        for step in range(6):
            chosen = dice.sample(range(1, 8), 3)
            sent = [{"source": "ERP", "sourceId": f"K-{n}", served.text: f"{seed} {step}"} for n in chosen]
            assert writer.bulk(served.name, sent).status == 200
            fresh = writer.post(f"/{served.name}", {"source": "ERP", "sourceId": f"N-{seed}-{step}"})
            assert writer.delete(f"/{served.name}/id/{fresh.data['id']}").status == 200

    def read() -> list[dict]:
        reader, found, cursor = make_caller(tenant_a), [], ""
        while not reading.is_set():
            more, cursor = follow(reader, served, cursor, limit=5)
            found += more
        wait_until_over()
        return found + follow(reader, served, cursor)[0]

    slowest = Meanwhile(slow)
    late.wait()
    reader = Meanwhile(read)
    for writer in [Meanwhile(lambda seed=seed: write(seed)) for seed in range(3)]:
        writer.result()
    late.wait()
    slowest.result()
    reading.set()
    changes = reader.result()

    events = served.model.pgh_event_model.objects.filter(tenant_id=tenant_a.pk)
    assert Counter(change["id"] for change in changes) == Counter(events.values_list("pgh_obj_id", flat=True))
    for record in served.model.everything.filter(source_id__startswith="N-"):
        assert [change["action"] for change in changes if change["id"] == record.pk] == ["create", "delete"]
    assert Counter(told(changes))["update", "K-0"] == 1


def _column(served: Served) -> str:
    return "last_name" if served.is_person else "name"


def test_the_scope(served: Served, caller: Caller, tenant_a: Tenant):
    path = f"/{served.name}/changes"

    others = [scope for scope in caller.client.scopes if scope != f"{served.name}:read"]
    refused = make_caller(tenant_a, *others).get(path)

    assert refused.error == (403, 10022, "Forbidden", [f"The access token lacks the scope [{served.name}:read]"])
    assert make_caller(tenant_a, f"{served.name}:read").get(path).status == 200
    assert caller.post(path, {}).code == (405, 10023, "MethodNotAllowed")


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "ten", "1.5", "", "²", "99999999999999999999"])
def test_a_limit_that_is_none(caller: Caller, limit: str):
    reply = caller.get(f"/customers/changes?limit={limit}")

    message = f"limit [{limit}] must be an integer from 1 to 1000"
    assert reply.error == (400, 10015, "PaginatedResponseException", [message])


def test_parameters_that_are_not_known(caller: Caller):
    reply = caller.get("/customers/changes?curser=x&limit=1")

    message = "Unknown parameter [curser], use one of [cursor,limit]"
    assert reply.error == (400, 10017, "PayloadValidationError", [message])


def test_a_cursor_that_is_none(served: Served, caller: Caller, caller_b: Caller, tenant_a: Tenant, tenant_b: Tenant):
    make_keyed(served.model, tenant_a)
    wait_until_over()
    _, mine = follow(caller, served)
    other = "users" if served.name != "users" else "customers"

    for reply in (
        caller.get(f"/{served.name}/changes?cursor=x"),
        caller.get(f"/{served.name}/changes?cursor=%00"),
        caller.get(f"/{served.name}/changes?cursor={mine[:-1]}{'A' if mine[-1] != 'A' else 'B'}"),
        caller.get(f"/{other}/changes?cursor={mine}"),
        caller_b.get(f"/{served.name}/changes?cursor={mine}"),
    ):
        message = "The cursor is not one that this feed has given out"
        assert reply.error == (400, 10017, "PayloadValidationError", [message])


def test_a_cursor_older_than_what_is_kept(served: Served, caller: Caller, tenant_a: Tenant):
    make_record(served.model, tenant_a, source="ERP", source_id="old")
    wait_until_over()
    _, cursor = follow(caller, served)
    make_record(served.model, tenant_a, source="ERP", source_id="new")
    wait_until_over()
    table = served.model.pgh_event_model._meta.db_table
    execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    execute(f"DELETE FROM {table} WHERE source_id = 'old'")
    execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    expired = caller.get(f"/{served.name}/changes?cursor={cursor}")

    message = "The cursor points to changes that are no longer kept: start again from an export"
    assert expired.error == (410, 10031, "CursorExpired", [message])
    assert told(follow(caller, served)[0]) == [("create", "new")]
