"""The job worker, run until nothing is waiting."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from records.jobs import take_in_search_text
from records.models import SearchTextChange
from records.search import change

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_a_job_that_went_well_leaves_nothing_behind_and_one_that_failed_is_kept(tenant_a):
    change(type="customer", tenants=[tenant_a.pk], ids=[1], columns={"city": ["assen"]})
    take_in_search_text.defer(timestamp=0)
    app.configure_task("no.such.task", allow_unknown=True).defer()

    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    subprocess.run(
        [sys.executable, "manage.py", "worker", "--one-shot"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": urlunsplit(database)},
        check=True,
        capture_output=True,
        timeout=120,
    )

    assert SearchTextChange.objects.count() == 0
    assert list(ProcrastinateJob.objects.values_list("task_name", "status")) == [("no.such.task", "failed")]
