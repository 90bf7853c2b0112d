"""Customers in the admin: found by what is known of them, edited with their addresses, deleted and taken back."""

import json

import pytest
from django.contrib.contenttypes.models import ContentType
from msgspec import UNSET

from addresses.contracts import ADDRESSES
from addresses.models import Address
from customers.contracts import CUSTOMERS
from customers.models import Customer
from records.rows import AddressRow
from records.writes import write
from recyclebin.models import Deletion
from tenants import bounded_lists
from tenants.actors import staff_actor
from tests.factories import (
    browser,
    make_address,
    make_customer,
    make_keyed,
    make_price,
    make_usergroup,
    put_in_bin,
    row,
)
from tests.records.admin_pages import errors_of, fields_of, new_inline, page, shown, texts

LIST = page(Customer, "changelist")


@pytest.fixture
def eddies(eddie):
    return browser(eddie)


@pytest.fixture
def olivias(olivia):
    return browser(olivia)


@pytest.fixture
def make_found(actor, tom, tenant_b):
    """Makes a customer through the verb, which also writes the text that search reads; and a twin in tenant B."""

    def make(**values) -> Customer:
        city = values.pop("city", None)
        where = {"type": "delivery", "street": "Lange Weg", "city": city, "country": "NL"}
        address = AddressRow(values=tuple(where.get(column.name, UNSET) for column in ADDRESSES.columns))
        for who in (actor, staff_actor(tom, tenant_b)):
            outcome = write(CUSTOMERS, values, actor=who, addresses=[address] if city else [])
            assert outcome.success, outcome
        return Customer.objects.get(tenant=actor.tenant, **{k: v for k, v in values.items() if k == "source_id"})

    return make


@pytest.fixture
def anna(make_found):
    return make_found(
        first_name="Anna",
        last_name="Bergström",
        email="anna@berg.example",
        phone="+31 (0)20 555-0142",
        source="ERP",
        source_id="KL-42",
        city="Winterdorp",
    )


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Anna", True),
        ("bergstrom", True),
        ("ANNA bergst", True),
        ("anna@berg.example", True),
        ("KL-42", True),
        ("5550142", True),
        ("555-0142", True),
        ("winterdorp", True),
        ("Anna Zomerdorp", False),
        ("anna@berg.example.org", False),
    ],
)
def test_a_customer_is_found_by_what_is_known(olivias, anna, make_found, words, found):
    make_found(first_name="Bo", last_name="Other", source="ERP", source_id="KL-7")
    binned = make_found(first_name="Anna", last_name="Bergström", source="ERP", source_id="KL-43")
    put_in_bin(binned)

    assert shown(olivias.get(LIST, {"q": words})) == ([anna] if found else [])


def test_the_list_shows_name_mail_phone_key_and_change(olivias, anna):
    changelist = olivias.get(LIST).context_data["cl"]

    assert changelist.list_display == ["action_checkbox", "person", "email", "phone", "key", "modified_at"]


def test_a_search_finds_before_it_sorts(olivias, make_found):
    """Old matches among newer records: the order stays that of the list."""
    old = [make_found(last_name="Berg", source="ERP", source_id=f"O-{number}") for number in range(2)]
    make_found(last_name="Other", source="ERP", source_id="N-1")

    response = olivias.get(LIST, {"q": "berg"})

    assert shown(response) == [old[1], old[0]]
    assert response.context_data["cl"].result_count == 2


def test_the_count_of_a_search_ends_at_a_cap_of_its_own(olivias, make_found, monkeypatch):
    monkeypatch.setattr(bounded_lists, "SEARCH_CAP", 2)
    monkeypatch.setattr(bounded_lists.SearchPaginator, "cap", 2)
    for number in range(4):
        make_found(last_name="Same", source="ERP", source_id=str(number))

    response = olivias.get(LIST, {"q": "same"})

    assert "more than 2" in response.content.decode()
    assert len(shown(response)) == 2


@pytest.mark.parametrize("rows", [1, 30])
def test_the_number_of_statements_of_a_search(olivias, make_found, django_assert_num_queries, rows):
    for number in range(rows):
        make_found(last_name="Same", source="ERP", source_id=str(number))

    with django_assert_num_queries(10):
        response = olivias.get(LIST, {"q": "same"})

    assert len(shown(response)) == rows


@pytest.mark.parametrize("addresses", [1, 20])
def test_the_number_of_statements_of_a_form(olivias, tenant_a, django_assert_num_queries, addresses):
    customer = make_customer(tenant_a, usergroup=make_usergroup(tenant_a))
    for _ in range(addresses):
        make_address(customer), make_price(customer)

    # session, account, access, customer; number and page of the addresses, and of the prices; the other tenants for the
    # menu; content type; usergroup
    ContentType.objects.clear_cache()
    with django_assert_num_queries(11):
        response = olivias.get(page(Customer, "change", customer.pk))

    assert len(response.context_data["inline_admin_formsets"][0].formset.initial_forms) == addresses


def test_the_count_of_a_list_ends_at_a_cap(olivias, tenant_a, monkeypatch):
    monkeypatch.setattr(bounded_lists.CappedPaginator, "cap", 3)
    for _ in range(5):
        make_customer(tenant_a)

    response = olivias.get(LIST)

    assert "more than 3" in response.content.decode()
    assert response.context_data["cl"].result_count == 3


def test_a_page_beyond_the_first(olivias, tenant_a):
    customers = [make_customer(tenant_a) for _ in range(53)]

    assert shown(olivias.get(LIST, {"p": 2})) == [customers[2], customers[1], customers[0]]


def test_an_edit_writes_the_customer_and_its_addresses_as_one_change(eddies, tenant_a):
    customer = make_customer(tenant_a, last_name="Before")
    address = make_address(customer, is_default=True)
    form = eddies.get(page(Customer, "change", customer.pk))
    fields = fields_of(form, last_name="After") | {"addresses-0-city": "Nieuwstad"}
    fields |= new_inline(form, 1, type="invoice", street="Korte Weg", city="Nieuwstad", country="nl")

    response = eddies.post(page(Customer, "change", customer.pk), fields)

    assert response.status_code == 302
    assert row(customer) | {"modified_at": 0} == row(customer) | {"last_name": "After", "version": 2, "modified_at": 0}
    kept, added = customer.addresses.order_by("id")
    assert kept.pk == address.pk
    assert (kept.city, added.type, added.street, added.country) == ("Nieuwstad", "invoice", "Korte Weg", "NL")
    assert (kept.is_default, added.is_default) == (True, True)


def test_a_new_customer_with_an_address(eddies, tenant_a):
    form = eddies.get(page(Customer, "add"))
    fields = fields_of(form, last_name="New", email="new@people.example")
    # The country was filled in already: it is the tenant's own.
    fields |= new_inline(form, 0, type="home", street="Dam", city="Nieuwstad")

    response = eddies.post(page(Customer, "add"), fields)

    customer = Customer.objects.get(tenant=tenant_a)
    assert response.status_code == 302
    assert (customer.last_name, customer.email, customer.login) == ("New", "new@people.example", "new@people.example")
    assert list(customer.addresses.values_list("street", "is_default")) == [("Dam", True)]
    assert shown(eddies.get(LIST, {"q": "new@people"})) == [customer]


def test_a_removed_address_goes_to_the_bin(olivias, tenant_a):
    customer = make_customer(tenant_a)
    gone, stays = make_address(customer, is_default=True), make_address(customer)
    fields = fields_of(olivias.get(page(Customer, "change", customer.pk)), **{"addresses-0-DELETE": "on"})

    olivias.post(page(Customer, "change", customer.pk), fields)

    assert list(customer.addresses.all()) == [stays]
    deletion = Deletion.objects.get()
    assert (row(gone)["deletion_id"], deletion.root_id, deletion.actor) == (deletion.pk, gone.pk, "Olivia")
    assert row(stays)["is_default"] is True


def test_a_tenant_can_ask_why_an_address_is_removed(olivias, tenant_a):
    tenant_a.reason_rule = "mandatory"
    tenant_a.save()
    customer = make_customer(tenant_a)
    address = make_address(customer)
    before = row(customer)
    form = olivias.get(page(Customer, "change", customer.pk))
    fields = fields_of(form, last_name="Changed") | {"addresses-0-DELETE": "on"}

    refused = olivias.post(page(Customer, "change", customer.pk), fields)
    assert errors_of(refused) == {"removal_reason": ["Say why: deleting needs a reason here."]}
    assert "Why addresses are deleted" in refused.content.decode()
    assert (row(address)["deletion_id"], row(customer)) == (None, before)

    olivias.post(page(Customer, "change", customer.pk), fields | {"removal_reason": "Moved"})
    assert Deletion.objects.get().reason == "Moved"


def test_an_editor_may_not_remove_an_address(eddies, tenant_a):
    customer = make_customer(tenant_a)
    address = make_address(customer)
    fields = fields_of(eddies.get(page(Customer, "change", customer.pk)), **{"addresses-0-DELETE": "on"})

    eddies.post(page(Customer, "change", customer.pk), fields)

    assert row(address)["deletion_id"] is None


def test_a_fault_stands_at_its_field_and_nothing_is_written(eddies, tenant_a):
    customer = make_customer(tenant_a)
    address = make_address(customer)
    before = row(customer), row(address)
    fields = fields_of(
        eddies.get(page(Customer, "change", customer.pk)), last_name="X", email="nonsense", primary_language="QQ"
    )
    fields |= {"addresses-0-country": "QQ", "addresses-0-url": "ftp://no"}

    response = eddies.post(page(Customer, "change", customer.pk), fields)

    assert sorted(errors_of(response)) == ["email", "primary_language"]
    (errors,) = response.context_data["inline_admin_formsets"][0].formset.errors
    assert sorted(errors) == ["country", "url"]
    assert (row(customer), row(address)) == before


@pytest.mark.parametrize(("filled", "missing"), [("source", "source_id"), ("source_id", "source")])
def test_half_a_key_is_refused_at_the_missing_half(eddies, tenant_a, filled, missing):
    fields = fields_of(eddies.get(page(Customer, "add")), **{filled: "X"})

    response = eddies.post(page(Customer, "add"), fields)

    assert errors_of(response) == {missing: ["Fill in both the source and the source id, or neither."]}


def test_a_key_that_another_holds_is_refused_once_and_at_its_field(eddies, tenant_a):
    taken, other = make_keyed(Customer, tenant_a), make_keyed(Customer, tenant_a)
    address = page(Customer, "change", other.pk)

    response = eddies.post(address, fields_of(eddies.get(address), source_id=taken.source_id))

    assert errors_of(response) == {"source_id": ["Another record has this key already."]}


def test_nothing_changed_is_said_and_nothing_is_written(eddies, tenant_a):
    customer = make_customer(tenant_a, first_name=" Robin ", abbreviation="R.\u00a0")
    before = row(customer)

    response = eddies.post(
        page(Customer, "change", customer.pk), fields_of(eddies.get(page(Customer, "change", customer.pk))), follow=True
    )

    assert texts(response) == ["Nothing was changed."]
    assert row(customer) == before


def test_the_choice_of_usergroups(eddies, tenant_a, tenant_b):
    ours = make_usergroup(tenant_a, name="Ours")
    put_in_bin(make_usergroup(tenant_a, name="Binned"))
    make_usergroup(tenant_b, name="Theirs")

    query = {"app_label": "customers", "model_name": "customer", "field_name": "usergroup"}
    response = eddies.get("/admin/autocomplete/", query)

    assert json.loads(response.content) == {
        "results": [{"id": str(ours.pk), "text": "Ours"}],
        "pagination": {"more": False},
    }


def test_a_usergroup_that_was_not_offered_is_refused(eddies, tenant_a, tenant_b):
    customer = make_customer(tenant_a)
    binned, theirs = make_usergroup(tenant_a), make_usergroup(tenant_b)
    put_in_bin(binned)
    fields = fields_of(eddies.get(page(Customer, "change", customer.pk)))

    for group in (binned, theirs):
        response = eddies.post(page(Customer, "change", customer.pk), fields | {"usergroup": str(group.pk)})
        assert sorted(errors_of(response)) == ["usergroup"]
    assert row(customer)["usergroup_id"] is None


def test_a_usergroup_in_the_bin_is_kept_and_not_shown(eddies, tenant_a):
    group = make_usergroup(tenant_a, name="Secret circle")
    customer = make_customer(tenant_a, usergroup=group)
    put_in_bin(group)
    response = eddies.get(page(Customer, "change", customer.pk))

    eddies.post(page(Customer, "change", customer.pk), fields_of(response, last_name="Changed"))

    assert "Secret circle" not in response.content.decode()
    assert (row(customer)["last_name"], row(customer)["usergroup_id"]) == ("Changed", group.pk)


def test_a_delete_is_undone_as_a_whole(olivias, tenant_a):
    customers = [make_customer(tenant_a) for _ in range(3)]
    for customer in customers:
        make_address(customer)
    before = [row(customer) for customer in customers]
    chosen = {"action": "delete_selected", "index": "0", "_selected_action": [customers[0].pk, customers[1].pk]}
    confirmation = olivias.post(LIST, chosen)
    form = confirmation.context_data["form"]
    fields = {name: form[name].value() or "" for name in form.fields} | {"reason": "Asked for"}

    done = olivias.post(confirmation.context_data["form_address"], fields, follow=True)

    assert shown(done) == [customers[2]]
    assert texts(done) == ["2 customers are in the recycle bin, with 2 related records."]
    operation = Deletion.objects.values_list("operation", flat=True).distinct().get()
    address = f"/admin/recyclebin/deletion/undo/{operation}/"
    assert f'action="{address}"' in done.content.decode()
    undone = olivias.post(address, follow=True)
    assert texts(undone) == ["2 records are back, with 2 related records."]
    assert [row(customer) for customer in customers] == before


def test_the_page_before_a_delete_is_bounded(olivias, tenant_a, django_assert_num_queries):
    customer = make_customer(tenant_a)
    for _ in range(12):
        make_address(customer), make_price(customer)

    # session, account, access, customer; two each for customers, addresses and prices; the other tenants for the menu;
    # recent reasons
    with django_assert_num_queries(12):
        response = olivias.get(page(Customer, "delete", customer.pk))

    own, along = response.context_data["own"], response.context_data["along"]
    assert (own.count, [(line.count, len(line.names)) for line in along]) == (1, [(12, 5), (12, 5)])


def test_select_all_deletes_what_the_filter_finds_and_sends_no_ids(olivias, anna, make_found):
    for number in range(60):
        make_found(last_name="Meander", source="ERP", source_id=f"M-{number}")
    action = {"action": "delete_selected", "index": "0", "select_across": "1", "_selected_action": "1"}

    confirmation = olivias.post(f"{LIST}?q=meander", action)
    form = confirmation.context_data["form"]
    fields = {name: form[name].value() or "" for name in form.fields}
    olivias.post(confirmation.context_data["form_address"], fields)

    assert (fields["chosen"], fields["expected"]) == ("", 60)
    assert confirmation.content.decode().count('type="hidden"') < 12
    assert list(Customer.objects.for_tenant(anna.tenant)) == [anna]
    assert Customer.objects.exclude(tenant=anna.tenant).count() == 61


def test_addresses_of_a_live_customer_hide_those_in_the_bin(olivias, tenant_a):
    customer = make_customer(tenant_a)
    live, binned = make_address(customer), make_address(customer, street="Verborgen Straat")
    put_in_bin(binned)

    response = olivias.get(page(Customer, "change", customer.pk))

    formset = response.context_data["inline_admin_formsets"][0].formset
    assert [form.instance for form in formset.initial_forms] == [live]
    assert Address.everything.filter(customer=customer).count() == 2
