"""The members of records in words, with a value each, for the OpenAPI document (lookup API contract, section 3).

Types, lengths and letters are not said here: those come from the payloads and the models.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from records.people import Person
from records.resources import Resource


class Member(NamedTuple):
    """What a member is, and a value that it has in examples."""

    words: str = ""
    example: Any = ""


ID, SOURCE, SOURCE_ID = 71, "ERP", "KL-42"
"""The key that the record of all examples has."""
PARENT_ID, PARENT_SOURCE_ID, PARENT_NAME = 31, "B2C", "Customers of the webshop"
"""Its parent, which comes from the same source."""
NEW_ID, NEW_SOURCE_ID = 90_042, "KL-43"
"""The key of a new one."""
VERSION = 3
"""The version of the record of all examples."""

_YES_NO = "`Y` or `N`, in either case; read in upper case."
_KEPT_AS_SENT = "Text or an integer; kept as sent, as text."

COMMON: Mapping[str, Member] = {
    "id": Member("Given by us and never used again. In rows of `bulk/id` it is the key.", ID),
    "source": Member("The system that `sourceId` comes from. The two go together.", SOURCE),
    "sourceId": Member(
        "The key of the record in that system. The pair is unique in your tenant and resource, the recycle bin"
        " included. Kept exactly as sent.",
        SOURCE_ID,
    ),
    "dateCreated": Member("When the record was made, in UTC.", "2026-03-02T08:15:00Z"),
    "dateModified": Member("When it or one of its addresses last really changed, in UTC.", "2026-11-02T14:03:27Z"),
    "parent": Member("The record that this one belongs to, by its id or by its pair; the id wins. `null` clears."),
    "addresses": Member(
        "Addresses to write with the record. One with a `code` is found by that, and by its `type` where one is sent;"
        " one without is always new. The record and its addresses are one unit."
    ),
    "debtorId": Member(f"{_KEPT_AS_SENT} A new record may get the next number, where your tenant wants that.", "10042"),
    "phone": Member(_KEPT_AS_SENT, "+31 30 555 01 23"),
    "mobile": Member(_KEPT_AS_SENT, "+31 6 5550 0142"),
    "fax": Member(_KEPT_AS_SENT),
    "email": Member("A valid address.", "zoe@dewit.example"),
    "company": Member("The name of a company.", "De Wit Boeken"),
    "taxNumber": Member("The number for value added tax.", "NL001234567B01"),
    "cocNumber": Member("The number in the trade register.", "30123456"),
}

PERSON: Mapping[str, Member] = {
    **COMMON,
    "firstName": Member("", "Zoë"),
    "middleName": Member(""),
    "lastName": Member("", "de Wit"),
    "fullName": Member("As sent; where nothing was sent, it reads as `name`.", "Zoë de Wit"),
    "name": Member("First, middle and last name, joined.", "Zoë de Wit"),
    "abbreviation": Member("", "ZdW"),
    "title": Member("", "Dr."),
    "dateOfBirth": Member("`YYYY-MM-DD` or `DD/MM/YYYY`, from 1850 to today; read as `YYYY-MM-DD`.", "1988-04-30"),
    "gender": Member("`m`, `f` or `u` for unknown, in either case; read in lower case.", "f"),
    "login": Member("A new record without one gets the e-mail address.", "zoe@dewit.example"),
    "ssn": Member(
        'A social security number. It reads `""` without the scope `ssn:read`, and needs `ssn:write` to be sent.'
    ),
    "language": Member("Accepted and ignored."),
    "pricelistAmount": Member("The code of a price sheet.", "A1"),
    "pricelistPercentage": Member("The code of a price sheet.", "P5"),
    "primaryLanguage": Member("A code of ISO 639-1, in either case; read in upper case.", "NL"),
}

ORGANISATION: Mapping[str, Member] = {
    **COMMON,
    "name": Member("", "Bookshops of the north"),
    "language": Member("", "NL"),
    "department": Member("", "Retail"),
    "office": Member("", "Utrecht"),
    "notes": Member("May hold tabs and line breaks.", "Opens at ten."),
    "inheritProductList": Member(_YES_NO, "Y"),
    "inheritOrderList": Member(_YES_NO, "Y"),
    "budget": Member("`Y`, `H` for hierarchical, or `N`, in either case; read in upper case.", "N"),
    "budgetInherit": Member(_YES_NO, "Y"),
    "orderListAllowAll": Member(
        "`N`, `Y`, `A` for all, `U` for not set, or `P` for as the parent, in either case; read in upper case.", "U"
    ),
}

_owned: dict[str, Mapping[str, Member]] = {}


def tell(resource: Resource, members: Mapping[str, Member]) -> None:
    """Say what the members of an owned resource are. Its room does this once."""
    _owned[resource.name] = {**COMMON, **members}


def members_of(resource: Resource) -> Mapping[str, Member]:
    """The members of a resource's records by their JSON names, those of others among them."""
    if resource.owned:
        return _owned[resource.name]
    return PERSON if issubclass(resource.model, Person) else ORGANISATION


def values_of(resource: Resource) -> dict[str, Any]:
    """The record of all examples: the values of its members."""
    return {name: member.example for name, member in members_of(resource).items()}
