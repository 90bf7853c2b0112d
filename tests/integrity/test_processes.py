"""Checklist 17, the whole of it: processes that write to the same records in every way there is.

Four API clients, each in a process of its own, send bulks, single writes, deletions, addresses and prices of all five
resources to ``manage.py serve --workers 2``, whose job worker takes search text in; two more processes work in the back
office. Afterwards the database is asked whether it is sound, and whether its history holds exactly what was told.

``INTEGRITY_SECONDS=600`` for a long look, ``INTEGRITY_SEED`` for another one.
"""

import multiprocessing
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import pytest
from django.db import connection

from records.rebuilding import rebuild_search_text
from tests.api.caller import issue_token
from tests.api.serving import database_url, product_served
from tests.factories import make_api_client, make_staff, make_tenant
from tests.integrity import staff
from tests.integrity.invariants import COMPANIES, CONTACTS, CUSTOMERS, USERGROUPS, USERS, broken
from tests.integrity.traffic import Change, drive
from tests.records.search_texts import search_texts
from tests.records.sending import RESOURCES

SECONDS = float(os.environ.get("INTEGRITY_SECONDS", "12"))
SEED = int(os.environ.get("INTEGRITY_SEED", "1"))
CLIENTS, STAFF = 4, 2
PEOPLE = (CUSTOMERS, USERS, CONTACTS)

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def recorded() -> set[Change]:
    """What the history says that requests changed: records of their own accord, and that addresses were among it."""
    tables = {
        "customers": CUSTOMERS, "users": USERS, "contacts": CONTACTS, "usergroups": USERGROUPS, "companies": COMPANIES,
    }  # fmt: skip
    found: set[Change] = set()
    with connection.cursor() as cursor:
        for resource, table in tables.items():
            cursor.execute(
                f"SELECT c.metadata ->> 'request_id', '{resource}', e.pgh_obj_id FROM {table.events} e"
                " JOIN pghistory_context c ON c.id = e.pgh_context_id"
                " LEFT JOIN recyclebin_deletion d ON d.id = e.deletion_id"
                f" WHERE c.metadata ->> 'request_id' <> '' AND c.metadata ->> 'request_id' NOT LIKE '%-address'"
                f" AND (d.id IS NULL OR (d.root_type, d.root_id) = ('{table.type}', e.pgh_obj_id))"
            )
            found |= set(cursor.fetchall())
        cursor.execute(
            "SELECT c.metadata ->> 'request_id', 'addresses', 0 FROM addresses_addressevent e"
            " JOIN pghistory_context c ON c.id = e.pgh_context_id WHERE c.metadata ->> 'request_id' LIKE '%-address'"
        )
        return found | set(cursor.fetchall())


def debtor_numbers(tenant: int) -> list[str]:
    """The numbers that people were given: nobody sends any, so everyone has one."""
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"SELECT debtor_id FROM {table.name} WHERE tenant_id = %s" for table in PEOPLE),
            [tenant] * len(PEOPLE),
        )
        return [number for (number,) in cursor.fetchall()]


def test_everybody_at_once():
    tenant, other = make_tenant("a", debtor_numbering=True, next_debtor_number=1000), make_tenant("b")
    # The last client writes the same keys into the other tenant.
    tokens = [
        issue_token(make_api_client(owner, requests_per_minute=0), seconds=int(SECONDS) + 600)
        for owner in (*[tenant] * (CLIENTS - 1), other)
    ]
    olivia = make_staff("Olivia", (tenant, "owner"))
    before = deadlocks()

    with (
        product_served("--workers", "2") as server,
        ProcessPoolExecutor(CLIENTS + STAFF, mp_context=multiprocessing.get_context("spawn")) as pool,
    ):
        clients = [
            pool.submit(drive, server.url, token, SEED * 100 + number, SECONDS) for number, token in enumerate(tokens)
        ]
        office = [
            pool.submit(staff.work, database_url(), tenant.pk, olivia.pk, SEED * 100 + number, SECONDS)
            for number in range(STAFF)
        ]
        reports = [client.result() for client in clients]
        done = sum((worker.result() for worker in office), Counter())

    print(dict(sorted(sum((report.answers for report in reports), Counter()).items())))
    print(dict(done), "again:", [report.again for report in reports])
    assert [report.odd for report in reports] == [[]] * CLIENTS
    assert deadlocks() == before
    assert broken() == {}
    told = [change for report in reports for change in report.told]
    assert recorded() == set(told)
    numbers = debtor_numbers(tenant.pk)
    assert sorted(map(int, numbers)) == sorted({int(number) for number in numbers})
    texts = search_texts().order_by("type", "record")
    stored = list(texts.values())
    for resource in RESOURCES:
        list(rebuild_search_text(resource))
    assert list(search_texts().order_by("type", "record").values()) == stored
