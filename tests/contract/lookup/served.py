"""The resources whose endpoints are served. One joins the tests of all by a line here."""

from dataclasses import dataclass

from customers.models import Customer
from records.models import Record


@dataclass(frozen=True)
class Served:
    """A resource, and what differs between resources in the contract's tables."""

    name: str
    noun: str
    model: type[Record]
    base: int
    not_allowed: int
    text: str

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


SERVED = (Served("customers", "Customer", Customer, 60000, 405, "lastName"),)
"""``text`` is a text member that every record of the resource has."""
