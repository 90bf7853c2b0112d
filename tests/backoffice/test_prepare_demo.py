"""``prepare_demo`` and ``show_credentials``: what ``make run`` finds and prints."""

import dataclasses
import io
import json
import shutil
import stat
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice import demo_credentials
from backoffice.demo import prepare_demo
from backoffice.demo_credentials import DemoCredentials
from backoffice.environment import Environment
from customers.demo_rows import customer_key
from customers.models import Customer
from pricing.models import Price
from recyclebin.models import Deletion
from tenants.actors import system_actor
from tenants.models import ApiClient, Membership, StaffAccount, Tenant
from tenants.verbs import revoke_api_client
from tests.factories import make_api_client, make_customer, make_staff, put_in_bin, rows

CUSTOMERS = 10


@pytest.fixture(autouse=True)
def _quick_hashes(settings) -> None:
    """Argon2 takes its time by design, and each run here makes and tries five passwords."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def path(tmp_path: Path, settings) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data" / "credentials"


def prepare(path: Path) -> DemoCredentials:
    return prepare_demo(path=path, customers=CUSTOMERS).credentials


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def logs_in(email: str, password: str) -> bool:
    page = Client().post("/admin/login/", {"username": email, "password": password}, follow=False)
    return page.status_code == 302


def everything_opens(credentials: DemoCredentials) -> dict[str, bool]:
    """Whether each of the logins and the API client's secret is right, with the rights that it should have."""
    roles = {"superuser": "owner"}
    opens = {
        login.role: StaffAccount.objects.get(email=login.email).check_password(login.password)
        and Membership.objects.filter(
            tenant__uid="demo", staff__email=login.email, staff__is_active=True, role=roles.get(login.role, login.role)
        ).exists()
        for login in credentials.staff
    }
    client = ApiClient.objects.get(client_id=credentials.client_id)
    opens["client"] = client.is_usable() and check_password(credentials.client_secret, client.client_secret)
    return opens


ALL_OPEN = dict.fromkeys(("viewer", "editor", "owner", "superuser", "client"), True)


@pytest.mark.django_db
def test_the_first_run_makes_everything(path: Path) -> None:
    prepared = prepare_demo(path=path, customers=CUSTOMERS)

    credentials = prepared.credentials
    assert (prepared.new_credentials, prepared.loaded) == (True, CUSTOMERS)
    assert everything_opens(credentials) == ALL_OPEN
    assert [(login.role, login.email) for login in credentials.staff] == [
        ("viewer", "viewer@example.com"),
        ("editor", "editor@example.com"),
        ("owner", "owner@example.com"),
        ("superuser", "superuser@example.com"),
    ]
    supers = StaffAccount.objects.filter(is_superuser=True).values_list("email", flat=True)
    assert list(supers) == ["superuser@example.com"]
    assert len({login.password for login in credentials.staff}) == 4
    assert Customer.objects.filter(tenant__uid="demo").count() == CUSTOMERS


@pytest.mark.django_db
def test_it_has_a_past(path: Path) -> None:
    prepare(path)

    deletions = Deletion.objects.filter(tenant__uid="demo")
    assert Counter(deletions.values_list("origin", "reason")) == {
        ("admin", "Duplicate of another customer"): 2,
        ("admin", "Asked to be removed from our lists"): 1,
        ("admin", "Test order, not a real person"): 1,
        ("admin", ""): 1,
        ("lookup_api", "No longer in the webshop"): 3,
    }
    assert {deletion.counts["addresses.address"] for deletion in deletions} == {1}
    assert Price.objects.filter(company__isnull=False, tenant__uid="demo").count() == 2
    assert Customer.objects.get(source_id=customer_key(1)).phone == "+31 20 000 0001"
    assert Customer.objects.filter(version=2).count() == 5

    prepare(path)

    assert (Deletion.objects.count(), Price.objects.count()) == (8, 2)


@pytest.mark.django_db
def test_each_login_opens_the_admin(path: Path) -> None:
    credentials = prepare(path)

    assert {login.role: logs_in(login.email, login.password) for login in credentials.staff} == {
        "viewer": True,
        "editor": True,
        "owner": True,
        "superuser": True,
    }
    assert logs_in("owner@example.com", "not-the-password") is False


@pytest.mark.django_db
def test_the_file_is_for_its_owner_only(path: Path) -> None:
    credentials = prepare(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert demo_credentials.read(path) == credentials
    assert [file.name for file in path.parent.iterdir()] == ["credentials"]
    path.chmod(0o644)
    prepare(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.django_db
def test_a_later_run_changes_nothing_and_costs_little(path: Path) -> None:
    first = prepare(path)
    before = (rows(Customer), rows(StaffAccount), rows(ApiClient))

    with CaptureQueriesContext(connection) as statements:
        again = prepare_demo(path=path, customers=CUSTOMERS)

    assert (again.credentials, again.new_credentials, again.loaded) == (first, False, 0)
    assert (rows(Customer), rows(StaffAccount), rows(ApiClient)) == before
    assert len(statements) < 45


@pytest.mark.django_db
def test_what_staff_did_to_the_people_stays(path: Path) -> None:
    prepare(path)
    put_in_bin(Customer.objects.get(source_id="C-000003"))
    Customer.objects.filter(source_id="C-000004").update(first_name="Renamed")
    before = rows(Customer)

    assert prepare_demo(path=path, customers=CUSTOMERS).loaded == 0

    assert rows(Customer) == before


@pytest.mark.django_db
def test_after_a_reset_of_the_database_the_same_credentials_work(path: Path, tenant_b: Tenant) -> None:
    other = demo_credentials.invent("demo")
    kept = DemoCredentials(
        tenant="demo", staff=other.staff, client_id="the-id-of-before", client_secret=other.client_secret
    )
    demo_credentials.write(path, kept)
    outsider = make_customer(tenant_b)

    prepared = prepare_demo(path=path, customers=CUSTOMERS)

    credentials = prepared.credentials
    assert (prepared.new_credentials, prepared.loaded) == (False, CUSTOMERS)
    assert (credentials.staff, credentials.client_id) == (kept.staff, "the-id-of-before")
    assert credentials.client_secret == kept.client_secret
    assert everything_opens(credentials) == ALL_OPEN
    assert list(Customer.objects.filter(tenant=tenant_b)) == [outsider]


@pytest.mark.parametrize("damage", ["", "{", '{"tenant": "demo"}', "\0", None])
def test_a_damaged_file_is_as_good_as_lost(path: Path, damage: str | None) -> None:
    path.parent.mkdir()
    if damage is not None:
        path.write_text(damage)

    assert demo_credentials.read(path) is None


@pytest.mark.django_db
def test_a_lost_file_means_new_passwords_and_a_new_secret(path: Path) -> None:
    old = prepare(path)
    path.unlink()

    prepared = prepare_demo(path=path, customers=CUSTOMERS)

    new = prepared.credentials
    assert (prepared.new_credentials, prepared.loaded) == (True, 0)
    assert everything_opens(new) == ALL_OPEN
    assert new.client_id == old.client_id
    assert ApiClient.objects.count() == 1
    stored = ApiClient.objects.get().client_secret
    assert not check_password(old.client_secret, stored)
    held = [StaffAccount.objects.get(email=login.email).check_password(login.password) for login in old.staff]
    assert held == [False] * 4


@pytest.mark.django_db
def test_what_was_printed_works_again_whatever_was_done_to_it(path: Path) -> None:
    credentials = prepare(path)
    tenant = Tenant.objects.get()
    editor = StaffAccount.objects.get(email="editor@example.com")
    editor.set_password("something-else-entirely")
    editor.save()
    StaffAccount.objects.filter(email="owner@example.com").update(is_active=False)
    Membership.objects.filter(staff__email="viewer@example.com").delete()
    client = ApiClient.objects.get()
    client.client_secret = "something-else"
    client.scopes = []
    client.save()
    revoke_api_client(actor=system_actor(tenant, "test"), client=client)
    Tenant.objects.update(is_active=False)

    assert prepare_demo(path=path, customers=CUSTOMERS).new_credentials is False

    assert everything_opens(credentials) == ALL_OPEN


@pytest.mark.django_db
def test_other_people_and_clients_are_left_alone(path: Path, tenant_b: Tenant) -> None:
    bystander = make_staff("Tom", (tenant_b, "owner"))
    client = make_api_client(tenant_b, name="Demo integration")
    before = (rows(StaffAccount)[bystander.pk], rows(ApiClient)[client.pk])

    prepare(path)

    assert (rows(StaffAccount)[bystander.pk], rows(ApiClient)[client.pk]) == before
    assert sorted(Membership.objects.filter(tenant=tenant_b).values_list("staff", "role")) == [(bystander.pk, "owner")]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_agree(path: Path) -> None:
    def one(_: int) -> DemoCredentials:
        try:
            return prepare(path)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(one, range(2))

    assert first == second == demo_credentials.read(path)
    assert everything_opens(first) == ALL_OPEN
    assert (Tenant.objects.count(), StaffAccount.objects.count(), ApiClient.objects.count()) == (1, 4, 1)


@pytest.mark.django_db
def test_when_the_file_cannot_be_kept_nothing_is_made(path: Path) -> None:
    path.parent.parent.joinpath("data").write_text("a file where the folder should be")

    with pytest.raises(CommandError, match="Cannot keep the credentials in"):
        run("prepare_demo")

    assert (Tenant.objects.count(), StaffAccount.objects.count(), Customer.everything.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_the_command_tells_what_it_did(path: Path) -> None:
    arguments = ("prepare_demo", "--customers", "10")

    assert run(*arguments) == "The demo is ready: 10 customers loaded, new credentials made.\n"
    assert run(*arguments) == (
        "The demo is ready: its customers were there already, the credentials are those of before.\n"
    )
    assert json.loads(run(*arguments, "--json")) == {"credentials": str(path), "new_credentials": False, "loaded": 0}
    with pytest.raises(CommandError, match="at least one customer"):
        run("prepare_demo", "--customers", "0")


@pytest.mark.django_db
def test_production_is_refused(path: Path, settings) -> None:
    environment: Environment = settings.ENVIRONMENT
    settings.ENVIRONMENT = dataclasses.replace(environment, production=True)

    with pytest.raises(CommandError, match="The demo is for development only"):
        run("prepare_demo")
    assert Tenant.objects.count() == 0


@pytest.mark.django_db
def test_show_credentials_prints_all_that_one_needs(path: Path) -> None:
    credentials = prepare(path)

    printed = run("show_credentials", "--port", "8123")

    assert "Admin       http://127.0.0.1:8123/admin/\n" in printed
    shown = [line.split()[-3:] for line in printed.splitlines() if "@example.com" in line]
    assert shown == [[login.role, login.email, login.password] for login in credentials.staff]
    assert f"id      {credentials.client_id}\n" in printed
    assert f"secret  {credentials.client_secret}\n" in printed
    assert printed.splitlines()[-1].startswith("curl -s ")


@pytest.mark.django_db
def test_show_credentials_for_a_program(path: Path) -> None:
    credentials = prepare(path)

    printed = json.loads(run("show_credentials", "--json"))

    assert printed.pop("curl").startswith("curl -s ")
    assert printed == {
        "admin": "http://127.0.0.1:8000/admin/",
        "tenant": "demo",
        "staff": [
            {"role": login.role, "email": login.email, "password": login.password} for login in credentials.staff
        ],
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }


def test_show_credentials_without_any_points_at_prepare_demo(path: Path) -> None:
    with pytest.raises(CommandError) as refused:
        run("show_credentials")

    assert str(refused.value) == f"There are no credentials in {path}. Make them with: manage.py prepare_demo"


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_the_line_to_paste_works(path: Path, live_server: Any) -> None:
    prepare(path)
    port = live_server.url.rpartition(":")[2]
    line = run("show_credentials", "--port", port).splitlines()[-1]

    pasted = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, check=True)

    answer = json.loads(pasted.stdout)["data"]
    customer = Customer.objects.get(source_id="C-000001")
    assert (answer["id"], answer["firstName"], answer["email"]) == (customer.pk, customer.first_name, customer.email)
