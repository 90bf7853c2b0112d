"""The job worker at runs: killed, and taken up again."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from recyclebin import jobs, runs
from recyclebin.models import Run, RunState
from tests.job_queue import empty_queue
from tests.recyclebin import counting

ROOT = Path(__file__).parents[2]
WORKER = (
    "import os, sys, django;"
    "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'backoffice.settings');"
    "django.setup();"
    "import runpy; runpy.run_module('tests.recyclebin.counting', run_name='__main__')"
)

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def worker(transactional_db):
    """Starts job workers on the test's database, and ends them with the test."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = os.environ | {"DATABASE_URL": urlunsplit(database), "BACKOFFICE_MODE": "development"}
    empty_queue()
    started = []

    def start(*arguments):
        command = [sys.executable, "-c", WORKER, *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_for(condition, seconds=180):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_run_goes_on_after_kill_9_and_no_chunk_takes_effect_twice(actor, tenant_a, worker):
    parameters = {"number": 40, "size": 2, "seconds": 0.3}
    run = runs.start("counting", actor=actor, label="Count", parameters=parameters)
    first = worker()
    wait_for(lambda: Run.objects.get().done >= 6)
    first.kill()
    first.wait()
    left = Run.objects.get()
    assert 6 <= left.done < 40
    # What passes by while nobody works: the run falls silent, the dead worker's heartbeat is too old.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE recyclebin_run SET heartbeat_at = now() - interval '16 seconds'")
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '40 seconds'")

    worker()
    wait_for(lambda: not Run.objects.get().goes_on)

    run.refresh_from_db()
    tenant_a.refresh_from_db()
    assert (run.state, run.done, run.outcomes) == (RunState.DONE, 40, {"counted": 40})
    assert [line["number"] for line in run.lines] == list(range(2, 41, 2))
    assert tenant_a.next_debtor_number == counting.START + 40


def test_one_worker_works_off_what_waits_and_leaves_no_job_behind(actor, tenant_a, worker):
    run = runs.start("counting", actor=actor, label="Count", parameters={"number": 10, "size": 4})
    assert worker("--one-shot").wait(180) == 0

    run.refresh_from_db()
    assert (run.state, run.done) == (RunState.DONE, 10)
    assert list(ProcrastinateJob.objects.values_list("task_name", "status")) == []


def test_the_sweep_takes_up_silent_runs_and_forgets_the_jobs_of_dead_workers(actor):
    empty_queue()
    run = runs.start("counting", actor=actor, label="Count", parameters={"number": 10, "size": 4})
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
            " RETURNING id) UPDATE procrastinate_jobs SET status = 'doing', worker_id = dead.id FROM dead"
        )
    assert jobs.take_up_runs(timestamp=0) == 0
    Run.objects.update(heartbeat_at="2020-01-01T00:00Z")

    assert jobs.take_up_runs(timestamp=0) == 1

    assert list(ProcrastinateJob.objects.values_list("status", "args")) == [("todo", {"run": str(run.pk)})]
