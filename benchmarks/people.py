"""Rows as an ERP would send them: 19 members, about 420 bytes of JSON each. Deterministic, invented."""

import random
from datetime import date, timedelta
from typing import Any

BORN = date(1940, 1, 1)
FIRST = ["Anna", "Bram", "Carmen", "Daan", "Eva", "Finn", "Greta", "Hugo", "Ida", "Jonas", "Karin", "Lars", "Mila"]
LAST = ["Berg", "Castello", "Dahl", "Eriksen", "Fontaine", "Gruber", "Hansen", "Ivanova", "Jansen", "Kowalska", "Lind"]
SYLLABLES = ["ka", "ro", "mi", "ten", "lo", "vas", "der", "bu", "sen", "fa", "gri", "nel", "to", "wi", "zan"]


def people(count: int, *, tag: str, seed: int = 1) -> list[dict[str, Any]]:
    """``count`` customers whose keys begin with ``tag``."""
    chance = random.Random(f"{tag}:{seed}")
    rows = []
    for number in range(count):
        first = chance.choice(FIRST) + "".join(chance.choices(SYLLABLES, k=1))
        last = "".join(chance.choices(SYLLABLES, k=2)).capitalize() + chance.choice(LAST).lower()
        rows.append(
            {
                "source": "ERP",
                "sourceId": f"{tag}-{number}",
                "debtorId": f"D{chance.randrange(10**8):08}",
                "firstName": first,
                "middleName": chance.choice(["", "", "van", "de"]),
                "lastName": last,
                "abbreviation": f"{first[0]}.",
                "title": chance.choice(["", "dr.", "ir."]),
                "dateOfBirth": str(BORN + timedelta(chance.randrange(25_000))),
                "gender": chance.choice("mfu"),
                "login": f"{first}.{last}{number}".lower(),
                "phone": f"+31 20 {chance.randrange(10**7):07}",
                "mobile": f"06 {chance.randrange(10**8):08}",
                "fax": "",
                "email": f"{first}.{last}.{number}@example.com".lower(),
                "pricelistAmount": "",
                "pricelistPercentage": "P10",
                "primaryLanguage": chance.choice(["NL", "EN", "DE"]),
                "ssn": f"{chance.randrange(10**9):09}",
            }
        )
    return rows


def organisations(count: int, *, tag: str, seed: int = 1) -> list[dict[str, Any]]:
    """``count`` usergroups or companies with the members that both have, whose keys begin with ``tag``."""
    chance = random.Random(f"{tag}:{seed}")
    return [
        {
            "source": "ERP",
            "sourceId": f"{tag}-{number}",
            "name": f"{chance.choice(LAST)} {''.join(chance.choices(SYLLABLES, k=3))} {number}",
            "language": chance.choice(["NL", "EN", "DE"]),
            "department": chance.choice(["", "Sales", "Service"]),
            "office": "".join(chance.choices(SYLLABLES, k=3)).capitalize(),
            "notes": " ".join("".join(chance.choices(SYLLABLES, k=3)) for _ in range(8)),
            "inheritProductList": chance.choice("YN"),
            "inheritOrderList": chance.choice("YN"),
            "budget": chance.choice("YHN"),
            "budgetInherit": chance.choice("YN"),
            "orderListAllowAll": chance.choice("NYAUP"),
        }
        for number in range(count)
    ]


def changed(rows: list[dict[str, Any]], round_: int) -> list[dict[str, Any]]:
    """The same rows with two columns changed: one that is searched, one that is not."""
    if "name" in rows[0]:
        return [row | {"office": f"o{round_}", "name": f"{row['name'][:-1]}{round_ % 10}{round_ % 7}"} for row in rows]
    return [row | {"title": f"t{round_}", "mobile": f"{row['mobile'][:-1]}{round_ % 10}{round_ % 7}"} for row in rows]
