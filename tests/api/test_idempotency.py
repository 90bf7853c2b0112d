"""How first answers are kept: what is stored, what others see of it, and what happens when requests meet."""

import threading
import time
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import close_old_connections, connection
from django.utils import timezone

from api.jobs import forget_answers
from api.models import KeptAnswer
from customers.models import Customer
from tenants.models import Tenant
from tests.api.caller import Caller, Reply, make_caller
from tests.factories import make_customer, make_tenant
from tests.recyclebin.two_connections import PATIENCE, Meanwhile

KEY = "key-1"
SSN = "123456782"


def test_of_the_request_digests_only_are_stored(caller: Caller):
    caller.post("/customers?x=query-7", {"lastName": "Geheim", "ssn": SSN}, idempotency_key="key-secret")

    (kept,) = KeptAnswer.objects.all()
    assert (kept.client, kept.status, len(kept.digest), len(kept.fingerprint)) == (caller.client, 201, 32, 32)
    stored = b"".join(bytes(value) if isinstance(value, memoryview) else repr(value).encode()
                      for value in KeptAnswer.objects.values_list().get())  # fmt: skip
    for text in (b"key-secret", b"query-7", b"Geheim", SSN.encode(), caller.token.encode()):
        assert text not in stored
    assert list(kept.headers) == ["ETag", "Location"]


def test_the_answer_to_a_large_bulk_is_stored_compressed(caller: Caller):
    rows = [{"source": "ERP", "sourceId": f"K-{number}"} for number in range(2000)]
    reply = caller.post("/customers/bulk/sourceId?dryRun=true", {"customers": rows}, idempotency_key=KEY)

    assert len(reply.content) > 150_000
    assert len(KeptAnswer.objects.get().body) < len(reply.content) / 10


def test_a_key_is_no_way_around_a_scope(tenant_a: Tenant):
    """A first answer shows a social security number; a token without ``ssn:read`` is not shown it again."""
    full = make_caller(tenant_a)
    lesser = Caller(full.client, "customers:write", "ssn:write")
    path = f"/customers/id/{make_customer(tenant_a, ssn=SSN).pk}"
    shown = full.patch(path, {}, idempotency_key=KEY)

    assert shown.data["ssn"] == SSN
    assert lesser.patch(path, {}, idempotency_key=KEY).error == (
        403,
        10022,
        "Forbidden",
        ["The access token lacks the scope [ssn:read]"],
    )
    assert Caller(full.client, "customers:write", "ssn:read").patch(path, {}, idempotency_key=KEY).content == (
        shown.content
    )
    # Nothing is shown where there is nothing to see.
    other = f"/customers/id/{make_customer(tenant_a).pk}"
    full.patch(other, {}, idempotency_key="key-2")
    assert lesser.patch(other, {}, idempotency_key="key-2").headers["Idempotency-Replayed"] == "true"


def test_a_scope_that_the_body_needs_leaves_the_key_free(tenant_a: Tenant):
    full = make_caller(tenant_a)
    lesser = Caller(full.client, "customers:write")

    assert lesser.post("/customers", {"ssn": SSN}, idempotency_key=KEY).status == 403
    assert full.post("/customers", {"ssn": SSN}, idempotency_key=KEY).status == 201


@pytest.mark.parametrize(("header", "statements"), [({}, 0), ({"idempotency_key": KEY}, 4)])
def test_what_it_costs(caller: Caller, django_assert_num_queries: Any, header: dict[str, str], statements: int):
    """Claim, a savepoint and its release, keep; and not one statement without the header."""
    caller.post("/customers", {})
    with django_assert_num_queries(0) as counted:
        pass
    with counted:
        caller.post("/customers", {})
    plain = len(counted)
    with django_assert_num_queries(plain + statements + (2 if header else 0)):
        caller.post("/customers", {}, **header)


def test_expired_answers_are_removed(caller: Caller, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("api.jobs.CHUNK", 2)
    for number in range(7):
        caller.post("/customers", {}, idempotency_key=f"k{number}")
    old = list(KeptAnswer.objects.order_by("pk")[:5].values_list("pk", flat=True))
    KeptAnswer.objects.filter(pk__in=old).update(created_at=timezone.now() - timedelta(hours=24, seconds=1))

    assert forget_answers(0) == 5
    assert KeptAnswer.objects.count() == 2
    assert forget_answers(0) == 0


# Requests that meet


@pytest.mark.django_db(transaction=True)
def test_while_the_first_one_runs_the_second_is_told_so_at_once():
    caller = make_caller(make_tenant("a"))
    caller.get("/customers/id/1")
    body = {"customers": [{"source": "E", "sourceId": "1"}, {"source": "E", "sourceId": "2"}]}

    def push() -> Reply:
        return Caller(caller.client).post("/customers/bulk/sourceId", body, idempotency_key=KEY)

    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as blocker:
        blocker.execute("LOCK TABLE customers_customer IN SHARE ROW EXCLUSIVE MODE")
        first = Meanwhile(push)
        first.wait_until_blocked()
        started = time.monotonic()
        second = push()
        other = caller.post("/customers", {}, idempotency_key=KEY)
        broken = caller.post("/customers", b"{", idempotency_key=KEY)
        waited = time.monotonic() - started
        blocker.rollback()

    assert [reply.code for reply in (second, other)] == [(409, 10028, "IdempotencyKeyInProgress")] * 2
    assert second.headers["Retry-After"] == "1"
    assert broken.error[1] == 10005
    assert waited < 2
    done, again = first.result(), push()
    assert (done.status, again.content, again.headers["Idempotency-Replayed"]) == (200, done.content, "true")
    assert caller.post("/customers", {}, idempotency_key=KEY).status == 422
    assert Customer.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_key_whose_connection_died_is_free_again():
    """The claim is a lock of the transaction: a process that is gone cannot keep it."""
    caller = make_caller(make_tenant("a"))
    caller.get("/customers/id/1")

    def push() -> Reply:
        return Caller(caller.client).post("/customers", {}, idempotency_key=KEY)

    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as blocker:
        blocker.execute("LOCK TABLE customers_customer IN SHARE ROW EXCLUSIVE MODE")
        first = Meanwhile(push)
        first.wait_until_blocked()
        assert push().status == 409
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first._pid])
        assert first.result().code == (503, 10030, "ServiceUnavailable")
        blocker.rollback()
    close_old_connections()

    assert push().status == 201
    assert Customer.objects.count() == KeptAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_done():
    caller = make_caller(make_tenant("a"))
    barrier = threading.Barrier(4)

    def push() -> list[Reply]:
        replies = []
        for number in range(50):
            barrier.wait(PATIENCE)
            replies.append(caller.post("/customers", {"lastName": "Once"}, idempotency_key=f"key-{number}"))
        return replies

    answers = [running.result() for running in [Meanwhile(push) for _ in range(4)]]

    for replies in zip(*answers, strict=True):
        done = [reply for reply in replies if reply.status == 201 and "Idempotency-Replayed" not in reply.headers]
        assert len(done) == 1
        assert {reply.status for reply in replies} <= {201, 409}
        assert {reply.content for reply in replies if reply.status == 201} == {done[0].content}
    assert Customer.objects.count() == 50


@pytest.mark.django_db(transaction=True)
def test_whoever_gets_the_key_sees_what_was_done_under_it():
    """The second request begins to ask for the key before the first one ends, and gets it afterwards.

    A function in front of PostgreSQL's own holds the second request up at that very point.
    """
    caller = make_caller(make_tenant("a"))
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as gate:
        gate.execute("""
            CREATE FUNCTION pg_try_advisory_xact_lock(key bigint) RETURNS boolean LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_advisory_xact_lock_shared(1);
                RETURN pg_catalog.pg_try_advisory_xact_lock(key);
            END $$""")
        gate.commit()
        gate.execute("SELECT pg_advisory_xact_lock(1)")

        def held_up() -> Reply:
            with connection.cursor() as cursor:
                cursor.execute("SET search_path = public, pg_catalog")
            return caller.post("/customers", {}, idempotency_key=KEY)

        second = Meanwhile(held_up)
        second.wait_until_blocked()
        first = caller.post("/customers", {}, idempotency_key=KEY)
        gate.rollback()
        reply = second.result()
        gate.execute("DROP FUNCTION public.pg_try_advisory_xact_lock(bigint)")

    assert (first.status, reply.content, reply.headers["Idempotency-Replayed"]) == (201, first.content, "true")
    assert Customer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_retries_of_the_engine_work_below_the_key(round_: int):
    """Bulks and single writes that race for the same keys, each in the transaction of its own key.

    What loses a race is worked out anew in a savepoint, and whoever is refused is told so, not that something broke.
    """
    caller = make_caller(make_tenant("a"))
    sources = [f"K-{number}" for number in range(12)]
    barrier = threading.Barrier(4)

    def bulk(writer: int) -> list[Reply]:
        order = sources[writer:] + sources[:writer]
        rows = [{"source": "E", "sourceId": key, "lastName": f"{writer}"} for key in order]
        barrier.wait()
        return [
            caller.post("/customers/bulk/sourceId", {"customers": rows}, idempotency_key=f"{writer}-{n}")
            for n in range(4)
        ]

    def single(writer: int) -> list[Reply]:
        barrier.wait()
        return [
            caller.post("/customers", {"source": "E", "sourceId": key}, idempotency_key=f"{writer}-{key}")
            for key in sources
        ]

    works = [Meanwhile(lambda: bulk(0)), Meanwhile(lambda: single(1)), Meanwhile(lambda: single(2))]
    works.append(Meanwhile(lambda: bulk(3)))
    replies = [work.result() for work in works]

    assert {reply.status for reply in (*replies[0], *replies[3])} == {200}
    assert all(row["success"] for reply in (*replies[0], *replies[3]) for row in reply.data)
    assert {reply.status for reply in (*replies[1], *replies[2])} <= {201, 400}
    assert {reply.error[1] for reply in (*replies[1], *replies[2]) if reply.status == 400} <= {60004}
    assert sorted(Customer.objects.values_list("source_id", flat=True)) == sorted(sources)
    created = [reply for reply in (*replies[1], *replies[2]) if reply.status == 201]
    created_rows = [row for reply in (*replies[0], *replies[3]) for row in reply.data if row["action"] == "create"]
    assert len(created) + len(created_rows) == len(sources)
    # Every one of them is kept as it was told, refusals included.
    assert KeptAnswer.objects.count() == 4 + 4 + 2 * len(sources)
    assert caller.post("/customers", {"source": "E", "sourceId": "K-3"}, idempotency_key="1-K-3").content == (
        replies[1][3].content
    )


@pytest.mark.django_db(transaction=True)
def test_a_lost_race_is_worked_out_anew_inside_the_transaction_of_the_key():
    """Somebody else creates the record between the look and the write: the bulk finds it and updates it."""
    caller = make_caller(make_tenant("a"))
    caller.post("/customers", {"source": "E", "sourceId": "0"})
    body = {"customers": [{"source": "E", "sourceId": "1", "lastName": "Bulk"}, {"source": "E", "sourceId": "2"}]}

    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        tenant = caller.client.tenant_id
        other.execute(
            "INSERT INTO customers_customer (tenant_id, source, source_id, version, created_at, modified_at,"
            f" {', '.join(text_columns())}) SELECT {tenant}, 'E', '1', 1, now(), now(), {blanks()}"
        )
        racing = Meanwhile(lambda: caller.post("/customers/bulk/sourceId", body, idempotency_key=KEY))
        racing.wait_until_blocked()
        other.commit()
    reply = racing.result()

    assert [(row["action"], row["success"]) for row in reply.data] == [("update", True), ("create", True)]
    assert sorted(Customer.objects.values_list("source_id", "last_name")) == [("0", ""), ("1", "Bulk"), ("2", "")]
    assert caller.post("/customers/bulk/sourceId", body, idempotency_key=KEY).content == reply.content


def text_columns() -> list[str]:
    given = {"tenant", "source", "source_id", "version", "created_at", "modified_at", "id"}
    return [field.column for field in Customer._meta.concrete_fields if not field.null and field.name not in given]


def blanks() -> str:
    return ", ".join("'u'" if column == "gender" else "''" for column in text_columns())
