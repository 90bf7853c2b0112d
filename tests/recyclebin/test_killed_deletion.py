"""A worker that is killed in the middle of a large deletion: the next one goes on, and one Undo takes all back."""

import pytest
from django.db import connection

from customers.models import Customer
from recyclebin.deletion_runs import start_deletion
from recyclebin.models import Deletion, Run, RunRecord, RunState
from recyclebin.verbs import restore
from tests.factories import make_address, rows
from tests.records.test_admin_deleting import in_bulk, live
from tests.recyclebin.test_jobs import wait_for, worker

pytestmark = pytest.mark.django_db(transaction=True)

start_worker = worker


def test_a_deletion_goes_on_after_kill_9_and_is_taken_back_as_a_whole(tenant_a, actor, start_worker):
    for customer in in_bulk(tenant_a, 10_001)[:10]:
        make_address(customer)
    before = rows(Customer)
    run = start_deletion(Customer.objects.for_tenant(tenant_a), actor=actor, reason="Wrong import", expected=10_001)
    first = start_worker()
    wait_for(lambda: Run.objects.get().done)
    first.kill()
    first.wait()
    left = Run.objects.get()
    assert 0 < left.done < 10_001
    assert (len(live(tenant_a)), RunRecord.objects.count()) == (10_001 - left.done, 10_001 - left.done)
    # What passes by while nobody works: the run falls silent, the dead worker's heartbeat is too old.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE recyclebin_run SET heartbeat_at = now() - interval '16 seconds'")
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '40 seconds'")

    start_worker()
    wait_for(lambda: not Run.objects.get().goes_on)

    run.refresh_from_db()
    assert (run.state, run.outcomes, live(tenant_a)) == (RunState.DONE, {"deleted": 10_001, "along": 10}, set())
    assert Deletion.objects.filter(operation=run.pk, reason="Wrong import").count() == 10_001
    restore(deletions=Deletion.objects.of_operation(run.pk), actor=actor)
    assert rows(Customer) == before
