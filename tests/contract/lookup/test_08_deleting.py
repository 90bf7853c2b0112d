"""Checklists 4 and 8, what DELETE means for each resource (contract section 6): what goes along, stays and shows.

Companies take their contacts and addresses along, customers, users and usergroups their addresses; members and child
groups of a usergroup stay and keep the link.
"""

from typing import Any

import pytest

from addresses.models import Address
from contacts.models import Company, Contact
from customers.models import Customer
from records.models import Record
from recyclebin.models import Deletion
from recyclebin.policies import type_name
from recyclebin.verbs import restore
from tenants.models import Tenant
from tests.api.caller import Caller, make_caller
from tests.contract.lookup.served import BY_NAME, SERVED, Served
from tests.factories import make_address, make_company, make_contact, make_record, make_usergroup, owner_of, rows
from users.models import User, Usergroup

TABLES = (Usergroup, Company, Customer, User, Contact, Address)


def everything() -> dict[type[Record], dict[int, dict[str, Any]]]:
    return {model: rows(model) for model in TABLES}


def gone() -> dict[type[Record], list[int]]:
    """The rows in the bin by table; tables without any are left out."""
    binned = {model: [pk for pk, values in rows(model).items() if values["deletion_id"]] for model in TABLES}
    return {model: found for model, found in binned.items() if found}


@pytest.fixture
def record(served: Served, tenant_a: Tenant, tenant_b: Tenant) -> Any:
    """A record with all that can hang from it. A neighbour and the other tenant have the same."""
    return [make_whole(served, tenant) for tenant in (tenant_b, tenant_a, tenant_a)][-1]


def make_whole(served: Served, tenant: Tenant) -> Any:
    record = make_record(served.model, tenant)
    if served.has_addresses:
        make_address(record, type="delivery", is_default=True)
        make_address(record, type="home")
    if served.model is Company:
        make_contact(tenant, company=record)
        make_contact(tenant, company=record)
    if served.model is Usergroup:
        for member in SERVED:
            if member.parent == "usergroups":
                make_record(member.model, tenant, **{member.link: record})
    return record


def goes_along(record: Any) -> dict[type[Record], list[int]]:
    """What the contract says must go with a record, itself included."""
    along: dict[type[Record], list[int]] = {type(record): [record.pk]}
    if isinstance(record, Company):
        along[Contact] = sorted(record.contacts.values_list("pk", flat=True))
    if not isinstance(record, Contact):
        along[Address] = sorted(record.addresses.values_list("pk", flat=True))
    return along


def test_exactly_what_goes_along_is_one_deletion(served: Served, caller: Caller, record):
    before, along = everything(), goes_along(record)

    reply = caller.delete(f"/{served.name}/id/{record.pk}?reason=Dubbel")

    deletion = Deletion.objects.get()
    assert (reply.status, reply.body) == (200, {"data": {}, "messages": [f"{served.noun} deleted"]})
    assert gone() == along
    assert deletion.counts == {type_name(model): len(found) for model, found in along.items()}
    assert (deletion.root_type, deletion.root_id, deletion.reason) == (type_name(served.model), record.pk, "Dubbel")
    marked = {"deletion_id": deletion.pk}
    assert everything() == {
        model: {pk: values | (marked if pk in along.get(model, ()) else {}) for pk, values in before[model].items()}
        for model in TABLES
    }


def test_restoring_brings_back_exactly_that(served: Served, caller: Caller, record):
    before, path = everything(), f"/{served.name}/id/{record.pk}?expands=sources,parent,addresses,contacts"
    read = caller.get(path)
    caller.delete(f"/{served.name}/id/{record.pk}")

    restore(deletions=Deletion.objects.all(), actor=owner_of(record.tenant))

    assert everything() == before
    again = caller.get(path)
    assert (again.body, again.headers["ETag"]) == (read.body, read.headers["ETag"])


def test_only_the_scope_of_the_resource_is_needed(served: Served, record):
    along = goes_along(record)

    assert make_caller(record.tenant, f"{served.name}:delete").delete(f"/{served.name}/id/{record.pk}").status == 200
    assert gone() == along


MEMBERS = [served for served in SERVED if served.parent == "usergroups"]


@pytest.mark.parametrize("member", MEMBERS, ids=lambda served: served.name)
def test_members_and_child_groups_stay_and_keep_the_link(tenant_a: Tenant, caller: Caller, member: Served):
    group = make_usergroup(tenant_a)
    record = make_record(member.model, tenant_a, **{member.link: group})
    path = f"/{member.name}/id/{record.pk}?expands=parent"
    before = caller.get(path)

    caller.delete(f"/usergroups/id/{group.pk}")

    after = caller.get(path)
    assert after.data == before.data | {"parent": None}
    assert after.headers["ETag"] == before.headers["ETag"]
    assert getattr(member.model.objects.get(pk=record.pk), f"{member.link}_id") == group.pk
    restore(deletions=Deletion.objects.all(), actor=owner_of(tenant_a))
    assert caller.get(path).data == before.data


def test_contacts_go_with_their_company_and_answer_so(tenant_a: Tenant, caller: Caller):
    company = make_company(tenant_a)
    contact = make_contact(tenant_a, company=company, source="ERP", source_id="C-1")
    free = make_contact(tenant_a)
    caller.delete(f"/companies/id/{company.pk}")

    refused = BY_NAME["contacts"].binned
    for path in (f"/contacts/id/{contact.pk}", "/contacts/sourceId/C-1", "/contacts/sourceId/C-1?source=ERP"):
        assert caller.get(path).code == caller.patch(path, {"title": "X"}).code == caller.delete(path).code == refused
    assert caller.post("/contacts", {"source": "ERP", "sourceId": "C-1"}).code == refused
    assert caller.bulk("contacts", [{"source": "ERP", "sourceId": "C-1"}]).data[0]["code"] == 50008
    assert caller.patch(f"/contacts/id/{free.pk}", {"parent": {"id": company.pk}}).code == BY_NAME["companies"].binned


def test_a_contact_deleted_earlier_keeps_its_own_deletion(tenant_a: Tenant, caller: Caller):
    company = make_company(tenant_a)
    first, second = make_contact(tenant_a, company=company), make_contact(tenant_a, company=company)

    caller.delete(f"/contacts/id/{first.pk}")
    shown = caller.get(f"/companies/id/{company.pk}?expands=contacts").data["contacts"]
    caller.delete(f"/companies/id/{company.pk}")

    assert [contact["id"] for contact in shown] == [second.pk]
    earlier, later = Deletion.objects.order_by("deleted_at")
    assert (earlier.counts, later.counts) == ({"contacts.contact": 1}, {"contacts.company": 1, "contacts.contact": 1})
    restore(deletions=[later.pk], actor=owner_of(tenant_a))
    shown = caller.get(f"/companies/id/{company.pk}?expands=contacts").data["contacts"]
    assert [contact["id"] for contact in shown] == [second.pk]


def test_a_deleted_contact_leaves_its_company_as_it_was(tenant_a: Tenant, caller: Caller):
    company = make_company(tenant_a)
    contact = make_contact(tenant_a, company=company)
    before = caller.get(f"/companies/id/{company.pk}")

    caller.delete(f"/contacts/id/{contact.pk}")

    after = caller.get(f"/companies/id/{company.pk}")
    assert (after.data, after.headers["ETag"]) == (before.data, before.headers["ETag"])


def test_deleting_again_after_a_restore_is_another_deletion(served: Served, caller: Caller, record):
    for _ in range(2):
        assert caller.delete(f"/{served.name}/id/{record.pk}").status == 200
        assert caller.delete(f"/{served.name}/id/{record.pk}").code == served.binned
        restore(deletions=Deletion.objects.all(), actor=owner_of(record.tenant))

    assert Deletion.objects.count() == 2
    assert gone() == {}
