"""One chunk of an upsert: resolve, decide, stage, compare, lock, write. Used by ``records.upsert`` alone."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET, UnsetType

from records import cleaning, statements
from records.cleaned import clean_columns, types_of
from records.copying import copy_columns
from records.deciding import Decisions, Pair, clean_pair
from records.folding import apply_kept, fold_rows, sent_values
from records.nested import NestedPlan, OwnerRows, planner
from records.outcomes import Kind, Outcome, Refusal
from records.resolving import fetch, resolve_parents, run
from records.resources import Resource
from records.rows import Batch, By, Directives, Mode
from records.writing import Work, pick
from tenants.actors import Actor


class Chunk:
    """Rows that are worked out and written together.

    ``names`` and ``columns`` run in parallel: the columns of the resource, then source and source_id, then the parent.
    """

    def __init__(
        self,
        resource: Resource,
        batch: Batch,
        actor: Actor,
        by: By,
        mode: Mode,
        directives: Directives,
        dry_run: bool,
    ) -> None:
        self.resource = resource
        self.batch = batch
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
        cleaned, faults = clean_columns(resource, batch.values)
        self.cleaned = cleaned
        self.pairs = self._clean_pairs(faults)
        self.faults = {index: Refusal.of(found) for index, found in faults.items()}

    def _clean_pairs(self, faults: dict[int, list[Refusal]]) -> list[Pair | None]:
        sources, source_ids = self.batch.sources, self.batch.source_ids
        if types_of(sources) == types_of(source_ids) == {str}:
            whole = all(sources) and all(source_ids)
            if whole and "".join(sources).isprintable() and "".join(source_ids).isprintable():  # type: ignore[arg-type]
                return list(zip(sources, source_ids, strict=True))  # type: ignore[arg-type]
        pairs: list[Pair | None] = []
        for index, (source, source_id) in enumerate(zip(sources, source_ids, strict=True)):
            pair = clean_pair(self.resource.name, source, source_id)
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
        parents = resolve_parents(self.resource, self.actor.tenant.pk, self.batch.parents)
        refusals = dict(self.faults)
        for index, parent in enumerate(parents):
            if isinstance(parent, Refusal):
                refusals.setdefault(index, parent)
        decisions = Decisions(
            resource=self.resource,
            batch=self.batch,
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
            work = Work(
                resource=self.resource,
                actor=self.actor,
                by=self.by,
                batch=self.batch,
                names=self.names,
                columns=self.columns,
                neutral=self.neutral,
                sent=self.sent,
                creates=creates,
                changed=changed,
                found=decisions.found,
                searched=searched,
                nested=nested,
            )
            ids |= work.write()
        return self._outcomes(groups, verdicts, ids, set(changed))

    def _pair_columns(self) -> list[list[Any]]:
        staged = [name for name in ("source", "source_id") if name not in self.resource.by_name]
        if not staged:
            return []
        return [[pair[part] if pair else UNSET for pair in self.pairs] for part in (0, 1)]

    def _plan_addresses(self, groups: dict[int, list[int]]) -> NestedPlan | None:
        addresses = self.batch.addresses
        if not any(addresses):
            return None
        owners = [
            OwnerRows(
                key=first,
                id=self.decisions.found[first].id if first in self.decisions.found else None,
                rows=[(index, addresses[index]) for index in indices],
            )
            for first, indices in groups.items()
            if any(addresses[index] for index in indices)
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
        self.sent: frozenset[str] = frozenset()
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
            picked = pick(values, updates)
            staged = statements.staged_name(self.resource, column_name)
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

    def _outcomes(
        self,
        groups: dict[int, list[int]],
        verdicts: dict[int, tuple[str, bool]],
        ids: dict[int, int],
        changed: set[int],
    ) -> list[Outcome]:
        outcomes: list[Outcome] = [None] * len(self.batch)  # type: ignore[list-item]
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
