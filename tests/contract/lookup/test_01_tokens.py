"""Checklist 1: getting a token, and what happens without a good one."""

import base64
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from api.token_throttle import LIMIT, WINDOW
from tenants.models import ApiClient, Tenant
from tests.api.caller import Caller, issue_token
from tests.factories import make_api_client

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def client_a(tenant_a: Tenant) -> ApiClient:
    return make_api_client(tenant_a, "customers:read", "customers:write")


def ask(fields: dict | str | bytes, path: str = "/oauth2/token", **headers: str):
    body = urlencode(fields) if isinstance(fields, dict) else fields
    return Client().post(path, body, content_type=FORM, headers=headers)


def fields_of(client: ApiClient, **more: str) -> dict[str, str]:
    return {"grant_type": "client_credentials", "client_id": client.client_id, "client_secret": "secret"} | more


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/token/"])
def test_a_token_is_given_and_works(client_a: ApiClient, path: str):
    response = ask(fields_of(client_a), path)

    token = response.json()["access_token"]
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
    assert response.json() == {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": 1800,
        "scope": "customers:read customers:write",
    }
    caller = Caller(client_a)
    caller.token = token
    assert caller.post("/customers", {}).status == 201


@pytest.mark.parametrize("scheme", ["Basic", "basic"])
def test_the_pair_by_http_basic(client_a: ApiClient, scheme: str):
    header = basic(client_a.client_id, "secret").replace("Basic", scheme)

    response = ask({"grant_type": "client_credentials"}, authorization=header)

    assert (response.status_code, response.json()["scope"]) == (200, "customers:read customers:write")


def test_fewer_scopes_on_request(client_a: ApiClient):
    response = ask(fields_of(client_a, scope="customers:read"))

    assert response.json()["scope"] == "customers:read"
    caller = Caller(client_a)
    caller.token = response.json()["access_token"]
    assert caller.post("/customers", {}).code == (403, 10022, "Forbidden")


def test_more_scopes_than_granted(client_a: ApiClient):
    response = ask(fields_of(client_a, scope="customers:read customers:delete"))

    assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize("missing", ["grant_type", "client_id", "client_secret"])
def test_a_missing_field(client_a: ApiClient, missing: str):
    fields = fields_of(client_a)
    del fields[missing]

    response = ask(fields)

    assert response.status_code == 400
    assert response.json() == {"error": "invalid_request", "error_description": f"The field {missing} is missing."}


@pytest.mark.parametrize(
    "grant",
    ["password", "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code", "x", " "],
)
def test_another_grant(client_a: ApiClient, grant: str):
    response = ask(fields_of(client_a, grant_type=grant, username="a", password="b", code="c", refresh_token="d"))

    assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [(None, "wrong"), ("nobody", "secret"), (None, "secret "), ("\x00", "secret"), (None, "\x00")],
)
def test_wrong_credentials(client_a: ApiClient, client_id: str | None, secret: str):
    client_id = client_id or client_a.client_id

    by_form = ask({"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret})
    by_header = ask({"grant_type": "client_credentials"}, authorization=basic(client_id, secret))

    for response in (by_form, by_header):
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("header", ["Basic", "Basic ", "Basic %%%", "Basic é", "Basic " + "=" * 50, "Basic /w=="])
def test_a_broken_basic_header(client_a: ApiClient, header: str):
    response = ask({"grant_type": "client_credentials"}, authorization=header)

    assert response.status_code in {400, 401}
    assert response.json()["error"] in {"invalid_request", "invalid_client"}


@pytest.mark.parametrize("change", [{"is_active": False}, {"expires_at": timezone.now() - timedelta(seconds=1)}])
def test_a_client_that_is_shut_out_gets_no_token(client_a: ApiClient, change: dict):
    ApiClient.objects.filter(pk=client_a.pk).update(**change)

    assert ask(fields_of(client_a)).status_code == 401


def test_a_client_of_a_closed_tenant_gets_no_token(client_a: ApiClient):
    Tenant.objects.filter(pk=client_a.tenant_id).update(is_active=False)

    assert ask(fields_of(client_a)).status_code == 401


@pytest.mark.parametrize("body", [b"\xff\xfe=%ff&grant_type", b"a" * 20_000, b"&".join([b"a=1"] * 2000), b"{}", b""])
def test_a_form_that_makes_no_sense(db: None, body: bytes):
    response = ask(body)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


def test_only_post(db: None):
    assert Client().get("/oauth2/token").status_code == 405


def test_failures_are_throttled_by_client_and_address(client_a: ApiClient, tenant_a: Tenant):
    other = make_api_client(tenant_a)
    for _ in range(LIMIT):
        assert ask(fields_of(client_a, client_secret="wrong")).status_code == 401

    response = ask(fields_of(client_a))

    assert (response.status_code, response.json()["error"]) == (429, "slow_down")
    assert 0 < int(response.headers["Retry-After"]) <= WINDOW.total_seconds()
    assert ask(fields_of(other)).status_code == 200
    elsewhere = Client(REMOTE_ADDR="192.0.2.7").post("/oauth2/token", urlencode(fields_of(client_a)), content_type=FORM)
    assert elsewhere.status_code == 200


def test_the_throttle_lets_go_after_its_window(client_a: ApiClient):
    for _ in range(LIMIT):
        ask(fields_of(client_a, client_secret="wrong"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE api_failedtokenrequests SET since = since - %s", [WINDOW + timedelta(seconds=1)])

    assert ask(fields_of(client_a)).status_code == 200
    assert ask(fields_of(client_a, client_secret="wrong")).status_code == 401
    with connection.cursor() as cursor:
        cursor.execute("SELECT count FROM api_failedtokenrequests")
        assert cursor.fetchall() == [(1,)]


def test_the_database_does_not_hold_a_fresh_token_or_the_secret(client_a: ApiClient):
    token = ask(fields_of(client_a)).json()["access_token"]

    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        holding = []
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{token}%"])
            holding += [table] if cursor.fetchone() != (0,) else []
        cursor.execute("SELECT client_secret FROM tenants_apiclient")
        (secret,) = cursor.fetchone()
    assert holding == []
    assert secret.startswith("argon2$")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic x", "Bearer unknown", "Bearer é\x01", "bearer x y"])
def test_a_call_without_a_good_token(db: None, header: str):
    response = Client().get("/v2/customers/id/1", headers={"authorization": header})

    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert (response.json()["error"]["code"], response.json()["error"]["type"]) == (10021, "Unauthorized")


def test_an_expired_token(client_a: ApiClient):
    caller = Caller(client_a)
    caller.token = issue_token(client_a, seconds=0)

    reply = caller.get("/customers/id/1")

    assert reply.error == (401, 10021, "Unauthorized", ["The access token has expired"])
    assert reply.headers["WWW-Authenticate"] == "Bearer"
