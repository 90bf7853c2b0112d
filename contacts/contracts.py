"""The payloads of contacts and companies and their declarations as resources (lookup API contract, section 3)."""

from msgspec import UNSET, UnsetType

from addresses.contracts import AddressPayload
from records import cleaning
from records.payloads import (
    ORGANISATION_COLUMNS,
    PERSON_COLUMNS,
    Mail,
    OrganisationPayload,
    PersonPayload,
    Text,
    TextOrInteger,
)
from records.resources import Column, Parent, Resource, register


class CompanyPayload(OrganisationPayload):
    """One company as it is sent, alone or as a bulk row."""

    tax_number: Text = UNSET
    coc_number: Text = UNSET
    debtor_id: TextOrInteger = UNSET
    phone: TextOrInteger = UNSET
    email: Mail = UNSET
    addresses: list[AddressPayload] | UnsetType | None = UNSET


class ContactPayload(PersonPayload):
    """One contact as it is sent, alone or as a bulk row. Contacts have no addresses of their own."""

    full_name: Text = UNSET
    ssn: TextOrInteger = UNSET


COMPANIES = register(
    Resource(
        name="companies",
        noun="Company",
        model_label="contacts.Company",
        columns=(
            *ORGANISATION_COLUMNS,
            Column("tax_number", "taxNumber", search="tax_number"),
            Column("coc_number", "cocNumber"),
            Column("debtor_id", "debtorId"),
            Column("phone", "phone", search="phone"),
            Column("email", "email", clean=cleaning.email, max_length=254, search="email", clean_all=cleaning.emails),
        ),
        parent=Parent("usergroup", "usergroups"),
        address_field="company",
        children="contacts",
    )
)

CONTACTS = register(
    Resource(
        name="contacts",
        noun="Contact",
        model_label="contacts.Contact",
        columns=(
            *PERSON_COLUMNS,
            Column("full_name", "fullName", search="full_name"),
            Column("ssn", "ssn"),
        ),
        parent=Parent("company", "companies"),
        numbered=True,
    )
)
