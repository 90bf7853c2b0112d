"""Invented people as other systems send them: with gaps, accents, duplicates, typing errors and impossible dates.

The columns are those of the FEBRL data sets, which research on record linkage uses; examples/push_people.py reads both.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any

from customers.demo_names import Pool, pools, repeatable

STATES = ("nsw", "vic", "qld", "wa", "sa", "tas", "act", "nt")
DUPLICATES = 0.15
IMPOSSIBLE_DATES = 0.004
REMEMBERED = 500
"""A duplicate repeats one of so many people before it: memory does not grow with the number of rows."""

# How often a column is empty.
_gaps = {
    "given_name": 0.04,
    "surname": 0.02,
    "street_number": 0.05,
    "address_1": 0.02,
    "address_2": 0.4,
    "suburb": 0.01,
    "postcode": 0.01,
    "state": 0.06,
    "date_of_birth": 0.05,
}
_first_birth = date(1900, 1, 1)
_births = (date(2005, 12, 31) - _first_birth).days
_beside = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wertyuioplsdfghjklkxcvbnmn", strict=True))


@dataclass(frozen=True)
class Person:
    """One line of the file."""

    rec_id: str
    given_name: str
    surname: str
    street_number: str
    address_1: str
    address_2: str
    suburb: str
    postcode: str
    state: str
    date_of_birth: str
    soc_sec_id: str


HEADER = tuple(column.name for column in fields(Person))
MISSPELT = ("given_name", "surname", "address_1", "suburb", "postcode", "soc_sec_id", "state")


def sample_people(*, rows: int, seed: int) -> Iterator[tuple[str, ...]]:
    """That many people, in the order of ``HEADER``.

    An original has the key ``rec-N-org``, each of its duplicates ``rec-N-dup-M`` and up to three changes. Keys are
    unique. Equal seeds give equal people, and more rows begin with those of fewer.
    """
    random = repeatable(seed, "people")
    remembered: list[tuple[Person, Iterator[int]]] = []
    numbers = count(1)
    for _ in range(rows):
        if remembered and random.random() < DUPLICATES:
            original, duplicates = random.choice(remembered)
            key = original.rec_id.replace("-org", f"-dup-{next(duplicates)}")
            yield astuple(replace(_misspelt(original, random), rec_id=key))
            continue
        person = _original(next(numbers), random.choice(pools(seed)), random)
        if len(remembered) < REMEMBERED:
            remembered.append((person, count()))
        else:
            remembered[random.randrange(REMEMBERED)] = (person, count())
        yield astuple(person)


def _original(number: int, pool: Pool, random: Random) -> Person:
    gender = random.choice("fm")
    person = Person(
        rec_id=f"rec-{number}-org",
        given_name=random.choice(pool.first[gender]).text,
        surname=random.choice(pool.last[gender]).text,
        street_number=str(random.randrange(1, 400)),
        address_1=random.choice(pool.streets),
        address_2=f"flat {random.randrange(1, 60)}",
        suburb=random.choice(pool.towns).name,
        postcode=f"{random.randrange(800, 8000):04d}",
        state=random.choice(STATES),
        date_of_birth=_birth(random),
        soc_sec_id=f"{random.randrange(10**6, 10**7)}",
    )
    missing = {column: "" for column, share in _gaps.items() if random.random() < share}
    return replace(person, **missing) if missing else person


def _birth(random: Random) -> str:
    """YYYYMMDD; now and then a day or a month that no calendar has."""
    day = (_first_birth + timedelta(days=random.randrange(_births))).strftime("%Y%m%d")
    if random.random() < IMPOSSIBLE_DATES:
        return day[:4] + random.choice(("0230", "0231", "0431", "1131", "1305", "0017"))
    return day


def _misspelt(person: Person, random: Random) -> Person:
    """The same person as someone else typed it: up to three columns differ, or went missing."""
    changes: dict[str, Any] = {}
    for column in random.sample(MISSPELT, random.randint(1, 3)):
        text = getattr(person, column)
        changes[column] = "" if random.random() < 0.1 else _mistype(text, random)
    return replace(person, **changes)


def _mistype(text: str, random: Random) -> str:
    """One slip of the fingers: two letters swapped, one left out, doubled, or its neighbour on the keyboard."""
    if len(text) < 2:
        return text
    at = random.randrange(len(text) - 1)
    before, here, after, rest = text[:at], text[at], text[at + 1], text[at + 2 :]
    slip = random.randrange(4)
    if slip == 0:
        return before + after + here + rest
    if slip == 1:
        return before + after + rest
    if slip == 2:
        return before + here + here + after + rest
    return before + _beside.get(here, here) + after + rest
