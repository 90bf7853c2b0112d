"""Checklist 10: parents by id, by pair, missing, binned; and how they read."""

import pytest

from customers.models import Customer
from tenants.models import Tenant
from tests.api.caller import Caller
from tests.factories import make_customer, make_usergroup, put_in_bin

B2C = {"source": "ERP", "sourceId": "B2C"}


@pytest.fixture
def group(tenant_a: Tenant, tenant_b: Tenant):
    make_usergroup(tenant_b, source="ERP", source_id="B2C", name="Theirs")
    return make_usergroup(tenant_a, source="ERP", source_id="B2C", name="Consumenten")


@pytest.mark.parametrize(
    "parent", [B2C, {"sourceId": "B2C"}, {"id": True}, {"id": True, "source": "X", "sourceId": "Y"}]
)
def test_a_parent_by_id_or_pair(caller: Caller, group, parent: dict):
    if "id" in parent:
        parent = parent | {"id": group.pk}

    made = caller.post("/customers", {"parent": parent})
    bulk = caller.bulk("customers", [{"source": "E", "sourceId": "1", "parent": parent}])

    assert (made.status, bulk.data[0]["success"]) == (201, True)
    assert list(Customer.objects.order_by("pk").values_list("usergroup", flat=True)) == [group.pk, group.pk]


def test_a_parent_that_is_not_there(caller: Caller, group):
    message = f"Usergroup with id [{group.pk + 1000}] not found"
    missing = {"id": group.pk + 1000}

    assert caller.post("/customers", {"parent": missing}).error == (404, 20006, "UsergroupNotFound", [message])
    row, other = caller.bulk(
        "customers", [{"source": "E", "sourceId": "1", "parent": missing}, {"source": "E", "sourceId": "2"}]
    ).data
    assert (row["code"], row["type"], row["success"], other["success"]) == (20006, "UsergroupNotFound", False, True)
    assert message in row["error"]


def test_a_parent_in_the_bin(caller: Caller, group):
    put_in_bin(group)

    for parent in (B2C, {"sourceId": "B2C"}, {"id": group.pk}):
        assert caller.post("/customers", {"parent": parent}).code == (405, 20008, "UsergroupNotAllowed")
    row = caller.bulk("customers", [{"source": "E", "sourceId": "1", "parent": B2C}]).data[0]
    assert (row["code"], row["success"]) == (20008, False)
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("parent", [{}, {"id": None}, {"sourceId": ""}, {"source": "ERP"}])
def test_a_parent_without_a_key(caller: Caller, parent: dict):
    assert caller.post("/customers", {"parent": parent}).code == (400, 10017, "PayloadValidationError")


def test_null_clears_the_parent_and_absence_keeps_it(caller: Caller, group):
    customer = make_customer(group.tenant, usergroup=group)
    path = f"/customers/id/{customer.pk}"

    assert caller.patch(path, {"lastName": "X"}).status == 200
    assert Customer.objects.get().usergroup_id == group.pk
    assert caller.patch(path, {"parent": None}).status == 200
    assert Customer.objects.get().usergroup_id is None


def test_a_parent_reads_whole_and_only_when_asked(caller: Caller, group):
    customer = make_customer(group.tenant, usergroup=group)

    plain = caller.get(f"/customers/id/{customer.pk}").data
    expanded = caller.get(f"/customers/id/{customer.pk}?expands=parent").data

    assert "parent" not in plain
    assert expanded == plain | {"parent": expanded["parent"]}
    parent = expanded["parent"]
    assert (parent["id"], parent["name"], parent["sourceId"]) == (group.pk, "Consumenten", "B2C")
    assert list(parent)[:3] == ["id", "name", "language"]


def test_a_parent_in_the_bin_reads_as_null(caller: Caller, group):
    customer = make_customer(group.tenant, usergroup=group)
    put_in_bin(group)

    assert caller.get(f"/customers/id/{customer.pk}?expands=parent").data["parent"] is None
    # Only what changes is validated: the link to the bin stays and does no harm.
    assert caller.patch(f"/customers/id/{customer.pk}", {"lastName": "X"}).status == 200
    assert Customer.objects.get().usergroup_id == group.pk
