"""Every way in which a record can change leaves an event that says who, by what, from where; nothing else does."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from addresses.models import Address
from customers.models import Customer
from records.events import event_model
from records.operations import kinds
from records.resources import resource_named
from records.writes import write
from recyclebin.deletion_runs import start_deletion
from recyclebin.models import Deletion
from recyclebin.purging import purge
from tenants.actors import Actor
from tenants.models import ApiClient, StaffAccount
from tests.api.caller import Caller
from tests.factories import browser, make_api_client, put_in_bin
from tests.job_queue import empty_queue
from tests.records.admin_pages import fields_of, page

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.django_db(transaction=True)]


@dataclass
class Scene:
    """Anna in tenant A as customer K, with an address and a price; who may change her; and what she was."""

    anna: Customer
    olivia: StaffAccount
    client: ApiClient
    caller: Caller
    browser: Client
    actor: Actor

    @property
    def path(self) -> str:
        return f"/customers/id/{self.anna.pk}"

    @property
    def address(self) -> str:
        return f"{self.path}/addresses/{Address.objects.get().pk}"

    @property
    def deletion(self) -> Deletion:
        return Deletion.objects.get(root_id=self.anna.pk)

    def bin(self) -> Deletion:
        return put_in_bin(self.anna, actor=self.actor)


@pytest.fixture
def scene(olivia, actor, tenant_a) -> Scene:
    client = make_api_client(tenant_a, name="Webshop")
    caller = Caller(client)
    home = {"type": "home", "code": "h", "street": "Lange Weg", "city": "Assen", "country": "NL"}
    row = {"source": "ERP", "sourceId": "K", "lastName": "Berg", "email": "anna@berg.example", "addresses": [home]}
    caller.bulk("customers", [row])
    anna = Customer.objects.get()
    assert caller.post(f"/customers/id/{anna.pk}/pricing", PRICES).status == 200
    return Scene(anna, olivia, client, caller, browser(olivia), actor)


PRICES = {"products": [{"id": 1, "pricing": {"type": "SP", "amount": 5}}]}


def latest() -> dict[Any, int]:
    """The newest event of each table."""
    newest = {model: event_model(model).objects.order_by("-pgh_id").first() for model in kinds()}
    return {model: event.pgh_id if event else 0 for model, event in newest.items()}


def since(before: dict[Any, int]) -> list[Any]:
    """The events of all tables that came since."""
    return [
        event
        for model, last in before.items()
        for event in event_model(model).objects.filter(pgh_id__gt=last).select_related("pgh_context")
    ]


def by_staff(scene: Scene, origin: str = "admin") -> dict[str, Any]:
    return {"actor": "Olivia", "staff": scene.olivia.pk, "client": None, "origin": origin, "job_id": ""}


def by_client(scene: Scene, origin: str = "lookup_api") -> dict[str, Any]:
    return {"actor": "Webshop", "staff": None, "client": scene.client.pk, "origin": origin, "job_id": ""}


def admin_form(scene: Scene, **changes: Any) -> None:
    at = page(Customer, "change", scene.anna.pk)
    scene.browser.post(at, fields_of(scene.browser.get(at), **changes), headers={"x-request-id": "req-1"})


def admin_delete(scene: Scene) -> None:
    at = page(Customer, "delete", scene.anna.pk)
    shown = scene.browser.get(at).context_data["form"]
    fields = {name: "" if shown[name].value() is None else shown[name].value() for name in shown.fields}
    scene.browser.post(at, fields, headers={"x-request-id": "req-1"})


def admin_restore(scene: Scene) -> None:
    at = f"/admin/recyclebin/deletion/{scene.deletion.pk}/restore/"
    scene.browser.post(at, headers={"x-request-id": "req-1"})


def admin_put_back(scene: Scene) -> None:
    event = event_model(Customer).objects.earliest("pgh_id").pgh_id
    at = page(Customer, "put_back", scene.anna.pk, "customer", event)
    shown = scene.browser.get(at).context_data["form"]
    fields = {name: shown[name].value() for name in shown.fields}
    scene.browser.post(at, fields | {"field": list(shown.chosen)}, headers={"x-request-id": "req-1"})


def psql(scene: Scene, title: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET title = %s", [title])


def by_database(scene: Scene) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        return {"actor": cursor.fetchone()[0], "origin": "database"}


def of_command(name: str) -> Callable[[Scene], dict[str, Any]]:
    return lambda scene: {"actor": name, "staff": None, "client": None, "origin": "command", "job_id": ""}


Act = Callable[[Scene], Any]

# What each way does first, what it does, which events it leaves, what they say besides the tenant, by which request.
WAYS: dict[str, tuple[Act | None, Act, list[str], Act, str]] = {
    "admin form": (None, lambda s: admin_form(s, title="dr."), ["customer update"], by_staff, "req-1"),
    "admin delete": (
        None, admin_delete, ["address update", "customer update", "price update"], by_staff, "req-1",
    ),
    "admin restore": (
        Scene.bin, admin_restore, ["address update", "customer update", "price update"], by_staff, "req-1",
    ),
    "put back": (
        lambda s: admin_form(s, last_name="Other"), admin_put_back, ["customer update"],
        lambda s: by_staff(s, "revert"), "req-1",
    ),
    "API create": (
        None, lambda s: s.caller.post("/customers", {"lastName": "New"}, x_request_id="req-2"),
        ["customer insert"], by_client, "req-2",
    ),
    "API patch": (
        None, lambda s: s.caller.patch(s.path, {"title": "dr."}, x_request_id="req-2"),
        ["customer update"], by_client, "req-2",
    ),
    "API delete": (
        None, lambda s: s.caller.delete(s.path, x_request_id="req-2"),
        ["address update", "customer update", "price update"], by_client, "req-2",
    ),
    "API address": (
        None,
        lambda s: s.caller.patch(s.address, {"city": "Zwolle"}, x_request_id="req-2"),
        ["address update", "customer update"], by_client, "req-2",
    ),
    "API prices": (
        None, lambda s: s.caller.post(f"{s.path}/pricing", _prices(7), x_request_id="req-2"),
        ["price update"], by_client, "req-2",
    ),
    "API prices withdrawn": (
        None, lambda s: s.caller.delete(f"{s.path}/pricing", x_request_id="req-2"),
        ["price delete"], by_client, "req-2",
    ),
    "bulk by COPY": (
        None,
        lambda s: s.caller.post(
            "/customers/bulk/sourceId",
            {"customers": [{"source": "ERP", "sourceId": "K", "title": "dr."}, {"source": "ERP", "sourceId": "L"}]},
            x_request_id="req-3",
        ),
        ["customer insert", "customer update"], lambda s: by_client(s, "bulk"), "req-3",
    ),
    "command": (
        Scene.bin, lambda s: call_command("restore_deletion", str(s.deletion.pk), stdout=StringIO()),
        ["address update", "customer update", "price update"], of_command("restore_deletion"), "",
    ),
    "psql": (None, lambda s: psql(s, "dr."), ["customer update"], by_database, ""),
}  # fmt: skip


def _prices(amount: int) -> dict[str, Any]:
    return {"products": [{"id": 1, "pricing": {"type": "SP", "amount": amount}}]}


@pytest.mark.parametrize("way", WAYS)
def test_every_change_says_who_by_what_and_from_where(scene, way):
    prepare, act, expected, says, request = WAYS[way]
    if prepare:
        prepare(scene)
    before, wanted = latest(), says(scene)

    act(scene)

    events = since(before)
    assert sorted(f"{event.pgh_tracked_model._meta.model_name} {event.pgh_label}" for event in events) == expected
    assert len({event.pgh_context_id for event in events}) == 1, "one operation"
    metadata = events[0].pgh_context.metadata
    if wanted["origin"] != "database":
        wanted |= {"tenant": scene.anna.tenant_id, "request_id": request}
    assert metadata == wanted


def test_a_purge_says_who_and_leaves_the_skeleton(scene):
    scene.bin()
    before = latest()

    purge(deletions=[scene.deletion.pk], actor=scene.actor)

    events = since(before)
    assert sorted(f"{event.pgh_tracked_model._meta.model_name} {event.pgh_label}" for event in events) == [
        "address delete", "customer delete", "price delete",
    ]  # fmt: skip
    assert {event.pgh_context.metadata["actor"] for event in events} == {"Olivia"}
    every = event_model(Customer).objects.filter(pgh_obj_id=scene.anna.pk).order_by("pgh_id")
    assert list(every.values_list("pgh_label", "last_name", "source_id")) == [
        ("insert", "", ""), ("update", "", ""), ("delete", "", ""),
    ]  # fmt: skip


def test_a_job_says_which_job_it_was(scene):
    """Through the worker, a process of its own: nothing of a request reaches it but what the job says."""
    before = latest()
    empty_queue()
    start_deletion(Customer.objects.all(), actor=scene.actor)
    (job,) = ProcrastinateJob.objects.values_list("pk", flat=True)
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    subprocess.run(
        [sys.executable, "manage.py", "worker", "--one-shot"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": urlunsplit(database)},
        check=True,
        capture_output=True,
        timeout=120,
    )

    events = since(before)
    assert len(events) == 3
    (metadata,) = [event.pgh_context.metadata for event in events][:1]
    assert metadata == by_staff(scene) | {"tenant": scene.anna.tenant_id, "request_id": "", "job_id": str(job)}


# What changes nothing


UNCHANGED: dict[str, Callable[[Scene], Any]] = {
    "admin form": admin_form,
    "put back": admin_put_back,
    "delete of what is in the bin": lambda s: s.caller.delete(s.path),
    "restore of what is back": admin_restore,
    "API patch": lambda s: s.caller.patch(s.path, {"lastName": "Berg"}),
    "API refused": lambda s: s.caller.patch(s.path, {"email": "nonsense"}),
    "API address": lambda s: s.caller.patch(s.address, {"city": "Assen"}),
    "API prices": lambda s: s.caller.post(f"{s.path}/pricing", PRICES),
    "bulk by COPY": lambda s: s.caller.bulk("customers", [{"source": "ERP", "sourceId": "K", "lastName": "Berg"}]),
    "bulk rehearsed": lambda s: s.caller.bulk(
        "customers", [{"source": "ERP", "sourceId": "K", "lastName": "X"}], query="?dryRun=true"
    ),
    "verb": lambda s: write(resource_named("customers"), {"last_name": "Berg"}, actor=s.actor, id=s.anna.pk),
    "psql": lambda s: psql(s, ""),
}


@pytest.mark.parametrize("way", UNCHANGED)
def test_what_changes_nothing_writes_nothing(scene, way):
    if way in {"delete of what is in the bin", "restore of what is back"}:
        scene.bin()
    if way == "restore of what is back":
        admin_restore(scene)
    before = latest()

    UNCHANGED[way](scene)

    assert since(before) == []
