"""Reading the history of one record: its events and those of what hangs below it, newest first, a page at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pghistory.core
from django.db.models import F, Model, OuterRef, Q, QuerySet, Subquery

from records.history import owned_by
from records.models import Record

PAGE = 50
"""How many events a page shows."""

NEWEST: tuple[int, ...] = ()
"""The place of the first page."""


@dataclass(frozen=True)
class Source:
    """Where events of a record are found: those of a table whose ``column`` holds the record's id.

    ``owner`` is the key by which rows below the record name it, ``""`` for the record's own events.
    """

    model: type[Record]
    column: str
    owner: str = ""


@dataclass(frozen=True)
class Change:
    """An event with the one before it of the same row: None when there was none, or it is not kept."""

    source: Source
    event: Any
    previous: Any


@dataclass(frozen=True)
class ChangePage:
    """Changes, newest first, and the place behind them: None when these are the oldest."""

    changes: tuple[Change, ...]
    older: tuple[int, ...] | None


@cache
def event_model(model: type[Model]) -> type[Any]:
    """The table of events of a tracked model. Errors: ValueError when the model is not tracked."""
    (found,) = pghistory.core.event_models(tracks_model=model)
    return found


def sources_of(model: type[Record]) -> tuple[Source, ...]:
    """The record's own events first, then those of each kind of row below it."""
    below = (Source(child, f"{field}_id", field) for child, field in owned_by(model))
    return (Source(model, "pgh_obj_id"), *below)


def page_of_changes(
    model: type[Record], record: int, tenant: int, *, place: Sequence[int] = NEWEST, size: int = PAGE
) -> ChangePage:
    """A page of what happened to a record, and to what hangs below it.

    Shape:  ``place`` is what the page before gave as ``older``: for each source the key below which it goes on.
    Cost:   two statements for each source, whose indexes hand out events by record in the order of their keys. How long
            the history is makes no difference.
    """
    sources = sources_of(model)
    bounds = list(place) if len(place) == len(sources) else [None] * len(sources)
    found = [
        list(with_previous(_rows(source, record, tenant, bound).order_by("-pgh_id"))[: size + 1])
        for source, bound in zip(sources, bounds, strict=True)
    ]
    taken = _newest_first(found, size)
    counts = [sum(1 for source, _ in taken if source == number) for number in range(len(sources))]
    more = any(len(events) > count for events, count in zip(found, counts, strict=True))
    older = [
        events[count].pgh_id + 1 if len(events) > count else 1 for events, count in zip(found, counts, strict=True)
    ]
    previous = [previous_of(source.model, events) for source, events in zip(sources, found, strict=True)]
    changes = (Change(sources[n], event, previous[n].get(event.previous)) for n, event in taken)
    return ChangePage(tuple(changes), tuple(older) if more else None)


def with_previous(events: "QuerySet[Any]") -> "QuerySet[Any]":
    """The same events, each with the key of the one before it of its row, and with its operation."""
    earlier = events.model.objects.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
    latest = earlier.order_by("-pgh_id").values("pgh_id")[:1]
    annotated: QuerySet[Any] = events.annotate(previous=Subquery(latest)).select_related("pgh_context")
    return annotated


def first_of_operation(events: "QuerySet[Any]") -> "QuerySet[Any]":
    """Only those before which their row did not change in the same operation."""
    earlier = events.model.objects.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
    latest = earlier.order_by("-pgh_id").values("pgh_context_id")[:1]
    first: QuerySet[Any] = events.annotate(operation_before=Subquery(latest)).filter(
        Q(operation_before=None) | ~Q(operation_before=F("pgh_context_id"))
    )
    return first


def previous_of(model: type[Record], events: Iterable[Any]) -> dict[int | None, Any]:
    """The events that these name as the ones before them, by key. Cost: one statement, none when all are here."""
    here: dict[int | None, Any] = {event.pgh_id: event for event in events}
    missing = {event.previous for event in here.values() if event.previous} - here.keys()
    return here | event_model(model).objects.in_bulk(missing) if missing else here


def _rows(source: Source, record: int, tenant: int, bound: int | None) -> "QuerySet[Any]":
    rows: QuerySet[Any] = event_model(source.model).objects.filter(**{source.column: record}, tenant_id=tenant)
    return rows if bound is None else rows.filter(pgh_id__lt=bound)


def _newest_first(found: Sequence[Sequence[Any]], size: int) -> list[tuple[int, Any]]:
    """The newest events of all sources with the number of their source.

    Within a source keys decide. Among sources the place in the change feed does: what waited for another one's row
    comes behind it, which clocks do not promise. Where that is the same, an operation is not torn apart.
    """
    taken: list[tuple[int, Any]] = []
    at = [0] * len(found)
    while len(taken) < size:
        heads = [(events[at[n]], n) for n, events in enumerate(found) if at[n] < len(events)]
        if not heads:
            break
        latest = taken[-1][1].pgh_context_id if taken else None
        event, n = max(heads, key=lambda head: _order(head[0], head[1], latest))
        taken.append((n, event))
        at[n] += 1
    return taken


def _order(event: Any, number: int, latest: Any) -> tuple[Any, ...]:
    return event.pgh_position, event.pgh_context_id == latest, event.pgh_created_at, -number
