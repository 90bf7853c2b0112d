"""The page of a job: who sees it, what it tells, and who may stop it."""

import datetime

import pytest
from django.utils import timezone

from recyclebin import run_worker, runs
from recyclebin.models import Run, RunState
from recyclebin.progress import Progress, duration, sentence
from tests.factories import browser, owner_of
from tests.records.admin_pages import page, shown
from tests.recyclebin import counting

LIST = page(Run, "changelist")


@pytest.fixture
def run(actor):
    return runs.start(counting.COUNTING.name, actor=actor, label="Count to ten", parameters={"number": 10, "size": 4})


@pytest.fixture
def foreign(tenant_b):
    actor = owner_of(tenant_b)
    return runs.start(
        counting.COUNTING.name, actor=actor, label="Count elsewhere", parameters={"number": 10, "size": 4}
    )


def address(name, run):
    return page(Run, name, run.pk)


@pytest.mark.parametrize("who", ["olivia", "eddie", "vera"])
def test_everybody_of_the_tenant_sees_its_jobs_and_no_others(cast, who, run, foreign):
    surf = browser(cast[who])

    assert shown(surf.get(LIST)) == [run]
    assert surf.get(address("change", run)).status_code == 200
    assert surf.get(address("progress", run)).json()["state"] == "queued"
    for name in ("change", "progress"):
        assert surf.get(address(name, foreign)).status_code == 404
    assert surf.post(address("cancel", foreign)).status_code == 404
    assert Run.objects.get(pk=foreign.pk).state == RunState.QUEUED


@pytest.mark.parametrize(("who", "may"), [("olivia", True), ("eddie", False), ("vera", False)])
def test_who_may_start_it_may_cancel_it(cast, who, may, run):
    surf = browser(cast[who])

    assert ("Cancel the job" in surf.get(address("change", run)).content.decode()) is may
    assert surf.post(address("cancel", run)).status_code == (302 if may else 403)
    run.refresh_from_db()
    assert run.state == (RunState.CANCELLED if may else RunState.QUEUED)


def test_looking_at_the_address_of_cancelling_cancels_nothing(olivia, run):
    assert browser(olivia).get(address("cancel", run)).url == address("change", run)
    run.refresh_from_db()
    assert run.state == RunState.QUEUED


def test_the_page_tells_how_far_it_is_and_works_without_scripts(olivia, run):
    run_worker.work(run.pk, seconds=0)
    run_worker.work(run.pk, seconds=0)
    html = browser(olivia).get(address("change", run)).content.decode()

    assert '<progress max="100" aria-label="Count to ten" aria-describedby="run-text" value="40">40%</progress>' in html
    assert "4 of 10" in html
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in html
    assert browser(olivia).get(address("progress", run)).json() == {
        "state": "running",
        "goesOn": True,
        "stateText": "Running",
        "percent": 40,
        "text": "4 of 10",
        "outcomes": ["4 counted"],
    }


def test_the_page_of_an_ended_job_tells_what_came_out_and_stays_as_it_is(olivia, run):
    run_worker.work(run.pk)
    response = browser(olivia).get(address("change", run))
    html = response.content.decode()

    assert response.context_data["outcomes"] == [("counted", "10")]
    assert [line.label for line in response.context_data["lines"]] == ["Number 4", "Number 8", "Number 10"]
    assert 'value="100"' in html
    assert "refresh" not in html
    assert "recyclebin/run.js" not in html
    assert "Cancel the job" not in html


def test_a_job_of_a_kind_that_this_version_does_not_know_has_a_page(olivia, run):
    Run.objects.update(kind="gone")
    assert browser(olivia).get(address("change", run)).status_code == 200
    run_worker.work(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == (RunState.FAILED, "This version of the product does not know how to do it.")


def test_cancelling_what_has_ended_says_so(olivia, run):
    run_worker.work(run.pk)
    response = browser(olivia).post(address("cancel", run), follow=True)
    assert [str(message) for message in response.context["messages"]] == ["It had ended before."]


def test_the_page_costs_the_same_for_few_lines_and_many(olivia, run, actor, django_assert_num_queries):
    many = runs.start(counting.COUNTING.name, actor=actor, label="Count", parameters={"number": 300, "size": 1})
    for each in (run, many):
        while run_worker.work(each.pk):
            pass
        surf = browser(olivia)
        surf.get(LIST)
        with django_assert_num_queries(5):
            surf.get(address("change", each))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"state": "queued"}, "Waiting for a free worker"),
        ({"state": "running"}, "Counting"),
        ({"state": "running", "total": 10_000, "seconds": 0.5, "done": 10}, "10 of 10,000"),
        (
            {"state": "running", "total": 10_000, "seconds": 10, "done": 2000},
            "2,000 of 10,000 · 200 a second · about 40 seconds left",
        ),
        (
            {"state": "running", "total": 1_000_000, "seconds": 10, "done": 15},
            "15 of 1,000,000 · 1.5 a second · about 186 hours left",
        ),
        (
            {"state": "cancelling", "total": 10_000, "seconds": 10, "done": 2000},
            "2,000 of 10,000 · 200 a second · stops after the current step",
        ),
        ({"state": "done", "total": 10_000, "seconds": 10, "done": 10_000}, "10,000 of 10,000 · took 10 seconds"),
    ],
)
def test_the_sentence(fields, told):
    assert sentence(unsaved(**fields)) == told


@pytest.mark.parametrize(
    ("fields", "percent"),
    [
        ({"state": "running"}, None),
        ({"state": "running", "total": 0}, 0),
        ({"state": "running", "total": 1000, "done": 999}, 99),
        ({"state": "running", "total": 1000, "done": 1001}, 99),
        ({"state": "failed", "total": 1000, "done": 10}, 1),
        ({"state": "done", "total": 1000, "done": 998}, 100),
    ],
)
def test_the_per_cent(fields, percent):
    assert Progress.of(unsaved(**fields)).percent == percent


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 second"), (1.2, "2 seconds"), (99, "99 seconds"), (100, "2 minutes"), (7200, "2 hours")],
)
def test_a_duration_has_one_unit(seconds, words):
    assert duration(seconds) == words


def unsaved(*, seconds=0.0, **fields):
    began = timezone.now()
    until = began + datetime.timedelta(seconds=seconds)
    run = Run(started_at=began if seconds else None, heartbeat_at=until, **fields)
    if not run.goes_on and seconds:
        run.finished_at = until
    return run
