"""The headers of answers, as the OpenAPI document tells of them."""

from api.openapi.operations import Schema
from api.openapi.schemas import integer, text

REQUEST_ID = "x-request-id"
ETAG, LOCATION, DOCUMENT_ETAG = "ETag", "Location", "DocumentETag"
REPLAYED = "Idempotency-Replayed"
LIMITS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
ITEMS_ESTIMATE, CHANGES_CURSOR = "x-items-estimate", "x-changes-cursor"
RETRY_AFTER, AUTHENTICATE, ALLOW = "Retry-After", "WWW-Authenticate", "Allow"

HEADERS: dict[str, Schema] = {
    REQUEST_ID: {
        "description": "The id of this request: the one that you sent in the header of the same name, if it has 1 to"
        " 128 visible ASCII characters, else a new one. It is in our logs and in the change history.",
        "schema": text(pattern="^[!-~]{1,128}$"),
        "required": True,
        "example": "5f0c7f1e-8f0e-4a3c-9a55-0c1f6a4f3b7d",
    },
    ETAG: {
        "description": 'The version of the record, as `"<id>-<version>"`, for `If-Match`.',
        "schema": text(pattern='^"[0-9]+-[0-9]+"$'),
        "required": True,
        "example": '"71-3"',
    },
    DOCUMENT_ETAG: {
        "description": "The version of the document, for `If-None-Match`.",
        "schema": text(),
        "required": True,
        "example": '"2d1f0a7f3c11b9c56a1e4d0e9d6c0f00"',
    },
    LOCATION: {
        "description": "Where the new record is.",
        "schema": text(format="uri-reference"),
        "required": True,
        "example": "/v2/customers/id/71",
    },
    REPLAYED: {
        "description": "There when this is the first answer to a request that was sent again with its"
        " `Idempotency-Key`.",
        "schema": {"const": "true"},
        "example": "true",
    },
    LIMITS[0]: {
        "description": "Requests a minute; absent, like the other two, where your API client has no limit.",
        "schema": integer(minimum=1),
        "example": 600,
    },
    LIMITS[1]: {
        "description": "Requests that are left now, as far as the process that answers knows.",
        "schema": integer(minimum=0),
        "example": 598,
    },
    LIMITS[2]: {
        "description": "Seconds until all of them are there again, if no more are sent.",
        "schema": integer(minimum=0),
        "example": 1,
    },
    ITEMS_ESTIMATE: {
        "description": "How many records to expect: exact up to 100,000, an estimate above.",
        "schema": integer(minimum=0),
        "required": True,
        "example": 4976,
    },
    CHANGES_CURSOR: {
        "description": "The cursor of the change feed from which to go on after this export.",
        "schema": text(),
        "required": True,
        "example": "WzQyLDcxLDE3XQ:1vN0aQ",
    },
    RETRY_AFTER: {
        "description": "After how many seconds to send the request again.",
        "schema": integer(minimum=0),
        "required": True,
        "example": 5,
    },
    AUTHENTICATE: {
        "description": "How to prove who you are.",
        "schema": text(),
        "required": True,
        "example": "Bearer",
    },
    ALLOW: {
        "description": "The methods that are allowed. It is empty for a record in the recycle bin: none is, until it"
        " is restored.",
        "schema": text(),
        "required": True,
        "example": "",
    },
}
"""All headers. Those of HTTP itself, such as ``Content-Type`` and ``Cache-Control``, need no words."""

NAMES = {DOCUMENT_ETAG: ETAG}
"""What a header is called in answers, where the document has another name for it."""

OF_STATUS: dict[int, tuple[str, ...]] = {
    401: (AUTHENTICATE,),
    405: (ALLOW,),
    409: (RETRY_AFTER,),
    429: (RETRY_AFTER,),
    503: (RETRY_AFTER,),
}
"""The headers that every error of a status carries."""
