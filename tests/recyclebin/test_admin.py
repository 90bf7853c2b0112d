"""The recycle bin in the admin: what it tells, who may look, who may restore, and what stands in the way."""

import datetime

import pytest
from django.utils.formats import date_format

from customers.models import Customer
from recyclebin.models import Deletion, State
from tests.factories import (
    browser,
    make_address,
    make_company,
    make_contact,
    make_customer,
    make_keyed,
    make_staff,
    put_in_bin,
    row,
)
from tests.records.admin_pages import page, shown, texts

LIST = page(Deletion, "changelist")


@pytest.fixture
def people(cast):
    return cast | {"sue": make_staff("Sue", is_superuser=True)}


@pytest.fixture
def surf(people):
    return lambda who: browser(people[who])


@pytest.fixture
def anna(tenant_a):
    anna = make_customer(tenant_a, first_name="Anna", last_name="Berg", source="ERP", source_id="KL-42")
    make_address(anna)
    make_address(anna)
    return anna


@pytest.fixture
def deletions(anna, actor, tenant_a, tenant_b):
    """Anna in the bin, another customer that was restored, and one in the bin of tenant B."""
    from recyclebin.verbs import restore

    restored = put_in_bin(make_customer(tenant_a), actor=actor)
    restore(deletions=[restored.pk], actor=actor)
    foreign = put_in_bin(make_customer(tenant_b))
    return {"anna": put_in_bin(anna, actor=actor, reason="Asked for twice"), "restored": restored, "foreign": foreign}


@pytest.mark.parametrize(
    ("who", "sees"),
    [("vera", "anna"), ("eddie", "anna"), ("olivia", "anna"), ("sue", "anna"), ("tom", "foreign")],
)
def test_everybody_of_a_tenant_sees_its_bin(surf, deletions, who, sees):
    assert shown(surf(who).get(LIST)) == [deletions[sees]]


def test_a_line_tells_what_who_when_why_and_how_long(surf, deletions):
    response = surf("olivia").get(LIST)

    (deletion,) = shown(response)
    told = response.context_data["cl"].model_admin
    assert told.what(deletion) == 'Anna Berg<span class="bin-along">+ 2 addresses</span>'
    assert told.key(deletion) == 'KL-42<span class="bin-along">ERP</span>'
    assert (told.type(deletion), told.who(deletion), told.why(deletion)) == ("Customer", "Olivia", "Asked for twice")
    assert (told.door(deletion), told.days_left(deletion)) == ("Admin", "29 days")
    exact = deletion.deleted_at
    assert told.when(deletion).startswith(f'<time datetime="{exact.isoformat()}" title="')
    below = date_format(exact, "SHORT_DATETIME_FORMAT")
    assert told.when(deletion).endswith(f'>just now</time><span class="bin-along">{below}</span>')


@pytest.mark.parametrize(
    ("left", "told"),
    [(None, "no limit"), (datetime.timedelta(hours=5), "less than a day"), (datetime.timedelta(days=1.5), "1 day")],
)
def test_the_days_left(surf, deletions, left, told):
    deletion = deletions["anna"]
    deletion.expires_at = left and datetime.datetime.now(datetime.UTC) + left
    deletion.save()

    assert told in surf("vera").get(LIST).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "anna"}, ["anna"]),
        ({"q": "KL-42"}, ["anna"]),
        ({"q": "twice"}, ["anna"]),
        ({"q": "nobody"}, []),
        ({"state": "restored"}, ["restored"]),
        ({"type": "customers.customer"}, ["anna"]),
        ({"type": "users.user"}, []),
        ({"state": "purged"}, []),
        ({"state": "any"}, ["anna", "restored"]),
    ],
)
def test_searching_and_filtering(surf, deletions, query, found):
    assert shown(surf("olivia").get(LIST, query)) == [deletions[name] for name in found]


@pytest.mark.parametrize("rows", [1, 30])
def test_the_number_of_statements_of_the_list(surf, tenant_a, actor, django_assert_num_queries, rows):
    for _ in range(rows):
        customer = make_customer(tenant_a)
        make_address(customer)
        put_in_bin(customer, actor=actor)
    olivia = surf("olivia")

    # session, account, access; savepoint, time limit, accounts and clients to filter by, count, keys, rows, release;
    # the other tenants for the menu
    with django_assert_num_queries(12):
        response = olivia.get(LIST)

    assert len(shown(response)) == rows


@pytest.mark.parametrize(
    ("who", "status", "back"),
    [("vera", 403, False), ("eddie", 403, False), ("olivia", 302, True), ("sue", 302, True), ("tom", 404, False)],
)
def test_restoring_one(surf, deletions, anna, who, status, back):
    response = surf(who).post(page(Deletion, "restore", deletions["anna"].pk))

    assert response.status_code == status
    assert (row(anna)["deletion_id"] is None) is back
    if back:
        assert response.url == page(Customer, "change", anna.pk)


@pytest.mark.parametrize(
    ("who", "status", "back"),
    [("vera", 403, False), ("eddie", 403, False), ("olivia", 302, True), ("sue", 302, True), ("tom", 404, False)],
)
def test_undoing_an_operation(surf, deletions, anna, who, status, back):
    response = surf(who).post(page(Deletion, "undo", deletions["anna"].operation))

    assert response.status_code == status
    assert (row(anna)["deletion_id"] is None) is back


@pytest.mark.parametrize("name", ["restore", "undo"])
def test_a_link_restores_nothing(surf, deletions, anna, name):
    key = deletions["anna"].pk if name == "restore" else deletions["anna"].operation

    assert surf("olivia").get(page(Deletion, name, key)).status_code == 302
    assert row(anna)["deletion_id"] is not None


@pytest.mark.parametrize(("who", "offered"), [("vera", False), ("eddie", False), ("olivia", True)])
def test_restoring_is_offered_to_those_who_may(surf, deletions, who, offered):
    for address in (LIST, page(Deletion, "change", deletions["anna"].pk)):
        action = f'action="{page(Deletion, "restore", deletions["anna"].pk)}"'
        assert (action in surf(who).get(address).content.decode()) is offered


def test_undoing_twice_says_that_nothing_was_left_to_do(surf, deletions):
    address = page(Deletion, "undo", deletions["anna"].operation)
    surf("olivia").post(address)

    response = surf("olivia").post(address, follow=True)

    assert texts(response)[-1] == "Olivia restored it just now: there was nothing left to undo."


@pytest.mark.parametrize(("who", "status"), [("vera", 200), ("olivia", 200), ("tom", 404)])
def test_the_page_of_a_deletion_shows_what_it_holds(surf, deletions, who, status):
    response = surf(who).get(page(Deletion, "change", deletions["anna"].pk))

    assert response.status_code == status
    if status == 200:
        sections = [(section.amount, len(section.items)) for section in response.context_data["sections"]]
        assert sections == [("1 customer", 1), ("2 addresses", 2)]


@pytest.mark.parametrize("key", ["not-a-uuid", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_deletion_is_not_found(surf, deletions, key):
    assert surf("olivia").get(page(Deletion, "change", key)).status_code == 404


def test_nothing_in_the_bin_is_edited_or_added(surf, deletions):
    olivia = surf("olivia")

    assert olivia.get(page(Deletion, "add")).status_code == 403
    assert olivia.post(page(Deletion, "delete", deletions["anna"].pk), {"post": "yes"}).status_code == 403
    olivia.post(page(Deletion, "change", deletions["anna"].pk), {"reason": "Rewritten"})
    assert Deletion.objects.get(pk=deletions["anna"].pk).reason == "Asked for twice"


def test_restoring_what_hangs_below_the_bin_leads_to_its_page_which_says_why(surf, tenant_a, actor):
    company = make_company(tenant_a, name="Meander Works")
    contact = make_contact(tenant_a, company=company, first_name="Cleo", last_name="Winter")
    of_contact = put_in_bin(contact, actor=actor)
    of_company = put_in_bin(company, actor=actor)

    response = surf("olivia").post(page(Deletion, "restore", of_contact.pk), follow=True)

    assert response.redirect_chain == [(page(Deletion, "change", of_contact.pk), 302)]
    assert texts(response)[-1] == (
        "Cleo Winter was not restored. It belongs to Meander Works, which is in the recycle bin."
        " Restore that first, or both together."
    )
    assert [obstacle.deletion for obstacle in response.context_data["obstacles"]] == [of_company]
    assert "Restore together with Meander Works" in response.content.decode()
    assert row(contact)["deletion_id"] == of_contact.pk


def test_an_owner_in_the_bin_comes_back_together_with_what_it_owns(surf, tenant_a, actor):
    company = make_company(tenant_a)
    contact = make_contact(tenant_a, company=company)
    of_contact = put_in_bin(contact, actor=actor)
    put_in_bin(company, actor=actor)

    surf("olivia").post(page(Deletion, "restore", of_contact.pk), {"owners": "1"})

    assert (row(contact)["deletion_id"], row(company)["deletion_id"]) == (None, None)
    assert set(Deletion.objects.values_list("state", flat=True)) == {State.RESTORED}


def test_a_restored_address_leads_to_its_owner(surf, tenant_a, actor):
    customer = make_keyed(Customer, tenant_a)
    address = make_address(customer)
    deletion = put_in_bin(address, actor=actor)

    response = surf("olivia").post(page(Deletion, "restore", deletion.pk))

    assert response.url == page(Customer, "change", customer.pk)


def test_an_empty_bin_says_so(surf, tenant_a):
    assert "What is deleted waits here" in surf("vera").get(LIST).content.decode()
