"""Deletions too large for a request: written down as they were confirmed, deleted in chunks, one operation."""

import pytest

from customers.models import Customer
from recyclebin import deletion_runs, run_worker, runs
from recyclebin.deletion_runs import start_deletion
from recyclebin.errors import ChoiceMoved, ReasonRequired
from recyclebin.models import Deletion, Run, RunRecord, RunState
from recyclebin.verbs import restore
from tenants.actors import staff_actor
from tenants.errors import PermissionDenied
from tenants.models import Tenant
from tests.factories import browser, make_address, make_customer, put_in_bin, rows
from tests.records.admin_pages import page
from tests.records.test_admin_deleting import ask, confirm, in_bulk, live, rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def chunks_of_two(monkeypatch):
    monkeypatch.setattr(deletion_runs, "RECORDS_PER_CHUNK", 2)


def work(run, **options):
    while run_worker.work(run.pk, **options):
        pass
    run.refresh_from_db()


def five(tenant):
    made = [make_customer(tenant) for _ in range(5)]
    for customer in made:
        make_address(customer)
    return made


def test_all_chunks_are_one_operation_that_is_taken_back_at_once(tenant_a, tenant_b, actor, chunks_of_two):
    five(tenant_a), five(tenant_b)
    before = rows(Customer)
    run = start_deletion(Customer.objects.for_tenant(tenant_a), actor=actor, reason="Wrong import", expected=5)

    assert (run.label, run.total, live(tenant_a)) == ("Delete 5 customers", 5, set(live(tenant_a)))
    assert len(live(tenant_a)) == 5
    work(run)

    assert (run.state, run.done) == (RunState.DONE, 5)
    assert run.outcomes == {"deleted": 5, "along": 5}
    assert (len(live(tenant_a)), len(live(tenant_b))) == (0, 5)
    kept = Deletion.objects.values_list("operation", "reason", "actor", "origin").order_by().distinct()
    assert list(kept) == [(run.pk, "Wrong import", "Olivia", "admin")]
    assert RunRecord.objects.count() == 0
    restore(deletions=Deletion.objects.of_operation(run.pk), actor=actor)
    assert rows(Customer) == before


def test_what_matches_later_is_not_taken(tenant_a, actor, chunks_of_two):
    five(tenant_a)
    run = start_deletion(Customer.objects.for_tenant(tenant_a), actor=actor)
    later = make_customer(tenant_a)

    work(run)

    assert live(tenant_a) == {later.pk}


def test_what_somebody_else_deleted_or_changed_meanwhile(tenant_a, actor, chunks_of_two):
    made = five(tenant_a)
    run = start_deletion(Customer.objects.for_tenant(tenant_a), actor=actor)
    theirs = [put_in_bin(customer).pk for customer in made[:3]]
    Customer.objects.filter(pk=made[4].pk).update(last_name="Changed")

    work(run)

    assert (run.state, run.done, run.outcomes) == (RunState.DONE, 5, {"deleted": 2, "along": 2, "gone": 3})
    assert set(Deletion.objects.exclude(operation=run.pk).values_list("pk", flat=True)) == set(theirs)


def test_cancelled_between_chunks_what_is_done_stays_and_can_be_taken_back(tenant_a, actor, chunks_of_two):
    five(tenant_a)
    run = start_deletion(Customer.objects.for_tenant(tenant_a), actor=actor)
    assert run_worker.work(run.pk, seconds=0) is True
    run.refresh_from_db()

    runs.cancel(run, actor=actor)
    work(run)

    assert (run.state, run.done, len(live(tenant_a))) == (RunState.CANCELLED, 2, 3)
    restore(deletions=Deletion.objects.of_operation(run.pk), actor=actor)
    assert len(live(tenant_a)) == 5


def test_other_numbers_than_confirmed_start_nothing(tenant_a, actor):
    five(tenant_a)

    with pytest.raises(ChoiceMoved, match="Other records match by now"):
        start_deletion(Customer.objects.for_tenant(tenant_a), actor=actor, expected=4)

    assert (Run.objects.count(), RunRecord.objects.count(), len(live(tenant_a))) == (0, 0, 5)


def test_who_may_and_with_what_reason(cast, tenant_a, actor):
    five(tenant_a)
    with pytest.raises(PermissionDenied):
        start_deletion(Customer.objects.all(), actor=staff_actor(cast["eddie"], tenant_a))
    rule(tenant_a, "mandatory")
    strict = staff_actor(cast["olivia"], Tenant.objects.get(pk=tenant_a.pk))
    with pytest.raises(ReasonRequired):
        start_deletion(Customer.objects.all(), actor=strict)
    assert Run.objects.count() == 0


def test_records_of_another_tenant_are_passed_by_whatever_was_written_down(tenant_a, tenant_b, actor, chunks_of_two):
    five(tenant_a), five(tenant_b)

    run = start_deletion(Customer.everything.all(), actor=actor)
    work(run)

    assert (len(live(tenant_a)), len(live(tenant_b)), run.outcomes["gone"]) == (0, 5, 5)


def test_more_than_a_request_takes_become_a_run_on_the_page(olivia, tenant_a, tenant_b, django_assert_num_queries):
    """10,001: the first number that a request does not take."""
    in_bulk(tenant_a, 10_001)
    make_customer(tenant_b)
    client = browser(olivia)

    # as for fewer, and one that counts
    with django_assert_num_queries(14):
        asked = ask(client)
    text = asked.content.decode()
    assert "Delete all 10,001 customers of Shops of A that match?" in text
    assert "So many take a while: a job does it." in text
    started = confirm(client, asked, reason="Wrong import")

    run = Run.objects.get()
    assert started.redirect_chain == [(page(Run, "change", run.pk), 302)]
    assert (run.total, RunRecord.objects.count(), len(live(tenant_a))) == (10_001, 10_001, 10_001)
    work(run)
    assert (run.state, run.outcomes, live(tenant_a)) == (RunState.DONE, {"deleted": 10_001}, set())
    assert len(live(tenant_b)) == 1
