"""44. Every error has the keys of section 11, message equal to detail."""

import json

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from api import handlers
from tests.api.caller import Caller


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_a_method_that_a_path_does_not_have(caller: Caller, method: str):
    answer = caller.call(method, "/tenants/a/stores", b"{broken")

    assert answer.problem == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == "GET, HEAD"


def test_a_body_that_says_that_it_is_too_large_comes_before_the_token(caller: Caller):
    answer = caller.call("POST", "/tenants/a/stores", b"x" * (1024 * 1024 + 1), authorization="Bearer wrong")

    assert answer.problem == (413, "PAYLOAD_TOO_LARGE")
    assert answer.body["detail"] == "The body is larger than the limit of 1024 KiB (1048576 bytes) here."


@pytest.mark.parametrize("path", ["/tenants/a/stores", "/v2/tenants/a/stores", "/account", "/v2/account/", "/tenants"])
def test_errors_that_escape_every_view(db: None, path: str):
    for error, told in (
        (ValueError("secret"), (500, "INTERNAL_ERROR")),
        (OperationalError("secret"), (503, "UNAVAILABLE")),
    ):
        try:
            raise error
        except type(error):
            answer = handlers.internal_error(RequestFactory().get(path))
        body = json.loads(answer.content)
        assert (answer.status_code, body["code"]) == told
        assert b"secret" not in answer.content
    assert answer.headers["Retry-After"] == "5"


def test_a_host_that_is_not_served(db: None):
    answer = Client().get("/tenants/a/stores", headers={"host": "evil.example"})

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_HEADER")


def test_more_parameters_than_anybody_needs(caller: Caller):
    answer = caller.get("/tenants/a/stores?" + "&".join(f"p{number}=1" for number in range(1200)))

    assert answer.problem == (400, "INVALID_PARAMETER")
