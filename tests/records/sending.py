"""Rows and addresses from named values, and the engine called with them: the words of the upsert tests."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from addresses.contracts import ADDRESSES
from contacts.contracts import COMPANIES, CONTACTS
from customers.contracts import CUSTOMERS
from records.outcomes import Kind, Outcome
from records.resources import Resource
from records.rows import AddressRow, Row
from records.upsert import upsert
from tenants.actors import Actor
from users.contracts import USERGROUPS, USERS

RESOURCES = (CUSTOMERS, USERS, CONTACTS, USERGROUPS, COMPANIES)
OWNERS = tuple(resource for resource in RESOURCES if resource.address_field)


def values(resource: Resource, named: dict[str, Any]) -> tuple[Any, ...]:
    """Values in the order of the resource's columns, UNSET where none is named."""
    assert set(named) <= {column.name for column in resource.columns}
    return tuple(named.get(column.name, UNSET) for column in resource.columns)


def row(source_id: Any = UNSET, *, source: Any = "ERP", resource: Resource = CUSTOMERS, **named: Any) -> Row:
    """A row with this key, none if there is none; the names of the row itself (``id``, ``parent`` …) go to the row."""
    extra = {name: named.pop(name) for name in ("id", "parent", "addresses", "version", "uid") if name in named}
    key = {} if source_id is UNSET else {"source": source, "source_id": source_id}
    return Row(values=values(resource, named), **key, **extra)


def address(*, default: bool | None = None, id: int | None = None, **named: Any) -> AddressRow:
    """An address with exactly these values."""
    return AddressRow(values=values(ADDRESSES, named), default=default, id=id)


def home(code: str = "home", **named: Any) -> AddressRow:
    """A delivery address that can be created."""
    return address(**{"type": "delivery", "code": code, "city": "Zwolle", "country": "NL"} | named)


def push(actor: Actor, *rows: Row, resource: Resource = CUSTOMERS, **options: Any) -> list[Outcome]:
    """Call the engine."""
    return upsert(resource=resource, rows=rows, actor=actor, **options)


def summary(outcomes: Sequence[Outcome]) -> list[tuple[str, bool, Kind | None]]:
    """What became of each row: action, changed, kind of refusal."""
    return [(o.action, o.changed, o.refusal.kind if o.refusal else None) for o in outcomes]


CREATED = ("create", True, None)
CHANGED = ("update", True, None)
UNCHANGED = ("update", False, None)
