"""From what went wrong to the error envelope (lookup API contract, section 1.3)."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from api import catalogue
from api.catalogue import Entry
from api.log_lines import told_without_values
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
    if isinstance(exception, DisallowedHost):
        return ApiError(catalogue.PAYLOAD_VALIDATION, "The Host header names a host that is not served here")
    if isinstance(exception, SuspiciousOperation):
        return ApiError(catalogue.PAYLOAD_VALIDATION, "The request has too many query parameters or is malformed")
    _log(exception)
    return ApiError(catalogue.INTERNAL_ERROR, f"Internal error, request id [{current_request_id()}]")


def _log(exception: Exception) -> None:
    # No message of any exception: it may quote what the caller sent, as PostgreSQL quotes the row at fault.
    logger.error("Request %s failed: %s", current_request_id(), told_without_values(exception))


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
            "moreInfo": _page(request, entry),
            "status": entry.status,
            "type": entry.type,
        }
    }


def _page(request: HttpRequest, entry: Entry) -> str:
    path = f"/docs/errors/{entry.code}"
    try:
        return request.build_absolute_uri(path)
    except DisallowedHost:  # then there is no address that would work
        return path
