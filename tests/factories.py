"""Small functions that make test data with the ORM: tenants, people who work there, and one record of each type.

Every function takes the few things that matter to a test and fills in the rest. Names are invented; numbers keep
them apart. ``make_record`` makes a record of any type, which is how tests run over all of them.
"""

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any, TypeVar

from django.contrib.auth.hashers import make_password
from django.db import models
from django.test import Client

from addresses.models import Address
from contacts.models import Company, Contact
from customers.models import Customer
from pricing.models import OWNERS as PRICE_OWNERS
from pricing.models import Price
from records.models import Record
from recyclebin.models import Deletion
from recyclebin.verbs import delete
from tenants.actors import Actor, client_actor, staff_actor
from tenants.choices import Role
from tenants.models import ApiClient, Membership, StaffAccount, Tenant
from tenants.scopes import SCOPES
from users.models import User, Usergroup

R = TypeVar("R", bound=Record)

_numbers = count(1)


def make_tenant(uid: str = "", **fields: Any) -> Tenant:
    """A tenant; its uid is its name unless one is given."""
    uid = uid or f"tenant-{next(_numbers)}"
    return Tenant.objects.create(**{"uid": uid, "name": uid} | fields)


def make_staff(name: str = "", *memberships: tuple[Tenant, str], **fields: Any) -> StaffAccount:
    """A staff account with the given roles: ``make_staff("Olivia", (tenant, "owner"))``.

    It has no password: tests log in with ``browser(staff)``, which spares each the time that argon2 takes by design.
    """
    name = name or f"Staff {next(_numbers)}"
    email = f"{name.lower().replace(' ', '.')}@staff.example"
    staff = StaffAccount.objects.create_user(**{"email": email, "display_name": name} | fields)
    Membership.objects.bulk_create(
        Membership(staff=staff, tenant=tenant, role=Role(role)) for tenant, role in memberships
    )
    return staff


def make_api_client(tenant: Tenant, *scopes: str, **fields: Any) -> ApiClient:
    """An API client with the client-credentials grant; every scope unless some are given. Its secret is ``secret``.

    It has no rate limit: what is tested with one says so.
    """
    values = {
        "name": f"Integration {next(_numbers)}",
        "client_type": ApiClient.CLIENT_CONFIDENTIAL,
        "authorization_grant_type": ApiClient.GRANT_CLIENT_CREDENTIALS,
        "client_secret": _hash_of_secret(),
        "scopes": sorted(scopes or SCOPES),
        "requests_per_minute": 0,
    }
    return ApiClient.objects.create(**values | {"tenant": tenant} | fields)


@cache
def _hash_of_secret() -> str:
    """``secret`` as it is stored. Hashing takes its time by design, and nearly every test has a client."""
    return make_password("secret")


def owner_of(tenant: Tenant) -> Actor:
    """An actor who may do everything in the tenant."""
    return staff_actor(make_staff("", (tenant, Role.OWNER)), tenant)


def integration_of(tenant: Tenant, *scopes: str) -> Actor:
    """An API client as an actor, with every scope unless some are given."""
    return client_actor(make_api_client(tenant, *scopes), scopes=frozenset(scopes or SCOPES))


def browser(staff: StaffAccount) -> Client:
    """A test client that is logged in to the admin."""
    client = Client()
    client.force_login(staff)
    return client


def make_usergroup(tenant: Tenant, **fields: Any) -> Usergroup:
    """A live usergroup."""
    return _make(Usergroup, tenant, {"name": f"Group {next(_numbers)}"} | fields)


def make_company(tenant: Tenant, **fields: Any) -> Company:
    """A live company without contacts."""
    return _make(Company, tenant, {"name": f"Company {next(_numbers)}", "phone": "020 555 0100"} | fields)


def make_customer(tenant: Tenant, **fields: Any) -> Customer:
    """A live customer without addresses."""
    return _make(Customer, tenant, _person("customer") | fields)


def make_user(tenant: Tenant, **fields: Any) -> User:
    """A live webshop user without addresses."""
    return _make(User, tenant, _person("user") | fields)


def make_contact(tenant: Tenant, **fields: Any) -> Contact:
    """A live contact, of no company unless one is given."""
    return _make(Contact, tenant, _person("contact") | fields)


def make_address(owner: Record, **fields: Any) -> Address:
    """A live delivery address of the owner. It is the default of its type only when ``is_default=True`` says so."""
    number = next(_numbers)
    values = {"type": "delivery", "street": "Lange Weg", "number": str(number), "city": "Winterdorp", "country": "NL"}
    return _make(Address, owner.tenant, values | {str(owner._meta.model_name): owner} | fields)


def make_price(owner: Record, **fields: Any) -> Price:
    """A live price of the owner for a product of its own: five percent off, unless the fields say otherwise."""
    values = {"target_kind": "product", "target_id": 10_000 + next(_numbers), "type": "SP", "amount": "5"}
    return _make(Price, owner.tenant, values | {str(owner._meta.model_name): owner} | fields)


def make_record(model: type[R], tenant: Tenant, **fields: Any) -> R:
    """A live record of the given type; an address or a price without an owner gets a customer of its own."""
    return FACTORIES[model](tenant, **fields)


def make_keyed(model: type[R], tenant: Tenant, **fields: Any) -> R:
    """A live record with a key of its owner's system."""
    return make_record(model, tenant, **{"source": "ERP", "source_id": f"K-{next(_numbers)}"} | fields)


def put_in_bin(record: Record, *, actor: Actor | None = None, reason: str = "") -> Deletion:
    """Delete a record with all that goes along, through the verb, and read it back from the bin."""
    roots = type(record).everything.filter(pk=record.pk)
    result = delete(roots=roots, actor=actor or owner_of(record.tenant), reason=reason)
    # A fresh read: only "everything" finds it now, as refresh_from_db() does.
    record.refresh_from_db()
    return result.deletions[0]


def row(record: Record) -> dict[str, Any]:
    """Every column of the record as it is stored now, the bin included."""
    return type(record).everything.values().get(pk=record.pk)


def rows(model: type[models.Model]) -> dict[Any, dict[str, Any]]:
    """Every row of a table by primary key, the bin included."""
    manager = getattr(model, "everything", model._default_manager)
    return {values["id"]: values for values in manager.order_by("id").values()}


def _make(model: type[R], tenant: Tenant, fields: dict[str, Any]) -> R:
    return model.everything.create(tenant=tenant, **fields)


def _person(kind: str) -> dict[str, str]:
    number = next(_numbers)
    return {"first_name": "Robin", "last_name": f"Meander {number}", "email": f"{kind}-{number}@people.example"}


def _make_owned_address(tenant: Tenant, **fields: Any) -> Address:
    owners = [fields.pop(name) for name in ("customer", "user", "usergroup", "company") if fields.get(name)]
    if owners:
        return make_address(owners[0], **fields)
    # Alone it is the default of its type, as the verbs have it: a restore would make it the default otherwise.
    return make_address(make_customer(tenant), **{"is_default": True} | fields)


def _make_owned_price(tenant: Tenant, **fields: Any) -> Price:
    owners = [fields.pop(name) for name in PRICE_OWNERS if fields.get(name)]
    return make_price(owners[0] if owners else make_customer(tenant), **fields)


FACTORIES: dict[type[Record], Callable[..., Any]] = {
    Usergroup: make_usergroup,
    Company: make_company,
    Customer: make_customer,
    User: make_user,
    Contact: make_contact,
    Address: _make_owned_address,
    Price: _make_owned_price,
}
"""How to make each type of record. A new type joins here, and every parametrised test then runs for it too."""
