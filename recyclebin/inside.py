"""What is inside a deletion, record by record, each with the page that shows it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils.formats import number_format

from recyclebin.many import Many
from recyclebin.models import Deletion, State
from recyclebin.policies import RecordModel, everything, graph, type_name
from recyclebin.record_pages import binned_page
from recyclebin.selection import label_fields


@dataclass(frozen=True)
class Item:
    """One record: what it is called, and where it can be read."""

    label: str
    url: str


@dataclass(frozen=True)
class Section:
    """The records of one type. ``items`` are the first of them by id; there are ``count``."""

    title: str
    count: int
    items: tuple[Item, ...]

    @property
    def amount(self) -> str:
        """``1,200 addresses``."""
        return f"{number_format(self.count, force_grouping=True)} {self.title}"

    @property
    def unnamed(self) -> int:
        """How many are not among the items."""
        return self.count - len(self.items)


def inside(deletion: Deletion, *, shown: int) -> tuple[Section, ...]:
    """What the deletion took, one section per type, with ``shown`` records of each at most.

    Records are named while they are in the bin only; after that the numbers remain.
    Cost: one statement per type of the deletion, none when it was restored or purged.
    """
    return tuple(
        Section(title=_title(model, count), count=count, items=_items(deletion, model, shown))
        for model in graph().models
        if (count := deletion.counts.get(type_name(model), 0))
    )


def inside_many(deletions: Sequence[Deletion], *, shown: int) -> dict[uuid.UUID, tuple[Section, ...]]:
    """The same for several deletions. One statement per type."""
    binned = [deletion.pk for deletion in deletions if deletion.state == State.BINNED]
    sections: dict[uuid.UUID, list[Section]] = {deletion.pk: [] for deletion in deletions}
    for model in graph().models:
        holding = [deletion for deletion in deletions if deletion.counts.get(type_name(model), 0)]
        items = _first_of_each(model, binned, shown) if holding else {}
        for deletion in holding:
            count = deletion.counts[type_name(model)]
            sections[deletion.pk].append(
                Section(title=_title(model, count), count=count, items=tuple(items.get(deletion.pk, ())))
            )
    return {pk: tuple(found) for pk, found in sections.items()}


def _first_of_each(model: RecordModel, deletions: Sequence[uuid.UUID], shown: int) -> dict[uuid.UUID, list[Item]]:
    place = Window(RowNumber(), partition_by=F("deletion_id"), order_by=F("pk").asc())
    rows: Any = everything(model).filter(deletion__any_of=Many(deletions)).annotate(place=place)
    items: dict[uuid.UUID, list[Item]] = {}
    for row in rows.filter(place__lte=shown).only("pk", "deletion_id", *label_fields(model)).order_by("pk"):
        items.setdefault(row.deletion_id, []).append(_item(row))
    return items


def _items(deletion: Deletion, model: RecordModel, shown: int) -> tuple[Item, ...]:
    if deletion.state != State.BINNED:
        return ()
    # The index over deletions holds their few rows; sorting those is cheaper than a walk along the primary key.
    rows: Any = everything(model).filter(deletion=deletion).only("pk", "deletion_id", *label_fields(model))
    return tuple(map(_item, rows.order_by("deletion_id", "pk")[:shown]))


def _item(row: Any) -> Item:
    return Item(str(row.label), binned_page(type(row), row.pk, row.deletion_id))


def _title(model: RecordModel, count: int) -> str:
    return str(model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural)
