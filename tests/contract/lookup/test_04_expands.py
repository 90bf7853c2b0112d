"""Checklist 4, what else is read along: sources, parent, addresses, and the contacts of a company."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants.models import Tenant
from tests.api.caller import Caller, make_caller
from tests.contract.lookup.served import BY_NAME, Served
from tests.factories import make_address, make_company, make_contact, make_record, put_in_bin

EVERYTHING = "?expands=sources,parent,addresses,contacts"


def expandable(served: Served) -> list[str]:
    """What ``expands`` knows for a resource, in the order of the answer."""
    addresses = ["addresses"] if served.has_addresses else []
    return ["sources", "parent", *addresses, *(["contacts"] if served.name == "companies" else [])]


def make_whole(served: Served, tenant: Tenant, number: int = 1) -> tuple:
    """A record with a key, a parent, and so many addresses and contacts; returns it and its parent."""
    parent = make_record(BY_NAME[served.parent].model, tenant, source="ERP", source_id="P")
    record = make_record(served.model, tenant, source="ERP", source_id="1", **{served.link: parent})
    for _ in range(number):
        if served.has_addresses:
            make_address(record)
        if served.name == "companies":
            make_contact(tenant, company=record)
    return record, parent


def test_nothing_is_expanded_unless_it_is_asked_for(served: Served, tenant_a: Tenant, caller: Caller):
    make_whole(served, tenant_a)

    plain = caller.get(f"/{served.name}/sourceId/1").data
    whole = caller.get(f"/{served.name}/sourceId/1{EVERYTHING}").data

    assert {"sources", "parent", "addresses", "contacts"}.isdisjoint(plain)
    assert list(whole) == [*plain, *expandable(served)]
    assert {name: whole[name] for name in plain} == plain


def test_each_by_itself(served: Served, tenant_a: Tenant, caller: Caller):
    make_whole(served, tenant_a)
    plain = caller.get(f"/{served.name}/sourceId/1").data
    whole = caller.get(f"/{served.name}/sourceId/1{EVERYTHING}").data

    for name in expandable(served):
        assert caller.get(f"/{served.name}/sourceId/1?expands={name}").data == plain | {name: whole[name]}


def test_names_in_any_order_and_unknown_ones(served: Served, tenant_a: Tenant, caller: Caller):
    make_whole(served, tenant_a)

    reply = caller.get(f"/{served.name}/sourceId/1?expands=nonsense,%20parent,,Sources,sources,prices&language=nl")

    assert reply.status == 200
    assert list(reply.data)[-2:] == ["sources", "parent"]


def test_sources_and_parent(served: Served, tenant_a: Tenant, caller: Caller):
    _, parent = make_whole(served, tenant_a)

    whole = caller.get(f"/{served.name}/sourceId/1{EVERYTHING}").data

    assert whole["sources"] == [{"source": "ERP", "sourceId": "1"}]
    assert whole["parent"] == caller.get(f"/{served.parent}/id/{parent.pk}").data


def test_a_record_that_has_nothing(served: Served, tenant_a: Tenant, caller: Caller):
    record = make_record(served.model, tenant_a)

    whole = caller.get(f"/{served.name}/id/{record.pk}{EVERYTHING}").data

    nothing = {"sources": [], "parent": None, "addresses": [], "contacts": []}
    assert {name: whole[name] for name in expandable(served)} == {name: nothing[name] for name in expandable(served)}


def test_only_live_addresses_of_its_own(addressed: Served, tenant_a: Tenant, tenant_b: Tenant, caller: Caller):
    record = make_record(addressed.model, tenant_a)
    live = make_address(record, code="A", is_default=True)
    put_in_bin(make_address(record, code="B"))
    make_address(make_record(addressed.model, tenant_a), code="C")
    make_address(make_record(addressed.model, tenant_b), code="D")

    shown = caller.get(f"/{addressed.name}/id/{record.pk}?expands=addresses").data["addresses"]

    assert [(address["id"], address["code"], address["isDefault"]) for address in shown] == [(live.pk, "A", "Y")]


def test_the_contacts_of_a_company_read_whole_and_only_the_live_ones(
    tenant_a: Tenant, tenant_b: Tenant, caller: Caller
):
    company = make_company(tenant_a)
    live = [make_contact(tenant_a, company=company, ssn="123456782", full_name=name) for name in ("", "Dr. Meander")]
    put_in_bin(make_contact(tenant_a, company=company))
    make_contact(tenant_a)
    make_contact(tenant_a, company=make_company(tenant_a))
    make_contact(tenant_b, company=make_company(tenant_b))

    shown = caller.get(f"/companies/id/{company.pk}?expands=contacts").data["contacts"]

    assert shown == [caller.get(f"/contacts/id/{contact.pk}").data for contact in live]
    assert [contact["ssn"] for contact in shown] == ["123456782", "123456782"]


def test_contacts_need_a_scope_of_their_own_and_hide_what_the_caller_may_not_read(tenant_a: Tenant):
    company = make_company(tenant_a)
    contact = make_contact(tenant_a, company=company, ssn="123456782")
    path = f"/companies/id/{company.pk}?expands=contacts"
    refused = (403, 10022, "Forbidden", ["The access token lacks the scope [contacts:read]"])
    blind = make_caller(tenant_a, "companies:read", "contacts:read")

    assert make_caller(tenant_a, "companies:read").get(path).error == refused
    assert make_caller(tenant_a, "contacts:read").get(path).code == (403, 10022, "Forbidden")
    assert blind.get(path).data["contacts"] == [blind.get(f"/contacts/id/{contact.pk}").data]
    assert [shown["ssn"] for shown in blind.get(path).data["contacts"]] == [""]


@pytest.mark.parametrize("number", [1, 20])
def test_a_get_is_one_statement_whatever_is_expanded(served: Served, tenant_a: Tenant, caller: Caller, number: int):
    record, _ = make_whole(served, tenant_a, number)
    caller.get(f"/{served.name}/id/0")  # from now on the token is remembered

    for path in (f"id/{record.pk}", "sourceId/1", "sourceId/1?source=ERP", f"sourceId/1{EVERYTHING}"):
        with CaptureQueriesContext(connection) as queries:
            assert caller.get(f"/{served.name}/{path}").status == 200
        assert len(queries) == 1
