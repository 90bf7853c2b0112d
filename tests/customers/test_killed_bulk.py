"""``kill -9`` of the web process in the middle of a bulk: nothing is half-written, and sending it again finishes."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connection

from addresses.models import Address
from customers.models import Customer
from tests.factories import make_api_client, make_tenant
from tests.records.search_texts import search_texts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
ROWS = 5000


class Served(NamedTuple):
    """A web server of its own process group on the test database."""

    port: int
    group: int
    token: str

    def post(self, path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
        served = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(served):
            served.request("POST", path, body, headers)
            answer = served.getresponse()
            return answer.status, answer.read()

    def bulk(self) -> tuple[int, bytes]:
        rows = [
            {
                "source": "ERP",
                "sourceId": f"K-{number}",
                "firstName": f"Anna {number}",
                "addresses": [{"type": "delivery", "code": "home", "city": "Zwolle", "country": "NL"}],
            }
            for number in range(ROWS)
        ]
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return self.post("/v2/customers/bulk/sourceId", json.dumps({"customers": rows}).encode(), **headers)


@contextlib.contextmanager
def served() -> Iterator[Served]:
    test_url = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", f"--port={port}", "backoffice.wsgi:application"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": test_url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    client = make_api_client(make_tenant())
    form = {"grant_type": "client_credentials", "client_id": client.client_id, "client_secret": "secret"}
    try:
        serving = Served(port, process.pid, "")
        until = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                content_type = {"Content-Type": "application/x-www-form-urlencoded"}
                status, answer = serving.post("/oauth2/token", urlencode(form).encode(), **content_type)
                assert status == 200, answer
                break
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.1)
        yield serving._replace(token=json.loads(answer)["access_token"])
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)


def counts() -> tuple[int, int, int, int, int]:
    return (
        Customer.everything.count(),
        Address.everything.count(),
        search_texts().count(),
        Customer.pgh_event_model.objects.count(),
        Address.pgh_event_model.objects.count(),
    )


def wait_for_writing(deadline: float) -> None:
    """Until another session has written rows of a transaction that has not ended."""
    url = {"host": connection.settings_dict["HOST"], "user": connection.settings_dict["USER"]}
    with psycopg.connect(dbname=connection.settings_dict["NAME"], autocommit=True, **url) as watcher:
        while time.monotonic() < deadline:
            found = watcher.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL"
                " AND pid <> pg_backend_pid()"
            ).fetchone()
            if found:
                return
            time.sleep(0.001)
    raise AssertionError("no bulk was seen writing")


def test_nothing_is_half_written_when_the_web_process_is_killed():
    with served() as victim:
        answers: list[tuple[int, bytes]] = []

        def send() -> None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                answers.append(victim.bulk())

        sender = threading.Thread(target=send)
        sender.start()
        wait_for_writing(time.monotonic() + 30)
        os.killpg(victim.group, signal.SIGKILL)
        sender.join(timeout=60)
    with connection.cursor() as cursor:
        # The server notices the closed socket only when it next reads from it.
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert answers == []
    assert counts() == (0, 0, 0, 0, 0)

    with served() as again:
        status, answer = again.bulk()

    assert (status, json.loads(answer)["total"]) == (200, ROWS)
    assert counts() == (ROWS, ROWS, ROWS, ROWS, ROWS)
