"""Runs: work in chunks, each done once, whatever happens between them."""

import datetime
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from recyclebin import run_worker, runs
from recyclebin.models import Run, RunState
from tenants.actors import staff_actor, system_actor
from tenants.errors import PermissionDenied
from tenants.models import Membership
from tests.factories import integration_of, make_staff, owner_of
from tests.recyclebin import counting

pytestmark = pytest.mark.django_db


def start(actor, **parameters):
    return runs.start("counting", actor=actor, label="Count", parameters={"number": 10, "size": 4} | parameters)


def work(run, **options):
    """Work until the run wants no more."""
    while run_worker.work(run.pk, **options):
        pass
    run.refresh_from_db()


def counted(tenant):
    tenant.refresh_from_db()
    return tenant.next_debtor_number - counting.START


def test_a_run_waits_is_worked_in_chunks_and_keeps_what_came_out(actor, tenant_a):
    run = start(actor)

    assert (run.state, run.actor, run.total, run.done) == (RunState.QUEUED, "Olivia", None, 0)
    jobs = ProcrastinateJob.objects.values_list("task_name", "args", "queueing_lock")
    assert list(jobs) == [("recyclebin.jobs.work_on_run", {"run": str(run.pk)}, f"run-{run.pk}")]

    work(run)

    assert counted(tenant_a) == 10
    assert (run.state, run.total, run.done, run.outcomes) == (RunState.DONE, 10, 10, {"counted": 10})
    assert [line["number"] for line in run.lines] == [4, 8, 10]
    assert (run.parameters, run.position, run.error) == ({}, None, "")
    assert run.created_at <= run.started_at <= run.finished_at


def test_an_ended_run_is_not_worked_again(actor, tenant_a):
    run = start(actor)
    work(run)
    work(run)

    assert counted(tenant_a) == 10


def test_a_slice_ends_between_chunks_and_the_next_goes_on_behind_them(actor, tenant_a):
    run = start(actor)

    more = [run_worker.work(run.pk, seconds=0) for _slice in range(4)]  # the first slice counts the total

    assert more == [True, True, True, False]
    assert counted(tenant_a) == 10


def test_a_chunk_that_fails_leaves_nothing_and_those_before_it_stay(actor, tenant_a):
    run = start(actor, refuse_at=4)
    work(run)

    assert counted(tenant_a) == 4
    assert (run.state, run.error, run.done) == (RunState.FAILED, "Not this one.", 4)


def test_an_unexpected_error_ends_the_run_with_a_sentence_and_is_logged(actor, tenant_a, caplog):
    run = start(actor, break_at=8)
    work(run)

    assert counted(tenant_a) == 8
    assert (run.state, run.error) == (
        RunState.FAILED,
        "An unexpected error stopped it. What was done until then stays.",
    )
    assert [(record.levelname, record.exc_info[0]) for record in caplog.records] == [("ERROR", ZeroDivisionError)]


def test_a_waiting_run_is_cancelled_at_once_and_a_running_one_before_its_next_chunk(actor, tenant_a):
    waiting, running = start(actor), start(actor)
    run_worker.work(running.pk, seconds=0)
    run_worker.work(running.pk, seconds=0)
    for run in (waiting, running):
        runs.cancel(run, actor=actor)
    waiting.refresh_from_db()
    running.refresh_from_db()
    assert (waiting.state, running.state) == (RunState.CANCELLED, RunState.CANCELLING)

    work(waiting)
    work(running)

    assert (running.state, running.done, running.cancelled_by) == (RunState.CANCELLED, 4, "Olivia")
    assert counted(tenant_a) == 4


def test_cancelling_what_has_ended_changes_nothing(actor):
    run = start(actor)
    work(run)
    runs.cancel(run, actor=actor)
    run.refresh_from_db()

    assert (run.state, run.cancelled_by) == (RunState.DONE, "")


def test_who_may_not_do_the_work_may_neither_start_nor_cancel_it(vera, eddie, tom, actor, tenant_a, tenant_b):
    run = start(actor)
    for stranger in (staff_actor(vera, tenant_a), staff_actor(eddie, tenant_a)):
        with pytest.raises(PermissionDenied):
            start(stranger)
        with pytest.raises(PermissionDenied):
            runs.cancel(run, actor=stranger)
    with pytest.raises(PermissionDenied):
        runs.cancel(run, actor=staff_actor(tom, tenant_b))
    run.refresh_from_db()
    assert (Run.objects.count(), run.state) == (1, RunState.QUEUED)


def test_an_integration_starts_no_run_and_an_unknown_kind_is_an_error(actor, tenant_a):
    with pytest.raises(ValueError, match="Runs are started by staff"):
        start(integration_of(tenant_a))
    with pytest.raises(LookupError):
        runs.start("no such kind", actor=actor, label="")
    assert Run.objects.count() == 0


def test_the_rights_of_this_moment_count(actor, olivia, tenant_a):
    run = start(actor)
    run_worker.work(run.pk, seconds=0)
    run_worker.work(run.pk, seconds=0)
    Membership.objects.filter(staff=olivia).update(role="viewer")
    work(run)

    assert (run.state, run.error, counted(tenant_a)) == (
        RunState.FAILED,
        "This needs the permission TENANT.BACKOFFICE.",
        4,
    )


def test_a_deleted_account_does_not_turn_its_work_into_that_of_the_product(tenant_a):
    staff = make_staff("Nora", (tenant_a, "owner"))
    run = start(staff_actor(staff, tenant_a))
    staff.delete()
    work(run)

    assert (run.state, run.error) == (RunState.FAILED, "The account that started it is not active any more.")
    assert counted(tenant_a) == 0


def test_the_product_itself_runs_with_all_rights(tenant_a):
    run = start(system_actor(tenant_a, "Retention"))
    work(run)

    assert (run.state, run.actor, run.by_system, counted(tenant_a)) == (RunState.DONE, "Retention", True, 10)


def test_no_more_lines_are_kept_than_a_page_shows(actor):
    run = start(actor, number=150, size=1)
    work(run)

    assert [line["number"] for line in run.lines] == list(range(1, run_worker.LINES_KEPT + 1))
    assert run.outcomes == {"counted": 150}


def test_what_was_not_heard_of_for_a_while_is_left_behind(actor):
    silent, fresh, ended = start(actor), start(actor), start(actor)
    work(ended)
    long_ago = timezone.now() - datetime.timedelta(seconds=16)
    Run.objects.exclude(pk=fresh.pk).update(heartbeat_at=long_ago)

    assert run_worker.left_behind() == [silent.pk]


def test_a_run_waits_in_the_queue_once(actor):
    run = start(actor)
    runs.enqueue(run.pk)

    assert ProcrastinateJob.objects.count() == 1


def test_a_run_that_ends_its_workers_again_and_again_is_given_up(actor, tenant_a):
    run = start(actor)
    Run.objects.update(attempts=run_worker.ATTEMPTS)
    work(run)

    assert (run.state, counted(tenant_a)) == (RunState.FAILED, 0)
    assert run.error == "It broke off several times at the same place. What was done until then stays."


def test_runs_that_ended_a_month_ago_are_removed(actor, tenant_b):
    old, young, waiting = start(actor), start(owner_of(tenant_b)), start(actor)
    work(old)
    work(young)
    month_ago = timezone.now() - datetime.timedelta(days=31)
    Run.objects.filter(pk=old.pk).update(finished_at=month_ago)
    Run.objects.filter(pk=waiting.pk).update(created_at=month_ago)

    assert runs.clear() == 1
    assert set(Run.objects.all()) == {young, waiting}


def test_a_chunk_costs_few_statements_whatever_its_size(actor, django_assert_num_queries):
    run = start(actor, number=1000, size=500)
    run_worker.work(run.pk, seconds=0)
    with django_assert_num_queries(13):
        run_worker.work(run.pk, seconds=0)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_another_worker_holds_is_left_to_it(actor, tenant_a):
    run = start(actor)
    held, over = threading.Event(), threading.Event()

    def other_worker():
        with transaction.atomic():
            assert run_worker._alone(run.pk)
            held.set()
            over.wait(10)
        connection.close()

    other = threading.Thread(target=other_worker)
    other.start()
    held.wait(10)
    assert run_worker.work(run.pk) is False
    over.set()
    other.join()

    assert counted(tenant_a) == 0
    work(run)
    assert counted(tenant_a) == 10


@pytest.mark.django_db(transaction=True)
def test_cancelling_does_not_wait_for_the_chunk_at_hand(actor, tenant_a):
    run = start(actor, seconds=1.5)
    assert run_worker.work(run.pk, seconds=0)

    def worker():
        run_worker.work(run.pk)
        connection.close()

    working = threading.Thread(target=worker)
    working.start()
    started = timezone.now()
    runs.cancel(run, actor=actor)
    waited = (timezone.now() - started).total_seconds()
    working.join()
    run.refresh_from_db()

    assert waited < 1
    assert (run.state, run.done, counted(tenant_a)) in [(RunState.CANCELLED, 4, 4), (RunState.CANCELLED, 0, 0)]
