"""What happened to the records of a tenant, read from the change history (lookup API contract, section 9a).

docs/explanation/change-feed.md tells how positions work and why nothing that commits late is skipped.

Locks: none. Readers wait for nobody and nobody waits for them.
Cost:  a page probes the index (tenant, position, key) once and walks it for as many entries as it gives; for each entry
       that is an update it probes the small index of the events of the recycle bin.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from django.core import signing
from django.db import connection

from records.events import event_model
from records.resources import Resource

MOST = 1000
"""Changes in one answer."""

ACTIONS = (
    ("create", "e.pgh_label = 'insert'"),
    ("purge", "e.pgh_label = 'delete'"),
    ("erase", "e.erased_at IS NOT NULL"),
    ("delete", "e.deletion_id IS NOT NULL AND e.deletion_id IS DISTINCT FROM earlier.deletion_id"),
    ("restore", "e.deletion_id IS NULL AND earlier.is_last"),
    ("update", "TRUE"),
)
"""What an event is called: the first whose condition holds. ``e`` is the event, ``earlier`` the latest one before it
that found its record in the recycle bin, ``is_last`` whether no other came in between."""


class Cursor(NamedTuple):
    """The last event that a reader has seen, and when it began, in microseconds: keys return after a restore."""

    position: int
    event: int
    at: int


START = Cursor(0, 0, 0)


class CursorInvalid(Exception):
    """This is no cursor, or one of another tenant or resource."""


class CursorExpired(Exception):
    """What comes behind the event that the cursor names is not kept any more, or it never happened here."""


class Change(NamedTuple):
    """One change. ``at`` is when its transaction began, as the contract writes times; ``cursor`` leads behind it."""

    action: str
    id: int
    source: str
    source_id: str
    at: str
    cursor: Cursor


def changes_since(resource: Resource, tenant: int, after: Cursor, limit: int) -> list[Change]:
    """The changes behind a cursor, oldest first, ``limit`` at most.

    A change is given when every transaction is over that could still write one before it, so that a reader who goes
    on behind the last one misses nothing. A change that saw another one committed comes behind it.

    Cost:   one statement.
    Errors: CursorExpired.
    """
    parameters = {"tenant": tenant, "limit": limit, **after._asdict()}
    with connection.cursor() as cursor:
        cursor.execute(_statement(resource), parameters)
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    if not rows[0][0]:
        raise CursorExpired
    return [
        Change(action, pk, source, source_id, at, Cursor(*place))
        for _, *place, action, pk, source, source_id, at in rows
        if action is not None
    ]


def newest(resource: Resource, tenant: int) -> Cursor:
    """A cursor behind all that is over by now. What comes later, and what is still being written, lies behind it.

    Cost: one statement.
    """
    table = event_model(resource.model)._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.pgh_position, e.pgh_id, {_MICROSECONDS} FROM {table} e"  # noqa: S608
            f" WHERE e.tenant_id = %s AND e.pgh_position < {HORIZON}"
            " ORDER BY e.pgh_position DESC, e.pgh_id DESC LIMIT 1",
            [tenant],
        )
        found = cursor.fetchone()
    return Cursor(*found) if found else START


def sealed(cursor: Cursor, resource: Resource, tenant: int) -> str:
    """A cursor as its reader gets it: opaque, signed, good for this tenant and resource."""
    return signing.dumps(tuple(cursor), salt=_salt(resource, tenant))


def unsealed(text: str, resource: Resource, tenant: int) -> Cursor:
    """Errors: CursorInvalid."""
    try:
        return Cursor(*signing.loads(text, salt=_salt(resource, tenant)))
    except signing.BadSignature:
        raise CursorInvalid from None


def _salt(resource: Resource, tenant: int) -> str:
    return f"changes:{tenant}:{resource.name}"


# Read by the same snapshot as the events: with a later one it would let pass what the events do not show yet.
HORIZON = "(SELECT (records_change_era_v1() << 44) + pg_snapshot_xmin(pg_current_snapshot())::text::bigint)"

_MICROSECONDS = "(extract(epoch FROM e.pgh_created_at) * 1000000)::bigint"


@cache
def _statement(resource: Resource) -> str:
    """Parameters: tenant, position, event, at, limit. The first column is whether the cursor is good."""
    table = event_model(resource.model)._meta.db_table
    cases = " ".join(f"WHEN {condition} THEN '{action}'" for action, condition in ACTIONS)
    return f"""
WITH floor AS MATERIALIZED (
    SELECT coalesce(max(position), 0) AS position, coalesce(max(event), 0) AS event
      FROM records_historyfloor WHERE tenant_id = %(tenant)s AND type = '{resource.type}'
)
SELECT known.good, page.* FROM (
    SELECT %(event)s = 0 OR ((%(position)s, %(event)s) >= (floor.position, floor.event) AND EXISTS (
        SELECT FROM {table} e WHERE e.pgh_id = %(event)s AND e.tenant_id = %(tenant)s
           AND e.pgh_position = %(position)s AND {_MICROSECONDS} = %(at)s)) AS good
      FROM floor
) known LEFT JOIN LATERAL (
    SELECT e.pgh_position, e.pgh_id, {_MICROSECONDS}, CASE {cases} END, e.pgh_obj_id, e.source, e.source_id,
           to_char(e.pgh_created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
      FROM {table} e LEFT JOIN LATERAL (
        SELECT b.deletion_id, NOT EXISTS (
            -- By the record: no range of keys, or the planner might walk through it.
            SELECT FROM {table} x WHERE x.pgh_obj_id = e.pgh_obj_id
               AND x.pgh_id + 0 > b.pgh_id AND x.pgh_id + 0 < e.pgh_id) AS is_last
          FROM {table} b WHERE b.pgh_obj_id = e.pgh_obj_id AND b.deletion_id IS NOT NULL AND b.pgh_id < e.pgh_id
         ORDER BY b.pgh_id DESC LIMIT 1) earlier ON e.pgh_label = 'update'
     WHERE e.tenant_id = %(tenant)s
       AND (e.pgh_position, e.pgh_id) > ((SELECT CASE %(event)s WHEN 0 THEN position ELSE %(position)s END FROM floor),
                                         (SELECT CASE %(event)s WHEN 0 THEN event ELSE %(event)s END FROM floor))
       AND e.pgh_position < {HORIZON}
     ORDER BY e.pgh_position, e.pgh_id LIMIT %(limit)s
) page ON known.good ORDER BY page.pgh_position, page.pgh_id
"""  # noqa: S608
