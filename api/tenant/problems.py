"""From what went wrong to problem details (RFC 9457; tenant API contract, section 11).

What the shared machinery refuses in the words of the lookup API (bodies, rate limit, idempotency keys) is told here in
the codes of this one.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.http import HttpRequest
from django.utils.encoding import escape_uri_path

from api import catalogue as lookup
from api.bodies import discard_rest
from api.errors import ApiError, error_of
from api.request_id import current_request_id
from api.responses import Answer, encode
from api.tenant import catalogue
from api.tenant.catalogue import Entry

PROBLEM_JSON = "application/problem+json"
LONGEST_INSTANCE = 2048

_CODES: dict[int, Entry] = {
    lookup.INTERNAL_ERROR.code: catalogue.INTERNAL_ERROR,
    lookup.INVALID_JSON.code: catalogue.MALFORMED_JSON,
    lookup.UNAUTHORIZED.code: catalogue.INVALID_TOKEN,
    lookup.FORBIDDEN.code: catalogue.PERMISSION_DENIED,
    lookup.UNSUPPORTED_MEDIA_TYPE.code: catalogue.UNSUPPORTED_MEDIA_TYPE,
    lookup.PAYLOAD_TOO_LARGE.code: catalogue.PAYLOAD_TOO_LARGE,
    lookup.PAYLOAD_VALIDATION.code: catalogue.INVALID_HEADER,
    lookup.PRECONDITION_FAILED.code: catalogue.PRECONDITION_FAILED,
    lookup.IDEMPOTENCY_KEY_REUSED.code: catalogue.IDEMPOTENCY_KEY_REUSED,
    lookup.IDEMPOTENCY_KEY_IN_PROGRESS.code: catalogue.IDEMPOTENCY_IN_PROGRESS,
    lookup.TOO_MANY_REQUESTS.code: catalogue.RATE_LIMITED,
    lookup.SERVICE_UNAVAILABLE.code: catalogue.UNAVAILABLE,
}


class Fault(NamedTuple):
    """An entry of ``errors``. ``pointer`` leads into the body (RFC 6901), or is ``?name`` for a query parameter."""

    pointer: str
    code: str
    message: str


class Problem(Exception):
    """A request that is refused.

    Takes: its code; ``detail``, a sentence for people; the ``faults`` to point at; further ``members`` of the answer.
    ``status`` is that of the code unless another one is given: a customer in the recycle bin is 404 in a path and 409
    as the holder of a key.
    """

    def __init__(
        self,
        entry: Entry,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
        status: int | None = None,
    ) -> None:
        self.entry = entry
        self.detail = detail
        self.faults = faults
        self.headers = headers or {}
        self.members = members or {}
        self.status = status or entry.status
        super().__init__(entry.code, detail)

    def told(self) -> dict[str, Any]:
        """The members that do not depend on the request, in the order of the contract. Items of a batch have these."""
        return {
            "type": self.entry.type,
            "title": self.entry.title,
            "status": self.status,
            "detail": self.detail,
            "message": self.detail,
            "code": self.entry.code,
            **self.members,
            "errors": [fault._asdict() for fault in self.faults],
        }


def invalid(faults: Sequence[Fault]) -> Problem:
    """The refusal of a body with these faults, all of them."""
    verb = "member is" if len(faults) == 1 else "members are"
    return Problem(catalogue.VALIDATION_FAILED, f"{len(faults)} {verb} not valid.", faults=faults)


def problem_of(exception: Exception) -> Problem:
    """What the caller is told of any exception: nothing about our inside but the request id."""
    if isinstance(exception, Problem):
        return exception
    error = error_of(exception)
    entry = _CODES.get(error.entry.code, catalogue.INTERNAL_ERROR)
    if isinstance(exception, SuspiciousOperation) and not isinstance(exception, DisallowedHost):
        entry = catalogue.INVALID_PARAMETER
    return Problem(entry, _sentence(error, entry), headers=error.headers)


def _sentence(error: ApiError, entry: Entry) -> str:
    if entry is catalogue.INTERNAL_ERROR:
        return "Something went wrong on our side. The request id leads to what it was."
    return f"{'. '.join(error.messages)}.".replace("..", ".")


def refuse(request: HttpRequest, problem: Problem) -> Answer:
    """The answer to a request that is refused, given when its body has been taken off the wire."""
    discard_rest(request)
    told = problem.told()
    errors, members = told.pop("errors"), {name: told.pop(name) for name in problem.members}
    code = told.pop("code")
    body = {
        **told,
        "instance": escape_uri_path(request.path[:LONGEST_INSTANCE]),
        "code": code,
        "requestId": current_request_id(),
        **members,
        "errors": errors,
    }
    response = Answer(encode(body), status=problem.status, content_type=PROBLEM_JSON)
    response.headers["Cache-Control"] = "no-store"
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response
