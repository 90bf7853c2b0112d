"""Callers of both tenants, and the resources that are served by now."""

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller, make_caller
from tests.contract.lookup.below import Below, below
from tests.contract.lookup.served import SERVED, Served
from tests.factories import make_address, make_record


@pytest.fixture
def caller(tenant_a: Tenant) -> Caller:
    """An integration of tenant A with every scope."""
    return make_caller(tenant_a)


@pytest.fixture
def caller_b(tenant_b: Tenant) -> Caller:
    """An integration of tenant B with every scope."""
    return make_caller(tenant_b)


@pytest.fixture(params=SERVED, ids=lambda served: served.name)
def served(request: pytest.FixtureRequest) -> Served:
    """Each resource in turn: what is common to all of them is tested on all of them."""
    return request.param


@pytest.fixture(params=[served for served in SERVED if served.has_addresses], ids=lambda served: served.name)
def addressed(request: pytest.FixtureRequest) -> Served:
    """Each resource in turn whose records have addresses: all but contacts."""
    return request.param


@pytest.fixture(params=[served for served in SERVED if served.has_addresses], ids=lambda served: served.name)
def owning(request: pytest.FixtureRequest) -> Served:
    """Each resource that has addresses in turn."""
    return request.param


@pytest.fixture
def book(owning: Served, tenant_a: Tenant, tenant_b: Tenant, caller: Caller) -> Below:
    """The addresses of one owner. Another one of its tenant and one of the other tenant have the same codes."""
    for tenant in (tenant_a, tenant_b):
        other = make_record(owning.model, tenant, source="ERP", source_id="other")
        make_address(other, type="home", code="A", city="Elders", is_default=True)
    made = caller.post(f"/{owning.name}", {"source": "ERP", "sourceId": "KL-42"})
    return below(caller, owning, owning.model.objects.get(pk=made.data["id"]))
