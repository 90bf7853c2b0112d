"""From the bytes of a request to a typed payload (lookup API contract, sections 1, 1.3 and 1.4).

The fast path is one typed decode. Only when that fails is the document parsed again, without types, and walked, so that
the caller gets every fault at once.
"""

import gzip
import json
import re
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from django.http import HttpRequest
from msgspec import inspect

from api import catalogue, json_structure
from api.errors import MAX_MESSAGES, ApiError, SchemaInvalid
from api.schema_messages import LongNumber, faults_of

T = TypeVar("T")

MAX_BYTES = 32 * 1024 * 1024
TOO_LARGE = (
    f"The body is larger than the limit of 32 MiB ({MAX_BYTES} bytes) for one request."
    " Send smaller requests, or hand the file to an import job in the back office"
)
MAX_ROWS = 10_000
DISCARDED_BYTES = 2 * MAX_BYTES
DISCARDED_SECONDS = 10.0
_KEPT = "api.body"
MAX_DEPTH = 32
MAX_DIGITS = 255


class BodyRules(NamedTuple):
    """What bodies are taken. ``empty`` is what an empty one is read as; b"" says that one is needed."""

    limit: int = MAX_BYTES
    media_types: frozenset[str] = frozenset({"application/json"})
    type_needed: bool = False
    empty: bytes = b""


_RULES = BodyRules()

_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
_CHARSET = re.compile(r"""\A\s*charset\s*=\s*"?utf-?8"?\s*\Z""", re.IGNORECASE)


def check_declared_size(request: HttpRequest, limit: int = MAX_BYTES) -> None:
    """Refuse a body that says itself that it is too large, before anything else is asked.

    Errors: ApiError 10025.
    """
    if len(length := request.META.get("CONTENT_LENGTH") or "") > 6 and length.isdigit() and int(length) > limit:
        raise too_large(limit)


def too_large(limit: int) -> ApiError:
    """The refusal of a body with more bytes than this."""
    if limit == MAX_BYTES:
        return ApiError(catalogue.PAYLOAD_TOO_LARGE, TOO_LARGE)
    return ApiError(
        catalogue.PAYLOAD_TOO_LARGE, f"The body is larger than the limit of {limit // 1024} KiB ({limit} bytes) here"
    )


def has_body(request: HttpRequest) -> bool:
    """Whether the request says that a body comes with it."""
    return (request.META.get("CONTENT_LENGTH") or "0") != "0" or "HTTP_TRANSFER_ENCODING" in request.META


def read_body(request: HttpRequest, *, keep: bool = False, rules: BodyRules = _RULES) -> bytes:
    """The decompressed body, at most ``rules.limit`` bytes of it: a gzip bomb is stopped while it is decompressed.

    It comes off the wire, so that it can be read once; ``keep`` keeps it for whoever asks again.
    Errors: ApiError 10024 for another media type or encoding, 10025 for too many bytes, 10005 for broken gzip.
    """
    if _KEPT in request.META:
        kept: bytes = request.META[_KEPT]
        return kept
    body = _read(request, rules)
    if keep:
        request.META[_KEPT] = body
    return body


def _read(request: HttpRequest, rules: BodyRules) -> bytes:
    _check_media_type(request, rules)
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if encoding not in {"identity", "gzip", ""}:
        raise ApiError(catalogue.UNSUPPORTED_MEDIA_TYPE, f"Content-Encoding [{encoding[:80]}] is not supported")
    try:
        body = bytes(_stream(request).read(rules.limit + 1))
        if encoding == "gzip":
            body = gzip.GzipFile(fileobj=BytesIO(body)).read(rules.limit + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise ApiError(catalogue.INVALID_JSON, "The body is not valid gzip") from None
    except OSError:
        raise ApiError(catalogue.INVALID_JSON, "The body ended early") from None
    if len(body) > rules.limit:
        raise too_large(rules.limit)
    return body


def discard_rest(request: HttpRequest) -> None:
    """Read what a refused request still has to say, within limits.

    A connection that is closed over unread bytes is reset, and the client may never see why it was refused: an expired
    token in the middle of a push would look like a broken network.
    """
    stream = _stream(request)
    left, deadline = DISCARDED_BYTES, time.monotonic() + DISCARDED_SECONDS
    try:
        while left > 0 and time.monotonic() < deadline and (piece := stream.read(256 * 1024)):
            left -= len(piece)
    except OSError:
        return  # the client has gone


def _check_media_type(request: HttpRequest, rules: BodyRules) -> None:
    sent = request.META.get("CONTENT_TYPE") or ("" if rules.type_needed else "application/json")
    media_type, _, parameters = sent.partition(";")
    if media_type.strip().lower() not in rules.media_types:
        known = " or ".join(sorted(rules.media_types))
        raise ApiError(catalogue.UNSUPPORTED_MEDIA_TYPE, f"Content-Type [{sent[:80]}] is not {known}")
    for parameter in parameters.split(";"):
        if parameter.strip().lower().startswith("charset") and not _CHARSET.match(parameter):
            raise ApiError(catalogue.UNSUPPORTED_MEDIA_TYPE, f"Content-Type [{sent[:80]}] is not UTF-8")


def _stream(request: HttpRequest) -> Any:
    """Where to read the body from. Django takes a chunked body, which has no length, for an empty one."""
    environ = getattr(request, "environ", {})
    chunked = not environ.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" in environ
    return environ["wsgi.input"] if chunked and environ.get("wsgi.input_terminated") else request


class BodyDecoder(Generic[T]):
    """Decodes bodies of one type. Make it once; it is safe to share between threads.

    ``rows`` names the members that hold the rows of a bulk request, of which there may be ``MAX_ROWS`` in all.
    """

    def __init__(self, payload: type[T], *, rows: Sequence[str] = ()) -> None:
        self.payload = payload
        self._rows = rows
        self._decode = msgspec.json.Decoder(payload).decode
        # The depth of a document is checked only when its types are broken: a member of any type could hide nesting.
        if "AnyType()" in str(inspect.type_info(payload)):
            raise TypeError(f"{payload.__name__} has a member of any type")

    def decode(self, body: bytes) -> T:
        """The payload in ``body``.

        Errors: ApiError 10005 when it is not acceptable JSON, 10025 when it has more parts than any request needs;
        SchemaInvalid with every fault when its shape breaks the contract.
        """
        _check_text(body)
        try:
            payload = self._decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._decode_slowly(body)
        if self._rows:
            _check_rows(getattr(payload, name) for name in self._rows)
        return payload

    def _decode_slowly(self, body: bytes) -> T:
        document = parse(body)
        if self._rows and isinstance(document, dict):
            _check_rows(document.get(name) for name in self._rows)
        faults = faults_of(document, self.payload, MAX_MESSAGES)
        if faults.count:
            raise SchemaInvalid(faults.messages, faults.count)
        # Nothing is wrong after all: the fault was in a member that a later one of the same name replaces.
        try:
            return msgspec.convert(document, self.payload)
        except msgspec.ValidationError as error:
            raise SchemaInvalid([f"#: {error}"]) from None


def check_json(body: bytes) -> None:
    """Refuse what no type of body would accept, without asking for a shape.

    Errors: ApiError 10005 when it is not acceptable JSON, 10025 when it has more parts than any request needs.
    """
    _check_text(body)
    parse(body)


def document_of(body: bytes) -> Any:
    """The document in a body, which no later member of the same name has changed.

    Errors: ApiError 10005 when it is not acceptable JSON or an object has a member twice, 10025 when it has more parts
    than any request needs.
    """
    _check_text(body)
    return parse(body, members=_each_once)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("an object has the same member twice")
    return members


def _check_text(body: bytes) -> None:
    if json_structure.too_many_parts(body):
        raise ApiError(catalogue.PAYLOAD_TOO_LARGE, json_structure.TOO_MANY)
    if b"\\u0000" in body and _ESCAPED_NUL.search(body):
        raise _not_json("a string holds the character NUL")


def parse(body: bytes, *, members: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """The document in ``body``; a number too long to be one is a LongNumber. ``members`` makes the objects.

    Errors: ApiError 10005 with what is wrong.
    """
    try:
        document = json.loads(
            body.decode(),
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=_no_constant,
            object_pairs_hook=members,
        )
        if _HALF_PAIR.search(body):
            json.dumps(document, ensure_ascii=False, default=str).encode()
    except UnicodeDecodeError as error:
        raise _not_json(f"it is not UTF-8 at byte {error.start}") from None
    except UnicodeEncodeError:
        raise _not_json("a string holds half of a surrogate pair") from None
    except json.JSONDecodeError as error:
        raise _not_json(f"{error.msg.removesuffix(' at')} at line {error.lineno}, column {error.colno}") from None
    except ValueError as error:
        raise _not_json(str(error)) from None
    except RecursionError:
        raise _too_deep() from None
    if json_structure.deeper_than(body, MAX_DEPTH):
        raise _too_deep()
    return document


def _check_rows(lists: Iterable[Any]) -> None:
    count = sum(len(rows) for rows in lists if isinstance(rows, list))
    if count > MAX_ROWS:
        raise ApiError(
            catalogue.PAYLOAD_TOO_LARGE,
            f"{count} rows are over the limit of {MAX_ROWS} rows for one request."
            " Send smaller requests, or hand the file to an import job in the back office",
        )


def _too_deep() -> ApiError:
    return _not_json(f"it is nested deeper than {MAX_DEPTH} levels")


def _integer(digits: str) -> int | LongNumber:
    return int(digits) if len(digits) <= MAX_DIGITS else LongNumber(digits)


def _fraction(digits: str) -> Decimal:
    """A number with a fraction or an exponent, exactly; one beyond what decimals can hold is out of any range."""
    try:
        return Decimal(digits)
    except ArithmeticError:
        return Decimal("Infinity")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def _not_json(reason: str) -> ApiError:
    return ApiError(catalogue.INVALID_JSON, f"The body is not acceptable JSON: {reason}")
