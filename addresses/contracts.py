"""The payload of an address and the declaration of the resource (lookup API contract, section 3)."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from addresses.models import AddressType
from records import cleaning
from records.payloads import Code, GenderLetter, Mail, Payload, Text, TextOrInteger, YesNoLetter
from records.people import Gender, YesNo
from records.resources import Column, Resource, register


class AddressPayload(Payload):
    """One address as it is sent.

    ``type``, ``street``, ``city`` and ``country`` are required at create and cannot be cleared; the engine says so.
    """

    type: Literal["delivery", "invoice", "home", ""] | UnsetType | None = UNSET
    code: Text = UNSET
    street: Text = UNSET
    number: TextOrInteger = UNSET
    number_extension: TextOrInteger = UNSET
    postal_code: TextOrInteger = UNSET
    city: Text = UNSET
    region: Text = UNSET
    country: Code = UNSET
    first_name: Text = UNSET
    middle_name: Text = UNSET
    last_name: Text = UNSET
    gender: GenderLetter = UNSET
    icp: YesNoLetter = UNSET
    company: Text = UNSET
    phone: TextOrInteger = UNSET
    mobile: TextOrInteger = UNSET
    fax: TextOrInteger = UNSET
    email: Mail = UNSET
    url: Text = UNSET
    is_default: YesNoLetter = UNSET
    notes: Annotated[str, Meta(max_length=255)] | UnsetType | None = UNSET

    @property
    def company_name(self) -> object:
        """The column's name: ``company`` is the owner's key in the table."""
        return self.company


class NewAddressPayload(AddressPayload, kw_only=True):
    """An address that is sent to be created, alone: here what it needs is a matter of shape."""

    type: Literal["delivery", "invoice", "home", ""] | None
    city: Annotated[str, Meta(max_length=255)] | None
    country: Annotated[str, Meta(max_length=2)] | None


class AddressBulk(msgspec.Struct, forbid_unknown_fields=True):
    """Many addresses of one owner, each found by its code and type or else created."""

    addresses: Annotated[list[AddressPayload], Meta(min_length=1)]


ADDRESSES = register(
    Resource(
        name="addresses",
        noun="Address",
        model_label="addresses.Address",
        owned=True,
        columns=(
            Column("type", "type", clean=cleaning.one_of(AddressType.values), required=True),
            Column("code", "code"),
            Column("street", "street", required=True),
            Column("number", "number"),
            Column("number_extension", "numberExtension"),
            Column("postal_code", "postalCode", search="postal_code"),
            Column("city", "city", required=True, search="city"),
            Column("region", "region"),
            Column("country", "country", clean=cleaning.country, required=True, max_length=2),
            Column("first_name", "firstName"),
            Column("middle_name", "middleName"),
            Column("last_name", "lastName"),
            Column("gender", "gender", clean=cleaning.one_of(Gender.values), neutral="u"),
            Column("icp", "icp", clean=cleaning.one_of(YesNo.values), neutral="N"),
            Column("company_name", "company"),
            Column("phone", "phone"),
            Column("mobile", "mobile"),
            Column("fax", "fax"),
            Column("email", "email", clean=cleaning.email, max_length=254, clean_all=cleaning.emails),
            Column("url", "url", clean=cleaning.url),
            Column("notes", "notes", clean=cleaning.notes),
            Column("source", "source", max_length=64),
            Column("source_id", "sourceId"),
        ),
    )
)
