"""The addresses below one owner, as the tests call them."""

from dataclasses import dataclass
from typing import Any

from addresses.models import Address
from records.models import Record
from tests.api.caller import Caller, Reply
from tests.contract.lookup.served import Served

HOME = {"type": "home", "street": "Lange Weg", "number": 5, "city": "Winterdorp", "country": "nl"}

Code = tuple[int, int, str]
EXISTS: Code = (400, 90004, "AddressExists")
ABSENT: Code = (404, 90006, "AddressNotFound")
BINNED: Code = (404, 90008, "AddressNotAllowed")
INVALID: Code = (400, 10017, "PayloadValidationError")
STALE: Code = (412, 10026, "PreconditionFailed")


@dataclass
class Below:
    """The sub-resource of one owner. ``path`` is that of the list."""

    caller: Caller
    served: Served
    owner: Record
    path: str

    def all(self, query: str = "") -> Reply:
        return self.caller.get(f"{self.path}{query}")

    def add(self, **members: Any) -> Reply:
        """POST an address that can be created, with these members."""
        return self.caller.post(self.path, HOME | members)

    def added(self, **members: Any) -> int:
        """The id of a new address."""
        return self.add(**members).data["id"]

    def get(self, pk: object) -> Reply:
        return self.caller.get(f"{self.path}/{pk}")

    def patch(self, pk: object, body: Any, **headers: str) -> Reply:
        return self.caller.patch(f"{self.path}/{pk}", body, **headers)

    def delete(self, pk: object, query: str = "", **headers: str) -> Reply:
        return self.caller.delete(f"{self.path}/{pk}{query}", **headers)

    def bulk(self, *rows: Any, query: str = "") -> Reply:
        return self.caller.post(f"{self.path}/bulk{query}", {"addresses": rows})

    def told(self, *members: str) -> list[tuple[Any, ...]]:
        """Some members of each live address, in the order of their ids."""
        return [tuple(address[member] for member in members) for address in self.all().data]

    @property
    def missing(self) -> Code:
        """How an owner that does not exist is refused."""
        return self.served.code(7, "Parent…NotFound", 404)

    @property
    def stored(self) -> dict[int, dict[str, Any]]:
        """Every address of the owner as it is stored, the bin included."""
        rows = Address.everything.filter(**{str(self.owner._meta.model_name): self.owner}).order_by("id")
        return {values["id"]: values for values in rows.values()}


def below(caller: Caller, served: Served, owner: Record) -> Below:
    """The addresses of this owner, reached by its id."""
    return Below(caller, served, owner, f"/{served.name}/id/{owner.pk}/addresses")
