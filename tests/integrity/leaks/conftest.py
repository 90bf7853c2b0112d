"""One world for all tests of a module: nothing here writes, and making it takes longer than looking at it."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client

from tenants.choices import Role
from tests.api.caller import Caller, make_caller
from tests.factories import browser, make_staff, make_tenant
from tests.integrity.leaks.world import World, build


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: object) -> Iterator[World]:
    """The world, in a transaction that is rolled back after the last test of the module."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        yield build(make_tenant("leaky"), make_tenant("foreign"))
        transaction.set_rollback(True)


@pytest.fixture
def caller(world: World, db: None) -> Caller:
    """An integration of the tenant with every scope."""
    return make_caller(world.tenant)


@pytest.fixture
def staff(world: World, db: None) -> Client:
    """The browser of an owner of the tenant."""
    return browser(make_staff("Olga", (world.tenant, Role.OWNER)))
