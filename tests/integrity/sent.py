"""What may be sent in a story: bodies of any kind, with what is wrong now and then."""

import random
from typing import Any

from tests.integrity.paper.house import House
from tests.integrity.paper.things import KINDS, Record

SOURCES, KEYS = ("ERP", "SHOP"), ("K0", "K1", "K2")
NOWHERE = 10**12
"""The id of nothing."""


class Dice(random.Random):
    """Chance, from a seed."""

    def once_in(self, times: int) -> bool:
        return self.randrange(times) == 0

    def some(self, *usual: Any, rarely: tuple[Any, ...] = ()) -> Any:
        """One of the usual values, now and then another one: rows with several values should mostly be written."""
        return self.choice(rarely) if rarely and self.once_in(30) else self.choice(usual)

    def one(self, things: list[Any]) -> Any:
        """One of the things, None when there are none, and now and then although there are some."""
        return self.choice(things) if things and not self.once_in(30) else None

    def few(self, things: list[Any], most: int) -> list[Any]:
        return self.sample(things, min(len(things), self.randrange(1, most + 1)))

    def tag(self) -> str | None:
        """What ``If-Match`` says."""
        return self.choice([None, None, None, "right", "wrong"])

    def pair(self) -> dict[str, str]:
        return {"source": self.choice(SOURCES), "sourceId": self.choice(KEYS)}

    def key_change(self) -> dict[str, str]:
        """What a row that is addressed otherwise says of its key: mostly nothing."""
        if not self.once_in(4):
            return {}
        return self.some(self.pair(), self.pair(), {"source": "", "sourceId": ""}, {"sourceId": ""}, {"source": "ERP"})

    def values(self, kind: str) -> dict[str, Any]:
        """Members of a record."""
        usual = {
            KINDS[kind].text: lambda: self.some("Anna", "Bert", "Ångström 7", "Cees", "", None, rarely=("bell\x07",)),
            "gender": lambda: self.some("f", "F", "m", "", None),
            "budget": lambda: self.some("h", "Y", "", None),
            "email": lambda: self.some("anna@people.example", "bert@people.example", "", None, rarely=("no address",)),
            "login": lambda: self.some("anna", "", None),
            "company": lambda: self.some("Bakker", "", None),
            "department": lambda: self.some("Inkoop", "", None),
        }
        return {name: usual[name]() for name in KINDS[kind].members if self.once_in(2)}

    def parent(self, kind: str, house: House) -> Any:
        """A parent, named in one of the ways there are; not always one that can be it."""
        found: Record | None = self.one(house.of(KINDS[kind].parent))
        if found is None or self.once_in(10):
            wrong = ({}, {"id": NOWHERE}, {"source": "ERP", "sourceId": "none"})
            return self.some(None, "", rarely=wrong) if found else self.choice([None, *wrong])
        if not found.pair[1] or self.once_in(2):
            return {"id": found.id}
        return {"sourceId": found.pair[1]} | ({} if self.once_in(4) else {"source": found.pair[0]})

    def address(self, *, whole: bool = False) -> dict[str, Any]:
        """An address; a whole one can be created. One that is not often changes one, or is refused."""
        body: dict[str, Any] = {}
        if whole or not self.once_in(6):
            body = {"type": "delivery", "city": "Assen", "country": "NL"}
        sent: dict[str, Any] = {
            "type": self.some("delivery", "invoice"),
            "city": self.some("Borne", "Cuijk", rarely=("", "bell\x07")),
            "country": self.some("nl", "DE", rarely=("XX",)),
            "code": self.some("a", "a", "b", "c", "", None),
            "street": self.some("Weg", "Laan", rarely=(None,)),
            "isDefault": self.some("Y", "Y", "N", "", None),
        }
        body |= {name: value for name, value in sent.items() if self.once_in(2)}
        if self.once_in(4):
            keyed = {"source": "ERP", "sourceId": f"A{self.randrange(6)}"}
            cleared = {"source": "", "sourceId": ""}
            body |= self.some(keyed, keyed, keyed, cleared, rarely=({"source": "ERP"}, {"sourceId": "A0"}))
        return body

    def body(self, kind: str, house: House) -> dict[str, Any]:
        """What is said of a record, its key apart."""
        body = self.values(kind)
        if self.once_in(2):
            body["parent"] = self.parent(kind, house)
        if KINDS[kind].addresses and self.once_in(2):
            body["addresses"] = self.some([self.address() for _ in range(self.randrange(4))], rarely=(None,))
        return body
