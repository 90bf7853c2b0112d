"""Checklist 26: the same request with the same Idempotency-Key gets the first answer, and is done once."""

import gzip
import json
from typing import Any

import pytest
from django.db import connection

from api.models import KeptAnswer
from recyclebin.models import Deletion
from tenants.models import Tenant
from tests.api.caller import NOTHING, Caller, Reply, make_caller
from tests.contract.lookup.served import Served
from tests.factories import make_record, put_in_bin, rows

KEY = "b9c5f2d0-0001"


def replayed(first: Reply, again: Reply) -> None:
    """The second answer is the first one, byte for byte, and says that it is."""
    told = ("Location", "ETag", "Allow", "Content-Type", "Cache-Control")
    assert (again.status, again.content) == (first.status, first.content)
    assert {name: again.headers.get(name) for name in told} == {name: first.headers.get(name) for name in told}
    assert (first.headers.get("Idempotency-Replayed"), again.headers.get("Idempotency-Replayed")) == (None, "true")
    assert again.headers["x-request-id"] != first.headers["x-request-id"]


def twice(caller: Caller, method: str, path: str, body: Any = NOTHING, **headers: str) -> tuple[Reply, Reply]:
    first, again = (caller.call(method, path, body, idempotency_key=KEY, **headers) for _ in range(2))
    return first, again


def test_a_create_is_done_once(served: Served, caller: Caller):
    first, again = twice(caller, "POST", f"/{served.name}", {served.text: "Zoë"})

    replayed(first, again)
    assert (first.status, served.model.objects.count()) == (201, 1)
    assert caller.post(f"/{served.name}", {served.text: "Zoë"}).data["id"] != first.data["id"]


def test_a_patch_is_done_once_and_shows_what_it_showed(served: Served, caller: Caller, tenant_a: Tenant):
    record = make_record(served.model, tenant_a)
    path = f"/{served.name}/id/{record.pk}"

    first = caller.patch(path, {served.text: "A"}, idempotency_key=KEY, if_match=f'"{record.pk}-1"')
    caller.patch(path, {served.text: "B"})
    again = caller.patch(path, {served.text: "A"}, idempotency_key=KEY, if_match=f'"{record.pk}-1"')

    replayed(first, again)
    assert (again.data[served.text], caller.get(path).data[served.text]) == ("A", "B")


def test_a_delete_is_done_once(served: Served, caller: Caller, tenant_a: Tenant):
    record = make_record(served.model, tenant_a)

    first, again = twice(caller, "DELETE", f"/{served.name}/id/{record.pk}?reason=double")

    replayed(first, again)
    assert (first.status, Deletion.objects.count()) == (200, 1)
    assert caller.delete(f"/{served.name}/id/{record.pk}?reason=double").code == served.binned


@pytest.mark.parametrize("query", ["", "?dryRun=true"])
@pytest.mark.parametrize("by", ["sourceId", "id"])
def test_a_bulk_is_done_once(served: Served, caller: Caller, by: str, query: str):
    key = {"source": "ERP", "sourceId": "K-1"} if by == "sourceId" else {"id": 4711}
    body = {served.name: [{**key, served.text: "A"}, {**key, **served.faulty}]}

    first, again = twice(caller, "POST", f"/{served.name}/bulk/{by}{query}", body)

    replayed(first, again)
    assert [(row["action"], row["success"]) for row in again.data] == [("create", True), ("update", False)]
    assert [record.version for record in served.model.objects.all()] == ([] if query else [1])
    events = served.model.pgh_event_model.objects.count()
    assert events == (0 if query else 1)


def test_a_compressed_body_is_the_same_body(served: Served, caller: Caller):
    body = json.dumps({served.text: "A"}).encode()

    first = caller.post(f"/{served.name}", body, idempotency_key=KEY)
    again = caller.post(f"/{served.name}", gzip.compress(body), idempotency_key=KEY, content_encoding="gzip")

    replayed(first, again)


def test_anything_else_with_the_key_is_refused(served: Served, caller: Caller, tenant_a: Tenant):
    pk = make_record(served.model, tenant_a).pk
    path, body = f"/{served.name}/id/{pk}", {served.text: "A"}
    caller.patch(path, body, idempotency_key=KEY)
    before = rows(served.model)

    others = [
        caller.patch(path, {served.text: "B"}, idempotency_key=KEY),
        caller.patch(path, json.dumps(body).encode() + b" ", idempotency_key=KEY),
        caller.patch(f"{path}?x=1", body, idempotency_key=KEY),
        caller.patch(f"/{served.name}/sourceId/{pk}", body, idempotency_key=KEY),
        caller.delete(path, idempotency_key=KEY),
        caller.post(f"/{served.name}", body, idempotency_key=KEY),
        Caller(caller.client, base="/v1").patch(path, body, idempotency_key=KEY),
    ]

    assert [reply.code for reply in others] == [(422, 10027, "IdempotencyKeyReused")] * len(others)
    assert rows(served.model) == before
    assert caller.patch(path, body, idempotency_key=KEY).headers["Idempotency-Replayed"] == "true"


def test_a_key_is_the_clients_own(served: Served, caller: Caller, caller_b: Caller, tenant_a: Tenant):
    colleague = make_caller(tenant_a)

    replies = [
        each.post(f"/{served.name}", {served.text: "A"}, idempotency_key=KEY) for each in (caller, colleague, caller_b)
    ]

    assert [reply.headers.get("Idempotency-Replayed") for reply in replies] == [None] * 3
    assert len({reply.data["id"] for reply in replies}) == 3
    # Another token of the same client is the same client.
    assert (
        Caller(caller.client)
        .post(f"/{served.name}", {served.text: "A"}, idempotency_key=KEY)
        .headers["Idempotency-Replayed"]
    )


def test_refusals_are_answers_too(served: Served, caller: Caller, tenant_a: Tenant):
    """What was wrong stays told under the key, although it is right by now."""
    binned = make_record(served.model, tenant_a)
    put_in_bin(binned)
    pk = make_record(served.model, tenant_a).pk
    body = {served.text: "A", "source": "ERP", "sourceId": "K-1"}
    taken = caller.post(f"/{served.name}", body)
    requests: list[tuple[str, str, Any, dict[str, str], int]] = [
        ("POST", f"/{served.name}", body, {}, 400),
        ("POST", f"/{served.name}", {"nothing": 1}, {}, 400),
        ("PATCH", f"/{served.name}/Id/1", {}, {}, 400),
        ("PATCH", f"/{served.name}/id/{pk + 1000}", {}, {}, 404),
        ("PATCH", f"/{served.name}/id/{binned.pk}", {}, {}, served.not_allowed),
        ("DELETE", f"/{served.name}/id/{pk}", NOTHING, {"if_match": '"0-0"'}, 412),
    ]

    for number, (method, path, sent, headers, status) in enumerate(requests):
        first, again = (caller.call(method, path, sent, idempotency_key=f"k{number}", **headers) for _ in range(2))
        replayed(first, again)
        assert first.status == status
    assert caller.delete(f"/{served.name}/id/{taken.data['id']}").status == 200
    assert caller.post(f"/{served.name}", body, idempotency_key="k0").code == served.exists


def test_what_is_not_kept(served: Served, caller: Caller, tenant_a: Tenant):
    """401, 403, 413, 415 and a body that is no JSON leave the key free. (For 429 and 5xx see below and test_27.)"""
    path, body = f"/{served.name}", {served.text: "A"}
    weak = Caller(caller.client, f"{served.name}:read")
    stranger = Caller(caller.client)
    stranger.token = "unknown"
    many = {served.name: [{}] * 10_001}

    refused = [
        stranger.post(path, body, idempotency_key=KEY),
        weak.post(path, body, idempotency_key=KEY),
        caller.post(path, b" " * (33 * 1024 * 1024), idempotency_key=KEY),
        caller.post(f"{path}/bulk/id", many, idempotency_key=KEY),
        caller.post(path, body, idempotency_key=KEY, content_type="text/plain"),
        caller.post(path, b"{", idempotency_key=KEY),
        caller.post(path, b'"\\u0000"', idempotency_key=KEY),
        caller.post(path, b"\x1f\x8b", idempotency_key=KEY, content_encoding="gzip"),
    ]

    assert [reply.status for reply in refused] == [401, 403, 413, 413, 415, 400, 400, 400]
    assert {reply.error[1] for reply in refused[5:]} == {10005}
    assert KeptAnswer.objects.count() == 0
    assert caller.post(path, body, idempotency_key=KEY).status == 201


def test_a_failure_on_our_side_is_not_kept_and_leaves_nothing(served: Served, caller: Caller):
    table = served.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT odd CHECK (source_id <> 'odd')")
        failed = caller.post(f"/{served.name}", {"source": "E", "sourceId": "odd"}, idempotency_key=KEY)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT odd")

    assert (failed.status, KeptAnswer.objects.count(), served.model.objects.count()) == (500, 0, 0)
    first, again = twice(caller, "POST", f"/{served.name}", {"source": "E", "sourceId": "odd"})
    replayed(first, again)
    assert first.status == 201


@pytest.mark.parametrize("sent", ["", " ", "x" * 256, "a b", "é", "a\x7f"])
def test_what_is_no_key(served: Served, caller: Caller, sent: str):
    reply = caller.post(f"/{served.name}", {}, idempotency_key=sent)

    assert reply.error == (
        400,
        10017,
        "PayloadValidationError",
        ["Idempotency-Key must be 1 to 255 visible ASCII characters"],
    )
    assert served.model.objects.count() == KeptAnswer.objects.count() == 0


@pytest.mark.parametrize("sent", ["x" * 255, "!~", '"quoted"'])
def test_what_is_a_key(served: Served, caller: Caller, sent: str):
    assert caller.post(f"/{served.name}", {}, idempotency_key=sent).status == 201
    assert caller.post(f"/{served.name}", {}, idempotency_key=sent).headers["Idempotency-Replayed"] == "true"


def test_reading_does_not_ask_for_the_key(served: Served, caller: Caller, tenant_a: Tenant):
    path = f"/{served.name}/id/{make_record(served.model, tenant_a).pk}"

    for sent in (KEY, KEY, "no key"):
        reply = caller.get(path, idempotency_key=sent)
        assert (reply.status, reply.headers.get("Idempotency-Replayed")) == (200, None)
    assert KeptAnswer.objects.count() == 0


def test_the_order_of_checks(served: Served, caller: Caller):
    """After scope, media type and JSON; before the lookup key and everything about the record."""
    caller.post(f"/{served.name}", {}, idempotency_key=KEY)
    path = f"/{served.name}/Id/1"

    assert Caller(caller.client, "users:read").patch(path, {}, idempotency_key=KEY).status == 403
    assert caller.patch(path, {}, idempotency_key=KEY, content_type="text/plain").status == 415
    assert caller.patch(path, b"{", idempotency_key=KEY).error[1] == 10005
    assert caller.patch(path, b"{", idempotency_key="no key").error[1] == 10005
    assert caller.patch(path, b'{"a":"\\u0000"}', idempotency_key=KEY).error[1] == 10005
    assert caller.patch(path, {"nothing": 1}, idempotency_key="no key").error[1] == 10017
    assert caller.patch(path, {"nothing": 1}, idempotency_key=KEY).error[1] == 10027
    assert caller.patch(path, {"nothing": 1}).error[1] == 10006
    # A DELETE needs no body, and what comes with it is not read as JSON.
    assert caller.delete(path, idempotency_key=KEY).error[1] == 10027
    assert caller.call("DELETE", path, b"{", idempotency_key=KEY).error[1] == 10027


def test_after_24_hours_the_key_is_free(served: Served, caller: Caller):
    def age(hours: float) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE api_keptanswer SET created_at = now() - make_interval(secs => %s)", [hours * 3600])

    first = caller.post(f"/{served.name}", {}, idempotency_key=KEY)
    age(23.99)
    replayed(first, caller.post(f"/{served.name}", {}, idempotency_key=KEY))
    age(24.01)
    second = caller.post(f"/{served.name}", {served.text: "other"}, idempotency_key=KEY)

    assert (second.status, second.headers.get("Idempotency-Replayed")) == (201, None)
    replayed(second, caller.post(f"/{served.name}", {served.text: "other"}, idempotency_key=KEY))
    assert KeptAnswer.objects.count() == 1
