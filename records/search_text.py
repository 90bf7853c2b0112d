"""Folding text for search, and the one expression that the trigram index is built on (design section 6)."""

import re
import unicodedata
from collections.abc import Sequence

# What NFKD does not take apart but people type without: strokes, ligatures and the dotless i.
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ħ": "h"})  # noqa: RUF001

_not_digits = re.compile(r"[^0-9]+")

_SEPARATOR = "\x1f"
_not_digits_in_all = re.compile(r"[^0-9\x1f]+")

FIELDS = (
    "source_id",
    "first_name",
    "middle_name",
    "last_name",
    "full_name",
    "company",
    "email",
    "phone",
    "mobile",
    "fax",
    "city",
    "postal_code",
    "tax_number",
)
"""The columns of ``SearchText``, in the order in which the index joins them."""

PHONE_FIELDS = frozenset({"phone", "mobile", "fax"})

EXACT_FIELDS = ("email", "phone")
"""The columns of ``SearchText`` that have an index of their own, for who knows the whole of them."""

INDEXED_LENGTH = 254
"""So many characters of them are in it: some characters fold to eighteen, and an entry of an index has 2,700 bytes."""

# Line breaks part the fields: folding turns every other blank into a space, so no word can match across two fields.
INDEXED = " || ".join(f"' ' || {field} || E'\\n'" for field in FIELDS)
"""The SQL expression of the trigram index. A query must use exactly this text to be served by it."""


def fold(text: str) -> str:
    """``text`` in lower case, without accents, every run of white space one blank.

    Storing and asking both use this function, so that what was typed meets what was stored.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.translate(_LETTERS).split())


def digits(text: str) -> str:
    """The decimal digits of a phone number, ``00`` of the international prefix dropped like its ``+``."""
    return _not_digits.sub("", text).removeprefix("00")


def fold_all(texts: Sequence[str]) -> list[str]:
    """What ``fold`` makes of each text. No text may hold a control character.

    Lower case is told for all of them by one call, and most texts need no more than that.
    """
    if not texts:
        return []
    joined = _SEPARATOR.join(texts)
    lowered = joined.lower().split(_SEPARATOR)
    if joined.isascii() and not _is_untidy(joined):
        return lowered
    return [
        lower if text.isascii() and not _is_untidy(text) else fold(text)
        for text, lower in zip(texts, lowered, strict=True)
    ]


def _is_untidy(joined: str) -> bool:
    """Whether any of these ASCII texts has blanks that folding would drop: at an end, or two in a row."""
    return (
        "  " in joined
        or joined.startswith(" ")
        or joined.endswith(" ")
        or f" {_SEPARATOR}" in joined
        or f"{_SEPARATOR} " in joined
    )


def digits_of_all(texts: Sequence[str]) -> list[str]:
    """What ``digits`` makes of each text. No text may hold a control character."""
    if not texts:
        return []
    numbers = _not_digits_in_all.sub("", _SEPARATOR.join(texts)).split(_SEPARATOR)
    return [number.removeprefix("00") for number in numbers]


def fold_field(field: str, text: str) -> str:
    """What ``SearchText.field`` holds for a record's ``text``."""
    if not text:
        return ""
    return digits(text) if field in PHONE_FIELDS else fold(text)
