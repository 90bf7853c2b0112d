"""The change history of what the engine writes: complete, and it knows who (design section 6)."""

import uuid

import pghistory.models
import pytest
from django.db import ProgrammingError, connection, transaction

from addresses.models import Address
from customers.contracts import CUSTOMERS
from customers.models import Customer
from records.rows import Directives
from records.writes import write
from recyclebin.purge_guard import deleting_for_good
from recyclebin.verbs import delete, restore
from tenants.actors import begin_operation, system_actor
from tests.factories import FACTORIES, integration_of, make_record, make_usergroup
from tests.records.sending import RESOURCES, home, push, row
from users.models import Usergroup

pytestmark = pytest.mark.django_db


def events(model, *names):
    """The events of a table, oldest first."""
    return list(model.pgh_event_model.objects.order_by("pgh_id").values_list("pgh_label", *names))


def contexts():
    return list(pghistory.models.Context.objects.order_by("created_at").values_list("metadata", flat=True))


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_one_event_for_each_change_and_none_for_the_others(actor, tenant_a, resource):
    name = next(column.name for column in resource.columns if column.name in ("first_name", "name"))
    rows = [row(str(n), resource=resource, **{name: "Anna"}) for n in range(3)]
    push(actor, *rows, resource=resource)
    push(actor, *rows, row("3", resource=resource), resource=resource)
    push(actor, row("1", resource=resource, **{name: "Eva"}), rows[2], resource=resource, dry_run=True)
    push(actor, row("1", resource=resource, **{name: "Eva"}), rows[2], resource=resource)

    assert events(resource.model, "source_id", name, "version") == [
        *[("insert", str(n), "Anna", 1) for n in range(3)],
        ("insert", "3", "", 1),
        ("update", "1", "Eva", 2),
    ]


@pytest.mark.parametrize("model", list(FACTORIES), ids=lambda model: model.__name__)
def test_an_event_holds_the_whole_row(model, tenant_a, actor):
    record = make_record(model, tenant_a, source="ERP", source_id="K")

    (event,) = model.pgh_event_model.objects.filter(pgh_obj_id=record.pk).values()

    columns = {field.attname for field in model._meta.concrete_fields}
    assert {name: event[name] for name in columns} == model.everything.values().get(pk=record.pk)


def test_an_address_is_a_change_of_its_owner_too(actor):
    push(actor, row("K", addresses=(home(), home("b"))))
    push(actor, row("K", addresses=(home(city="Assen"),)))

    assert events(Customer, "version") == [("insert", 1), ("update", 2)]
    assert events(Address, "code", "city", "version") == [
        ("insert", "home", "Zwolle", 1), ("insert", "b", "Zwolle", 1), ("update", "home", "Assen", 2),
    ]  # fmt: skip


def test_a_new_default_is_recorded_on_both_sides(actor):
    push(actor, row("K", addresses=(home("a"), home("b"))))
    push(actor, row("K", addresses=(home("b", default=True),)))

    assert events(Address, "code", "is_default")[2:] == [("update", "a", False), ("update", "b", True)]


def test_every_event_of_a_request_names_the_same_operation(tenant_a):
    actor = integration_of(tenant_a)
    push(actor, *(row(str(n), addresses=(home(),)) for n in range(5)), chunk=2)

    found = [*Customer.pgh_event_model.objects.all(), *Address.pgh_event_model.objects.all()]
    assert (len(found), len({event.pgh_context_id for event in found})) == (10, 1)
    assert contexts() == [actor.describe()]


def test_each_request_names_its_own_actor(tenant_a, actor):
    """Also within one transaction: the second is not filed under the first."""
    client, command = integration_of(tenant_a), system_actor(tenant_a, "import")
    for number, who in enumerate((actor, client, command)):
        push(who, row("K", title=str(number)))

    labels = Customer.pgh_event_model.objects.order_by("pgh_id").values_list("pgh_context__metadata__actor", flat=True)
    assert list(labels) == ["Olivia", client.label, "import"]


def test_what_changes_nothing_leaves_no_operation(actor):
    push(actor, row("K", first_name="Anna"))

    push(actor, row("K", first_name="Anna"), row("L", email="x"))
    push(actor, row("K", first_name="Eva"), directives=Directives(skip_if_not_empty=frozenset({"firstName"})))
    push(actor, row("K", first_name="Eva"), row("M"), dry_run=True)
    push(actor, row("K", first_name="Eva"), row("M"), dry_run=True, chunk=1)

    assert (len(contexts()), len(events(Customer))) == (1, 1)


def test_deleting_and_restoring_are_events_of_their_own(actor):
    push(actor, row("K", addresses=(home(),)))
    result = delete(roots=Customer.objects.all(), actor=actor)
    restore(deletions=[deletion.pk for deletion in result.deletions], actor=actor)

    assert [deletion for _, deletion in events(Customer, "deletion")] == [None, result.deletions[0].pk, None]
    assert [deletion for _, deletion in events(Address, "deletion")] == [None, result.deletions[0].pk, None]
    assert {version for _, version in events(Customer, "version")} == {1}


@pytest.mark.parametrize("model", list(FACTORIES), ids=lambda model: model.__name__)
def test_the_history_cannot_be_rewritten(model, tenant_a):
    make_record(model, tenant_a)
    table = model.pgh_event_model._meta.db_table
    before = list(model.pgh_event_model.objects.values())

    for change in (
        lambda: model.pgh_event_model.objects.update(source_id="x"),
        lambda: model.pgh_event_model.objects.all().delete(),
        lambda: model.pgh_event_model.objects.first().save(),
        lambda: raw(f"UPDATE {table} SET pgh_label = 'x'"),
        lambda: raw(f"DELETE FROM {table} WHERE pgh_id = 0"),
    ):
        with pytest.raises(ProgrammingError, match="history is append-only"), transaction.atomic():
            change()
    assert list(model.pgh_event_model.objects.values()) == before


@pytest.mark.parametrize("statement", ["UPDATE pghistory_context SET metadata = '{}'", "DELETE FROM pghistory_context"])
def test_who_did_it_cannot_be_rewritten(actor, statement):
    push(actor, row("K"))

    with pytest.raises(ProgrammingError, match="history is append-only"), transaction.atomic():
        raw(statement)
    with pytest.raises(ProgrammingError, match="history is append-only"), transaction.atomic():
        pghistory.models.Context.objects.all().delete()
    assert contexts() == [actor.describe()]


def test_an_operation_keeps_its_first_name(actor, tenant_a):
    """The chunks of a job are one operation, although each may be another job of the queue."""
    operation = uuid.uuid4()
    for who in (actor, system_actor(tenant_a, "later")):
        begin_operation(who, operation)
        make_usergroup(tenant_a)

    assert contexts() == [actor.describe()]


def test_who_deletes_for_good_may_blank_the_history(tenant_a):
    """What purge and erase need; afterwards, in the same transaction too, nobody may any more."""
    make_record(Customer, tenant_a)
    with deleting_for_good():
        assert Customer.pgh_event_model.objects.update(last_name="") == 1

    with pytest.raises(ProgrammingError, match="history is append-only"), transaction.atomic():
        Customer.pgh_event_model.objects.update(last_name="x")
    assert events(Customer, "last_name") == [("insert", "")]


def raw(statement, *parameters):
    """What psql does: no verb names an operation before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pghistory.context_id', '', true)")
        cursor.execute(statement, parameters)


def database_user():
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        return cursor.fetchone()[0]


def test_what_psql_writes_is_recorded_with_the_database_user(actor, tenant_a):
    push(actor, row("K"), row("L"))
    raw("UPDATE customers_customer SET title = 'dr.'")
    raw("UPDATE customers_customer SET title = 'prof.' WHERE source_id = 'L'")

    assert sorted(events(Customer, "source_id", "title", "version")[2:]) == [
        ("update", "K", "dr.", 1), ("update", "L", "dr.", 1), ("update", "L", "prof.", 1)
    ]  # fmt: skip
    found = Customer.pgh_event_model.objects.filter(pgh_label="update")
    assert len(set(found.values_list("pgh_context"))) == 1, "one transaction is one operation"
    assert found[0].pgh_context.metadata == {"actor": database_user(), "origin": "database"}


@pytest.mark.parametrize("model", list(FACTORIES), ids=lambda model: model.__name__)
def test_what_psql_leaves_as_it_was_is_no_change(model, tenant_a):
    """Of the rows that an UPDATE touches, those that it really changed are recorded, in no particular order."""
    kept, changed = make_record(model, tenant_a), make_record(model, tenant_a)
    before = model.pgh_event_model.objects.count()

    raw(f"UPDATE {model._meta.db_table} SET version = 1")
    assert model.pgh_event_model.objects.count() == before
    raw(f"UPDATE {model._meta.db_table} SET version = CASE id WHEN %s THEN 1 ELSE 7 END", kept.pk)

    assert events(model, "id", "version")[before:] == [("update", changed.pk, 7)]


def test_psql_that_changes_nothing_leaves_no_operation(actor, tenant_a):
    push(actor, row("K"))
    raw("UPDATE customers_customer SET title = ''")
    raw("UPDATE customers_customer SET title = 'dr.' WHERE id = 0")

    assert contexts() == [actor.describe()]


@pytest.mark.django_db(transaction=True)
def test_the_actor_is_forgotten_at_the_end_of_the_transaction(actor, tenant_a):
    push(actor, row("K"))
    make_usergroup(tenant_a)
    make_usergroup(tenant_a)

    first, second = (event.pgh_context for event in Usergroup.pgh_event_model.objects.select_related("pgh_context"))
    assert {first.metadata["actor"], second.metadata["actor"]} == {database_user()}
    assert first.pk != second.pk
    with pytest.raises(RuntimeError, match="needs a transaction"):
        begin_operation(actor)


def test_an_operation_may_be_named_beforehand(actor):
    operation = uuid.uuid4()
    assert begin_operation(actor, operation) == operation

    make_usergroup(actor.tenant)

    assert pghistory.models.Context.objects.get().pk == operation


def test_columns_that_nobody_sends_keep_their_history(actor):
    """An update through the engine writes the columns that were sent; the event shows all of them."""
    anna = write(CUSTOMERS, {"first_name": "Anna", "title": "dr."}, actor=actor).id
    write(CUSTOMERS, {"title": ""}, actor=actor, id=anna)

    assert events(Customer, "first_name", "title") == [("insert", "Anna", "dr."), ("update", "Anna", "")]


@pytest.mark.django_db(transaction=True)
def test_an_event_knows_its_transaction_and_not_its_savepoint(actor, tenant_a):
    def current() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text")
            return cursor.fetchone()[0]

    with transaction.atomic():
        push(actor, row("1"))
        with transaction.atomic():
            push(actor, row("1", first_name="Eva"), row("2"))
        first = current()
    with transaction.atomic():
        delete(roots=Customer.objects.filter(source_id="2"), actor=actor)
        second = current()

    assert sorted(events(Customer, "source_id", "pgh_xid")) == [
        ("insert", "1", first),
        ("insert", "2", first),
        ("update", "1", first),
        ("update", "2", second),
    ]
    assert first != second
