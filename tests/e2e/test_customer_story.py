"""A customer's story as staff live it: log in, find, correct, delete, take back, with mouse and keyboard."""

import pytest
from playwright.sync_api import Page, expect

from customers.contracts import CUSTOMERS
from customers.models import Customer
from records.writes import address_row, write
from recyclebin.models import Deletion
from tenants.actors import staff_actor
from tests.factories import make_address, put_in_bin, row

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

LIST = "/admin/customers/customer/"


@pytest.fixture
def anna(transactional_db, olivia, tenant_a, tom, tenant_b) -> Customer:
    """Anna with two addresses; beside her Bo, somebody in the bin, and a namesake in another tenant."""
    actor = staff_actor(olivia, tenant_a)
    home = address_row({"type": "home", "street": "Lange Weg", "number": "1", "city": "Winterdorp", "country": "NL"})
    shop = address_row({"type": "invoice", "street": "Markt", "number": "2", "city": "Zomerstad", "country": "NL"})
    values = {"first_name": "Anna", "last_name": "Berg", "email": "anna@berg.example", "phone": "020 555 0142"}
    key = {"source": "ERP", "source_id": "KL-42"}
    made = write(CUSTOMERS, values | key, actor=actor, addresses=[home, shop])
    write(CUSTOMERS, {"first_name": "Bo", "last_name": "Other", "source": "ERP", "source_id": "KL-7"}, actor=actor)
    gone = write(CUSTOMERS, values | {"first_name": "Annabel"}, actor=actor)
    put_in_bin(Customer.objects.get(pk=gone.id), actor=actor)
    write(CUSTOMERS, values | {"last_name": "Stranger"}, actor=staff_actor(tom, tenant_b))
    return Customer.objects.get(pk=made.id)


def names(page: Page) -> list[str]:
    """The names in the list that is shown."""
    return page.locator("#result_list tbody .field-person").all_inner_texts()


def delete(page: Page, customer: Customer, reason: str) -> None:
    """From the record's page through the confirmation."""
    page.goto(f"{LIST}{customer.pk}/change/")
    page.get_by_role("link", name="Delete", exact=True).click()
    expect(page.get_by_text(f"Delete the customer “{customer.label}”?")).to_be_visible()
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Delete", exact=True).click()


def test_a_wrong_password_stays_outside(tab, olivia):
    tab.goto("/admin/")
    tab.get_by_label("E-mail").fill(olivia.email)
    tab.get_by_label("Password").fill("wrong")
    tab.get_by_role("button", name="Log in").click()

    expect(tab.get_by_text("Please enter the correct e-mail and password")).to_be_visible()


@pytest.mark.parametrize("words", ["anna berg", "anna@berg.example", "5550142", "KL-42"])
def test_a_customer_is_found(log_in, vera, anna, words):
    page = log_in(vera)
    page.get_by_label("Find a customer").fill(words)
    page.get_by_role("button", name="Find").click()

    expect(page.locator("#result_list")).to_be_visible()
    assert names(page) == ["Anna Berg"]


def test_a_customer_and_its_addresses_are_corrected(log_in, eddie, anna):
    page = log_in(eddie)
    page.goto(f"{LIST}{anna.pk}/change/")
    page.get_by_label("Last name", exact=True).first.fill("Bergsma")
    page.get_by_role("button", name="Lange Weg 1, Winterdorp").press("Enter")
    page.locator("#id_addresses-0-city").fill("Herfststad")
    page.get_by_text("Add another Address").click()
    page.locator("#id_addresses-2-type").select_option("delivery")
    page.locator("#id_addresses-2-street").fill("Korte Weg")
    page.locator("#id_addresses-2-city").fill("Lentedam")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert row(anna)["last_name"] == "Bergsma"
    assert list(anna.addresses.order_by("id").values_list("city", "country", "is_default")) == [
        ("Herfststad", "NL", True),
        ("Zomerstad", "NL", True),
        ("Lentedam", "NL", True),
    ]


def test_a_fault_is_shown_where_it_is(log_in, eddie, anna):
    page = log_in(eddie)
    page.goto(f"{LIST}{anna.pk}/change/")
    page.get_by_label("E-mail", exact=True).first.fill("nonsense")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".field-email .errorlist").first).to_contain_text("is not a valid e-mail address")
    assert row(anna)["email"] == "anna@berg.example"


def test_delete_and_undo_by_keyboard(log_in, olivia, anna):
    before = row(anna), list(anna.addresses.order_by("id").values())
    page = log_in(olivia)
    delete(page, anna, "Asked for twice")

    expect(page.get_by_text("Anna Berg is in the recycle bin, with 2 related records.")).to_be_visible()
    assert names(page) == ["Bo Other"]
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Anna Berg is back, with 2 related records.")).to_be_visible()
    expect(page).to_have_url(f"{page.url.split('/admin/')[0]}{LIST}{anna.pk}/change/")
    assert (row(anna), list(anna.addresses.order_by("id").values())) == before


def test_a_deletion_is_found_in_the_bin_and_restored(log_in, olivia, anna):
    before = row(anna)
    page = log_in(olivia)
    delete(page, anna, "Asked for twice")
    page.get_by_role("link", name="Recycle bin").click()
    page.get_by_placeholder("Name, e-mail, key, id or reason").fill("KL-42")
    page.keyboard.press("Enter")

    line = page.locator("#result_list tbody tr").first
    expect(line).to_contain_text("Anna Berg")
    expect(line).to_contain_text("+ 2 addresses")
    expect(line).to_contain_text("Asked for twice")
    expect(page.locator("#result_list tbody")).to_have_count(1)
    page.get_by_role("button", name="Restore Anna Berg").click()

    expect(page.get_by_text("Anna Berg is back, with 2 related records.")).to_be_visible()
    assert row(anna) == before
    assert Deletion.objects.get(root_id=anna.pk).state == "restored"


def test_a_selection_is_deleted_and_taken_back(log_in, olivia, anna):
    page = log_in(olivia)
    page.goto(LIST)
    page.get_by_label("Select all objects on this page for an action").check()
    page.get_by_label("Select action to run").select_option(label="Delete selected customers")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("Delete 2 customers?")).to_be_visible()
    page.get_by_role("button", name="Delete", exact=True).click()

    expect(page.get_by_text("2 customers are in the recycle bin, with 2 related records.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 records are back, with 2 related records.")).to_be_visible()
    assert names(page) == ["Bo Other", "Anna Berg"]


def test_a_viewer_only_looks(log_in, vera, anna):
    page = log_in(vera)
    page.goto(f"{LIST}{anna.pk}/change/")

    expect(page.get_by_text("Anna Berg").first).to_be_visible()
    assert page.get_by_role("button", name="Save").count() == 0
    assert page.get_by_role("link", name="Delete", exact=True).count() == 0


@pytest.mark.parametrize("tab", ["phone"], indirect=True)
def test_on_a_phone_nothing_is_cut_off(log_in, olivia, anna):
    page = log_in(olivia)
    for path in (
        "/admin/",
        LIST,
        f"{LIST}{anna.pk}/change/",
        f"{LIST}{anna.pk}/delete/",
        "/admin/recyclebin/deletion/",
    ):
        page.goto(path)
        overhang = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (path, overhang) == (path, 0)
    page.get_by_role("button", name="Show or hide the menu").click()
    page.get_by_role("link", name="Customers").click()
    expect(page.locator("#result_list")).to_be_visible()


def test_an_address_on_the_second_page_is_corrected(log_in, eddie, anna):
    for number in range(30):
        make_address(anna, street="Laan", number=str(number))
    page = log_in(eddie)
    page.goto(f"{LIST}{anna.pk}/change/")
    page.get_by_role("navigation", name="Pages of addresses").get_by_role("link", name="2").click()
    page.get_by_role("button", name="Laan 29, Winterdorp").click()
    page.locator("input[name$=-city]:visible").fill("Herfststad")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert list(anna.addresses.filter(city="Herfststad").values_list("number", flat=True)) == ["29"]
