"""``GET /docs/api``: the page that shows the document. Its looks and its requests are tested in a browser."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client


@pytest.mark.parametrize("path", ["/docs/api", "/docs/api/"])
def test_the_page_needs_nobody_else(client: Client, path: str):
    answer = client.get(path)
    page = answer.content.decode()

    assert answer.status_code == 200
    assert 'spec-url="/v2/openapi.json"' in page
    assert "://" not in page
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_what_it_loads_is_among_our_own_files(client: Client):
    scripts = re.findall('<script src="/static/([^"]*)"', client.get("/docs/api").content.decode())

    assert scripts == ["api/reference.js", "drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js"]
    assert all(map(finders.find, scripts))


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_can_only_be_got(client: Client, method: str):
    assert getattr(client, method)("/docs/api").status_code == 405
