"""The addresses of one owner as the contract tells them (section 3), in memory and without any code of the product."""

from dataclasses import dataclass, field
from typing import Any

REQUIRED = ("type", "city", "country")
TYPES = ("delivery", "invoice", "home")


class Refused(Exception):
    """An address that is not written, with the code that says why."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(str(code))


@dataclass
class Place:
    """One address. ``members`` holds what was sent, by the names of the contract; the default apart."""

    members: dict[str, Any]
    default: bool = False
    binned: bool = False

    @property
    def type(self) -> str:
        return self.members["type"]

    @property
    def code(self) -> str:
        return self.members["code"]


@dataclass
class Owner:
    """An owner; its addresses are in the order of their creation. ``version`` moves when one of them changed."""

    places: list[Place] = field(default_factory=list)
    version: int = 1

    def told(self) -> list[tuple[str, str, str, str]]:
        """The live addresses, as the list shows them."""
        shown = [place for place in self.places if not place.binned]
        return [(p.type, p.code, p.members["city"], "Y" if p.default else "N") for p in shown]

    def create(self, sent: dict[str, Any]) -> Place:
        """POST. Errors: Refused."""
        if any(name not in sent for name in REQUIRED):
            raise Refused(10007)
        _check(sent)
        for place in self._with(sent.get("code"), (sent["type"],)):
            raise Refused(90008 if place.binned else 90004)
        return self._add(sent)

    def patch(self, number: int, sent: dict[str, Any]) -> bool:
        """PATCH of the address with this number; whether anything changed. Errors: Refused."""
        place = self._numbered(number)
        _check(sent)
        return self._change(place, sent)

    def upsert(self, sent: dict[str, Any]) -> tuple[str, bool]:
        """A row of a bulk: the action, and whether anything changed. Errors: Refused, with the action."""
        found = self._with(sent.get("code"), (sent["type"],) if "type" in sent else TYPES)
        action = "update" if found else "create"
        try:
            _check(sent)
            live = [place for place in found if not place.binned]
            if len(live) > 1:
                raise Refused(10017)
            if found and not live:
                raise Refused(90008)
            if live:
                return "update", self._change(live[0], sent)
            if any(name not in sent for name in REQUIRED):
                raise Refused(10017)
            self._add(sent)
        except Refused as refused:
            raise Refused(refused.code) from ValueError(action)
        return "create", True

    def delete(self, number: int) -> None:
        """DELETE of the address with this number. Errors: Refused."""
        place = self._numbered(number)
        place.binned = True
        if place.default:
            self._hand_on(place.type)

    def restore(self, number: int) -> None:
        """What the back office may do with one in the bin."""
        place = self.places[number]
        rivals = [p for p in self.places if p.default and not p.binned and p.type == place.type]
        place.binned = False
        place.default = place.default and not rivals

    def _numbered(self, number: int) -> Place:
        if number >= len(self.places):
            raise Refused(90006)
        if self.places[number].binned:
            raise Refused(90008)
        return self.places[number]

    def _with(self, code: str | None, types: tuple[str, ...]) -> list[Place]:
        return [place for place in self.places if code and place.code == code and place.type in types]

    def _add(self, sent: dict[str, Any]) -> Place:
        members = {name: value for name, value in sent.items() if name != "isDefault"}
        place = Place({"code": "", **members})
        self.places.append(place)
        if sent.get("isDefault") == "Y" or not any(p.default and not p.binned for p in self._of(place.type)):
            self._make_default(place)
        return place

    def _change(self, place: Place, sent: dict[str, Any]) -> bool:
        before = dict(place.members), place.default
        if sent.get("isDefault") == "N" and place.default:
            raise Refused(10017)
        members = place.members | {name: value for name, value in sent.items() if name != "isDefault"}
        for holder in self._with(members["code"], (members["type"],)):
            if holder is not place:
                raise Refused(90008 if holder.binned else 90004)
        old, was_default = place.type, place.default
        moved = members["type"] != old
        place.members, place.default = members, was_default and not moved
        if moved and was_default:
            self._hand_on(old)
        alone = moved and not any(p.default and not p.binned for p in self._of(place.type))
        if sent.get("isDefault") == "Y" or alone:
            self._make_default(place)
        return before != (place.members, place.default)

    def _of(self, type_: str) -> list[Place]:
        return [place for place in self.places if place.type == type_]

    def _make_default(self, place: Place) -> None:
        for other in self._of(place.type):
            other.default = (other.default and other.binned) or other is place

    def _hand_on(self, type_: str) -> None:
        for heir in self._of(type_):
            if not heir.binned:
                heir.default = True
                return


def _check(sent: dict[str, Any]) -> None:
    if sent.get("country", "NL") not in {"NL", "DE"} or sent.get("city", "x") == "":
        raise Refused(10017)
