"""The fixed cast of all tests (style.md, section 3).

Olivia owns tenant A, Eddie edits in A, Vera only views A, and Tom owns tenant B: what Tom must not see lies in A, and
what must never leak into A lies in B.
"""

import pytest

from tenants.actors import Actor, staff_actor
from tenants.models import ApiClient, StaffAccount, Tenant
from tests.factories import make_api_client, make_staff, make_tenant


@pytest.fixture
def tenant_a(db: None) -> Tenant:
    return make_tenant("a", name="Shops of A")


@pytest.fixture
def tenant_b(db: None) -> Tenant:
    return make_tenant("b", name="Shops of B")


@pytest.fixture
def olivia(tenant_a: Tenant) -> StaffAccount:
    return make_staff("Olivia", (tenant_a, "owner"))


@pytest.fixture
def eddie(tenant_a: Tenant) -> StaffAccount:
    return make_staff("Eddie", (tenant_a, "editor"))


@pytest.fixture
def vera(tenant_a: Tenant) -> StaffAccount:
    return make_staff("Vera", (tenant_a, "viewer"))


@pytest.fixture
def tom(tenant_b: Tenant) -> StaffAccount:
    return make_staff("Tom", (tenant_b, "owner"))


@pytest.fixture
def cast(olivia: StaffAccount, eddie: StaffAccount, vera: StaffAccount, tom: StaffAccount) -> dict[str, StaffAccount]:
    """All four by name, for parametrised tests."""
    return {"olivia": olivia, "eddie": eddie, "vera": vera, "tom": tom}


@pytest.fixture
def actor(olivia: StaffAccount, tenant_a: Tenant) -> Actor:
    """Olivia at work in her tenant: she may do everything there."""
    return staff_actor(olivia, tenant_a)


@pytest.fixture
def integration(tenant_a: Tenant) -> ApiClient:
    """An API client of tenant A with every scope."""
    return make_api_client(tenant_a)
