"""From what went wrong to the error envelope (lookup API contract, section 1.3)."""

import logging
import traceback
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
from django.core.exceptions import SuspiciousOperation
from django.db import Error as DatabaseFailure
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from api import catalogue
from api.catalogue import Entry
from api.request_id import current_request_id
from api.responses import answer
from tenants.errors import PermissionDenied

RETRY_AFTER = 5  # seconds: a failover or a restart takes about as long
MAX_MESSAGES = 100

logger = logging.getLogger(__name__)


class ApiError(Exception):
    """A request that is refused, with its code and what to tell the caller."""

    def __init__(self, entry: Entry, *messages: str, headers: Mapping[str, str] | None = None) -> None:
        self.entry = entry
        self.messages = messages
        self.headers = headers
        super().__init__(entry.type, *messages)


class SchemaInvalid(ApiError):
    """The body is JSON whose shape breaks the contract; each message begins with a pointer (section 1.4)."""

    def __init__(self, faults: Sequence[str], count: int | None = None) -> None:
        more = (len(faults) if count is None else count) - MAX_MESSAGES
        shown = [*faults[:MAX_MESSAGES], f"… and {more} more"] if more > 0 else faults
        super().__init__(catalogue.SCHEMA_VALIDATION, *shown)


class TryAgain(Exception):
    """The request lost a race or a time limit; nothing was written, and sending it again is safe."""


def error_of(exception: Exception) -> ApiError:
    """What the caller is told of any exception: nothing about our inside but the request id."""
    if isinstance(exception, ApiError):
        return exception
    if isinstance(exception, PermissionDenied):
        return ApiError(catalogue.FORBIDDEN, f"This needs the permission [{exception.permission}]")
    if isinstance(exception, OperationalError | InterfaceError | TryAgain):
        logger.warning("Answered 503 to %s: %s", current_request_id(), type(exception).__name__)
        return ApiError(
            catalogue.SERVICE_UNAVAILABLE,
            "The service is not available for the moment. It is safe to send the request again",
            headers={"Retry-After": str(RETRY_AFTER)},
        )
    if isinstance(exception, SuspiciousOperation):
        return ApiError(catalogue.PAYLOAD_VALIDATION, "The request has too many query parameters or is malformed")
    _log(exception)
    return ApiError(catalogue.INTERNAL_ERROR, f"Internal error, request id [{current_request_id()}]")


def _log(exception: Exception) -> None:
    request_id = current_request_id()
    if any(isinstance(link, DatabaseFailure | psycopg.Error) for link in _chain(exception)):
        # PostgreSQL quotes the offending row in its message, and a row may hold what no log may (a ssn).
        where = "".join(traceback.format_tb(exception.__traceback__))
        state = getattr(exception.__cause__, "sqlstate", None)
        logger.error("Request %s failed: %s, SQLSTATE %s\n%s", request_id, type(exception).__name__, state, where)
    else:
        logger.error("Request %s failed", request_id, exc_info=exception)


def _chain(exception: BaseException | None) -> Iterator[BaseException]:
    """An exception, and what led to it: a traceback prints them all."""
    while exception is not None:
        yield exception
        exception = exception.__cause__ or exception.__context__


def error_response(request: HttpRequest, error: ApiError) -> HttpResponse:
    """The envelope of an error, with the address of the page that explains its code."""
    entry = error.entry
    return answer(envelope(request, entry, error.messages), entry.status, error.headers)


def envelope(request: HttpRequest, entry: Entry, messages: Sequence[str]) -> dict[str, Any]:
    """The body of an error answer."""
    return {
        "error": {
            "code": entry.code,
            "messages": messages,
            "moreInfo": request.build_absolute_uri(f"/docs/errors/{entry.code}"),
            "status": entry.status,
            "type": entry.type,
        }
    }
