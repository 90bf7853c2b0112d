"""Deleting permanently as an owner lives it, and what others see of it."""

import pytest
from playwright.sync_api import expect

from customers.models import Customer
from recyclebin.models import Deletion
from tests.factories import make_address, make_customer, put_in_bin

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

BIN = "/admin/recyclebin/deletion/"
BUTTON = "Delete permanently"


@pytest.fixture
def anna(transactional_db, tenant_a) -> Deletion:
    """Anna in the bin with two addresses; Bo and Cleo are there, too."""
    customer = make_customer(tenant_a, first_name="Anna", last_name="Berg", source="ERP", source_id="KL-42")
    make_address(customer, is_default=True), make_address(customer)
    for name in ("Bo", "Cleo"):
        put_in_bin(make_customer(tenant_a, first_name=name, last_name="Other"))
    return put_in_bin(customer, reason="Asked for twice")


def test_one_is_deleted_by_keyboard_when_its_name_is_typed(log_in, olivia, anna):
    page = log_in(olivia)
    page.goto(f"{BIN}{anna.pk}/change/")
    page.get_by_role("link", name=BUTTON).press("Enter")
    expect(page.get_by_text("Delete “Anna Berg” permanently?")).to_be_visible()
    page.get_by_label("Type Anna Berg to confirm").fill("Anna")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert").filter(has_text="That is not it. Type: Anna Berg")).to_be_visible()
    assert Customer.everything.filter(pk=anna.root_id).exists()
    page.get_by_label("Why", exact=True).fill("Request 2041")
    page.get_by_label("Type Anna Berg to confirm").fill("Anna Berg")
    page.keyboard.press("Enter")

    expect(page.get_by_text("3 records were deleted permanently.")).to_be_visible()
    expect(page.locator("#result_list")).not_to_contain_text("Anna Berg")
    assert not Customer.everything.filter(pk=anna.root_id).exists()

    page.goto(f"{BIN}?state=purged")
    page.get_by_role("link", name="Was it deleted permanently?").click()
    page.get_by_label("Key").fill("KL-42")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Yes")).to_be_visible()
    expect(page.get_by_text("Request 2041")).to_be_visible()
    page.get_by_role("link", name=f"Customer #{anna.root_id}").click()
    expect(page.get_by_text("(no name any more)").first).to_be_visible()
    expect(page.get_by_text("Request 2041")).to_be_visible()


def test_a_selection_is_deleted_when_its_number_is_typed(log_in, olivia, anna):
    page = log_in(olivia)
    page.goto(BIN)
    page.get_by_label("Select all objects on this page for an action").check()
    page.get_by_label("Select action to run").select_option(label="Delete selected permanently")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("Delete 3 deletions permanently?")).to_be_visible()
    page.get_by_label("Type 3 to confirm").fill("3")
    page.get_by_role("button", name=BUTTON).click()

    expect(page.get_by_text("5 records were deleted permanently.")).to_be_visible()
    assert set(Deletion.objects.values_list("state", flat=True)) == {"purged"}


def test_cancelling_leaves_everything_as_it_was(log_in, olivia, anna):
    page = log_in(olivia)
    page.goto(f"{BIN}{anna.pk}/purge/")
    page.get_by_label("Type Anna Berg to confirm").fill("Anna Berg")
    page.get_by_role("link", name="Cancel").click()

    expect(page).to_have_url(f"{page.url.split('/admin/')[0]}{BIN}{anna.pk}/change/")
    assert set(Deletion.objects.values_list("state", flat=True)) == {"binned"}


def test_only_the_button_that_deletes_permanently_has_the_colour_of_danger(log_in, olivia, anna):
    page = log_in(olivia)

    def red() -> list[str]:
        buttons = page.locator("a:visible, button:visible, input[type=submit]:visible")
        coloured = "elements => elements.filter(e => /^(oklch\\(0?\\.5|rgb\\(2[0-9]{2}, [0-5]?[0-9], )/"
        coloured += ".test(getComputedStyle(e).backgroundColor)).map(e => e.innerText.trim())"
        return [text for text in buttons.evaluate_all(coloured) if text == BUTTON]

    page.goto(f"{BIN}{anna.pk}/purge/")
    assert red() == [BUTTON]
    for address in (BIN, f"{BIN}{anna.pk}/change/"):
        page.goto(address)
        assert red() == []


def test_a_viewer_sees_no_way_to_it(log_in, vera, anna):
    page = log_in(vera)
    for address in (BIN, f"{BIN}{anna.pk}/change/"):
        page.goto(address)
        expect(page.get_by_text("Anna Berg").first).to_be_visible()
        assert page.get_by_text(BUTTON).count() == 0
        assert page.get_by_text("Delete selected permanently").count() == 0


@pytest.mark.parametrize("tab", ["phone"], indirect=True)
def test_on_a_phone_nothing_is_cut_off(log_in, olivia, anna):
    page = log_in(olivia)
    for path in (f"{BIN}{anna.pk}/purge/", f"{BIN}purged/?key=KL-42", f"{BIN}{anna.pk}/change/"):
        page.goto(path)
        overhang = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (path, overhang) == (path, 0)
