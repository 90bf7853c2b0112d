"""Exports by the real web server, over real sockets: what half an answer looks like, and who pays for it."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from django.db import connection

from tests.api.caller import issue_token
from tests.api.serving import Server, web_server
from tests.factories import make_api_client, make_tenant, make_usergroup
from tests.records.feed import execute
from tests.records.test_export_stream import running, wait_until_nothing_runs
from users.models import Usergroup

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROWS = 10_000
PATIENCE = 20


@pytest.fixture
def token(transactional_db: None) -> str:
    """A token of a tenant whose usergroups are some forty megabytes: more than all buffers on the way hold."""
    tenant = make_tenant("a")
    make_usergroup(tenant, notes="x" * 4000)
    names = ", ".join(field.column for field in Usergroup._meta.concrete_fields if field.column != "id")
    execute(f"INSERT INTO users_usergroup ({names}) SELECT {names} FROM users_usergroup, generate_series(2, {ROWS})")
    return issue_token(make_api_client(tenant))


@contextmanager
def reading(server: Server, token: str, format: str, version: str = "1.1") -> Iterator[tuple[socket.socket, bytes]]:
    """A client that has read the beginning of an export, and reads on when it likes."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        path = f"/v2/usergroups/export?format={format}"
        client.sendall(
            f"GET {path} HTTP/{version}\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        )
        beginning = client.recv(1000)
        assert beginning.startswith(f"HTTP/{version} 200 OK\r\n".encode())
        yield client, beginning


def rest(client: socket.socket) -> tuple[bytes, bool]:
    """What comes until the answer ends, and whether it ended as a whole one does: in HTTP/1.0 without an error."""
    received = bytearray()
    try:
        while not received.endswith(b"\r\n0\r\n\r\n") and (piece := client.recv(1 << 20)):
            received += piece
    except ConnectionError:
        return bytes(received), False
    return bytes(received), True


@pytest.mark.parametrize("format", ["ndjson", "csv"])
def test_everything_arrives_however_slowly_it_is_read(token: str, format: str):
    with web_server() as server, reading(server, token, format) as (client, beginning):
        time.sleep(1)
        text, whole = rest(client)

    assert whole
    assert text.endswith(b"\r\n0\r\n\r\n")
    assert (beginning + text).count(b"x" * 4000) > 0.9 * ROWS  # chunks may end within one


def test_a_client_that_goes_away_ends_the_query(token: str):
    with web_server() as server:
        with reading(server, token, "csv"):
            assert running() == 1
        wait_until_nothing_runs()

        # What it held is free: as many as may run at once, and one more after the other.
        for _ in range(3):
            with httpx.stream("GET", f"{server.url}/v2/usergroups/export", headers=bearer(token)) as answer:
                assert answer.status_code == 200
            wait_until_nothing_runs()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def end_the_query() -> None:
    """What an administrator does, or a database that goes away."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'COPY (SELECT%' AND backend_type = 'client backend'"
        )
        assert cursor.fetchall() == [(True,)]


@pytest.mark.parametrize(("format", "version"), [("ndjson", "1.1"), ("csv", "1.1"), ("csv", "1.0")])
def test_half_an_export_never_looks_whole(token: str, format: str, version: str):
    """Granian by itself would end it in good order. Other connections of the same client are left alone.

    HTTP/1.0 is what some proxies speak to what is behind them.
    """
    with web_server() as server:
        address = urlsplit(server.url)
        other = http.client.HTTPConnection(address.hostname or "", address.port)
        other.request("GET", "/healthz")
        other.getresponse().read()
        kept = other.sock
        with reading(server, token, format, version) as (client, _):
            time.sleep(0.5)
            end_the_query()
            text, whole = rest(client)
        other.request("GET", "/v2/usergroups", headers=bearer(token))
        answer = other.getresponse()
        assert (answer.status, json.loads(answer.read())["itemsFound"]) == (200, ROWS)
        assert other.sock is kept
        other.close()

    assert not whole
    assert len(text) < ROWS * 4000
    wait_until_nothing_runs()


def test_a_library_notices(token: str):
    """What an integration sees who reads with a usual client."""

    def read(client: httpx.Client) -> None:
        with client.stream("GET", "/v2/usergroups/export") as answer:
            for number, _ in enumerate(answer.iter_raw()):
                if number == 3:
                    time.sleep(0.5)
                    end_the_query()

    with web_server() as server, httpx.Client(base_url=server.url, headers=bearer(token), timeout=PATIENCE) as client:
        with pytest.raises(httpx.TransportError):
            read(client)
        assert client.get("/v2/usergroups").status_code == 200


def test_an_export_that_takes_too_long_is_broken_off(token: str, monkeypatch: pytest.MonkeyPatch):
    """A client that stops reading holds a thread and a snapshot of the database."""
    monkeypatch.setenv("EXPORT_TIMEOUT", "1")
    with web_server() as server, reading(server, token, "csv") as (client, _):
        wait_until_nothing_runs()
        _, whole = rest(client)

    assert not whole


def test_other_requests_are_served_while_as_many_exports_run_as_may(token: str):
    with (
        web_server() as server,
        reading(server, token, "csv") as (first, _),
        reading(server, token, "ndjson") as (second, _),
    ):
        refused = httpx.get(f"{server.url}/v2/usergroups/export", headers=bearer(token))
        served = httpx.get(f"{server.url}/v2/usergroups?offset=1", headers=bearer(token))
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, 10030)
        assert (served.status_code, served.json()["itemsFound"]) == (200, ROWS)
        assert [rest(first)[1], rest(second)[1]] == [True, True]
