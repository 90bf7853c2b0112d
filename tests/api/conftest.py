"""Callers of both tenants."""

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller, make_caller


@pytest.fixture
def caller(tenant_a: Tenant) -> Caller:
    """An integration of tenant A with every scope."""
    return make_caller(tenant_a)


@pytest.fixture
def caller_b(tenant_b: Tenant) -> Caller:
    """An integration of tenant B with every scope."""
    return make_caller(tenant_b)
