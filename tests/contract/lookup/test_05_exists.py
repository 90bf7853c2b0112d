"""Checklist 5: a taken source pair."""

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller
from tests.contract.lookup.served import Served
from tests.factories import make_record, rows


@pytest.fixture
def holder(served: Served, tenant_a: Tenant):
    return make_record(served.model, tenant_a, source="ERP", source_id="K-1")


def test_create(served: Served, caller: Caller, holder):
    reply = caller.post(f"/{served.name}", {"source": "ERP", "sourceId": "K-1"})

    assert reply.error == (*served.exists, [f"{served.noun} already exists"])
    assert list(rows(served.model)) == [holder.pk]


def test_patch_and_bulk_by_id(served: Served, caller: Caller, holder):
    other = make_record(served.model, holder.tenant)
    before = rows(served.model)

    patched = caller.patch(f"/{served.name}/id/{other.pk}", {"source": "ERP", "sourceId": "K-1"})
    bulk = caller.bulk(served.name, [{"id": other.pk, "source": "ERP", "sourceId": "K-1"}], "id")

    assert patched.code == served.exists
    assert bulk.data == [
        {
            "action": "update",
            "code": served.base + 4,
            "error": f"{served.noun} already exists",
            "key": other.pk,
            "lookupKey": "id",
            "success": False,
            "type": f"{served.noun}Exists",
        }
    ]
    assert rows(served.model) == before


def test_the_own_pair_is_no_obstacle(served: Served, caller: Caller, holder):
    assert caller.patch(f"/{served.name}/id/{holder.pk}", {"source": "ERP", "sourceId": "K-1"}).status == 200


def test_the_same_id_under_another_source_is_free(served: Served, caller: Caller, holder):
    assert caller.post(f"/{served.name}", {"source": "WEB", "sourceId": "K-1"}).status == 201


def test_nothing_else_is_unique(served: Served, caller: Caller, holder):
    for _ in range(2):
        assert caller.post(f"/{served.name}", {served.text: "Same", served.second: "1"}).status == 201
