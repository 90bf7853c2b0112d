"""The pieces of a purge: claim, unlink, remove (docs/decisions/0020-purge.md). Each needs a transaction of its own.

Locks: claiming and removing hold the deletions, in the order of their ids; a restore takes the same locks first, so of
       the two one waits, and then finds what the other one did. Rows in the bin are nobody else's business. Unlinking
       holds live rows of one table, in the order of their ids, and no deletion: it waits for no restore.
Cost:  the number of statements depends on the number of tables, and for claiming on how deep links go along. None
       depends on the number of deletions or rows.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone
from psycopg import sql

from recyclebin import hooks, tombstones
from recyclebin.many import Many
from recyclebin.models import Deletion, State
from recyclebin.policies import Link, RecordModel, everything, graph, type_name
from recyclebin.purge_guard import deleting_for_good
from tenants.actors import Actor, begin_operation

_TOLD = ("state", "label", "counts")
"""What is asked of the deletions that are purged: a thousand whole ones would cost more than their rows."""

_REMOVE = "DELETE FROM {table} WHERE id = ANY(%s::bigint[])"


@dataclass(frozen=True)
class Batch:
    """Deletions that are being purged together.

    ``found`` are those that were asked for, as they were when locked. ``ids`` are those whose rows go: those that were
    ``claimed``, and what lies below them under deletions of its own. ``types`` are the types of these rows.
    """

    found: Mapping[uuid.UUID, Deletion]
    claimed: tuple[uuid.UUID, ...] = ()
    ids: tuple[uuid.UUID, ...] = ()
    types: frozenset[str] = field(default_factory=frozenset)


def claim(wanted: Iterable[uuid.UUID], *, actor: Actor, operation: uuid.UUID, reason: str) -> Batch:
    """Mark those of the tenant's deletions that are still in the bin as being purged, with what lies below them.

    From the end of this transaction on a restore is refused. One that is being purged already is gone on with, in the
    name of whoever began it.
    """
    wanted = tuple(wanted)
    every = Many({*wanted, *_below(wanted)})
    mine = Deletion.objects.for_tenant(actor.tenant).filter(pk__any_of=every).only(*_TOLD).order_by("pk")
    locked = {deletion.pk: deletion for deletion in mine.select_for_update(no_key=True, of=("self",))}
    unfinished = (State.BINNED, State.PURGING)
    claimed = tuple(pk for pk in wanted if pk in locked and locked[pk].state in unfinished)
    # Asked again: of what was found without a lock some may have been restored with its owner meanwhile.
    ids = tuple({*claimed, *_below(claimed)})
    Deletion.objects.filter(pk__any_of=Many(ids), state=State.BINNED).update(
        state=State.PURGING,
        purge_operation=operation,
        purge_origin=actor.origin,
        purge_reason=reason,
        purged_by=actor.label[:255],
    )
    types = frozenset(name for pk in ids if pk in locked for name in locked[pk].counts)
    return Batch({pk: locked[pk] for pk in wanted if pk in locked}, claimed, ids, types)


def unlink(batch: Batch, *, actor: Actor, operation: uuid.UUID, limit: int) -> bool:
    """Set at most ``limit`` links of one kind that keep to rows of the batch to null. Returns whether any may be left.

    For a live row that is a change like any other: its version and the time of its change move. A row in the bin comes
    back as it was, but for the link to what is no more.
    """
    owners = {graph().by_type[name] for name in batch.types if name in graph().by_type}
    links = [link for link in graph().links if link.policy != "along" and link.owner in owners]
    begin_operation(actor, operation)
    return any(_unlink(link, batch, limit) for link in links)


def remove(batch: Batch, *, actor: Actor, operation: uuid.UUID, limit: int) -> tuple[Counter[str], bool]:
    """Delete at most ``limit`` rows of the batch for good, and all that is kept about them.

    Gives:  rows per record type, and whether nothing is left: then the deletions have ended as purged.
    Writes: rows that are owned go before their owners, so that a batch that is half removed hangs together. Hooks of
            other rooms blank the history and clear what they keep; a tombstone is left for each row.
    Errors: IntegrityError when something links to one of the rows: somebody who had looked before the deletion did so
            after ``unlink``, which has to be called again then, in a new transaction.
    """
    deletions = Many(batch.ids)
    begin_operation(actor, operation)
    # Held until the commit: of two who purge the same, the second one finds what the first one left.
    purging = Deletion.objects.filter(pk__any_of=deletions, state=State.PURGING).order_by("pk")
    locked = list(purging.select_for_update(no_key=True, of=("self",)).values_list("deleted_at", flat=True))
    going = _some_rows(deletions, limit) if locked else {}
    if going:
        every = [row for rows in going.values() for row in rows]
        with deleting_for_good():
            for model, rows in going.items():
                _remove_rows(model, rows)
            hooks.run_after_purge(
                hooks.Purged(
                    actor=actor,
                    operation=operation,
                    rows={model: tuple(row.record for row in rows) for model, rows in going.items()},
                    keys=frozenset(row.source_id for row in every if row.source_id),
                    deleted_until=max(locked),
                )
            )
        tombstones.write(actor.tenant, every)
        # Foreign keys are checked at the commit otherwise, which is too late to say what is wrong.
        connection.check_constraints()
    counts = Counter({type_name(model): len(rows) for model, rows in going.items()})
    ended = counts.total() < limit
    if ended and locked:
        _end(deletions)
    return counts, ended


def _below(deletions: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Deletions of their own of rows that go along with rows of these deletions, and so on."""
    known = set(deletions)
    found: set[uuid.UUID] = set()
    fresh = known
    while fresh:
        fresh = _deletions_along(Many(fresh)) - known
        known |= fresh
        found |= fresh
    return found


def _along_links() -> list[Link]:
    return [link for model in graph().models for link in graph().owners_of(model)]


def _deletions_along(owners: Many) -> set[uuid.UUID]:
    """The other deletions of rows that go along with rows of these. One statement for all links."""
    first, *others = (_along(link, owners) for link in _along_links())
    return set(first.union(*others).values_list("deletion_id", flat=True))


def _along(link: Link, owners: Many) -> QuerySet[Any]:
    held = f"{link.field}__deletion"
    rows = everything(link.model).filter(~Q(deletion=None), ~Q(deletion=F(held)), **{f"{held}__any_of": owners})
    return rows.order_by().values("deletion_id")


def _unlink(link: Link, batch: Batch, limit: int) -> bool:
    going = Many(batch.ids)
    rows = everything(link.model).filter(**{f"{link.field}__deletion__any_of": going})
    order = graph().models
    if link.model in order and order.index(link.model) > order.index(link.owner):
        # What goes before its owner needs no change on the way.
        rows = rows.exclude(deletion__any_of=going)
    held = rows.order_by("pk").select_for_update(no_key=True, of=("self",))
    ids = list(held.values_list("pk", flat=True)[:limit])
    if ids:
        changes = {link.field: None} | (_as_a_change() if link.model in order else {})
        everything(link.model).filter(pk__any_of=Many(ids)).update(**changes)
    return bool(ids)


def _as_a_change() -> dict[str, object]:
    live = Q(deletion=None)
    return {
        "version": F("version") + Case(When(live, then=Value(1)), default=Value(0)),
        "modified_at": Case(When(live, then=Value(timezone.now())), default=F("modified_at")),
    }


def _some_rows(deletions: Many, limit: int) -> dict[RecordModel, list[tombstones.Gone]]:
    """At most ``limit`` rows: those that others hang below come when nothing hangs below them any more."""
    going: dict[RecordModel, list[tombstones.Gone]] = {}
    for model in reversed(graph().models):
        columns = ("deletion_id", "pk", "source", "source_id", "uid")
        rows = everything(model).filter(deletion__any_of=deletions).values_list(*columns)[:limit]
        found = [tombstones.Gone(row[0], type_name(model), *row[1:]) for row in rows]
        if found:
            going[model] = found
        limit -= len(found)
        if limit == 0:
            break
    return going


def _remove_rows(model: RecordModel, rows: list[tombstones.Gone]) -> None:
    statement = sql.SQL(_REMOVE).format(table=sql.Identifier(model._meta.db_table))
    with connection.cursor() as cursor:
        cursor.execute(statement, [Many(row.record for row in rows).literal])
        if cursor.rowcount != len(rows):
            raise RuntimeError(f"{cursor.rowcount} of {len(rows)} rows of {model._meta.label} were there.")


def _end(deletions: Many) -> None:
    """What was written about the records goes with them; who, when and why of the purge stays."""
    Deletion.objects.filter(pk__any_of=deletions, state=State.PURGING).update(
        state=State.PURGED,
        purged_at=timezone.now(),
        label="",
        reason="",
        sought="",
        root_source="",
        root_source_id="",
    )
