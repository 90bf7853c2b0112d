"""Traps 15 to 18 of the catalogue (style.md, section 7): deleting and restoring in every order, and honest counts."""

import pytest
from django.db.models import ProtectedError

from recyclebin.models import Deletion, State
from recyclebin.policies import type_name
from recyclebin.verbs import delete, restore
from tests.factories import make_customer, make_keyed, make_record, put_in_bin, row, rows
from tests.recyclebin.declared import MODELS, below, every_along, every_keep, every_model

pytestmark = pytest.mark.django_db


@every_along
def test_trap_15_earlier_deleted_children_stay_deleted(link, tenant_a, actor):
    owner = make_keyed(link.owner, tenant_a)
    early, late = below(link, owner), below(link, owner)
    own = put_in_bin(early)
    with_owner = put_in_bin(owner)
    assert (row(early)["deletion_id"], row(late)["deletion_id"]) == (own.pk, with_owner.pk)

    assert restore(deletions=[with_owner.pk], actor=actor).counts == {
        type_name(link.owner): 1,
        type_name(link.model): 1,
    }
    assert list(link.model.objects.filter(**{link.field: owner})) == [late]

    assert restore(deletions=[own.pk], actor=actor).counts == {type_name(link.model): 1}
    assert list(link.model.objects.filter(**{link.field: owner}).order_by("pk")) == [early, late]


@every_along
def test_trap_16_a_binned_owner_is_named(link, tenant_a, actor):
    owner = make_keyed(link.owner, tenant_a)
    child = below(link, owner)
    own, of_owner = put_in_bin(child), put_in_bin(owner)
    before = rows(link.model), rows(link.owner)

    result = restore(deletions=[own.pk], actor=actor)

    assert (result.restored, result.skipped, dict(result.counts)) == ((), (), {})
    assert [(failed.deletion, failed.owners) for failed in result.failed] == [(own.pk, (of_owner,))]
    assert result.failed[0].reason == (
        f"It belongs to {of_owner.label}, which is in the recycle bin. Restore that first, or both together."
    )
    assert (rows(link.model), rows(link.owner)) == before


@every_along
def test_trap_16_the_owner_comes_back_with_it(link, tenant_a, actor):
    owner = make_keyed(link.owner, tenant_a)
    child = below(link, owner)
    own, of_owner = put_in_bin(child), put_in_bin(owner)

    result = restore(deletions=[own.pk], actor=actor, with_owners=True)

    assert (result.restored, result.failed) == ((own, of_owner), ())
    assert (row(child)["deletion_id"], row(owner)["deletion_id"]) == (None, None)


@every_along
def test_trap_16_both_together_in_any_order(link, tenant_a, actor):
    owner = make_keyed(link.owner, tenant_a)
    child = below(link, owner)
    own, of_owner = put_in_bin(child), put_in_bin(owner)

    assert restore(deletions=[own.pk, of_owner.pk], actor=actor).restored == (own, of_owner)
    assert Deletion.objects.for_tenant(tenant_a).binned().count() == 0


@every_keep
def test_trap_16_a_kept_link_never_blocks(link, tenant_a, actor):
    owner = make_keyed(link.owner, tenant_a)
    child = below(link, owner)
    before = row(child)
    own, of_owner = put_in_bin(child), put_in_bin(owner)

    assert restore(deletions=[own.pk], actor=actor).restored == (own,)
    assert row(child) == before
    assert row(owner)["deletion_id"] == of_owner.pk


@every_model
def test_trap_16_keys_are_reserved_so_nothing_collides(model, tenant_a, actor):
    record = make_keyed(model, tenant_a, source_id="K-731", uid="lena")
    before = row(record)
    deletion = put_in_bin(record)

    assert restore(deletions=[deletion.pk], actor=actor).restored == (deletion,)
    assert row(record) == before


@every_model
def test_trap_17_delete_restore_delete_again(model, tenant_a, actor):
    record = make_keyed(model, tenant_a)
    first = put_in_bin(record)
    restore(deletions=[first.pk], actor=actor)
    second = put_in_bin(record)

    history = Deletion.objects.filter(root_type=type_name(model), root_id=record.pk).order_by("deleted_at")
    assert [(deletion.pk, deletion.state) for deletion in history] == [
        (first.pk, State.RESTORED),
        (second.pk, State.BINNED),
    ]
    assert row(record)["deletion_id"] == second.pk
    assert restore(deletions=[first.pk], actor=actor).restored == ()
    assert restore(deletions=[second.pk], actor=actor).restored == (second,)


@every_model
def test_trap_18_counts_equal_rows_changed(model, tenant_a, actor):
    roots = [make_record(model, tenant_a) for _ in range(3)]
    put_in_bin(roots[0])
    live = {table: set(table.objects.values_list("pk", flat=True)) for table in MODELS}

    result = delete(roots=model.everything.filter(pk__in=[root.pk for root in roots]), actor=actor)

    left = {table: set(table.objects.values_list("pk", flat=True)) for table in MODELS}
    gone = {type_name(table): len(live[table] - left[table]) for table in MODELS if live[table] != left[table]}
    assert (result.counts, result.total) == (gone, sum(gone.values()))
    assert [deletion.root_id for deletion in result.deletions] == [root.pk for root in roots[1:]]

    back = restore(deletions=[deletion.pk for deletion in result.deletions], actor=actor)
    assert (dict(back.counts), back.total) == (gone, result.total)
    assert {table: set(table.objects.values_list("pk", flat=True)) for table in MODELS} == live


@every_along
def test_trap_18_counts_of_each_deletion(link, tenant_a, actor):
    busy, idle = make_record(link.owner, tenant_a), make_record(link.owner, tenant_a)
    below(link, busy), below(link, busy)

    result = delete(roots=link.owner.objects.filter(pk__in=[busy.pk, idle.pk]), actor=actor)

    assert {deletion.root_id: deletion.counts for deletion in Deletion.objects.of_operation(result.operation)} == {
        busy.pk: {type_name(link.owner): 1, type_name(link.model): 2},
        idle.pk: {type_name(link.owner): 1},
    }


def test_a_deletion_with_rows_cannot_be_deleted(tenant_a):
    """Its rows would look live again, without anyone having restored them."""
    deletion = put_in_bin(make_customer(tenant_a))

    with pytest.raises(ProtectedError):
        deletion.delete()
