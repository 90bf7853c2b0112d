"""Trap 20 of the catalogue (style.md, section 7), and the other races: two real connections, both orders of each."""

import random

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from addresses.models import Address
from customers.models import Customer
from records.errors import RecordInBin
from records.locking import lock_live
from recyclebin.errors import NothingLive
from recyclebin.models import Deletion
from recyclebin.verbs import delete, restore
from tests.factories import make_address, make_customer, make_record, put_in_bin, row
from tests.recyclebin.declared import ALONG, MODELS, below, every_along, every_model
from tests.recyclebin.two_connections import Meanwhile

pytestmark = pytest.mark.django_db(transaction=True)


def add_below(link, owner):
    """What every verb does that adds a child: lock the live owner first. Refused: None."""
    with transaction.atomic():
        if lock_live(link.owner, [owner.pk]):
            return below(link, owner)
        return None


@every_along
def test_trap_20_a_child_added_during_the_deletion_is_refused(link, tenant_a, actor):
    owner = make_record(link.owner, tenant_a)

    with transaction.atomic():
        delete(roots=link.owner.objects.filter(pk=owner.pk), actor=actor)
        adding = Meanwhile(lambda: add_below(link, owner))
        adding.wait_until_blocked()

    assert adding.result() is None
    assert link.model.everything.filter(**{link.field: owner}).count() == 0


@every_along
def test_trap_20_a_child_added_just_before_goes_along(link, tenant_a, actor):
    owner = make_record(link.owner, tenant_a)

    with transaction.atomic():
        child = add_below(link, owner)
        deleting = Meanwhile(lambda: delete(roots=link.owner.objects.filter(pk=owner.pk), actor=actor))
        deleting.wait_until_blocked()

    deletion = deleting.result().deletions[0]
    assert (row(owner)["deletion_id"], row(child)["deletion_id"]) == (deletion.pk, deletion.pk)


@every_model
def test_of_two_deletions_the_second_finds_nothing_live(model, tenant_a, actor):
    record = make_record(model, tenant_a)
    roots = model.objects.filter(pk=record.pk)

    with transaction.atomic():
        first = delete(roots=roots, actor=actor)
        second = Meanwhile(lambda: delete(roots=roots, actor=actor))
        second.wait_until_blocked()

    with pytest.raises(NothingLive):
        second.result()
    assert list(Deletion.objects.all()) == list(first.deletions)


def test_overlapping_deletions_each_take_their_own(tenant_a, actor):
    one, both, other = (make_customer(tenant_a) for _ in range(3))

    with transaction.atomic():
        delete(roots=Customer.objects.filter(pk__in=[one.pk, both.pk]), actor=actor)
        second = Meanwhile(lambda: delete(roots=Customer.objects.filter(pk__in=[both.pk, other.pk]), actor=actor))
        second.wait_until_blocked()

    assert [deletion.root_id for deletion in second.result().deletions] == [other.pk]


@every_model
def test_of_two_restores_the_second_has_nothing_to_do(model, tenant_a, actor):
    record = make_record(model, tenant_a)
    deletion = put_in_bin(record)

    with transaction.atomic():
        restore(deletions=[deletion.pk], actor=actor)
        before = row(record)
        second = Meanwhile(lambda: restore(deletions=[deletion.pk], actor=actor))
        second.wait_until_blocked()

    result = second.result()
    assert ([skipped.deletion for skipped in result.skipped], result.restored) == ([deletion.pk], ())
    assert row(record) == before


@every_along
def test_a_child_restored_during_the_deletion_of_its_owner_fails(link, tenant_a, actor):
    owner = make_record(link.owner, tenant_a)
    child = below(link, owner)
    own = put_in_bin(child)

    with transaction.atomic():
        of_owner = delete(roots=link.owner.objects.filter(pk=owner.pk), actor=actor).deletions[0]
        restoring = Meanwhile(lambda: restore(deletions=[own.pk], actor=actor))
        restoring.wait_until_blocked()

    assert [failed.owners for failed in restoring.result().failed] == [(of_owner,)]
    assert row(child)["deletion_id"] == own.pk


@every_along
def test_a_child_restored_just_before_goes_along(link, tenant_a, actor):
    owner = make_record(link.owner, tenant_a)
    child = below(link, owner)
    own = put_in_bin(child)

    with transaction.atomic():
        restore(deletions=[own.pk], actor=actor)
        deleting = Meanwhile(lambda: delete(roots=link.owner.objects.filter(pk=owner.pk), actor=actor))
        deleting.wait_until_blocked()

    deletion = deleting.result().deletions[0]
    assert row(child)["deletion_id"] == deletion.pk


@every_model
def test_an_edit_during_the_deletion_is_refused(model, tenant_a, actor):
    record = make_record(model, tenant_a)
    record.source, record.source_id = "ERP", "late"

    with transaction.atomic():
        delete(roots=model.objects.filter(pk=record.pk), actor=actor)
        saving = Meanwhile(record.save)
        saving.wait_until_blocked()

    with pytest.raises(RecordInBin):
        saving.result()
    assert row(record)["source_id"] == ""


def test_two_defaults_deleted_at_once_leave_one_heir(tenant_a, actor):
    """The second deletes the heir of the first, and waits for the owner: it sees the heir as default."""
    customer = make_customer(tenant_a)
    default, heir, last = (make_address(customer, is_default=number == 0) for number in range(3))

    with transaction.atomic():
        delete(roots=Address.objects.filter(pk=default.pk), actor=actor)
        second = Meanwhile(lambda: delete(roots=Address.objects.filter(pk=heir.pk), actor=actor))
        second.wait_until_blocked()

    second.result()
    assert [address.pk for address in customer.addresses.filter(is_default=True)] == [last.pk]
    assert row(customer)["version"] == 3


def test_lock_live_gives_live_records_only(tenant_a):
    live, binned = make_customer(tenant_a), make_customer(tenant_a)
    put_in_bin(binned)

    with transaction.atomic():
        assert lock_live(Customer, [binned.pk, live.pk, live.pk, 0]) == {live.pk}
    with pytest.raises(TransactionManagementError):
        lock_live(Customer, [live.pk])


def test_many_at_once_never_deadlock(tenant_a, actor):
    """Four writers delete and restore overlapping sets, all types, in random order; then the house is in order."""
    for _ in range(4):
        for link in ALONG:
            below(link, make_record(link.owner, tenant_a))
    ids = {model: list(model.objects.values_list("pk", flat=True)) for model in MODELS}

    def work(seed):
        dice = random.Random(seed)
        for _ in range(12):
            if dice.random() < 0.5:
                chosen = dice.sample(MODELS, 2)
                roots = [model.objects.filter(pk__in=dice.sample(ids[model], 2)) for model in chosen]
                try:
                    delete(roots=roots, actor=actor)
                except NothingLive:
                    continue
            else:
                binned = list(Deletion.objects.binned().values_list("pk", flat=True))
                wanted = dice.sample(binned, min(3, len(binned)))
                restore(deletions=wanted, actor=actor, with_owners=dice.random() < 0.5)

    for writer in [Meanwhile(lambda seed=seed: work(seed)) for seed in range(4)]:
        writer.result()

    for link in ALONG:
        below_binned = link.model.objects.filter(**{f"{link.field}__deletion__isnull": False})
        assert list(below_binned) == []
    for deletion in Deletion.objects.all():
        held = sum(model.everything.filter(deletion=deletion).count() for model in MODELS)
        assert held == (deletion.total if deletion.state == "binned" else 0)
