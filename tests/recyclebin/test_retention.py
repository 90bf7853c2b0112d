"""When what is in the bin expires, how the dates follow the setting, and the job that works it off."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from customers.models import Customer
from recyclebin import jobs, purging, retention, runs
from recyclebin.models import Deletion, Run, RunState, State
from recyclebin.purging import purge
from tenants.retention import change_retention
from tests.factories import browser, make_address, make_company, make_contact, make_customer, make_staff, put_in_bin
from tests.recyclebin import counting

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


def binned(tenant, *, days_ago=0, left=None):
    """A deletion of so many days ago. ``left`` days remain; none: it has no date."""
    deletion = put_in_bin(make_customer(tenant))
    deletion.deleted_at = timezone.now() - days_ago * DAY
    deletion.expires_at = None if left is None else timezone.now() + left * DAY
    deletion.save()
    return deletion


def days_left(deletion):
    deletion.refresh_from_db()
    return None if deletion.expires_at is None else round((deletion.expires_at - timezone.now()) / DAY)


@pytest.mark.parametrize("days", [30, 1, None])
def test_a_deletion_expires_after_the_days_of_its_tenant(tenant_a, days):
    tenant_a.retention_days = days
    tenant_a.save()

    deletion = put_in_bin(make_customer(tenant_a))

    assert deletion.expires_at == (None if days is None else deletion.deleted_at + days * DAY)


def test_a_tenant_keeps_it_for_30_days_unless_it_says_otherwise(tenant_a):
    assert tenant_a.retention_days == 30


@pytest.mark.parametrize(
    ("days_ago", "left", "days", "then"),
    [
        (10, 20, 60, 50),  # longer: it counts at once
        (10, 20, 20, 10),  # shorter: the date moves, too
        (10, 20, 5, 7),  # shorter than what has passed: seven days remain
        (29, 1, 5, 1),  # but not more than there was
        (10, 20, None, None),  # for good
        (10, None, 30, 20),  # no more for good
        (90, None, 30, 7),
    ],
)
def test_dates_follow_the_setting(tenant_a, tenant_b, days_ago, left, days, then):
    deletion, other = binned(tenant_a, days_ago=days_ago, left=left), binned(tenant_b, days_ago=3, left=27)
    gone = binned(tenant_a, left=5)
    Deletion.objects.filter(pk=gone.pk).update(state=State.PURGED)

    change_retention(tenant=tenant_a, days=days)

    assert (days_left(deletion), days_left(other), days_left(gone)) == (then, 27, 5)


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_days_that_are_refused(tenant_a, days):
    with pytest.raises(ValidationError, match="Use 1 to 3650 days, or nothing to keep it for good"):
        change_retention(tenant=tenant_a, days=days)
    tenant_a.refresh_from_db()
    assert tenant_a.retention_days == 30


def form_of(tenant, **changed):
    fields = ("name", "country", "currency", "external_source", "reason_rule", "retention_days", "next_debtor_number")
    values = {field: getattr(tenant, field) for field in fields} | {"is_active": "on"}
    return {**values, **changed}


def test_the_setting_in_the_admin(tenant_a):
    root = browser(make_staff("Root", is_superuser=True))
    address = f"/admin/tenants/tenant/{tenant_a.pk}/change/"
    deletion = binned(tenant_a, days_ago=10, left=20)
    assert "a shorter one leaves seven days at least" in root.get(address).content.decode()

    assert root.post(address, form_of(tenant_a, retention_days="60")).status_code == 302
    assert days_left(deletion) == 50
    assert root.post(address, form_of(tenant_a, retention_days="")).status_code == 302
    assert days_left(deletion) is None
    refused = root.post(address, form_of(tenant_a, retention_days="0"))
    assert "Use 1 to 3650 days, or nothing to keep it for good." in refused.content.decode()
    tenant_a.refresh_from_db()
    assert tenant_a.retention_days is None
    assert root.post(address, form_of(tenant_a, retention_days="", name="Other")).status_code == 302
    assert days_left(deletion) is None


def test_owners_set_it_themselves(tenant_a, tenant_b, olivia, eddie):
    address = f"/admin/tenants/tenantsettings/{tenant_a.pk}/change/"
    deletion, other = binned(tenant_a, days_ago=10, left=20), binned(tenant_b, days_ago=10, left=20)

    assert browser(eddie).post(address, {"reason_rule": "optional", "retention_days": "5"}).status_code == 403
    assert browser(olivia).post(address, {"reason_rule": "optional", "retention_days": "60"}).status_code == 302
    refused = browser(olivia).post(address, {"reason_rule": "optional", "retention_days": "9999"})

    assert "Use 1 to 3650 days, or nothing to keep it for good." in refused.content.decode()
    assert (days_left(deletion), days_left(other)) == (50, 20)


def test_the_job_purges_what_has_expired_and_nothing_else(tenant_a, tenant_b):
    due, also_due = binned(tenant_a, days_ago=31, left=-1), binned(tenant_b, days_ago=31, left=-1)
    kept = [binned(tenant_a, left=1), binned(tenant_a)]
    live = make_customer(tenant_a)

    assert jobs.purge_expired(0) == 2

    found = Deletion.objects.in_bulk([due.pk, also_due.pk])
    assert {(one.state, one.purged_by, one.purge_origin, one.purge_reason) for one in found.values()} == {
        ("purged", "Retention", "retention", "After 30 days in the recycle bin")
    }
    assert set(Customer.everything.values_list("pk", flat=True)) == {live.pk, *(one.root_id for one in kept)}
    assert ProcrastinateJob.objects.count() == 0


def test_a_tenant_that_keeps_for_good_loses_nothing(tenant_a):
    binned(tenant_a, days_ago=31, left=-1)
    tenant_a.retention_days = None
    tenant_a.save()

    assert jobs.purge_expired(0) == 0


def test_a_tenant_that_was_switched_off_does_not_keep_it_longer(tenant_a):
    binned(tenant_a, days_ago=31, left=-1)
    tenant_a.is_active = False
    tenant_a.save()

    assert jobs.purge_expired(0) == 1


def test_much_is_done_in_slices_and_the_job_queues_up_again(tenant_a, monkeypatch):
    for _ in range(3):
        binned(tenant_a, left=-1)
    monkeypatch.setattr(retention, "DELETIONS", 1)
    monkeypatch.setattr(retention, "SLICE", 0.0)
    slices = 0

    while Deletion.objects.exclude(state=State.PURGED).exists():
        ProcrastinateJob.objects.all().delete()
        jobs.purge_expired(0)
        slices += 1
        assert slices < 20

    assert slices > 3
    assert ProcrastinateJob.objects.get().task_name == jobs.PURGE_EXPIRED


def test_what_was_begun_is_finished_first(tenant_a, actor):
    company = make_company(tenant_a)
    for _ in range(3):
        make_contact(tenant_a, company=company)
    begun = put_in_bin(company)
    steps = purging.purging(deletions=[begun.pk], actor=actor, rows=2, reason="by hand")
    next(steps), next(steps)
    steps.close()

    assert retention.work_off() == retention.Slice(purged=1, rows=2)

    begun.refresh_from_db()
    assert (begun.state, begun.purged_by, begun.purge_reason) == ("purged", "Olivia", "by hand")


def test_a_run_that_goes_on_is_left_alone(tenant_a, actor):
    deletion = put_in_bin(make_customer(tenant_a))
    run = runs.start("counting", actor=actor, label="x", parameters={"number": 1, "size": 1})
    Deletion.objects.filter(pk=deletion.pk).update(
        state=State.PURGING, purge_operation=run.pk, purged_by="Olivia", purge_origin="admin"
    )

    assert retention.work_off().purged == 0
    Run.objects.update(state=RunState.CANCELLED)
    assert retention.work_off().purged == 1
    assert counting.COUNTING.name == run.kind


@pytest.mark.django_db(transaction=True)
def test_one_that_cannot_be_finished_stops_no_other(tenant_a, tenant_b, caplog):
    stuck = binned(tenant_a, left=-1)
    # Written around the verbs: nothing live may hang below what is in the bin.
    make_address(Customer.everything.get(pk=stuck.root_id))
    good = binned(tenant_b, left=-1)

    assert retention.work_off().purged == 1
    assert retention.work_off().purged == 0

    assert [Deletion.objects.get(pk=one.pk).state for one in (stuck, good)] == ["purging", "purged"]
    assert {record.getMessage() for record in caplog.records if record.levelname == "ERROR"} == {
        f"A purge of tenant {tenant_a.pk} broke off; the others go on."
    }
    # Mended by hand, it ends by itself.
    stuck_customer = Customer.everything.get(pk=stuck.root_id)
    stuck_customer.addresses.update(deletion=stuck)
    assert retention.work_off().purged == 1


def test_purging_what_has_not_expired_needs_no_date(tenant_a, actor):
    deletion = binned(tenant_a)

    assert purge(deletions=[deletion.pk], actor=actor).purged == (deletion.pk,)
