"""The request id: on every answer, in the log, in the change history."""

import re
import uuid

import pghistory.models
import pytest
from django.test import Client

from tests.api.caller import Caller


@pytest.mark.parametrize("sent", ["a", "x" * 128, "!~", "f3a1"])
def test_the_callers_is_kept(caller: Caller, sent: str):
    for path in ("/customers/id/1", "/nothing", "/customers"):
        assert caller.get(path, x_request_id=sent).headers["x-request-id"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 129, "a b", "é", "a\x7f"])
def test_another_is_replaced(caller: Caller, sent: str):
    got = caller.get("/customers/id/1", x_request_id=sent).headers["x-request-id"]

    assert str(uuid.UUID(got)) == got


@pytest.mark.parametrize("path", ["/healthz", "/docs/errors/", "/docs/errors/1", "/oauth2/token", "/nowhere"])
def test_other_pages_have_one_too(db: None, path: str):
    assert re.fullmatch(r"[0-9a-f-]{36}", Client().get(path).headers["x-request-id"])


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
