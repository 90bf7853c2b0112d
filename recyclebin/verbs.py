"""Delete and restore, the verbs of the recycle bin. Admin, APIs, jobs and commands call these (design section 5)."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from psycopg import sql

from recyclebin import hooks
from recyclebin.errors import Blocked, NothingLive, VersionMoved
from recyclebin.many import Many
from recyclebin.models import Deletion, State
from recyclebin.policies import RecordModel, everything, graph, type_name
from recyclebin.reasons import checked_reason
from recyclebin.recording import label_of, record_deletions
from recyclebin.restoring import Restoration, prepare
from recyclebin.results import DeletionResult, RestoreResult
from recyclebin.selection import Selection, live_rows, select
from tenants.actors import Actor, begin_operation
from tenants.permissions import BACKOFFICE

NAMED_BLOCKERS = 5

# Marks each row with its own deletion. Locks: the caller holds every row. Cost: one probe of the primary key per row.
_PUT_IN_BIN = """
UPDATE {table} AS record SET deletion_id = gone.deletion
  FROM unnest(%s::bigint[], %s::uuid[]) AS gone(id, deletion)
 WHERE record.id = gone.id AND record.deletion_id IS NULL
"""


def delete(
    *,
    roots: QuerySet[Any] | Iterable[QuerySet[Any]],
    actor: Actor,
    reason: str = "",
    expected_version: int | None = None,
    operation: uuid.UUID | None = None,
) -> DeletionResult:
    """Put live records, and all that goes along with them, in the recycle bin.

    Takes:  ``roots``, one queryset or several of different types; rows in the bin, erased or of another tenant are
            passed by. ``reason`` is stripped and kept; an API client that gives none has its name kept instead.
            ``expected_version`` (HTTP: If-Match) is asked of every root.
            ``operation`` joins several calls, such as the chunks of a job, to one operation that Undo restores.
    Gives:  one deletion per root. A root that another root takes along belongs to that root.
    Writes: ``deletion_id`` and no other column, by one UPDATE per table; hooks hand defaults on.
    Errors: PermissionDenied, ReasonTooLong, ReasonNotText, ReasonRequired, NothingLive, VersionMoved, Blocked. None of
            them leaves a trace.
    Source: design section 5; lookup API contract, section 6.
    """
    actor.require(BACKOFFICE)
    reason = checked_reason(reason, actor)
    querysets = [roots] if isinstance(roots, QuerySet) else list(roots)
    with transaction.atomic():
        operation = begin_operation(actor, operation)
        selection = select(querysets, actor.tenant)
        if not selection.roots:
            raise NothingLive
        _refuse_other_versions(selection, expected_version)
        _refuse_blocked(selection, actor)
        deletions = record_deletions(selection, actor, reason, operation)
        for model, rows in selection.taken.items():
            _put_in_bin(model, rows)
        hooks.run_after_delete(
            hooks.Change(
                actor=actor,
                operation=operation,
                deletions=deletions,
                rows={model: tuple(rows) for model, rows in selection.taken.items()},
                roots=hooks.roots_of(deletions),
            )
        )
    return DeletionResult(operation=operation, deletions=deletions)


def restore(
    *,
    deletions: QuerySet[Deletion] | Iterable[uuid.UUID],
    actor: Actor,
    with_owners: bool = False,
    operation: uuid.UUID | None = None,
) -> RestoreResult:
    """Bring back exactly the rows of these deletions, each unchanged.

    Takes:  deletions, or their ids. ``with_owners`` also restores the deletions that hold owners of their rows.
            ``operation`` joins several calls, such as the chunks of a job, to one operation of the history.
    Gives:  which were restored, which needed nothing, and which failed with the reason. One that fails stops no other.
            A deletion fails when an owner of its rows is in the bin (a binned usergroup that is merely kept as a link
            never counts), when it is being purged or is gone, or when the tenant has no such deletion.
    Writes: ``deletion_id`` and no other column, by one UPDATE per table. The one exception is made by hooks: a default
            address steps back when another became default meanwhile, and one takes the place where there is none.
    Errors: PermissionDenied.
    Source: design section 5.
    """
    actor.require(BACKOFFICE)
    with transaction.atomic():
        operation = begin_operation(actor, operation)
        plan = prepare(_ids(deletions), actor.tenant, with_owners=with_owners)
        change = hooks.Change(
            actor=actor,
            operation=operation,
            deletions=plan.deletions,
            rows=plan.rows,
            roots=hooks.roots_of(plan.deletions),
        )
        if plan.deletions:
            hooks.run_before_restore(change)
            _bring_back(plan, actor)
            hooks.run_after_restore(change)
    return RestoreResult(
        operation=operation,
        restored=plan.deletions,
        skipped=plan.skipped,
        failed=plan.failed,
        counts={type_name(model): len(ids) for model, ids in plan.rows.items()},
    )


def _refuse_other_versions(selection: Selection, expected: int | None) -> None:
    for root in selection.roots.values() if expected is not None else ():
        if root.version != expected:
            raise VersionMoved(str(root))


def _refuse_blocked(selection: Selection, actor: Actor) -> None:
    blockers: list[str] = []
    for model, rows in selection.taken.items():
        for link in graph().blockers_of(model):
            held = everything(link.model)
            if link.model in graph().models:
                held = live_rows(link.model, actor.tenant).exclude(pk__in=selection.taken.get(link.model, ()))
            held = held.filter(**{f"{link.column}__any_of": Many(rows)}).order_by("pk")[:NAMED_BLOCKERS]
            blockers += [f"{link.model._meta.verbose_name} {label_of(blocker)}" for blocker in held]
    if blockers:
        raise Blocked(blockers[:NAMED_BLOCKERS])


def _put_in_bin(model: RecordModel, rows: dict[int, uuid.UUID]) -> None:
    statement = sql.SQL(_PUT_IN_BIN).format(table=sql.Identifier(model._meta.db_table))
    with connection.cursor() as cursor:
        cursor.execute(statement, [Many(rows).literal, Many(rows.values()).literal])
        if cursor.rowcount != len(rows):
            raise RuntimeError(f"{cursor.rowcount} of {len(rows)} locked rows of {model._meta.label} were live.")


def _ids(deletions: QuerySet[Deletion] | Iterable[uuid.UUID]) -> list[uuid.UUID]:
    if isinstance(deletions, QuerySet):
        return list(deletions.values_list("pk", flat=True))
    return list(dict.fromkeys(deletions))


def _bring_back(plan: Restoration, actor: Actor) -> None:
    deletions = Many(deletion.pk for deletion in plan.deletions)
    for model in plan.rows:
        everything(model).filter(deletion__any_of=deletions).update(deletion=None)
    now = timezone.now()
    for deletion in plan.deletions:
        deletion.state, deletion.restored_at, deletion.restored_by = State.RESTORED, now, actor.label[:255]
    Deletion.objects.filter(pk__any_of=deletions).update(
        state=State.RESTORED, restored_at=now, restored_by=actor.label[:255]
    )
