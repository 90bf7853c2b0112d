"""From a sent value to a stored one. The same functions serve both APIs, imports and the admin.

Each takes one JSON value (never null or "": those mean "clear" and are handled before) and returns what is stored, or
raises ``Invalid`` with a sentence that says what is wrong and what would be right (lookup API contract, section 3).
"""

import datetime
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator

LARGEST_INTEGER = 10**255
EARLIEST_BIRTH = datetime.date(1850, 1, 1)

# Lone surrogates are no characters either: PostgreSQL could not store them.
_control = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_control_in_notes = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_iso_date = re.compile(r"\A(\d{4})-(\d\d)-(\d\d)\Z", re.ASCII)
_slashed_date = re.compile(r"\A(\d\d)/(\d\d)/(\d{4})\Z", re.ASCII)
# What nearly every address looks like, told by one expression; Django's validator decides about the others.
_plain_email = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}\Z"
)
_plain_email_line = re.compile(f"^(?:{_plain_email.pattern.removesuffix(chr(92) + 'Z')})?$", re.MULTILINE)
_valid_email = EmailValidator()
_valid_url = URLValidator(schemes=["http", "https"])


class Invalid(ValueError):
    """A value that is well-formed but not acceptable (code 10017)."""


def text(value: Any) -> str:
    """Text as sent; an integer becomes its decimal text. No control characters."""
    if isinstance(value, str):
        kept = value
    elif abs(value) < LARGEST_INTEGER:
        kept = str(value)
    else:
        raise Invalid("an integer of more than 255 digits is not acceptable")
    # isprintable() runs in C and is true for nearly everything that people are called; the expression decides the rest.
    if not kept.isprintable() and (found := _control.search(kept)):
        raise Invalid(f"control character U+{ord(found[0]):04X} is not permitted")
    return kept


def notes(value: Any) -> str:
    """Text that may hold tabs and line breaks."""
    kept = str(value)
    if not kept.isprintable() and (found := _control_in_notes.search(kept)):
        raise Invalid(f"control character U+{ord(found[0]):04X} is not permitted")
    return kept


def date_of_birth(value: Any) -> datetime.date:
    """``YYYY-MM-DD`` or ``DD/MM/YYYY``; not in the future, not before 1850."""
    if isinstance(value, datetime.date):
        parsed = value
    elif len(value) == 10 and value[4] == value[7] == "-" and (quick := _from_iso(value)):
        parsed = quick
    else:
        if found := _iso_date.match(value):
            year, month, day = found.groups()
        elif found := _slashed_date.match(value):
            day, month, year = found.groups()
        else:
            raise Invalid(f"[{value[:40]}] is not a date, use YYYY-MM-DD or DD/MM/YYYY")
        try:
            parsed = datetime.date(int(year), int(month), int(day))
        except ValueError:
            raise Invalid(f"[{value}] is not a date that exists") from None
    if parsed < EARLIEST_BIRTH:
        raise Invalid(f"[{value}] is before {EARLIEST_BIRTH.isoformat()}")
    if parsed > datetime.datetime.now(datetime.UTC).date():
        raise Invalid(f"[{value}] is in the future")
    return parsed


def _from_iso(value: str) -> datetime.date | None:
    """The date that C reads, ``None`` where the slower way has to say what is wrong."""
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        return None


def email(value: Any) -> str:
    """A valid address of at most 254 characters, as sent."""
    kept = text(value)
    if _plain_email.match(kept):
        return kept
    try:
        _valid_email(kept)
    except ValidationError:
        raise Invalid(f"[{kept[:80]}] is not a valid e-mail address") from None
    return kept


def emails(values: Sequence[str]) -> Sequence[str] | None:
    """What ``email`` makes of many texts, the empty one kept; ``None`` where they have to be looked at one by one."""
    lines = "\n".join(values)
    if lines.count("\n") != len(values) - 1 or len(_plain_email_line.findall(lines)) != len(values):
        return None
    return values


def dates_of_birth(values: Sequence[str]) -> Sequence[datetime.date] | None:
    """What ``date_of_birth`` makes of many texts; ``None`` where they have to be looked at one by one."""
    lines = "\n".join(values)
    every = len("YYYY-MM-DD\n")
    if {lines[position::every] for position in (4, 7)} != {"-" * len(values)} or len(lines) != every * len(values) - 1:
        return None
    try:
        dates = list(map(datetime.date.fromisoformat, values))
    except ValueError:
        return None
    plausible = min(dates) >= EARLIEST_BIRTH and max(dates) <= datetime.datetime.now(datetime.UTC).date()
    return dates if plausible else None


def url(value: Any) -> str:
    """An http or https address."""
    kept = text(value)
    try:
        _valid_url(kept)
    except ValidationError:
        raise Invalid(f"[{kept[:80]}] is not a valid http or https address") from None
    return kept


@cache
def languages() -> frozenset[str]:
    """The ISO 639-1 codes in upper case."""
    import pycountry

    return frozenset(found.alpha_2.upper() for found in pycountry.languages if hasattr(found, "alpha_2"))


@cache
def countries() -> frozenset[str]:
    """The ISO 3166-1 alpha-2 codes."""
    import pycountry

    return frozenset(found.alpha_2 for found in pycountry.countries)


def language(value: Any) -> str:
    """An ISO 639-1 code in either case, stored in upper case."""
    code = _upper(value)
    if code not in languages():
        raise Invalid(f"[{value}] is not an ISO 639-1 language code")
    return code


def country(value: Any) -> str:
    """An ISO 3166-1 alpha-2 code in either case, stored in upper case."""
    code = _upper(value)
    if code not in countries():
        raise Invalid(f"[{value}] is not an ISO 3166-1 alpha-2 country code")
    return code


def one_of(letters: Iterable[str]) -> Callable[[Any], str]:
    """A function that takes an enum's letter in either case and gives it in the one that is stored."""
    stored = {form: letter for letter in letters for form in (letter.lower(), letter.upper())}

    def clean(value: Any) -> str:
        letter = stored.get(value)
        if letter is None:
            raise Invalid(f"{str(value)[:40]} is not a valid enum value")
        return letter

    return clean


def _upper(value: Any) -> str:
    """A code in upper case. Beyond ASCII, upper case invents letters: that of ``ß`` is a country."""
    code = text(value)
    return code.upper() if code.isascii() else code
