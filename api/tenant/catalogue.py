"""Every code of the tenant API: its status and title, what it means and what to do (tenant API contract, section 11).

It stands beside ``api.catalogue``, which has the numbers of the lookup API. Problems take status and title from here;
the pages under ``/docs/errors/`` take the texts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text: TypeAlias = "str | _StrPromise"


@dataclass(frozen=True)
class Entry:
    """One code. ``meaning`` and ``remedy`` are sentences for the reader of its page."""

    code: str
    status: int
    title: str
    meaning: "Text"
    remedy: "Text"

    @property
    def slug(self) -> str:
        """The code as the path of its page and the end of ``type`` have it."""
        return self.code.lower().replace("_", "-")

    @property
    def type(self) -> str:
        return f"urn:problem-type:{self.slug}"


_AGAIN = _("Send the same request again after as many seconds as the Retry-After header says.")
_NEW_UID = _("Choose another uid, or change the one that holds it.")

MALFORMED_JSON = Entry(
    "MALFORMED_JSON",
    400,
    "Malformed JSON",
    _(
        "A body is needed and there is none, or it is not JSON: malformed, not UTF-8, nested deeper than 32 levels,"
        " with the same member twice in an object, or with a NUL character or half of a surrogate pair in a text."
    ),
    _("Send one JSON document in UTF-8. The detail says what was found."),
)
INVALID_PARAMETER = Entry(
    "INVALID_PARAMETER",
    400,
    "Invalid parameter",
    _("A query parameter has a value that it cannot have."),
    _("The entries of errors name the parameters and say what they take. Unknown parameters are ignored."),
)
INVALID_CURSOR = Entry(
    "INVALID_CURSOR",
    400,
    "Invalid cursor",
    _("The cursor is none that an answer held, or it belongs to another list: other criteria or another order."),
    _("Pass paging.nextCursor of the page before as it is, with the other parameters as they were. Empty: no more."),
)
INVALID_HEADER = Entry(
    "INVALID_HEADER",
    400,
    "Invalid header",
    _("A header has a value that it cannot have."),
    _("The detail names the header and says what it takes."),
)
UNAUTHENTICATED = Entry(
    "UNAUTHENTICATED",
    401,
    "No token",
    _("The request carries no token."),
    _("Send a token in the header: Authorization: Bearer …"),
)
INVALID_TOKEN = Entry(
    "INVALID_TOKEN",
    401,
    "Invalid token",
    _("The token is unknown, has expired, was revoked, or is of a kind that is not accepted here."),
    _("Get a new token. Which kind is accepted where stands in the reference."),
)
INVALID_CREDENTIALS = Entry(
    "INVALID_CREDENTIALS",
    401,
    "Invalid credentials",
    _("User code and password do not belong together, or the user may not work in this tenant."),
    _("Try again. After five failures the code is locked on this device for up to 15 minutes."),
)
PERMISSION_DENIED = Entry(
    "PERMISSION_DENIED",
    403,
    "Permission denied",
    _("The caller lacks the permission that the detail names, or may only read."),
    _("An owner of the tenant can grant it: to a user by a role, to an API client on its page."),
)
EXTENSION_REQUIRED = Entry(
    "EXTENSION_REQUIRED",
    403,
    "Extension required",
    _("The call needs an extension that is not active for this tenant; extensionCode names it."),
    _("Somebody with TENANT.ADMIN can activate it in the back office."),
)
NOT_FOUND = Entry(
    "NOT_FOUND",
    404,
    "Not found",
    _("There is nothing at this path."),
    _("Compare the path with the reference. Path names are case-sensitive; a trailing slash makes no difference."),
)
TENANT_NOT_FOUND = Entry(
    "TENANT_NOT_FOUND",
    404,
    "Tenant not found",
    _("There is no such tenant, or the token is not for it."),
    _("Check the uid in the path. GET /account lists the tenants of the caller."),
)
CUSTOMER_NOT_FOUND = Entry(
    "CUSTOMER_NOT_FOUND",
    404,
    "Customer not found",
    _("No customer of the tenant has this uid."),
    _("Check the uid; it is compared exactly. Digits alone are an id."),
)
CUSTOMER_IN_RECYCLE_BIN = Entry(
    "CUSTOMER_IN_RECYCLE_BIN",
    409,
    "Customer in the recycle bin",
    _("The customer is in the recycle bin. It keeps its keys. On a path the status is 404."),
    _("A back-office user can restore it; then the same request works."),
)
CUSTOMER_ERASED = Entry(
    "CUSTOMER_ERASED",
    409,
    "Customer erased",
    _("The customer was erased for good. Its keys stay taken. On a path the status is 404."),
    _("Nothing brings it back. Use another uid and another externalId."),
)
ADDRESS_NOT_FOUND = Entry(
    "ADDRESS_NOT_FOUND",
    404,
    "Address not found",
    _("The customer has no such address."),
    _("List the addresses of the customer to see their uids."),
)
CUSTOMER_GROUP_NOT_FOUND = Entry(
    "CUSTOMER_GROUP_NOT_FOUND",
    404,
    "Customer group not found",
    _("The tenant has no such customer group."),
    _("List the customer groups to see their uids."),
)
STORE_NOT_FOUND = Entry(
    "STORE_NOT_FOUND",
    404,
    "Store not found",
    _("The tenant has no such store."),
    _("List the stores to see their uids. Stores are made in the back office."),
)
EXTENSION_NOT_FOUND = Entry(
    "EXTENSION_NOT_FOUND",
    404,
    "Extension not found",
    _("There is no extension of customers with this code."),
    _("The only code is TWO_INVOICE."),
)
METHOD_NOT_ALLOWED = Entry(
    "METHOD_NOT_ALLOWED",
    405,
    "Method not allowed",
    _("This path exists, but not with this method."),
    _("Use one of the methods in the Allow header."),
)
CUSTOMER_UID_EXISTS = Entry(
    "CUSTOMER_UID_EXISTS",
    409,
    "Customer uid exists",
    _("Another customer has this uid; customerUid names it."),
    _NEW_UID,
)
EXTERNAL_ID_EXISTS = Entry(
    "EXTERNAL_ID_EXISTS",
    409,
    "External id exists",
    _("Another customer has this externalId; customerUid names it."),
    _("Change that customer, or send another externalId."),
)
SOURCE_KEY_HELD = Entry(
    "SOURCE_KEY_HELD",
    409,
    "Source key held",
    _("The customer carries the key of another system, which this API never replaces."),
    _("Leave externalId out. An owner can make that system's source the external source of the tenant."),
)
IDENTITY_CONFLICT = Entry(
    "IDENTITY_CONFLICT",
    409,
    "Identity conflict",
    _("customerUid and externalId of the item belong to different customers."),
    _("Send one of the two, or correct it."),
)
ADDRESS_UID_EXISTS = Entry(
    "ADDRESS_UID_EXISTS", 409, "Address uid exists", _("Another address of the customer has this uid."), _NEW_UID
)
CUSTOMER_GROUP_UID_EXISTS = Entry(
    "CUSTOMER_GROUP_UID_EXISTS", 409, "Customer group uid exists", _("Another customer group has this uid."), _NEW_UID
)
IDEMPOTENCY_IN_PROGRESS = Entry(
    "IDEMPOTENCY_IN_PROGRESS",
    409,
    "Request in progress",
    _("The first request with this Idempotency-Key is still running."),
    _("Wait a moment and send the same request again: you will get the answer to the first one."),
)
PRECONDITION_FAILED = Entry(
    "PRECONDITION_FAILED",
    412,
    "Precondition failed",
    _("The record has changed: its ETag is not the one in the If-Match header. Nothing was written."),
    _("Get the record, decide again what to change, and send the new ETag."),
)
PAYLOAD_TOO_LARGE = Entry(
    "PAYLOAD_TOO_LARGE",
    413,
    "Payload too large",
    _("The body has more than 1 MiB, or more than 32 MiB on batch. A compressed body counts decompressed."),
    _("Send several smaller requests."),
)
TOO_MANY_ITEMS = Entry(
    "TOO_MANY_ITEMS",
    413,
    "Too many items",
    _("A batch has more than 10,000 items over all its lists."),
    _("Send several smaller batches."),
)
UNSUPPORTED_MEDIA_TYPE = Entry(
    "UNSUPPORTED_MEDIA_TYPE",
    415,
    "Unsupported media type",
    _("The body has no media type, or one or an encoding that is not understood here."),
    _("Send JSON in UTF-8 with Content-Type: application/json; PATCH also takes application/merge-patch+json."),
)
VALIDATION_FAILED = Entry(
    "VALIDATION_FAILED",
    422,
    "Validation failed",
    _("Members of the body are not valid. Nothing was written."),
    _("Each entry of errors points at a member and says what is wrong with it. Its code is one of those below."),
)
ATOMIC_BATCH_FAILED = Entry(
    "ATOMIC_BATCH_FAILED",
    422,
    "Atomic batch failed",
    _("An item of an atomic batch failed, and so nothing was written."),
    _("Correct the items that errors points at, or send the batch without atomic."),
)
IDEMPOTENCY_KEY_REUSED = Entry(
    "IDEMPOTENCY_KEY_REUSED",
    422,
    "Idempotency key reused",
    _("This Idempotency-Key was used with another request within the last 24 hours."),
    _("Make a new key for each new request; repeat a key only to repeat a request."),
)
RATE_LIMITED = Entry(
    "RATE_LIMITED",
    429,
    "Rate limited",
    _("The API client or user sent more requests than its limit for a minute."),
    _("Wait for as many seconds as the Retry-After header says. A batch counts as one request."),
)
LOGIN_THROTTLED = Entry(
    "LOGIN_THROTTLED",
    429,
    "Login throttled",
    _("Too many logins failed on this device: 5 with this user code, or 30 in all, within 15 minutes."),
    _("Wait for as many seconds as the Retry-After header says. Until then the right password is refused, too."),
)
INTERNAL_ERROR = Entry(
    "INTERNAL_ERROR",
    500,
    "Internal error",
    _("Something went wrong on our side. Nothing was written."),
    _("Try again. If it happens again, tell us the requestId; it is in our logs."),
)
EXTERNAL_SEARCH_FAILED = Entry(
    "EXTERNAL_SEARCH_FAILED",
    502,
    "External search failed",
    _("The search of the other system cannot be reached, or its answer cannot be used."),
    _("Try again. Somebody with TENANT.ADMIN can check its address in the back office."),
)
UNAVAILABLE = Entry(
    "UNAVAILABLE",
    503,
    "Unavailable",
    _("The database is away for the moment, or took too long. Nothing was written."),
    _AGAIN,
)
EXTERNAL_SEARCH_TIMEOUT = Entry(
    "EXTERNAL_SEARCH_TIMEOUT",
    504,
    "External search timed out",
    _("The search of the other system did not answer within 5 seconds."),
    _("Try again in a moment."),
)

PROBLEMS = (
    MALFORMED_JSON,
    INVALID_PARAMETER,
    INVALID_CURSOR,
    INVALID_HEADER,
    UNAUTHENTICATED,
    INVALID_TOKEN,
    INVALID_CREDENTIALS,
    PERMISSION_DENIED,
    EXTENSION_REQUIRED,
    NOT_FOUND,
    TENANT_NOT_FOUND,
    CUSTOMER_NOT_FOUND,
    CUSTOMER_IN_RECYCLE_BIN,
    CUSTOMER_ERASED,
    ADDRESS_NOT_FOUND,
    CUSTOMER_GROUP_NOT_FOUND,
    STORE_NOT_FOUND,
    EXTENSION_NOT_FOUND,
    METHOD_NOT_ALLOWED,
    CUSTOMER_UID_EXISTS,
    EXTERNAL_ID_EXISTS,
    SOURCE_KEY_HELD,
    IDENTITY_CONFLICT,
    ADDRESS_UID_EXISTS,
    CUSTOMER_GROUP_UID_EXISTS,
    IDEMPOTENCY_IN_PROGRESS,
    PRECONDITION_FAILED,
    PAYLOAD_TOO_LARGE,
    TOO_MANY_ITEMS,
    UNSUPPORTED_MEDIA_TYPE,
    VALIDATION_FAILED,
    ATOMIC_BATCH_FAILED,
    IDEMPOTENCY_KEY_REUSED,
    RATE_LIMITED,
    LOGIN_THROTTLED,
    INTERNAL_ERROR,
    EXTERNAL_SEARCH_FAILED,
    UNAVAILABLE,
    EXTERNAL_SEARCH_TIMEOUT,
)
"""The codes of whole answers."""

REQUIRED = "REQUIRED"
UNKNOWN_MEMBER = "UNKNOWN_MEMBER"
READ_ONLY = "READ_ONLY"
WRONG_TYPE = "WRONG_TYPE"
TOO_LONG = "TOO_LONG"
OUT_OF_RANGE = "OUT_OF_RANGE"
INVALID_FORMAT = "INVALID_FORMAT"
INVALID_CHOICE = "INVALID_CHOICE"
RESERVED = "RESERVED"
UNKNOWN_REFERENCE = "UNKNOWN_REFERENCE"
CONFLICTING_VALUES = "CONFLICTING_VALUES"
NOT_ALLOWED_FOR_TYPE = "NOT_ALLOWED_FOR_TYPE"

FAULTS: dict[str, "Text"] = {
    REQUIRED: _("The member is missing or empty, and is needed."),
    UNKNOWN_MEMBER: _("There is no such member."),
    READ_ONLY: _("The member cannot be changed."),
    WRONG_TYPE: _("The value is of another JSON type than the member."),
    TOO_LONG: _("The text has too many characters."),
    OUT_OF_RANGE: _("The number is too small or too large, or the array has too many entries."),
    INVALID_FORMAT: _("The text is not of the form that the member takes."),
    INVALID_CHOICE: _("The text is none of those that the member takes."),
    RESERVED: _("The text is a word of this API."),
    UNKNOWN_REFERENCE: _("The tenant has no such thing."),
    CONFLICTING_VALUES: _("Two values that say the same thing differ."),
    NOT_ALLOWED_FOR_TYPE: _("A customer of this type cannot have this."),
}
"""The codes of the entries of ``errors`` in a problem VALIDATION_FAILED."""


def by_slug(entries: Iterable[Entry] = PROBLEMS) -> dict[str, Entry]:
    """The codes by the paths of their pages."""
    return {entry.slug: entry for entry in entries}
