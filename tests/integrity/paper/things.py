"""The things of a house on paper: records, addresses, prices, deletions, and why something is refused.

Written from the contract (lookup API) and the design, and importing nothing of the product: bodies are the JSON that is
sent, what comes of them stands in plain objects.
"""

from dataclasses import dataclass, field
from typing import Any

ABSENT: Any = object()
BAD = ("bell\x07", "no address")
"""Values that are well-formed and not acceptable."""


@dataclass(frozen=True)
class Kind:
    """A resource. ``members`` gives, for each member that is sent, its column and what is stored for no value.

    ``parent`` is the kind of its parents; with ``along`` a parent takes these records to the bin with it. ``digits``
    begins the codes of the resource.
    """

    digits: int
    text: str
    members: dict[str, tuple[str, str]]
    parent: str = "usergroups"
    along: bool = False
    addresses: bool = True
    not_allowed: int = 405


_PERSON = {
    "lastName": ("last_name", ""), "gender": ("gender", "u"), "email": ("email", ""), "login": ("login", ""),
    "company": ("company", ""),
}  # fmt: skip
_CUSTOMER = {name: stored for name, stored in _PERSON.items() if name != "company"}
_ORGANISATION = {"name": ("name", ""), "budget": ("budget", "N"), "department": ("department", "")}

KINDS = {
    "usergroups": Kind(2000, "name", _ORGANISATION),
    "companies": Kind(4000, "name", _ORGANISATION),
    "contacts": Kind(5000, "lastName", _CUSTOMER, "companies", along=True, addresses=False, not_allowed=404),
    "customers": Kind(6000, "lastName", _CUSTOMER),
    "users": Kind(7000, "lastName", _PERSON),
}
ADDRESS_DIGITS = 9000
_LAST = {"exists": (4, 400), "several": (5, 400), "not found": (6, 404), "parent not found": (7, 404)}
_GENERAL = {"invalid": (400, 10017), "stale": (412, 10026), "no key": (400, 10016)}


class Refused(Exception):
    """Nothing is written. ``status`` and ``code`` are what the contract says of it (section 1.3)."""

    def __init__(self, why: str, kind: str = "") -> None:
        if why in _GENERAL:
            self.status, self.code = _GENERAL[why]
        else:
            digits = KINDS[kind].digits if kind in KINDS else ADDRESS_DIGITS
            binned = KINDS[kind].not_allowed if kind in KINDS else 404
            last, self.status = (8, binned) if why == "binned" else _LAST[why]
            self.code = 10 * digits + last
        super().__init__(f"{why} {kind} {self.code}")


@dataclass(eq=False)
class Deletion:
    """One root and what went with it. ``number`` tells which came first."""

    number: int
    root: "Thing"
    things: list["Thing"]
    restored: bool = False


@dataclass(eq=False, kw_only=True)
class Thing:
    """What can be in the bin."""

    id: int = 0
    version: int = 1
    deletion: Deletion | None = None

    @property
    def live(self) -> bool:
        return self.deletion is None

    def state(self) -> Any:
        """What is compared to tell whether it has really changed."""
        raise NotImplementedError

    @property
    def owner(self) -> "Thing | None":
        """Who takes it along to the bin."""
        return None


@dataclass(eq=False, kw_only=True)
class Price(Thing):
    """What an owner pays for a product in a shop."""

    of: "Record"
    shop: int
    product: int
    price: float

    @property
    def owner(self) -> Thing:
        return self.of

    def state(self) -> Any:
        return self.price


@dataclass(eq=False, kw_only=True)
class Address(Thing):
    """An address. Those of an owner are in the order of their creation."""

    of: "Record"
    type: str
    city: str
    country: str
    code: str = ""
    street: str = ""
    pair: tuple[str, str] = ("", "")
    is_default: bool = False

    @property
    def owner(self) -> Thing:
        return self.of

    def state(self) -> Any:
        return self.type, self.city, self.country, self.code, self.street, self.pair, self.is_default


@dataclass(eq=False, kw_only=True)
class Record(Thing):
    """A record of one of the five resources."""

    kind: str
    pair: tuple[str, str] = ("", "")
    values: dict[str, str]
    parent: "Record | None" = None
    addresses: list[Address] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)

    @property
    def owner(self) -> Thing | None:
        return self.parent if KINDS[self.kind].along else None

    def state(self) -> Any:
        return self.pair, dict(self.values), self.parent, [address.state() for address in self.addresses]


def cleaned(body: dict[str, Any], members: dict[str, tuple[str, str]]) -> dict[str, str]:
    """What is stored for what is sent, by member: null and "" clear, letters come in one case. Errors: Refused."""
    stored = {}
    for name, (_, empty) in members.items():
        if name not in body:
            continue
        if body[name] in BAD:
            raise Refused("invalid")
        value = body[name] or empty
        stored[name] = value.lower() if name == "gender" else value.upper() if name == "budget" else value
    return stored


def cleaned_pair(body: dict[str, Any]) -> Any:
    """The key pair, ABSENT when none is sent, ``("", "")`` when it is cleared. Errors: Refused."""
    if "source" not in body and "sourceId" not in body:
        return ABSENT
    if "source" not in body and not body["sourceId"]:
        return "", ""
    pair = body.get("source", ABSENT), body.get("sourceId", ABSENT)
    if ABSENT in pair or bool(pair[0]) != bool(pair[1]):
        raise Refused("invalid")
    return pair
