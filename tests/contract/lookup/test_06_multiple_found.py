"""Checklist 6: one sourceId under several sources."""

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller
from tests.contract.lookup.served import Served
from tests.factories import make_record, put_in_bin


@pytest.fixture
def two(served: Served, tenant_a: Tenant, tenant_b: Tenant):
    make_record(served.model, tenant_b, source="WEB", source_id="K")
    return [make_record(served.model, tenant_a, source=source, source_id="K") for source in ("ERP", "POS")]


def test_several_live_matches(served: Served, caller: Caller, two):
    message = f"Multiple {served.name} found. Please provide additional filters"

    for method, sent in (("GET", {}), ("PATCH", {"body": {}}), ("DELETE", {})):
        assert caller.call(method, f"/{served.name}/sourceId/K", **sent).error == (*served.several, [message])


def test_the_source_tells_them_apart(served: Served, caller: Caller, two):
    for record in two:
        assert caller.get(f"/{served.name}/sourceId/K?source={record.source}").data["id"] == record.pk
    assert caller.get(f"/{served.name}/sourceId/K?source=erp").code == served.absent
    assert caller.get(f"/{served.name}/sourceId/K?source=%00").code == served.absent


def test_live_matches_win(served: Served, caller: Caller, two):
    put_in_bin(two[0])

    assert caller.get(f"/{served.name}/sourceId/K").data["id"] == two[1].pk
    assert caller.get(f"/{served.name}/sourceId/K?source=ERP").code == served.binned
