"""Background work of the recycle bin: runs, and the sweep that takes up those whose worker died."""

import uuid
from contextlib import suppress

from asgiref.sync import async_to_sync
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status

from recyclebin import retention, run_worker, runs

PURGE_EXPIRED = "recyclebin.jobs.purge_expired"


@app.task(queue="default", name=runs.TASK, pass_context=False)
def work_on_run(run: str) -> None:
    """Work on a run for a few seconds, then queue up again behind the other jobs."""
    if run_worker.work(uuid.UUID(run)):
        runs.enqueue(uuid.UUID(run))


@app.periodic(cron="*/5 * * * * *")
@app.task(queue="default", queueing_lock="take_up_runs", pass_context=False)
def take_up_runs(timestamp: int) -> int:
    """Give runs that nobody works on to a worker again: theirs was killed, or lost its database for a while.

    Returns: how many.
    """
    _forget_lost_jobs()
    left = run_worker.left_behind()
    for run in left:
        runs.enqueue(run)
    return len(left)


@app.periodic(cron="41 3 * * *")
@app.task(queue="default", queueing_lock="clear_runs", pass_context=False)
def clear_runs(timestamp: int) -> int:
    """Remove runs that ended long ago. Returns: how many."""
    return runs.clear()


@app.periodic(cron="*/10 * * * *")
@app.task(queue="default", name=PURGE_EXPIRED, queueing_lock="purge_expired", pass_context=False)
def purge_expired(timestamp: int) -> int:
    """Delete for good what has been in the bin for its time, and finish what a dead process had begun.

    A few seconds at a time, then behind the other jobs again. Returns: how many deletions ended as purged.
    """
    done = retention.work_off(seconds=retention.SLICE)
    if done.more:
        # The one in hand is not in the queue any more, so this one may be.
        with suppress(AlreadyEnqueued), transaction.atomic():
            app.configure_task(PURGE_EXPIRED, queueing_lock="purge_expired").defer(timestamp=timestamp)
    return done.purged


def _forget_lost_jobs() -> None:
    """Jobs of dead workers stay "doing" for ever. Where a run is, the run itself knows."""
    lost = async_to_sync(app.job_manager.get_stalled_jobs)(task_name=runs.TASK)
    for job in lost:
        async_to_sync(app.job_manager.finish_job)(job, Status.FAILED, delete_job=True)
