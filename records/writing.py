"""Writing what a chunk of an upsert came to: lock, insert, update, search text. Used by ``records.chunk`` alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET, UnsetType

from records import search, statements
from records.cleaned import types_of
from records.copying import SEPARATOR, copy_columns, joined
from records.nested import NestedPlan
from records.resolving import Found, fetch, run
from records.resources import Resource, resource_named
from records.rows import Batch, By
from records.search_text import FIELDS
from tenants.actors import Actor

Values = Sequence[Any]


class Moved(Exception):
    """A record changed between being read and being locked; the chunk is worked out anew."""


@dataclass(frozen=True)
class Work:
    """A chunk that is worked out.

    ``names``, ``columns`` and ``neutral`` describe the columns of the rows; ``sent`` names those that any row sent.
    ``creates`` and ``changed`` hold row indices, ``found`` the stored records of the latter. ``searched`` says by row
    index whether a searched column differs.
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
    changed: list[int]
    found: dict[int, Found]
    searched: dict[int, bool]
    nested: NestedPlan | None

    def write(self) -> dict[int, int]:
        """Write everything, owners before the owned. Returns the ids of the created records by row index.

        Locks:  the tenant where debtors are numbered, parents that take their children along, then the changed rows
                in id order (design section 6).
        Errors: Moved when a record or a parent is no longer what was read; IntegrityError when a key was taken.
        """
        numbers = self._debtor_numbers()
        self._share_parents()
        self._lock()
        ids = self._insert(numbers)
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
        if dict(fetch(statements.lock(self.resource.table), [joined(read), SEPARATOR])) != read:
            raise Moved

    def _debtor_numbers(self) -> dict[int, str]:
        """Numbers for new records without one, where the tenant numbers its debtors (contract section 3)."""
        if not (self.resource.numbered and self.creates and self.actor.tenant.debtor_numbering):
            return {}
        values = self.columns[self.names.index("debtor_id")]
        bare = [index for index in self.creates if values[index] in (UNSET, "")]
        rows = fetch(statements.NUMBER_DEBTORS, {"count": len(bare), "tenant": self.actor.tenant.pk}) if bare else []
        return {index: str(rows[0][0] + step) for step, index in enumerate(bare)} if rows else {}

    def _share_parents(self) -> None:
        """Whoever adds a child locks its live owner first, so that nothing live lands below a binned one."""
        parent = self.resource.parent
        if parent is None or self.resource.model.bin_policies.get(parent.field) != "along":
            return
        values = self.columns[-1]
        ids = sorted({values[index] for index in (*self.creates, *self.changed) if isinstance(values[index], int)})
        if not ids:
            return
        ((live,),) = fetch(statements.share(resource_named(parent.resource).table), [ids])
        if live != len(ids):
            raise Moved

    def _insert(self, numbers: dict[int, str]) -> dict[int, int]:
        if not self.creates:
            return {}
        count = len(self.creates)
        if self.by == "id":
            ids = [self.batch.ids[index] or 0 for index in self.creates]
            fetch(statements.MOVE_SEQUENCE, [statements.sequence(self.resource.table), max(ids)])
        else:
            ids = [pk for (pk,) in fetch(statements.NEXT_IDS, [statements.sequence(self.resource.table), count])]
        names = ["id", "tenant_id", "version", "created_at", "modified_at"]
        # COPY reads "now" as the start of the transaction, as the UPDATE's now() is.
        data: list[Values] = [ids, [self.actor.tenant.pk] * count, [1] * count, ["now"] * count, ["now"] * count]
        for name, values in zip(self.names, self.columns, strict=True):
            names.append(statements.staged_name(self.resource, name))
            data.append(self._values_for_insert(name, values, numbers))
        uids = [self.batch.uids[index] for index in self.creates]
        if any(uids):
            names.append("uid")
            data.append(uids)
        copy_columns(self.resource.table, names, data)
        return dict(zip(self.creates, ids, strict=True))

    def _values_for_insert(self, name: str, values: Values, numbers: dict[int, str]) -> Values:
        picked = pick(values, self.creates)
        if UnsetType in types_of(picked):
            neutral = self.neutral[name]
            picked = [neutral if value is UNSET else value for value in picked]
        column = self.resource.by_name.get(name)
        if column and column.default_from and "" in picked:
            origin = self.columns[self.names.index(column.default_from)]
            defaults = self._values_for_insert(column.default_from, origin, numbers)
            picked = [value or default for value, default in zip(picked, defaults, strict=True)]
        if name == "debtor_id" and numbers:
            picked = [numbers.get(index, value) for index, value in zip(self.creates, picked, strict=True)]
        return picked

    def _insert_search_text(self, ids: dict[int, int]) -> None:
        if not self.creates:
            return
        count = len(self.creates)
        columns = {field: [""] * count for field in FIELDS}
        for position, column in enumerate(statements.staged_columns(self.resource)):
            if column.search:
                columns[column.search] = search.folded(column.search, pick(self.columns[position], self.creates))
        if self.nested:
            texts = [self.nested.search_text(index) for index in self.creates]
            for field in self.nested.search_fields:
                columns[field] = [text.get(field, "") for text in texts]
        search.insert(
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
        columns: dict[str, Sequence[str | None]] = {}
        for position, column in enumerate(statements.staged_columns(self.resource)):
            if column.search and column.name in self.sent:
                values = pick(self.columns[position], affected)
                texts = search.folded(column.search, values)
                columns[column.search] = [
                    None if value is UNSET else text for value, text in zip(values, texts, strict=True)
                ]
        if self.nested:
            for field in self.nested.search_fields:
                columns[field] = [moved[index].get(field) for index in affected]
        search.update(type=self.resource.type, ids=[self.found[index].id for index in affected], columns=columns)


def pick(values: Values, indices: Sequence[int]) -> Values:
    """The values of some rows, in their order."""
    return values if len(indices) == len(values) else [values[index] for index in indices]
