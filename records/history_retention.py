"""Thinning out the history of tenants that do not keep it for ever (docs/decisions/0022-history-pages.md).

What is older than a tenant's limit goes, but for the last event of each record that still exists: it says what the
first change that is kept changed, whether a record came out of the recycle bin, and where a walk through a list found
it. Up to the *floor* nothing else is left. The change feed begins behind the floor, and a cursor below it has expired.

A feed is thinned out in its own order, so that what is kept of it is whole: were events removed by their time alone, a
cursor could stand between a kept and a removed one, and its reader would miss something without being told.

Locks: the floor of one kind of records in one tenant, for a chunk.
Cost:  a chunk walks the index of the feed for its events and probes the index of the records for each. Rows below an
       owner have no feed; their events are walked in the order of their keys.
"""

import datetime
import itertools
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone
from pghistory.models import Context

from records.changes import HORIZON
from records.events import event_model
from records.history import owners_below
from records.models import HistoryFloor, Record
from records.operations import kinds
from recyclebin.purge_guard import deleting_for_good
from tenants.models import Tenant

CHUNK = 2_000
"""Events that are looked at in one transaction."""

SECONDS = 5.0
"""How long a job works before it lets others have the worker."""


class Thinned(NamedTuple):
    """What one chunk did. ``looked_at`` is 0 when there was nothing left to look at."""

    looked_at: int
    removed: int


def work(first: int = 0, *, seconds: float = SECONDS, chunk: int = CHUNK) -> tuple[int, int | None]:
    """Thin out the histories of all tenants with a limit, those from ``first`` on, until the time is up.

    Returns: how many events were removed, and the tenant to go on with: None when all are done.
    """
    deadline = time.monotonic() + seconds
    removed = 0
    limits = Tenant.objects.filter(history_days__isnull=False, pk__gte=first).order_by("pk")
    for tenant, days in limits.values_list("pk", "history_days"):
        before = timezone.now() - datetime.timedelta(days=days or 0)
        for model in kinds():
            while (done := thin_out(model, tenant, before=before, chunk=chunk)).looked_at:
                removed += done.removed
                if time.monotonic() > deadline:
                    return removed, tenant
    return removed, None


def thin_out(model: type[Record], tenant: int, *, before: datetime.datetime, chunk: int = CHUNK) -> Thinned:
    """One chunk: look at the next events of these records that began before a time, and remove what is superseded.

    The newest event is never passed: who has read up to it keeps a good cursor, however quiet it is.
    """
    with transaction.atomic():
        floor, _made = HistoryFloor.objects.select_for_update(no_key=True).get_or_create(
            tenant_id=tenant, type=model._meta.model_name
        )
        with connection.cursor() as cursor:
            asked = {"tenant": tenant, "position": floor.position, "event": floor.event, "limit": chunk + 1}
            cursor.execute(_next(model), asked | {"before": before})
            found = cursor.fetchall()
        # The last one found is the newest of all, or belongs to the next chunk.
        old = list(itertools.takewhile(lambda row: row[-1], found[:-1]))
        if not old:
            return Thinned(0, 0)
        removed = _remove(model, tenant, ((record, event, label) for _, event, record, label, _ in old))
        floor.position, floor.event = old[-1][:2]
        floor.save(update_fields=["position", "event"])
        return Thinned(len(old), removed)


def _next(model: type[Record]) -> str:
    """Events behind the floor, in the order of the feed or, where there is none, of their keys; whether each is old."""
    ordered = "e.pgh_id" if owners_below(model) else "e.pgh_position, e.pgh_id"
    place = "%(event)s" if owners_below(model) else "%(position)s, %(event)s"
    return f"""
SELECT e.pgh_position, e.pgh_id, e.pgh_obj_id, e.pgh_label, e.pgh_created_at < %(before)s
  FROM {event_model(model)._meta.db_table} e
 WHERE e.tenant_id = %(tenant)s AND ({ordered}) > ({place}) AND e.pgh_position < {HORIZON}
 ORDER BY {ordered} LIMIT %(limit)s
"""  # noqa: S608


def _remove(model: type[Record], tenant: int, events: Iterable[tuple[int, int, str]]) -> int:
    """Remove what is older than the last of these events of each record, and that one too if it ended the record."""
    last: dict[int, tuple[int, str]] = {}
    for record, event, label in events:
        if record not in last or event > last[record][0]:
            last[record] = event, label
    bounds: list[Any] = [event + (label == "delete") for event, label in last.values()]
    table = event_model(model)._meta.db_table
    with deleting_for_good(), connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} e USING unnest(%s::bigint[], %s::bigint[]) AS superseded (record, below)"  # noqa: S608
            " WHERE e.pgh_obj_id = superseded.record AND e.pgh_id < superseded.below AND e.tenant_id = %s"
            " RETURNING e.pgh_context_id",
            [list(last), bounds, tenant],
        )
        operations = [operation for (operation,) in cursor.fetchall()]
        _forget_operations({operation for operation in operations if operation})
    return len(operations)


def _forget_operations(operations: set[Any]) -> None:
    """Remove the names of operations of which no event is left."""
    left = Context.objects.filter(pk__in=operations)
    for model in kinds():
        kept = event_model(model).objects.filter(pgh_context_id__in=operations).values("pgh_context_id")
        left = left.exclude(pk__in=kept)
    left.delete()
