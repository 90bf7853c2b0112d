"""The recycle bin as staff live it: delete, find, look inside, restore one or many, with mouse and keyboard."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from contacts.models import Contact
from customers.models import Customer
from recyclebin.models import Deletion, Run, State
from recyclebin.verbs import delete
from tenants.actors import staff_actor
from tests.factories import make_address, make_company, make_contact, make_customer, put_in_bin, row

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[2]
BIN = "/admin/recyclebin/deletion/"
MANY = 1_100  # more than a page restores while somebody waits


@pytest.fixture
def actor(transactional_db, olivia, tenant_a):
    return staff_actor(olivia, tenant_a)


@pytest.fixture
def anna(actor, tenant_a, tenant_b) -> Customer:
    """Anna with two addresses, live; others are in the bin, of this tenant and of another one."""
    anna = make_customer(tenant_a, first_name="Anna", last_name="Berg", source="ERP", source_id="KL-42")
    make_address(anna, street="Kerkstraat", city="Utrecht", is_default=True), make_address(anna)
    put_in_bin(make_customer(tenant_a, first_name="Bo", last_name="Other"), actor=actor, reason="doubled")
    put_in_bin(make_customer(tenant_b, first_name="Anna", last_name="Stranger"))
    return anna


@pytest.fixture
def below(actor, tenant_a) -> tuple[Contact, Deletion, Deletion]:
    """A contact in the bin below a company that went there after it, with another contact."""
    company = make_company(tenant_a, name="Meander Works")
    contact = make_contact(tenant_a, company=company, first_name="Fay", last_name="Brook")
    make_contact(tenant_a, company=company, first_name="Gus", last_name="Brook")
    return contact, put_in_bin(contact, actor=actor), put_in_bin(company, actor=actor)


@pytest.fixture
def worker():
    """Starts the job worker on the test's database; it ends with the test."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = os.environ | {"DATABASE_URL": urlunsplit(database), "BACKOFFICE_MODE": "development"}
    started = []

    def start():
        command = [sys.executable, "manage.py", "worker"]
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL))

    yield start
    for process in started:
        process.kill()
        process.wait()


def choose(page: Page, *deletions: Deletion) -> None:
    """Tick lines of the list and run the action on them."""
    for deletion in deletions:
        page.locator(f"input.action-select[value='{deletion.pk}']").check()
    page.get_by_label("Select action to run").select_option("restore_selected")
    page.get_by_role("button", name="Run").click()


def serious_faults(page: Page) -> list[str]:
    """What axe finds that keeps somebody from using the page."""
    from axe_playwright_python.sync_playwright import Axe  # reads its half megabyte of script when it is imported

    found = Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:200]}"
        for fault in found
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("tab", ["desktop", "phone"], indirect=True)
def test_delete_find_look_inside_and_restore(log_in, olivia, anna):
    page = log_in(olivia)
    page.goto(f"/admin/customers/customer/{anna.pk}/change/")
    page.get_by_role("link", name="Delete", exact=True).click()
    page.get_by_label("Reason").fill("asked us to")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("Anna Berg is in the recycle bin")).to_be_visible()
    deletion = Deletion.objects.get(root_id=anna.pk)

    page.goto(BIN)
    page.get_by_role("searchbox").fill("kl-42")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("#result_list tbody")).to_have_count(1)
    expect(page.get_by_text("+ 2 addresses")).to_be_visible()
    opener = page.get_by_role("button", name="What is inside Anna Berg")
    opener.click()
    expect(opener).to_have_attribute("aria-expanded", "true")
    page.get_by_role("link", name=re.compile("Kerkstraat")).click()
    expect(page.get_by_text("In the recycle bin", exact=True)).to_be_visible()
    expect(page.get_by_text("Utrecht", exact=True)).to_be_visible()

    page.goto(f"{BIN}{deletion.pk}/change/")
    page.locator("#inside").get_by_role("link", name="Anna Berg").click()
    expect(page.get_by_label("In the recycle bin")).to_contain_text("Why: asked us to.")
    page.get_by_role("button", name="Restore all 3 records of this deletion").click()

    expect(page.get_by_text("Anna Berg is back, with 2 related records.")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/admin/customers/customer/{anna.pk}/change/"))
    assert row(anna)["deletion_id"] is None


def test_a_blocked_restore_shows_what_is_in_the_way_and_restores_that_too(log_in, olivia, below):
    contact, *_ = below
    page = log_in(olivia)
    page.goto(BIN)
    page.get_by_role("button", name="Restore Fay Brook").click()

    expect(page.get_by_text("It belongs to Meander Works, which is in the recycle bin.")).to_be_visible()
    page.get_by_role("note").get_by_text("What is inside").click()
    expect(page.get_by_role("note").get_by_role("link", name="Gus Brook")).to_be_visible()
    page.get_by_role("button", name="Restore together with Meander Works").click()

    expect(page.get_by_text("2 records are back")).to_be_visible()
    assert row(contact)["deletion_id"] is None
    assert set(Deletion.objects.values_list("state", flat=True)) == {State.RESTORED}


def test_a_selection_says_beforehand_what_stands_in_the_way_and_reports_what_stayed(log_in, olivia, below):
    page = log_in(olivia)
    page.goto(BIN)
    choose(page, below[1])
    expect(page.get_by_text("Restore 1 deletion?")).to_be_visible()
    expect(page.get_by_role("note")).to_contain_text("1 deletion belongs to something that is in the recycle bin")
    page.get_by_label("Restore that too").uncheck()
    page.get_by_role("button", name="Restore", exact=True).click()

    expect(page.get_by_role("progressbar", name="Restore 1 deletion")).to_have_attribute("value", "100")
    expect(page.get_by_role("note")).to_contain_text("It belongs to Meander Works, which is in the recycle bin.")
    page.get_by_role("button", name="Restore Fay Brook together with Meander Works").click()
    expect(page.get_by_text("2 records are back")).to_be_visible()


def test_all_that_match_come_back_by_a_job_whose_page_keeps_up(log_in, olivia, actor, tenant_a, worker):
    Customer.everything.bulk_create(Customer(tenant=tenant_a, first_name="Mia", last_name=str(n)) for n in range(MANY))
    delete(roots=Customer.objects.all(), actor=actor, reason="by mistake")
    left = put_in_bin(make_customer(tenant_a, first_name="Otto"), actor=actor)
    page = log_in(olivia)
    page.goto(f"{BIN}?q=mistake")
    page.locator("#action-toggle").check()
    page.get_by_role("link", name=re.compile("Select all 1,100")).click()
    page.get_by_label("Select action to run").select_option("restore_selected")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text(f"Restore all 1,100 deletions of {tenant_a.name} that match?")).to_be_visible()
    expect(page.get_by_text("it runs as a job")).to_be_visible()
    page.get_by_role("button", name="Restore", exact=True).click()

    bar = page.get_by_role("progressbar", name="Restore 1,100 deletions")
    expect(bar).to_have_attribute("value", "0")
    expect(page.get_by_text("Waiting for a free worker")).to_be_visible()
    worker()

    expect(page.locator("#run-text")).to_contain_text("1,100 of 1,100 · took", timeout=90_000)
    expect(page.get_by_role("button", name="Cancel the job")).to_have_count(0)
    expect(bar).to_have_attribute("value", "100")
    run = Run.objects.get()
    assert (run.state, run.outcomes) == ("done", {"restored": MANY, "records": MANY})
    assert list(Deletion.objects.filter(state=State.BINNED)) == [left]


def test_a_waiting_job_is_cancelled_and_nothing_comes_back(log_in, olivia, actor, tenant_a):
    Customer.everything.bulk_create(Customer(tenant=tenant_a, first_name="Mia", last_name=str(n)) for n in range(MANY))
    delete(roots=Customer.objects.all(), actor=actor)
    page = log_in(olivia)
    page.goto(BIN)
    page.locator("#action-toggle").check()
    page.get_by_role("link", name=re.compile("Select all 1,100")).click()
    page.get_by_label("Select action to run").select_option("restore_selected")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("button", name="Restore", exact=True).click()
    page.get_by_role("button", name="Cancel the job").click()

    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()
    expect(page.get_by_text("Cancelled by")).to_be_visible()
    assert not Deletion.objects.filter(state=State.RESTORED).exists()


def test_a_viewer_sees_everything_and_no_button(log_in, vera, anna, below, actor):
    deletion = put_in_bin(anna, actor=actor)
    page = log_in(vera)
    for address in (
        BIN,
        f"{BIN}{deletion.pk}/change/",
        f"{BIN}{below[1].pk}/change/",
        f"/admin/customers/customer/{anna.pk}/in-bin/",
    ):
        page.goto(address)
        expect(page.locator("main, #content, body").first).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("Restore|Delete|Run|Save"))).to_have_count(0)
        expect(page.locator("input.action-select")).to_have_count(0)
    page.goto(BIN)
    page.get_by_role("button", name="What is inside Anna Berg").click()
    expect(page.get_by_role("link", name=re.compile("Kerkstraat"))).to_be_visible()


def test_by_keyboard_alone(log_in, olivia, anna, actor):
    put_in_bin(anna, actor=actor, reason="by hand")
    page = log_in(olivia)
    page.goto(BIN)
    page.keyboard.press("/")
    page.keyboard.type("anna hand")
    page.keyboard.press("Enter")
    expect(page.locator("#result_list tbody")).to_have_count(1)
    opener = page.get_by_role("button", name="What is inside Anna Berg")
    _tab_to(page, opener)
    page.keyboard.press("Space")
    expect(page.get_by_role("link", name=re.compile("Kerkstraat"))).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=re.compile("Kerkstraat"))).to_have_count(0)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Restore Anna Berg")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Anna Berg is back, with 2 related records.")).to_be_visible()
    assert row(anna)["deletion_id"] is None


def _tab_to(page: Page, wanted) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("Tab never got there.")


@pytest.mark.parametrize("tab", ["desktop", "phone"], indirect=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_fault(log_in, olivia, anna, below, actor, theme):
    deletion = put_in_bin(anna, actor=actor, reason="asked us to")
    address = anna.addresses.model.everything.filter(customer=anna).first()
    page = log_in(olivia)
    page.evaluate("theme => localStorage.setItem('adminTheme', JSON.stringify(theme))", theme)
    faults = {}

    def look(name: str) -> None:
        page.wait_for_timeout(400)  # what fades in has no colour yet that could be judged
        assert page.evaluate("document.documentElement.classList.contains('dark')") is (theme == "dark")
        faults[name] = serious_faults(page)

    page.goto(BIN)
    page.get_by_role("button", name="What is inside Anna Berg").click()
    expect(page.get_by_role("link", name=re.compile("Kerkstraat"))).to_be_visible()
    look("the list")
    page.goto(f"{BIN}?q=nothing-like-this")
    look("nothing found")
    page.goto(f"{BIN}{below[1].pk}/change/")
    look("a deletion with something in the way")
    page.goto(f"/admin/customers/customer/{anna.pk}/in-bin/")
    look("a customer in the bin")
    page.goto(f"{BIN}{deletion.pk}/addresses.address/{address.pk}/")
    look("an address in the bin")
    page.goto(BIN)
    choose(page, below[1])
    expect(page.get_by_label("Restore that too")).to_be_visible()
    look("the preview of a restore")
    page.get_by_label("Restore that too").uncheck()
    page.get_by_role("button", name="Restore", exact=True).click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    look("the report")
    page.goto("/admin/recyclebin/run/")
    look("the jobs")
    Run.objects.update(state="running", finished_at=None, heartbeat_at="2020-01-01T00:00Z")
    page.goto(f"/admin/recyclebin/run/{Run.objects.get().pk}/change/")
    look("a job that runs")

    assert {name: found for name, found in faults.items() if found} == {}
