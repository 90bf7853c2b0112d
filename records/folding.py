"""Rows that share a key: applied in order in memory, each with its own outcome, written once (contract section 7)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec import UNSET

from records.cleaned import is_absent

Values = dict[str, Any]


def apply_kept(sent: Values, stored: Mapping[str, Any], kept: frozenset[str], neutral: Mapping[str, Any]) -> Values:
    """What is left of ``sent`` when the ``kept`` columns are only written where nothing is stored yet."""
    return {name: value for name, value in sent.items() if name not in kept or stored[name] in (neutral[name], None)}


def fold_columns(
    names: Sequence[str],
    columns: Sequence[Sequence[Any]],
    *,
    groups: Mapping[int, Sequence[int]],
    stored: Mapping[int, Mapping[str, Any]],
    neutral: Mapping[str, Any],
    kept: frozenset[str],
    parent: str | None,
    changed_rows: Collection[int],
) -> tuple[list[Sequence[Any]], dict[int, tuple[str, bool]]]:
    """Fold groups of rows of one record into their first row, column by column.

    Shape:   ``names`` and ``columns`` run in parallel. ``groups`` holds the indices of the rows of a record by that of
             the first, none for a row that is alone and has ``kept`` columns. ``stored`` holds the records that exist.
             The rows of ``changed_rows`` change addresses.
    Returns: the columns, and the action and "changed" of each row that shares its record with others.
    """
    folded = [list(values) for values in columns]
    # Rows that share a record mostly bring a few columns, and those of addresses on their own bring none.
    sent = [(name, values) for name, values in zip(names, columns, strict=True) if not is_absent(values)]
    sent_names, sent_columns = [name for name, _ in sent], [values for _, values in sent]
    verdicts: dict[int, tuple[str, bool]] = {}
    for first, indices in groups.items():
        state = stored.get(first)
        if indices:
            rows = [(index, sent_values(sent_names, sent_columns, index), index in changed_rows) for index in indices]
            values, verdict = fold_rows(rows, stored=state, neutral=neutral, kept=kept, parent=parent)
            verdicts |= verdict
        else:
            values = apply_kept(sent_values(sent_names, sent_columns, first), state or {}, kept, neutral)
        for name, column in zip(names, folded, strict=True):
            column[first] = values.get(name, UNSET)
    return list(folded), verdicts


def fold_rows(
    rows: Sequence[tuple[int, Values, bool]],
    *,
    stored: Mapping[str, Any] | None,
    neutral: Mapping[str, Any],
    kept: frozenset[str],
    parent: str | None,
) -> tuple[Values, dict[int, tuple[str, bool]]]:
    """Apply rows of one record one after the other.

    Shape:   ``rows`` holds (index, sent values, whether its addresses change) in the order sent; ``stored`` is the
             record as it is, ``None`` when the first row creates it. ``parent`` is the link that an update must not
             change, if there is one.
    Returns: the values to write, and the action and "changed" of each row by index.
    """
    verdicts: dict[int, tuple[str, bool]] = {}
    merged: Values = {}
    state = dict(stored) if stored is not None else None
    for index, sent, addresses_change in rows:
        if state is None:
            state = {**neutral, **sent}
            merged.update(sent)
            verdicts[index] = ("create", True)
            continue
        effective = apply_kept(sent, state, kept, neutral)
        if parent:
            effective.pop(parent, None)
        changed = any(state[name] != value for name, value in effective.items())
        state.update(effective)
        merged.update(effective)
        verdicts[index] = ("update", changed or addresses_change)
    return merged, verdicts


def sent_values(names: Sequence[str], columns: Sequence[Sequence[Any]], index: int) -> Values:
    """The values that one row sent, by column name."""
    pairs = ((name, values[index]) for name, values in zip(names, columns, strict=True))
    return {name: value for name, value in pairs if value is not UNSET}
