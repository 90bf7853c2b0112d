"""From keys to decisions: which record each row is about, and whether it may be written at all."""

from collections.abc import Sequence

from django.db import connection

from records.cleaned import Pair, clean_value
from records.outcomes import Kind, Refusal
from records.resolving import MAX_ID, Found, exists, find_by_id, find_by_pair, find_by_uid, in_bin, not_found
from records.resources import Column, Resource
from records.rows import Batch, By, Directives, Mode
from records.statements import sequence
from recyclebin import tombstones
from recyclebin.policies import type_name
from tenants.actors import Actor

FURTHEST_ID = 10**9
"""How far above the sequence a chosen id may lie (lookup API contract, section 7)."""

UID = Column("uid", "uid", max_length=64)


class Decisions:
    """What each row leads to: the record found, or a refusal, or neither: then it creates one.

    ``refusals`` starts with what cleaning found and grows; ``found`` holds the record of each row by index. ``keys``
    are what tells the records of a request apart: rows with the same one are about the same record.
    """

    def __init__(
        self,
        *,
        resource: Resource,
        batch: Batch,
        pairs: Sequence[Pair | None],
        actor: Actor,
        by: By,
        mode: Mode,
        directives: Directives,
        refusals: dict[int, Refusal],
    ) -> None:
        self.resource = resource
        self.batch = batch
        self.pairs = pairs
        self.actor = actor
        self.by = by
        self.mode = mode
        self.directives = directives
        self.refusals = refusals
        self.found: dict[int, Found] = {}
        self.keys: Sequence[object] = batch.ids
        if by != "id":
            self.keys = [pair if pair and pair[1] else index for index, pair in enumerate(pairs)]
        if by == "id":
            self._by_id()
            self._check_pairs()
        else:
            self._by_pair()
        self._check_versions()
        if any(batch.uids):
            self._check_uids()

    def _by_pair(self) -> None:
        asked = [(index, pair) for index, pair in enumerate(self.pairs) if pair and pair[1]]
        found = find_by_pair(self.resource, self.actor.tenant.pk, [pair for _, pair in asked])
        created: set[Pair] = set()
        for position, (index, pair) in enumerate(asked):
            record = found.get(position)
            if record is None:
                if self.mode == "update" or self.directives.skip_create:
                    self.refusals.setdefault(index, not_found(self.resource, "sourceId", pair[1]))
                elif self.mode == "create" and index not in self.refusals:
                    if pair in created:
                        self.refusals[index] = exists(self.resource)
                    created.add(pair)
                continue
            self.found[index] = record
            if record.state == "binned":
                self.refusals.setdefault(index, in_bin(self.resource, "sourceId", pair[1]))
            elif record.state == "erased" or self.mode == "create":
                self.refusals.setdefault(index, exists(self.resource))

    def _by_id(self) -> None:
        ids = [pk or 0 for pk in self.batch.ids]
        found = find_by_id(self.resource, self.actor.tenant.pk, ids)
        unknown: list[int] = []
        for index, pk in enumerate(ids):
            record = found.get(index)
            if record is None or record.state == "foreign":
                # Whether another tenant holds an id must not show to who may not choose ids.
                if self.mode == "update" or self.directives.skip_create:
                    self.refusals.setdefault(index, not_found(self.resource, "id", pk))
                elif "ids:choose" not in self.actor.scopes:
                    message = "creating a record with a chosen id needs the scope ids:choose"
                    self.refusals.setdefault(index, Refusal(Kind.FORBIDDEN, self.resource.name, message, "/id"))
                elif record is not None:
                    self.refusals.setdefault(index, exists(self.resource))
                else:
                    unknown.append(index)
                continue
            self.found[index] = record
            if record.state == "binned":
                self.refusals.setdefault(index, in_bin(self.resource, "id", pk))
            elif record.state == "erased":
                absent = not_found(self.resource, "id", pk)
                self.refusals.setdefault(index, absent if self.mode == "update" else exists(self.resource))
        if unknown:
            self._check_range(unknown)
            self._check_purged(unknown)

    def _check_range(self, unknown: Sequence[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT last_value FROM {sequence(self.resource.table)}")  # noqa: S608
            (last,) = cursor.fetchone() or (0,)
        for index in unknown:
            pk = self.batch.ids[index] or 0
            if not 0 < pk <= min(MAX_ID, last + FURTHEST_ID):
                message = f"id {pk} is out of range: use 1 to {min(MAX_ID, last + FURTHEST_ID)}"
                self.refusals.setdefault(index, Refusal(Kind.INVALID, self.resource.name, message, "/id"))

    def _check_purged(self, unknown: Sequence[int]) -> None:
        """An id is never free twice: what other systems have noted under it must not become somebody else."""
        asked = [index for index in unknown if index not in self.refusals]
        gone = tombstones.ids_of(type_name(self.resource.model), [self.batch.ids[index] or 0 for index in asked])
        self.refusals |= {index: exists(self.resource) for index in asked if self.batch.ids[index] in gone}

    def _check_pairs(self) -> None:
        """A pair that a row addressed by id wants to carry must be free, or its own."""
        asked = [(index, pair) for index, pair in enumerate(self.pairs) if pair and pair[1]]
        holders = find_by_pair(self.resource, self.actor.tenant.pk, [pair for _, pair in asked])
        taken: dict[Pair, int] = {}
        for position, (index, pair) in enumerate(asked):
            if index in self.refusals:
                continue
            pk = self.batch.ids[index] or 0
            holder = holders.get(position)
            if holder is not None and holder.id != pk:
                held = in_bin(self.resource, "sourceId", pair[1]) if holder.state == "binned" else exists(self.resource)
                self.refusals[index] = held
            elif taken.setdefault(pair, pk) != pk:
                self.refusals[index] = exists(self.resource)

    def _check_uids(self) -> None:
        """A uid that a new record is to have must be free. An update gives none."""
        taken: dict[str, object] = {}
        asked: list[tuple[int, str]] = []
        for index, uid in enumerate(self.batch.uids):
            if uid is None or index in self.found or index in self.refusals:
                continue
            fault = clean_value(UID, uid, self.resource.name)
            if isinstance(fault, Refusal):
                self.refusals[index] = fault
            elif taken.setdefault(uid, self.keys[index]) != self.keys[index]:
                self.refusals[index] = exists(self.resource)
            else:
                asked.append((index, uid))
        held = find_by_uid(self.resource, self.actor.tenant.pk, [uid for _, uid in asked])
        for position, holder in held.items():
            index, uid = asked[position]
            binned = holder.state == "binned"
            self.refusals[index] = in_bin(self.resource, "uid", uid) if binned else exists(self.resource)

    def _check_versions(self) -> None:
        if not any(self.batch.versions):
            return
        for index, version in enumerate(self.batch.versions):
            if version is not None and index in self.found and version != self.found[index].version:
                message = f"{self.resource.noun} was changed meanwhile"
                self.refusals.setdefault(index, Refusal(Kind.STALE, self.resource.name, message))

    def groups(self) -> dict[int, list[int]]:
        """The rows that are still to be written, by the index of the first row of each record, in order."""
        wanted = [index for index in range(len(self.batch)) if index not in self.refusals]
        keys = self.keys if len(wanted) == len(self.batch) else [self.keys[index] for index in wanted]
        if len(set(keys)) == len(keys):
            return {index: [index] for index in wanted}
        first: dict[object, int] = {}
        groups: dict[int, list[int]] = {}
        for index, key in zip(wanted, keys, strict=True):
            groups.setdefault(first.setdefault(key, index), []).append(index)
        return groups
