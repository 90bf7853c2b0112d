"""Errors that escape every view."""

import json

from django.db import OperationalError
from django.test import RequestFactory

from api.handlers import internal_error


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
