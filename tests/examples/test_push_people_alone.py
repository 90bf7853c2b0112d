"""``examples/push_people.py`` and what a server may do to it: a stand-in that answers as told."""

import gzip
import http.server
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backoffice.sample_people import HEADER
from examples import push_people

Answer = tuple[int, dict[str, str], Any]
TOKEN: Answer = (200, {}, {"access_token": "the-token", "token_type": "Bearer", "expires_in": 1800})
CREATED: Answer = (200, {}, {"data": [{"action": "create", "id": 1, "key": "rec-1-org", "success": True}]})


class StandIn:
    """A server that gives the answers it was given, in order, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        stand_in = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stand_in.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                status, headers, answer = stand_in.answers.pop(0)
                text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(text))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args: Any) -> None:
                """Be quiet."""

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]


@pytest.fixture
def server() -> Iterator[StandIn]:
    stand_in = StandIn()
    thread = threading.Thread(target=stand_in.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield stand_in
    stand_in.http.shutdown()
    stand_in.http.server_close()
    thread.join()


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the script wanted to wait; nobody waits."""
    waits: list[float] = []
    monkeypatch.setattr(push_people.time, "sleep", waits.append)
    return waits


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(",".join(HEADER) + "\nrec-1-org,Ann,Meander,1,Lange Weg,,Winterdorp,0800,nt,19800101,1234567\n")
    return path


@pytest.fixture
def push(file: Path, server: StandIn) -> Callable[..., int]:
    def run(*arguments: str) -> int:
        credentials = ("--client-id", "id", "--client-secret", "secret")
        return push_people.main([str(file), "--base-url", server.url, *credentials, *arguments])

    return run


def test_the_request_is_as_the_contract_says(push, server) -> None:
    server.answers = [TOKEN, CREATED]

    assert push() == 0

    (token_path, _, form), (path, headers, body) = server.asked
    assert (token_path, form) == ("/oauth2/token", b"grant_type=client_credentials&client_id=id&client_secret=secret")
    assert path == "/v2/customers/bulk/sourceId"
    names = ("authorization", "content-type", "content-encoding")
    assert [headers[name] for name in names] == ["Bearer the-token", "application/json", "gzip"]
    assert json.loads(gzip.decompress(body)) == {
        "customers": [
            {
                "source": "people",
                "sourceId": "rec-1-org",
                "firstName": "Ann",
                "lastName": "Meander",
                "dateOfBirth": "1980-01-01",
                "ssn": "1234567",
                "addresses": [
                    {
                        "code": "home",
                        "type": "delivery",
                        "number": "1",
                        "street": "Lange Weg",
                        "city": "Winterdorp",
                        "postalCode": "0800",
                        "region": "nt",
                        "country": "AU",
                    }
                ],
            }
        ]
    }


def test_a_dry_run_says_so_in_the_query(push, server) -> None:
    server.answers = [TOKEN, CREATED]

    assert push("--dry-run") == 0
    assert server.paths[1] == "/v2/customers/bulk/sourceId?dryRun=true"


def test_a_busy_server_is_given_the_time_that_it_asks_for(push, server, slept) -> None:
    busy = {"error": {"code": 10029, "type": "TooManyRequests", "status": 429, "messages": ["Slow down"]}}
    server.answers = [
        (429, {"Retry-After": "7"}, busy),
        TOKEN,
        (503, {}, b""),
        (429, {"Retry-After": "3"}, busy),
        CREATED,
    ]

    assert push() == 0
    assert slept == [7.0, 2.0, 3.0]


def test_a_server_that_stays_busy_is_left_alone_in_the_end(push, server, slept, capsys) -> None:
    away = {"error": {"code": 10030, "type": "ServiceUnavailable", "status": 503, "messages": ["The database is away"]}}
    server.answers = [TOKEN, *[(503, {"Retry-After": "1"}, away)] * push_people.ATTEMPTS]

    assert push() == 2
    assert slept == [1.0] * (push_people.ATTEMPTS - 1)
    assert "ServiceUnavailable (code 10030)\n  The database is away" in capsys.readouterr().err


def test_an_expired_token_is_replaced_once(push, server) -> None:
    expired = (401, {}, {"error": {"code": 10021, "type": "Unauthorized", "status": 401, "messages": ["Expired"]}})
    server.answers = [TOKEN, expired, (200, {}, {"access_token": "another"}), CREATED]
    assert push() == 0
    assert [headers.get("authorization") for _, headers, _ in server.asked] == [
        None,
        "Bearer the-token",
        None,
        "Bearer another",
    ]

    server.answers = [TOKEN, expired, TOKEN, expired]
    assert push() == 2
    assert server.answers == []


def test_a_connection_that_breaks_is_tried_again(push, server, slept) -> None:
    # The length is a lie: the client waits for more, and the server hangs up.
    server.answers = [TOKEN, (200, {"Content-Length": "999"}, CREATED[2]), CREATED]

    assert push() == 0
    assert slept == [2.0]


def test_a_server_out_of_reach_is_told(file: Path, slept, capsys) -> None:
    code = push_people.main(
        [str(file), "--base-url", "http://127.0.0.1:9", "--client-id", "id", "--client-secret", "secret"]
    )

    assert code == 2
    assert slept == [2.0, 4.0, 8.0, 16.0, 30.0]
    assert "Stopped: http://127.0.0.1:9 does not answer: " in capsys.readouterr().err


@pytest.mark.parametrize("answer", [(404, {}, b"<html>"), (302, {"Location": "/elsewhere"}, b""), (200, {}, b"<html>")])
def test_another_kind_of_server_is_told(push, server, capsys, answer: Answer) -> None:
    server.answers = [answer]

    assert push() == 2
    assert re.search("Stopped: POST .*/oauth2/token (was refused|is not answered)", capsys.readouterr().err)


def test_an_address_without_a_protocol_is_told(file: Path, capsys) -> None:
    assert push_people.main([str(file), "--base-url", "shop:80", "--client-id", "id", "--client-secret", "x"]) == 2
    assert "It begins with https:// or http://." in capsys.readouterr().err


def test_what_was_done_before_it_stopped_is_reported(file: Path, push, server, capsys) -> None:
    file.write_text(file.read_text() + "rec-2-org,Ben,Meander,1,Lange Weg,,Winterdorp,0800,nt,19800101,1234568\n")
    server.answers = [
        TOKEN,
        CREATED,
        (500, {}, {"error": {"code": 10000, "type": "InternalError", "messages": ["id 7"]}}),
    ]

    assert push("--batch", "1") == 2
    told = capsys.readouterr().err
    assert "created            1" in told
    assert "status 500: InternalError (code 10000)\n  id 7" in told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("name\nAnn\n", "has no column rec_id. Its first line must name the columns."),
        ("", "has no column rec_id"),
        ("rec_id,surname\n1,Meander\n", "has no column 'date_of_birth'."),
    ],
)
def test_another_kind_of_file_is_told(file: Path, push, server, capsys, content: str, told: str) -> None:
    file.write_text(content)

    assert push() == 2
    assert told in capsys.readouterr().err
    assert server.asked == []


def test_a_file_that_is_not_there_or_not_text_is_told(file: Path, push, capsys) -> None:
    file.write_bytes(b"rec_id\n\xff\xfe\n")
    assert push() == 2
    assert "Stopped: 'utf-8' codec can't decode" in capsys.readouterr().err
    file.unlink()
    assert push() == 2
    assert "No such file" in capsys.readouterr().err


@pytest.mark.parametrize("batch", ["0", "10001"])
def test_a_batch_that_no_request_may_have_is_refused(push, capsys, batch: str) -> None:
    with pytest.raises(SystemExit) as ended:
        push("--batch", batch)

    assert ended.value.code == 2
    assert "--batch must be between 1 and 10000" in capsys.readouterr().err


def test_credentials_are_asked_for(file: Path, monkeypatch, capsys) -> None:
    monkeypatch.delenv("BACKOFFICE_CLIENT_ID", raising=False)

    with pytest.raises(SystemExit):
        push_people.main([str(file)])

    assert "set BACKOFFICE_CLIENT_ID and BACKOFFICE_CLIENT_SECRET" in capsys.readouterr().err
