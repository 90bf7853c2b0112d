"""Every error code of the lookup API: its number, type and status, what it means and what to do (contract section 1.3).

This is the one place that knows them. The envelope takes number, type and status from here; the pages under
``/docs/errors/`` take the texts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text: TypeAlias = "str | _StrPromise"


@dataclass(frozen=True)
class Entry:
    """One error code. ``meaning`` and ``remedy`` are sentences for the reader of its page."""

    code: int
    type: str
    status: int
    meaning: "Text"
    remedy: "Text"


INTERNAL_ERROR = Entry(
    10000,
    "InternalError",
    500,
    _("Something went wrong on our side. Nothing was written."),
    _("Try again. If it happens again, tell us the request id that the message carries; it is in our logs."),
)
INVALID_JSON = Entry(
    10005,
    "InvalidJSONPayload",
    400,
    _(
        "The body is not JSON: it is malformed, not UTF-8, nested deeper than 32 levels, or one of its strings holds a"
        " NUL character or half of a surrogate pair."
    ),
    _("Send one JSON document in UTF-8. The message says what was found."),
)
INVALID_LOOKUP_KEY = Entry(
    10006,
    "InvalidLookupKey",
    400,
    _("The path names a lookup key that does not exist."),
    _("Use id or sourceId, in exactly this spelling."),
)
SCHEMA_VALIDATION = Entry(
    10007,
    "SchemaValidationException",
    400,
    _("The body is JSON, but its shape breaks the contract: an unknown or missing key, a wrong type, a text too long."),
    _(
        "Each message begins with a pointer to the place that is wrong; for an unknown key, to the object that"
        " holds it. Nothing of the request was written. Correct it and send it again."
    ),
)
NOT_FOUND = Entry(
    10008,
    "NotFound",
    404,
    _("There is nothing at this path."),
    _("Compare the path with the reference. Path names are case-sensitive; a trailing slash makes no difference."),
)
PAGINATION = Entry(
    10015,
    "PaginatedResponseException",
    400,
    _("The page, the offset or the limit is not a positive integer, or is over its maximum."),
    _("Pages count from 1; offset is the page size and limit the number of changes, both at most 1000."),
)
LOOKUP_KEY_NOT_FOUND = Entry(
    10016,
    "LookupKeyNotFound",
    400,
    _("A row of a bulk request lacks the key that its endpoint finds records by."),
    _("Send sourceId and source in each row of bulk/sourceId, and id in each row of bulk/id."),
)
PAYLOAD_VALIDATION = Entry(
    10017,
    "PayloadValidationError",
    400,
    _("A value is well-formed but not acceptable, such as a date that does not exist or a malformed e-mail address."),
    _("The message names the value and says what is acceptable. In a bulk request the other rows are not affected."),
)
UNAUTHORIZED = Entry(
    10021,
    "Unauthorized",
    401,
    _("The access token is missing, unknown, expired, or was revoked."),
    _("Get a token from POST /oauth2/token and send it in the header: Authorization: Bearer …"),
)
FORBIDDEN = Entry(
    10022,
    "Forbidden",
    403,
    _("The access token lacks the scope that the message names."),
    _("Ask for the scope when you get the token. If it is refused there, an owner can grant it in the back office."),
)
METHOD_NOT_ALLOWED = Entry(
    10023,
    "MethodNotAllowed",
    405,
    _("This path exists, but not with this method."),
    _("Use one of the methods in the Allow header."),
)
UNSUPPORTED_MEDIA_TYPE = Entry(
    10024,
    "UnsupportedMediaType",
    415,
    _("The body has a media type or an encoding that is not understood."),
    _("Send JSON in UTF-8 with Content-Type: application/json, plain or with Content-Encoding: gzip."),
)
PAYLOAD_TOO_LARGE = Entry(
    10025,
    "PayloadTooLarge",
    413,
    _("The request has more rows or more bytes than one request may have. A compressed body counts decompressed."),
    _("Send several smaller requests, or hand the whole file to an import job in the back office."),
)
PRECONDITION_FAILED = Entry(
    10026,
    "PreconditionFailed",
    412,
    _("The record has changed: its ETag is none of those in the If-Match header. Nothing was written."),
    _("Get the record, decide again what to change, and send the new ETag."),
)
IDEMPOTENCY_KEY_REUSED = Entry(
    10027,
    "IdempotencyKeyReused",
    422,
    _("This Idempotency-Key was used with another request within the last 24 hours."),
    _("Make a new key for each new request; repeat a key only to repeat a request."),
)
IDEMPOTENCY_KEY_IN_PROGRESS = Entry(
    10028,
    "IdempotencyKeyInProgress",
    409,
    _("The first request with this Idempotency-Key is still running."),
    _("Wait a moment and send the same request again: you will get the answer to the first one."),
)
TOO_MANY_REQUESTS = Entry(
    10029,
    "TooManyRequests",
    429,
    _("The client sent more requests than its limit for a minute."),
    _("Wait for as many seconds as the Retry-After header says. Bulk requests move more records per request."),
)
SERVICE_UNAVAILABLE = Entry(
    10030,
    "ServiceUnavailable",
    503,
    _("The database is away for the moment, or took too long. Nothing was written."),
    _("Send the same request again after as many seconds as the Retry-After header says."),
)
CURSOR_EXPIRED = Entry(
    10031,
    "CursorExpired",
    410,
    _("The cursor points to changes that are no longer kept."),
    _("Start again from an export, then follow the changes from there."),
)

GENERAL = (
    INTERNAL_ERROR,
    INVALID_JSON,
    INVALID_LOOKUP_KEY,
    SCHEMA_VALIDATION,
    NOT_FOUND,
    PAGINATION,
    LOOKUP_KEY_NOT_FOUND,
    PAYLOAD_VALIDATION,
    UNAUTHORIZED,
    FORBIDDEN,
    METHOD_NOT_ALLOWED,
    UNSUPPORTED_MEDIA_TYPE,
    PAYLOAD_TOO_LARGE,
    PRECONDITION_FAILED,
    IDEMPOTENCY_KEY_REUSED,
    IDEMPOTENCY_KEY_IN_PROGRESS,
    TOO_MANY_REQUESTS,
    SERVICE_UNAVAILABLE,
    CURSOR_EXPIRED,
)

EXISTS = "exists"
MULTIPLE_FOUND = "multiple found"
MISSING = "not found"
PARENT_MISSING = "parent not found"
NOT_ALLOWED = "not allowed"


def _about(noun: str, base: int, not_allowed: int, *, nested: bool = False) -> Iterator[tuple[str, Entry]]:
    """The codes about one resource; the last digit says what. A nested resource is found below its owner only."""
    yield (
        EXISTS,
        Entry(
            base + 4,
            f"{noun}Exists",
            400,
            _("Another record holds this key already, or the id is taken."),
            _("Update the record that holds the key, or send another key."),
        ),
    )
    if not nested:
        yield (
            MULTIPLE_FOUND,
            Entry(
                base + 5,
                f"{noun}MultipleFound",
                400,
                _("The sourceId leads to records of several sources."),
                _("Add ?source= to the path, or source beside the sourceId of a parent."),
            ),
        )
    yield (
        MISSING,
        Entry(
            base + 6,
            f"{noun}NotFound",
            404,
            _("No record has this key. Records of other tenants do not exist for you."),
            _("Check the key and, if you send one, the source. Keys are compared exactly, case and blanks included."),
        ),
    )
    if not nested:
        yield (
            PARENT_MISSING,
            Entry(
                base + 7,
                f"Parent{noun}NotFound",
                404,
                _("The record that the path begins with does not exist."),
                _("Check the key of the owner in the path."),
            ),
        )
    yield (
        NOT_ALLOWED,
        Entry(
            base + 8,
            f"{noun}NotAllowed",
            not_allowed,
            _("The record is in the recycle bin. It keeps its key and cannot be read or changed until it is restored."),
            _("Have it restored in the back office, or leave it out. Only the back office can restore."),
        ),
    )


RESOURCES: dict[str, dict[str, Entry]] = {
    "usergroups": dict(_about("Usergroup", 20000, 405)),
    "companies": dict(_about("Company", 40000, 405)),
    "contacts": dict(_about("Contact", 50000, 404)),
    "customers": dict(_about("Customer", 60000, 405)),
    "users": dict(_about("User", 70000, 405)),
    "addresses": dict(_about("Address", 90000, 404, nested=True)),
}
"""The codes of each resource by what went wrong; the words are the values of the kinds of a refusal."""

_ANYWHERE = {"invalid": PAYLOAD_VALIDATION, "forbidden": FORBIDDEN, "stale": PRECONDITION_FAILED}

BY_CODE: dict[int, Entry] = {
    entry.code: entry for entry in (*GENERAL, *(e for entries in RESOURCES.values() for e in entries.values()))
}


def entry_for(kind: str, resource: str) -> Entry:
    """The code for a kind of refusal and the resource that it is about. Errors: KeyError for an unknown pair."""
    return _ANYWHERE.get(kind) or RESOURCES[resource][kind]
