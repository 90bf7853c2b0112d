"""Rows inside a row: what the engine asks of the room that knows how to write them.

``records`` knows no addresses. The room that does registers a planner, and the engine calls it between resolving the
owners and writing them, so that an owner and its addresses are one unit (lookup API contract, section 7).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from records.outcomes import Outcome, Refusal
from records.resources import Resource
from records.rows import AddressRow
from tenants.actors import Actor


class OwnerRows(msgspec.Struct):
    """One owner and the rows of the request that bring addresses for it, in the order sent.

    ``key`` identifies the owner within the request; ``id`` is ``None`` for one that is about to be created.
    """

    key: int
    id: int | None
    rows: list[tuple[int, tuple[AddressRow, ...]]]


class NestedPlan(Protocol):
    """What would happen to the addresses, worked out in memory. Nothing is written until ``write``."""

    @property
    def refusals(self) -> Mapping[int, Refusal]:
        """Rows that cannot be written because of one of their addresses, by row index."""

    @property
    def changed_rows(self) -> set[int]:
        """Rows whose addresses differ from what is stored, by row index."""

    @property
    def changed_owners(self) -> set[int]:
        """Owners that have something to write, by ``OwnerRows.key``."""

    @property
    def outcomes(self) -> Mapping[int, Sequence[Outcome]]:
        """What becomes of the addresses of each row, by row index; ``write`` fills in the ids of new ones."""

    @property
    def search_fields(self) -> Collection[str]:
        """The fields of an owner's search text that its addresses feed."""

    def search_text(self, key: int) -> dict[str, str]:
        """The searched fields that the addresses of an owner feed, as they will be."""

    def write(self, owner_ids: Mapping[int, int]) -> None:
        """Write everything. ``owner_ids`` gives the id of each owner by key. The owners are locked by the caller."""


class Planner(Protocol):
    """Works out a plan for the addresses of many owners of one resource, in a constant number of statements."""

    def __call__(self, *, resource: Resource, actor: Actor, owners: Sequence[OwnerRows]) -> NestedPlan: ...


_planners: list[Planner] = []


def register_planner(planner: Planner) -> None:
    """Called once, by the room that writes addresses."""
    _planners[:] = [planner]


def planner() -> Planner:
    """Errors: RuntimeError when no room registered one."""
    if not _planners:
        raise RuntimeError("No room has registered a planner for addresses.")
    return _planners[0]
