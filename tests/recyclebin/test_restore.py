"""The verb that brings records back: whom it lets, what it brings, what it refuses and how it says so."""

import uuid

import pytest

from customers.models import Customer
from recyclebin.models import Deletion, State
from recyclebin.verbs import delete, restore
from tenants.actors import staff_actor
from tenants.errors import PermissionDenied
from tests.factories import (
    integration_of,
    make_address,
    make_company,
    make_contact,
    make_customer,
    make_keyed,
    put_in_bin,
    row,
    rows,
)
from tests.recyclebin.declared import ALONG, MODELS, below, every_model

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("who", "allowed"), [("olivia", True), ("eddie", False), ("vera", False), ("tom", False)])
def test_who_may_restore(cast, tenant_a, who, allowed):
    customer = make_customer(tenant_a)
    deletion = put_in_bin(customer)
    actor = staff_actor(cast[who], tenant_a)

    if allowed:
        assert restore(deletions=[deletion.pk], actor=actor).restored == (deletion,)
    else:
        with pytest.raises(PermissionDenied, match=r"TENANT\.BACKOFFICE"):
            restore(deletions=[deletion.pk], actor=actor)
    assert list(Customer.objects.for_tenant(tenant_a)) == ([customer] if allowed else [])


def test_a_reading_integration_may_not_restore(tenant_a):
    deletion = put_in_bin(make_customer(tenant_a))

    with pytest.raises(PermissionDenied):
        restore(deletions=[deletion.pk], actor=integration_of(tenant_a, "customers:read", "customers:write"))


@every_model
def test_everything_is_as_it_was(model, tenant_a, tenant_b, actor):
    """Every column of every table, whatever else is in the bin or lives."""
    roots = [make_keyed(model, tenant_a, uid=f"uid-{number}") for number in range(3)]
    for link in ALONG:
        for root in roots if link.owner is model else ():
            below(link, root), below(link, root)
            put_in_bin(below(link, root))
    for other in MODELS:
        put_in_bin(make_keyed(other, tenant_a)), make_keyed(other, tenant_b), put_in_bin(make_keyed(other, tenant_b))
    before = {table: rows(table) for table in MODELS}

    result = delete(roots=model.objects.filter(pk__in=[root.pk for root in roots]), actor=actor)
    assert {table: rows(table) for table in MODELS} != before
    restore(deletions=Deletion.objects.of_operation(result.operation), actor=actor)

    after = {table: rows(table) for table in MODELS}
    if model._meta.label == "addresses.Address":
        # The owners of addresses that went and came alone changed twice; nothing else did.
        for values in before[Customer].values():
            if values["id"] in {root.customer_id for root in roots}:
                values |= {"version": 3, "modified_at": after[Customer][values["id"]]["modified_at"]}
    assert after == before


def test_what_a_restore_marks(tenant_a, actor):
    deletion = put_in_bin(make_customer(tenant_a))

    (restored,) = restore(deletions=[deletion.pk], actor=actor).restored

    stored = Deletion.objects.get()
    assert (stored.state, stored.restored_by) == (State.RESTORED, "Olivia")
    assert stored.restored_at > stored.deleted_at
    changed = {"state", "restored_at", "restored_by", "_state"}
    assert {name: value for name, value in vars(stored).items() if name not in changed} == {
        name: value for name, value in vars(deletion).items() if name not in changed
    }
    assert (restored.state, restored.restored_at, restored.restored_by) == (
        stored.state,
        stored.restored_at,
        stored.restored_by,
    )


@every_model
def test_the_history_names_the_operation(model, tenant_a, actor):
    record = make_keyed(model, tenant_a)
    deletion = put_in_bin(record)

    result = restore(deletions=[deletion.pk], actor=actor)

    event = model.pgh_event_models["update"].objects.filter(pgh_obj_id=record.pk).latest("pgh_id")
    assert (event.deletion_id, event.pgh_context_id) == (None, result.operation)
    assert event.pgh_context.metadata["actor"] == "Olivia"


def test_undo_restores_a_whole_operation(tenant_a, actor):
    company, customer = make_company(tenant_a), make_customer(tenant_a)
    make_contact(tenant_a, company=company), make_address(customer)
    before = {table: rows(table) for table in MODELS}
    result = delete(roots=[type(company).objects.all(), Customer.objects.all()], actor=actor)

    undone = restore(deletions=Deletion.objects.of_operation(result.operation), actor=actor)

    assert set(undone.restored) == set(result.deletions)
    assert (undone.skipped, undone.failed, dict(undone.counts)) == ((), (), result.counts)
    assert {table: rows(table) for table in MODELS} == before


def test_restored_before(tenant_a, actor):
    deletion = put_in_bin(make_customer(tenant_a))
    restore(deletions=[deletion.pk], actor=actor)

    result = restore(deletions=[deletion.pk], actor=actor)

    assert (result.restored, result.failed, result.total) == ((), (), 0)
    assert [(skipped.deletion, skipped.label, skipped.reason) for skipped in result.skipped] == [
        (deletion.pk, deletion.label, "It was restored before.")
    ]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.PURGING, "It is being deleted permanently and cannot be restored any more."),
        (State.PURGED, "It was deleted permanently."),
    ],
)
def test_a_purge_that_began_wins(tenant_a, actor, state, reason):
    customer = make_customer(tenant_a)
    deletion = put_in_bin(customer)
    Deletion.objects.update(state=state)
    before = row(customer)

    result = restore(deletions=[deletion.pk], actor=actor)

    assert [(failed.deletion, failed.reason) for failed in result.failed] == [(deletion.pk, reason)]
    assert (result.restored, row(customer), Deletion.objects.get().state) == ((), before, state)


def test_an_owner_that_is_being_purged_fails_its_children_too(tenant_a, actor):
    customer = make_customer(tenant_a)
    own = put_in_bin(make_address(customer))
    of_owner = put_in_bin(customer)
    Deletion.objects.filter(pk=of_owner.pk).update(state=State.PURGING)

    result = restore(deletions=[own.pk], actor=actor, with_owners=True)

    assert result.restored == ()
    assert {failed.deletion: failed.owners for failed in result.failed} == {own.pk: (of_owner,), of_owner.pk: ()}
    assert row(customer)["deletion_id"] == of_owner.pk


def test_deletions_of_another_tenant_do_not_exist(tenant_a, tenant_b, actor):
    customer = make_customer(tenant_b)
    deletion = put_in_bin(customer)
    unknown = uuid.uuid4()

    result = restore(deletions=[deletion.pk, unknown], actor=actor, with_owners=True)

    assert [(failed.deletion, failed.label, failed.reason) for failed in result.failed] == [
        (deletion.pk, "", "There is no such deletion."),
        (unknown, "", "There is no such deletion."),
    ]
    assert row(customer)["deletion_id"] == deletion.pk


def test_one_that_fails_stops_no_other(tenant_a, actor):
    gone, blocked, fine = make_customer(tenant_a), make_customer(tenant_a), make_customer(tenant_a)
    purged = put_in_bin(gone)
    Deletion.objects.update(state=State.PURGED)
    address = put_in_bin(make_address(blocked))
    put_in_bin(blocked)
    good = put_in_bin(fine)

    result = restore(deletions=[purged.pk, address.pk, good.pk, good.pk], actor=actor)

    assert result.restored == (good,)
    assert [failed.deletion for failed in result.failed] == [purged.pk, address.pk]
    assert list(Customer.objects.all()) == [fine]


@pytest.mark.parametrize("with_owners", [False, True])
def test_nothing_to_restore(tenant_a, actor, with_owners):
    result = restore(deletions=Deletion.objects.none(), actor=actor, with_owners=with_owners)

    assert (result.restored, result.skipped, result.failed, result.total) == ((), (), (), 0)
