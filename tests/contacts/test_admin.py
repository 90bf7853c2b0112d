"""Contacts in the admin: the company that they belong to."""

import pytest

from contacts.models import Contact
from tests.factories import browser, make_company, make_contact, put_in_bin
from tests.records.admin_pages import fields_of, page, shown

LIST = page(Contact, "changelist")


@pytest.mark.parametrize("rows", [1, 30])
def test_the_number_of_statements_of_the_list(olivia, tenant_a, django_assert_num_queries, rows):
    for _ in range(rows):
        make_contact(tenant_a, company=make_company(tenant_a))
    olivias = browser(olivia)

    # session, account, access; savepoint, time limit, count, keys, rows, their companies, release; the other tenants
    with django_assert_num_queries(11):
        response = olivias.get(LIST)

    assert len(shown(response)) == rows


def test_contacts_of_a_company_in_the_bin_go_along(olivia, tenant_a):
    company = make_company(tenant_a)
    make_contact(tenant_a, company=company)
    free = make_contact(tenant_a)
    put_in_bin(company)

    assert shown(browser(olivia).get(LIST)) == [free]


def test_a_contact_moves_to_another_company(olivia, tenant_a):
    contact, company = make_contact(tenant_a, company=make_company(tenant_a)), make_company(tenant_a)
    olivias = browser(olivia)
    address = page(Contact, "change", contact.pk)

    olivias.post(address, fields_of(olivias.get(address), company=str(company.pk)))

    assert Contact.objects.get(pk=contact.pk).company == company
