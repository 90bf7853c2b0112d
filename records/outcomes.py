"""What a verb answers for each row that it was given."""

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
    ``pointer`` is an RFC 6901 pointer into the row, ``""`` when the whole row is meant.
    """

    kind: Kind
    resource: str
    message: str
    pointer: str = ""


class Outcome(msgspec.Struct):
    """What became of one row, in the order in which the rows were sent.

    ``action`` is what was done, or what would have been done had the row not been refused. ``id`` is ``None`` for a
    refused create and for a create in a dry run. ``changed`` is false for an update that found every value in place.
    """

    action: Literal["create", "update"]
    id: int | None = None
    changed: bool = True
    refusal: Refusal | None = None

    @property
    def success(self) -> bool:
        return self.refusal is None
