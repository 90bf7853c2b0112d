"""One chunk of an upsert: resolve, decide, stage, compare, lock, write. Used by ``records.upsert`` alone."""

from collections.abc import Container, Sequence
from types import NoneType
from typing import Any

from msgspec import UNSET, UnsetType

from records import statements
from records.cleaned import clean_columns, clean_pairs, has_gaps, is_absent, types_of
from records.completing import complete
from records.copying import copy_columns
from records.deciding import Decisions
from records.folding import fold_columns
from records.nested import NestedPlan, OwnerRows, planner
from records.outcomes import Kind, Outcome, Refusal
from records.resolving import fetch, resolve_parents, run
from records.resources import Resource
from records.rows import Batch, By, Directives, Mode
from records.trees import Place, Sibling, Tree, places
from records.writing import Held, Work, next_ids, pick
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
        members = {column.member: column.name for column in resource.columns}
        if resource.parent:
            members["parent"] = resource.parent.field
        self.kept = frozenset(members[member] for member in directives.skip_if_not_empty & members.keys())
        cleaned, faults = clean_columns(resource, batch.values)
        self.cleaned = cleaned
        self.pairs = clean_pairs(resource, batch.sources, batch.source_ids, faults)
        if by == "sourceId" and mode != "create":
            self._check_keys(faults)
        self.faults = {index: Refusal.of(found) for index, found in faults.items()}

    def _check_keys(self, faults: dict[int, list[Refusal]]) -> None:
        for index, pair in enumerate(self.pairs):
            if not (pair and pair[1]) and index not in faults:
                message = "a key is required: send source and sourceId"
                faults[index] = [Refusal(Kind.INVALID, self.resource.name, message, "/sourceId")]

    def apply(self, held: Held | None) -> list[Outcome]:
        """Work the chunk out and, unless it is a dry run, write it. ``held`` is what is locked already.

        Errors: Moved or IntegrityError when another writer came in between; the caller tries again.
        """
        parents = resolve_parents(self.resource, self.actor.tenant.pk, self.batch.parents)
        self.tree = Tree(self.resource, self.batch, self.pairs, self.by) if self.resource.is_tree else None
        if self.tree:
            parents = self.tree.with_siblings(parents)
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
        self.told: dict[int, Sequence[Outcome]] = {}
        self.columns: list[Sequence[Any]] = [*self.cleaned, *self._pair_columns()]
        if self.resource.parent:
            self.columns.append(parents)
        groups, nested = self._settle()
        updates = [index for index in groups if index in decisions.found]
        creates = [index for index in groups if index not in decisions.found]
        complete(self.resource, self.actor.tenant, self.names, self.columns, creates, self.dry_run)
        verdicts = self._fold(groups, nested)
        new_ids = self._new_ids(creates)
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
                new_ids=new_ids,
                changed=changed,
                found=decisions.found,
                searched=searched,
                nested=nested,
                held=held,
            )
            ids |= work.write()
        return self._outcomes(groups, verdicts, ids, set(changed))

    def _settle(self) -> tuple[dict[int, list[int]], NestedPlan | None]:
        """The rows to write, by record, and what their addresses come to.

        A row that is refused for its address or its place in a tree leaves the others to be looked at anew: another one
        may now be the first of its record, or ask for a parent that nobody creates. Mostly nothing is refused here.
        """
        while True:
            groups = self._without_orphans()
            nested = self._plan_addresses(groups)
            refused = dict(nested.refusals) if nested else {}
            self.told.update(nested.outcomes if nested else {})
            if self.tree and self._asks_for_parents:
                refused |= self.tree.looping(self._places(groups, refused), self.directives)
            if not refused:
                return groups, nested
            self.refusals.update(refused)
            left = self.decisions.groups()
            if not self.tree and left.keys() <= groups.keys():
                return left, nested

    def _without_orphans(self) -> dict[int, list[int]]:
        groups = self.decisions.groups()
        if self.tree and self._asks_for_parents and (orphans := self.tree.orphans(self._places(groups))):
            self.refusals.update(orphans)
            return self.decisions.groups()
        return groups

    @property
    def _asks_for_parents(self) -> bool:
        return not types_of(self.columns[-1]) <= {UnsetType, NoneType}

    def _places(self, groups: dict[int, list[int]], without: Container[int] = ()) -> list[Place]:
        return places(groups, self.decisions.found, self.decisions.keys, self.columns[-1], without)

    def _new_ids(self, creates: list[int]) -> list[int]:
        """The ids of new records, if they have to be known before they are inserted, for who is to be below them."""
        if not creates:
            return []
        if self.by == "id":
            ids = [self.batch.ids[index] or 0 for index in creates]
        elif Sibling not in types_of(self.columns[-1]):
            return []
        elif self.dry_run:
            ids = [-1 - index for index in creates]
        else:
            ids = next_ids(self.resource, len(creates))
        if Sibling in types_of(self.columns[-1]):
            of_keys = dict(zip((self.decisions.keys[index] for index in creates), ids, strict=True))
            self.columns[-1] = [
                of_keys.get(value.key, UNSET) if isinstance(value, Sibling) else value for value in self.columns[-1]
            ]
        return ids

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
        ids = {first: found[first].id for first in {*shared, *kept} if first in found}
        stored = self._stored(list(ids.values()))
        self.columns, verdicts = fold_columns(
            self.names,
            self.columns,
            groups={**dict.fromkeys(kept, ()), **shared},
            stored={first: stored[pk] for first, pk in ids.items()},
            neutral=self.neutral,
            kept=self.kept,
            parent=self.resource.parent.field if self.resource.parent and skip_move else None,
            changed_rows=nested.changed_rows if nested else set(),
        )
        return verdicts

    def _stored(self, ids: list[int]) -> dict[int, dict[str, Any]]:
        if not ids:
            return {}
        rows = fetch(statements.stored(self.resource), [ids])
        return {pk: dict(zip(self.names, values, strict=True)) for pk, *values in rows}

    def _stage_and_compare(self, updates: list[int]) -> dict[int, int]:
        """COPY the rows of existing records into the staging table; which differ, and in which searched columns."""
        self.sent: frozenset[str] = frozenset()
        if not updates:
            return {}
        name, ddl = statements.staging(self.resource)
        sent_names: list[str] = ["ord", "id"]
        data: list[Sequence[Any]] = [updates, [self.decisions.found[index].id for index in updates]]
        self.sent = frozenset(
            column_name
            for column_name, values in zip(self.names, self.columns, strict=True)
            if not is_absent(values) and not (self.by == "sourceId" and column_name in _KEY)
        )
        for column_name, values in zip(self.names, self.columns, strict=True):
            if column_name not in self.sent:
                continue
            picked = pick(values, updates)
            staged = statements.staged_name(self.resource, column_name)
            sent_names.append(staged)
            data.append([None if value is UNSET else value for value in picked] if has_gaps(picked) else picked)
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
                else:
                    known = first in found
                    outcomes[index] = Outcome("update" if known else "create", pk, not known or first in changed)
        created = {self.decisions.keys[first]: first for first in groups if first not in found} if self.refusals else {}
        for index, refusal in self.refusals.items():
            record = found.get(index)
            first = created.get(self.decisions.keys[index], index)
            if record is None and first < index:
                # An earlier row of the request has created the record, so this one would have updated it.
                outcomes[index] = Outcome("update", ids.get(first), False, refusal)
            else:
                pk = record.id if record else None
                outcomes[index] = Outcome("update" if record else "create", pk, False, refusal)
        for index, told in self.told.items():
            outcomes[index].addresses = told
        return outcomes


_KEY = ("source", "source_id")
