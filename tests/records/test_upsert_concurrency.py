"""Several writers at once, on connections of their own: nothing is lost, nothing waits for ever (design section 6)."""

import contextlib
import random
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction

from addresses.models import OWNERS, Address
from contacts.contracts import COMPANIES, CONTACTS
from contacts.models import Company, Contact
from customers.contracts import CUSTOMERS
from customers.models import Customer
from records.outcomes import Kind
from records.rebuilding import rebuild_search_text
from records.rows import ParentKey
from records.writes import write
from records.writing import Moved
from recyclebin.errors import NothingLive
from recyclebin.models import Deletion
from recyclebin.verbs import delete, restore
from tests.factories import integration_of, make_company, make_customer, make_record, put_in_bin
from tests.records.search_texts import search_texts
from tests.records.sending import CHANGED, CREATED, RESOURCES, UNCHANGED, home, push, row, summary
from tests.records.sending import OWNERS as OWNING
from tests.recyclebin.two_connections import Meanwhile
from users.contracts import USERS

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 4


def deadlocks():
    """How many transactions PostgreSQL has ended in this database to break a circle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


@pytest.fixture(autouse=True)
def nobody_was_ended():
    before = deadlocks()
    yield
    assert deadlocks() == before


def all_of(work, count=WRITERS):
    """What each of several writers returned, who worked at the same time. All are waited for, whatever one raises."""
    errors = []

    def guarded(seed):
        try:
            return work(seed)
        except Exception as error:
            errors.append(error)

    told = [writer.result() for writer in [Meanwhile(lambda seed=seed: guarded(seed)) for seed in range(count)]]
    for error in errors:
        raise error
    return told


def events_of(model):
    """How many events the history has of each record."""
    return Counter(model.pgh_event_model.objects.values_list("pgh_obj_id", flat=True))


def check_addresses():
    """One default for each owner and type that has a live address, and no address of another owner's type."""
    for owner in OWNERS:
        live = Address.objects.filter(**{f"{owner}__isnull": False})
        places = Counter(live.values_list(owner, "type"))
        defaults = Counter(live.filter(is_default=True).values_list(owner, "type"))
        assert defaults == dict.fromkeys(places, 1)


def check_search_text(resource):
    before = list(search_texts().filter(type=resource.type).order_by("record").values())
    list(rebuild_search_text(resource))
    assert list(search_texts().filter(type=resource.type).order_by("record").values()) == before


# Bulks against bulks


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_overlapping_bulks_in_random_order_all_finish(tenant_a, actor, resource):
    names = [f"K-{n}" for n in range(80)]
    text = next(column.name for column in resource.columns if column.name in ("first_name", "name"))
    addresses = (home(),) if resource.address_field else ()

    def work(seed):
        dice = random.Random(seed)
        told = []
        for _ in range(5):
            chosen = dice.sample(names, 60)
            rows = [
                row(name, resource=resource, addresses=addresses if dice.random() < 0.3 else (),
                    **{text: dice.choice(["Anna", "Eva"])})
                for name in chosen
            ]  # fmt: skip
            outcomes = push(actor, *rows, resource=resource, chunk=dice.choice([7, 100]))
            told += [(outcome.action, outcome.id) for outcome in outcomes if outcome.changed]
            assert {outcome.refusal for outcome in outcomes} == {None}
        return told

    told = [entry for entries in all_of(work) for entry in entries]

    stored = dict(resource.model.everything.values_list("source_id", "id"))
    assert sorted(stored) == sorted(names)
    assert Counter(action for action, _ in told)["create"] == len(names)
    assert events_of(resource.model) == Counter(pk for _, pk in told)
    assert dict(resource.model.objects.values_list("id", "version")) == events_of(resource.model)
    assert Address.objects.count() == len(set(Address.objects.values_list(resource.address_field or "id", flat=True)))
    check_addresses()
    check_search_text(resource)


def test_bulks_by_id_and_by_key_of_the_same_records(tenant_a, actor):
    ids = [outcome.id for outcome in push(actor, *(row(f"K-{n}") for n in range(50)))]

    def work(seed):
        dice = random.Random(seed)
        for _ in range(5):
            chosen = dice.sample(range(50), 40)
            if seed % 2:
                push(actor, *(row(id=ids[n], title=str(dice.random())) for n in chosen), by="id", mode="update")
            else:
                push(actor, *(row(f"K-{n}", title=str(dice.random())) for n in chosen))

    all_of(work)

    assert set(Customer.objects.values_list("version", flat=True)) <= set(range(2, 22))
    assert dict(Customer.objects.values_list("id", "version")) == events_of(Customer)


def test_bulks_of_different_resources_that_bring_the_same_address_keys(tenant_a, actor):
    """They queue behind different locks: each key pair goes to one of them, and neither waits for ever."""
    numbers = [str(n) for n in range(60)]

    def work(seed):
        resource = (CUSTOMERS, USERS, COMPANIES)[seed]
        order = random.Random(seed).sample(numbers, len(numbers))
        rows = [
            row(name, resource=resource, addresses=(home(source="ERP", source_id=name),)) for name in order
        ]  # fmt: skip
        return push(actor, *rows, resource=resource)

    told = Counter(entry for outcomes in all_of(work, 3) for entry in summary(outcomes))

    assert told == {CREATED: 60, ("create", False, Kind.EXISTS): 120}
    assert sorted(Address.objects.values_list("source_id", flat=True)) == sorted(numbers)


@pytest.mark.parametrize("chunk", [2, 100])
def test_keys_of_addresses_on_the_move_in_all_resources(tenant_a, actor, chunk):
    """An address that is there takes a key before one that is new does, and a chunk before the next one does.

    So there is no order of keys that everybody keeps to. They take turns, or they wait for each other in a circle.
    """

    def work(seed):
        dice, told = random.Random(seed), Counter()
        for step in range(6):
            keys = [{"source": "ERP", "source_id": f"{step}-{n}"} for n in dice.sample(range(40), 20)]
            rows = [
                row(
                    f"K-{n}", resource=OWNING[seed], addresses=(home(**keys[2 * n]), home(str(step), **keys[2 * n + 1]))
                )
                for n in range(10)
            ]
            told.update(summary(push(actor, *rows, resource=OWNING[seed], chunk=chunk)))
        return told

    told = sum(all_of(work, len(OWNING)), Counter())

    assert set(told) == {CREATED, CHANGED, ("create", False, Kind.EXISTS), ("update", False, Kind.EXISTS)}
    held = Address.objects.values_list("source_id", flat=True)
    assert len(held) == len(set(held))
    check_addresses()


# Bulks against single writes


def test_bulks_against_single_creates_of_the_same_keys(tenant_a, actor):
    """Single writes do not queue behind the lock of a bulk: the unique index decides."""
    names = [f"K-{n}" for n in range(40)]

    def work(seed):
        dice = random.Random(seed)
        if seed % 2:
            return summary(push(actor, *(row(name, first_name="Bulk") for name in dice.sample(names, 40))))
        return [
            *summary(push(actor, row(name, first_name="Single"), mode="create")[0] for name in dice.sample(names, 40))
        ]

    told = Counter(entry for entries in all_of(work) for entry in entries)

    assert sorted(Customer.everything.values_list("source_id", flat=True)) == sorted(names)
    assert told[CREATED] == 40
    assert told[("update", False, Kind.EXISTS)] + told[CREATED] + told[CHANGED] + told[UNCHANGED] == 160
    assert sum(events_of(Customer).values()) == told[CREATED] + told[CHANGED]


def test_bulks_against_single_updates_of_the_same_records(tenant_a, actor):
    ids = [outcome.id for outcome in push(actor, *(row(f"K-{n}") for n in range(30)))]

    def work(seed):
        dice = random.Random(seed)
        changed = Counter()
        for step in range(6 if seed % 2 else 60):
            if seed % 2:
                rows = [row(f"K-{n}", title=f"{seed} {step}", addresses=(home(),)) for n in dice.sample(range(30), 25)]
                changed.update(o.id for o in push(actor, *rows) if o.changed)
            else:
                outcome = write(CUSTOMERS, {"last_name": f"{seed} {step}"}, actor=actor, id=dice.choice(ids))
                changed.update([outcome.id] if outcome.changed else [])
        return changed

    changed = sum(all_of(work), Counter())

    assert dict(Customer.objects.values_list("id", "version")) == {pk: changed[pk] + 1 for pk in ids}
    assert events_of(Customer) == Counter({pk: changed[pk] + 1 for pk in ids})
    check_addresses()
    check_search_text(CUSTOMERS)


def test_single_writes_to_one_record_lose_nothing(tenant_a, actor):
    """Each gives a field of its own; whoever read an old version works it out again."""
    customer = write(CUSTOMERS, {}, actor=actor).id
    fields = ("first_name", "middle_name", "last_name", "title")

    def work(seed):
        return [write(CUSTOMERS, {fields[seed]: f"{step}"}, actor=actor, id=customer).changed for step in range(15)]

    assert all_of(work) == [[True] * 15] * WRITERS
    assert Customer.objects.values_list("version", *fields).get() == (61, *["14"] * 4)


def test_a_bulk_gets_its_turn_however_busy_others_are(tenant_a, actor):
    """Its records are changed all the time between being read and being locked, so from then on it holds them."""
    ids = [outcome.id for outcome in push(actor, *(row(f"K-{n}") for n in range(1500)))]
    done = []

    def hammer(seed):
        step = 0
        while not done:
            step += 1
            write(CUSTOMERS, {"title": f"{seed} {step}"}, actor=actor, id=ids[seed])
        return step

    hammers = [Meanwhile(lambda seed=seed: hammer(seed)) for seed in range(3)]
    try:
        for number in range(3):
            outcomes = push(actor, *(row(f"K-{n}", first_name=str(number)) for n in range(1500)))
            assert summary(outcomes) == [CHANGED] * 1500
    finally:
        done.append(True)
    assert all(busy.result() > 3 for busy in hammers)


def test_two_creates_with_an_if_match_of_the_same_version(tenant_a, actor):
    """Of two writers who saw the same version one is told that it is stale."""
    customer = make_customer(tenant_a)

    def save(name):
        return write(CUSTOMERS, {"first_name": name}, actor=actor, id=customer.pk, version=1)

    with transaction.atomic():
        assert save("First").changed
        second = Meanwhile(lambda: save("Second"))
        second.wait_until_blocked()

    assert second.result().refusal.kind is Kind.STALE
    assert Customer.objects.values_list("first_name", "version").get() == ("First", 2)


def test_chosen_ids_against_numbered_ones(tenant_a, tenant_b):
    """One tenant moves the sequence on, the other takes numbers from it; no id is given twice."""
    ours, theirs = integration_of(tenant_a), integration_of(tenant_b)
    base = push(theirs, row("first"))[0].id

    def work(seed):
        told = []
        for step in range(8):
            if seed % 2:
                chosen = [base + 100 * (step + 1) + seed * 10 + n for n in range(5)]
                told += push(ours, *(row(id=pk) for pk in chosen), by="id")
            else:
                told += push(theirs, *(row(f"{seed} {step} {n}") for n in range(20)))
        return told

    told = [outcome for outcomes in all_of(work) for outcome in outcomes]

    made = [outcome.id for outcome in told if outcome.success]
    assert {o.refusal.kind for o in told if o.refusal} <= {Kind.EXISTS}
    assert len(made) == len(set(made)) == Customer.objects.count() - 1
    assert push(theirs, row("last"))[0].id > max(made)


def test_a_sequence_that_fell_behind_catches_up(tenant_a, actor):
    """Two that move it at once, or one beside those who take numbers, may leave it where ids are taken already."""
    integration = integration_of(tenant_a)
    base = push(actor, row("first"))[0].id
    push(integration, *(row(id=base + n) for n in range(1, 60)), by="id")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT setval('{CUSTOMERS.table}_id_seq', {base})")

    assert push(actor, row("second"))[0].id > base + 59
    assert summary(push(actor, row("third"), row("fourth"))) == [CREATED, CREATED]


# Bulks against the recycle bin


@pytest.mark.parametrize("chunk", [5, 100])
def test_bulks_against_deleting_and_restoring_the_same_customers(tenant_a, actor, chunk):
    """Deleting locks its customers in the order of their ids, bulks in the order of their keys, chunk after chunk."""
    names = [f"K-{n}" for n in range(40)]
    push(actor, *(row(name, addresses=(home(),)) for name in names))

    def work(seed):
        dice = random.Random(seed)
        told = Counter()
        for step in range(8):
            chosen = dice.sample(names, 20)
            if seed % 2:
                rows = [row(name, title=f"{seed} {step}", addresses=(home(f"{seed}"),)) for name in chosen]
                told.update(summary(push(actor, *rows, chunk=chunk)))
                continue
            try:
                deleted = delete(roots=Customer.objects.filter(source_id__in=chosen), actor=actor)
            except NothingLive:
                continue
            if dice.random() < 0.8:
                restore(deletions=[deletion.pk for deletion in deleted.deletions], actor=actor)
        return told

    told = sum(all_of(work), Counter())

    assert set(told) <= {CHANGED, UNCHANGED, ("update", False, Kind.NOT_ALLOWED)}
    assert sorted(Customer.everything.values_list("source_id", flat=True)) == sorted(names)
    assert list(Address.objects.exclude(customer__deletion=None)) == []
    for deletion in Deletion.objects.binned():
        assert Customer.everything.filter(deletion=deletion).count() == 1
    check_addresses()
    check_search_text(CUSTOMERS)


def test_a_contact_created_while_its_company_is_deleted(tenant_a, actor):
    company = make_company(tenant_a, source="ERP", source_id="C")

    with transaction.atomic():
        delete(roots=Company.objects.filter(pk=company.pk), actor=actor)
        creating = Meanwhile(
            lambda: push(actor, row("P", resource=CONTACTS, parent=ParentKey(id=company.pk)), resource=CONTACTS)
        )
        creating.wait_until_blocked()

    (outcome,) = creating.result()
    assert (outcome.refusal.kind, outcome.refusal.resource) == (Kind.NOT_ALLOWED, "companies")
    assert Contact.everything.count() == 0


def test_a_contact_created_just_before_its_company_is_deleted(tenant_a, actor):
    company = make_company(tenant_a, source="ERP", source_id="C")

    with transaction.atomic():
        push(actor, row("P", resource=CONTACTS, parent=ParentKey(source_id="C")), resource=CONTACTS)
        deleting = Meanwhile(lambda: delete(roots=Company.objects.filter(pk=company.pk), actor=actor))
        deleting.wait_until_blocked()

    (deletion,) = deleting.result().deletions
    assert Contact.everything.get().deletion_id == deletion.pk


def patiently(write):
    """What a client does that is told to try again: companies that flip without end may wear out any one request."""
    for _ in range(50):
        with contextlib.suppress(Moved):
            return write()
    raise AssertionError("told to try again fifty times")


@pytest.mark.parametrize("chunk", [3, 100])
def test_contacts_on_the_move_while_companies_come_and_go(tenant_a, actor, chunk):
    companies = [make_company(tenant_a, source="ERP", source_id=f"C-{n}") for n in range(8)]
    names = [f"P-{n}" for n in range(30)]

    def work(seed):
        dice = random.Random(seed)
        told = Counter()
        for _ in range(8):
            if seed % 2:
                rows = [
                    row(name, resource=CONTACTS, parent=ParentKey(source="ERP", source_id=f"C-{dice.randrange(8)}"))
                    for name in dice.sample(names, 20)
                ]  # fmt: skip
                told.update(summary(patiently(lambda rows=rows: push(actor, *rows, resource=CONTACTS, chunk=chunk))))
                continue
            chosen = dice.sample([company.pk for company in companies], 4)
            try:
                deleted = delete(roots=Company.objects.filter(pk__in=chosen), actor=actor)
            except NothingLive:
                continue
            restore(deletions=[deletion.pk for deletion in deleted.deletions], actor=actor)
        return told

    told = sum(all_of(work), Counter())

    assert {kind for _, _, kind in told} <= {None, Kind.NOT_ALLOWED}
    assert list(Contact.objects.filter(company__deletion__isnull=False)) == []
    check_search_text(CONTACTS)


@pytest.mark.parametrize("resource", [r for r in RESOURCES if r.address_field], ids=lambda resource: resource.name)
def test_an_address_added_while_its_owner_is_deleted(tenant_a, actor, resource):
    owner = make_record(resource.model, tenant_a, source="ERP", source_id="K")

    def add():
        return push(actor, row("K", resource=resource, addresses=(home(),)), resource=resource)[0]

    with transaction.atomic():
        deleted = delete(roots=resource.model.objects.filter(pk=owner.pk), actor=actor)
        adding = Meanwhile(add)
        adding.wait_until_blocked()

    assert adding.result().refusal.kind is Kind.NOT_ALLOWED
    assert Address.everything.count() == 0

    restore(deletions=[deletion.pk for deletion in deleted.deletions], actor=actor)
    with transaction.atomic():
        assert add().changed
        deleting = Meanwhile(lambda: delete(roots=resource.model.objects.filter(pk=owner.pk), actor=actor))
        deleting.wait_until_blocked()

    (deletion,) = deleting.result().deletions
    assert Address.everything.get().deletion_id == deletion.pk


def test_addresses_deleted_and_restored_while_others_are_added(tenant_a, actor):
    """Both sides move the default on; at any moment there is one."""
    push(actor, row("K", addresses=tuple(home(str(n)) for n in range(6))))
    owner = Customer.objects.get()

    def work(seed):
        dice = random.Random(seed)
        for step in range(12):
            if seed % 2:
                code = str(dice.randrange(6))
                push(actor, row("K", addresses=(home(code, city=f"{step}", default=dice.choice([True, None])),)))
                continue
            chosen = dice.sample(list(Address.objects.values_list("pk", flat=True)) or [0], 1)
            try:
                deleted = delete(roots=Address.objects.filter(pk__in=chosen), actor=actor)
            except NothingLive:
                continue
            restore(deletions=[deletion.pk for deletion in deleted.deletions], actor=actor)

    all_of(work)

    check_addresses()
    assert owner.addresses.count() == 6
    assert Customer.objects.get().version == events_of(Customer)[owner.pk]
    check_search_text(CUSTOMERS)


# Time


def test_the_time_of_a_change_never_runs_back(tenant_a, actor):
    """A writer that began first and waited for the other writes later, and says so."""
    push(actor, row("K"))
    began = {}

    def slow():
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT now()")
                (began["slow"],) = cursor.fetchone()
            time.sleep(0.05)
            return push(actor, row("K", title="slow", addresses=(home(),)))

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM customers_customer FOR NO KEY UPDATE")
        waiting = Meanwhile(slow)
        waiting.wait_until_blocked()
        time.sleep(0.05)
        push(actor, row("K", title="fast"))
    fast = Customer.pgh_event_model.objects.get(title="fast").modified_at

    waiting.result()
    assert Customer.objects.get().modified_at > Customer.pgh_event_model.objects.get(title="fast").modified_at
    assert fast - began["slow"] < timedelta(seconds=10)


def test_a_binned_record_is_not_revived_by_a_bulk_that_read_it_live(tenant_a, actor):
    customer = make_customer(tenant_a, source="ERP", source_id="K")

    with transaction.atomic():
        put_in_bin(customer)
        bulk = Meanwhile(lambda: push(actor, row("K", title="late"), row("L")))
        bulk.wait_until_blocked()

    assert summary(bulk.result()) == [("update", False, Kind.NOT_ALLOWED), CREATED]
    assert Customer.everything.get(pk=customer.pk).title == ""
