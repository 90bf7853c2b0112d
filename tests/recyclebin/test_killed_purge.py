"""``kill -9`` of a process in the middle of a purge: what was begun is purging, and the job worker finishes it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from django.utils import timezone

from contacts.models import Company, Contact
from recyclebin import jobs
from recyclebin.models import Deletion, State, Tombstone
from recyclebin.verbs import restore
from tests.factories import make_company, make_contact, make_customer, put_in_bin, row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROOT = Path(__file__).parents[2]
CONTACTS = 12_000
PATIENCE = 120


@contextlib.contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command of the product as a process of its own on the test's database."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    started = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": urlunsplit(database), "BACKOFFICE_MODE": "development"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield started
    finally:
        started.kill()
        started.wait(timeout=PATIENCE)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def wait_until_alone() -> None:
    """A server notices that its client is gone only when it next reads from it, and rolls back then."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_killed_purge_is_finished_by_the_worker(tenant_a, actor):
    company = make_company(tenant_a, name="Grossmarkt")
    Contact.everything.bulk_create(
        Contact(tenant=tenant_a, company=company, last_name=f"Contact {number}") for number in range(CONTACTS)
    )
    beside = make_contact(tenant_a)
    waiting = put_in_bin(make_customer(tenant_a))
    deletion = put_in_bin(company)
    Deletion.objects.filter(pk=deletion.pk).update(expires_at=timezone.now())

    with process("purge_expired") as victim:
        wait_until(Tombstone.objects.exists)
        os.kill(victim.pid, signal.SIGKILL)
        assert victim.wait(timeout=PATIENCE) == -signal.SIGKILL
    wait_until_alone()

    # Whole chunks are gone, whole chunks are there, and the company with the latter.
    deletion.refresh_from_db()
    gone = Tombstone.objects.count()
    left = Contact.everything.filter(deletion=deletion).count()
    assert (deletion.state, deletion.label) == (State.PURGING, "Grossmarkt")
    assert (gone + left, gone % 5000, gone > 0, left > 0) == (CONTACTS, 0, True, True)
    assert row(company)["deletion_id"] == deletion.pk
    assert [one.reason for one in restore(deletions=[deletion.pk], actor=actor).failed] == [
        "It is being deleted permanently and cannot be restored any more."
    ]

    jobs.purge_expired.defer(timestamp=0)
    with process("worker", "--one-shot") as worker:
        assert worker.wait(timeout=PATIENCE) == 0

    deletion.refresh_from_db()
    assert (deletion.state, deletion.label, deletion.purged_by) == (State.PURGED, "", "Retention")
    assert list(Contact.everything.all()) == [beside]
    assert not Company.everything.exists()
    assert Tombstone.objects.filter(gone_with=deletion).count() == CONTACTS + 1
    waiting.refresh_from_db()
    assert waiting.state == State.BINNED
