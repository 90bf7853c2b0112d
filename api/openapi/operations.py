"""What a view tells of its operations: the words of the OpenAPI document (lookup API contract, section 11).

A view describes; ``api.openapi.inspector`` turns that into OpenAPI by means of drf-spectacular.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from api.catalogue import Entry
from api.responses import JSON

Schema = dict[str, Any]
"""A JSON Schema of draft 2020-12, which is what OpenAPI 3.1 speaks."""


@dataclass(frozen=True)
class Failure:
    """An error that an operation may answer with: its code, and a message as a caller would read it."""

    entry: Entry
    message: str


@dataclass(frozen=True)
class Answer:
    """A success that an operation may answer with; without a schema it has no body.

    ``headers`` names headers of ``api.openapi.headers``.
    """

    description: str
    schema: Schema | None
    examples: tuple[OpenApiExample, ...]
    status: int = 200
    headers: tuple[str, ...] = ()
    media_type: str = JSON


@dataclass(frozen=True)
class Body:
    """The body of a request. Each example is a request that succeeds; a test sends them all."""

    schema: Schema
    examples: tuple[OpenApiExample, ...]
    media_type: str = JSON
    required: bool = True


@dataclass(frozen=True)
class Operation:
    """One method at one path. ``id`` is what a generated client calls it; ``tag`` the heading it stands under."""

    id: str
    tag: str
    summary: str
    description: str
    answers: tuple[Answer, ...]
    failures: tuple[Failure, ...] = ()
    parameters: tuple[OpenApiParameter, ...] = ()
    body: Body | None = None

    def failures_by_status(self) -> Mapping[int, list[Failure]]:
        """The failures of each status, each code once, in the order of the codes."""
        by_code = {failure.entry.code: failure for failure in reversed(self.failures)}
        statuses: dict[int, list[Failure]] = {}
        for failure in sorted(by_code.values(), key=lambda failure: failure.entry.code):
            statuses.setdefault(failure.entry.status, []).append(failure)
        return dict(sorted(statuses.items()))


def example(name: str, value: Any, summary: str = "") -> OpenApiExample:
    """An example. ``name`` is its key in the document, ``summary`` what a reader is shown."""
    return OpenApiExample(name, value=value, summary=summary or name)


def query(name: str, description: str, schema: Schema, *, value: Any = None) -> OpenApiParameter:
    """A query parameter, and what it is in examples. A list is sent as one value, its items set apart by commas."""
    is_list = schema.get("type") == "array"
    return OpenApiParameter(
        name,
        type=schema,
        location=OpenApiParameter.QUERY,
        description=description,
        style="form" if is_list else None,
        explode=False if is_list else None,
        examples=_one(value),
    )


def in_path(name: str, description: str, schema: Schema, value: Any) -> OpenApiParameter:
    """A part of the path, and what it is in examples."""
    return OpenApiParameter(
        name,
        type=schema,
        location=OpenApiParameter.PATH,
        description=description,
        required=True,
        examples=_one(value),
    )


def header(name: str, description: str, schema: Schema, *, value: Any = None) -> OpenApiParameter:
    """A header of the request, and what it is in examples. None is ever required."""
    return OpenApiParameter(
        name,
        type=schema,
        location=OpenApiParameter.HEADER,
        description=description,
        examples=_one(value),
    )


def _one(value: Any) -> list[OpenApiExample]:
    """The example of a parameter, which has one or none."""
    return [] if value is None else [OpenApiExample("value", value=value)]


IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    "Makes it safe to send the request again: for 24 hours, the same request with the same key gets the first answer,"
    " and nothing is done twice.",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    value="b9c5f2d0-6a1e-4d0e-9d6c-2f1f0a7f3c11",
)
