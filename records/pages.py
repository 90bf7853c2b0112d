"""Reading one page of a list: a bounded count, and one statement for the rows (design section 7)."""

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection

from records.reads import Expansion, Read, read_columns
from records.selections import Found, Page, Selection, Walk
from records.walks import SNAPSHOT

COUNTED = 100_000
"""Up to here results are counted, beyond it the planner's estimate has to do (lookup API contract, section 8)."""


def limit_time() -> None:
    """Let no statement of this transaction take longer than a list may. Then OperationalError is raised."""
    with connection.cursor() as cursor:
        milliseconds = str(round(settings.SEARCH_TIMEOUT * 1000))
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [milliseconds])


def count(selection: Selection) -> Found:
    """How many records there are; the cost ends with ``COUNTED``."""
    table = selection.resource.table
    rows = f"SELECT 1 FROM {table} WHERE {selection.where}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({rows} LIMIT {COUNTED + 1}) counted", selection.parameters)  # noqa: S608
        (items,) = cursor.fetchone()
        if items <= COUNTED:
            return Found(items)
        cursor.execute(f"EXPLAIN (FORMAT JSON) {rows}", selection.parameters)
        (explained,) = cursor.fetchone()
    plan = json.loads(explained) if isinstance(explained, str) else explained
    return Found(max(round(plan[0]["Plan"]["Plan Rows"]), items), estimated=True)


def read_page(
    selection: Selection, found: Found, expand: Expansion, *, size: int, skip: int = 0, after: Sequence[Any] = ()
) -> Page:
    """At most ``size`` records behind the key ``after``, or behind the first ``skip`` ones. One statement."""
    sort = selection.sort
    columns = [f"l.{column}" for column in sort.columns]
    beyond = f" WHERE {sort.beyond(columns, sort.placeholders())}" if after else ""
    statement = (
        f"SELECT {SNAPSHOT}, {', '.join(columns)}, {read_columns(selection.resource, expand)}"  # noqa: S608
        f" FROM (SELECT * FROM ({selection.listed(found)}) l{beyond} ORDER BY {sort.order('l')} LIMIT %s OFFSET %s) l"
        f" JOIN {selection.resource.table} t ON t.id = l.id ORDER BY {sort.order('l')}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*selection.parameters, *after, size + 1, skip])
        read = cursor.fetchall()
    shown = 2 + len(columns)
    page = read[:size]
    walk = None
    if page and sort.moves:
        snapshot, era = page[0][:2]
        walk = Walk(snapshot, era, snapshot)
    return Page([Read.of(row[shown:]) for row in page], page[-1][2:shown] if page else (), len(read) > size, walk)
