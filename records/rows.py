"""What the upsert engine is given: rows that are already decoded, whichever door they came through."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType


class ParentKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """How a row names its parent: by id, or by the pair; ``id`` wins (lookup API contract, section 4)."""

    id: int | UnsetType | None = UNSET
    source_id: str | int | UnsetType | None = UNSET
    source: str | UnsetType | None = UNSET


class AddressRow(msgspec.Struct):
    """One address of a row. ``values`` align with the columns of the ``addresses`` resource, UNSET where absent.

    ``id`` addresses an existing row (single writes); otherwise type and code do. ``default`` is the sent ``isDefault``.
    ``version`` is what ``If-Match`` asks for. A ``new`` one is never taken for one that is there already.
    """

    values: tuple[Any, ...]
    default: bool | None = None
    id: int | None = None
    version: int | None = None
    new: bool = False


class Row(msgspec.Struct):
    """One record to write. ``values`` align with ``Resource.columns``: UNSET keeps, null and "" clear.

    ``key`` is the key as it was sent (an answer echoes its JSON type). ``version`` is what ``If-Match`` asks for.
    """

    values: tuple[Any, ...]
    id: int | None = None
    source: str | UnsetType = UNSET
    source_id: str | UnsetType = UNSET
    parent: ParentKey | UnsetType | None = UNSET
    addresses: tuple[AddressRow, ...] = ()
    key: Any = None
    version: int | None = None
    uid: str | None = None


Values = Sequence[Any]


@dataclass(frozen=True)
class Batch:
    """Many rows, a column at a time: what a bulk of ten thousand is decoded into, without an object for each row.

    Every sequence has one entry per row; ``values`` holds one sequence for each of ``Resource.columns``. What the
    entries mean is said at ``Row``.
    """

    values: Sequence[Values]
    sources: Sequence[str | UnsetType]
    source_ids: Sequence[str | UnsetType]
    parents: Sequence[ParentKey | UnsetType | None]
    ids: Sequence[int | None]
    addresses: Sequence[tuple[AddressRow, ...]]
    versions: Sequence[int | None]
    uids: Sequence[str | None]

    @classmethod
    def of(cls, rows: Sequence[Row], columns: int) -> "Batch":
        """The same rows as a batch of so many columns."""
        return cls(
            values=list(zip(*(row.values for row in rows), strict=True)) if rows else [()] * columns,
            sources=[row.source for row in rows],
            source_ids=[row.source_id for row in rows],
            parents=[row.parent for row in rows],
            ids=[row.id for row in rows],
            addresses=[row.addresses for row in rows],
            versions=[row.version for row in rows],
            uids=[row.uid for row in rows],
        )

    def __len__(self) -> int:
        return len(self.sources)

    def part(self, start: int, stop: int) -> "Batch":
        """The rows from ``start`` up to ``stop``."""
        if start == 0 and stop >= len(self):
            return self
        cut = slice(start, stop)
        return Batch(
            values=[values[cut] for values in self.values],
            sources=self.sources[cut],
            source_ids=self.source_ids[cut],
            parents=self.parents[cut],
            ids=self.ids[cut],
            addresses=self.addresses[cut],
            versions=self.versions[cut],
            uids=self.uids[cut],
        )


class Directives(msgspec.Struct, frozen=True):
    """How a bulk departs from a plain upsert (lookup API contract, section 7). ``skip_if_not_empty`` holds members."""

    skip_if_not_empty: frozenset[str] = frozenset()
    skip_move_on_update: bool = False
    skip_create: bool = False


By = Literal["id", "sourceId"]
Mode = Literal["upsert", "create", "update"]
