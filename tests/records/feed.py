"""Reading change feeds in tests, and transactions that are open meanwhile."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from customers.models import Customer
from records.changes import MOST, START, Change, Cursor, changes_since
from records.resources import Resource
from tenants.models import Tenant
from tests.recyclebin.two_connections import PATIENCE, Meanwhile


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


class Transaction:
    """A transaction on a connection of its own that does what it is told, step by step, until it is ended."""

    def __init__(self) -> None:
        self._todo: list[Callable[[], Any]] = []
        self._more = threading.Condition()
        self._busy = False
        self._ending: str = ""
        self._thread = Meanwhile(self._work)

    def _work(self) -> None:
        with transaction.atomic():
            while True:
                with self._more:
                    assert self._more.wait_for(lambda: self._todo or self._ending, PATIENCE)
                    if not self._todo:
                        break
                self._todo[0]()
                with self._more:
                    self._todo.pop(0)
                    self._more.notify_all()
            transaction.set_rollback(self._ending == "rollback")

    def do(self, step: Callable[[], Any]) -> None:
        """Do this, and wait until it is done."""
        with self._more:
            self._todo.append(step)
            self._more.notify_all()
            assert self._more.wait_for(lambda: not self._todo, PATIENCE)

    def end(self, how: str = "commit") -> None:
        with self._more:
            self._ending = how
            self._more.notify_all()
        self._thread.result()


def changed(tenant: Tenant, source_id: str, **values: Any) -> Callable[[], int]:
    """A step of a transaction: what another program writes by SQL."""
    return lambda: Customer.everything.filter(tenant=tenant, source_id=source_id).update(**values)
