"""Previews: what would go, what is in a deletion, bounded in every direction."""

import pytest
from django.utils import translation

from addresses.models import Address
from contacts.models import Company, Contact
from customers.models import Customer
from recyclebin.preview import Line, contents, preview
from recyclebin.verbs import delete, restore
from tests.factories import make_address, make_company, make_contact, make_customer, make_record, put_in_bin
from tests.recyclebin.declared import every_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(tenant_a, tenant_b):
    """Two contacts and an address below it; beside it what must not be counted."""
    company = make_company(tenant_a, name="Meander & Co")
    make_contact(tenant_a, company=company, first_name="Ada", last_name="Berg")
    make_contact(tenant_a, company=company, first_name="Bo", last_name="Dal")
    make_address(company, street="Lange Weg", number="1", city="Winterdorp")
    put_in_bin(make_contact(tenant_a, company=company))
    put_in_bin(make_address(company))
    for tenant in (tenant_a, tenant_b):
        other = make_company(tenant)
        make_contact(tenant, company=other), make_address(other)
    return company


def test_what_would_go(company, actor):
    assert preview(Company.objects.filter(pk=company.pk), actor) == (
        Line("contacts.company", "Company", 1, False, ("Meander & Co",)),
        Line("contacts.contact", "Contacts", 2, False, ("Ada Berg", "Bo Dal")),
        Line("addresses.address", "Address", 1, False, ("Lange Weg 1, Winterdorp",)),
    )


def test_it_announces_what_the_deletion_takes(company, actor):
    """Mixed roots, sliced and ordered, two of one type, of which some go along with others."""
    chosen = Company.objects.filter(pk=company.pk)
    roots = [Company.objects.order_by("-name")[:1], chosen, Contact.objects.all(), Address.objects.all()]
    announced = {line.type: line.count for line in preview(roots, actor)}

    assert delete(roots=roots, actor=actor).counts == announced


def test_cap_and_names(company, actor):
    lines = preview(Company.objects.filter(pk=company.pk), actor, cap=1, names=1)

    assert [(line.count, line.more, line.amount, line.unnamed, len(line.names)) for line in lines] == [
        (1, False, "1", False, 1),
        (1, True, "more than 1", True, 1),
        (1, False, "1", False, 1),
    ]
    assert preview(Company.objects.filter(pk=company.pk), actor, cap=1, names=0)[1].names == ()


@pytest.mark.parametrize(("language", "amount"), [("en", "more than 1,000"), ("de", "more than 1.000")])
def test_amounts_read_well(language, amount):
    with translation.override(language):
        assert Line("customers.customer", "Customers", 1000, True, ()).amount.endswith(amount[-5:])


@every_model
def test_other_tenants_and_the_bin_are_never_counted(model, tenant_a, tenant_b, actor):
    mine = make_record(model, tenant_a)
    make_record(model, tenant_b)
    put_in_bin(make_record(model, tenant_a))

    (own,) = (line for line in preview(model.everything.all(), actor) if line.type == model._meta.label_lower)
    assert (own.count, own.names) == (1, (mine.label,))


def test_nothing_to_preview(tenant_a, actor):
    assert preview(Customer.objects.none(), actor) == ()
    assert preview([], actor) == ()


def test_contents_of_a_deletion(company, actor):
    deletion = put_in_bin(company)

    lines = contents(deletion)
    assert [(line.type, line.count, line.names) for line in lines] == [
        ("contacts.company", 1, ("Meander & Co",)),
        ("contacts.contact", 2, ("Ada Berg", "Bo Dal")),
        ("addresses.address", 1, ("Lange Weg 1, Winterdorp",)),
    ]
    assert [len(line.names) for line in contents(deletion, cap=1)] == [1, 1, 1]


def test_contents_after_a_restore_are_numbers_only(company, actor, django_assert_num_queries):
    deletion = put_in_bin(company)
    restore(deletions=[deletion.pk], actor=actor)
    deletion.refresh_from_db()

    with django_assert_num_queries(0):
        assert [(line.count, line.names) for line in contents(deletion)] == [(1, ()), (2, ()), (1, ())]


def test_contents_cost_a_statement_per_table(tenant_a, django_assert_num_queries):
    customer = make_customer(tenant_a)
    for _ in range(30):
        make_address(customer)
    deletion = put_in_bin(customer)

    with django_assert_num_queries(2):
        assert [line.count for line in contents(deletion)] == [1, 30]
