"""What ``make run`` finds when it starts: a tenant, a login for each role, an API client, and people to look at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from django.contrib.auth.hashers import check_password
from django.db import connection, transaction

from backoffice import demo_credentials
from backoffice.demo_credentials import SUPERUSER, DemoCredentials, Login
from backoffice.demo_past import live_through
from customers.demo import load_demo
from customers.demo_rows import SOURCE, customer_key
from customers.models import Customer
from tenants.actors import Actor, client_actor, staff_actor, system_actor
from tenants.choices import Role
from tenants.models import ApiClient, StaffAccount, Tenant
from tenants.scopes import SCOPES
from tenants.verbs import change_password, create_api_client, create_staff, create_tenant, rotate_api_client

TENANT = "demo"
CLIENT_NAME = "Demo integration"
CUSTOMERS = 5_000
SEED = 1

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('prepare_demo', 0))"


@dataclass(frozen=True)
class Prepared:
    """The credentials in force, whether they are new, and how many customers were loaded just now."""

    credentials: DemoCredentials
    new_credentials: bool
    loaded: int


@transaction.atomic
def prepare_demo(
    *, path: Path, customers: int = CUSTOMERS, progress: Callable[[int], object] = lambda rows: None
) -> Prepared:
    """Make sure that the demo is there and that the credentials in ``path`` open it.

    All or nothing, and one at a time: two simultaneous calls agree on the credentials. Where the database was reset the
    same credentials work again; where the file is lost or damaged, new passwords and a new secret replace the old ones.
    People are loaded once, with a past of their own. What staff did to them since stays as it is.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
    tenant = Tenant.objects.filter(uid=TENANT).first() or create_tenant(uid=TENANT, name="Demo shops")
    Tenant.objects.filter(pk=tenant.pk, is_active=False).update(is_active=True)
    actor = system_actor(tenant, "prepare_demo")
    kept = demo_credentials.read(path)
    credentials = kept or demo_credentials.invent(TENANT)
    hashes = {login.email: _open_login(actor, login, credentials.hashes) for login in credentials.staff}
    client = _open_client(actor, credentials)
    hashes[client.client_id] = client.client_secret
    credentials = msgspec.structs.replace(credentials, client_id=client.client_id, hashes=hashes)
    demo_credentials.write(path, credentials)
    # The last one of the load stands for all: this is one transaction.
    last = Customer.everything.for_tenant(tenant).with_key(SOURCE, customer_key(customers))
    loaded = 0
    if not last.exists():
        tallies = load_demo(actor=actor, customers=customers, seed=SEED, progress=progress)
        owner = StaffAccount.objects.get(
            email=next(login.email for login in credentials.staff if login.role == Role.OWNER)
        )
        live_through(staff=staff_actor(owner, tenant), client=client_actor(client, scopes=frozenset(SCOPES)), seed=SEED)
        loaded = sum(tally.created for tally in tallies if tally.resource == "customers")
    return Prepared(credentials=credentials, new_credentials=kept is None, loaded=loaded)


def _open_login(actor: Actor, login: Login, hashes: Mapping[str, str]) -> str:
    """Make sure of the account with this password and role, whatever happened to it; returns the password's hash."""
    superuser = login.role == SUPERUSER
    role = Role.OWNER if superuser else login.role
    name = f"Demo {login.role}"
    change = create_staff(
        actor=actor, email=login.email, role=role, password=login.password, display_name=name, superuser=superuser
    )
    account = change.account
    known = change.created or account.password == hashes.get(account.email)
    if not known and not account.check_password(login.password):
        change_password(account=account, password=login.password)
    if not account.is_active:
        account.is_active = True
        account.save(update_fields=["is_active"])
    return account.password


def _open_client(actor: Actor, credentials: DemoCredentials) -> ApiClient:
    """Make sure of an API client with every scope that answers to the secret, whatever happened to it."""
    client = _find_client(actor, credentials)
    if client is None:
        return create_api_client(
            actor=actor,
            name=CLIENT_NAME,
            scopes=SCOPES,
            client_id=credentials.client_id or None,
            secret=credentials.client_secret,
        ).client
    if not (client.is_active and client.expires_at is None and client.scopes == list(SCOPES)):
        client.is_active, client.expires_at, client.scopes = True, None, list(SCOPES)
        client.save(update_fields=["is_active", "expires_at", "scopes"])
    known = client.client_secret == credentials.hashes.get(client.client_id)
    if not known and not check_password(credentials.client_secret, client.client_secret):
        return rotate_api_client(actor=actor, client=client, secret=credentials.client_secret).client
    return client


def _find_client(actor: Actor, credentials: DemoCredentials) -> ApiClient | None:
    """The client that the file names; when the file was lost, the newest one of the demo, which gets the new secret."""
    clients = ApiClient.objects.filter(tenant=actor.tenant)
    if credentials.client_id:
        clients = clients.filter(client_id=credentials.client_id)
    else:
        clients = clients.filter(name=CLIENT_NAME).order_by("-created", "-pk")
    found: ApiClient | None = clients.first()
    return found
