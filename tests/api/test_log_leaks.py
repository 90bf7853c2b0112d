"""What a served product writes about requests that carry secrets, tokens and social security numbers everywhere."""

import base64
import gzip
import http.client
import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connection
from django.test import Client

from customers.models import Customer
from tests.api.serving import Server, product_served
from tests.factories import browser, make_api_client, make_customer, make_staff, make_tenant
from tests.records.admin_pages import fields_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Leaks:
    """Sends requests with values that no log may hold, and looks for them."""

    def __init__(self, server: Server) -> None:
        self.url = urlsplit(server.url)
        self.numbers = count(1)
        self.values: set[str] = set()
        self.sent: dict[str, int] = {}

    def value(self, *, ssn: bool = False) -> str:
        """A new value that is to be found nowhere."""
        number = next(self.numbers)
        made = f"9{number:08}" if ssn else f"leak{number:04}x"
        self.values.add(made)
        return made

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        """Send a request with an id of its own. Returns status and body."""
        request_id = f"request-{len(self.sent)}"
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        opened = http.client.HTTPConnection(self.url.hostname or "", self.url.port, timeout=60)
        try:
            opened.request(method, path, content, {"X-Request-Id": request_id, "Content-Type": JSON} | named)
            response = opened.getresponse()
            answer = response.status, response.read()
        finally:
            opened.close()
        self.sent[request_id] = answer[0]
        return answer

    def found_in(self, text: str) -> list[str]:
        return sorted(value for value in self.values if value in text)


def tokens(leaks: Leaks, client: Any) -> str:
    """The token endpoint, asked rightly and wrongly. Returns a token that it gave out."""

    def post(form: dict[str, str] | bytes, path: str = "/oauth2/token", **headers: str) -> tuple[int, bytes]:
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        return leaks.send("POST", path, body, **{"Content_Type": FORM} | headers)

    def basic(pair: str) -> dict[str, str]:
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    new = leaks.value
    secret = "secret"
    grant = {"grant_type": "client_credentials"}
    good = grant | {"client_id": client.client_id, "client_secret": secret}
    status, answer = post(good)
    assert status == 200
    token: str = json.loads(answer)["access_token"]
    wrong = basic(f"{client.client_id}:{new()}")
    malformed = {"Authorization": f"Basic {new()}"}
    leaks.values |= {token, wrong["Authorization"][6:], basic(f"{client.client_id}:{secret}")["Authorization"][6:]}
    statuses = [
        post(grant, **basic(f"{client.client_id}:{secret}"))[0],
        post(good | {"client_secret": new()})[0],
        post(good | {"client_id": new()})[0],
        post(good | {"scope": new()})[0],
        post(good | {"grant_type": new()})[0],
        post(good | {new(): new()})[0],
        post(grant, **wrong)[0],
        post(grant, **malformed)[0],
        post(grant, Authorization=f"Bearer {new()}")[0],
        post(good, f"/oauth2/token?client_secret={new()}")[0],
        post(json.dumps(good | {"client_secret": new()}).encode(), Content_Type=JSON)[0],
        post(good, Host=f"{new()}.example")[0],
        post(b"\xff" + new().encode())[0],
        leaks.send("GET", f"/oauth2/token?client_secret={new()}")[0],
    ]
    assert statuses == [200, 401, 401, 400, 400, 200, 401, 401, 400, 400, 400, 400, 400, 405]
    return token


def headers_of_all_kinds(leaks: Leaks) -> Iterator[dict[str, str]]:
    for name in ("Cookie", "Referer", "User_Agent", "Accept_Language", "X_Forwarded_For", "X_Api_Key", "If_Match",
                 "Idempotency_Key", "Content_Type", "Content_Encoding", "Accept", "Origin"):  # fmt: skip
        yield {name: leaks.value()}
    yield {"Host": f"{leaks.value()}.example"}
    yield {"Authorization": f"Bearer {leaks.value()}"}
    yield {"Authorization": f"Bearer {leaks.value()} {leaks.value()}"}
    yield {"Authorization": leaks.value()}


def calls(leaks: Leaks, token: str) -> None:
    """The lookup API, with values in every place that it has."""
    new, known = leaks.value, {"Authorization": f"Bearer {token}"}

    def ssn() -> str:
        return leaks.value(ssn=True)

    def send(method: str, path: str, body: Any = None, **headers: str) -> int:
        return leaks.send(method, path, body, **known | headers)[0]

    key = ssn()
    assert (
        send("POST", "/v2/customers", {"source": "E", "sourceId": key, "ssn": ssn(), "email": f"{new()}@x.nl"}) == 201
    )
    path = f"/v2/customers/sourceId/{key}"
    address = {"type": "home", "city": new(), "street": new(), "country": "NL"}
    rows = [{"source": "E", "sourceId": ssn(), "ssn": ssn(), "addresses": [address]} for _ in range(3)]
    refused = {"source": "E", "sourceId": ssn(), "ssn": ssn(), "email": new(), "dateOfBirth": new()}
    bulk = {"customers": [*rows, refused]}
    statuses = [
        send("GET", path),
        send("GET", f"{path}?source={new()}"),
        send("GET", f"/v1/contacts/sourceId/{ssn()}/{new()}?expands={new()}&access_token={token}"),
        send("PATCH", path, {"ssn": ssn(), "lastName": new()}),
        send("PATCH", path, {"ssn": [ssn()], "lastName": 1}),
        send("PATCH", path, {new(): ssn()}),
        send("PATCH", path, {"dateOfBirth": ssn()}, If_Match=new()),
        send("PATCH", path, f'{{"ssn": "{ssn()}'.encode()),
        send("PATCH", f"/v2/customers/{new()}/{ssn()}", {}),
        send("POST", "/v2/customers/bulk/sourceId", bulk, Idempotency_Key=new()),
        send("POST", "/v2/customers/bulk/sourceId", bulk),
        send("POST", "/v2/customers/bulk/sourceId?dryRun=" + new(), bulk),
        send("POST", f"/v2/customers/bulk/{new()}", bulk),
        send("POST", "/v2/customers", {"source": "E", "sourceId": key, "ssn": ssn()}, Idempotency_Key=new()),
        send("POST", "/v2/customers", gzip.compress(new().encode()), Content_Encoding="gzip"),
        send("GET", f"/v2/customers?name={new()}&query={ssn()}"),
        send("GET", f"/v2/customers?{new()}={ssn()}"),
        send("GET", f"/v2/customers?cursor={new()}"),
        send("POST", "/v2/customers/search", {"query": ssn(), "sourceIds": [ssn()]}),
        send("GET", f"/v2/customers/changes?cursor={new()}"),
        send("GET", f"/v2/customers/export?name={new()}"),
        send("GET", f"/v2/customers/export?format={new()}"),
        send("POST", f"/v2/users/sourceId/{ssn()}/pricing", {"products": [{"sourceId": new()}]}),
        send("POST", f"{path}/addresses", address | {"notes": new()}),
        send("DELETE", f"{path}?reason={new()}"),
        send("GET", path),
        send("GET", f"/v2/{new()}/{ssn()}?token={token}"),
        send("GET", f"/{new()}/{ssn()}?token={token}"),
        send(new().upper(), path),
        leaks.send("GET", path)[0],
    ]
    assert statuses == [
        *(200, 404, 404, 200, 400, 400, 412, 400, 400, 200, 200, 400, 400, 400, 400, 200, 400, 400, 200, 400),
        *(200, 400, 404, 201, 200, 405, 404, 404, 405, 401),
    ]
    for headers in headers_of_all_kinds(leaks):
        assert send("POST", "/v2/customers", {"ssn": ssn()}, **headers) in {201, 400, 401, 415}


def failures(leaks: Leaks, token: str, surfer: Client) -> None:
    """What nobody foresees: PostgreSQL quotes the row or the statement at fault, in the API and in the admin."""
    known = {"Authorization": f"Bearer {token}"}

    def ssn() -> str:
        return leaks.value(ssn=True)

    customer = make_customer(Customer.objects.all()[0].tenant, ssn=ssn())
    page, path = f"/admin/customers/customer/{customer.pk}/change/", f"/v2/customers/id/{customer.pk}"
    opened = surfer.get(page)
    cookie = cookies_of(surfer)
    proof = {"csrfmiddlewaretoken": surfer.cookies["csrftoken"].value}

    def save(opened: Any, **more: str) -> int:
        form = fields_of(opened, ssn=ssn(), first_name=leaks.value(), _continue="1") | more
        return leaks.send("POST", page, urlencode(form).encode(), Cookie=cookie, Content_Type=FORM)[0]

    def fail(opened: Any) -> list[int]:
        return [
            save(opened, **proof),
            save(opened),
            leaks.send("PATCH", path, {"ssn": ssn()}, **known)[0],
            leaks.send("GET", f"/v2/customers/sourceId/{ssn()}", **known)[0],
            leaks.send("POST", "/v2/customers", {"source": "E", "sourceId": ssn()}, **known)[0],
            leaks.send("POST", "/v2/customers", {"ssn": ssn()}, Idempotency_Key=leaks.value(), **known)[0],
            leaks.send("GET", f"/admin/customers/customer/?q={leaks.value()}", Cookie=cookie)[0],
        ]

    assert fail(opened) == [302, 403, 200, 404, 201, 201, 200]
    opened = surfer.get(page)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE customers_customer ADD CONSTRAINT odd CHECK (ssn = '') NOT VALID")
        assert fail(opened) == [500, 403, 500, 404, 201, 500, 200]
        cursor.execute("ALTER TABLE customers_customer DROP CONSTRAINT odd")
        cursor.execute("ALTER TABLE customers_customer RENAME TO elsewhere")
        assert fail(opened) == [500, 403, *[500] * 5]
        cursor.execute("ALTER TABLE elsewhere RENAME TO customers_customer")
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
        assert leaks.send("GET", f"/v2/customers/sourceId/{ssn()}", **known)[0] in {404, 503}


def cookies_of(surfer: Client) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in surfer.cookies.items())


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_value_reaches_the_log(tmp_path: Path, log_format: str):
    tenant = make_tenant("a")
    client = make_api_client(tenant, name="ERP of the north")
    surfer = browser(make_staff("Olivia", (tenant, "owner")))
    log = tmp_path / "log"

    with product_served("--workers", "1", log=log, LOG_LEVEL="DEBUG", LOG_FORMAT=log_format) as server:
        leaks = Leaks(server)
        token = tokens(leaks, client)
        calls(leaks, token)
        failures(leaks, token, surfer)
        leaks.values |= {morsel.value for morsel in surfer.cookies.values()}
    text = log.read_text()

    assert leaks.found_in(text) == []
    # The control: what may be there is found by the same means, a line for each request.
    leaks.values = {f"{request_id}{end}" for request_id in leaks.sent for end in (" ", '"')}
    assert len(leaks.found_in(text)) >= len(leaks.sent)
    assert told(text, log_format) == leaks.sent
    assert "SQLSTATE 42P01" in text
    assert "CheckViolation, SQLSTATE 23514, odd" in text


def told(text: str, log_format: str) -> dict[str, int]:
    """The requests of the log and their statuses."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        if log_format == "json" and line.startswith("{"):
            fields = json.loads(line)
            if fields["logger"] == "backoffice.access":
                found[fields["request_id"]] = fields["status"]
        elif " backoffice.access " in line:
            fields = dict(
                part.split("=", 1) for part in line.partition(" backoffice.access ")[2].split() if "=" in part
            )
            found[fields["request_id"]] = int(fields["status"])
    return {request_id: status for request_id, status in found.items() if request_id.startswith("request-")}
