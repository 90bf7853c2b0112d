"""The change history of one record, and of the rows that hang below it, as people read it."""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Field
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from records.events import NEWEST, PAGE, Change, page_of_changes
from records.models import Record
from tenants.choices import Origin

LONGEST = 300
"""How much of a value an entry shows."""

# Columns that move along with every change, or that say nothing to people.
SILENT = frozenset({"id", "tenant", "uid", "created_at", "modified_at", "version", "erased_at", "deletion"})
SECRET = frozenset({"ssn"})
HIDDEN = "••••"

Labels = Mapping[tuple[type[Any], int], str]
"""What related records are called, by model and id."""


@dataclass(frozen=True)
class FieldChange:
    """One column of one change, as text; ``""`` is "no value"."""

    name: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """What one change did to one row.

    ``type`` is the model's name; ``event`` and ``previous`` are keys, ``previous`` 0 when nothing earlier is kept.
    ``subject`` names a row below the record, ``""`` means the record itself.
    """

    type: str
    event: int
    previous: int
    what: str
    subject: str
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True)
class Moment:
    """One operation, as far as it changed this record: when, by whom, through which door, and what."""

    operation: uuid.UUID | None
    at: datetime.datetime
    who: str
    origin: str
    request: str
    entries: tuple[Entry, ...]

    @property
    def what(self) -> str:
        """The heading: what became of the record itself, or else of what is below it."""
        return self.entries[0].what

    @property
    def changes(self) -> tuple[FieldChange, ...]:
        """All that it changed."""
        return tuple(change for entry in self.entries for change in entry.changes)


@dataclass(frozen=True)
class Timeline:
    """A page of operations, newest first, and the place behind it: None when there is nothing older."""

    moments: tuple[Moment, ...]
    older: tuple[int, ...] | None


def timeline(
    model: type[Record], record: int, tenant: int, *, place: Sequence[int] = NEWEST, size: int = PAGE
) -> Timeline:
    """A page of what happened to a record, to its addresses and its prices, grouped by operation.

    Cost: two statements for the record and two for each kind of row below it, and one for each kind of link whose value
          changed, however many changes there are.
    """
    page = page_of_changes(model, record, tenant, place=place, size=size)
    labels = labels_of((change.source.model, (change.event, change.previous)) for change in page.changes)
    moments = (_moment(list(changes), labels) for _key, changes in groupby(page.changes, key=_operation))
    return Timeline(tuple(moment for moment in moments if moment.entries), page.older)


def _operation(change: Change) -> Any:
    # Events from before operations were named stand alone.
    return change.event.pgh_context_id or (change.source, change.event.pgh_id)


def _moment(changes: Sequence[Change], labels: Labels) -> Moment:
    entries = [entry_of(change, labels) for change in changes]
    told = sorted((entry for entry in entries if entry.what), key=lambda entry: bool(entry.subject))
    event = changes[0].event
    return Moment(event.pgh_context_id, event.pgh_created_at, *who_and_where(event), tuple(told))


def who_and_where(event: Any) -> tuple[str, str, str]:
    """By whom, through which door, and by which request or job."""
    metadata = event.pgh_context.metadata if event.pgh_context else {}
    origin = metadata.get("origin", "")
    door = str(Origin(origin).label) if origin in Origin.values else _("Database")
    return metadata.get("actor", ""), door, str(metadata.get("job_id") or metadata.get("request_id") or "")


def entry_of(change: Change, labels: Labels) -> Entry:
    """One change as people read it."""
    model, event, previous = change.source.model, change.event, change.previous
    changes = tuple(_changes(change, labels))
    return Entry(
        type=str(model._meta.model_name),
        event=event.pgh_id,
        previous=previous.pgh_id if previous else 0,
        what=_what(event, previous, changes),
        subject=f"{model._meta.verbose_name} {label_of(model, event)}" if change.source.owner else "",
        changes=changes,
    )


def _what(event: Any, previous: Any, changes: Sequence[FieldChange]) -> str:
    """The heading of an entry; empty for a change that only moved the version along with an address."""
    if event.pgh_label == "delete":
        return _("Deleted permanently")
    if event.pgh_label == "insert":
        return _("Created")
    if previous is None:
        return _("Changed; what it was before is not kept any more")
    if event.deletion_id != previous.deletion_id:
        return _("Moved to the recycle bin") if event.deletion_id else _("Restored from the recycle bin")
    if event.erased_at and not previous.erased_at:
        return _("Erased")
    return _("Changed") if changes else ""


def _changes(change: Change, labels: Labels) -> Iterable[FieldChange]:
    if change.event.pgh_label == "update" and change.previous is None:
        return
    gone = change.event.pgh_label == "delete"
    for field in shown_fields(change.source.model, change.source.owner):
        before = getattr(change.previous, field.attname) if change.previous else field.get_default()
        after = None if gone else getattr(change.event, field.attname)
        if gone:
            # What was there at the end; a purge blanks it, a price keeps it.
            before = getattr(change.event, field.attname)
            if before == field.get_default():
                continue
        if before != after:
            told = shown(field, before, labels) if change.previous or gone else ""
            yield FieldChange(field.name, str(field.verbose_name), told, shown(field, after, labels))


def shown_fields(model: type[Record], owner: str = "") -> "list[Field[Any, Any]]":
    """The columns that a history tells of; those that name an owner are told by where they stand."""
    owners = {field for field in model.bin_policies if model.bin_policies[field] == "along"} if owner else set()
    return [field for field in model._meta.concrete_fields if field.name not in SILENT | owners]


def shown(field: "Field[Any, Any]", value: Any, labels: Labels) -> str:
    """A value as people read it. Secret ones are shown as there or not."""
    if value in (None, ""):
        return ""
    if field.name in SECRET:
        return HIDDEN
    if field.is_relation:
        return labels.get((field.related_model, value), f"#{value}")  # type: ignore[arg-type]
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime.date):
        return date_format(value)
    text = str(dict(field.flatchoices).get(value, value))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def labels_of(rows: "Iterable[tuple[type[Record], Iterable[Any]]]") -> Labels:
    """What the records are called that these rows link to, the bin included. Cost: one statement for each kind."""
    wanted: dict[Any, set[int]] = defaultdict(set)
    tenants = set()
    for model, events in rows:
        links = [field for field in shown_fields(model) if field.is_relation]
        for event in filter(None, events):
            tenants.add(event.tenant_id)
            for field in links:
                if (pk := getattr(event, field.attname)) is not None:
                    wanted[field.related_model].add(pk)
    return {
        (model, record.pk): str(record.label)
        for model, ids in wanted.items()
        for record in model.everything.filter(pk__in=ids, tenant__in=tenants).only("pk", *model.label_fields)
    }


def label_of(model: type[Record], event: Any) -> str:
    """What the row was called at that time: an event has the row's columns, so the row's own rule applies."""
    return model(**{field.attname: getattr(event, field.attname) for field in model._meta.concrete_fields}).label
