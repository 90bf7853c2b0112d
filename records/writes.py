"""Writing one record from named values: what forms and commands need of the upsert engine."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET, UnsetType

from records.outcomes import Outcome
from records.resources import Resource, resource_named
from records.rows import AddressRow, ParentKey, Row
from records.upsert import upsert
from tenants.actors import Actor


def write(
    resource: Resource,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    id: int | None = None,
    parent: int | UnsetType | None = UNSET,
    addresses: Sequence[AddressRow] = (),
    version: int | None = None,
    uid: str | None = None,
) -> Outcome:
    """Create a record (no ``id``) or change one, addresses and all, as one unit.

    Shape:  ``values`` maps column names, ``source`` and ``source_id`` included, to new values; absent ones keep. A key
            pair must be sent whole. ``parent`` is the parent's id, None to clear the link. ``version`` is what the
            caller last saw; with another one stored nothing is written.
    Errors: none for bad values: the outcome says why it was refused. KeyError for a column that does not exist.
    """
    unknown = set(values) - {*resource.by_name, "source", "source_id"}
    if unknown:
        raise KeyError(f"{resource.name} have no column {', '.join(sorted(unknown))}")
    row = Row(
        values=tuple(values.get(column.name, UNSET) for column in resource.columns),
        id=id,
        source=values.get("source", UNSET),
        source_id=values.get("source_id", UNSET),
        parent=ParentKey(id=parent) if isinstance(parent, int) else parent,
        addresses=tuple(addresses),
        version=version,
        uid=uid,
    )
    by_id = id is not None
    outcomes = upsert(
        resource=resource,
        rows=[row],
        actor=actor,
        by="id" if by_id else "sourceId",
        mode="update" if by_id else "create",
    )
    return outcomes[0]


def address_row(values: Mapping[str, Any], *, id: int | None = None, default: bool | None = None) -> AddressRow:
    """An address of a row from named values; ``default`` None keeps what is stored."""
    columns = resource_named("addresses").columns
    return AddressRow(values=tuple(values.get(column.name, UNSET) for column in columns), default=default, id=id)
