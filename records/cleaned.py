"""Rows turned into columns of clean values, faults collected (lookup API contract, sections 1.4 and 3).

Column by column, because nearly every column of a bulk is text that needs no change, and one C call can tell.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET, UnsetType

from records import cleaning
from records.outcomes import Kind, Refusal
from records.resources import Column, Resource
from records.statements import PAIR

Values = Sequence[Any]
Faults = dict[int, list[Refusal]]
Pair = tuple[str, str]


def clean_rows(resource: Resource, rows: Sequence[Values]) -> tuple[list[Values], Faults]:
    """Clean the values of rows, each aligned with ``resource.columns``. Returns columns, as ``clean_columns`` does."""
    return clean_columns(resource, list(zip(*rows, strict=True)) if rows else [()] * len(resource.columns))


def clean_columns(resource: Resource, columns: Sequence[Values]) -> tuple[list[Values], Faults]:
    """Clean the values of many rows.

    Shape:   ``columns`` holds one sequence of values per column of the resource, all of one length.
    Returns: the same shape, UNSET where absent, the neutral value where cleared; and the faults by row index, with
             pointers relative to the row.
    """
    faults: Faults = {}
    return [
        _clean_column(column, values, resource.name, faults)
        for column, values in zip(resource.columns, columns, strict=True)
    ], faults


def clean_pairs(resource: Resource, sources: Values, source_ids: Values, faults: Faults) -> list[Pair | None]:
    """The key pair of each row, ``None`` where a row sends none or a bad one. Adds to ``faults``.

    Source: lookup API contract, section 2: both or neither, and an empty sourceId alone means "no key".
    """
    types = types_of(sources), types_of(source_ids)
    if types == ({str}, {str}) and all(sources) and all(source_ids):
        if all(
            _all_plain(values, column.max_length) for column, values in zip(PAIR, (sources, source_ids), strict=True)
        ):
            return list(zip(sources, source_ids, strict=True))
    elif types == ({UnsetType}, {UnsetType}):
        return [None] * len(sources)
    pairs: list[Pair | None] = []
    for index, sent in enumerate(zip(sources, source_ids, strict=True)):
        found = _clean_pair(resource.name, *sent)
        if isinstance(found, list):
            faults.setdefault(index, []).extend(found)
        pairs.append(None if isinstance(found, list) else found)
    return pairs


def _clean_pair(resource: str, source: Any, source_id: Any) -> Pair | list[Refusal] | None:
    if source is UNSET and source_id is UNSET:
        return None
    values = [clean_value(column, value, resource) for column, value in zip(PAIR, (source, source_id), strict=True)]
    if found := [value for value in values if isinstance(value, Refusal)]:
        return found
    if source is UNSET and not values[1]:
        return "", ""
    if UNSET not in values and bool(values[0]) == bool(values[1]):
        return values[0], values[1]
    missing = "source" if values[1] else "sourceId"
    return [Refusal(Kind.INVALID, resource, "source and sourceId go together: send both or neither", f"/{missing}")]


def _clean_column(column: Column, values: Values, resource: str, faults: Faults) -> Values:
    if not values or is_absent(values):
        return values
    is_text = column.clean is cleaning.text and not column.required
    if is_text and _all_plain(values, column.max_length):
        return values
    if column.clean_all and _all_plain(values, column.max_length):
        all_clean = column.clean_all(values)
        if all_clean is not None:
            return all_clean
    # A bulk repeats its languages, genders, dates and countries: each distinct value is cleaned once.
    cleaned = {value: clean_value(column, value, resource) for value in set(values)}
    if Refusal in map(type, cleaned.values()):
        for index, value in enumerate(values):
            if isinstance(fault := cleaned[value], Refusal):
                faults.setdefault(index, []).append(fault)
        cleaned = {value: column.neutral if isinstance(c, Refusal) else c for value, c in cleaned.items()}
    return list(map(cleaned.__getitem__, values))


def _all_plain(values: Values, max_length: int | None) -> bool:
    """Whether these are strings only, without control characters and of acceptable length."""
    text = joined_text(values)
    return text is not None and text.isprintable() and (max_length is None or max(map(len, values)) <= max_length)


def joined_text(values: Values) -> str | None:
    """All values in one string, ``None`` where any of them is not text. The quickest way to tell."""
    try:
        return "".join(values)
    except TypeError:
        return None


def types_of(values: Values) -> set[type]:
    """The types that occur."""
    return set(map(type, values))


def is_absent(values: Values) -> bool:
    """Whether no row sent a value."""
    return bool(values) and values[0] is UNSET and values.count(UNSET) == len(values)


def has_gaps(values: Values) -> bool:
    """Whether any row sent no value."""
    return joined_text(values) is None and UnsetType in types_of(values)


def clean_value(column: Column, value: Any, resource: str) -> Any:
    """The clean value, UNSET where absent, the neutral value where cleared; or the Refusal that says what is wrong."""
    if value is UNSET:
        return UNSET
    try:
        if value is None or value == "":
            if column.required:
                raise cleaning.Invalid("a value is required, it cannot be cleared")
            return column.neutral
        cleaned = column.clean(value)
        if column.max_length is not None and len(cleaned) > column.max_length:
            raise cleaning.Invalid(f"expected maxLength: {column.max_length}, actual: {len(cleaned)}")
    except cleaning.Invalid as invalid:
        return Refusal(Kind.INVALID, resource, str(invalid), f"/{column.member}")
    return cleaned
