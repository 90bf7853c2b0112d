"""Checklist 2: each scope refused and allowed."""

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller, make_caller
from tests.contract.lookup.served import Served
from tests.factories import make_record


def requests(served: Served, pk: int) -> list[tuple[str, str, object, tuple[str, ...]]]:
    """Every kind of request, and the scopes that it needs."""
    name = served.name
    return [
        ("GET", f"/{name}/id/{pk}", None, (f"{name}:read",)),
        ("POST", f"/{name}/", {served.text: "Nieuw"}, (f"{name}:write",)),
        ("PATCH", f"/{name}/id/{pk}", {served.text: "Anders"}, (f"{name}:write",)),
        ("POST", f"/{name}/bulk/sourceId", {name: [{"source": "E", "sourceId": "1"}]}, (f"{name}:write", "bulk:write")),
        ("POST", f"/{name}/bulk/id", {name: [{"id": pk}]}, (f"{name}:write", "bulk:write")),
        ("DELETE", f"/{name}/id/{pk}", None, (f"{name}:delete",)),
        ("GET", f"/{name}", None, (f"{name}:read",)),
        ("POST", f"/{name}/search", {}, (f"{name}:read",)),
    ]


@pytest.mark.parametrize("index", range(8))
def test_a_scope_opens_its_requests_and_nothing_else_does(served: Served, tenant_a: Tenant, caller: Caller, index: int):
    record = make_record(served.model, tenant_a)
    method, path, body, needed = requests(served, record.pk)[index]
    sent = {} if body is None else {"body": body}

    for missing in needed:
        others = [scope for scope in caller.client.scopes if scope != missing]
        reply = make_caller(tenant_a, *others).call(method, path, **sent)
        assert reply.error == (403, 10022, "Forbidden", [f"The access token lacks the scope [{missing}]"])
    assert make_caller(tenant_a, *needed).call(method, path, **sent).status in {200, 201}


def test_a_token_has_no_more_scopes_than_it_was_given(served: Served, tenant_a: Tenant, caller: Caller):
    record = make_record(served.model, tenant_a)
    narrow = Caller(caller.client, f"{served.name}:read")

    assert narrow.get(f"/{served.name}/id/{record.pk}").status == 200
    assert narrow.delete(f"/{served.name}/id/{record.pk}").code == (403, 10022, "Forbidden")


def test_a_token_loses_the_scopes_that_its_client_loses(served: Served, tenant_a: Tenant, caller: Caller):
    record = make_record(served.model, tenant_a)
    caller.client.scopes = [f"{served.name}:delete"]
    caller.client.save()

    assert caller.get(f"/{served.name}/id/{record.pk}").code == (403, 10022, "Forbidden")
    assert caller.delete(f"/{served.name}/id/{record.pk}").status == 200
