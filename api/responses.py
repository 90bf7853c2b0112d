"""JSON answers, encoded by msgspec."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpResponse

JSON = "application/json"
encode = msgspec.json.Encoder().encode


class Answer(HttpResponse):
    """An answer of the API.

    ``rows`` is how many records it is about, for the access log. ``shows`` names the scopes without which somebody else
    may not be shown it.
    """

    rows: int = 0
    shows: tuple[str, ...] = ()


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with this body. It may hold personal data, so that no cache on the way may keep it."""
    response = Answer(encode(body), status=status, content_type=JSON)
    response.rows = _rows_of(body)
    response.headers["Cache-Control"] = "no-store"
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def _rows_of(body: Any) -> int:
    """How many records an envelope is about (contract, section 1.2): a single one, deleted or not, is an object."""
    data = body.get("data") if isinstance(body, dict) else None
    return len(data) if isinstance(data, list) else int(data is not None)
