"""The resources whose endpoints are served. One joins the tests of all by a line here."""

from dataclasses import dataclass

from contacts.models import Company, Contact
from customers.models import Customer
from records.models import Record
from records.people import Person
from users.models import User, Usergroup


@dataclass(frozen=True)
class Served:
    """A resource, and what differs between resources in the contract's tables.

    ``text`` and ``second`` are text members that its records have; ``second`` is stored under the same name.
    ``parent`` names the resource of its parents, ``link`` the attribute of the model.
    """

    name: str
    noun: str
    model: type[Record]
    base: int
    not_allowed: int
    text: str
    second: str
    parent: str = "usergroups"
    link: str = "usergroup"
    has_addresses: bool = True

    def code(self, digit: int, what: str, status: int) -> tuple[int, int, str]:
        return status, self.base + digit, what.replace("…", self.noun)

    @property
    def exists(self) -> tuple[int, int, str]:
        return self.code(4, "…Exists", 400)

    @property
    def several(self) -> tuple[int, int, str]:
        return self.code(5, "…MultipleFound", 400)

    @property
    def absent(self) -> tuple[int, int, str]:
        return self.code(6, "…NotFound", 404)

    @property
    def binned(self) -> tuple[int, int, str]:
        return self.code(8, "…NotAllowed", self.not_allowed)

    @property
    def is_person(self) -> bool:
        return issubclass(self.model, Person)

    @property
    def faulty(self) -> dict[str, str]:
        """A member whose value is well-formed and not acceptable: it fails its row alone."""
        return {self.second: "rings\x07"}


SERVED = (
    Served("customers", "Customer", Customer, 60000, 405, "lastName", "title"),
    Served("users", "User", User, 70000, 405, "lastName", "title"),
    Served("contacts", "Contact", Contact, 50000, 404, "lastName", "title", "companies", "company", False),
    Served("usergroups", "Usergroup", Usergroup, 20000, 405, "name", "department", link="parent"),
    Served("companies", "Company", Company, 40000, 405, "name", "department"),
)
BY_NAME = {served.name: served for served in SERVED}
