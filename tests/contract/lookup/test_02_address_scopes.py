"""Checklist 2 for addresses: their own scopes are asked for, and those of their owner are not."""

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller, make_caller
from tests.contract.lookup.below import HOME, Below

READ, WRITE, BULK = ("addresses:read",), ("addresses:write",), ("addresses:write", "bulk:write")
REQUESTS = {
    "list": ("GET", "", None, READ),
    "create": ("POST", "", HOME, WRITE),
    "get": ("GET", "/{}", None, READ),
    "patch": ("PATCH", "/{}", {"city": "Zomerdorp"}, WRITE),
    "delete": ("DELETE", "/{}", None, WRITE),
    "bulk": ("POST", "/bulk", {"addresses": [HOME]}, BULK),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_scope_opens_its_requests_and_nothing_else_does(book: Below, tenant_a: Tenant, caller: Caller, name: str):
    method, rest, body, needed = REQUESTS[name]
    path = book.path + rest.format(book.added())
    sent = {} if body is None else {"body": body}
    before = book.stored

    for missing in needed:
        others = [scope for scope in caller.client.scopes if scope != missing]
        reply = make_caller(tenant_a, *others).call(method, path, **sent)
        assert reply.error == (403, 10022, "Forbidden", [f"The access token lacks the scope [{missing}]"])
    assert book.stored == before
    assert make_caller(tenant_a, *needed).call(method, path, **sent).status in {200, 201}


def test_the_scope_is_asked_for_before_anything_is_told(book: Below, tenant_a: Tenant):
    blind = make_caller(tenant_a, "customers:read")

    for path in (book.path, f"{book.path}/1", f"/{book.served.name}/id/999999/addresses"):
        assert blind.get(path).code == (403, 10022, "Forbidden")
