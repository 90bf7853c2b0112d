"""Pools of invented names, streets, towns and phone numbers in eight countries, from which demo people are combined.

Faker is asked a few hundred times for each country, not once for each field of each person: a call costs as much as the
database needs for a whole row.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from faker import Faker

from records.search_text import fold

FIRST_NAMES = 150
LAST_NAMES = 250
STREETS = 120
TOWNS = 80

_greek = str.maketrans(
    dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstyfo", strict=True)) | {"θ": "th", "χ": "ch", "ψ": "ps"}
)
_unfit = re.compile("[^a-z0-9]+")


@dataclass(frozen=True)
class Place:
    """A country: # stands for a digit, @ for a letter.

    ``street`` and ``town`` make such names from surnames where Faker knows none of the country's own.

    The phone numbers cannot reach anyone. Germany, France and the United Kingdom keep ranges for fiction; elsewhere the
    number within its area begins with a 0 or a 1, which no subscriber's does.
    """

    locale: str
    country: str
    language: str
    postal_code: str
    phone: str
    mobile: str
    street: str = ""
    town: str = ""


PLACES = (
    Place("nl_NL", "NL", "NL", "1### @@", "+31 20 0## ####", "+31 6 00## ####"),
    Place("de_DE", "DE", "DE", "1####", "+49 30 23125 ###", "+49 171 39200 ##"),
    Place("fr_FR", "FR", "FR", "7####", "+33 1 99 00 ## ##", "+33 6 39 98 ## ##"),
    Place("pl_PL", "PL", "PL", "0#-###", "+48 22 0## ## ##", "+48 500 0## ###"),
    Place("el_GR", "GR", "EL", "1## ##", "+30 21 0 0## ####", "+30 690 0## ####"),
    Place("no_NO", "NO", "NB", "1###", "+47 10 ## ## ##", "+47 11 ## ## ##"),
    Place("en_GB", "GB", "EN", "ZZ# #@@", "+44 20 7946 0###", "+44 7700 900###"),
    Place("tr_TR", "TR", "TR", "3####", "+90 212 0## ## ##", "+90 500 0## ## ##", "{} Sokak", "{}köy"),
)


@dataclass(frozen=True)
class Name:
    """A name, and how it reads in the local part of an e-mail address."""

    text: str
    mail: str


@dataclass(frozen=True)
class Town:
    """A town with its one postal code."""

    name: str
    postal_code: str


@dataclass(frozen=True)
class Pool:
    """What the people of one country are combined from; ``first`` and ``last`` hold a tuple for each gender."""

    place: Place
    first: dict[str, tuple[Name, ...]]
    last: dict[str, tuple[Name, ...]]
    streets: tuple[str, ...]
    towns: tuple[Town, ...]


@lru_cache(maxsize=2)
def pools(seed: int) -> tuple[Pool, ...]:
    """One pool for each of ``PLACES``. Equal seeds give equal pools, in every process."""
    return tuple(_pool(place, seed) for place in PLACES)


def repeatable(seed: int, what: str) -> Random:
    """Random numbers that are the same in every process, apart from those for anything else."""
    return Random(f"{seed} {what}")  # noqa: S311 — invents people, keeps no secrets


def fill(pattern: str, random: Random) -> str:
    """The pattern with a random digit for each ``#`` and a random capital letter for each ``@``."""
    return "".join(
        random.choice("0123456789")
        if sign == "#"
        else random.choice("ABCDEFGHJKLMNPRSTUVWXYZ")
        if sign == "@"
        else sign
        for sign in pattern
    )


def mail_name(text: str) -> str:
    """The letters a-z and digits that are left of a name; what has none becomes ``x``."""
    return _unfit.sub("", fold(text).translate(_greek)) or "x"


def _pool(place: Place, seed: int) -> Pool:
    fake = Faker(place.locale)
    fake.seed_instance(f"{seed} {place.locale}")
    random = repeatable(seed, place.locale)

    def street() -> str:
        return place.street.format(fake.last_name()) if place.street else fake.street_name()

    def town() -> str:
        return place.town.format(fake.last_name()) if place.town else fake.city()

    return Pool(
        place=place,
        first={"f": _names(fake.first_name_female, FIRST_NAMES), "m": _names(fake.first_name_male, FIRST_NAMES)},
        last={"f": _names(fake.last_name_female, LAST_NAMES), "m": _names(fake.last_name_male, LAST_NAMES)},
        streets=_different(street, STREETS),
        towns=tuple(Town(name, fill(place.postal_code, random)) for name in _different(town, TOWNS)),
    )


def _names(ask: Callable[[], str], times: int) -> tuple[Name, ...]:
    return tuple(Name(text, mail_name(text)) for text in _different(ask, times))


def _different(ask: Callable[[], str], times: int) -> tuple[str, ...]:
    """The different answers, in the order in which they came: a set's order differs between processes."""
    return tuple(dict.fromkeys(ask() for _ in range(times)))
