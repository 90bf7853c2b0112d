"""The worker's side of runs: whose turn it is, one chunk after the other, and what ends a run."""

import datetime
import logging
import time
import uuid
from collections import Counter
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from recyclebin.errors import RecycleBinError
from recyclebin.models import RUN_GOES_ON, Run, RunState
from recyclebin.runs import Chunk, RunFailed, Work, kind_of
from tenants.actors import Actor, staff_actor, system_actor
from tenants.choices import Origin
from tenants.errors import PermissionDenied

SLICE = 3.0
"""Seconds after which a run lets other jobs pass: one worker serves many runs, and the periodic jobs between them."""
LINES_KEPT = 100
"""So many of each outcome: thousands that went well do not hide the one that failed."""
ATTEMPTS = 5
"""A run that ended so many workers at the same place is not given to another one."""
LEFT_BEHIND = datetime.timedelta(seconds=15)
"""A run that was not heard of for so long is given to a worker again. When its own is only slow, nothing happens."""

logger = logging.getLogger(__name__)


def work(run: uuid.UUID, *, seconds: float = SLICE) -> bool:
    """Do chunks of a run for about so many seconds; at least one. Returns whether more is left to do now."""
    until = time.monotonic() + seconds
    if not _take_up(run):
        return False
    while more := _step(run):
        if time.monotonic() >= until:
            break
    return more


def left_behind() -> list[uuid.UUID]:
    """Runs that should go on and were not heard of for a while, the longest first."""
    silent = Run.objects.filter(state__in=RUN_GOES_ON, heartbeat_at__lt=Now() - LEFT_BEHIND)
    return list(silent.order_by("heartbeat_at").values_list("pk", flat=True)[:100])


def _take_up(pk: uuid.UUID) -> bool:
    with transaction.atomic():
        if not _alone(pk):
            return False
        this = Run.objects.filter(pk=pk)
        this.filter(state=RunState.QUEUED).update(state=RunState.RUNNING, started_at=Coalesce("started_at", Now()))
        attempts = this.filter(state__in=RUN_GOES_ON).values_list("attempts", flat=True).first()
        if attempts is None:
            return False
        if attempts >= ATTEMPTS:
            _end(
                pk, RunState.FAILED, _("It broke off several times at the same place. What was done until then stays.")
            )
            return False
        this.update(attempts=F("attempts") + 1, heartbeat_at=Now())
        return True


def _step(pk: uuid.UUID) -> bool:
    """One chunk, and the note of how far the run is, in one transaction."""
    try:
        with transaction.atomic():
            return _alone(pk) and _chunk(pk)
    except OperationalError:
        # A deadlock, a lock that took too long, a server that restarts: the sweep takes it up again in a while.
        logger.warning("A chunk of run %s was rolled back and will be tried again.", pk, exc_info=True)
        return False
    except (RecycleBinError, PermissionDenied, RunFailed) as error:
        _end(pk, RunState.FAILED, str(error))
        return False
    except Exception:
        logger.exception("Run %s failed.", pk)
        _end(pk, RunState.FAILED, _("An unexpected error stopped it. What was done until then stays."))
        return False


def _alone(pk: uuid.UUID) -> bool:
    """Whether no other worker is at it. A lock of its own, so that cancelling need not wait for a chunk."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"run-{pk}"])
        (alone,) = cursor.fetchone()
    return bool(alone)


def _chunk(pk: uuid.UUID) -> bool:
    run = Run.objects.select_related("tenant", "staff").filter(pk=pk, state__in=RUN_GOES_ON).first()
    if run is None:
        return False
    if run.state == RunState.CANCELLING:
        _end(pk, RunState.CANCELLED)
        return False
    kind = kind_of(run)
    if kind is None:
        raise RunFailed(_("This version of the product does not know how to do it."))
    actor = _actor(run)
    actor.require(kind.right)
    task = Work(actor=actor, parameters=run.parameters, operation=run.pk)
    if run.total is None:
        Run.objects.filter(pk=pk).update(total=kind.total(task), heartbeat_at=Now())
        return True
    chunk = kind.chunk(task, run.position)
    _note(run, chunk)
    return chunk.after is not None


def _note(run: Run, chunk: Chunk) -> None:
    # The state is left alone: somebody may cancel while a chunk runs.
    Run.objects.filter(pk=run.pk).update(
        done=run.done + chunk.done,
        outcomes=dict(Counter(run.outcomes) + Counter(chunk.outcomes)),
        lines=_first_of_each(run.lines, chunk),
        position=chunk.after,
        attempts=0,
        heartbeat_at=Now(),
    )
    if chunk.after is None:
        _end(run.pk, RunState.DONE)


def _first_of_each(kept: list[dict[str, Any]], chunk: Chunk) -> list[dict[str, Any]]:
    numbers = Counter(line["outcome"] for line in kept)
    lines = list(kept)
    for line in chunk.lines:
        numbers[line["outcome"]] += 1
        if numbers[line["outcome"]] <= LINES_KEPT:
            lines.append(dict(line))
    return lines


def _end(pk: uuid.UUID, state: RunState, error: str = "") -> None:
    Run.objects.filter(pk=pk, state__in=RUN_GOES_ON).update(
        state=state, error=error[:500], finished_at=Now(), heartbeat_at=Now(), parameters={}, position=None
    )


def _actor(run: Run) -> Actor:
    if run.by_system:
        return system_actor(run.tenant, run.actor, origin=Origin(run.origin))
    if run.staff is None or not run.staff.is_active:
        raise RunFailed(_("The account that started it is not active any more."))
    return staff_actor(run.staff, run.tenant, origin=Origin(run.origin), request_id=run.request_id)
