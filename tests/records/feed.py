"""Reading change feeds in tests."""

import time
from typing import Any

from django.db import connection

from records.changes import MOST, START, Change, Cursor, changes_since
from records.resources import Resource
from tenants.models import Tenant

PATIENCE = 60


def wait_until_over() -> None:
    """Wait until every transaction is over that runs now, those of other tests in the same cluster included.

    A feed gives nothing that came after a transaction which still runs.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text")
        (mine,) = cursor.fetchone()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot()) > %s::xid8", [mine])
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("A transaction runs on and on.")


def read_on(resource: Resource, tenant: Tenant, after: Cursor = START, limit: int = MOST) -> list[Change]:
    """All that the feed gives by now behind a cursor, page after page."""
    found: list[Change] = []
    while page := changes_since(resource, tenant.pk, found[-1].cursor if found else after, limit):
        found += page
    return found


def told(changes: list[Change]) -> list[tuple[str, str]]:
    """What happened to which key."""
    return [(change.action, change.source_id) for change in changes]


def execute(statement: str, *parameters: Any) -> None:
    """Run SQL as psql would."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
