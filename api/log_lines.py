"""How the lines of the log look, and what is kept out of them: what callers sent, and what PostgreSQL quotes of it."""

import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import TypeAlias

import msgspec
import psycopg
from django.db import Error as DatabaseFailure
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest

from api.request_id import current_request_id

Failure: TypeAlias = (
    "tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]"  # logging's own shape
)

_QUOTING = (DatabaseFailure, psycopg.Error)
_HARMLESS = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
"""What the server says when it is away, full or too slow: operators need it, and no row is in it."""


def told_without_values(exception: BaseException) -> str:
    """An exception and what led to it: types and places, of PostgreSQL the SQLSTATE and the constraint, no message."""
    parts = []
    for link in _chain(exception):
        name = type(link).__qualname__
        if isinstance(link, psycopg.Error) and link.sqlstate:
            name = ", ".join(filter(None, (name, f"SQLSTATE {link.sqlstate}", link.diag.constraint_name)))
        frames = "".join(traceback.format_tb(link.__traceback__))
        parts.append(f"{name}\n{frames}".rstrip())
    return "\nafter ".join(parts)


def _chain(exception: BaseException) -> Iterator[BaseException]:
    """An exception and all that led to it, each once: one that is raised again may come out of itself."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [exception]
    while waiting:
        link = waiting.pop()
        if link is not None and not any(link is other for other in seen):
            seen.append(link)
            waiting += (link.__context__, link.__cause__)
            yield link


class KeepOut(logging.Filter):
    """Gives each record the request id, and takes out what Django's own loggers say of paths and of headers."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id()
        request = getattr(record, "request", None)
        if record.name.startswith("django.security"):
            # The message quotes what was suspicious: a header, a name, a query.
            record.msg, record.args = "Refused a request: %s", (record.name.rpartition(".")[2],)
            record.exc_info = record.exc_text = None
        elif isinstance(request, HttpRequest) and record.name.startswith("django."):
            from api.access_log import route_of

            status = getattr(record, "status_code", 500)
            record.msg, record.args = "Answered %s at %s", (status, route_of(request))
        return True


class TextLines(logging.Formatter):
    """Lines for people: time, level, logger, request id, message."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's name)
        request_id = getattr(record, "request_id", "")
        if request_id and not isinstance(record.msg, dict):
            record.message = f"request_id={request_id} {record.message}"
        return super().formatMessage(record)

    def formatException(self, ei: Failure) -> str:  # noqa: N802  (logging's name)
        return _told(ei)


class JsonLines(logging.Formatter):
    """One JSON object for each record; the fields of an access line are members of it."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
        }
        if isinstance(record.msg, dict):
            told |= record.msg
        else:
            told |= {"request_id": getattr(record, "request_id", ""), "message": record.getMessage()}
        if record.exc_info and record.exc_info[0] is not None:
            told["exception"] = _told(record.exc_info)
        return msgspec.json.encode(told).decode()


def _told(failure: Failure) -> str:
    """A traceback as usual, unless PostgreSQL may have quoted a row or a statement in it."""
    kind, exception, frames = failure
    if exception is None:
        return ""
    if any(isinstance(link, _QUOTING) and not isinstance(link, _HARMLESS) for link in _chain(exception)):
        return told_without_values(exception)
    return "".join(traceback.format_exception(kind, exception, frames)).rstrip()
