"""The address of a client, and who is believed about it."""

import pytest
from django.test import Client, RequestFactory

from api import token_throttle
from api.client_address import address_of
from tenants.models import Tenant
from tests.factories import make_api_client


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        (0, None, "10.0.0.9"),
        (0, "1.1.1.1", "10.0.0.9"),
        (1, None, "10.0.0.9"),
        (1, "", "10.0.0.9"),
        (1, " , ", "10.0.0.9"),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6,1.1.1.1 ", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 10.0.0.1", "1.1.1.1"),
        (2, "1.1.1.1, 10.0.0.1", "1.1.1.1"),
        (2, "6.6.6.6", "10.0.0.9"),
    ],
)
def test_only_what_a_trusted_proxy_said_is_believed(settings, trusted: int, forwarded: str | None, address: str):
    settings.TRUSTED_PROXIES = trusted
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}

    assert address_of(RequestFactory(headers=headers, REMOTE_ADDR="10.0.0.9").get("/")) == address


def ask(client_id: str, secret: str, forwarded: str) -> int:
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    return (
        Client(REMOTE_ADDR="10.0.0.9").post("/oauth2/token", form, headers={"x-forwarded-for": forwarded}).status_code
    )


@pytest.mark.parametrize("trusted", [0, 1])
def test_who_guesses_behind_a_proxy_does_not_shut_out_the_others(settings, tenant_a: Tenant, trusted: int):
    settings.TRUSTED_PROXIES = trusted
    client = make_api_client(tenant_a)

    guesses = [ask(client.client_id, "wrong", "9.9.9.9") for _ in range(token_throttle.LIMIT + 1)]

    assert guesses == [401] * token_throttle.LIMIT + [429]
    # A made-up place in front does not help, and without trust a header counts for nothing.
    assert ask(client.client_id, "secret", "8.8.8.8, 9.9.9.9") == 429
    assert ask(client.client_id, "secret", "8.8.8.8") == (200 if trusted else 429)
