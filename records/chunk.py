"""One chunk of an upsert: resolve, decide, stage, compare, lock, write. Used by ``records.upsert`` alone."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET, UnsetType

from records import cleaning, search, statements
from records.cleaned import clean_columns, types_of
from records.copying import SEPARATOR, copy_columns, joined
from records.deciding import Decisions, Pair, clean_pair
from records.folding import apply_kept, fold_rows, sent_values
from records.nested import NestedPlan, OwnerRows, planner
from records.outcomes import Kind, Outcome, Refusal
from records.resolving import fetch, resolve_parents, run
from records.resources import Resource, resource_named
from records.rows import By, Directives, Mode, Row
from records.search_text import FIELDS
from tenants.actors import Actor


class Moved(Exception):
    """A record changed between being read and being locked; the chunk is worked out anew."""


class Chunk:
    """Rows that are worked out and written together.

    ``names`` and ``columns`` run in parallel: the columns of the resource, then source and source_id, then the parent.
    """

    def __init__(
        self,
        resource: Resource,
        rows: Sequence[Row],
        actor: Actor,
        by: By,
        mode: Mode,
        directives: Directives,
        dry_run: bool,
    ) -> None:
        self.resource = resource
        self.rows = rows
        self.actor = actor
        self.by = by
        self.mode = mode
        self.directives = directives
        self.dry_run = dry_run
        self.names = [column.name for column in statements.staged_columns(resource)]
        self.neutral: dict[str, Any] = {column.name: column.neutral for column in statements.staged_columns(resource)}
        if resource.parent:
            self.names.append(resource.parent.field)
            self.neutral[resource.parent.field] = None
        self.kept = frozenset(
            column.name for column in resource.columns if column.member in directives.skip_if_not_empty
        )
        cleaned, faults = clean_columns(resource, [row.values for row in rows])
        self.cleaned = cleaned
        self.pairs = self._clean_pairs(faults)
        self.faults = {index: Refusal.of(found) for index, found in faults.items()}

    def _clean_pairs(self, faults: dict[int, list[Refusal]]) -> list[Pair | None]:
        sources = [row.source for row in self.rows]
        source_ids = [row.source_id for row in self.rows]
        if types_of(sources) == types_of(source_ids) == {str}:
            whole = all(sources) and all(source_ids)
            if whole and "".join(sources).isprintable() and "".join(source_ids).isprintable():  # type: ignore[arg-type]
                return list(zip(sources, source_ids, strict=True))  # type: ignore[arg-type]
        pairs: list[Pair | None] = []
        for index, row in enumerate(self.rows):
            pair = clean_pair(self.resource.name, row)
            if isinstance(pair, tuple) and not (pair[0].isprintable() and pair[1].isprintable()):
                pair = self._check_pair_text(pair)
            if isinstance(pair, Refusal):
                faults.setdefault(index, []).append(pair)
                pair = None
            elif self.by == "sourceId" and self.mode != "create" and not (pair and pair[1]):
                message = "a key is required: send source and sourceId"
                faults.setdefault(index, []).append(Refusal(Kind.INVALID, self.resource.name, message, "/sourceId"))
            pairs.append(pair)
        return pairs

    def _check_pair_text(self, pair: Pair) -> Pair | Refusal:
        for member, value in zip(("source", "sourceId"), pair, strict=True):
            try:
                cleaning.text(value)
            except cleaning.Invalid as invalid:
                return Refusal(Kind.INVALID, self.resource.name, str(invalid), f"/{member}")
        return pair

    def apply(self) -> list[Outcome]:
        """Work the chunk out and, unless it is a dry run, write it.

        Errors: Moved or IntegrityError when another writer came in between; the caller tries again.
        """
        parents = resolve_parents(self.resource, self.actor.tenant.pk, [row.parent for row in self.rows])
        refusals = dict(self.faults)
        for index, parent in enumerate(parents):
            if isinstance(parent, Refusal):
                refusals.setdefault(index, parent)
        decisions = Decisions(
            resource=self.resource,
            rows=self.rows,
            pairs=self.pairs,
            actor=self.actor,
            by=self.by,
            mode=self.mode,
            directives=self.directives,
            refusals=refusals,
        )
        self.decisions = decisions
        self.refusals = refusals
        self.columns: list[Sequence[Any]] = [*self.cleaned, *self._pair_columns()]
        if self.resource.parent:
            self.columns.append(parents)
        groups = decisions.groups()
        nested = self._plan_addresses(groups)
        if nested:
            refusals.update(nested.refusals)
            groups = decisions.groups() if nested.refusals else groups
        verdicts = self._fold(groups, nested)
        updates = [index for index in groups if index in decisions.found]
        creates = [index for index in groups if index not in decisions.found]
        searched = self._stage_and_compare(updates)
        changed = [i for i in updates if i in searched or (nested is not None and i in nested.changed_owners)]
        ids = {index: decisions.found[index].id for index in updates}
        if not self.dry_run and (changed or creates):
            ids |= self._write(creates, changed, searched, nested)
        return self._outcomes(groups, verdicts, ids, set(changed))

    def _pair_columns(self) -> list[list[Any]]:
        staged = [name for name in ("source", "source_id") if name not in self.resource.by_name]
        if not staged:
            return []
        return [[pair[part] if pair else UNSET for pair in self.pairs] for part in (0, 1)]

    def _plan_addresses(self, groups: dict[int, list[int]]) -> NestedPlan | None:
        owners = [
            OwnerRows(
                key=first,
                id=self.decisions.found[first].id if first in self.decisions.found else None,
                rows=[(index, self.rows[index].addresses) for index in indices],
            )
            for first, indices in groups.items()
            if any(self.rows[index].addresses for index in indices)
        ]
        if not owners:
            return None
        return planner()(resource=self.resource, actor=self.actor, owners=owners)

    def _fold(self, groups: dict[int, list[int]], nested: NestedPlan | None) -> dict[int, tuple[str, bool]]:
        """Fold rows that share a key, apply what the directives keep. Returns the verdicts of folded rows."""
        found = self.decisions.found
        shared = {first: indices for first, indices in groups.items() if len(indices) > 1}
        kept = [first for first in groups if first in found] if self.kept else []
        skip_move = self.directives.skip_move_on_update and self.resource.parent is not None
        if skip_move:
            parents = list(self.columns[-1])
            for first in groups:
                if first in found:
                    parents[first] = UNSET
            self.columns[-1] = parents
        if not shared and not kept:
            return {}
        stored = self._stored([found[first].id for first in {*shared, *kept} if first in found])
        columns = [list(values) for values in self.columns]
        verdicts: dict[int, tuple[str, bool]] = {}
        for first in {**shared, **dict.fromkeys(kept)}:
            state = stored[found[first].id] if first in found else None
            if first in shared:
                changed_rows = nested.changed_rows if nested else set()
                rows = [
                    (index, sent_values(self.names, self.columns, index), index in changed_rows)
                    for index in shared[first]
                ]
                values, verdict = fold_rows(
                    rows,
                    stored=state,
                    neutral=self.neutral,
                    kept=self.kept,
                    parent=self.resource.parent.field if self.resource.parent else None,
                    move=not skip_move,
                )
                verdicts |= verdict
            else:
                sent = sent_values(self.names, self.columns, first)
                values = apply_kept(sent, state or {}, self.kept, self.neutral)
            for name, column in zip(self.names, columns, strict=True):
                column[first] = values.get(name, UNSET)
        self.columns = list(columns)
        return verdicts

    def _stored(self, ids: list[int]) -> dict[int, dict[str, Any]]:
        if not ids:
            return {}
        rows = fetch(statements.stored(self.resource), [ids])
        return {pk: dict(zip(self.names, values, strict=True)) for pk, *values in rows}

    def _stage_and_compare(self, updates: list[int]) -> dict[int, bool]:
        """COPY the rows of existing records into the staging table; which differ, and whether in a searched column."""
        if not updates:
            return {}
        name, ddl = statements.staging(self.resource)
        sent_names: list[str] = ["ord", "id"]
        data: list[Sequence[Any]] = [updates, [self.decisions.found[index].id for index in updates]]
        self.sent = frozenset(
            column_name
            for column_name, values in zip(self.names, self.columns, strict=True)
            if types_of(values) != {UnsetType} and not (self.by == "sourceId" and column_name in _KEY)
        )
        for column_name, values in zip(self.names, self.columns, strict=True):
            if column_name not in self.sent:
                continue
            picked = _pick(values, updates)
            staged = self._staged_name(column_name)
            sent_names.append(staged)
            data.append(
                [None if value is UNSET else value for value in picked] if UnsetType in types_of(picked) else picked
            )
            if self.neutral[column_name] is None:
                sent_names.append(f"{staged}_sent")
                data.append([value is not UNSET for value in picked])
        run(f"{ddl}; TRUNCATE {name}")
        copy_columns(name, sent_names, data)
        return dict(fetch(statements.compare(self.resource, self.sent), []))

    def _staged_name(self, name: str) -> str:
        parent = self.resource.parent
        return parent.column if parent and name == parent.field else name

    def _write(
        self, creates: list[int], changed: list[int], searched: dict[int, bool], nested: NestedPlan | None
    ) -> dict[int, int]:
        """Write what the chunk came to. Returns the ids of the created records by row index."""
        numbers = self._debtor_numbers(creates)
        self._share_parents([*creates, *changed])
        changed_ids = [self.decisions.found[index].id for index in changed]
        if changed:
            read = {found.id: found.version for found in map(self.decisions.found.__getitem__, changed)}
            if dict(fetch(statements.lock(self.resource.table), [joined(changed_ids), SEPARATOR])) != read:
                raise Moved
        ids = self._insert(creates, numbers)
        if changed:
            run(statements.update(self.resource, self.sent), [joined(changed_ids), SEPARATOR])
        if nested:
            owners = ids | {index: self.decisions.found[index].id for index in changed}
            nested.write(owners)
        self._update_search_text(changed, searched, nested)
        self._insert_search_text(creates, ids, nested)
        return ids

    def _debtor_numbers(self, creates: list[int]) -> dict[int, str]:
        """Numbers for new records without one, where the tenant numbers its debtors (contract section 3)."""
        if not (self.resource.numbered and creates and self.actor.tenant.debtor_numbering):
            return {}
        values = self.columns[self.names.index("debtor_id")]
        bare = [index for index in creates if values[index] in (UNSET, "")]
        rows = fetch(statements.NUMBER_DEBTORS, {"count": len(bare), "tenant": self.actor.tenant.pk}) if bare else []
        return {index: str(rows[0][0] + step) for step, index in enumerate(bare)} if rows else {}

    def _share_parents(self, indices: list[int]) -> None:
        """Whoever adds a child locks its live owner first, so that nothing live lands below a binned one."""
        parent = self.resource.parent
        if parent is None or self.resource.model.bin_policies.get(parent.field) != "along":
            return
        values = self.columns[-1]
        ids = sorted({values[index] for index in indices if isinstance(values[index], int)})
        if not ids:
            return
        ((live,),) = fetch(statements.share(resource_named(parent.resource).table), [ids])
        if live != len(ids):
            raise Moved

    def _insert(self, creates: list[int], numbers: dict[int, str]) -> dict[int, int]:
        if not creates:
            return {}
        chosen = [self.rows[index].id for index in creates] if self.by == "id" else []
        if chosen:
            ids = [pk for pk in chosen if pk is not None]
            fetch(statements.MOVE_SEQUENCE, [statements.sequence(self.resource.table), max(ids)])
        else:
            rows = fetch(statements.NEXT_IDS, [statements.sequence(self.resource.table), len(creates)])
            ids = [pk for (pk,) in rows]
        count = len(creates)
        names = ["id", "tenant_id", "version", "created_at", "modified_at"]
        # COPY reads "now" as the start of the transaction, as the UPDATE's now() is.
        data: list[Sequence[Any]] = [ids, [self.actor.tenant.pk] * count, [1] * count, ["now"] * count, ["now"] * count]
        for name, values in zip(self.names, self.columns, strict=True):
            names.append(self._staged_name(name))
            data.append(self._values_for_insert(name, values, creates, numbers))
        if any(self.rows[index].uid for index in creates):
            names.append("uid")
            data.append([self.rows[index].uid for index in creates])
        copy_columns(self.resource.table, names, data)
        return dict(zip(creates, ids, strict=True))

    def _values_for_insert(
        self, name: str, values: Sequence[Any], creates: list[int], numbers: dict[int, str]
    ) -> Sequence[Any]:
        picked = _pick(values, creates)
        if UnsetType in types_of(picked):
            neutral = self.neutral[name]
            picked = [neutral if value is UNSET else value for value in picked]
        column = self.resource.by_name.get(name)
        if column and column.default_from and "" in picked:
            origin = self._values_for_insert(
                column.default_from, self.columns[self.names.index(column.default_from)], creates, numbers
            )
            picked = [value or default for value, default in zip(picked, origin, strict=True)]
        if name == "debtor_id" and numbers:
            picked = [numbers.get(index, value) for index, value in zip(creates, picked, strict=True)]
        return picked

    def _insert_search_text(self, creates: list[int], ids: dict[int, int], nested: NestedPlan | None) -> None:
        if not creates:
            return
        columns = {
            column.search: search.folded(column.search, _pick(self.columns[position], creates))
            for position, column in enumerate(statements.staged_columns(self.resource))
            if column.search
        }
        if nested:
            texts = [nested.search_text(index) for index in creates]
            for field in ("city", "postal_code"):
                columns[field] = [text.get(field, "") for text in texts]
        search.insert(
            type=self.resource.type,
            tenants=[self.actor.tenant.pk] * len(creates),
            ids=[ids[index] for index in creates],
            columns=_all_fields(columns, len(creates)),
        )

    def _update_search_text(self, changed: list[int], searched: dict[int, bool], nested: NestedPlan | None) -> None:
        moved = {index: nested.search_text(index) for index in changed} if nested else {}
        affected = [index for index in changed if searched.get(index) or moved.get(index)]
        if not affected:
            return
        columns: dict[str, Sequence[str | None]] = {}
        for position, column in enumerate(statements.staged_columns(self.resource)):
            if column.search and column.name in self.sent:
                values = _pick(self.columns[position], affected)
                texts = search.folded(column.search, values)
                columns[column.search] = [
                    None if value is UNSET else text for value, text in zip(values, texts, strict=True)
                ]
        if nested:
            for field in ("city", "postal_code"):
                columns[field] = [moved[index].get(field) for index in affected]
        found = self.decisions.found
        search.update(type=self.resource.type, ids=[found[index].id for index in affected], columns=columns)

    def _outcomes(
        self,
        groups: dict[int, list[int]],
        verdicts: dict[int, tuple[str, bool]],
        ids: dict[int, int],
        changed: set[int],
    ) -> list[Outcome]:
        outcomes: list[Outcome] = [None] * len(self.rows)  # type: ignore[list-item]
        found = self.decisions.found
        for first, indices in groups.items():
            pk = ids.get(first)
            for index in indices:
                if index in verdicts:
                    action, really = verdicts[index]
                    outcomes[index] = Outcome("create" if action == "create" else "update", pk, really)
                elif first in found:
                    outcomes[index] = Outcome("update", pk, first in changed)
                else:
                    outcomes[index] = Outcome("create", pk, True)
        for index, refusal in self.refusals.items():
            record = found.get(index)
            outcomes[index] = Outcome("update" if record else "create", record.id if record else None, False, refusal)
        return outcomes


_KEY = ("source", "source_id")


def _pick(values: Sequence[Any], indices: Sequence[int]) -> Sequence[Any]:
    """The values of some rows, in their order."""
    return values if len(indices) == len(values) else [values[index] for index in indices]


def _all_fields(columns: dict[str, list[str]], count: int) -> dict[str, list[str]]:
    """Every field of the search text: the table has no defaults, so that COPY names them all."""
    return {field: columns.get(field, [""] * count) for field in FIELDS}
