"""The line that each request leaves in the log."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, StreamingHttpResponse
from django.test import Client, RequestFactory

from api.access_log import AccessLogMiddleware, Line
from api.log_lines import JsonLines, TextLines
from api.request_id import RequestIdMiddleware, current_request_id
from tenants.models import Tenant
from tests.api.caller import Caller, make_caller
from tests.factories import browser, make_api_client, make_customer, make_staff, make_tenant

ACCESS = "backoffice.access"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[Any]]:
    """The access lines of the test so far, as they come."""
    with caplog.at_level(logging.INFO, ACCESS):
        yield _Lines(caplog)


class _Lines(list[Any]):
    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    def take(self) -> list[dict[str, Any]]:
        found = [record.msg for record in self._caplog.records if record.name == ACCESS]
        self._caplog.clear()
        return found

    def one(self) -> dict[str, Any]:
        (line,) = self.take()
        return line


def test_a_line_says_who_asked_for_what_and_what_came_of_it(caller: Caller, tenant_a: Tenant, lines: _Lines):
    customer = make_customer(tenant_a, source="ERP", source_id="anna@people.example")

    reply = caller.get("/customers/sourceId/anna@people.example?source=ERP", x_request_id="req-1")

    line = lines.one()
    assert line.pop("ms") >= 0
    assert line == {
        "request_id": "req-1",
        "method": "GET",
        "route": "/v2/customers/sourceId/:value",
        "status": 200,
        "rows": 1,
        "bytes": len(reply.content),
        "tenant": "a",
        "client": caller.client.client_id,
        "name": str(caller.client.name),
    }
    assert str(customer.pk) not in str(line["route"])


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/customers/id/4711", "/v2/customers/id/:value", 404),
        ("GET", "/customers/SourceId/4711", "/v2/customers/:key/:value", 400),
        ("GET", "/customers/4711/4711", "/v2/customers/:key/:value", 400),
        ("GET", "/users/sourceId/a/4711/c", "/v2/users/sourceId/:value", 404),
        ("GET", "/users/sourceId/4711/addresses/", "/v2/users/sourceId/:value/addresses", 404),
        ("DELETE", "/users/sourceId/4711/addresses/4711", "/v2/users/sourceId/:value/addresses/:member", 404),
        ("POST", "/companies/bulk/4711", "/v2/companies/bulk/:key", 400),
        ("GET", "/4711/id/4711", "-", 404),
        ("GET", "", "-", 404),
        ("4711", "/customers", "/v2/customers", 405),
        ("GET", "/openapi.json", "/v2/openapi.json", 200),
    ],
)
def test_no_value_of_a_path_is_in_it(caller: Caller, lines: _Lines, method: str, path: str, route: str, status: int):
    body = {"body": b"{}"} if method == "POST" else {}

    caller.call(method, f"{path}?x=4711", **body)

    line = lines.one()
    assert (line["route"], line["status"]) == (route, status)
    assert "4711" not in str({**line, "bytes": 0, "ms": 0, "request_id": "", "client": "", "name": ""})


def test_the_older_prefix(caller: Caller, lines: _Lines):
    Caller(caller.client, base="/v1").get("/customers/id/1")

    assert lines.one()["route"] == "/v1/customers/id/:value"


def test_rows(caller: Caller, tenant_a: Tenant, lines: _Lines):
    """Of a bulk the rows that were sent, of a list those that came back, else whether a record was had."""
    make_customer(tenant_a)
    made = caller.post("/customers", {})
    path = f"/customers/id/{made.data['id']}"
    bulk = [{"source": "E", "sourceId": str(number)} for number in range(4)] + [{"source": "E", "sourceId": ""}]
    caller.bulk("customers", bulk)
    caller.bulk("customers", [{"nothing": 1}])
    caller.get("/customers")
    caller.post("/customers/search", {"sourceIds": ["1", "2"]})
    caller.patch(path, {})
    caller.delete(path)
    caller.delete(path)

    told = [(line["route"].removeprefix("/v2/customers"), line["status"], line["rows"]) for line in lines.take()]
    assert told == [
        ("", 201, 1),
        ("/bulk/sourceId", 200, 5),
        ("/bulk/sourceId", 400, 0),
        ("", 200, 6),
        ("/search", 200, 2),
        ("/id/:value", 200, 1),
        ("/id/:value", 200, 1),
        ("/id/:value", 405, 0),
    ]


def test_who_is_not_known_is_not_named(tenant_a: Tenant, lines: _Lines):
    client = make_api_client(tenant_a)
    stranger = make_caller(tenant_a)
    stranger.token = "unknown"
    stranger.get("/customers/id/1")
    Client().post("/oauth2/token", {"grant_type": "client_credentials", "client_id": client.client_id})

    told = lines.take()
    assert [(line["route"], line["status"]) for line in told] == [
        ("/v2/customers/id/:value", 401),
        ("/oauth2/token", 400),
    ]
    assert {(line["tenant"], line["client"], line["name"]) for line in told} == {("-", "-", "-")}


def test_the_admin_has_lines_too(tenant_a: Tenant, lines: _Lines):
    customer = make_customer(tenant_a)
    surfer = browser(make_staff("Olivia", (tenant_a, "owner")))
    lines.take()

    surfer.get(f"/admin/customers/customer/{customer.pk}/change/?q=secret")
    surfer.get("/admin/nowhere/4711/")
    surfer.get("/nowhere/4711")

    assert [(line["route"], line["status"]) for line in lines.take()] == [
        ("/admin/customers/customer/<path:object_id>/change/", 200),
        ("/admin/(?P<url>.*)$", 404),
        ("-", 404),
    ]


def test_probes_and_static_files_are_for_debugging(db: None, caplog: pytest.LogCaptureFixture, lines: _Lines):
    for path in ("/healthz", "/readyz", "/static/backoffice/favicon.svg"):
        response = Client().get(path)
        assert (response.status_code, len(response.getvalue()) > 5) == (200, True)
    assert lines.take() == []

    with caplog.at_level(logging.DEBUG, ACCESS):
        Client().get("/healthz")
        assert lines.one()["route"] == "/healthz"


def test_nothing_is_worked_out_when_nobody_listens(caller: Caller, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING, ACCESS):
        caller.get("/customers/id/1")

    assert [record for record in caplog.records if record.name == ACCESS] == []


# Streams


def streamed(pieces: Iterator[bytes]) -> StreamingHttpResponse:
    """A streamed answer behind both middlewares, as a server gets it."""

    def view(request: HttpRequest) -> StreamingHttpResponse:
        response = StreamingHttpResponse(pieces)
        response.rows = 7  # type: ignore[attr-defined]
        return response

    request = RequestFactory(headers={"x-request-id": "req-7"}).get("/v2/customers/export")
    request.resolver_match = None
    response = RequestIdMiddleware(AccessLogMiddleware(view))(request)  # type: ignore[arg-type]
    assert isinstance(response, StreamingHttpResponse)
    return response


def test_a_stream_is_logged_when_it_ends(db: None, lines: _Lines):
    ids: list[str] = []

    def pieces() -> Iterator[bytes]:
        ids.append(current_request_id())
        yield b"abc"
        ids.append(current_request_id())
        yield b"de"

    response = streamed(pieces())
    assert lines.take() == []
    assert b"".join(response) == b"abcde"
    response.close()

    line = lines.one()
    assert (line["request_id"], line["bytes"], line["rows"], "complete" in line) == ("req-7", 5, 7, False)
    assert (ids, current_request_id()) == (["req-7", "req-7"], "")


def test_a_stream_that_nobody_reads_to_its_end_is_logged_too(db: None, lines: _Lines):
    closed: list[bool] = []

    def pieces() -> Iterator[bytes]:
        try:
            yield b"abc"
            yield b"de"
        finally:
            closed.append(True)

    response = streamed(pieces())
    next(iter(response))
    response.close()

    line = lines.one()
    assert (line["bytes"], line["complete"], closed) == (3, "no", [True])


def test_a_stream_that_breaks_is_logged_once(db: None, lines: _Lines):
    def pieces() -> Iterator[bytes]:
        yield b"abc"
        raise ValueError

    response = streamed(pieces())
    with pytest.raises(ValueError, match=r"\A\Z"):
        b"".join(response)
    response.close()

    line = lines.one()
    assert (line["bytes"], line["complete"], line["request_id"]) == (3, "no", "req-7")


@pytest.mark.django_db(transaction=True)
def test_an_export_is_logged_with_its_rows(lines: _Lines):
    tenant = make_tenant("a")
    for _ in range(3):
        make_customer(tenant)
    make_customer(make_tenant("b"))

    reply = make_caller(tenant).get("/customers/export?format=csv")

    line = lines.one()
    assert (line["route"], line["status"], line["rows"]) == ("/v2/customers/export", 200, 3)
    assert (line["bytes"], line["tenant"], "complete" in line) == (len(reply.content), "a", False)


# What the lines look like


def record(message: Any, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("n", logging.INFO, "", 0, message, (), None)
    vars(made).update(more)
    return made


AWKWARD = {"a": 1, "b": "x", "c": "two words", "d": 'a"b', "e": "a\nb", "f": "", "g": "k=v", "h": "é\u2028"}


def test_a_line_as_text_is_one_line_that_can_be_taken_apart():
    text = TextLines().format(record(Line(AWKWARD), request_id="r"))

    assert text.count("\n") == 0
    told = text.partition(" INFO n ")[2]
    assert told == r'a=1 b=x c="two words" d="a\"b" e="a\nb" f="" g="k=v" h="\u00e9\u2028"'
    found = dict(re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)', told))
    assert {name: str(json.loads(value) if value[:1] == '"' else value) for name, value in found.items()} == {
        name: str(value) for name, value in AWKWARD.items()
    }


def test_a_line_as_json_is_an_object():
    text = JsonLines().format(record(Line(AWKWARD), request_id="r"))
    told = json.loads(text)

    assert text.count("\n") == 0
    assert list(told)[:3] == ["time", "level", "logger"]
    assert {name: told[name] for name in AWKWARD} == AWKWARD
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", told["time"])


def test_other_messages_carry_the_request_id():
    message = record("Hello %s", args=("you",), request_id="req-1")

    assert TextLines().format(message).endswith(" INFO n request_id=req-1 Hello you")
    told = json.loads(JsonLines().format(message))
    assert (told["request_id"], told["message"]) == ("req-1", "Hello you")
    assert TextLines().format(record("Hello", request_id="")).endswith(" INFO n Hello")
