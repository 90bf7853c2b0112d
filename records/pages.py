"""Reading one page of a list: a bounded count, and one statement for the rows (design section 7)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from records.cursors import key_of
from records.reads import Expansion, Read, read_columns
from records.resources import Resource
from records.sorts import Sort

COUNTED = 100_000
"""Up to here results are counted, beyond it the planner's estimate has to do (lookup API contract, section 8)."""

FEW = 20_000
"""Results of filters that are sorted after they were all found.

Asked for "the first 12 by id that match", PostgreSQL may walk the index of the order and look at each row until 12 have
matched. When the matches are few and all at the end, that is the whole table.
"""


@dataclass(frozen=True)
class Found:
    """How many records a list has. ``estimated`` is true above ``COUNTED``."""

    items: int
    estimated: bool = False


@dataclass(frozen=True)
class Selection:
    """The records that a list is about: a condition on their table, which goes by its own name, and an order."""

    resource: Resource
    where: str
    parameters: Sequence[Any]
    filtered: bool
    sort: Sort


@dataclass(frozen=True)
class Page:
    """Rows in their order with the key of the last one. ``more`` says whether anything follows."""

    records: list[Read]
    key: list[int | str]
    more: bool


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
    sort, table = selection.sort, selection.resource.table
    beyond = f" AND {sort.beyond(*(f'{table}.{column}' for column in sort.columns))}" if after else ""
    names = ", ".join(f"{table}.{column}" for column in sort.columns)
    rows = f"SELECT {names} FROM {table} WHERE {selection.where}{beyond}"  # noqa: S608
    if selection.filtered and found.items <= FEW:
        rows = f"SELECT * FROM ({rows} OFFSET 0) {table}"  # noqa: S608
    shown = ", ".join(f"k.{column}" for column in sort.columns)
    statement = (
        f"SELECT {shown}, {read_columns(selection.resource, expand)}"  # noqa: S608
        f" FROM ({rows} ORDER BY {sort.order(table)} LIMIT %s OFFSET %s) k"
        f" JOIN {table} t ON t.id = k.id ORDER BY {sort.order('k')}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*selection.parameters, *after, size + 1, skip])
        read = cursor.fetchall()
    width = len(sort.columns)
    page = read[:size]
    return Page([Read.of(row[width:]) for row in page], key_of(page[-1][:width]) if page else [], len(read) > size)
