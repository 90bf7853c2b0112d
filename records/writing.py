"""Writing what a chunk of an upsert came to: lock, insert, update, search text. Used by ``records.chunk`` alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from msgspec import UNSET

from records import search, statements
from records.cleaned import has_gaps
from records.copying import SEPARATOR, copy_columns, joined
from records.nested import NestedPlan
from records.resolving import Found, fetch, run
from records.resources import Resource, resource_named
from records.rows import Batch, By
from tenants.actors import Actor

Values = Sequence[Any]


class Moved(Exception):
    """A record changed between being read and being locked; the chunk is worked out anew."""


@dataclass(frozen=True)
class Held:
    """The parents and the records that were locked before a chunk was worked out, or created by an earlier one."""

    parents: set[int]
    records: set[int]


@dataclass(frozen=True)
class Work:
    """A chunk that is worked out.

    ``names``, ``columns`` and ``neutral`` describe the columns of the rows; ``sent`` names those that any row sent.
    ``creates`` and ``changed`` hold row indices, ``found`` the stored records of the latter. ``searched`` says by row
    index in which searched columns a record differs, as the bits of ``statements.compare``. ``new_ids`` are the ids of
    ``creates`` where they are known already.
    ``held`` is what is locked already: with it nothing else may be.
    """

    resource: Resource
    actor: Actor
    by: By
    batch: Batch
    names: Sequence[str]
    columns: Sequence[Values]
    neutral: dict[str, Any]
    sent: frozenset[str]
    creates: list[int]
    new_ids: list[int]
    changed: list[int]
    found: dict[int, Found]
    searched: dict[int, int]
    nested: NestedPlan | None
    held: Held | None

    def write(self) -> dict[int, int]:
        """Write everything, owners before the owned. Returns the ids of the created records by row index.

        Locks:  the queue of who gives out keys of addresses, then parents that take their children along, then the
                changed rows in id order (design section 6).
        Errors: Moved when a record or a parent is no longer what was read; IntegrityError when a key was taken.
        """
        if self.nested:
            self.nested.queue()
        self._share_parents()
        self._lock()
        ids = self._insert()
        changed_ids = [self.found[index].id for index in self.changed]
        if changed_ids:
            run(statements.update(self.resource, self.sent), [joined(changed_ids), SEPARATOR])
        if self.nested:
            self.nested.write(ids | dict(zip(self.changed, changed_ids, strict=True)))
        self._update_search_text()
        self._insert_search_text(ids)
        return ids

    def _lock(self) -> None:
        if not self.changed:
            return
        read = {found.id: found.version for found in map(self.found.__getitem__, self.changed)}
        if self.held and not read.keys() <= self.held.records:
            raise Moved
        if dict(fetch(statements.lock(self.resource.table), [joined(read), SEPARATOR])) != read:
            raise Moved

    def _share_parents(self) -> None:
        """Whoever adds a child locks its live owner first, so that nothing live lands below a binned one."""
        if not goes_along(self.resource):
            return
        named = set(map(self.columns[-1].__getitem__, (*self.creates, *self.changed)))
        ids = {value for value in named if isinstance(value, int)}
        if self.held and not ids <= self.held.parents:
            raise Moved
        if share_parents(self.resource, ids) != len(ids):
            raise Moved

    def _insert(self) -> dict[int, int]:
        if not self.creates:
            return {}
        count = len(self.creates)
        ids = self.new_ids or next_ids(self.resource, count)
        if self.by == "id":
            fetch(statements.MOVE_SEQUENCE, [statements.sequence(self.resource.table), max(ids)])
        names = ["id", "tenant_id", "version", "created_at", "modified_at"]
        # COPY reads "now" as the start of the transaction.
        data: list[Values] = [ids, [self.actor.tenant.pk] * count, [1] * count, ["now"] * count, ["now"] * count]
        for name, values in zip(self.names, self.columns, strict=True):
            names.append(statements.staged_name(self.resource, name))
            picked = pick(values, self.creates)
            if has_gaps(picked):
                neutral = self.neutral[name]
                picked = [neutral if value is UNSET else value for value in picked]
            data.append(picked)
        uids = [self.batch.uids[index] for index in self.creates]
        if any(uids):
            names.append("uid")
            data.append(uids)
        copy_columns(self.resource.table, names, data)
        if self.held:
            self.held.records.update(ids)
        return dict(zip(self.creates, ids, strict=True))

    def _insert_search_text(self, ids: dict[int, int]) -> None:
        if not self.creates:
            return
        count = len(self.creates)
        columns: dict[str, Sequence[str | None]] = {}
        for position, column in enumerate(statements.staged_columns(self.resource)):
            if column.search:
                texts = search.folded(column.search, pick(self.columns[position], self.creates))
                columns[column.search] = [text or None for text in texts]
        if self.nested:
            nested = [self.nested.search_text(index) for index in self.creates]
            for field in self.nested.search_fields:
                columns[field] = [text.get(field) for text in nested]
        search.change(
            type=self.resource.type,
            tenants=[self.actor.tenant.pk] * count,
            ids=[ids[index] for index in self.creates],
            columns=columns,
        )

    def _update_search_text(self) -> None:
        moved = {index: self.nested.search_text(index) for index in self.changed} if self.nested else {}
        affected = [index for index in self.changed if self.searched.get(index) or moved.get(index)]
        if not affected:
            return
        bits = [self.searched.get(index, 0) for index in affected]
        any_bits = reduce(or_, bits)
        columns: dict[str, Sequence[str | None]] = {}
        for position, column in enumerate(statements.searched_columns(self.resource)):
            bit = 1 << position
            if any_bits & bit:
                texts = search.folded(column.search, pick(self.columns[self.names.index(column.name)], affected))
                columns[column.search] = [
                    text if differ & bit else None for text, differ in zip(texts, bits, strict=True)
                ]
        if self.nested:
            for field in self.nested.search_fields:
                columns[field] = [moved[index].get(field) for index in affected]
        search.change(
            type=self.resource.type,
            tenants=[self.actor.tenant.pk] * len(affected),
            ids=[self.found[index].id for index in affected],
            columns=columns,
        )


def goes_along(resource: Resource) -> bool:
    """Whether a parent takes these records along to the bin, so that it must stay live while one is put below it."""
    parent = resource.parent
    return parent is not None and resource.model.bin_policies.get(parent.field) == "along"


def share_parents(resource: Resource, ids: Collection[int]) -> int:
    """Keep parents from going to the bin until the end of the transaction. Returns how many of them are live."""
    if not ids or resource.parent is None:
        return 0
    ((live,),) = fetch(statements.share(resource_named(resource.parent.resource).table), [sorted(ids)])
    return int(live)


def next_ids(resource: Resource, count: int) -> list[int]:
    """Ids that nobody else gets."""
    return [pk for (pk,) in fetch(statements.NEXT_IDS, [statements.sequence(resource.table), count])]


def pick(values: Values, indices: Sequence[int]) -> Values:
    """The values of some rows, in their order."""
    return values if len(indices) == len(values) else [values[index] for index in indices]
