"""A second connection that does something while the first is in the middle of a transaction."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

PATIENCE = 10


class Meanwhile:
    """Runs a function in a thread, on a connection of its own.

    ``wait_until_blocked`` returns when PostgreSQL says that this connection waits for a lock, so no test sleeps and
    hopes. ``result`` waits for the end and gives what the function returned, or raises what it raised.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._value: Any = None
        self._error: BaseException | None = None
        self._pid = 0
        self._connected = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self._pid = cursor.fetchone()[0]
            self._connected.set()
            self._value = self._work()
        except BaseException as error:
            self._error = error
        finally:
            self._connected.set()
            connection.close()

    def wait_until_blocked(self) -> None:
        self._connected.wait(PATIENCE)
        end = time.monotonic() + PATIENCE
        while self._thread.is_alive() and time.monotonic() < end:
            with connection.cursor() as cursor:
                cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [self._pid])
                if cursor.fetchone()[0]:
                    return
            time.sleep(0.005)
        raise AssertionError(f"It was not blocked: it returned {self._value!r} and raised {self._error!r}.")

    def result(self) -> Any:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "It still waits."
        if self._error is not None:
            raise self._error
        return self._value
