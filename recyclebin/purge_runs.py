"""Purging many deletions as a run: its page shows how far it is, and it can be cancelled between two pieces.

The run keeps no list. What it has claimed is ``purging`` under its own id, so what is left to do stands in the bin
itself. Cancelled, or failed, it leaves that to the job of the retention; what it had not claimed stays in the bin.
"""

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from recyclebin import purge_chunks, run_worker, runs
from recyclebin.models import Deletion, Run, State
from recyclebin.reasons import checked_text
from recyclebin.restore_preview import counted
from recyclebin.restore_runs import Chosen
from recyclebin.runs import Chunk, Kind, RunFailed, Work
from tenants.actors import Actor
from tenants.permissions import PURGE

KIND = "purge"
AT_ONCE = 1_000
"""As many records are deleted while somebody waits for the page; more take a job."""
PATIENCE = 8.0  # seconds that somebody waits for these
DELETIONS_PER_CHUNK = 500
RECORDS_PER_CHUNK = 2_000


def start_purge(chosen: Chosen, *, actor: Actor, reason: str = "") -> Run:
    """Delete for good what these deletions hold: few records at once, more by the worker.

    Gives:  the run. Its id is the operation of the purge.
    Errors: PermissionDenied, ReasonTooLong, ReasonNotText.
    """
    reason = checked_text(reason)
    number, counts = counted(chosen.of(actor.tenant))
    records = sum(counts.values())
    label = ngettext("Delete %(number)s deletion permanently", "Delete %(number)s deletions permanently", number) % {
        "number": number_format(number, force_grouping=True)
    }
    run = runs.start(
        KIND, actor=actor, label=label, parameters={"chosen": chosen.as_json(), "reason": reason}, total=records
    )
    if records <= AT_ONCE:
        run_worker.work(run.pk, seconds=PATIENCE)
        run.refresh_from_db()
    return run


def _total(work: Work) -> int:
    return sum(counted(Chosen.from_json(work.parameters["chosen"]).of(work.actor.tenant))[1].values())


def _chunk(work: Work, after: Any) -> Chunk:
    """One piece: go on with what this run has claimed, or claim the next ones. ``after`` is the last one looked at."""
    claimed = Deletion.objects.for_tenant(work.actor.tenant).filter(state=State.PURGING, purge_operation=work.operation)
    going = tuple(claimed.order_by("pk").values_list("pk", flat=True)[:DELETIONS_PER_CHUNK])
    if going:
        return _piece(work, going, after or "")
    chosen = Chosen.from_json(work.parameters["chosen"]).of(work.actor.tenant).order_by("pk")
    if after:
        chosen = chosen.filter(pk__gt=uuid.UUID(after))
    fresh = tuple(chosen.values_list("pk", flat=True)[:DELETIONS_PER_CHUNK])
    if not fresh:
        return Chunk(after=None, done=0)
    _claim(work, fresh)
    return Chunk(after=str(fresh[-1]), done=0)


def _claim(work: Work, deletions: tuple[uuid.UUID, ...]) -> purge_chunks.Batch:
    return purge_chunks.claim(deletions, actor=work.actor, operation=work.operation, reason=work.parameters["reason"])


def _piece(work: Work, deletions: tuple[uuid.UUID, ...], after: str) -> Chunk:
    batch = _claim(work, deletions)

    def cut_links() -> bool:
        return purge_chunks.unlink(batch, actor=work.actor, operation=work.operation, limit=RECORDS_PER_CHUNK)

    if cut_links():
        return Chunk(after=after, done=0)
    try:
        with transaction.atomic():
            counts, ended = purge_chunks.remove(
                batch, actor=work.actor, operation=work.operation, limit=RECORDS_PER_CHUNK
            )
    except IntegrityError:
        if cut_links():
            return Chunk(after=after, done=0)
        raise RunFailed(
            _("Something that is still live hangs below one of these records. The rest is done; tell an administrator.")
        ) from None
    outcomes = {"records": counts.total()} | ({"purged": len(batch.claimed)} if ended else {})
    return Chunk(after=after, done=counts.total(), outcomes=outcomes)


def _home(run: Run) -> tuple[str, str]:
    return reverse("admin:recyclebin_deletion_changelist"), _("Back to the recycle bin")


PURGE_RUN = Kind(
    name=KIND,
    right=PURGE,
    total=_total,
    chunk=_chunk,
    outcomes={
        "purged": gettext_lazy("deletions ended"),
        "records": gettext_lazy("records deleted permanently"),
    },
    home=_home,
)
