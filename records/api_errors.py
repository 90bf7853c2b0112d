"""From what the verbs say to the codes of the lookup API (lookup API contract, section 1.3)."""

from typing import NoReturn

from django.db import IntegrityError

from api import catalogue
from api.catalogue import Entry
from api.errors import ApiError, TryAgain
from records.outcomes import Kind, Refusal
from records.writing import Moved
from recyclebin.errors import (
    Blocked,
    ReasonNotText,
    ReasonRequired,
    ReasonTooLong,
    RecycleBinError,
    VersionMoved,
)

_RACES = frozenset({"23503", "23505", "23P01"})
"""SQLSTATEs of a foreign key, a unique and an exclusion constraint: what other writers can bring about."""


def entry_of(refusal: Refusal) -> Entry:
    """The code of a refusal."""
    return catalogue.entry_for(refusal.kind.value, refusal.resource)


def refused(refusal: Refusal) -> ApiError:
    """The error that answers a single request which was refused; each fault is a message of its own."""
    entry = entry_of(refusal)
    messages = [f"#{fault.pointer}: {fault.message}" if fault.pointer else fault.message for fault in refusal.every]
    # RFC 9110, section 10.2.1: while a record is in the bin no method is allowed on it.
    headers = {"Allow": ""} if refusal.kind is Kind.NOT_ALLOWED and entry.status == 405 else None
    return ApiError(entry, *messages, headers=headers)


def bin_refused(error: RecycleBinError) -> ApiError:
    """The error that answers a deletion which the recycle bin refused."""
    if isinstance(error, VersionMoved):
        return ApiError(catalogue.PRECONDITION_FAILED, str(error))
    if isinstance(error, ReasonTooLong | ReasonNotText | ReasonRequired | Blocked):
        return ApiError(catalogue.PAYLOAD_VALIDATION, str(error))
    raise error


def give_up(moved: Moved) -> NoReturn:
    """Say that a request is not done because other writers kept getting in between.

    Errors: TryAgain; or, where no repetition can mend it, the IntegrityError as it is, with what led to it for the log.
    """
    cause = moved.__cause__
    state = getattr(getattr(cause, "__cause__", None), "sqlstate", None)
    if isinstance(cause, IntegrityError) and state not in _RACES:
        raise cause
    raise TryAgain from moved
