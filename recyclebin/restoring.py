"""What a restore brings back, and what stands in its way (design section 5).

Locks: deletions in id order, then rows: one statement per table, owners before the owned, in id order. A delete locks
       rows and then inserts deletions that nobody else knows yet, so the two cannot wait for each other in a circle.
Cost:  one statement per ``along`` link to find owners and one per table to lock. None per row or deletion.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import F, Q

from recyclebin.many import Many
from recyclebin.models import Deletion, State
from recyclebin.policies import Link, RecordModel, everything, graph
from recyclebin.results import NotRestored, Why, reason_of
from tenants.models import Tenant


@dataclass(frozen=True)
class Owner:
    """An owner outside of the deletion of the row that it owns. ``held_by`` is its own deletion, None when live."""

    of: uuid.UUID
    model: RecordModel
    id: int
    held_by: uuid.UUID | None


@dataclass
class Restoration:
    """What will come back, locked: deletions, their rows per table, and the deletions that will not."""

    deletions: tuple[Deletion, ...] = ()
    rows: dict[RecordModel, tuple[int, ...]] = field(default_factory=dict)
    skipped: tuple[NotRestored, ...] = ()
    failed: tuple[NotRestored, ...] = ()


def prepare(wanted: Sequence[uuid.UUID], tenant: Tenant, *, with_owners: bool) -> Restoration:
    """Lock these deletions and all of their rows, and find out which can be restored. Needs a transaction."""
    every = list(wanted)
    if with_owners:
        every += _deletions_of_owners(wanted)
    locked = {
        deletion.pk: deletion
        for deletion in Deletion.objects.filter(tenant=tenant, pk__any_of=Many(every))
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    }
    binned = {pk for pk, deletion in locked.items() if deletion.state == State.BINNED}
    rows, owners = _lock_rows(binned)
    able, in_the_way = _able(binned, owners)
    return Restoration(
        deletions=tuple(locked[pk] for pk in every if pk in able),
        rows=_of_deletions(rows, able),
        skipped=tuple(
            _not_restored(locked[pk], Why.RESTORED)
            for pk in wanted
            if pk in locked and locked[pk].state == State.RESTORED
        ),
        failed=tuple(_failures(every, locked, able, in_the_way)),
    )


def _deletions_of_owners(wanted: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """The deletions of the owners of these deletions' rows, of their owners, and so on. As deep as links go along."""
    known = set(wanted)
    found: list[uuid.UUID] = []
    fresh = known
    while fresh:
        fresh = {owner.held_by for owner in owners_outside(fresh) if owner.held_by is not None} - known
        known |= fresh
        found += sorted(fresh)
    return found


def owners_outside(deletions: Iterable[uuid.UUID]) -> list[Owner]:
    """The owners of these deletions' rows that are not in the row's own deletion. One statement per link."""
    every = Many(deletions)
    return [owner for link in _along_links() for owner in _owners_along(link, every)]


def _along_links() -> list[Link]:
    return [link for model in graph().models for link in graph().owners_of(model)]


def _owners_along(link: Link, deletions: Many) -> list[Owner]:
    held = f"{link.field}__deletion_id"
    rows = (
        everything(link.model)
        .filter(Q(**{held: None}) | ~Q(**{held: F("deletion_id")}), deletion__any_of=deletions)
        .exclude(**{link.column: None})
    )
    found = rows.values_list("deletion_id", link.column, held).distinct()
    return [Owner(of=of, model=link.owner, id=pk, held_by=held_by) for of, pk, held_by in found]


def _lock_rows(deletions: set[uuid.UUID]) -> tuple[dict[RecordModel, dict[int, uuid.UUID]], list[Owner]]:
    """Lock the rows of these deletions and the owners that they hang below, and say where each owner is now.

    The rows themselves are read-only while they are in the bin, so which owners they have cannot change meanwhile.
    """
    owners = owners_outside(deletions)
    rows: dict[RecordModel, dict[int, uuid.UUID]] = {}
    now: dict[tuple[RecordModel, int], uuid.UUID | None] = {}
    every = Many(deletions)
    for model in graph().models:
        outside = {owner.id for owner in owners if owner.model is model}
        condition = Q(deletion__any_of=every)
        if outside:
            condition |= Q(pk__any_of=Many(outside))
        locked = everything(model).filter(condition).order_by("pk").select_for_update(no_key=True, of=("self",))
        for pk, deletion in locked.values_list("pk", "deletion_id"):
            now[model, pk] = deletion
            if deletion in deletions:
                rows.setdefault(model, {})[pk] = deletion
    moved = [Owner(owner.of, owner.model, owner.id, now.get((owner.model, owner.id))) for owner in owners]
    return rows, moved


def _able(binned: set[uuid.UUID], owners: Iterable[Owner]) -> tuple[set[uuid.UUID], dict[uuid.UUID, list[uuid.UUID]]]:
    """Which deletions can come back, and for the others which deletions hold their owners.

    A deletion whose owner cannot come back cannot either, hence the repetition: as deep as links go along.
    """
    needs: dict[uuid.UUID, list[uuid.UUID]] = {}
    for owner in owners:
        if owner.held_by is not None:
            needs.setdefault(owner.of, []).append(owner.held_by)
    able = set(binned)
    while stuck := {pk for pk in able if not able.issuperset(needs.get(pk, ()))}:
        able -= stuck
    return able, {pk: [held for held in needs.get(pk, ()) if held not in able] for pk in binned - able}


def _of_deletions(
    rows: dict[RecordModel, dict[int, uuid.UUID]], able: set[uuid.UUID]
) -> dict[RecordModel, tuple[int, ...]]:
    kept = {model: tuple(pk for pk, deletion in ids.items() if deletion in able) for model, ids in rows.items()}
    return {model: ids for model, ids in kept.items() if ids}


def _failures(
    every: Iterable[uuid.UUID],
    locked: dict[uuid.UUID, Deletion],
    able: set[uuid.UUID],
    in_the_way: dict[uuid.UUID, list[uuid.UUID]],
) -> Iterable[NotRestored]:
    holders = Deletion.objects.in_bulk({held for holding in in_the_way.values() for held in holding})
    for pk in every:
        deletion = locked.get(pk)
        if deletion is None:
            yield NotRestored(pk, "", reason_of(Why.UNKNOWN))
        elif deletion.state == State.PURGING:
            yield _not_restored(deletion, Why.PURGING)
        elif deletion.state == State.PURGED:
            yield _not_restored(deletion, Why.PURGED)
        elif deletion.state == State.BINNED and pk not in able:
            yield _not_restored(deletion, Why.OWNERS, tuple(holders[held] for held in dict.fromkeys(in_the_way[pk])))


def _not_restored(deletion: Deletion, why: Why, owners: tuple[Deletion, ...] = ()) -> NotRestored:
    reason = reason_of(why, ", ".join(owner.label for owner in owners))
    return NotRestored(deletion.pk, deletion.label, reason, owners, why)
