"""The API reference as a reader sees it: Redoc, from our own host alone. Complaints of the browser fail the test."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

CHANGE = "#tag/Customers/operation/updateCustomerById"
PATIENCE = 90_000
"""Milliseconds: Redoc builds the page of a hundred and more operations before it shows anything."""


@pytest.fixture
def reference(tab: Page) -> Page:
    """The page, built."""
    tab.goto("/docs/api")
    expect(tab.get_by_role("heading", name="Lookup API")).to_be_visible(timeout=PATIENCE)
    return tab


def test_an_operation_is_found_and_shown_with_its_example_and_its_errors(reference: Page):
    reference.get_by_role("textbox").press_sequentially("change a customer")
    found = reference.get_by_role("search").get_by_text("Change a customer by its id", exact=True)
    expect(found).to_be_visible(timeout=PATIENCE)
    found.click()

    operation = reference.locator(f'[id="{CHANGE.removeprefix("#")}"]')
    expect(operation.get_by_role("heading", name="Change a customer by its id")).to_be_in_viewport(timeout=PATIENCE)
    assert reference.url.endswith(CHANGE)
    expect(operation.get_by_text("/v2/customers/id/{id}").first).to_be_visible()
    expect(operation.get_by_text('"de Wit-Smit"').first).to_be_visible()
    operation.get_by_role("tab", name="412").click()
    expect(operation.get_by_text("10026").first).to_be_visible()


@pytest.mark.parametrize("tab", ["phone"], indirect=True)
def test_on_a_phone_nothing_is_cut_off(reference: Page):
    overhang = reference.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    assert overhang == 0
    expect(reference.get_by_text("Records are addressed by the sender's own keys.")).to_be_in_viewport()


def test_staff_find_it_in_the_menu(log_in, olivia):
    link = log_in(olivia).get_by_role("link", name="API reference")

    expect(link).to_have_attribute("href", "/docs/api")
