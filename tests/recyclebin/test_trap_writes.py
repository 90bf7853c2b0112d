"""Traps 10 to 14 and 19 of the catalogue (style.md, section 7): the bin holds its keys, and nothing writes to it."""

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from addresses.models import Address
from customers.models import Customer
from records.errors import RecordInBin, UseTheVerb
from recyclebin.verbs import delete
from tests.factories import make_keyed, make_record, put_in_bin, row, rows
from tests.recyclebin.declared import ALONG, MODELS, below, every_along, every_keep, every_model

pytestmark = pytest.mark.django_db


@every_model
def test_trap_10_a_binned_record_keeps_its_key(model, tenant_a, tenant_b):
    binned = make_keyed(model, tenant_a, source_id="K-731", uid="lena")
    put_in_bin(binned)
    rival = make_record(model, tenant_a)
    rival.source, rival.source_id = "ERP", "K-731"

    with pytest.raises(ValidationError, match="recycle bin holds this key"):
        rival.validate_constraints()
    with pytest.raises(IntegrityError, match="_key"), transaction.atomic():
        rival.save()
    rival.source, rival.source_id, rival.uid = "", "", "lena"
    with pytest.raises(IntegrityError, match="_uid"), transaction.atomic():
        rival.save()
    assert make_keyed(model, tenant_b, source_id="K-731").source_id == "K-731"


@every_model
def test_trap_11_update_or_create_neither_revives_nor_overwrites(model, tenant_a):
    binned = make_keyed(model, tenant_a)
    put_in_bin(binned)
    before = row(binned)
    key = {"tenant": tenant_a, "source": "ERP", "source_id": binned.source_id}

    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update_or_create(**key, defaults={"version": 9})
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.get_or_create(**key)
    with pytest.raises(RecordInBin):
        model.everything.update_or_create(**key, defaults={"version": 9})
    assert row(binned) == before


@every_model
def test_trap_12_save_of_a_binned_record_raises(model, tenant_a):
    binned = make_record(model, tenant_a)
    put_in_bin(binned)
    before = rows(model)

    binned.source, binned.source_id = "ERP", "new"
    for arguments in ({}, {"force_update": True}, {"update_fields": ["source", "source_id"]}):
        with pytest.raises(RecordInBin, match="restore it first"):
            binned.save(**arguments)
    assert rows(model) == before


@every_model
def test_trap_12_save_of_an_instance_read_before_the_deletion_raises(model, tenant_a):
    """It still says "live": saved whole it would bring the row back, hidden from the deletion that holds it."""
    read_before = make_record(model, tenant_a)
    put_in_bin(model.objects.get(pk=read_before.pk))
    before = rows(model)

    read_before.source, read_before.source_id = "ERP", "new"
    for arguments in ({}, {"force_update": True}, {"update_fields": ["source", "source_id"]}):
        with pytest.raises(RecordInBin, match="went to the recycle bin meanwhile"), transaction.atomic():
            read_before.save(**arguments)
    assert rows(model) == before


@every_model
def test_trap_12_save_never_writes_the_deletion(model, tenant_a):
    record, other = make_record(model, tenant_a), make_record(model, tenant_a)
    deletion = put_in_bin(other)
    live = model.objects.get(pk=record.pk)
    live.source, live.source_id = "ERP", "new"
    live.save()
    assert row(live) | {"source": "", "source_id": ""} == row(record) | {"source": "", "source_id": ""}

    live.deletion = deletion
    with pytest.raises(RecordInBin):
        live.save()
    assert row(record)["deletion_id"] is None


@every_model
def test_trap_12_updates_pass_the_bin_by(model, tenant_a):
    binned = make_record(model, tenant_a)
    read_before = model.objects.get(pk=binned.pk)
    put_in_bin(binned)
    before = row(binned)

    assert model.objects.filter(pk=binned.pk).update(version=9) == 0
    assert model.everything.all().live().filter(pk=binned.pk).update(version=9) == 0
    with pytest.raises(RecordInBin, match="restore it first"):
        model.everything.bulk_update([binned], ["version"])
    read_before.version = 9
    assert model.everything.all().bulk_update([read_before], ["version"]) == 0
    assert row(binned) == before
    binned.refresh_from_db()
    assert binned.deletion_id == before["deletion_id"]


@every_model
def test_trap_13_only_the_deletion_changes(model, tenant_a, tenant_b):
    """Column by column, over all tables: the rows that go change in one column, all others in none."""
    root = make_keyed(model, tenant_a)
    gone = {model: {root.pk}}
    for link in ALONG:
        if link.owner is model:
            children = [below(link, root), below(link, root)]
            gone.setdefault(link.model, set()).update(child.pk for child in children)
    for other in MODELS:
        make_keyed(other, tenant_a), make_keyed(other, tenant_b)
    before = {table: rows(table) for table in MODELS}

    deletion = put_in_bin(root)

    after = {table: rows(table) for table in MODELS}
    changed = {
        table: {
            key: {name: value for name, value in values.items() if value != before[table][key][name]}
            for key, values in after[table].items()
            if values != before[table][key]
        }
        for table in MODELS
    }
    expected = {table: {key: {"deletion_id": deletion.pk} for key in gone.get(table, ())} for table in MODELS}
    if model is Address:
        # An address that goes on its own is a change of its owner: tests/addresses/test_defaults.py.
        assert {key: set(values) for key, values in changed.pop(Customer).items()} == {
            root.customer_id: {"version", "modified_at"}
        }
        expected.pop(Customer)
    assert changed == expected


@every_model
def test_trap_13_unsaved_edits_are_not_carried_along(model, tenant_a):
    record = make_keyed(model, tenant_a)
    record.source_id = "not saved"
    put_in_bin(record)

    assert model.everything.get(pk=record.pk).source_id != "not saved"


@every_keep
def test_trap_13_no_set_null(link, tenant_a):
    owner = make_record(link.owner, tenant_a)
    child = below(link, owner)
    before = row(child)
    put_in_bin(owner)

    assert row(child) == before
    assert list(link.model.objects.filter(pk=child.pk)) == [child]


@every_along
def test_trap_14_no_row_is_really_deleted(link, tenant_a):
    owner = make_record(link.owner, tenant_a)
    child = below(link, owner)
    counts = [table.everything.count() for table in MODELS]
    put_in_bin(owner)

    assert [table.everything.count() for table in MODELS] == counts
    assert row(child)["deletion_id"] == row(owner)["deletion_id"]


@every_model
def test_trap_14_django_refuses_to_delete(model, tenant_a):
    record = make_record(model, tenant_a)
    binned = make_record(model, tenant_a)
    put_in_bin(binned)
    before = rows(model)

    for attempt in (
        record.delete,
        binned.delete,
        model.objects.filter(pk=record.pk).delete,
        model.everything.all().delete,
        lambda: model.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(UseTheVerb, match=r"recyclebin\.verbs\.delete"):
            attempt()
    assert rows(model) == before


@every_model
def test_trap_14_postgresql_refuses_to_delete(model, tenant_a):
    record = make_record(model, tenant_a)
    statement = f'DELETE FROM "{model._meta.db_table}" WHERE id = %s'

    with (
        pytest.raises(DatabaseError, match="is for a purge only: use the recycle bin"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [record.pk])
    assert list(model.objects.filter(pk=record.pk)) == [record]


@every_keep
def test_trap_19_an_unchanged_key_to_a_binned_parent_is_valid(link, tenant_a):
    owner = make_record(link.owner, tenant_a)
    child = below(link, owner)
    put_in_bin(owner)
    child = link.model.objects.get(pk=child.pk)
    child.source, child.source_id = "ERP", "moved"

    child.full_clean()
    child.save()
    assert (row(child)["source_id"], row(child)[link.column]) == ("moved", owner.pk)


@every_model
def test_trap_13_a_deletion_is_history_of_one_column(model, tenant_a, actor):
    """The trigger writes one event a row, with the operation and the actor in its context."""
    record = make_record(model, tenant_a)
    result = delete(roots=model.objects.filter(pk=record.pk), actor=actor, reason="doubled")

    events = model.pgh_event_models["update"].objects.filter(pgh_obj_id=record.pk, pgh_label="update")
    assert [(event.deletion_id, event.pgh_context_id) for event in events] == [
        (result.deletions[0].pk, result.operation)
    ]
    assert events[0].pgh_context.metadata["actor"] == "Olivia"
