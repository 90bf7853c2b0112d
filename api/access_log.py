"""One line in the log for each request: who asked for what, and what came of it (lookup API contract, section 1).

What a client sent is not in it: no body, no query, no header but the request id, and of the path the route only: a
lookup value may be anybody's e-mail address or number. The client is known by its id, which is no secret.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from api.authentication import CALLER
from api.request_id import current, current_request_id
from api.routes import ROUTE

logger = logging.getLogger("backoffice.access")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
UNKNOWN = "-"
_PROBES = frozenset({"/healthz", "/readyz"})
_ENTRANCES = frozenset({"lookup-api", "tenant-api"})
"""Patterns that match any path below their prefix, also one that leads nowhere."""
_BARE = re.compile(r"""\A[^\s"=\x00-\x1f\x7f-\uffff]+\Z""")


class Logged(Protocol):
    """A caller of either API."""

    @property
    def logged(self) -> tuple[str, str, str]: ...


class Routed(Protocol):
    """Where a path of either API leads."""

    def logged(self, path: str) -> str: ...


class Line(dict[str, Any]):
    """The fields of a line; as text ``key=value``, in JSON's quotes where a value needs them."""

    def __str__(self) -> str:
        return " ".join([f"{name}={_quoted(value) if type(value) is str else value}" for name, value in self.items()])


@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    """The text as it is where nobody can mistake it, else as a JSON string. Most of them come again and again."""
    return text if _BARE.match(text) else json.dumps(text)


def _write(level: int, line: Line) -> None:
    """Log the line. Not by ``logger.log``, which would look for the place in the code first: it is always this one."""
    logger.handle(logger.makeRecord(logger.name, level, __file__, 0, line, (), None))


class AccessLogMiddleware:
    """Writes the line when the answer is complete, which for a streamed one is when the stream ends.

    It stands right behind the request id, so that nothing is answered without a line. Probes and static files are
    logged at the level DEBUG, everything else at INFO.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._static = f"/{settings.STATIC_URL.strip('/')}/"

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = self.get_response(request)
        quiet = request.path in _PROBES or request.path.startswith(self._static)
        level = logging.DEBUG if quiet else logging.INFO
        if not logger.isEnabledFor(level):
            return response
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = _Stream(request, response, started, level)
        elif isinstance(response, HttpResponse):
            _write(level, line_of(request, response, started, len(response.content)))
        return response


class _Stream(Iterator[bytes]):
    """The content of a streamed answer, which logs when it has ended, or when the client has gone."""

    def __init__(self, request: HttpRequest, response: StreamingHttpResponse, started: float, level: int) -> None:
        self._request, self._response, self._started, self._level = request, response, started, level
        self._content = iter(response)
        self._id = current_request_id()
        self._bytes = 0
        self._complete = self._logged = False

    def __next__(self) -> bytes:
        # The middleware of the request id has ended by now, and whoever makes the content may want to log, too.
        token = current.set(self._id)
        try:
            piece = next(self._content)
        except StopIteration:
            self._complete = True
            self._log()
            raise
        except BaseException:
            self._log()
            raise
        finally:
            current.reset(token)
        self._bytes += len(piece)
        return piece

    def close(self) -> None:
        """Called by the server at the end, however it came about; the content was closed by the response."""
        token = current.set(self._id)
        try:
            self._log()
        finally:
            current.reset(token)

    def _log(self) -> None:
        if self._logged:
            return
        self._logged = True
        line = line_of(self._request, self._response, self._started, self._bytes)
        if not self._complete:
            line["complete"] = "no"
        _write(self._level, line)


def line_of(request: HttpRequest, response: HttpResponseBase, started: float, length: int) -> Line:
    """What there is to say of a request. ``started`` is a reading of ``time.perf_counter``."""
    caller: Logged | None = request.META.get(CALLER)
    tenant, client, name = caller.logged if caller else (UNKNOWN, UNKNOWN, UNKNOWN)
    return Line(
        request_id=current_request_id(),
        method=request.method if request.method in METHODS else "OTHER",
        route=route_of(request),
        status=response.status_code,
        ms=round((time.perf_counter() - started) * 1000, 1),
        rows=getattr(response, "rows", 0),
        bytes=length,
        tenant=tenant,
        client=client,
        name=name,
    )


def route_of(request: HttpRequest) -> str:
    """The pattern of the path with names in place of values, ``-`` for a path that leads nowhere."""
    found: Routed | None = request.META.get(ROUTE)
    if found is not None:
        return found.logged(request.path)
    match = request.resolver_match
    if match is not None and match.url_name == "openapi":
        return f"{request.path[:3]}/openapi.json"  # its pattern is a regular expression
    return f"/{match.route}" if match is not None and match.url_name not in _ENTRANCES else UNKNOWN
