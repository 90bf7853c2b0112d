"""Writing and asking the search text (design section 6)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import groupby
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


def insert(*, type: str, tenants: Sequence[int], ids: Sequence[int], columns: Mapping[str, Sequence[str]]) -> None:
    """Store the search text of records that have none: one COPY. ``columns`` holds folded text, one per id."""
    constant = [[type] * len(ids), tenants, ids]
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

    Words of three characters and more are found anywhere in a field, shorter ones at the start of a word. Words that
    look like a phone number, also one written in groups, are looked for among the digits too. An empty ``text``
    narrows nothing.
    Source: lookup API contract, section 8.
    """
    statement, parameters = found_by(type=type, tenant=tenant, text=text)
    return records.filter(pk__in=RawSQL(statement, parameters)) if statement else records  # noqa: S611


def found_by(*, type: str, tenant: int, text: str) -> tuple[str, list[object]]:
    """The statement that ``matching`` asks, and its parameters; an empty one for an empty ``text``."""
    conditions: list[str] = []
    parameters: list[object] = [tenant, type]
    for is_number, run in groupby(words(text), key=_looks_like_number):
        group = list(run)
        each = [_contains(word) for word in group]
        condition = " AND ".join(sql for sql, _ in each)
        patterns = [pattern for _, pattern in each]
        if is_number and (number := digits("".join(group))):
            condition, patterns = f"({condition}) OR {_contains(number)[0]}", [*patterns, _contains(number)[1]]
        conditions.append(f"({condition})")
        parameters += patterns
    if not conditions:
        return "", []
    where = " AND ".join(["tenant_id = %s", "type = %s", *conditions])
    return f"SELECT record FROM records_searchtext WHERE {where}", parameters  # noqa: S608


def _looks_like_number(word: str) -> bool:
    return not word.strip("+()-./0123456789")


def _contains(word: str) -> tuple[str, str]:
    """The condition that a word is found, and its parameter."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"({INDEXED}) LIKE %s", f"%{escaped}%" if len(word) >= SHORTEST_PART else f"% {escaped}%"


def folded(field: str, values: Iterable[object]) -> list[str]:
    """The folded text of many values of one field; no value is the empty text."""
    folding = digits if field in PHONE_FIELDS else fold
    return [folding(value) if isinstance(value, str) and value else "" for value in values]
