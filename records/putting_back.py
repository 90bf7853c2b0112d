"""Putting values of a record back to what they were: what would change, and the change through the record's own verb.

Nothing is copied into the table. What comes out is a new change like any other: checked by the same rules, refused for
the same reasons, recorded with an event of its own whose origin is ``revert``.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from msgspec import UNSET, UnsetType

from records.events import event_model
from records.models import Record
from records.outcomes import Outcome
from records.resources import resource_of
from records.rows import AddressRow
from records.timeline import labels_of, shown, shown_fields
from records.writes import address_row, write
from tenants.actors import Actor
from tenants.choices import Origin

KEY = ("source", "source_id")
DEFAULT = "is_default"


@dataclass(frozen=True)
class Difference:
    """A column in which the record is not what it was. ``now`` and ``then`` are text; ``value`` is what it was."""

    name: str
    label: str
    now: str
    then: str
    value: Any


@dataclass(frozen=True)
class State:
    """What a row was at some time: behind one of its events. ``row`` is the live row, ``event`` the event.

    ``owner`` is the live record that the row hangs below, or the row itself.
    """

    owner: Record
    row: Record
    event: Any
    differences: tuple[Difference, ...]

    @property
    def names(self) -> frozenset[str]:
        """The columns that differ."""
        return frozenset(difference.name for difference in self.differences)


def may_be_put_back(model: type[Record]) -> frozenset[str]:
    """The columns that a person can change in the admin; none of a kind that other systems write alone."""
    try:
        resource = resource_of(model)
    except KeyError:
        return frozenset()
    parent = {resource.parent.field} if resource.parent else set()
    default = {DEFAULT} if resource.owned else set()
    return frozenset({*resource.by_name, *KEY, *parent, *default})


def state_at(owner: Record, row: Record, event: int) -> State | None:
    """What the row was behind this event, compared with what it is now. None when it has no such event.

    Cost: one statement, and one for each kind of link that differs.
    """
    model = type(row)
    found = event_model(model).objects.filter(pgh_id=event, pgh_obj_id=row.pk, tenant_id=row.tenant_id).first()
    if found is None:
        return None
    allowed = may_be_put_back(model)
    fields = [field for field in shown_fields(model, "owner" if owner is not row else "") if field.name in allowed]
    labels = labels_of([(model, (found, row))])
    differences = tuple(
        Difference(
            name=field.name,
            label=str(field.verbose_name),
            now=shown(field, getattr(row, field.attname), labels),
            then=shown(field, getattr(found, field.attname), labels),
            value=getattr(found, field.attname),
        )
        for field in fields
        if getattr(row, field.attname) != getattr(found, field.attname)
    )
    return State(owner, row, found, differences)


def put_back(state: State, names: Collection[str], *, actor: Actor, version: int | None) -> Outcome:
    """Give the named columns the values that they had, all or none.

    ``version`` is the owner's when the differences were shown: with another one stored nothing is written.
    Errors: as ``records.writes.write``: what is not allowed any more is a refusal, with a pointer to the column.
    """
    chosen = [difference for difference in state.differences if difference.name in names]
    values: dict[str, Any] = {difference.name: difference.value for difference in chosen}
    if values.keys() & set(KEY):
        # A key is written as a pair.
        values = {name: getattr(state.row, name) for name in KEY} | values
    default = values.pop(DEFAULT, None)
    resource = resource_of(type(state.owner))
    parent: int | UnsetType | None = UNSET
    addresses: tuple[AddressRow, ...] = ()
    if state.row is not state.owner:
        values, addresses = {}, (address_row(values, id=state.row.pk, default=default),)
    elif resource.parent and resource.parent.field in values:
        parent = values.pop(resource.parent.field)
    return write(
        resource,
        values,
        actor=replace(actor, origin=Origin.REVERT),
        id=state.owner.pk,
        parent=parent,
        addresses=addresses,
        version=version,
    )
