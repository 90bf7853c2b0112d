"""The members of each resource, written down from the contract's tables (section 3) and not from the code."""

from dataclasses import dataclass
from datetime import UTC
from typing import Any

from records.models import Record

ALL_PEOPLE = ("customers", "users", "contacts")
ALL_ORGANISATIONS = ("usergroups", "companies")
READ_ONLY: Any = object()


@dataclass(frozen=True)
class Member:
    """A member: a value to send and what it reads as, and what it reads as when it is empty.

    ``on`` names the resources that have it. ``integer`` tells that an integer may be sent in place of text, ``free``
    that any text of up to ``length`` characters is acceptable.
    """

    name: str
    on: tuple[str, ...]
    sent: Any
    read: Any
    empty: Any = ""
    integer: bool = False
    length: int = 255
    free: bool = True


def text(name: str, on: tuple[str, ...], *, integer: bool = False, length: int = 255) -> Member:
    return Member(name, on, f"Some {name}", f"Some {name}", integer=integer, length=length)


def letter(name: str, on: tuple[str, ...], sent: str, read: str, empty: str) -> Member:
    return Member(name, on, sent, read, empty, free=False)


PEOPLE = (
    text("debtorId", ALL_PEOPLE, integer=True),
    text("firstName", ALL_PEOPLE),
    text("middleName", ALL_PEOPLE),
    text("lastName", ALL_PEOPLE),
    text("fullName", ("users", "contacts")),
    Member("name", ALL_PEOPLE, READ_ONLY, "Some firstName Some middleName Some lastName"),
    text("abbreviation", ALL_PEOPLE),
    text("title", ALL_PEOPLE),
    Member("dateOfBirth", ALL_PEOPLE, "29/02/1984", "1984-02-29", None, free=False),
    letter("gender", ALL_PEOPLE, "F", "f", "u"),
    text("login", ALL_PEOPLE),
    text("phone", ALL_PEOPLE, integer=True),
    text("mobile", ALL_PEOPLE, integer=True),
    text("fax", ALL_PEOPLE, integer=True),
    Member("email", ALL_PEOPLE, "Anneke@People.example", "Anneke@People.example", length=254, free=False),
    text("ssn", ("customers", "contacts"), integer=True),
    text("company", ("users",)),
    text("taxNumber", ("users",)),
    text("cocNumber", ("users",)),
    text("pricelistAmount", ALL_PEOPLE),
    text("pricelistPercentage", ALL_PEOPLE),
    Member("primaryLanguage", ALL_PEOPLE, "nl", "NL", free=False),
)
ORGANISATIONS = (
    text("name", ALL_ORGANISATIONS),
    text("language", ALL_ORGANISATIONS),
    text("department", ALL_ORGANISATIONS),
    text("office", ALL_ORGANISATIONS),
    Member("notes", ALL_ORGANISATIONS, "een\n\ttwee", "een\n\ttwee", length=4000),
    letter("inheritProductList", ALL_ORGANISATIONS, "n", "N", "Y"),
    letter("inheritOrderList", ALL_ORGANISATIONS, "n", "N", "Y"),
    letter("budget", ALL_ORGANISATIONS, "h", "H", "N"),
    letter("budgetInherit", ALL_ORGANISATIONS, "n", "N", "Y"),
    letter("orderListAllowAll", ALL_ORGANISATIONS, "p", "P", "U"),
    text("company", ("usergroups",)),
    text("taxNumber", ("companies",)),
    text("cocNumber", ("companies",)),
    text("debtorId", ("companies",), integer=True),
    text("phone", ("companies",), integer=True),
    Member("email", ("companies",), "Info@People.example", "Info@People.example", length=254, free=False),
)

LETTERS = {
    "gender": "mfu",
    "inheritProductList": "YN",
    "inheritOrderList": "YN",
    "budget": "YHN",
    "budgetInherit": "YN",
    "orderListAllowAll": "NYAUP",
}
"""The enums: all letters in the case in which they read."""


def members_of(resource: str) -> list[Member]:
    """The members of a resource in their order, id, key and dates apart."""
    return [member for member in (*PEOPLE, *ORGANISATIONS) if resource in member.on]


def writable(resource: str) -> list[Member]:
    return [member for member in members_of(resource) if member.sent is not READ_ONLY]


def body_of(resource: str) -> dict[str, Any]:
    """A body with every member of a resource but its key."""
    return {member.name: member.sent for member in writable(resource)}


def whole(resource: str, record: Record, **members: Any) -> dict[str, Any]:
    """What a stored record with these members must read as, in the order of the contract."""
    stamps = {
        name: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        for name, moment in (("dateCreated", record.created_at), ("dateModified", record.modified_at))
    }
    own = {member.name: members[member.name] for member in members_of(resource)}
    return {"id": record.pk, **own, "source": record.source, "sourceId": record.source_id, **stamps}
