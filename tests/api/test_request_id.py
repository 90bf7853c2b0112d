"""The request id: on every answer, in the log, in the change history."""

import re
import uuid

import pghistory.models
import pytest
from django.test import Client

from tenants.models import Tenant
from tests.api.caller import Caller
from tests.factories import make_api_client


@pytest.mark.parametrize("sent", ["a", "x" * 128, "!~", "f3a1"])
def test_the_callers_is_kept(caller: Caller, sent: str):
    for path in ("/customers/id/1", "/nothing", "/customers"):
        assert caller.get(path, x_request_id=sent).headers["x-request-id"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 129, "a b", "é", "a\x7f"])
def test_another_is_replaced(caller: Caller, sent: str):
    got = caller.get("/customers/id/1", x_request_id=sent).headers["x-request-id"]

    assert str(uuid.UUID(got)) == got


@pytest.mark.parametrize(
    "path",
    ["/healthz", "/docs/errors/", "/docs/errors/1", "/oauth2/token", "/nowhere", "/v2", "/", "/admin/", "/admin/login/",
     "/admin/nowhere", "/static/backoffice/favicon.svg", "/static/nowhere"],
)  # fmt: skip
def test_other_pages_have_one_too(db: None, path: str):
    response = Client().get(path)
    response.getvalue()  # a file is closed by who reads it
    assert re.fullmatch(r"[0-9a-f-]{36}", response.headers["x-request-id"])
    assert Client().post(path, headers={"x-request-id": "req-1"}).headers["x-request-id"] == "req-1"


def test_a_redirect_to_https_has_one_too(settings):
    settings.SECURE_SSL_REDIRECT = True

    response = Client().get("/v2/customers/id/1", headers={"x-request-id": "req-1"})

    assert (response.status_code, response.headers["x-request-id"]) == (301, "req-1")


def test_every_answer_of_the_api_has_one(tenant_a: Tenant, caller: Caller):
    """Whatever becomes of a request, from the first check to the last."""
    stranger, weak = Caller(caller.client), Caller(caller.client, "users:read")
    stranger.token = "unknown"
    limited = Caller(make_api_client(tenant_a, requests_per_minute=1))
    limited.get("/customers/id/1")
    made = caller.post("/customers", {}, idempotency_key="k", x_request_id="req-0")
    path = f"/customers/id/{made.data['id']}"
    replies = [
        caller.post("/customers", {}, idempotency_key="k", x_request_id="req-1"),
        caller.post("/customers", {"lastName": "X"}, idempotency_key="k", x_request_id="req-1"),
        stranger.get(path, x_request_id="req-1"),
        weak.get(path, x_request_id="req-1"),
        limited.get(path, x_request_id="req-1"),
        caller.call("PUT", path, x_request_id="req-1"),
        caller.post("/customers", b" " * (33 * 1024 * 1024), x_request_id="req-1"),
        caller.post("/customers", b"{", x_request_id="req-1"),
        caller.post("/customers", b"{}", content_type="text/plain", x_request_id="req-1"),
        caller.patch(path, {}, if_match='"0-0"', x_request_id="req-1"),
        caller.get("/customers/changes?cursor=x", x_request_id="req-1"),
        caller.delete(path, x_request_id="req-1"),
        caller.delete(path, x_request_id="req-1"),
    ]

    assert [reply.status for reply in replies] == [
        201, 422, 401, 403, 429, 405, 413, 400, 415, 412, 400, 200, 405
    ]  # fmt: skip
    assert {reply.headers["x-request-id"] for reply in replies} == {"req-1"}


def test_it_is_in_the_history(caller: Caller):
    pk = caller.post("/customers", {"lastName": "X"}, x_request_id="req-1").data["id"]
    caller.bulk("customers", [{"source": "E", "sourceId": "1"}])
    caller.patch(f"/customers/id/{pk}", {"lastName": "Y"}, x_request_id="req-2")

    contexts = [context.metadata for context in pghistory.models.Context.objects.order_by("created_at")]
    assert [(context["request_id"], context["origin"]) for context in (contexts[0], contexts[-1])] == [
        ("req-1", "lookup_api"),
        ("req-2", "lookup_api"),
    ]
    assert {context["client"] for context in contexts} == {caller.client.pk}
    assert [context["origin"] for context in contexts] == ["lookup_api", "bulk", "lookup_api"]
