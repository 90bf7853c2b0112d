"""The payloads of users and usergroups and their declarations as resources (lookup API contract, section 3)."""

from msgspec import UNSET, UnsetType

from addresses.contracts import AddressPayload
from records.payloads import ORGANISATION_COLUMNS, PERSON_COLUMNS, OrganisationPayload, PersonPayload, Text
from records.resources import Column, Parent, Resource, register


class UsergroupPayload(OrganisationPayload):
    """One usergroup as it is sent, alone or as a bulk row."""

    company: Text = UNSET
    addresses: list[AddressPayload] | UnsetType | None = UNSET


class UserPayload(PersonPayload):
    """One webshop user as it is sent, alone or as a bulk row."""

    full_name: Text = UNSET
    company: Text = UNSET
    tax_number: Text = UNSET
    coc_number: Text = UNSET
    addresses: list[AddressPayload] | UnsetType | None = UNSET


USERGROUPS = register(
    Resource(
        name="usergroups",
        noun="Usergroup",
        model_label="users.Usergroup",
        columns=(*ORGANISATION_COLUMNS, Column("company", "company", search="company")),
        parent=Parent("parent", "usergroups"),
        address_field="usergroup",
    )
)

USERS = register(
    Resource(
        name="users",
        noun="User",
        model_label="users.User",
        columns=(
            *PERSON_COLUMNS,
            Column("full_name", "fullName", search="full_name"),
            Column("company", "company", search="company"),
            Column("tax_number", "taxNumber", search="tax_number"),
            Column("coc_number", "cocNumber"),
        ),
        parent=Parent("usergroup", "usergroups"),
        address_field="user",
        numbered=True,
    )
)
