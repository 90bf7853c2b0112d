"""The declarations of contacts and companies as resources (lookup API contract, section 3)."""

from records import cleaning
from records.payloads import PERSON_COLUMNS
from records.resources import Column, Parent, Resource, register
from users.contracts import ORGANISATION_COLUMNS

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
            Column("email", "email", clean=cleaning.email, max_length=254, search="email"),
        ),
        parent=Parent("usergroup", "usergroups"),
        address_field="company",
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
