"""Answers that are sent while they are made, and never look complete when they are not."""

import logging
import threading
from collections.abc import Iterator, Mapping
from typing import Protocol

from django.http import HttpRequest, StreamingHttpResponse

from api.connections import Connections
from api.errors import envelope, error_of
from api.request_id import current_request_id
from api.responses import encode

logger = logging.getLogger(__name__)


class Chunks(Protocol):
    """What is sent, piece by piece. ``rows`` counts the records that have been made so far."""

    rows: int

    def __next__(self) -> bytes: ...

    def cancel(self) -> None:
        """Stop making more, from another thread: the next piece is an exception."""

    def close(self) -> None:
        """Give back all that is held. It may be called more than once."""


class StreamedAnswer(StreamingHttpResponse):
    """200 with chunks that are sent as fast as they are made and taken, for ``seconds`` at most."""

    def __init__(
        self, request: HttpRequest, chunks: Chunks, *, content_type: str, headers: Mapping[str, str], seconds: float
    ) -> None:
        self._chunks = chunks
        super().__init__(_Sending(request, chunks, seconds), content_type=content_type, headers=dict(headers))
        self.headers["Cache-Control"] = "no-store"

    @property
    def rows(self) -> int:
        """For the access log: what has been sent when it asks."""
        return self._chunks.rows


class BrokenOff(Exception):
    """An answer could not be sent to its end."""


class _Sending(Iterator[bytes]):
    """Chunks on their way. When no more can be made, the connection is broken.

    Before it breaks, an unfinished JSON object is sent, which tells whoever looks what happened. Where the connection
    cannot be broken (a Unix socket, another system) it is what makes the rest fail as NDJSON or as CSV.
    """

    def __init__(self, request: HttpRequest, chunks: Chunks, seconds: float) -> None:
        self._request, self._chunks = request, chunks
        self._request_id = current_request_id()
        self._connections = Connections(request)
        self._given = 0
        self._broken = False
        self._timer = threading.Timer(seconds, self._give_up)
        self._timer.daemon = True
        self._timer.start()

    def __next__(self) -> bytes:
        if self._broken:
            self._cut()
            # For web servers that know what it means. Not the exception itself: they log it, with what it quotes.
            raise BrokenOff(self._request_id)
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self.close()  # not every web server does
            raise
        except Exception as exception:
            self._broken = True
            logger.warning("Request %s broke off", self._request_id)  # error_of() says why
            chunk = self._last_words(exception)
        self._given += len(chunk)
        return chunk

    def close(self) -> None:
        """Called by the web server at the end, and when the client has gone."""
        self._timer.cancel()
        self._chunks.close()

    def _last_words(self, exception: Exception) -> bytes:
        error = error_of(exception)
        return b"\n" + encode(envelope(self._request, error.entry, error.messages))[:-1]

    def _give_up(self) -> None:
        """In another thread: whoever sends may wait for a client that does not read."""
        logger.warning("Request %s was broken off: it took too long", self._request_id)
        self._chunks.cancel()
        self._cut()

    def _cut(self) -> None:
        if not self._connections.cut(self._given):
            logger.error("Request %s: found no connection to break", self._request_id)
