"""1. /tenants/... and /v2/tenants/... give the same status and body."""

import pytest
from django.test import Client

from tests.api.caller import Caller

PATHS = ["/tenants/a/stores", "/tenants/a/stores/oslo", "/tenants/a/stores/nowhere", "/tenants/b/stores"]


@pytest.mark.parametrize("path", PATHS)
def test_both_prefixes_and_both_ends_of_a_path(caller: Caller, stores: object, path: str):
    answers = [
        caller.get(f"{prefix}{path}{end}", **{"x-request-id": "one"}) for prefix in ("", "/v2") for end in ("", "/")
    ]

    told = [(answer.status, {**answer.body, "instance": ""}) for answer in answers]
    assert told == [told[0]] * 4


@pytest.mark.parametrize(
    "path",
    [
        *("/tenants", "/tenants/", "/tenants/a", "/tenants//stores", "/tenants/a/stores/x/y", "/tenants/a/stores//"),
        *("/tenants/a/pricelists", "/tenants/a/customers/1/loyalty", "/account/x", "/v2/tenants/a/Stores"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "BREW"])
def test_an_unknown_route_comes_before_everything_else(db: None, path: str, method: str):
    answer = Client().generic(method, path, b"{", headers={"x-request-id": "me"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json() == {
        "type": "urn:problem-type:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is nothing at this path.",
        "message": "There is nothing at this path.",
        "instance": path,
        "code": "NOT_FOUND",
        "requestId": "me",
        "errors": [],
    }


def test_a_head_is_a_get_without_a_body(caller: Caller, stores: object):
    for path in PATHS:
        got, head = caller.get(path), caller.call("HEAD", path)
        assert (head.status, head.content) == (got.status, b"")
        assert head.headers["Content-Type"] == got.headers["Content-Type"]
        if got.status == 200:  # the id of a request is as long as it likes
            assert head.headers["Content-Length"] == str(len(got.content))


def test_accept_is_not_asked(caller: Caller, stores: object):
    assert caller.get("/tenants/a/stores", accept="text/html").status == 200
