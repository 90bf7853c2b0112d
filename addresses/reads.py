"""What an address reads as, and reading the addresses of one owner (lookup API contract, sections 3 and 5).

Locks: none.
Cost:  one statement, which looks the owner up too: a probe of its key, then one of the owner's link or of the id.
"""

from functools import cache
from typing import Any, Literal

from addresses.book import not_below
from addresses.contracts import ADDRESSES
from records.outcomes import Refusal
from records.reads import Read, integer, lookup, lookup_parameters, make_shape, the_one
from records.resolving import fetch, in_bin, not_found
from records.resources import Resource

ADDRESS_SHAPE = make_shape(
    ADDRESSES,
    (
        *("id", "active", "type", "code", "name", "firstName", "middleName", "lastName", "gender", "company"),
        *("street", "number", "numberExtension", "postalCode", "city", "region", "country", "icp"),
        *("phone", "mobile", "fax", "email", "url", "isDefault", "notes", "source", "sourceId"),
    ),
    {
        "active": "'Y'",
        "name": "concat_ws(' ', nullif({t}.first_name, ''), nullif({t}.middle_name, ''), nullif({t}.last_name, ''))",
        "isDefault": "CASE WHEN {t}.is_default THEN 'Y' ELSE 'N' END",
    },
)

Which = Literal["all", "type", "id"]
_CONDITIONS: dict[Which, str] = {
    "all": "a.deletion_id IS NULL",
    "type": "a.deletion_id IS NULL AND a.type = %s",
    "id": "a.id = %s",
}


def addresses_below(
    owner: Resource, tenant: int, key: str, value: str, source: str | None = None, type: str = ""
) -> list[Read] | Refusal:
    """The live addresses of the owner with this key, in the order of their ids; or why there is no such owner.

    Takes: the key as ``records.reads.find`` does; ``type`` narrows the addresses.
    """
    found = _find(owner, tenant, key, value, source, "type" if type else "all", [type] if type else [])
    if isinstance(found, Refusal):
        return found
    return [Read(pk, version, values) for pk, version, _, *values in found[1]]


def address_below(
    owner: Resource, tenant: int, key: str, value: str, id: str, source: str | None = None
) -> tuple[int, Read] | Refusal:
    """The id of the owner with this key, and its live address with this id; or why there is none.

    Takes: the key as ``records.reads.find`` does; ``id`` as it was sent: what is no number is the id of nothing.
    """
    found = _find(owner, tenant, key, value, source, "id", [integer(id) or 0])
    if isinstance(found, Refusal):
        return found
    owner_id, addresses = found
    if not addresses:
        return not_below(owner, key, value, id)
    ((pk, version, binned, *values),) = addresses
    return in_bin(ADDRESSES, "id", pk) if binned else (owner_id, Read(pk, version, values))


def _find(
    owner: Resource, tenant: int, key: str, value: str, source: str | None, which: Which, more: list[Any]
) -> tuple[int, list[tuple[Any, ...]]] | Refusal:
    """The id of the owner, and rows of id, version, whether binned, and the values of the shape."""
    parameters = lookup_parameters(tenant, key, value, source)
    if parameters is None:
        return not_found(owner, key, value)
    rows = fetch(_statement(owner, key, len(parameters) > 2, which), [*parameters, *more])
    one = the_one(owner, key, value, list(dict.fromkeys(row[:2] for row in rows)))
    if isinstance(one, Refusal):
        return one
    return one[1], [row[2:] for row in rows if row[1] == one[1] and row[2] is not None]


@cache
def _statement(owner: Resource, key: str, with_source: bool, which: Which) -> str:
    """The SQL for one way to look up addresses below an owner. Parameters: those of ``lookup``, then the type or id."""
    # LATERAL with OFFSET 0: the owner's few addresses are probed for, whatever the planner knows of the table.
    return (
        "SELECT o.binned, o.id, x.* FROM"  # noqa: S608
        f" (SELECT t.deletion_id IS NOT NULL AS binned, t.id {lookup(owner, key, with_source)}) o"
        f" LEFT JOIN LATERAL (SELECT a.id AS pk, a.version, a.deletion_id IS NOT NULL AS binned,"
        f" {ADDRESS_SHAPE.columns('a')} FROM {ADDRESSES.table} a"
        f" WHERE a.{owner.address_field}_id = o.id AND a.erased_at IS NULL AND {_CONDITIONS[which]} OFFSET 0) x ON true"
        " ORDER BY x.pk"
    )
