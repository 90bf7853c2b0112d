"""Checklists 8 and 9: records in the recycle bin, each resource with its own status, and the keys that they keep."""

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller
from tests.contract.lookup.served import Served
from tests.factories import make_record, put_in_bin, rows


@pytest.fixture
def binned(served: Served, tenant_a: Tenant):
    record = make_record(served.model, tenant_a, source="ERP", source_id="KL-42")
    put_in_bin(record)
    return record


def test_get_patch_delete(served: Served, caller: Caller, binned):
    before = rows(served.model)

    for key, value in (("id", binned.pk), ("sourceId", "KL-42"), ("sourceId", "KL-42?source=ERP")):
        shown = str(value).partition("?")[0]
        message = f"{served.noun} with {key} [{shown}] is not allowed: it is in the recycle bin"
        for method, sent in (("GET", {}), ("PATCH", {"body": {served.text: "X"}}), ("DELETE", {})):
            reply = caller.call(method, f"/{served.name}/{key}/{value}", **sent)
            assert reply.error == (*served.binned, [message])
            # RFC 9110, section 10.2.1: no method is allowed for the moment.
            assert reply.headers.get("Allow") == ("" if served.not_allowed == 405 else None)
    assert rows(served.model) == before


def test_a_binned_key_on_create(served: Served, caller: Caller, binned):
    before = rows(served.model)

    reply = caller.post(f"/{served.name}", {"source": "ERP", "sourceId": "KL-42"})

    assert reply.code == served.binned
    assert rows(served.model) == before


def test_a_binned_key_in_bulk(served: Served, caller: Caller, binned):
    before = rows(served.model)
    message = f"{served.noun} with sourceId [KL-42] is not allowed: it is in the recycle bin"

    by_key = caller.bulk(served.name, [{"source": "ERP", "sourceId": "KL-42", served.text: "X"}])
    by_id = caller.bulk(served.name, [{"id": binned.pk, served.text: "X"}], "id")

    assert by_key.data == [
        {
            "action": "update",
            "code": served.base + 8,
            "error": message,
            "key": "KL-42",
            "lookupKey": "sourceId",
            "success": False,
            "type": f"{served.noun}NotAllowed",
        }
    ]
    assert [(row["code"], row["key"], row["success"]) for row in by_id.data] == [(served.base + 8, binned.pk, False)]
    assert rows(served.model) == before


def test_a_binned_key_is_not_free_for_another_record(served: Served, caller: Caller, binned):
    other = make_record(served.model, binned.tenant)

    reply = caller.patch(f"/{served.name}/id/{other.pk}", {"source": "ERP", "sourceId": "KL-42"})

    assert reply.code == served.binned
