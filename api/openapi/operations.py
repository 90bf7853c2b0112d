"""What a view tells of its operations: the words of the OpenAPI document (lookup API contract, section 11).

A view describes; ``api.openapi.inspector`` turns that into OpenAPI by means of drf-spectacular.
"""

from collections.abc import Iterable, Mapping
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


def query(
    name: str, description: str, schema: Schema, *, examples: Iterable[Any] = (), required: bool = False
) -> OpenApiParameter:
    """A query parameter. A list is sent as one value, its items set apart by commas."""
    return OpenApiParameter(
        name,
        type=schema,
        location=OpenApiParameter.QUERY,
        description=description,
        required=required,
        style="form" if schema.get("type") == "array" else None,
        explode=False if schema.get("type") == "array" else None,
        examples=[example(str(index), value) for index, value in enumerate(examples, start=1)],
    )


def in_path(name: str, description: str, schema: Schema, value: Any) -> OpenApiParameter:
    """A part of the path, with the value that it has in the examples."""
    return OpenApiParameter(
        name,
        type=schema,
        location=OpenApiParameter.PATH,
        description=description,
        required=True,
        examples=[example("1", value)],
    )


def header(name: str, description: str, schema: Schema, *, examples: Iterable[Any] = ()) -> OpenApiParameter:
    """A header of the request. None is ever required."""
    return OpenApiParameter(
        name,
        type=schema,
        location=OpenApiParameter.HEADER,
        description=description,
        examples=[example(str(index), value) for index, value in enumerate(examples, start=1)],
    )


IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    "Makes it safe to send the request again: for 24 hours, the same request with the same key gets the first answer,"
    " and nothing is done twice.",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    examples=["b9c5f2d0-6a1e-4d0e-9d6c-2f1f0a7f3c11"],
)
