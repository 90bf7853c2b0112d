"""A purge beside what others do at the same time: two real connections, both orders of each."""

import pytest
from django.db import connection, transaction

from customers.models import Customer
from recyclebin import purge_chunks, purging
from recyclebin.models import Deletion, State, Tombstone
from recyclebin.purging import purge
from recyclebin.verbs import delete, restore
from tests.factories import make_address, make_customer, make_usergroup, put_in_bin, row
from tests.recyclebin.two_connections import Meanwhile

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = "It is being deleted permanently and cannot be restored any more."


def claimed(deletion, actor):
    return purge_chunks.claim([deletion.pk], actor=actor, operation=deletion.pk, reason="")


def test_a_restore_that_came_first_wins(tenant_a, actor):
    customer = make_customer(tenant_a)
    before = row(customer)
    deletion = put_in_bin(customer)

    with transaction.atomic():
        restore(deletions=[deletion.pk], actor=actor)
        purging_it = Meanwhile(lambda: purge(deletions=[deletion.pk], actor=actor))
        purging_it.wait_until_blocked()

    result = purging_it.result()
    assert (result.purged, result.total) == ((), 0)
    assert [one.reason for one in result.not_purged] == ["It was restored before."]
    assert row(customer) == before


def test_a_purge_that_came_first_wins(tenant_a, actor):
    customer = make_customer(tenant_a)
    deletion = put_in_bin(customer)

    with transaction.atomic():
        claimed(deletion, actor)
        restoring = Meanwhile(lambda: restore(deletions=[deletion.pk], actor=actor))
        restoring.wait_until_blocked()

    result = restoring.result()
    assert (result.restored, [one.reason for one in result.failed]) == ((), [REFUSED])
    assert row(customer)["deletion_id"] == deletion.pk


def test_what_lies_below_cannot_come_back_either(tenant_a, actor):
    customer = make_customer(tenant_a)
    own = put_in_bin(make_address(customer))
    deletion = put_in_bin(customer)

    with transaction.atomic():
        claimed(deletion, actor)
        restoring = Meanwhile(lambda: restore(deletions=[own.pk], actor=actor, with_owners=True))
        restoring.wait_until_blocked()

    assert [one.reason for one in restoring.result().failed] == [REFUSED, REFUSED]


def test_an_address_restored_with_its_owner_just_before(tenant_a, actor):
    customer = make_customer(tenant_a)
    address = make_address(customer)
    own = put_in_bin(address)
    deletion = put_in_bin(customer)

    with transaction.atomic():
        restore(deletions=[own.pk], actor=actor, with_owners=True)
        purging_it = Meanwhile(lambda: purge(deletions=[deletion.pk], actor=actor))
        purging_it.wait_until_blocked()

    assert purging_it.result().purged == ()
    assert (row(customer)["deletion_id"], row(address)["deletion_id"]) == (None, None)
    assert set(Deletion.objects.values_list("state", flat=True)) == {"restored"}


def test_a_record_deleted_again_after_its_restore_stays_in_the_bin(tenant_a, actor):
    customer = make_customer(tenant_a)
    first = put_in_bin(customer)

    with transaction.atomic():
        restore(deletions=[first.pk], actor=actor)
        second = delete(roots=Customer.objects.all(), actor=actor).deletions[0]
        purging_it = Meanwhile(lambda: purge(deletions=[first.pk], actor=actor))
        purging_it.wait_until_blocked()

    assert purging_it.result().total == 0
    assert row(customer)["deletion_id"] == second.pk


def test_of_two_purges_each_row_goes_once(tenant_a, actor):
    deletions = [put_in_bin(make_customer(tenant_a)).pk for _ in range(4)]
    first = purging.purging(deletions=deletions, actor=actor, rows=1)
    next(first), next(first)

    with transaction.atomic():
        batch = purge_chunks.claim(deletions, actor=actor, operation=deletions[0], reason="")
        purge_chunks.remove(batch, actor=actor, operation=deletions[0], limit=1)
        beside = Meanwhile(lambda: [step.total for step in first])
        beside.wait_until_blocked()

    assert beside.result() == [1, 1, 0]
    assert Tombstone.objects.count() == 4
    assert set(Deletion.objects.values_list("state", "purged_by")) == {("purged", "Olivia")}


def test_somebody_links_to_a_record_after_its_links_were_cut(tenant_a, actor):
    """As a session does that read the group before it was deleted, and takes its time."""
    group = make_usergroup(tenant_a)
    deletion = put_in_bin(group)
    member = make_customer(tenant_a)
    steps = purging.purging(deletions=[deletion.pk], actor=actor)
    next(steps)
    linked = []

    def link_late(execute, sql, params, many, context):
        if sql.__class__ is not str and not linked:
            linked.append(Meanwhile(lambda: Customer.objects.filter(pk=member.pk).update(usergroup=group)).result())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(link_late):
        # The first statement that is no text is the one that deletes rows.
        done = list(steps)

    assert (linked, sum(step.total for step in done)) == ([1], 1)
    assert row(member)["usergroup_id"] is None
    deletion.refresh_from_db()
    assert deletion.state == State.PURGED


def test_a_live_row_that_hangs_below_stops_the_purge_and_nothing_is_lost(tenant_a, actor):
    """No verb leaves such a row; psql may. What the chunk did is rolled back, and the deletion says how far it is."""
    customer = make_customer(tenant_a)
    deletion = put_in_bin(customer)
    make_address(customer)

    with pytest.raises(Exception, match="addresses_address"):
        purge(deletions=[deletion.pk], actor=actor)

    deletion.refresh_from_db()
    assert (deletion.state, Tombstone.objects.count()) == (State.PURGING, 0)
    assert row(customer)["deletion_id"] == deletion.pk


def test_inside_a_transaction_of_somebody_else_it_refuses(tenant_a, actor):
    deletion = put_in_bin(make_customer(tenant_a))

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        purge(deletions=[deletion.pk], actor=actor)

    deletion.refresh_from_db()
    assert deletion.state == State.BINNED
