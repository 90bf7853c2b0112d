"""Writing and asking the search text (design section 6)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TypeVar

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from records.copying import copy_columns
from records.models import Record
from records.search_text import FIELDS, INDEXED, PHONE_FIELDS, digits, fold

R = TypeVar("R", bound=Record)
SHORTEST_PART = 3
"""A shorter word matches only the start of a word (lookup API contract, section 8)."""


def insert(*, type: str, tenant: int, ids: Sequence[int], columns: Mapping[str, Sequence[str]]) -> None:
    """Store the search text of new records: one COPY. ``columns`` holds folded text by field, one per id."""
    constant = [[type] * len(ids), [tenant] * len(ids), ids]
    copy_columns("records_searchtext", ["type", "tenant_id", "record", *columns], [*constant, *columns.values()])


@cache
def _staging() -> tuple[str, str]:
    name = "staged_search_text"
    fields = ", ".join(f"{field} text" for field in FIELDS)
    return name, f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} (record bigint, {fields}) ON COMMIT DELETE ROWS"


def update(*, type: str, ids: Sequence[int], columns: Mapping[str, Sequence[str | None]]) -> None:
    """Change the search text of records. A field is kept where its text is ``None``. Three statements."""
    name, ddl = _staging()
    changes = ", ".join(f"{field} = COALESCE(s.{field}, t.{field})" for field in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"{ddl}; TRUNCATE {name}")
    copy_columns(name, ["record", *columns], [ids, *columns.values()])
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE records_searchtext t SET {changes} FROM {name} s"  # noqa: S608
            " WHERE t.type = %s AND t.record = s.record",
            [type],
        )


def words(text: str) -> list[str]:
    """The folded words of what somebody typed, at most ten."""
    return fold(text).split(" ")[:10] if text.strip() else []


def matching(records: "QuerySet[R]", *, type: str, tenant: int, text: str) -> "QuerySet[R]":
    """Narrow ``records`` to those in whose search text every word is found, as a part or a word's start.

    Words of three characters and more are found anywhere in a field, shorter ones at the start of a word. A word that
    looks like a phone number is also looked for among the digits. An empty ``text`` narrows nothing.
    Source: lookup API contract, section 8.
    """
    conditions: list[str] = []
    parameters: list[object] = [tenant, type]
    for word in words(text):
        patterns = {_pattern(word)}
        number = digits(word)
        if number and not word.strip("+()-./0123456789"):
            patterns.add(_pattern(number))
        conditions.append("(" + " OR ".join([f"({INDEXED}) LIKE %s"] * len(patterns)) + ")")
        parameters += sorted(patterns)
    if not conditions:
        return records
    found = RawSQL(  # noqa: S611
        f"SELECT record FROM records_searchtext WHERE tenant_id = %s AND type = %s AND {' AND '.join(conditions)}",  # noqa: S608
        parameters,
    )
    return records.filter(pk__in=found)


def _pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%" if len(word) >= SHORTEST_PART else f"% {escaped}%"


def folded(field: str, values: Iterable[object]) -> list[str]:
    """The folded text of many values of one field; no value is the empty text."""
    folding = digits if field in PHONE_FIELDS else fold
    return [folding(value) if isinstance(value, str) and value else "" for value in values]
