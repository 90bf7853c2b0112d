"""Checklist 3: what belongs to another tenant does not exist."""

from tenants.models import Tenant
from tests.api.caller import Caller
from tests.contract.lookup.served import Served
from tests.factories import make_keyed, make_record, put_in_bin, row


def test_another_tenants_record_is_not_found(served: Served, tenant_b: Tenant, caller: Caller):
    theirs = make_record(served.model, tenant_b, source="ERP", source_id="T-1")
    before = row(theirs)

    for path in (
        f"/{served.name}/id/{theirs.pk}",
        f"/{served.name}/sourceId/T-1",
        f"/{served.name}/sourceId/T-1?source=ERP",
    ):
        for method, sent in (("GET", {}), ("DELETE", {}), ("PATCH", {"body": {served.text: "Van mij"}})):
            assert caller.call(method, path, **sent).code == served.absent
    assert row(theirs) == before


def test_a_binned_record_of_another_tenant_does_not_show_either(served: Served, tenant_b: Tenant, caller: Caller):
    theirs = make_record(served.model, tenant_b, source="ERP", source_id="T-2")
    put_in_bin(theirs)

    assert caller.get(f"/{served.name}/id/{theirs.pk}").code == served.absent
    assert caller.get(f"/{served.name}/sourceId/T-2").code == served.absent


def test_the_same_key_leads_each_tenant_to_its_own(
    served: Served, tenant_a: Tenant, tenant_b: Tenant, caller: Caller, caller_b: Caller
):
    mine = make_record(served.model, tenant_a, source="ERP", source_id="K")
    theirs = make_record(served.model, tenant_b, source="ERP", source_id="K")

    assert caller.get(f"/{served.name}/sourceId/K").data["id"] == mine.pk
    assert caller_b.get(f"/{served.name}/sourceId/K").data["id"] == theirs.pk


def test_a_bulk_never_reaches_into_another_tenant(served: Served, tenant_b: Tenant, caller: Caller):
    theirs = make_keyed(served.model, tenant_b)
    before = row(theirs)

    by_key = caller.bulk(served.name, [{"source": theirs.source, "sourceId": theirs.source_id, served.text: "X"}])
    by_id = caller.bulk(served.name, [{"id": theirs.pk, served.text: "X"}], "id")

    assert by_key.data[0]["action"] == "create"
    assert by_key.data[0]["id"] != theirs.pk
    assert (by_id.data[0]["success"], by_id.data[0]["code"]) == (False, served.base + 4)
    assert row(theirs) == before
