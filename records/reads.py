"""Reading one record by its key, in one SQL statement (design section 7; lookup API contract, sections 2 to 5).

The statement is generated once per resource, key and set of expansions. A record that is expanded comes as JSON text
that PostgreSQL made; nothing here or above it builds an object per record.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Self

from records.outcomes import Refusal
from records.people import Person
from records.resolving import fetch, in_bin, not_found, several
from records.resources import Resource, resource_named

MAX_BIGINT = 2**63 - 1
LONGEST_KEY = 255

# UTC as an interval: a zone by name is looked up for every row.
_STAMP = "to_char({t}.%s AT TIME ZONE interval '0', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
_NAME = "concat_ws(' ', nullif({t}.first_name, ''), nullif({t}.middle_name, ''), nullif({t}.last_name, ''))"
_COMPUTED = {
    "id": "{t}.id",
    "source": "{t}.source",
    "sourceId": "{t}.source_id",
    "dateCreated": _STAMP % "created_at",
    "dateModified": _STAMP % "modified_at",
}

PERSON_MEMBERS = (
    *("id", "debtorId", "firstName", "middleName", "lastName", "fullName", "name", "abbreviation", "title"),
    *("dateOfBirth", "gender", "login", "phone", "mobile", "fax", "email", "ssn", "company", "taxNumber", "cocNumber"),
    *("pricelistAmount", "pricelistPercentage", "primaryLanguage", "source", "sourceId", "dateCreated", "dateModified"),
)
"""What a person reads as, in the order of the contract's table; each resource has those that it has."""

ORGANISATION_MEMBERS = (
    *("id", "name", "language", "department", "office", "notes", "inheritProductList", "inheritOrderList", "budget"),
    *("budgetInherit", "orderListAllowAll", "company", "taxNumber", "cocNumber", "debtorId", "phone", "email"),
    *("source", "sourceId", "dateCreated", "dateModified"),
)


@dataclass(frozen=True)
class Shape:
    """What a record reads as: members in their order, and the SQL of each with ``{t}`` for the table's alias."""

    members: tuple[str, ...]
    expressions: tuple[str, ...]

    def columns(self, alias: str) -> str:
        """The expressions for a SELECT, under the names of the members."""
        named = zip(self.members, self.expressions, strict=True)
        return ", ".join(f'{expression.format(t=alias)} AS "{member}"' for member, expression in named)

    def hiding(self, *members: str) -> "Shape":
        """The same shape with nothing to be read in these members."""
        named = zip(self.members, self.expressions, strict=True)
        return replace(self, expressions=tuple("''" if name in members else shown for name, shown in named))


def make_shape(resource: Resource, members: Iterable[str], computed: dict[str, str]) -> Shape:
    """The members that the resource has, of those given and in their order."""
    known = {column.member: f"{{t}}.{column.name}" for column in resource.columns} | _COMPUTED | computed
    chosen = [(member, known[member]) for member in members if member in known]
    return Shape(tuple(member for member, _ in chosen), tuple(expression for _, expression in chosen))


@cache
def shape_of(resource: Resource) -> Shape:
    """What a record of a person or an organisation reads as (lookup API contract, section 3)."""
    if not issubclass(resource.model, Person):
        return make_shape(resource, ORGANISATION_MEMBERS, {})
    computed = {"name": _NAME}
    if "full_name" in resource.by_name:
        computed["fullName"] = f"coalesce(nullif({{t}}.full_name, ''), {_NAME})"
    return make_shape(resource, PERSON_MEMBERS, computed)


@dataclass(frozen=True)
class Read:
    """A record as it was read. ``values`` align with the shape's members; what was expanded is JSON."""

    id: int
    version: int
    values: Sequence[Any]
    parent: str | None = None
    addresses: str | None = None
    children: str | None = None

    @classmethod
    def of(cls, row: Sequence[Any]) -> Self:
        """A row of ``read_columns``."""
        pk, version, parent, addresses, children, *values = row
        return cls(pk, version, values, parent, addresses, children)

    @property
    def etag(self) -> str:
        """The entity tag, quotes included."""
        return f'"{self.id}-{self.version}"'


@dataclass(frozen=True)
class Expansion:
    """What else to show with a record: its keys, its parent, its addresses and its children in the given shapes."""

    sources: bool = False
    parent: bool = False
    addresses: Shape | None = None
    children: Shape | None = None


NOTHING = Expansion()


@cache
def read_columns(resource: Resource, expand: Expansion) -> str:
    """What a SELECT from the resource's table ``t`` lists so that each row makes a ``Read``."""
    return (
        f"t.id, t.version, {_parent(resource, expand)}, {_addresses(resource, expand)}, {_children(resource, expand)},"
        f" {shape_of(resource).columns('t')}"
    )


def find(
    resource: Resource, tenant: int, key: str, value: str, source: str | None = None, expand: Expansion = NOTHING
) -> Read | Refusal:
    """The live record with this key, or why there is none.

    Takes:  ``key`` is ``id`` or ``sourceId``, ``value`` what the caller sent; ``source`` narrows a sourceId.
    Cost:   one statement, two index probes at most.
    Source: lookup API contract, section 2: live matches win; if only binned ones match, the record is not allowed.
    """
    parameters = lookup_parameters(tenant, key, value, source)
    if parameters is None:
        return not_found(resource, key, value)
    rows = fetch(_statement(resource, key, len(parameters) > 2, expand), parameters)
    row = the_one(resource, key, value, rows)
    return row if isinstance(row, Refusal) else Read.of(row[1:])


def lookup_parameters(tenant: int, key: str, value: str, source: str | None) -> tuple[Any, ...] | None:
    """The parameters of ``lookup``: tenant, key and source, if there is one. None for a value that nothing can have."""
    if key == "id":
        pk = integer(value)
        return (tenant, pk) if pk else None
    if not 0 < len(value) <= LONGEST_KEY or "\x00" in f"{value}{source}":
        return None
    return (tenant, value) if source is None else (tenant, value, source)


def the_one(resource: Resource, key: str, value: str, rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...] | Refusal:
    """The one live record among the rows of a lookup, which begin with whether it is in the bin."""
    if not rows:
        return not_found(resource, key, value)
    live = [row for row in rows if not row[0]]
    if not live:
        return in_bin(resource, key, value)
    return live[0] if len(live) == 1 else several(resource)


def integer(value: str) -> int | None:
    """The id that ``value`` spells in its one usual spelling, or None."""
    if not (value.isascii() and value.isdigit() and value[0] != "0" and len(value) <= len(str(MAX_BIGINT))):
        return None
    return number if (number := int(value)) <= MAX_BIGINT else None


@cache
def _statement(resource: Resource, key: str, with_source: bool, expand: Expansion) -> str:
    """The SQL for one way to look up a record. Parameters: those of ``lookup``."""
    return f"SELECT t.deletion_id IS NOT NULL, {read_columns(resource, expand)} {lookup(resource, key, with_source)}"


def lookup(resource: Resource, key: str, with_source: bool) -> str:
    """What follows the columns when a record ``t`` is looked up by a key. Parameters: ``lookup_parameters``."""
    where = "t.id = %s" if key == "id" else "t.source_id = %s AND NOT (t.source_id = '')"
    if with_source:
        where += " AND t.source = %s"
    order = " ORDER BY t.deletion_id IS NOT NULL LIMIT 2" if key != "id" and not with_source else ""
    return f"FROM {resource.table} t WHERE t.tenant_id = %s AND {where} AND t.erased_at IS NULL{order}"


def _parent(resource: Resource, expand: Expansion) -> str:
    if not (expand.parent and resource.parent):
        return "NULL"
    parent = resource_named(resource.parent.resource)
    return (
        f"(SELECT row_to_json(x)::text FROM (SELECT {shape_of(parent).columns('p')} FROM {parent.table} p"  # noqa: S608
        f" WHERE p.id = t.{resource.parent.column} AND p.deletion_id IS NULL AND p.erased_at IS NULL) x)"
    )


def _addresses(resource: Resource, expand: Expansion) -> str:
    if not (expand.addresses and resource.address_field):
        return "NULL"
    return _below(resource_named("addresses"), f"{resource.address_field}_id", expand.addresses)


def _children(resource: Resource, expand: Expansion) -> str:
    if not (expand.children and resource.children):
        return "NULL"
    children = resource_named(resource.children)
    if not children.parent:
        raise TypeError(f"{children.name} have no parent")
    return _below(children, children.parent.column, expand.children)


def _below(resource: Resource, key: str, shape: Shape) -> str:
    """The live rows whose key leads to the record, as a JSON array."""
    return (
        f"(SELECT coalesce(json_agg(row_to_json(x)), '[]')::text FROM (SELECT {shape.columns('b')}"  # noqa: S608
        f" FROM {resource.table} b WHERE b.{key} = t.id AND b.deletion_id IS NULL AND b.erased_at IS NULL"
        " ORDER BY b.id) x)"
    )
