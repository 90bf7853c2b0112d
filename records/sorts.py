"""The orders in which lists can be asked for (lookup API contract, section 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from records.cleaning import Invalid
from records.resources import Resource


@dataclass(frozen=True)
class Sort:
    """An order: a column, then the id, both in one direction, so that an index has it.

    ``name`` is what a caller writes. ``type`` is the column's type in SQL. ``moves`` says whether a record's place in
    the order can change.
    """

    name: str
    column: str
    type: str
    moves: bool = False

    @property
    def descending(self) -> bool:
        return self.name.startswith("-")

    @property
    def columns(self) -> tuple[str, ...]:
        return ("id",) if self.column == "id" else (self.column, "id")

    def order(self, alias: str, key: str = "") -> str:
        """What stands behind ORDER BY; ``key`` is another name for the column."""
        columns = (key, "id") if key else self.columns
        return ", ".join(f"{alias}.{column}{' DESC' if self.descending else ''}" for column in columns)

    def beyond(self, columns: Sequence[str], values: Sequence[str]) -> str:
        """The condition that a row with these columns comes behind these values, one for each of ``self.columns``."""
        return f"({', '.join(columns)}) {'<' if self.descending else '>'} ({', '.join(values)})"

    def placeholders(self, *names: str) -> tuple[str, ...]:
        """Places for the values of a key in a statement, named ones if there are names."""
        types = ("bigint",) if self.column == "id" else (self.type, "bigint")
        names = names or ("",) * len(types)
        return tuple(f"%({name})s::{kind}" if name else f"%s::{kind}" for name, kind in zip(names, types, strict=True))


@cache
def sorts(resource: Resource) -> dict[str, Sort]:
    """The orders that the resource has, by name."""
    named = "last_name" if "last_name" in resource.by_name else "name"
    ascending = (
        Sort("id", "id", "bigint"),
        Sort("dateCreated", "created_at", "timestamptz"),
        Sort("dateModified", "modified_at", "timestamptz", moves=True),
        Sort(resource.by_name[named].member, named, "text", moves=True),
    )
    return {
        name: Sort(name, one.column, one.type, one.moves) for one in ascending for name in (one.name, f"-{one.name}")
    }


def sort_named(resource: Resource, name: str) -> Sort:
    """Errors: Invalid for a name that is none."""
    known = sorts(resource)
    if name not in known:
        raise Invalid(f"sort [{name[:80]}] must be one of [{','.join(known)}]")
    return known[name]
