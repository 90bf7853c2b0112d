"""Cursors: where a walk through a list stands, in the caller's hands, signed (lookup API contract, section 8)."""

from collections.abc import Sequence
from typing import Any

import msgspec
from django.core import signing
from django.utils.encoding import force_bytes

from records.cleaning import Invalid
from records.selections import Walk

_SALT = "records.cursors"
LONGEST = 8_192


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The list that a cursor belongs to. A cursor is of no use in another one."""

    tenant: int
    resource: str
    sort: str
    filters: str


class Cursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a walk stands.

    ``key`` is that of the last row in the order, ``delivered`` the number of rows so far, ``page`` that of pages.
    ``offset`` is the size of the last page, ``found`` what was counted when the walk began. ``walk`` is there in
    an order in which records move.
    """

    place: Place
    key: list[int | str]
    delivered: int
    page: int
    offset: int
    found: int
    estimated: bool
    walk: Walk | None = None


def encode(cursor: Cursor) -> str:
    """The opaque text of a cursor, safe in a URL."""
    signer = signing.Signer(salt=_SALT)
    return signer.sign(signing.b64_encode(msgspec.json.encode(cursor)).decode())


def decode(text: str, place: Place) -> Cursor:
    """The cursor in ``text``.

    Errors: Invalid for a text that no answer held, and for a cursor of another list.
    """
    broken = Invalid("cursor: it is not one that an answer gave, take the member next of the page before as it is")
    if len(text) > LONGEST:
        raise broken
    try:
        signed = signing.Signer(salt=_SALT).unsign(text)
        cursor = msgspec.json.decode(signing.b64_decode(force_bytes(signed)), type=Cursor)
    except (signing.BadSignature, msgspec.DecodeError, ValueError):
        # A cursor of an older version is signed too, but has another shape.
        raise broken from None
    given = cursor.place
    if (given.tenant, given.resource) != (place.tenant, place.resource):
        raise broken
    if given.sort != place.sort:
        raise Invalid(f"cursor: it belongs to sort [{given.sort}], this request has [{place.sort}]")
    if given.filters != place.filters:
        raise Invalid("cursor: it belongs to other filters, repeat those of the request that gave it")
    return cursor


def key_of(values: Sequence[Any]) -> list[int | str]:
    """A row's key as a cursor holds it: instants as text, to the microsecond."""
    return [value if isinstance(value, int | str) else value.isoformat() for value in values]
