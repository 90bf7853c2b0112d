"""Rows turned into columns of clean values, faults collected (lookup API contract, sections 1.4 and 3).

Column by column, because nearly every column of a bulk is text that needs no change, and one C call can tell.
"""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import UNSET

from records import cleaning
from records.outcomes import Kind, Refusal
from records.resources import Column, Resource

Values = Sequence[Any]
Faults = dict[int, list[Refusal]]


def clean_columns(resource: Resource, rows: Sequence[Sequence[Any]]) -> tuple[list[Values], Faults]:
    """Clean the values of many rows.

    Shape:   ``rows`` holds one sequence per row, aligned with ``resource.columns``.
    Returns: one sequence per column, UNSET where absent, the neutral value where cleared; and the faults by row index,
             with pointers relative to the row.
    """
    faults: Faults = {}
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(resource.columns)
    return [
        _clean_column(column, values, resource.name, faults)
        for column, values in zip(resource.columns, columns, strict=True)
    ], faults


def _clean_column(column: Column, values: Values, resource: str, faults: Faults) -> Values:
    if values.count(UNSET) == len(values):
        return values
    if column.clean is cleaning.text and _all_plain(values, column.max_length):
        return values
    clean = _remembering(column.clean)
    return [_clean_value(column, clean, value, resource, index, faults) for index, value in enumerate(values)]


def _all_plain(values: Values, max_length: int | None) -> bool:
    """Whether these are all strings without control characters, of acceptable length, none of them absent."""
    try:
        plain = "".join(values).isprintable()
    except TypeError:
        return False
    return plain and (max_length is None or max(map(len, values)) <= max_length)


def _remembering(clean: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A bulk repeats its languages, genders and countries; each distinct value is cleaned once."""
    known: dict[Any, Any] = {}

    def remembered(value: Any) -> Any:
        key = (type(value), value)
        if key not in known:
            known[key] = clean(value)
        return known[key]

    return remembered


def _clean_value(
    column: Column, clean: Callable[[Any], Any], value: Any, resource: str, index: int, faults: Faults
) -> Any:
    if value is UNSET:
        return UNSET
    try:
        if value is None or value == "":
            if column.required:
                raise cleaning.Invalid("a value is required, it cannot be cleared")
            return column.neutral
        cleaned = clean(value)
        if column.max_length is not None and len(cleaned) > column.max_length:
            raise cleaning.Invalid(f"expected maxLength: {column.max_length}, actual: {len(cleaned)}")
    except cleaning.Invalid as invalid:
        refusal = Refusal(Kind.INVALID, resource, str(invalid), f"/{column.member}")
        faults.setdefault(index, []).append(refusal)
        return column.neutral
    return cleaned
