"""Which rows a deletion takes: chosen, locked, and each given to one root (design section 5).

Locks: one statement per table, owners before the owned, in id order, FOR NO KEY UPDATE. The owners of chosen rows are
       locked too although they stay: hooks change them, and whoever adds a child locks its live owner first.
Cost:  one statement to read each table with chosen rows, one to lock each table that can be reached. None per row.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from recyclebin.many import Many
from recyclebin.policies import Link, RecordModel, everything, graph, type_name
from tenants.models import Tenant


@dataclass
class Selection:
    """The rows that one operation takes. ``taken`` maps, per table, a row's id to the deletion that it belongs to."""

    taken: dict[RecordModel, dict[int, uuid.UUID]] = field(default_factory=dict)
    roots: dict[uuid.UUID, Any] = field(default_factory=dict)

    def counts(self) -> dict[uuid.UUID, Counter[str]]:
        """Rows per deletion and record type."""
        counts: dict[uuid.UUID, Counter[str]] = {deletion: Counter() for deletion in self.roots}
        for model, rows in self.taken.items():
            for deletion, number in Counter(rows.values()).items():
                counts[deletion][type_name(model)] = number
        return counts


def select(querysets: Iterable[QuerySet[Any]], tenant: Tenant) -> Selection:
    """Lock what these roots take and give every row to one root. Needs a transaction.

    Only live rows of the tenant count, whatever the querysets say. A chosen row that goes along with another one
    belongs to that one and is no root.
    """
    chosen: dict[RecordModel, set[int]] = {}
    owners: dict[RecordModel, set[int]] = {}
    for queryset in querysets:
        _read_chosen(queryset, tenant, chosen, owners)
    found = Selection()
    reachable = graph().taken_by(model for model, ids in chosen.items() if ids)
    for model in graph().models:
        if model in reachable or model in owners:
            _take(model, tenant, found, chosen.get(model, set()), owners.get(model, set()))
    return found


def live_rows(model: RecordModel, tenant: Tenant) -> QuerySet[Any]:
    """The live rows of a tenant, asked for explicitly: this is the one place that may not trust a default manager."""
    return everything(model).filter(tenant=tenant, deletion=None, erased_at=None)


def _read_chosen(
    queryset: QuerySet[Any], tenant: Tenant, chosen: dict[RecordModel, set[int]], owners: dict[RecordModel, set[int]]
) -> None:
    model = queryset.model
    links = graph().owners_of(model)
    rows = live_rows(model, tenant).filter(pk__in=queryset.values("pk"))
    for pk, *keys in rows.values_list("pk", *(link.column for link in links)):
        chosen.setdefault(model, set()).add(pk)
        for link, key in zip(links, keys, strict=True):
            if key is not None:
                owners.setdefault(link.owner, set()).add(key)


def _take(model: RecordModel, tenant: Tenant, found: Selection, chosen: set[int], owners: set[int]) -> None:
    links = [link for link in graph().owners_of(model) if found.taken.get(link.owner)]
    condition = Q(pk__any_of=Many(chosen | owners)) if chosen or owners else Q()
    for link in links:
        condition |= Q(**{f"{link.column}__any_of": Many(found.taken[link.owner])})
    if not condition:
        return
    rows = live_rows(model, tenant).filter(condition).order_by("pk").select_for_update(no_key=True, of=("self",))
    taken: dict[int, uuid.UUID] = {}
    for pk, keys, root in _read_locked(rows, links, chosen):
        deletion = _deletion_of_owner(keys, links, found)
        if deletion is None and pk in chosen:
            deletion = uuid.uuid4()
            found.roots[deletion] = root
        if deletion is not None:
            taken[pk] = deletion
    if taken:
        found.taken[model] = taken


def _read_locked(
    rows: QuerySet[Any], links: Sequence[Link], chosen: set[int]
) -> Iterable[tuple[int, Sequence[int | None], Any]]:
    """Id, owners and, where roots are among them, the record with what its deletion keeps of it."""
    columns = [link.column for link in links]
    if not chosen:
        return ((pk, keys, None) for pk, *keys in rows.values_list("pk", *columns))
    kept = {"pk", "source", "source_id", "version", *columns, *label_fields(rows.model)}
    return ((row.pk, [getattr(row, column) for column in columns], row) for row in rows.only(*kept))


def _deletion_of_owner(keys: Sequence[int | None], links: Sequence[Link], found: Selection) -> uuid.UUID | None:
    for key, link in zip(keys, links, strict=True):
        if key is not None and key in found.taken[link.owner]:
            return found.taken[link.owner][key]
    return None


def label_fields(model: RecordModel) -> tuple[str, ...]:
    """The columns that a record's ``label`` is made of, as its model declares them."""
    return tuple(getattr(model, "label_fields", ()))
