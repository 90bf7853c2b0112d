"""The JSON types that the contracts of all records share, as msgspec sees them.

A struct knows the shape of a payload; ``records.cleaning`` knows which values are acceptable. ``UNSET`` means absent,
so "absent keeps, null and empty clear" is visible in the type.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from records import cleaning
from records.people import Budget, Gender, OrderListAllowAll, YesNo
from records.resources import Column
from records.rows import ParentKey

Text = Annotated[str, Meta(max_length=255)] | UnsetType | None
Mail = Annotated[str, Meta(max_length=254)] | UnsetType | None
TextOrInteger = Annotated[str, Meta(max_length=255)] | int | UnsetType | None
Source = Annotated[str, Meta(max_length=64)] | UnsetType | None
Code = Annotated[str, Meta(max_length=2)] | UnsetType | None
GenderLetter = Literal["m", "f", "u", "M", "F", "U", ""] | UnsetType | None
YesNoLetter = Literal["Y", "N", "y", "n", ""] | UnsetType | None
BudgetLetter = Literal["Y", "H", "N", "y", "h", "n", ""] | UnsetType | None
OrderListLetter = Literal["N", "Y", "A", "U", "P", "n", "y", "a", "u", "p", ""] | UnsetType | None
Notes = Annotated[str, Meta(max_length=4000)] | UnsetType | None

ParentField = ParentKey | Literal[""] | UnsetType | None
"""A parent is cleared by "" too (lookup API contract, section 3)."""


class Payload(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """The base of every body that writes a record. Unknown members are refused: a misspelt one would lose data."""

    source: Source = UNSET
    source_id: TextOrInteger = UNSET


class PersonPayload(Payload):
    """The members that customers, users and contacts share (lookup API contract, section 3)."""

    debtor_id: TextOrInteger = UNSET
    first_name: Text = UNSET
    middle_name: Text = UNSET
    last_name: Text = UNSET
    abbreviation: Text = UNSET
    title: Text = UNSET
    date_of_birth: str | UnsetType | None = UNSET
    gender: GenderLetter = UNSET
    login: Text = UNSET
    phone: TextOrInteger = UNSET
    mobile: TextOrInteger = UNSET
    fax: TextOrInteger = UNSET
    email: Mail = UNSET
    language: str | UnsetType | None = UNSET
    pricelist_amount: Text = UNSET
    pricelist_percentage: Text = UNSET
    primary_language: Text = UNSET
    parent: ParentField = UNSET


class OrganisationPayload(Payload):
    """The members that usergroups and companies share (lookup API contract, section 3)."""

    name: Text = UNSET
    language: Text = UNSET
    department: Text = UNSET
    office: Text = UNSET
    notes: Notes = UNSET
    inherit_product_list: YesNoLetter = UNSET
    inherit_order_list: YesNoLetter = UNSET
    budget: BudgetLetter = UNSET
    budget_inherit: YesNoLetter = UNSET
    order_list_allow_all: OrderListLetter = UNSET
    parent: ParentField = UNSET


PERSON_COLUMNS: Sequence[Column] = (
    Column("debtor_id", "debtorId"),
    Column("first_name", "firstName", search="first_name"),
    Column("middle_name", "middleName", search="middle_name"),
    Column("last_name", "lastName", search="last_name"),
    Column("abbreviation", "abbreviation"),
    Column("title", "title"),
    Column(
        "date_of_birth",
        "dateOfBirth",
        clean=cleaning.date_of_birth,
        neutral=None,
        sql="date",
        max_length=None,
        clean_all=cleaning.dates_of_birth,
    ),
    Column("gender", "gender", clean=cleaning.one_of(Gender.values), neutral="u"),
    Column("login", "login", default_from="email"),
    Column("phone", "phone", search="phone"),
    Column("mobile", "mobile", search="mobile"),
    Column("fax", "fax", search="fax"),
    Column("email", "email", clean=cleaning.email, max_length=254, search="email", clean_all=cleaning.emails),
    Column("pricelist_amount", "pricelistAmount"),
    Column("pricelist_percentage", "pricelistPercentage"),
    Column("primary_language", "primaryLanguage", clean=cleaning.language),
)
"""The writable columns of a person, in the order of the contract's table."""

ORGANISATION_COLUMNS: Sequence[Column] = (
    Column("name", "name", search="full_name"),
    Column("language", "language"),
    Column("department", "department"),
    Column("office", "office"),
    Column("notes", "notes", clean=cleaning.notes, max_length=4000),
    Column("inherit_product_list", "inheritProductList", clean=cleaning.one_of(YesNo.values), neutral="Y"),
    Column("inherit_order_list", "inheritOrderList", clean=cleaning.one_of(YesNo.values), neutral="Y"),
    Column("budget", "budget", clean=cleaning.one_of(Budget.values), neutral="N"),
    Column("budget_inherit", "budgetInherit", clean=cleaning.one_of(YesNo.values), neutral="Y"),
    Column("order_list_allow_all", "orderListAllowAll", clean=cleaning.one_of(OrderListAllowAll.values), neutral="U"),
)
"""The writable columns of an organisation, in the order of the contract."""
