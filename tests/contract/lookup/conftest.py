"""Callers of both tenants, and the resources that are served by now."""

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller, make_caller
from tests.contract.lookup.served import SERVED, Served


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
