"""The error answers of the OpenAPI document, made from the catalogue of codes (lookup API contract, section 1.3)."""

from collections.abc import Sequence

from api import catalogue
from api.catalogue import Entry
from api.errors import MAX_MESSAGES
from api.openapi.operations import Failure, Schema
from api.openapi.schemas import array, closed, integer, reference, text
from api.responses import JSON

HOST = "https://backoffice.example"
"""The host of all examples."""

ERROR = "Error"
ERROR_SCHEMA: Schema = closed(
    {
        "error": closed(
            {
                "code": {"type": "integer", "description": "The number of the error. Programs should look at this."},
                "messages": array(
                    text(), description="What is wrong, one message for each fault.", maxItems=MAX_MESSAGES + 1
                ),
                "moreInfo": text("A page that says what the code means and what to do.", format="uri"),
                "status": integer("The HTTP status."),
                "type": text("The name of the code."),
            }
        )
    },
    description="The envelope of every error.",
)

UNEXPECTED = Failure(catalogue.INTERNAL_ERROR, "Internal error, request id [5f0c7f1e-8f0e-4a3c-9a55-0c1f6a4f3b7d]")
AWAY = Failure(
    catalogue.SERVICE_UNAVAILABLE,
    "The service is not available for the moment. It is safe to send the request again",
)
NO_TOKEN = Failure(catalogue.UNAUTHORIZED, "The access token has expired")
TOO_MANY = Failure(catalogue.TOO_MANY_REQUESTS, "The limit is 600 requests a minute. Try again in 2 seconds")
EVERYWHERE = (UNEXPECTED, AWAY, NO_TOKEN, TOO_MANY)
"""What every operation behind a token may answer."""

OF_BODIES = (
    Failure(
        catalogue.INVALID_JSON,
        "The body is not acceptable JSON: Expecting ',' delimiter at line 1, column 42",
    ),
    Failure(
        catalogue.PAYLOAD_TOO_LARGE, "The body is larger than the limit of 32 MiB (33554432 bytes) for one request"
    ),
    Failure(catalogue.SCHEMA_VALIDATION, "#: extraneous key [colour] is not permitted"),
    Failure(catalogue.UNSUPPORTED_MEDIA_TYPE, "Content-Type [text/plain] is not application/json"),
)
"""What every operation with a body may answer."""

OF_QUERIES = Failure(catalogue.PAYLOAD_VALIDATION, "The request has too many query parameters or is malformed")
"""What every operation with query parameters may answer."""


def missing_scope(scope: str) -> Failure:
    """The refusal of a caller who lacks a scope."""
    return Failure(catalogue.FORBIDDEN, f"The access token lacks the scope [{scope}]")


def envelope(entry: Entry, *messages: str) -> Schema:
    """An error as it is answered, for examples."""
    return {
        "error": {
            "code": entry.code,
            "messages": list(messages),
            "moreInfo": f"{HOST}/docs/errors/{entry.code}",
            "status": entry.status,
            "type": entry.type,
        }
    }


def name_of(status: int, failures: Sequence[Failure]) -> str:
    """The name of the answer among the components: those with the same codes share it."""
    return f"Error{status}_" + "_".join(str(failure.entry.code) for failure in failures)


def response_of(failures: Sequence[Failure]) -> Schema:
    """The answer with one status: which codes it may have, what each means, and an example of each."""
    entries = [failure.entry for failure in failures]
    meanings = [f"`{entry.code}` {entry.type}: {entry.meaning}" for entry in entries]
    codes = {
        "code": {"enum": [entry.code for entry in entries]},
        "status": {"const": entries[0].status},
        "type": {"enum": [entry.type for entry in entries]},
    }
    return {
        "description": meanings[0] if len(meanings) == 1 else "\n".join(f"* {meaning}" for meaning in meanings),
        "content": {
            JSON: {
                "schema": {"allOf": [reference(ERROR), {"properties": {"error": {"properties": codes}}}]},
                "examples": {
                    failure.entry.type: {
                        "summary": f"{failure.entry.code} {failure.entry.type}",
                        "value": envelope(failure.entry, failure.message),
                    }
                    for failure in failures
                },
            }
        },
    }


OF_REPEATS = (
    Failure(
        catalogue.IDEMPOTENCY_KEY_REUSED, "This Idempotency-Key was used with another request in the last 24 hours"
    ),
    Failure(catalogue.IDEMPOTENCY_KEY_IN_PROGRESS, "The first request with this Idempotency-Key is still running"),
    Failure(catalogue.PAYLOAD_VALIDATION, "Idempotency-Key must be 1 to 255 visible ASCII characters"),
)
"""What every operation that may carry an ``Idempotency-Key`` may answer."""
