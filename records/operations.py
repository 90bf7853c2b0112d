"""One operation: everything that one action, request, job or transaction changed, over all kinds of records."""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from records.events import Change, Source, event_model, first_of_operation, previous_of, with_previous
from records.history import owners_below
from records.models import Record
from records.timeline import Entry, Labels, entry_of, label_of, labels_of, who_and_where

COUNTED = 1_000
"""How far the records of a kind are counted."""

START = (0, 0)
"""The place of the first page: the number of a kind, and the key behind which it goes on."""


@dataclass(frozen=True)
class Line:
    """One record that the operation changed, by the first of its changes.

    ``page`` is the model and the id of the record whose history tells more: the owner's for a row below one.
    """

    noun: str
    label: str
    page: tuple[type[Any], int]
    entry: Entry


@dataclass(frozen=True)
class Count:
    """How many records of a kind an operation changed; ``more`` when there are more than were counted."""

    model: type[Record]
    number: int
    more: bool

    def __str__(self) -> str:
        one, many = self.model._meta.verbose_name, self.model._meta.verbose_name_plural
        if self.more:
            return _("more than %(number)s %(name)s") % {"number": number_format(self.number), "name": many}
        return f"{number_format(self.number)} {one if self.number == 1 else many}"


@dataclass(frozen=True)
class Operation:
    """Who did it, when and from where, as its events tell."""

    at: datetime.datetime
    who: str
    origin: str
    request: str


@dataclass(frozen=True)
class LinePage:
    """Lines in the order of their kinds, and the place behind them: None when these are the last."""

    lines: tuple[Line, ...]
    further: tuple[int, int] | None


def kinds() -> list[type[Record]]:
    """All kinds of records, those that stand alone first."""
    models = [model for model in apps.get_models() if issubclass(model, Record)]
    return sorted(models, key=lambda model: (bool(owners_below(model)), model._meta.label_lower))


def operation_of(operation: uuid.UUID, tenant: int) -> Operation | None:
    """What is known of an operation; None when it changed nothing in this tenant, or nothing that is still kept."""
    for model in kinds():
        event = _events(model, operation, tenant).select_related("pgh_context").order_by("pgh_id").first()
        if event:
            return Operation(event.pgh_created_at, *who_and_where(event))
    return None


def counts_of(operation: uuid.UUID, tenant: int) -> list[Count]:
    """How many records of each kind it changed. Cost: one statement for each kind, over ``COUNTED`` events at most."""
    counts = []
    for model in kinds():
        events = _events(model, operation, tenant).order_by("pgh_id").values_list("pgh_obj_id", flat=True)
        found = list(events[: COUNTED + 1])
        if found:
            counts.append(Count(model, len(set(found[:COUNTED])), more=len(found) > COUNTED))
    return counts


def lines_of(operation: uuid.UUID, tenant: int, *, size: int, place: tuple[int, int] = START) -> LinePage:
    """A page of the records that an operation changed, in the order in which it did, a kind after the other.

    Cost: two statements for each kind that the page touches, and one for each kind of link whose value changed.
    """
    every, (kind, after) = kinds(), place
    changes: list[Change] = []
    further: tuple[int, int] | None = None
    for number, model in enumerate(every[kind:], kind):
        wanted = size - len(changes)
        events = _events(model, operation, tenant).filter(pgh_id__gt=after if number == kind else 0)
        found = list(first_of_operation(with_previous(events)).order_by("pgh_id")[: wanted + 1])
        earlier = previous_of(model, found[:wanted])
        source = Source(model, "pgh_obj_id")
        changes += [Change(source, event, earlier.get(event.previous)) for event in found[:wanted]]
        if len(found) > wanted:
            further = (number, found[wanted].pgh_id - 1)
            break
    labels = labels_of((change.source.model, (change.event, change.previous)) for change in changes)
    return LinePage(tuple(_line(change, labels) for change in changes), further)


def _events(model: type[Record], operation: uuid.UUID, tenant: int) -> "QuerySet[Any]":
    events: QuerySet[Any] = event_model(model).objects.filter(pgh_context_id=operation, tenant_id=tenant)
    return events


def _line(change: Change, labels: Labels) -> Line:
    model, event = change.source.model, change.event
    owners = ((field, getattr(event, f"{field}_id")) for field in owners_below(model))
    of_owner = ((model._meta.get_field(field).related_model, pk) for field, pk in owners if pk is not None)
    page: tuple[Any, int] = next(of_owner, (model, event.pgh_obj_id))
    return Line(str(model._meta.verbose_name), label_of(model, event), page, entry_of(change, labels))
