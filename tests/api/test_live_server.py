"""What only a real server and real sockets can show."""

import gzip
import json
import threading
import time
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from addresses.models import Address
from customers.models import Customer
from tests.api.caller import issue_token
from tests.api.serving import web_server
from tests.factories import make_api_client, make_customer, make_tenant
from tests.naughty_strings import KEPT
from tests.records.search_texts import search_texts

MIB = 1024 * 1024
JSON = {"Content-Type": "application/json"}
BULK = "/v2/customers/bulk/sourceId"

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def http(transactional_db: None) -> Iterator[httpx.Client]:
    """A client of the running server, with a token."""
    token = issue_token(make_api_client(make_tenant("a")))
    headers = {"Authorization": f"Bearer {token}"}
    with web_server() as server, httpx.Client(base_url=server.url, headers=headers, timeout=60) as client:
        yield client


def code(response: httpx.Response) -> int:
    return response.json()["error"]["code"]


def test_bodies_on_the_wire(http: httpx.Client):
    """Each refusal is read by the client although the server did not read the body to its end."""
    customer = make_customer(make_tenant("other"))
    bomb = gzip.compress(bytes(64 * MIB)) * 8
    row = b'{"customers":[{"source":"ERP","sourceId":"1"}]}'

    def chunks(count: int) -> Iterator[bytes]:
        yield from (b" " * MIB for _ in range(count))

    too_large = [
        http.post(BULK, content=b" " * (33 * MIB), headers=JSON),
        http.post(BULK, content=b" " * (33 * MIB), headers=JSON | {"Authorization": "none"}),
        http.post(BULK, content=chunks(33), headers=JSON),
        http.post(BULK, content=bomb, headers=JSON | {"Content-Encoding": "gzip"}),
    ]
    assert [(response.status_code, code(response)) for response in too_large] == [(413, 10025)] * 4
    assert http.post(BULK, content=b" " * (20 * MIB), headers={"Authorization": "none"}).status_code == 401
    # The length of a chunked body is not known before, and it is read all the same.
    chunked = http.post(BULK, content=iter([row[:9], row[9:]]), headers=JSON)
    zipped = http.post(BULK, content=gzip.compress(row), headers=JSON | {"Content-Encoding": "gzip"})
    assert [row["action"] for response in (chunked, zipped) for row in response.json()["data"]] == ["create", "update"]
    assert code(http.get(f"/v2/customers/id/{customer.pk}")) == 60006


@pytest.mark.parametrize("key", ["a/b%2F c", "😀/addressesx", "%25?#"])
def test_lookup_values_on_the_wire(http: httpx.Client, key: str):
    assert http.post("/v2/customers", json={"source": "ERP", "sourceId": key}).status_code == 201

    for path in (quote(key, safe=""), quote(key, safe="/"), quote(key, safe="") + "/"):
        assert http.get(f"/v2/customers/sourceId/{path}").json()["data"]["sourceId"] == key


def test_every_text_is_a_lookup_value_on_the_wire(http: httpx.Client):
    """Whatever a client quotes leads to the record, the slashes too, whether it quotes them or not."""
    texts = [*KEPT.values(), "ends in a slash/", "a//b", "?", "#", "%2F", "id", "x" * 255, "😀" * 255]
    sent = [{"source": "ERP", "sourceId": text, "lastName": text} for text in texts]
    answers = http.post("/v2/contacts/bulk/sourceId", json={"contacts": sent}).json()["data"]

    for text, row in zip(texts, answers, strict=True):
        for safe in ("", "/"):
            read = http.get(f"/v2/contacts/sourceId/{quote(text, safe=safe)}", params={"source": "ERP"}).json()["data"]
            assert (read["id"], read["sourceId"], read["lastName"]) == (row["id"], text, text)


def test_methods_on_the_wire(http: httpx.Client):
    for method in ("HEAD", "OPTIONS", "PUT", "TRACE", "BREW"):
        response = http.request(method, "/v2/customers/id/1")
        assert (response.status_code, response.headers["allow"]) == (405, "GET, PATCH, DELETE")
    missing = http.get("/v2/customers/sourceId/%00%ff")
    assert (missing.status_code, code(missing)) == (404, 60006)


@pytest.mark.parametrize("milliseconds", [30, 120, 250, 450, 800])
def test_a_server_that_is_killed_leaves_nothing_half_written(transactional_db: None, milliseconds: int):
    count = 5000
    address = {"type": "home", "street": "Weg", "city": "Dorp", "country": "NL"}
    rows = [{"source": "ERP", "sourceId": str(n), "lastName": "X", "addresses": [address]} for n in range(count)]
    body = json.dumps({"customers": rows}).encode()
    headers = JSON | {"Authorization": f"Bearer {issue_token(make_api_client(make_tenant('a')))}"}

    with web_server() as server:
        httpx.get(f"{server.url}/v2/customers/id/1", headers=headers, timeout=60)  # warm
        answers: list[int] = []

        def push() -> None:
            try:
                answers.append(httpx.post(server.url + BULK, content=body, headers=headers, timeout=60).status_code)
            except httpx.TransportError:
                answers.append(0)

        pushing = threading.Thread(target=push)
        pushing.start()
        time.sleep(milliseconds / 1000)
        server.kill()
        pushing.join()

    # The server's transaction ends a moment after its process; a new one waits behind its lock.
    with web_server() as server:
        again = httpx.post(server.url + BULK, content=body, headers=headers, timeout=60).json()["data"]
    actions = {row["action"] for row in again}
    assert actions in ({"create"}, {"update"})
    assert all(row["success"] for row in again)
    if answers == [200]:
        assert actions == {"update"}
    assert Customer.objects.count() == Address.objects.filter(is_default=True).count() == count
    assert search_texts().filter(type="customer").count() == count
