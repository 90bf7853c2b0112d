"""Writing and asking the search text (design section 6)."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TypeVar

import msgspec
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from records.copying import copy_columns
from records.models import Record, SearchText, SearchTextChange
from records.search_index import changed_texts
from records.search_text import INDEXED, INDEXED_LENGTH, PHONE_FIELDS, digits, digits_of_all, fold, fold_all

R = TypeVar("R", bound=Record)
SHORTEST_PART = 3
"""A shorter word matches only the start of a word (lookup API contract, section 8)."""

_TEXTS, _CHANGES = SearchText._meta.db_table, SearchTextChange._meta.db_table
_encoder = msgspec.json.Encoder()


def change(
    *, type: str, tenants: Sequence[int], ids: Sequence[int], columns: Mapping[str, Sequence[str | None]]
) -> None:
    """Store what the search text of records comes to, to be found from the commit on. One COPY.

    Shape: ``columns`` holds folded text by field, one per id. A field is kept where its text is ``None``; what a record
           never had is empty.
    Locks: the caller holds the records, so that changes of one record are stored in the order of their commits.
    """
    if len(columns) == 1:
        ((field, values),) = columns.items()
        rows: list[dict[str, str]] = [{} if text is None else {field: text} for text in values]
    else:
        rows = [
            {field: text for field, text in zip(columns, texts, strict=True) if text is not None}
            for texts in zip(*columns.values(), strict=True)
        ]
    texts = _encoder.encode_lines(rows).decode().splitlines() if columns else ["{}"] * len(ids)
    copy_columns(_CHANGES, ["type", "tenant_id", "record", "texts"], [[type] * len(ids), tenants, ids, texts])


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
    """The statement that ``matching`` asks, and its parameters; an empty one for an empty ``text``.

    Records whose text has changed lately are looked through one by one, all others are found by the index.
    """
    conditions: list[str] = []
    parameters: list[object] = []
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
    return _found_where(" AND ".join(conditions), parameters, type=type, tenant=tenant)


def holding(*, type: str, tenant: int, field: str, folded: str) -> tuple[str, list[object]]:
    """The statement that finds the records whose search text is ``folded`` in this field, and its parameters.

    Takes:   ``field``, one of ``search_text.EXACT_FIELDS``.
    Returns: what ``found_by`` does. No record is found by an empty text.
    """
    where = f"left({field}, {INDEXED_LENGTH}) = left(%s, {INDEXED_LENGTH}) AND {field} = %s AND {field} <> ''"
    return _found_where(where, [folded, folded], type=type, tenant=tenant)


def _found_where(where: str, parameters: Sequence[object], *, type: str, tenant: int) -> tuple[str, list[object]]:
    # ARRAY makes PostgreSQL look through the changes once. As a plain subquery, and with statistics from before the
    # changes came, it may do so again for every record.
    changed = f"SELECT record FROM ({changed_texts(f'{_CHANGES} WHERE tenant_id = %s AND type = %s')}) c WHERE {where}"  # noqa: S608
    statement = f"""
SELECT record FROM {_TEXTS} WHERE tenant_id = %s AND type = %s AND {where}
   AND record NOT IN (SELECT record FROM {_CHANGES} WHERE tenant_id = %s AND type = %s)
 UNION ALL
SELECT record FROM unnest(ARRAY({changed})) AS found (record)
"""  # noqa: S608
    return statement, [tenant, type, *parameters, tenant, type, tenant, type, *parameters]


def _looks_like_number(word: str) -> bool:
    return not word.strip("+()-./0123456789")


def _contains(word: str) -> tuple[str, str]:
    """The condition that a word is found, and its parameter."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"({INDEXED}) LIKE %s", f"%{escaped}%" if len(word) >= SHORTEST_PART else f"% {escaped}%"


def folded(field: str, values: Sequence[object]) -> list[str]:
    """The folded text of many values of one field; no value is the empty text."""
    texts = [value if isinstance(value, str) else "" for value in values]
    return digits_of_all(texts) if field in PHONE_FIELDS else fold_all(texts)
