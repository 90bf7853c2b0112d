"""The request id: the caller's where usable, else a new one (lookup API contract, section 1)."""

import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

USABLE = re.compile(r"\A[\x21-\x7e]{1,128}\Z")
current: ContextVar[str] = ContextVar("request_id", default="")


class RequestIdMiddleware:
    """Gives every request an id and every response the header ``x-request-id``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = sent if USABLE.match(sent) else str(uuid.uuid4())
        request.request_id = request_id  # type: ignore[attr-defined]  # for rooms that may not import this one
        token = current.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            current.reset(token)
        response["x-request-id"] = request_id
        return response


def current_request_id() -> str:
    """The id of the request that this thread serves, ``""`` outside a request."""
    return current.get()
