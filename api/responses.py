"""JSON answers, encoded by msgspec."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpResponse

JSON = "application/json"
_encode = msgspec.json.Encoder().encode


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """An answer with this body. It may hold personal data, so that no cache on the way may keep it."""
    response = HttpResponse(_encode(body), status=status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response
