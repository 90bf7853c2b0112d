"""The history of a record in a real browser: read, put back by mouse and by keyboard, refused, on a phone."""

import pytest
from playwright.sync_api import Page, expect

from customers.contracts import CUSTOMERS
from customers.models import Customer
from records.writes import address_row, write
from tenants.actors import staff_actor
from tests.factories import make_usergroup, put_in_bin, row

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

LIST = "/admin/customers/customer/"


@pytest.fixture
def anna(transactional_db, olivia, tenant_a) -> Customer:
    """Anna, whom Olivia has just renamed, with an address that moved, in another usergroup than at first."""
    actor = staff_actor(olivia, tenant_a)
    old, new = make_usergroup(tenant_a, name="Retail"), make_usergroup(tenant_a, name="Wholesale")
    home = address_row({"type": "home", "street": "Lange Weg", "number": "1", "city": "Winterdorp", "country": "NL"})
    values = {"first_name": "Anna", "last_name": "Berg", "email": "anna@berg.example", "ssn": "123456782"}
    made = write(CUSTOMERS, values, actor=actor, parent=old.pk, addresses=[home])
    address = Customer.objects.get(pk=made.id).addresses.get()
    moved = address_row({"city": "Zomerstad"}, id=address.pk)
    changed = {"last_name": "Bergsma", "email": "", "ssn": "987654329"}
    write(CUSTOMERS, changed, actor=actor, id=made.id, parent=new.pk, addresses=[moved])
    return Customer.objects.get(pk=made.id)


def open_history(page: Page, customer: Customer) -> None:
    """Through the tab, as a person would."""
    page.goto(f"{LIST}{customer.pk}/change/")
    page.get_by_role("link", name="History", exact=True).click()
    expect(page.get_by_role("list", name="Changes, newest first")).to_be_visible()


def tab_to(page: Page, name: str, role: str = "link") -> None:
    """Reach something by the keyboard alone."""
    wanted = page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
    for _ in range(100):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    pytest.fail(f"{name} cannot be reached by the keyboard.")


def test_a_viewer_reads_what_happened(log_in, vera, anna):
    page = log_in(vera)
    open_history(page, anna)

    newest = page.get_by_role("list", name="Changes, newest first").locator("> li").first
    for text in ("Olivia", "Admin", "just now", "Last name", "Berg", "Bergsma", "Retail", "Wholesale", "Winterdorp"):
        expect(newest).to_contain_text(text)
    expect(page.locator("body")).not_to_contain_text("123456782")
    expect(page.get_by_role("link", name="Put", exact=False)).to_have_count(0)
    newest.get_by_role("link", name="What else changed in this run").click()
    expect(page.get_by_text("1 customer")).to_be_visible()
    expect(page.get_by_text("1 address")).to_be_visible()
    page.get_by_role("link", name="Anna Bergsma").click()
    expect(page.get_by_role("list", name="Changes, newest first")).to_be_visible()


@pytest.mark.parametrize("tab", ["desktop", "phone"], indirect=True)
def test_one_value_is_put_back(log_in, eddie, anna):
    page = log_in(eddie)
    open_history(page, anna)
    page.get_by_role("link", name="Put last name back").click()

    expect(page.get_by_label("Last name")).to_be_checked()
    expect(page.get_by_label("E-mail")).not_to_be_checked()
    page.get_by_role("button", name="Put back", exact=True).click()

    expect(page.get_by_text("Put back: last name.")).to_be_visible()
    expect(page.get_by_role("list", name="Changes, newest first").locator("> li").first).to_contain_text("Eddie")
    assert (row(anna)["last_name"], row(anna)["email"]) == ("Berg", "")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_everything_is_put_back_by_keyboard(log_in, eddie, anna):
    page = log_in(eddie)
    open_history(page, anna)
    tab_to(page, "Put all back to this state")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Usergroup")).to_be_checked()
    tab_to(page, "E-mail", "checkbox")
    page.keyboard.press("Space")
    tab_to(page, "Put back", "button")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Put back: last name, social security number, usergroup.")).to_be_visible()
    assert (row(anna)["last_name"], row(anna)["email"], row(anna)["ssn"]) == ("Berg", "", "123456782")


def test_a_value_that_is_not_allowed_any_more_says_why(log_in, eddie, olivia, tenant_a, anna):
    put_in_bin(type(anna.usergroup).objects.get(name="Retail"), actor=staff_actor(olivia, tenant_a))
    page = log_in(eddie)
    open_history(page, anna)
    page.get_by_role("link", name="Put usergroup back").click()
    page.get_by_role("button", name="Put back", exact=True).click()

    expect(page.get_by_role("alert")).to_have_text("Retail is in the recycle bin: restore it first, or leave this out.")
    page.get_by_label("Usergroup").uncheck()
    page.get_by_label("E-mail").check()
    page.get_by_role("button", name="Put back", exact=True).click()
    expect(page.get_by_text("Put back: e-mail.")).to_be_visible()
    assert row(anna)["email"] == "anna@berg.example"


def test_a_record_to_which_nothing_happened(log_in, vera, anna):
    page = log_in(vera)
    page.goto(f"/admin/users/usergroup/{anna.usergroup_id}/history/")

    expect(page.get_by_role("status").first).to_have_text("Nothing has changed since it was created.")
