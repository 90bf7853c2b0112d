"""Deleting and taking back as staff live it: a reason, Undo by mouse and by keyboard, owners, all that match."""

import pytest
from playwright.sync_api import Page, expect

from customers.contracts import CUSTOMERS
from customers.models import Customer
from records import chosen_rows
from records.writes import address_row, write
from recyclebin import run_worker
from recyclebin.models import Deletion, Run
from recyclebin.verbs import delete
from tenants.actors import staff_actor
from tenants.models import Tenant
from tests.e2e.test_recycle_bin import serious_faults
from tests.factories import browser, make_customer, row

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

LIST = "/admin/customers/customer/"


@pytest.fixture
def anna(transactional_db, olivia, tenant_a, tenant_b) -> Customer:
    """Anna with an address, beside her Bo; and a namesake in another tenant."""
    actor = staff_actor(olivia, tenant_a)
    home = address_row({"type": "home", "street": "Lange Weg", "number": "1", "city": "Winterdorp", "country": "NL"})
    values = {"first_name": "Anna", "last_name": "Berg", "source": "ERP", "source_id": "KL-42"}
    made = write(CUSTOMERS, values, actor=actor, addresses=[home])
    write(CUSTOMERS, {"first_name": "Bo", "last_name": "Other"}, actor=actor)
    make_customer(tenant_b, first_name="Anna", last_name="Stranger")
    return Customer.objects.get(pk=made.id)


def stored(customer: Customer) -> tuple[object, list[object]]:
    """The customer and its addresses, every column."""
    return row(customer), list(customer.addresses.model.everything.filter(customer=customer).order_by("id").values())


def ask(page: Page, customer: Customer) -> None:
    page.goto(f"{LIST}{customer.pk}/change/")
    page.get_by_role("link", name="Delete", exact=True).click()
    expect(page.get_by_text(f"Delete the customer “{customer.label}”?")).to_be_visible()


def confirm(page: Page) -> None:
    page.get_by_role("button", name="Delete", exact=True).click()


def with_keyboard(page: Page) -> None:
    """The page opened with the focus on it."""
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")


def with_shortcut(page: Page) -> None:
    """From wherever the focus is by now."""
    page.get_by_role("searchbox").first.focus()
    page.keyboard.press("Alt+z")


def with_mouse(page: Page) -> None:
    page.get_by_role("button", name="Undo").click()


@pytest.mark.parametrize("undo", [with_mouse, with_keyboard, with_shortcut])
def test_delete_with_a_reason_and_undo(log_in, olivia, anna, undo):
    before = stored(anna)
    page = log_in(olivia)
    ask(page, anna)
    page.get_by_label("Reason").fill("Asked for twice")
    confirm(page)

    told = page.get_by_role("status").filter(has_text="Anna Berg is in the recycle bin, with 1 related record.")
    expect(told).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_accessible_description(
        "Anna Berg is in the recycle bin, with 1 related record."
    )
    assert Deletion.objects.get().reason == "Asked for twice"
    undo(page)

    expect(page.get_by_role("status").filter(has_text="Anna Berg is back, with 1 related record.")).to_be_visible()
    assert stored(anna) == before


def test_a_reason_that_is_mandatory_is_missed_at_its_field_and_suggested(log_in, olivia, tenant_a, anna):
    delete(roots=Customer.objects.filter(last_name="Other"), actor=staff_actor(olivia, tenant_a), reason="Moved away")
    Tenant.objects.update(reason_rule="mandatory")
    page = log_in(olivia)
    ask(page, anna)
    confirm(page)

    reason = page.get_by_label("Reason")
    expect(page.get_by_role("alert").filter(has_text="Say why: deleting needs a reason here.")).to_be_visible()
    expect(reason).to_be_focused()
    expect(reason).to_have_attribute("aria-invalid", "true")
    assert page.locator("#recent-reasons option").evaluate_all("options => options.map(o => o.value)") == ["Moved away"]
    page.keyboard.type("Moved away")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Anna Berg is in the recycle bin")).to_be_visible()
    assert Deletion.objects.get(root_id=anna.pk).reason == "Moved away"


def test_it_works_without_scripts(chromium, live_server, olivia, anna):
    before = stored(anna)
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    session = browser(olivia).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{LIST}{anna.pk}/delete/")
    confirm(page)

    expect(page.get_by_text("Anna Berg is in the recycle bin")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_attribute("accesskey", "z")
    with_keyboard(page)
    expect(page.get_by_text("Anna Berg is back")).to_be_visible()
    context.close()
    assert stored(anna) == before


def delete_the_address_and_then_its_owner(page: Page, anna: Customer) -> tuple[Deletion, Deletion]:
    page.goto(f"{LIST}{anna.pk}/change/")
    page.get_by_label("Delete Lange Weg 1, Winterdorp").check(force=True)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Lange Weg 1, Winterdorp is in the recycle bin.")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    ask(page, anna)
    confirm(page)
    expect(page.get_by_text("Anna Berg is in the recycle bin.")).to_be_visible()
    return Deletion.objects.get(root_type="addresses.address"), Deletion.objects.get(root_type="customers.customer")


def restore(page: Page, deletion: Deletion) -> None:
    page.goto(f"/admin/recyclebin/deletion/{deletion.pk}/change/")
    page.get_by_role("button", name="Restore", exact=True).click()


def test_an_address_and_then_its_owner_come_back_owner_first(log_in, olivia, anna):
    addresses = stored(anna)[1]
    page = log_in(olivia)
    of_address, of_anna = delete_the_address_and_then_its_owner(page, anna)

    restore(page, of_anna)
    expect(page.get_by_text("Anna Berg is back.")).to_be_visible()
    assert anna.addresses.count() == 0
    restore(page, of_address)
    expect(page.get_by_text("is back.")).to_be_visible()

    assert stored(anna)[1] == addresses


def test_an_address_cannot_come_back_without_its_owner_but_together(log_in, olivia, anna):
    addresses = stored(anna)[1]
    page = log_in(olivia)
    of_address, of_anna = delete_the_address_and_then_its_owner(page, anna)

    page.goto(f"/admin/recyclebin/deletion/{of_address.pk}/change/")
    expect(page.locator(".obstacles").get_by_role("link", name="Anna Berg")).to_be_visible()
    assert page.get_by_role("button", name="Restore", exact=True).count() == 0
    assert row(anna)["deletion_id"] == of_anna.pk
    page.get_by_role("button", name="Restore together with Anna Berg").click()

    expect(page.get_by_text("2 records are back.")).to_be_visible()
    assert (row(anna)["deletion_id"], stored(anna)[1]) == (None, addresses)


@pytest.fixture
def sixty(anna, olivia, tenant_a) -> None:
    """More than a page of customers that one word finds."""
    actor = staff_actor(olivia, tenant_a)
    for number in range(60):
        write(CUSTOMERS, {"first_name": f"Robin {number}", "last_name": "Meander"}, actor=actor)


def choose_all_that_match(page: Page) -> None:
    page.goto(f"{LIST}?q=meander")
    page.get_by_label("Select all objects on this page for an action").check()
    page.get_by_text("Select all 60 customers").click()
    page.get_by_label("Select action to run").select_option(label="Delete selected customers")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("Delete all 60 customers of Shops of A that match?")).to_be_visible()


def test_all_that_match_are_deleted_over_the_pages_and_taken_back(log_in, olivia, sixty):
    page = log_in(olivia)
    choose_all_that_match(page)
    expect(page.get_by_text("… and others")).to_be_visible()
    confirm(page)

    expect(page.get_by_text("60 customers are in the recycle bin.")).to_be_visible()
    assert Customer.objects.filter(last_name="Meander").count() == 0
    with_keyboard(page)
    expect(page.get_by_text("60 records are back.")).to_be_visible()
    assert Customer.objects.filter(last_name="Meander").count() == 60


def test_when_more_match_by_now_the_page_says_so_first(log_in, olivia, tenant_a, sixty):
    page = log_in(olivia)
    choose_all_that_match(page)
    write(CUSTOMERS, {"first_name": "Late", "last_name": "Meander"}, actor=staff_actor(olivia, tenant_a))
    confirm(page)

    moved = page.get_by_role("alert").filter(has_text="1 more record matches by now than you were shown.")
    expect(moved).to_be_visible()
    expect(page.get_by_text("Delete all 61 customers of Shops of A that match?")).to_be_visible()
    assert Deletion.objects.count() == 0
    confirm(page)
    expect(page.get_by_text("61 customers are in the recycle bin.")).to_be_visible()


def test_too_many_for_a_page_are_a_job_with_progress_and_one_undo(log_in, olivia, sixty, monkeypatch):
    monkeypatch.setattr(chosen_rows, "AT_ONCE", 10)
    page = log_in(olivia)
    choose_all_that_match(page)
    expect(page.get_by_text("So many take a while: a job does it.")).to_be_visible()
    confirm(page)

    expect(page.get_by_role("progressbar", name="Delete 60 customers")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel the job")).to_be_visible()
    assert page.get_by_role("button", name="Undo").count() == 0
    while run_worker.work(Run.objects.get().pk):
        pass
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    expect(page.locator("dd").filter(has_text="60").first).to_be_visible()
    assert Customer.objects.filter(last_name="Meander").count() == 0
    with_keyboard(page)

    expect(page.get_by_text("60 records are back.")).to_be_visible()
    assert Customer.objects.filter(last_name="Meander").count() == 60


@pytest.mark.parametrize("who", ["vera", "eddie"])
def test_who_may_not_delete_sees_no_way_to(log_in, cast, anna, who):
    page = log_in(cast[who])
    page.goto(LIST)
    assert page.get_by_label("Select action to run").count() == 0
    page.goto(f"{LIST}{anna.pk}/change/")

    expect(page.get_by_text("Anna Berg").first).to_be_visible()
    assert page.get_by_role("link", name="Delete").count() == 0
    assert page.get_by_role("button", name="Delete").count() == 0
    assert page.locator("input[name$=-DELETE]").count() == 0


@pytest.mark.parametrize("tab", ["phone"], indirect=True)
def test_on_a_phone_the_page_and_the_message_fit(log_in, olivia, anna):
    page = log_in(olivia)
    ask(page, anna)
    overhang = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overhang) == 0
    confirm(page)

    expect(page.get_by_role("button", name="Undo")).to_be_in_viewport()
    assert page.evaluate(overhang) == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_fault(log_in, olivia, sixty, anna, monkeypatch, theme):
    Tenant.objects.update(reason_rule="mandatory")
    page = log_in(olivia)
    page.evaluate("theme => localStorage.setItem('adminTheme', JSON.stringify(theme))", theme)
    faults = {}

    def look(name: str) -> None:
        page.wait_for_timeout(400)  # what fades in has no colour yet that could be judged
        faults[name] = serious_faults(page)

    ask(page, anna)
    confirm(page)
    look("a reason is missing")
    page.get_by_label("Reason").fill("Asked for twice")
    confirm(page)
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    look("the message with Undo")
    monkeypatch.setattr(chosen_rows, "AT_ONCE", 10)
    choose_all_that_match(page)
    look("all that match")
    page.get_by_label("Reason").fill("Wrong import")
    confirm(page)
    while run_worker.work(Run.objects.get().pk):
        pass
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    look("the job that ended")

    assert {name: found for name, found in faults.items() if found} == {}
