"""A walk in an order in which records move: by the last change, or by the name (docs/explanation/cursors.md).

A walk gives each record that lives throughout exactly once, however it moves meanwhile. Its base is what its first page
saw: every record has the place that it had then. A record *departs* by the first change that takes it from that place.
A page gives, in this order:

1. the records that departed since the page before and whose place was still to come: nobody will find them there;
2. what follows in the order, but for records that departed.

Which changes the page before saw is told by snapshots of PostgreSQL, not by clocks: a change that began earlier and was
committed later is not missed. One statement reads everything, so that no change can come in between.

Locks: none.
Cost:  changes since the page before are read by the index of the change feed, ``EVENTS`` of them for a page at most;
       while there are more, pages catch up and the walk waits. In the order, ``ROWS`` rows are looked at for a page.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from records.cleaning import Invalid
from records.events import event_model
from records.reads import Expansion, Read, read_columns
from records.selections import Found, Page, Selection, Walk

EVENTS, ROWS = 5_000, 5_000
DEPARTED, ONWARD = "departed", "onward"

SNAPSHOT = "pg_current_snapshot()::text, records_change_era_v1()"
"""What the first page of a walk reads besides, for ``Walk``."""


class _Row(NamedTuple):
    """A row of the statement: what is true of the whole page, then one record or nothing."""

    now: str
    era: int
    is_older: bool
    events: int
    last_position: int | None
    last_event: int | None
    kind: str | None
    position: int | None
    event: int | None
    key: Any
    id: int | None
    number: int | None


def following(
    selection: Selection,
    found: Found,
    expand: Expansion,
    *,
    tenant: int,
    size: int,
    key: Sequence[Any],
    walk: Walk,
) -> Page:
    """The next page of at most ``size`` records; it may have fewer, or none, while changes are caught up with.

    Errors: Invalid when the walk began in another life of the database: a backup was restored since.
    """
    parameters = selection.parameters
    statement = _statement(selection, _named(selection.listed(found), len(parameters)), expand, walk)
    named = msgspec.structs.asdict(walk) | {f"listed{place}": value for place, value in enumerate(parameters)}
    named |= {"tenant": tenant, "size": size, "key": key[0], "id": key[1], "events": EVENTS, "rows": ROWS}
    with connection.cursor() as cursor:
        cursor.execute(statement, named)
        read = cursor.fetchall()
    width = len(_Row._fields)
    rows = [(_Row(*values[:width]), values[width:]) for values in read]
    page = rows[0][0]
    if page.era != walk.era or page.is_older:
        raise Invalid("cursor: the database was restored from a backup since, begin anew without a cursor")
    departed = [(row, values) for row, values in rows if row.kind == DEPARTED]
    records = [Read.of(values) for _, values in departed]
    if len(departed) == size or page.events == EVENTS:
        full = departed[-1][0] if len(departed) == size else None
        position, event = (full.position, full.event) if full else (page.last_position, page.last_event)
        behind = Walk(walk.base, walk.era, walk.seen, walk.until or page.now, position, event)
        return Page(records, key, more=True, walk=behind)
    if walk.until is not None:
        return Page(records, key, more=True, walk=Walk(walk.base, walk.era, walk.until))
    onward = [(row, values) for row, values in rows if row.kind == ONWARD]
    given = onward[: size - len(departed)]
    records += [Read.of(values) for _, values in given]
    more, last = len(onward) > len(given), given[-1][0] if given else None
    if not more and (ends := [row for row, _ in rows if row.number == ROWS]):
        more, last = True, ends[0]
    return Page(records, (last.key, last.id) if last else key, more, Walk(walk.base, walk.era, page.now))


def _named(listed: str, count: int) -> str:
    """The statement with names for its placeholders, so that it can stand among others."""
    parts = listed.split("%s")
    if len(parts) != count + 1:
        raise AssertionError("A statement has another number of placeholders than of parameters.")
    return "".join(f"{part}%(listed{place})s" for place, part in enumerate(parts[:-1])) + parts[-1]


def _statement(selection: Selection, listed: str, expand: Expansion, walk: Walk) -> str:
    """The statement of a page; each row is a ``_Row`` and what makes a ``Read``."""
    resource, sort = selection.resource, selection.sort
    events, key = event_model(resource.model)._meta.db_table, sort.column
    place = sort.placeholders("key", "id")
    new = {
        snapshot: f"e.pgh_position >= {_floor(snapshot)}"
        f" AND NOT pg_visible_in_snapshot(e.pgh_xid, %({snapshot})s::pg_snapshot)"
        for snapshot in ("base", "seen")
    }
    start = "%(position)s, %(event)s" if walk.position else f"{_floor('seen')}, 0"
    until = "AND pg_visible_in_snapshot(e.pgh_xid, %(until)s::pg_snapshot)" if walk.until else ""
    # By the record, and so with "+ 0": no range of keys, or the planner might walk through the table's own.
    base = (
        f"(SELECT e.{key} FROM {events} e WHERE e.pgh_obj_id = {{id}} AND NOT ({new['base']})"  # noqa: S608
        " ORDER BY e.pgh_id + 0 DESC LIMIT 1)"
    )
    return f"""
WITH listed AS NOT MATERIALIZED ({listed}),
stream AS MATERIALIZED (
    SELECT e.pgh_position AS position, e.pgh_id AS event, e.pgh_obj_id AS id, e.{key} AS key, e.pgh_label AS label
      FROM {events} e
     WHERE e.tenant_id = %(tenant)s AND (e.pgh_position, e.pgh_id) > ({start}) AND {new["seen"]} {until}
     ORDER BY e.pgh_position, e.pgh_id LIMIT %(events)s
),
departed AS MATERIALIZED (
    SELECT s.position, s.event, l.id
      FROM stream s JOIN listed l ON l.id = s.id CROSS JOIN LATERAL (SELECT {base.format(id="s.id")} AS key) base
     WHERE CASE
        WHEN base.key IS NOT NULL THEN
            s.key <> base.key AND {sort.beyond(("base.key", "s.id"), place)} AND NOT EXISTS (
                SELECT FROM {events} e WHERE e.pgh_obj_id = s.id AND e.pgh_id + 0 < s.event
                   AND {new["base"]} AND e.{key} <> base.key)
        -- It was created since, or its place is unknown, because older events were removed: better twice than never.
        ELSE s.label <> 'insert' AND NOT EXISTS (
                SELECT FROM {events} e WHERE e.pgh_obj_id = s.id AND e.pgh_id + 0 < s.event)
        END
     ORDER BY s.position, s.event LIMIT %(size)s
),
changed AS MATERIALIZED (
    SELECT EXISTS (SELECT FROM {events} e WHERE e.tenant_id = %(tenant)s AND {new["base"]}) AS since
),
onward AS (
    SELECT CASE WHEN stays THEN '{ONWARD}' ELSE 'passed' END AS kind, key, id, number
      FROM (
        SELECT x.key, x.id, row_number() OVER (ORDER BY {sort.order("x", "key")}) AS number
          FROM (
            SELECT l.{key} AS key, l.id FROM listed l
             WHERE {sort.beyond((f"l.{key}", "l.id"), place)} AND {"FALSE" if walk.until else "TRUE"}
               AND (SELECT count(*) FROM stream) < %(events)s AND (SELECT count(*) FROM departed) < %(size)s
             ORDER BY {sort.order("l")} LIMIT %(rows)s) x
      ) y CROSS JOIN LATERAL (
        SELECT NOT ((SELECT since FROM changed) AND EXISTS (
            SELECT FROM {events} e WHERE e.pgh_obj_id = y.id AND {new["base"]}
               AND (e.{key} <> y.key OR {base.format(id="y.id")} IS DISTINCT FROM y.key))) AS stays
      ) z
     WHERE stays OR number = %(rows)s ORDER BY {sort.order("y", "key")} LIMIT %(size)s + 1
)
SELECT {SNAPSHOT}, pg_snapshot_xmax(%(base)s::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()),
       (SELECT count(*) FROM stream), last.position, last.event, page.*, {read_columns(resource, expand)}
  FROM (SELECT) one
  LEFT JOIN (SELECT position, event FROM stream ORDER BY position DESC, event DESC LIMIT 1) last ON TRUE
  LEFT JOIN (
    SELECT '{DEPARTED}' AS kind, position, event, NULL AS key, id, NULL AS number FROM departed
     UNION ALL
    SELECT kind, NULL, NULL, key, id, number FROM onward) page ON TRUE
  LEFT JOIN {resource.table} t ON t.id = page.id
 ORDER BY page.position, page.event, {sort.order("page", "key")}
"""  # noqa: S608


def _floor(snapshot: str) -> str:
    """The lowest position of an event that the snapshot may not have seen."""
    return f"(SELECT (records_change_era_v1() << 44) + pg_snapshot_xmin(%({snapshot})s::pg_snapshot)::text::bigint)"
