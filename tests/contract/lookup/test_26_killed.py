"""Checklist 26, after ``kill -9``: key, answer and data commit together, so that the request can be sent again."""

import http.client
import json
import socket
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from django.db import connection

from api.models import KeptAnswer
from tests.api.caller import issue_token
from tests.api.serving import Server, web_server
from tests.contract.lookup.served import Served
from tests.factories import make_api_client, make_tenant

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROWS = 4000
PATIENCE = 60


def until(condition: Callable[[], Any]) -> Any:
    """What the condition gives, as soon as it gives something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.002)
    raise AssertionError("It did not happen.")


class Request:
    """A bulk that creates records, with a key, ready to be sent as often as wanted."""

    def __init__(self, served: Served) -> None:
        self.served = served
        rows = [{"source": "ERP", "sourceId": f"K-{number}", served.text: "Meander"} for number in range(ROWS)]
        self.path = f"/v2/{served.name}/bulk/sourceId"
        self.body = json.dumps({served.name: rows}).encode()
        self.headers = {
            "Authorization": f"Bearer {issue_token(make_api_client(make_tenant('a')))}",
            "Content-Type": "application/json",
            "Idempotency-Key": "the-one",
        }

    def start(self, server: Server) -> http.client.HTTPConnection:
        """Send it and read nothing."""
        url = urlsplit(server.url)
        opened = http.client.HTTPConnection(url.hostname or "", url.port, timeout=PATIENCE)
        opened.sock = socket.create_connection((url.hostname, url.port), timeout=PATIENCE)
        opened.request("POST", self.path, self.body, self.headers)
        return opened

    def send(self, server: Server) -> httpx.Response:
        return httpx.post(server.url + self.path, content=self.body, headers=self.headers, timeout=PATIENCE)

    def written(self) -> tuple[int, int, int]:
        events = self.served.model.pgh_event_model.objects.count()
        return self.served.model.objects.filter(version=1).count(), events, KeptAnswer.objects.count()


def somebody_writes() -> bool:
    """Whether another session of this database has written rows of a transaction that has not ended."""
    parameters = connection.get_connection_params() | {"cursor_factory": None}
    with psycopg.connect(**parameters, autocommit=True) as watcher:
        found = watcher.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL"
            " AND pid <> pg_backend_pid()"
        ).fetchone()
    return found is not None


def test_killed_before_the_commit_nothing_was_done(served: Served):
    request = Request(served)
    with web_server() as server, closing(request.start(server)):
        until(somebody_writes)
        server.kill()

    def done() -> httpx.Response | None:
        # PostgreSQL notices the end of the process when it next speaks to it; until then the request still runs.
        response = request.send(server)
        return response if response.status_code != 409 else None

    with web_server() as server:
        first = until(done)
        again = request.send(server)

    assert (first.status_code, first.headers.get("Idempotency-Replayed")) == (200, None)
    assert {(row["action"], row["success"]) for row in first.json()["data"]} == {("create", True)}
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    assert request.written() == (ROWS, ROWS, 1)


def test_killed_between_the_commit_and_the_answer_it_is_answered_when_sent_again(served: Served):
    request = Request(served)
    with web_server() as server, closing(request.start(server)):
        until(KeptAnswer.objects.exists)
        server.kill()

    with web_server() as server:
        again = request.send(server)

    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    answered = {(row["action"], row["key"], row["id"]) for row in again.json()["data"]}
    stored = served.model.objects.values_list("source_id", "id")
    assert answered == {("create", source_id, pk) for source_id, pk in stored}
    assert request.written() == (ROWS, ROWS, 1)


def test_a_client_that_gave_up_and_tries_again_is_answered_once_it_is_done(served: Served):
    request = Request(served)
    with web_server() as server:
        request.start(server).close()
        until(lambda: request.send(server).status_code == 200)
        again = request.send(server)

    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert request.written() == (ROWS, ROWS, 1)
