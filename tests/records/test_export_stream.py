"""Running exports: one moment, one connection each, so many at once, and what becomes of those that are left early."""

import time
from contextlib import closing

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test import override_settings

from customers.contracts import CUSTOMERS
from customers.models import Customer
from records.export_stream import CHUNK, ExportStream, TooManyExports
from records.exports import Csv, Ndjson
from tests.api.caller import make_caller
from tests.factories import make_customer
from tests.records.feed import execute

pytestmark = pytest.mark.django_db(transaction=True)

WIDE = ("abbreviation", "title", "login", "phone", "mobile", "fax", "pricelist_amount", "debtor_id")
ALL = "customers_customer.tenant_id = %s"


def make_many(tenant, count=2000, wide=WIDE):
    """Some chunks of customers, written around the verbs."""
    make_customer(tenant, **dict.fromkeys(wide, "x" * 255))
    names = ", ".join(field.column for field in Customer._meta.concrete_fields if field.column != "id")
    execute(
        f"INSERT INTO customers_customer ({names}) SELECT {names} FROM customers_customer, generate_series(2, {count})"
    )


def running(kind="client backend"):
    """How many exports PostgreSQL works at; how many processes help with them: ``parallel worker``."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'COPY (SELECT%%' AND backend_type = %s",
            [kind],
        )
        return cursor.fetchone()[0]


def wait_until_nothing_runs():
    end = time.monotonic() + 10
    while running():
        assert time.monotonic() < end, "The query runs on."
        time.sleep(0.01)


@pytest.mark.parametrize("layout", [Csv(CUSTOMERS), Ndjson(CUSTOMERS)], ids=lambda layout: layout.extension)
def test_it_is_what_was_there_when_it_began(tenant_a, layout):
    make_many(tenant_a)
    before = set(Customer.objects.values_list("pk", flat=True))
    stream = ExportStream(layout, ALL, [tenant_a.pk])
    first = next(stream)
    Customer.everything.update(title="changed meanwhile")
    make_customer(tenant_a)

    chunks = [first, *stream]
    stream.close()

    lines = b"".join(chunks).splitlines()
    assert len(chunks) > 5
    assert len(lines) == len(before) + (layout.extension == "csv")
    assert b"changed meanwhile" not in b"".join(chunks)
    assert stream.rows == len(before)


def test_memory_holds_one_chunk(tenant_a):
    make_many(tenant_a)

    stream = ExportStream(Csv(CUSTOMERS), ALL, [tenant_a.pk])
    sizes = [len(chunk) for chunk in stream]
    stream.close()

    assert max(sizes) < 1.1 * CHUNK
    assert sum(sizes) > 5 * CHUNK


def test_one_that_is_left_early_ends_at_once(tenant_a):
    make_many(tenant_a, 20_000)
    stream = ExportStream(Ndjson(CUSTOMERS), ALL, [tenant_a.pk])
    next(stream)
    assert running() == 1

    stream.close()
    stream.close()

    wait_until_nothing_runs()


@pytest.mark.parametrize(("layout", "helpers"), [(Csv(CUSTOMERS), 1), (Ndjson(CUSTOMERS), 0)])
def test_another_process_helps_with_a_large_csv(tenant_a, layout, helpers):
    make_many(tenant_a, 80_000, wide=())
    execute("ANALYZE customers_customer")
    with closing(ExportStream(layout, ALL, [tenant_a.pk])) as stream:
        next(stream)
        deadline = time.monotonic() + 30
        while (helping := running("parallel worker")) < helpers and time.monotonic() < deadline:
            time.sleep(0.02)  # a process takes its time to begin
    wait_until_nothing_runs()

    assert (helping, running("parallel worker")) == (helpers, 0)


def test_one_that_is_cancelled_says_so(tenant_a):
    make_many(tenant_a, 20_000)
    stream = ExportStream(Ndjson(CUSTOMERS), ALL, [tenant_a.pk])

    stream.cancel()

    with pytest.raises(OperationalError):
        list(stream)
    stream.close()
    wait_until_nothing_runs()


def test_one_that_fails_at_once_holds_nothing(tenant_a, settings):
    for _ in range(settings.EXPORTS_PER_PROCESS + 1):
        with pytest.raises(DatabaseError):
            ExportStream(Csv(CUSTOMERS), "no_such_column = %s", [1])
    wait_until_nothing_runs()


def test_a_process_runs_so_many_at_once(tenant_a, settings):
    make_customer(tenant_a)
    caller = make_caller(tenant_a)
    streams = [ExportStream(Csv(CUSTOMERS), ALL, [tenant_a.pk]) for _ in range(settings.EXPORTS_PER_PROCESS)]

    with pytest.raises(TooManyExports):
        ExportStream(Csv(CUSTOMERS), ALL, [tenant_a.pk])
    refused = caller.get("/customers/export")
    streams.pop().close()
    served = caller.get("/customers/export")

    message = "Other exports are running. It is safe to send the request again"
    assert refused.error == (503, 10030, "ServiceUnavailable", [message])
    assert refused.headers["Retry-After"] == "30"
    assert (served.status, served.content.count(b"\n")) == (200, 1)
    for stream in streams:
        stream.close()


def test_an_export_that_was_read_to_its_end_makes_room(tenant_a, settings):
    caller = make_caller(tenant_a)

    for _ in range(settings.EXPORTS_PER_PROCESS + 2):
        assert caller.get("/customers/export").status == 200
    wait_until_nothing_runs()


@override_settings(SEARCH_TIMEOUT=0.001)
def test_what_fails_before_the_first_byte_is_an_ordinary_refusal(tenant_a):
    make_many(tenant_a, 50_000)

    assert make_caller(tenant_a).get("/customers/export").code == (503, 10030, "ServiceUnavailable")
