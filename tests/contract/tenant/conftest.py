"""Callers of both tenants over the tenant API."""

from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import make_password

from api import authentication
from api.tenant import callers
from tenants.models import Organization, StaffAccount, Store, Tenant
from tenants.token_verbs import issue_access_token, link_device
from tests.api.caller import Caller
from tests.factories import make_api_client, owner_of

PASSWORD = "correct horse battery"

ALL = ("TENANT.ACCESS", "TENANT.BACKOFFICE", "TENANT.ADMIN")


def tenant_caller(tenant: Tenant, *permissions: str, base: str = "", **fields: object) -> Caller:
    """An API client of the tenant with these permissions, or all; paths begin behind ``base``."""
    held = permissions or ALL
    client = make_api_client(tenant, **{"permissions": list(held)} | fields)
    return Caller(client, *held, base=base)


def token_caller(text: str, base: str = "") -> Caller:
    """A caller with a token that was issued to somebody."""
    caller = Caller.__new__(Caller)
    caller.use(text, base)
    return caller


def user_caller(staff: StaffAccount, tenant: Tenant) -> Caller:
    """A user with an access token for the tenant."""
    return token_caller(issue_access_token(staff=staff, tenant=tenant).text)


def five_seconds_pass() -> None:
    """What was remembered of tokens is looked up again."""
    authentication._remembered.clear()
    callers._remembered.clear()


@pytest.fixture
def eddies_code(eddie: StaffAccount, tenant_a: Tenant) -> str:
    """Eddie logs in at tills of tenant A with this code and PASSWORD."""
    StaffAccount.objects.filter(pk=eddie.pk).update(password=make_password(PASSWORD))
    eddie.memberships.update(user_code="17")
    return "17"


@pytest.fixture
def till(tenant_a: Tenant) -> Caller:
    """A device of tenant A."""
    return token_caller(link_device(actor=owner_of(tenant_a), name="Till 1").text)


@pytest.fixture
def caller(tenant_a: Tenant) -> Caller:
    """An integration of tenant A with every permission."""
    return tenant_caller(tenant_a)


@pytest.fixture
def caller_b(tenant_b: Tenant) -> Caller:
    """An integration of tenant B with every permission."""
    return tenant_caller(tenant_b)


@pytest.fixture
def make_store(tenant_a: Tenant) -> Callable[..., Store]:
    """Makes stores of tenant A, in one organization."""
    organization = Organization.objects.create(tenant=tenant_a, uid="org-a", name="Organization of A")

    def make(uid: str, **fields: object) -> Store:
        values = {"tenant": tenant_a, "organization": organization, "uid": uid, "name": uid.capitalize()}
        return Store.objects.create(**values | fields)

    return make


@pytest.fixture
def stores(make_store: Callable[..., Store], tenant_b: Tenant) -> list[Store]:
    """Three stores of tenant A. Tenant B has one of the same uid."""
    theirs = Organization.objects.create(tenant=tenant_b, uid="org-b", name="Organization of B")
    Store.objects.create(tenant=tenant_b, organization=theirs, uid="oslo", name="Theirs")
    Store.objects.create(tenant=tenant_b, organization=theirs, uid="theirs", name="Theirs alone")
    return [make_store("oslo"), make_store("bergen"), make_store("hamar", is_active=False)]
