"""The admin site: its first page, its sidebar, and the switch between tenants."""

import pytest
from django.test import Client

from customers.models import Customer
from tenants.models import Membership
from tests.factories import browser, make_customer, make_staff, make_tenant, put_in_bin
from tests.records.admin_pages import page, shown

INDEX = "/admin/"
SWITCH = "/admin/tenant/"


@pytest.fixture
def sue(db):
    return make_staff("Sue", is_superuser=True)


def menu(response) -> list[str]:
    return [str(item["title"]) for group in response.context_data["sidebar_navigation"] for item in group["items"]]


PEOPLE = ["Overview", "Customers", "Contacts", "Companies", "Users", "Usergroups", "Recycle bin", "Jobs"]
OWN = ["Staff", "API clients", "Devices", "Organizations", "Stores", "Settings", "API reference"]


@pytest.mark.parametrize(("who", "items"), [("vera", PEOPLE), ("eddie", PEOPLE), ("olivia", PEOPLE + OWN)])
def test_the_sidebar_holds_what_one_may_open(cast, who, items):
    response = browser(cast[who]).get(INDEX)

    assert menu(response) == items
    assert response.context_data["site_subheader"] == "Shops of A"
    assert "other_tenants" in response.context_data
    assert list(response.context_data["other_tenants"]) == []


def test_a_superuser_sees_the_whole_product(tenant_a, sue):
    assert menu(browser(sue).get(INDEX)) == [*PEOPLE, *OWN, "Tenants", "Staff accounts"]


def test_the_first_page_counts_live_rows_and_names_the_latest_deletions(olivia, tenant_a, tenant_b):
    make_customer(tenant_a)
    deletion = put_in_bin(make_customer(tenant_a))
    make_customer(tenant_b)
    put_in_bin(make_customer(tenant_b))

    response = browser(olivia).get(INDEX)

    cards = {str(card["title"]): card["count"] for card in response.context_data["cards"]}
    assert cards == {"Customers": "1", "Contacts": "0", "Companies": "0", "Users": "0", "Usergroups": "0"}
    assert list(response.context_data["latest_deletions"]) == [deletion]


def test_a_stranger_is_told_whom_to_ask(db):
    response = browser(make_staff("Stranger")).get(INDEX)

    assert "You do not belong to a tenant yet." in response.content.decode()
    assert menu(response) == []


def test_a_superuser_without_any_tenant_is_told_to_make_one(sue):
    assert "There is no tenant yet." in browser(sue).get(INDEX).content.decode()


def test_somebody_with_two_tenants_switches_and_stays_there(olivia, tenant_a, tenant_b):
    Membership.objects.create(staff=olivia, tenant=tenant_b, role="viewer")
    ours, theirs = make_customer(tenant_a), make_customer(tenant_b)
    olivias = browser(olivia)
    assert shown(olivias.get(page(Customer, "changelist"))) == [ours]

    response = olivias.post(SWITCH, {"tenant": tenant_b.pk, "next": page(Customer, "change", ours.pk)})

    assert response.url == page(Customer, "changelist")
    assert shown(olivias.get(page(Customer, "changelist"))) == [theirs]
    # The role is that of the tenant: she owns A and only views B.
    assert olivias.get(page(Customer, "delete", theirs.pk)).status_code == 403


def test_a_lost_membership_ends_the_choice(olivia, tenant_a, tenant_b):
    membership = Membership.objects.create(staff=olivia, tenant=tenant_b, role="owner")
    olivias = browser(olivia)
    olivias.post(SWITCH, {"tenant": tenant_b.pk})
    membership.delete()

    assert olivias.get(INDEX).context_data["current_tenant"] == tenant_a


def test_an_inactive_tenant_is_closed(olivia, tenant_a):
    tenant_a.is_active = False
    tenant_a.save()

    assert browser(olivia).get(page(Customer, "changelist")).status_code == 403


@pytest.mark.parametrize("tenant", ["", "x", "0", "9" * 30])
def test_a_tenant_that_does_not_exist(olivia, tenant):
    assert browser(olivia).post(SWITCH, {"tenant": tenant}).status_code == 404


def test_nobody_switches_to_a_tenant_of_others(olivia, tenant_b):
    olivias = browser(olivia)

    assert olivias.post(SWITCH, {"tenant": tenant_b.pk}).status_code == 404
    assert olivias.get(INDEX).context_data["current_tenant"].uid == "a"


def test_a_link_does_not_switch(sue, tenant_a, tenant_b):
    sues = browser(sue)

    sues.get(SWITCH, {"tenant": tenant_b.pk})

    assert sues.get(INDEX).context_data["current_tenant"] == tenant_a


@pytest.mark.parametrize("came_from", ["https://elsewhere.example/", "//elsewhere.example", "", "/healthz"])
def test_the_switch_leads_nowhere_else(sue, tenant_a, tenant_b, came_from):
    assert browser(sue).post(SWITCH, {"tenant": tenant_b.pk, "next": came_from}).url == INDEX


def test_a_superuser_finds_a_tenant_among_many(sue, tenant_a):
    for number in range(12):
        make_tenant(f"t{number}", name=f"Chain {number}")
    sues = browser(sue)

    start = sues.get(INDEX)
    found = sues.get(SWITCH, {"q": "chain 11"})

    assert (len(start.context_data["other_tenants"]), start.context_data["more_tenants"]) == (8, True)
    assert [tenant.uid for tenant in found.context_data["tenants"]] == ["t11"]


def test_the_login_page_loads_nothing_from_elsewhere(db):
    html = Client().get("/admin/login/").content.decode()

    assert "https://" not in html
    assert "Back office" in html


def test_a_search_that_takes_too_long_is_given_up(olivia, tenant_a, monkeypatch):
    from django.db.models.expressions import RawSQL

    from records import admin as records_admin

    def endless(records, *, text, **kwargs):
        return records.filter(pk=RawSQL("SELECT 1 FROM pg_sleep(5)", [])) if text else records

    make_customer(tenant_a)
    monkeypatch.setattr(records_admin, "matching", endless)
    monkeypatch.setattr("tenants.scoped_admin.LIST_TIMEOUT", "50ms")

    response = browser(olivia).get(page(Customer, "changelist"), {"q": "anything"}, follow=True)

    told = [str(message) for message in response.context["messages"]]
    assert told == ["This search takes too long. Try a longer word, or one word more."]
