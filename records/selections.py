"""What a list is about, and what one page of it holds (lookup API contract, section 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from records.reads import Read
from records.resources import Resource
from records.sorts import Sort

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

    def listed(self, found: Found) -> str:
        """A SELECT of the columns of the order, without the order. Parameters: ``self.parameters``."""
        table = self.resource.table
        names = ", ".join(f"{table}.{column}" for column in self.sort.columns)
        fence = " OFFSET 0" if self.filtered and found.items <= FEW else ""
        return f"SELECT {names} FROM {table} WHERE {self.where}{fence}"  # noqa: S608


class Walk(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a cursor holds besides its key, in an order in which records move (records.walks).

    ``base`` is the snapshot of the first page, ``seen`` the one up to which departures were dealt with. While they are
    caught up with, ``until`` is the snapshot up to which, and ``position`` and ``event`` name the last one. ``era`` is
    the life of the database in which all this has a meaning.
    """

    base: str
    era: int
    seen: str
    until: str | None = None
    position: int | None = None
    event: int | None = None


@dataclass(frozen=True)
class Page:
    """Rows in their order, and the key that was reached. ``more`` says whether anything follows."""

    records: list[Read]
    key: Sequence[Any]
    more: bool
    walk: Walk | None = None


NO_PAGE = Page([], (), more=False)
