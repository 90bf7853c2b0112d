"""Thinning out the history: what goes, what stays, and what the change feed and walks still promise."""

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pghistory.models import Context

from addresses.models import Address
from customers.contracts import CUSTOMERS
from customers.models import Customer
from pricing.models import Price
from pricing.verbs import delete_prices, set_prices
from records import history_retention, jobs
from records.changes import START, CursorExpired, changes_since, newest
from records.events import event_model
from records.history_retention import thin_out, work
from records.models import HistoryFloor
from records.timeline import timeline
from recyclebin.purge_guard import deleting_for_good
from recyclebin.verbs import delete, restore
from tests.factories import FACTORIES, make_customer, make_record, owner_of
from tests.pricing.sending import percent
from tests.records.feed import read_on, told, wait_until_over
from tests.records.sending import RESOURCES, home, push, row

pytestmark = [pytest.mark.django_db(transaction=True)]


def age(days: int, model=Customer, **which) -> None:
    """Let these events have happened so long ago."""
    with transaction.atomic(), deleting_for_good(), connection.cursor() as cursor:
        chosen = event_model(model).objects.filter(**which).values_list("pgh_id", flat=True)
        cursor.execute(
            f"UPDATE {event_model(model)._meta.db_table} SET pgh_created_at = now() - %s * interval '1 day'"
            " WHERE pgh_id = ANY(%s)",
            [days, list(chosen)],
        )


def kept(model=Customer, *names):
    """What is left of a history, oldest first."""
    return list(event_model(model).objects.order_by("pgh_id").values_list("pgh_label", *names))


def keep_for(tenant, days) -> None:
    tenant.history_days = days
    tenant.save()
    wait_until_over()


def test_nothing_goes_unless_a_tenant_wants_it(actor, tenant_a):
    for title in "abc":
        push(actor, row("K", title=title))
    age(10_000)
    wait_until_over()

    assert work() == (0, None)
    assert [label for (label,) in kept()] == ["insert", "update", "update"]


def test_what_is_old_goes_but_for_the_last_of_each_record(actor, tenant_a, tenant_b):
    other = owner_of(tenant_b)
    for title in "abc":
        push(actor, row("K", title=title), row("L", title=title))
        push(other, row("K", title=title))
    age(31)
    for title in "de":
        push(actor, row("K", title=title))
        push(other, row("K", title=title))
    keep_for(tenant_a, 30)

    assert work() == (4, None)

    mine = {"tenant": tenant_a}
    found = event_model(Customer).objects.order_by("pgh_id").filter(**mine)
    assert list(found.values_list("source_id", "title")) == [("K", "c"), ("L", "c"), ("K", "d"), ("K", "e")]
    assert event_model(Customer).objects.filter(tenant=tenant_b).count() == 5
    assert work() == (0, None)


def test_the_first_change_that_is_kept_still_says_what_it_changed(actor, tenant_a):
    for title in "abc":
        push(actor, row("K", title=title))
    age(31)
    push(actor, row("K", title="d"))
    keep_for(tenant_a, 30)
    work()

    (newest_one, oldest) = timeline(Customer, Customer.objects.get().pk, tenant_a.pk).moments
    assert [(change.before, change.after) for change in newest_one.changes] == [("c", "d")]
    assert [entry.what for entry in oldest.entries] == ["Changed; what it was before is not kept any more"]


@pytest.mark.parametrize("model", list(FACTORIES), ids=lambda model: model.__name__)
def test_every_kind_of_record_is_thinned_out(tenant_a, model):
    record, gone = make_record(model, tenant_a), make_record(model, tenant_a)
    for version in range(2, 5):
        model.everything.filter(pk__in=[record.pk, gone.pk]).update(version=version)
    with transaction.atomic(), deleting_for_good(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE id = %s", [gone.pk])
    age(31, model)
    make_record(model, tenant_a)
    keep_for(tenant_a, 30)

    work()

    # Of the record that is gone nothing is left, of the other one its last state, and what is new.
    assert kept(model, "version") == [("update", 4), ("insert", 1)]


def test_prices_that_were_deleted_leave_the_history_of_their_owner_in_time(actor, tenant_a):
    customer = make_customer(tenant_a)
    for shop in (1, 2):
        set_prices(owner=Customer, owner_id=customer.pk, shop=shop, rows=[percent(7, "5")], actor=actor)
    delete_prices(owner=Customer, owner_id=customer.pk, shop=1, actor=actor)
    age(31, Price)
    set_prices(owner=Customer, owner_id=customer.pk, shop=3, rows=[percent(7, "5")], actor=actor)
    keep_for(tenant_a, 30)
    work()

    assert kept(Price, "shop_id") == [("insert", 2), ("insert", 3)]


def test_names_of_operations_go_with_their_last_event(actor, tenant_a):
    push(actor, row("K", title="a"), row("L"))
    push(actor, row("K", title="b"), row("L"))
    push(actor, row("K", title="c", addresses=(home(),)))
    age(31)
    age(31, Address)
    push(actor, row("K", title="d"))
    keep_for(tenant_a, 30)
    work()

    # The first still has L, the second has nothing any more.
    named = set(event_model(Customer).objects.values_list("pgh_context_id", flat=True))
    assert len(named) == 3
    assert set(Context.objects.values_list("pk", flat=True)) == named


def test_chunks_go_on_where_the_last_one_ended(actor, tenant_a):
    for title in "abcdefg":
        push(actor, row("K", title=title), row("L", title=title))
    age(31)
    push(actor, row("K", title="z"))
    wait_until_over()
    keep_for(tenant_a, 30)

    steps = []

    while (
        step := thin_out(Customer, tenant_a.pk, before=timezone.now() - timezone.timedelta(days=30), chunk=4)
    ).looked_at:
        steps.append(step)
        floor = HistoryFloor.objects.get(type="customer")
        assert event_model(Customer).objects.filter(pgh_id__gt=floor.event).exists()
    assert [tuple(step) for step in steps] == [(4, 2), (4, 4), (4, 4), (2, 2)]
    assert kept(Customer, "source_id", "title") == [("update", "K", "g"), ("update", "L", "g"), ("update", "K", "z")]


def test_a_chunk_that_fails_takes_nothing_away(actor, tenant_a):
    """As after kill -9: the floor and what was removed are one."""
    for title in "abc":
        push(actor, row("K", title=title))
    age(31)
    push(actor, row("K", title="d"))
    keep_for(tenant_a, 30)
    with transaction.atomic():
        assert work() == (2, None)
        transaction.set_rollback(True)

    assert len(kept()) == 4
    assert HistoryFloor.objects.count() == 0
    assert work() == (2, None)


def test_the_job_lets_others_have_the_worker_and_goes_on(actor, tenant_a, tenant_b, monkeypatch):
    for who in (actor, owner_of(tenant_b)):
        for title in "abcd":
            push(who, row("K", title=title))
    age(31)
    for who in (actor, owner_of(tenant_b)):
        push(who, row("K", title="e"))
    keep_for(tenant_a, 30)
    keep_for(tenant_b, 30)

    removed, further = work(seconds=-1, chunk=2)
    assert (removed, further) == (1, min(tenant_a.pk, tenant_b.pk))
    monkeypatch.setattr(history_retention, "SECONDS", 60)
    assert jobs.thin_out_history(timestamp=0, tenant=further) == 5
    assert len(kept()) == 4


# The feed


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_cursors_below_the_floor_have_expired_and_the_others_miss_nothing(actor, tenant_a, resource):
    for source_id in "KLMKLN":
        push(actor, row(source_id, resource=resource), resource=resource)
        push(actor, row(source_id, resource=resource, **{_text(resource): source_id}), resource=resource)
    wait_until_over()
    before = read_on(resource, tenant_a)
    half = before[len(before) // 2]
    age(31, resource.model, pgh_id__lte=half.cursor.event)
    # Their time is part of their cursors.
    before = read_on(resource, tenant_a)
    at = before.index(next(change for change in before if change.cursor.event == half.cursor.event))
    keep_for(tenant_a, 30)
    work()

    for change in before[:at]:
        with pytest.raises(CursorExpired):
            changes_since(resource, tenant_a.pk, change.cursor, 10)
    for change in before[at + 1 :]:
        assert read_on(resource, tenant_a, change.cursor) == before[before.index(change) + 1 :]
    # Without a cursor it starts at the oldest that is kept whole.
    assert read_on(resource, tenant_a) == before[at + 1 :]


def test_who_has_read_up_to_the_newest_never_expires(actor, tenant_a):
    for title in "abc":
        push(actor, row("K", title=title))
    age(400)
    wait_until_over()
    behind = newest(CUSTOMERS, tenant_a.pk)
    keep_for(tenant_a, 30)

    work()

    assert read_on(CUSTOMERS, tenant_a, behind) == []
    push(actor, row("K", title="d"))
    wait_until_over()
    assert told(read_on(CUSTOMERS, tenant_a, behind)) == [("update", "K")]


def test_what_came_out_of_the_bin_is_still_called_restored(actor, tenant_a):
    push(actor, row("K"), row("L"))
    gone = delete(roots=Customer.objects.all(), actor=actor)
    age(31)
    push(actor, row("M"))
    restore(deletions=[deletion.pk for deletion in gone.deletions], actor=actor)
    keep_for(tenant_a, 30)
    work()

    first, *others = told(read_on(CUSTOMERS, tenant_a, START))
    assert (first, sorted(others)) == (("create", "M"), [("restore", "K"), ("restore", "L")])


def test_what_is_not_committed_holds_the_floor_up(actor, tenant_a):
    """Whatever may still be committed comes behind the floor, however old it says it is."""
    from tests.records.feed import Transaction, changed

    push(actor, row("K"))
    push(actor, row("L", title="a"))
    open_one = Transaction()
    open_one.do(changed(tenant_a, "K", title="x"))
    for title in "bc":
        push(actor, row("L", title=title))
    age(31)
    tenant_a.history_days = 30
    tenant_a.save()

    work()
    open_one.end()
    wait_until_over()

    assert ("update", "K") in told(read_on(CUSTOMERS, tenant_a))


def _text(resource) -> str:
    return "last_name" if hasattr(resource.model, "last_name") else "name"
