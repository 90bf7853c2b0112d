"""The payload of a customer and the declaration of the resource (lookup API contract, section 3)."""

from msgspec import UNSET, UnsetType

from addresses.contracts import AddressPayload
from records.payloads import PERSON_COLUMNS, PersonPayload, TextOrInteger
from records.resources import Column, Parent, Resource, register


class CustomerPayload(PersonPayload):
    """One customer as it is sent, alone or as a bulk row."""

    ssn: TextOrInteger = UNSET
    addresses: list[AddressPayload] | UnsetType | None = UNSET


CUSTOMERS = register(
    Resource(
        name="customers",
        noun="Customer",
        model_label="customers.Customer",
        columns=(*PERSON_COLUMNS, Column("ssn", "ssn")),
        parent=Parent("usergroup", "usergroups"),
        address_field="customer",
        numbered=True,
    )
)
