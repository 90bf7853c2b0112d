"""Errors that escape every view."""

import json

import pytest
from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.test import Client, RequestFactory

from api.handlers import bad_request, internal_error


def answer(path: str, error: Exception):
    try:
        raise error
    except type(error):
        return internal_error(RequestFactory().get(path))


def test_below_the_api_they_are_in_the_envelope():
    for prefix in ("/v1", "/v2"):
        unexpected = answer(f"{prefix}/customers/id/1", ValueError("secret"))
        away = answer(f"{prefix}/customers/id/1", OperationalError("secret"))
        assert (unexpected.status_code, json.loads(unexpected.content)["error"]["code"]) == (500, 10000)
        assert (away.status_code, json.loads(away.content)["error"]["code"]) == (503, 10030)
        assert b"secret" not in unexpected.content + away.content


def test_elsewhere_they_are_a_page():
    page = answer("/admin/", ValueError("secret"))

    assert (page.status_code, page.headers["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert b"secret" not in page.content


@pytest.mark.parametrize("method", ["GET", "POST", "BREW"])
@pytest.mark.parametrize("path", ["/v1", "/v2", "/v2/", "/v2/customers/id/1", "/v1/customers"])
def test_a_host_that_is_not_served(path: str, method: str):
    response = Client().generic(method, path, b"{}", headers={"host": "evil.example"})

    assert (response.status_code, json.loads(response.content)) == (
        400,
        {
            "error": {
                "code": 10017,
                "messages": ["The Host header names a host that is not served here"],
                "moreInfo": "/docs/errors/10017",
                "status": 400,
                "type": "PayloadValidationError",
            }
        },
    )
    assert len(response.headers["x-request-id"]) == 36
    assert b"evil" not in response.content


def test_a_host_that_is_not_served_at_the_token_endpoint_and_elsewhere():
    for path in ("/oauth2/token", "/oauth2/token/"):
        response = Client().post(path, {}, headers={"host": "evil.example"})
        assert (response.status_code, json.loads(response.content)) == (
            400,
            {"error": "invalid_request", "error_description": "The request is malformed."},
        )
    for path in ("/admin/", "/v22/customers", "/docs/errors"):
        page = Client().get(path, headers={"host": "evil.example"})
        assert (page.status_code, page.headers["Content-Type"]) == (400, "text/html; charset=utf-8")


def test_other_malformed_requests_are_in_the_envelope_too():
    for exception in (BadRequest("secret"), ValueError("secret")):
        response = bad_request(RequestFactory().get("/v2/customers"), exception)
        told = json.loads(response.content)["error"]
        assert (response.status_code, told["code"], told["messages"]) == (400, 10017, ["The request is malformed"])
