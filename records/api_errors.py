"""From what the verbs say to the codes of the lookup API (lookup API contract, section 1.3)."""

from api import catalogue
from api.catalogue import Entry
from api.errors import ApiError
from records.outcomes import Kind, Refusal
from recyclebin.errors import Blocked, ReasonRequired, ReasonTooLong, RecycleBinError, VersionMoved


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
    if isinstance(error, ReasonTooLong | ReasonRequired | Blocked):
        return ApiError(catalogue.PAYLOAD_VALIDATION, str(error))
    raise error
