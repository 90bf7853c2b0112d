"""Purge: deleting for good what is in the recycle bin (design section 5, docs/decisions/0020-purge.md).

A purge is a row of transactions. Killed between two of them it leaves deletions that are ``purging``, and a job goes on
with those by ``resume``. Nothing is done twice, and a transaction is done as a whole or not at all.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from recyclebin import purge_chunks
from recyclebin.models import Deletion, State
from recyclebin.reasons import checked_text
from recyclebin.results import NotPurged, PurgeResult
from tenants.actors import Actor, system_actor
from tenants.choices import Origin
from tenants.models import Tenant
from tenants.permissions import PURGE

DELETIONS = 1000
"""How many deletions are claimed at once."""

ROWS = 5000
"""How many rows go in one transaction: about a second's work."""

ATTEMPTS = 3


def purge(
    *,
    deletions: QuerySet[Deletion] | Iterable[uuid.UUID],
    actor: Actor,
    reason: str = "",
    rows: int = ROWS,
) -> PurgeResult:
    """Delete the records of these deletions for good. There is no way back.

    Takes:  deletions, or their ids. ``reason`` stays for ever, beside who did it and when: it should name nobody.
    Gives:  which were purged, and which were not, with the reason. One that another session restored first is skipped.
    Writes: in chunks of ``rows`` rows, each a transaction of its own. From its first one a deletion is ``purging`` and
            a restore is refused. Rows that go along with these and are in the bin under deletions of their own go too,
            and those deletions end as purged. Links that keep become null, which is a change of the live record that
            has the link. The personal values in the history are blanked, search texts and kept answers go; a tombstone
            for each record remains.
    Errors: PermissionDenied, ReasonTooLong, ReasonNotText; RuntimeError inside a transaction.
    Source: design section 5.
    """
    result = PurgeResult(operation=uuid.uuid4())
    for step in purging(deletions=deletions, actor=actor, reason=reason, rows=rows, operation=result.operation):
        result += step
    return result


def purging(
    *,
    deletions: QuerySet[Deletion] | Iterable[uuid.UUID],
    actor: Actor,
    reason: str = "",
    rows: int = ROWS,
    operation: uuid.UUID | None = None,
) -> Iterator[PurgeResult]:
    """``purge`` step by step: what each transaction did, for whoever shows progress or may stop in between.

    Who stops leaves the deletions at hand ``purging``, and the job goes on with them; the others are in the bin.
    """
    actor.require(PURGE)
    reason = checked_text(reason)
    operation = operation or uuid.uuid4()
    # In the order of their ids, so that two who purge the same claim them one after the other.
    ids = deletions.values_list("pk", flat=True) if isinstance(deletions, QuerySet) else deletions
    wanted = iter(sorted(set(ids)))
    while chosen := tuple(islice(wanted, DELETIONS)):
        batch = _claim(chosen, actor, operation, reason)
        yield PurgeResult(operation=operation, not_purged=tuple(_not_purged(chosen, batch)))
        yield from _work_off(batch, actor, operation, rows)


class Unfinished(NamedTuple):
    """A purge whose process died, or that runs at this moment."""

    tenant: Tenant
    operation: uuid.UUID


def unfinished(tenant: Tenant | None = None) -> list[Unfinished]:
    """The purges that have begun and not ended, of one tenant or of all."""
    found = Deletion.objects.filter(state=State.PURGING)
    if tenant is not None:
        found = found.for_tenant(tenant)
    pairs = list(found.order_by("tenant_id", "purge_operation").values_list("tenant_id", "purge_operation").distinct())
    tenants = Tenant.objects.in_bulk({pk for pk, _ in pairs})
    return [Unfinished(tenants[pk], operation) for pk, operation in pairs if operation]


def resume(begun: Unfinished, *, rows: int = ROWS) -> Iterator[PurgeResult]:
    """Go on with a purge, in the name of whoever began it, step by step.

    Harmless beside the process that began it, if that still runs: one waits for the other, and finds less to do.
    """
    deletions = Deletion.objects.filter(
        tenant=begun.tenant, state=State.PURGING, purge_operation=begun.operation
    ).order_by("pk")
    while first := deletions.first():
        actor = system_actor(begun.tenant, first.purged_by, origin=Origin(first.purge_origin))
        chosen = tuple(deletions.values_list("pk", flat=True)[:DELETIONS])
        batch = _claim(chosen, actor, begun.operation, first.purge_reason)
        yield from _work_off(batch, actor, begun.operation, rows)


def _work_off(batch: purge_chunks.Batch, actor: Actor, operation: uuid.UUID, rows: int) -> Iterator[PurgeResult]:
    if not batch.ids:
        return
    attempts, ended = ATTEMPTS, False
    _unlink_all(batch, actor, operation, rows)
    while not ended:
        try:
            with transaction.atomic(durable=True):
                counts, ended = purge_chunks.remove(batch, actor=actor, operation=operation, limit=rows)
        except IntegrityError:
            attempts -= 1
            if not attempts:
                raise
            _unlink_all(batch, actor, operation, rows)
            continue
        yield PurgeResult(operation=operation, counts=counts, purged=batch.claimed if ended else ())


def _claim(chosen: tuple[uuid.UUID, ...], actor: Actor, operation: uuid.UUID, reason: str) -> purge_chunks.Batch:
    with transaction.atomic(durable=True):
        return purge_chunks.claim(chosen, actor=actor, operation=operation, reason=reason)


def _unlink_all(batch: purge_chunks.Batch, actor: Actor, operation: uuid.UUID, rows: int) -> None:
    more = True
    while more:
        with transaction.atomic(durable=True):
            more = purge_chunks.unlink(batch, actor=actor, operation=operation, limit=rows)


def _not_purged(chosen: Sequence[uuid.UUID], batch: purge_chunks.Batch) -> Iterator[NotPurged]:
    reasons = {
        State.RESTORED: _("It was restored before."),
        State.PURGED: _("It was deleted permanently before."),
    }
    for pk in chosen:
        deletion = batch.found.get(pk)
        if deletion is None:
            yield NotPurged(pk, "", _("There is no such deletion."))
        elif deletion.state in reasons:
            yield NotPurged(pk, deletion.label, reasons[State(deletion.state)])
