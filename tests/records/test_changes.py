"""The change feed: nothing that commits late is skipped, each change has its name (contract section 9a)."""

import random
import threading
import time
from collections import Counter

import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from customers.contracts import CUSTOMERS
from customers.models import Customer
from records import changes
from records.changes import START, CursorExpired, CursorInvalid, changes_since, newest, sealed, unsealed
from records.writes import write
from recyclebin.verbs import delete, restore
from tests.factories import make_customer, owner_of, put_in_bin
from tests.records.feed import Transaction, changed, execute, read_on, told, wait_until_over
from tests.records.plans import plan_of
from tests.records.sending import RESOURCES, home, push, row
from tests.recyclebin.two_connections import Meanwhile
from users.contracts import USERS

pytestmark = pytest.mark.django_db(transaction=True)


# In the order in which it is safe to read


def test_what_commits_after_a_later_one_is_not_skipped(tenant_a, actor):
    push(actor, row("slow"), row("fast"))
    wait_until_over()
    before = read_on(CUSTOMERS, tenant_a)
    slow = Transaction()
    slow.do(changed(tenant_a, "slow", title="x"))
    changed(tenant_a, "fast", title="x")()

    meanwhile = read_on(CUSTOMERS, tenant_a, before[-1].cursor)
    slow.end()
    wait_until_over()

    assert told(before) == [("create", "slow"), ("create", "fast")]
    assert meanwhile == []  # the fast one waits for the slow one, which began earlier
    assert told(read_on(CUSTOMERS, tenant_a, before[-1].cursor)) == [("update", "slow"), ("update", "fast")]


def test_a_transaction_that_only_reads_holds_nothing_up(tenant_a, actor):
    reader = Transaction()
    reader.do(Customer.objects.count)
    push(actor, row("K"))
    wait_until_over()

    found = read_on(CUSTOMERS, tenant_a)
    reader.end()

    assert told(found) == [("create", "K")]


def test_what_is_rolled_back_leaves_a_gap_that_nobody_waits_for(tenant_a, actor):
    push(actor, row("K"), row("L"))
    undone = Transaction()
    undone.do(changed(tenant_a, "K", title="never"))
    changed(tenant_a, "L", title="x")()
    undone.end("rollback")
    with transaction.atomic():
        savepoint = transaction.savepoint()
        changed(tenant_a, "K", title="never")()
        transaction.savepoint_rollback(savepoint)
        changed(tenant_a, "K", title="y")()
    wait_until_over()

    keys = Customer.pgh_event_model.objects.order_by("pgh_id").values_list("pgh_id", flat=True)
    assert told(read_on(CUSTOMERS, tenant_a)) == [
        ("create", "K"), ("create", "L"), ("update", "L"), ("update", "K"),
    ]  # fmt: skip
    assert keys[len(keys) - 1] - keys[0] == 5


def test_changes_of_one_record_come_in_their_order_whoever_began_first(tenant_a, actor):
    """The transaction that began first, by writing something else, is the last to write the record."""
    push(actor, row("other"), row("K"))
    wait_until_over()
    before = newest(CUSTOMERS, tenant_a.pk)
    first = Transaction()
    first.do(changed(tenant_a, "other", title="x"))
    gone = put_in_bin(Customer.objects.get(source_id="K"))
    first.do(lambda: restore(deletions=[gone.pk], actor=actor))
    first.end()
    wait_until_over()

    found = read_on(CUSTOMERS, tenant_a, before)

    assert told(found) == [("update", "other"), ("delete", "K"), ("restore", "K")]


def test_a_reader_that_polls_while_four_write_misses_nothing_and_gets_nothing_twice(tenant_a, tenant_b, actor):
    names = [f"K-{n}" for n in range(12)]
    push(actor, *map(row, names))
    make_customer(tenant_b, source="ERP", source_id="K-0")
    writing = threading.Event()
    writing.set()

    def work(seed):
        dice = random.Random(seed)
        for step in range(25):
            try:
                with transaction.atomic():
                    for name in sorted(dice.sample(names, dice.randint(1, 4))):  # sorted: no deadlocks
                        changed(tenant_a, name, title=f"{seed} {step}")()
                        time.sleep(dice.choice([0, 0, 0.002, 0.01]))
                    if dice.random() < 0.2:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                pass

    def follow():
        found, empty = [], 0
        while writing.is_set() or empty < 2:
            page = changes_since(CUSTOMERS, tenant_a.pk, found[-1].cursor if found else START, 7)
            found += page
            empty = 0 if page or writing.is_set() else empty + 1  # a pause of the writers is no end
            if empty:
                wait_until_over()
        return found

    reader = Meanwhile(follow)
    writers = [Meanwhile(lambda seed=seed: work(seed)) for seed in range(4)]
    for writer in writers:
        writer.result()
    writing.clear()
    found = reader.result()

    events = Customer.pgh_event_model.objects.filter(tenant_id=tenant_a.pk)
    assert Counter(change.cursor.event for change in found) == Counter(events.values_list("pgh_id", flat=True))
    assert len(found) > 100
    by_record = {}
    for change in found:
        by_record.setdefault(change.id, []).append(change.cursor.event)
    for record, seen in by_record.items():
        written = events.filter(pgh_obj_id=record).order_by("pgh_id").values_list("pgh_id", flat=True)
        assert seen == list(written)


def test_from_the_newest_on(tenant_a, tenant_b, actor):
    assert newest(CUSTOMERS, tenant_a.pk) == START
    make_customer(tenant_b)
    wait_until_over()
    assert newest(CUSTOMERS, tenant_a.pk) == START
    push(actor, row("K"), row("L"))
    open_one = Transaction()
    open_one.do(changed(tenant_a, "K", title="x"))
    push(actor, row("M"))

    behind = newest(CUSTOMERS, tenant_a.pk)
    open_one.end()
    wait_until_over()

    assert told(read_on(CUSTOMERS, tenant_a, behind)) == [("update", "K"), ("create", "M")]


# What it is called


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_each_change_has_its_name(tenant_a, actor, resource):
    everything = resource.model.everything.filter(tenant=tenant_a)
    table = resource.table
    push(actor, row("K", resource=resource), resource=resource)
    push(actor, row("K", resource=resource, **{_text(resource): "x"}), resource=resource)
    for _ in range(2):
        gone = delete(roots=resource.model.objects.all(), actor=actor)
        everything.update(**{_text(resource): "in the bin"})
        restore(deletions=[deletion.pk for deletion in gone.deletions], actor=actor)
        execute(f"UPDATE {table} SET version = version + 1")
        everything.update(**{_text(resource): "z"})
    everything.update(erased_at="2026-01-01T00:00:00Z")
    with transaction.atomic():
        execute("SELECT set_config('backoffice.purge', 'on', true)")
        execute(f"DELETE FROM {table}")
    wait_until_over()

    actions = [change.action for change in read_on(resource, tenant_a)]

    life = ["delete", "update", "restore", "update", "update"]
    assert actions == ["create", "update", *life, *life, "erase", "purge"]


def _text(resource):
    return next(column.name for column in resource.columns if column.name in ("title", "name"))


def test_a_change_says_which_record_when_and_under_which_key(tenant_a, actor):
    push(actor, row("K"))
    customer = Customer.objects.get()
    write(CUSTOMERS, {"source": "ERP", "source_id": "L"}, actor=actor, id=customer.pk)
    make_customer(tenant_a)
    wait_until_over()

    first, moved, keyless = read_on(CUSTOMERS, tenant_a)

    events = Customer.pgh_event_model.objects.order_by("pgh_id")
    at = [event.pgh_created_at.strftime("%Y-%m-%dT%H:%M:%SZ") for event in events]
    assert first[:5] == ("create", customer.pk, "ERP", "K", at[0])
    assert moved[:5] == ("update", customer.pk, "ERP", "L", at[1])
    assert keyless[:5] == ("create", keyless.id, "", "", at[2])


def test_a_change_of_an_address_is_one_of_its_owner(tenant_a, actor):
    push(actor, row("K", addresses=(home(),)))
    push(actor, row("K", addresses=(home(city="Assen"),)))
    wait_until_over()

    assert told(read_on(CUSTOMERS, tenant_a)) == [("create", "K"), ("update", "K")]


def test_each_resource_and_tenant_has_a_feed_of_its_own(tenant_a, tenant_b, actor):
    push(actor, row("A"))
    push(actor, row("A", resource=USERS), resource=USERS)
    push(owner_of(tenant_b), row("B"))
    wait_until_over()

    feeds = [(CUSTOMERS, tenant_a), (USERS, tenant_a), (CUSTOMERS, tenant_b), (USERS, tenant_b)]
    assert [told(read_on(*feed)) for feed in feeds] == [[("create", "A")], [("create", "A")], [("create", "B")], []]


# Cursors


def test_a_cursor_is_good_for_its_tenant_and_resource_only(tenant_a, tenant_b):
    cursor = changes.Cursor(1 << 44, 7, 1_700_000_000_000_000)
    text = sealed(cursor, CUSTOMERS, tenant_a.pk)

    assert unsealed(text, CUSTOMERS, tenant_a.pk) == cursor
    wrong = [(text, USERS, tenant_a), (text, CUSTOMERS, tenant_b), (f"{text}x", CUSTOMERS, tenant_a)]
    for sent, resource, tenant in [*wrong, ("", CUSTOMERS, tenant_a), ("é", CUSTOMERS, tenant_a)]:
        with pytest.raises(CursorInvalid):
            unsealed(sent, resource, tenant.pk)


def without_protection(statement: str) -> None:
    """What an operator does who keeps less history."""
    table = Customer.pgh_event_model._meta.db_table
    execute(f"ALTER TABLE {table} DISABLE TRIGGER USER; {statement}; ALTER TABLE {table} ENABLE TRIGGER USER")


def test_a_cursor_to_an_event_that_is_not_kept_has_expired(tenant_a, actor):
    for name in "KLM":
        push(actor, row(name))
    wait_until_over()
    first, second, third = read_on(CUSTOMERS, tenant_a)
    without_protection(f"DELETE FROM customers_customerevent WHERE pgh_id < {second.cursor.event}")

    with pytest.raises(CursorExpired):
        changes_since(CUSTOMERS, tenant_a.pk, first.cursor, 10)
    assert read_on(CUSTOMERS, tenant_a, second.cursor) == [third]
    assert read_on(CUSTOMERS, tenant_a) == [second, third]


def test_a_cursor_to_what_a_restored_backup_does_not_have_has_expired(tenant_a, actor):
    """Keys and transaction ids are given out again after a backup was restored: the time tells both events apart."""
    push(actor, row("lost"))
    wait_until_over()
    (lost,) = read_on(CUSTOMERS, tenant_a)
    without_protection("UPDATE customers_customerevent SET pgh_created_at = now()")

    with pytest.raises(CursorExpired):
        changes_since(CUSTOMERS, tenant_a.pk, lost.cursor, 10)


def forget_era():
    """What a new connection knows."""
    execute("SELECT set_config('backoffice.change_era', '', false)")


def test_in_another_cluster_new_changes_come_behind_all_old_ones(tenant_a, actor):
    """A dump that is restored elsewhere brings its events along; the transaction ids there may be lower."""
    push(actor, row("old"))
    wait_until_over()
    (old,) = read_on(CUSTOMERS, tenant_a)
    # As if the old cluster had been far ahead of this one.
    far = old.cursor.position + 10**9
    without_protection(f"UPDATE customers_customerevent SET pgh_position = {far}")
    old = old._replace(cursor=old.cursor._replace(position=far))
    execute("SELECT setval('records_change_cluster', 42)")
    forget_era()

    push(actor, row("new"))
    wait_until_over()

    found = read_on(CUSTOMERS, tenant_a)
    assert (found[0], told(found)) == (old, [("create", "old"), ("create", "new")])
    assert read_on(CUSTOMERS, tenant_a, old.cursor) == found[1:]
    assert found[1].cursor.position >> 44 == (old.cursor.position >> 44) + 1
    forget_era()
    push(actor, row("newer"))
    wait_until_over()
    newer = read_on(CUSTOMERS, tenant_a)[-1]
    assert newer.cursor.position >> 44 == found[1].cursor.position >> 44


def test_events_from_before_the_feed_come_first(tenant_a, actor):
    """The migration gives them one position, without writing any of them again."""
    executor = MigrationExecutor(connection)
    executor.migrate([("customers", "0001_initial")])
    try:
        execute(
            "INSERT INTO customers_customer (tenant_id, source, source_id, created_at, modified_at, version, debtor_id,"
            " first_name, middle_name, last_name, abbreviation, title, gender, login, phone, mobile, fax, email,"
            " pricelist_amount, pricelist_percentage, primary_language, ssn) SELECT %s, 'ERP', n, now(), now(), 1,"
            " '', '', '', '', '', '', 'u', '', '', '', '', '', '', '', '', '' FROM generate_series(1, 3) n",
            tenant_a.pk,
        )
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    push(actor, row("4"))
    wait_until_over()

    found = read_on(CUSTOMERS, tenant_a, limit=2)
    assert told(found) == [("create", str(n)) for n in (1, 2, 3, 4)]
    assert [change.cursor.position == 0 for change in found] == [True, True, True, False]


# What it costs


def test_a_page_is_one_statement(tenant_a, actor, django_assert_num_queries):
    push(actor, *(row(str(n)) for n in range(50)))
    delete(roots=Customer.objects.all(), actor=actor)
    wait_until_over()

    for limit in (3, 100):
        with django_assert_num_queries(1):
            found = changes_since(CUSTOMERS, tenant_a.pk, START, limit)
        assert len(found) == limit


def test_a_page_costs_the_same_however_long_the_history_is(tenant_a, tenant_b, actor):
    push(actor, *(row(str(n)) for n in range(300)))
    other = owner_of(tenant_b)
    push(other, *(row(str(n)) for n in range(300)))
    delete(roots=Customer.objects.filter(source_id__in=["1", "2"]), actor=actor)

    def page():
        execute("VACUUM ANALYZE customers_customerevent")
        wait_until_over()
        found = read_on(CUSTOMERS, tenant_a)
        middle = found[len(found) // 2].cursor
        parameters = {"tenant": tenant_a.pk, "limit": 100, **middle._asdict()}
        return plan_of(changes._statement(CUSTOMERS), parameters)

    _, short = page()
    for step in range(30):
        Customer.everything.update(title=str(step))
    used, long = page()

    # The floors of histories are few, and read whole or by their key.
    used -= {"one_floor_per_history", "all of records_historyfloor"}
    assert used == {"customerevent_feed", "customerevent_bin", "customerevent_record"}
    assert long < 2 * short
