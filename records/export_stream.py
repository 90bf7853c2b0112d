"""Running an export: a COPY on a connection of its own, read as fast as its rows are taken.

Memory: one chunk, whatever the number of rows.
"""

import contextlib
import threading
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from records.exports import Layout

CHUNK = 256 * 1024
"""Bytes that are sent at once, header and last one apart."""

# The planner would keep the helpers of a layout from handing over this many rows, because it takes that for dear.
_SETTINGS = """
SELECT set_config('datestyle', 'ISO', false), set_config('jit', 'off', false),
       set_config('max_parallel_workers_per_gather', %s, false), set_config('parallel_tuple_cost', '0', false)
"""

_slots = threading.BoundedSemaphore(settings.EXPORTS_PER_PROCESS)


class TooManyExports(Exception):
    """This process runs as many exports as it may: each takes a thread until its reader has everything."""


class ExportStream(Iterator[bytes]):
    """The bytes of an export, in chunks. ``rows`` counts the records so far.

    It has begun when it is made, so that most of what can go wrong does so before anything is answered.

    Errors: TooManyExports at once; DatabaseError then or later.
    """

    def __init__(self, layout: Layout, where: str, parameters: Sequence[Any]) -> None:
        self.rows = 0
        self._connection: psycopg.Connection[Any] | None = None
        self._open = _slots.acquire(blocking=False)
        if not self._open:
            raise TooManyExports
        self._chunks = self._run(layout, where, parameters)
        try:
            self._first: bytes | None = next(self._chunks, b"")
        except BaseException:
            self.close()
            raise

    def __next__(self) -> bytes:
        first, self._first = self._first, None
        if first is not None:
            return first
        try:
            return next(self._chunks)
        except BaseException:  # it has ended, in whatever way
            self.close()
            raise

    def cancel(self) -> None:
        """Let the query end, from another thread: ``next`` raises OperationalError then."""
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.cancel_safe(timeout=5)

    def close(self) -> None:
        """End the query if it still runs."""
        self._chunks.close()
        if self._open:
            self._open = False
            _slots.release()

    def _run(self, layout: Layout, where: str, parameters: Sequence[Any]) -> Generator[bytes, None, None]:
        # Not the thread's own connection: sending goes on when the view has returned.
        own = connection.copy()
        own.inc_thread_sharing()
        try:
            with own.wrap_database_errors:
                own.ensure_connection()
                self._connection = own.connection
                with self._connection.cursor() as cursor:
                    cursor.execute(_SETTINGS, [str(layout.helpers)])
                    # Left early, psycopg cancels the query.
                    with cursor.copy(layout.statement(where), parameters) as copy:
                        yield from self._gathered(layout, self._connection, copy)
        finally:
            if self._connection is not None:
                self._connection.close()  # its settings are not those of others in a pool
            own.close()

    def _gathered(self, layout: Layout, source: psycopg.Connection[Any], copy: psycopg.Copy) -> Iterator[bytes]:
        head = layout.header()
        for rows, ends in _batches(source, copy):
            yield head + layout.finished(rows, ends)
            self.rows += len(ends)
            head = b""
        if head:
            yield head


def _batches(source: psycopg.Connection[Any], copy: psycopg.Copy) -> Iterator[tuple[bytes, list[int]]]:
    """The rows of a COPY, many at a time, and where each of them ends.

    ``copy.read`` gives them one by one, which takes four times as long for each. Keeping each of them costs as much
    again.
    """
    take = source.pgconn.get_copy_data
    ended = False
    while not ended:
        rows = bytearray()
        ends: list[int] = []
        while len(rows) < CHUNK:
            length, row = take(1)
            if length > 0:
                rows += row
            elif length == 0 and (waited := copy.read()):  # none had come in yet
                rows += waited
            else:
                ended = True
                break
            ends.append(len(rows))
        if ends:
            yield bytes(rows), ends
    result = source.pgconn.get_result()
    if result is not None and result.status == psycopg.pq.ExecStatus.FATAL_ERROR:
        raise psycopg.errors.error_from_result(result)
