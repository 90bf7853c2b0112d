"""What a verb answers for each row that it was given."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

import msgspec


class Kind(StrEnum):
    """Why a row was refused. The REST surfaces map each to a code and a status of their own."""

    EXISTS = "exists"
    MULTIPLE_FOUND = "multiple found"
    NOT_FOUND = "not found"
    PARENT_NOT_FOUND = "parent not found"
    NOT_ALLOWED = "not allowed"
    INVALID = "invalid"
    FORBIDDEN = "forbidden"
    STALE = "stale"


class Refusal(msgspec.Struct, frozen=True):
    """One reason why a row was not written.

    ``resource`` is the resource that the reason is about: the row's own, its parent's, or ``addresses``.
    ``pointer`` is an RFC 6901 pointer into the row, ``""`` when the whole row is meant. ``more`` holds the further
    faults of the same row, if it has several.
    """

    kind: Kind
    resource: str
    message: str
    pointer: str = ""
    more: tuple["Refusal", ...] = ()

    @property
    def text(self) -> str:
        """All faults in one line, each behind ``#`` and its pointer (lookup API contract, sections 1.4 and 7)."""
        lines = (f"#{fault.pointer}: {fault.message}" if fault.pointer else fault.message for fault in self.every)
        return "; ".join(lines)

    @property
    def every(self) -> tuple["Refusal", ...]:
        """This fault and the further ones."""
        return (self, *self.more)

    def within(self, pointer: str) -> "Refusal":
        """The same faults, seen from the row that contains this one at ``pointer``."""
        every = [msgspec.structs.replace(fault, pointer=pointer + fault.pointer, more=()) for fault in self.every]
        return Refusal.of(every)

    @classmethod
    def of(cls, faults: "list[Refusal]") -> "Refusal":
        """The refusal of a row with these faults, of which there is at least one."""
        first, *more = faults
        return msgspec.structs.replace(first, more=tuple(more))


class Outcome(msgspec.Struct):
    """What became of one row, in the order in which the rows were sent.

    ``action`` is what was done, or what would have been done had the row not been refused. ``id`` is ``None`` for a
    refused create and for a create in a dry run. ``changed`` is false for an update that found every value in place.
    ``addresses`` says the same of each address that the row brought; a refusal there points into the address. Those of
    a refused row say what would have become of them: the row and its addresses are one unit.
    """

    action: Literal["create", "update"]
    id: int | None = None
    changed: bool = True
    refusal: Refusal | None = None
    addresses: Sequence["Outcome"] = ()

    @property
    def success(self) -> bool:
        return self.refusal is None
