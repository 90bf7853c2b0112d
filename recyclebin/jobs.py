"""Background work of the recycle bin: runs, and the sweep that takes up those whose worker died."""

import uuid

from asgiref.sync import async_to_sync
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from recyclebin import run_worker, runs


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


def _forget_lost_jobs() -> None:
    """Jobs of dead workers stay "doing" for ever. Where a run is, the run itself knows."""
    lost = async_to_sync(app.job_manager.get_stalled_jobs)(task_name=runs.TASK)
    for job in lost:
        async_to_sync(app.job_manager.finish_job)(job, Status.FAILED, delete_job=True)
