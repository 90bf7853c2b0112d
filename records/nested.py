"""Rows inside a row: what the engine asks of the room that knows how to write them.

``records`` knows no addresses. The room that does registers a planner, and the engine calls it between resolving the
owners and writing them, so that an owner and its addresses are one unit (lookup API contract, section 7).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
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

    def queue(self) -> None:
        """Wait for whoever else gives out keys that are unique beyond one owner, if the plan gives out any.

        Called before any row is locked. Bulks of different resources do not queue behind one lock, and would wait for
        each other's keys in a circle.
        """

    def search_text(self, key: int) -> dict[str, str]:
        """The searched fields that the addresses of an owner feed, as they will be."""

    def write(self, owner_ids: Mapping[int, int]) -> None:
        """Write everything. ``owner_ids`` gives the id of each owner by key. The owners are locked by the caller."""


class Planner(Protocol):
    """Works out a plan for the addresses of many owners of one resource, in a constant number of statements."""

    def __call__(self, *, resource: Resource, actor: Actor, owners: Sequence[OwnerRows]) -> NestedPlan: ...


class Queue(Protocol):
    """What ``NestedPlan.queue`` does, before there is a plan: for rows that might give out such keys."""

    def __call__(self, *, tenant: int, rows: Iterable[AddressRow]) -> None: ...


_registered: list[tuple[Planner, Queue]] = []


def register(planner: Planner, queue: Queue) -> None:
    """Called once, by the room that writes addresses."""
    _registered[:] = [(planner, queue)]


def planner() -> Planner:
    """Errors: RuntimeError when no room registered one."""
    return _room()[0]


def queue() -> Queue:
    """Errors: RuntimeError when no room registered one."""
    return _room()[1]


def _room() -> tuple[Planner, Queue]:
    if not _registered:
        raise RuntimeError("No room has registered a planner for addresses.")
    return _registered[0]
