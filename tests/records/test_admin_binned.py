"""Records in the bin, read on a page that looks like that of the live record."""

import pytest
from django.contrib import admin

from customers.models import Customer
from recyclebin.models import Deletion, State
from recyclebin.policies import graph, type_name
from recyclebin.verbs import restore
from tests.factories import browser, make_address, make_customer, make_keyed, make_price, put_in_bin, row
from tests.records.admin_pages import page

PAGED = [model for model in graph().models if admin.site.is_registered(model)]
PAGELESS = [model for model in graph().models if not admin.site.is_registered(model)]


def binned_page(model, pk):
    return page(model, "binned", pk)


@pytest.fixture
def anna(tenant_a):
    anna = make_customer(tenant_a, first_name="Anna", last_name="Berg", phone="0612345678")
    make_address(anna, street="Kerkstraat", city="Utrecht")
    make_price(anna)
    return anna


def rows_of(response, model):
    """What the sections below the record show of a type."""
    formsets = [each.formset for each in response.context_data["inline_admin_formsets"] if each.opts.model is model]
    return [form.instance for formset in formsets for form in formset.forms if form.instance.pk]


@pytest.mark.parametrize("who", ["olivia", "eddie", "vera"])
def test_the_page_looks_like_the_live_one_and_nothing_can_be_changed(cast, who, anna, actor):
    (address,) = anna.addresses.all()
    earlier = make_address(anna, street="Vorige Straat")
    put_in_bin(earlier, actor=actor)
    surf = browser(cast[who])
    live = surf.get(page(Customer, "change", anna.pk))
    deletion = put_in_bin(anna, actor=actor, reason="asked us to")

    response = surf.get(binned_page(Customer, anna.pk))

    html = response.content.decode()
    assert response.status_code == 200
    assert response.context_data["deletion"] == deletion
    for shown in ("In the recycle bin", "asked us to", "Anna", "Berg", "0612345678", "Kerkstraat", "Utrecht"):
        assert shown in html
    assert rows_of(response, type(address)) == [address]
    assert [section.name for section in response.context_data["adminform"]] == [
        section.name for section in live.context_data["adminform"]
    ]
    context = response.context_data
    rights = ("has_add_permission", "has_change_permission", "has_delete_permission")
    assert [context[name] for name in rights] == [False, False, False]
    assert 'name="_save"' not in html
    assert 'name="first_name"' not in html
    assert (f'action="{page(Deletion, "restore", deletion.pk)}"' in html) is (who == "olivia")


def test_what_is_sent_to_the_page_changes_nothing(olivia, anna, actor):
    put_in_bin(anna, actor=actor)
    before = row(anna)

    response = browser(olivia).post(binned_page(Customer, anna.pk), {"first_name": "Other", "_save": "Save"})

    assert (response.status_code, row(anna)) == (200, before)


def test_a_live_record_leads_to_its_own_page_and_so_does_one_that_came_back(olivia, anna, actor):
    surf = browser(olivia)
    assert surf.get(binned_page(Customer, anna.pk)).url == page(Customer, "change", anna.pk)

    restore(deletions=[put_in_bin(anna, actor=actor).pk], actor=actor)

    assert surf.get(binned_page(Customer, anna.pk)).url == page(Customer, "change", anna.pk)


def test_nobody_reads_the_bin_of_another_tenant(tom, anna, actor):
    deletion = put_in_bin(anna, actor=actor)
    surf = browser(tom)
    (address,) = type(anna.addresses.model.everything.get(customer=anna)).everything.filter(customer=anna)

    assert surf.get(binned_page(Customer, anna.pk)).status_code == 404
    assert surf.get(page(Deletion, "contents", deletion.pk)).status_code == 404
    assert surf.get(page(Deletion, "record", deletion.pk, "addresses.address", address.pk)).status_code == 404


@pytest.mark.parametrize("pk", [0, 2**63, 10**30])
def test_an_id_that_no_record_has_is_not_found(olivia, tenant_a, pk):
    assert browser(olivia).get(binned_page(Customer, pk)).status_code == 404


def test_a_record_that_is_being_deleted_permanently_is_not_shown(olivia, anna, actor):
    put_in_bin(anna, actor=actor)
    Deletion.objects.update(state=State.PURGING)

    assert browser(olivia).get(binned_page(Customer, anna.pk)).url == page(Customer, "change", anna.pk)


@pytest.mark.parametrize("model", graph().models, ids=type_name)
def test_each_record_of_a_deletion_has_a_page_to_be_read_on(model, olivia, tenant_a, actor):
    record = make_keyed(model, tenant_a)
    deletion = put_in_bin(record, actor=actor)
    surf = browser(olivia)

    inside = surf.get(page(Deletion, "contents", deletion.pk)).context_data["sections"]

    urls = {item.url for section in inside for item in section.items}
    own = (
        binned_page(model, record.pk)
        if model in PAGED
        else page(Deletion, "record", deletion.pk, type_name(model), record.pk)
    )
    assert own in urls
    for url in urls:
        response = surf.get(url)
        assert (response.status_code, "In the recycle bin" in response.content.decode()) == (200, True)


def test_a_record_without_pages_shows_its_values_and_its_owner(olivia, anna, actor):
    (address,) = anna.addresses.all()
    deletion = put_in_bin(address, actor=actor)

    response = browser(olivia).get(page(Deletion, "record", deletion.pk, "addresses.address", address.pk))

    facts = {fact.name: fact.value for fact in response.context_data["facts"]}
    assert (facts["Street"], facts["City"], facts["Customer"]) == ("Kerkstraat", "Utrecht", "Anna Berg")


@pytest.mark.parametrize("type", ["addresses.address", "customers.customer", "auth.group", "nonsense"])
def test_a_record_that_is_not_in_the_deletion_is_not_found(olivia, anna, actor, type):
    other = make_address(anna)
    deletion = put_in_bin(make_customer(anna.tenant), actor=actor)

    assert browser(olivia).get(page(Deletion, "record", deletion.pk, type, other.pk)).status_code == 404


def test_few_records_are_named_in_the_list_and_the_rest_counted(olivia, anna, actor, django_assert_num_queries):
    for _ in range(14):
        make_address(anna)
    deletion = put_in_bin(anna, actor=actor)
    surf = browser(olivia)
    surf.get(page(Deletion, "contents", deletion.pk))

    # session, account, access; the deletion; customers, addresses, prices
    with django_assert_num_queries(7):
        response = surf.get(page(Deletion, "contents", deletion.pk))

    assert [(each.amount, len(each.items), each.unnamed) for each in response.context_data["sections"]] == [
        ("1 customer", 1, 0),
        ("15 addresses", 10, 5),
        ("1 price", 1, 0),
    ]
    assert "and 5 others" in response.content.decode()
