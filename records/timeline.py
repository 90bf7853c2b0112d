"""The change history of one record, and of the addresses that hang below it, as people read it."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pghistory.core
from django.db.models import Field, Model, OuterRef, QuerySet, Subquery
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from records.models import Record
from records.resources import Resource, resource_named
from tenants.choices import Origin

LATEST = 50
"""How many entries a page shows."""

LONGEST = 80
"""How much of a value an entry shows."""

# Columns that move along with every change, or that say nothing to people.
_SILENT = frozenset({"id", "tenant", "created_at", "modified_at", "version", "erased_at", "deletion"})
_SECRET = frozenset({"ssn"})


@dataclass(frozen=True)
class FieldChange:
    """One column of one change, as text; ``""`` is "no value"."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One change of one row: when, by whom, through which door, and what it changed."""

    at: datetime.datetime
    who: str
    origin: str
    what: str
    subject: str
    changes: tuple[FieldChange, ...]


def timeline(record: Record, resource: Resource, *, latest: int = LATEST) -> list[Entry]:
    """The latest changes of the record and of its addresses, newest first.

    Cost: two statements for the record and two for its addresses, however many changes there are.
    """
    entries = _entries(resource.model, [record.pk], latest)
    if resource.address_field:
        addresses = resource_named("addresses").model
        owned = addresses.everything.filter(**{resource.address_field: record.pk}).values("pk")
        entries += _entries(addresses, owned, latest, owner=resource.address_field)
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:latest]


@cache
def event_model(model: type[Model]) -> type[Any]:
    """The table of events of a tracked model. Errors: ValueError when the model is not tracked."""
    (found,) = pghistory.core.event_models(tracks_model=model)
    return found


def _entries(model: type[Record], ids: "Sequence[int] | QuerySet[Any]", latest: int, *, owner: str = "") -> list[Entry]:
    event = event_model(model)
    earlier = event.objects.filter(pgh_obj=OuterRef("pgh_obj"), pgh_id__lt=OuterRef("pgh_id")).order_by("-pgh_id")
    events = list(
        event.objects.filter(pgh_obj__in=ids)
        .annotate(previous=Subquery(earlier.values("pgh_id")[:1]))
        .select_related("pgh_context")
        .order_by("-pgh_id")[:latest]
    )
    known = {found.pgh_id: found for found in events}
    known |= event.objects.in_bulk({found.previous for found in events if found.previous} - known.keys())
    entries = (_entry(model, found, known.get(found.previous), owner) for found in events)
    return [entry for entry in entries if entry.what]


def _entry(model: type[Record], event: Any, previous: Any, owner: str) -> Entry:
    changes = tuple(_changes(model, event, previous, owner))
    metadata = event.pgh_context.metadata if event.pgh_context else {}
    origin = metadata.get("origin", "")
    return Entry(
        at=event.pgh_created_at,
        who=metadata.get("actor", ""),
        origin=str(Origin(origin).label) if origin in Origin.values else _("Database"),
        what=_what(event, previous, changes),
        subject=f"{model._meta.verbose_name} {_label(model, event)}" if owner else "",
        changes=changes,
    )


def _what(event: Any, previous: Any, changes: Sequence[FieldChange]) -> str:
    """The heading of an entry; empty for a change that only moved the version along with an address."""
    if event.pgh_label == "delete":
        return _("Deleted permanently")
    if previous is None:
        return _("Created")
    if event.deletion_id != previous.deletion_id:
        return _("Moved to the recycle bin") if event.deletion_id else _("Restored from the recycle bin")
    if event.erased_at and not previous.erased_at:
        return _("Erased")
    return _("Changed") if changes else ""


def _changes(model: type[Record], event: Any, previous: Any, owner: str) -> Iterable[FieldChange]:
    for field in model._meta.concrete_fields:
        if field.name in _SILENT or field.name == owner:
            continue
        before = getattr(previous, field.attname) if previous else field.get_default()
        after = getattr(event, field.attname)
        if before != after:
            yield FieldChange(str(field.verbose_name), _shown(field, before) if previous else "", _shown(field, after))


def _shown(field: "Field[Any, Any]", value: Any) -> str:
    if value in (None, ""):
        return ""
    if field.name in _SECRET:
        return "••••"
    if field.is_relation:
        return f"#{value}"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime.date):
        return date_format(value)
    text = str(dict(field.flatchoices).get(value, value))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _label(model: type[Record], event: Any) -> str:
    """What the row was called at that time: an event has the row's columns, so the row's own rule applies."""
    return model(**{field.attname: getattr(event, field.attname) for field in model._meta.concrete_fields}).label
