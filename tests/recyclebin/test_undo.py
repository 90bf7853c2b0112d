"""Undo: the button of each message, what it takes back, and what it says when there is nothing left to take back."""

import pytest
from django.db import transaction
from django.utils import timezone

from addresses.models import Address
from customers.models import Customer
from recyclebin import admin_restoring, restore_runs, run_worker
from recyclebin.models import Deletion, Run, RunState, State
from recyclebin.verbs import delete, restore
from tests.factories import browser, make_address, make_customer, put_in_bin, row
from tests.records.admin_pages import fields_of, page, texts
from tests.recyclebin.two_connections import Meanwhile

pytestmark = pytest.mark.django_db


def address_of(operation):
    return page(Deletion, "undo", operation)


def button(operation):
    """The form as it stands in the page: it needs no script."""
    return f'<form method="post" action="{address_of(operation)}">'


@pytest.fixture
def olivias(olivia):
    return browser(olivia)


@pytest.fixture
def anna(tenant_a):
    return make_customer(tenant_a, first_name="Anna", last_name="Berg")


@pytest.fixture
def deletion(anna, actor):
    return put_in_bin(anna, actor=actor)


def test_the_message_of_a_deletion_carries_the_button(olivias, anna, tenant_a):
    confirmed = {"tenant": tenant_a.pk, "expected": 1}

    done = olivias.post(page(Customer, "delete", anna.pk), confirmed, follow=True)

    operation = Deletion.objects.get().operation
    text = done.content.decode()
    assert text.count(button(operation)) == 1
    for attribute in (
        "autofocus accesskey=",
        'accesskey="z"',
        'aria-keyshortcuts="Alt+Z"',
        f'aria-describedby="told-{operation}"',
    ):
        assert text.count(attribute) == 1
    assert f'<div id="told-{operation}">Anna Berg is in the recycle bin.</div>' in text
    assert 'role="status"' in text
    assert "csrfmiddlewaretoken" in text.split(button(operation))[1].split("</form>")[0]


def test_addresses_removed_on_a_record_s_page_are_taken_back_alone(olivias, anna):
    gone = [make_address(anna, is_default=True), make_address(anna, type="home", is_default=True)]
    stays = make_address(anna, type="invoice")
    before = [row(address) for address in gone]
    form = olivias.get(page(Customer, "change", anna.pk))
    boxes = {"addresses-0-DELETE": "on", "addresses-1-DELETE": "on"}

    done = olivias.post(page(Customer, "change", anna.pk), fields_of(form, last_name="Changed") | boxes, follow=True)

    operation = Deletion.objects.values_list("operation", flat=True).distinct().get()
    assert texts(done)[-1] == "2 addresses are in the recycle bin."
    assert done.content.decode().count(button(operation)) == 1
    undone = olivias.post(address_of(operation), follow=True)
    assert texts(undone) == ["2 records are back."]
    assert [row(address) for address in gone] == before
    assert (row(anna)["last_name"], row(stays)["deletion_id"]) == ("Changed", None)


def test_saving_without_removing_anything_offers_no_undo(olivias, anna):
    form = olivias.get(page(Customer, "change", anna.pk))

    done = olivias.post(page(Customer, "change", anna.pk), fields_of(form, last_name="Changed"), follow=True)

    assert "undo" not in done.content.decode()


def test_undoing_twice_does_no_harm(olivias, anna, deletion):
    olivias.post(address_of(deletion.operation), follow=True)
    before = row(anna), Deletion.objects.values().get()

    again = olivias.post(address_of(deletion.operation), follow=True)

    assert texts(again) == ["Olivia restored it just now: there was nothing left to undo."]
    assert (row(anna), Deletion.objects.values().get()) == before


@pytest.mark.django_db(transaction=True)
def test_of_two_who_undo_at_once_the_second_is_told(olivias, anna, deletion, actor):
    with transaction.atomic():
        restore(deletions=[deletion.pk], actor=actor)
        second = Meanwhile(lambda: olivias.post(address_of(deletion.operation), follow=True))
        second.wait_until_blocked()

    assert texts(second.result()) == ["It was restored before: there was nothing left to do."]
    assert row(anna)["deletion_id"] is None


def test_an_undo_after_a_restore_and_another_deletion_leaves_that_alone(olivias, anna, deletion, actor):
    restore(deletions=[deletion.pk], actor=actor)
    later = put_in_bin(anna, actor=actor)

    olivias.post(address_of(deletion.operation))

    assert row(anna)["deletion_id"] == later.pk


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (State.PURGING, "It is being deleted permanently and cannot be restored any more."),
        (State.PURGED, "It was deleted permanently and cannot be restored any more."),
    ],
)
def test_what_is_deleted_permanently_is_not_taken_back(olivias, anna, deletion, state, told):
    Deletion.objects.filter(pk=deletion.pk).update(state=state)

    answer = olivias.post(address_of(deletion.operation), follow=True)

    assert texts(answer) == [told]
    assert row(anna)["deletion_id"] == deletion.pk


def test_of_several_the_rest_comes_back(olivias, tenant_a, actor):
    made = [make_customer(tenant_a) for _ in range(3)]
    result = delete(roots=Customer.objects.all(), actor=actor)
    restore(deletions=[result.deletions[0].pk], actor=actor)

    answer = olivias.post(address_of(result.operation), follow=True)

    assert texts(answer) == ["2 records are back; 1 was restored before."]
    assert [row(customer)["deletion_id"] for customer in made] == [None, None, None]


def test_an_owner_that_was_deleted_meanwhile_is_named(olivias, anna, actor):
    address = make_address(anna)
    of_address = put_in_bin(address, actor=actor)
    put_in_bin(anna, actor=actor)

    answer = olivias.post(address_of(of_address.operation), follow=True)

    assert "Anna Berg" in answer.content.decode()
    assert "Restore together with Anna Berg" in answer.content.decode()
    assert Address.objects.count() == 0


def test_a_job_that_still_deletes_is_not_undone(olivias, anna, deletion, tenant_a):
    run = Run.objects.create(pk=deletion.operation, tenant=tenant_a, kind="delete", state=RunState.RUNNING, total=2)

    answer = olivias.post(address_of(deletion.operation), follow=True)

    assert texts(answer) == ["The job still deletes. Wait until it has ended, or cancel it, and undo it then."]
    assert answer.redirect_chain == [(page(Run, "change", run.pk), 302)]
    assert row(anna)["deletion_id"] == deletion.pk


@pytest.mark.parametrize(("state", "offered"), [(RunState.DONE, True), (RunState.CANCELLED, True), ("running", False)])
@pytest.mark.parametrize("who", ["olivia", "vera"])
def test_the_page_of_the_job_has_the_button_once_it_ended(cast, deletion, tenant_a, state, offered, who):
    run = Run.objects.create(pk=deletion.operation, tenant=tenant_a, kind="delete", state=state, total=2)
    Run.objects.update(finished_at=timezone.now())

    text = browser(cast[who]).get(page(Run, "change", run.pk)).content.decode()

    assert (button(deletion.operation) in text) is (offered and who == "olivia")


def test_the_page_of_a_job_that_was_taken_back_has_no_button(olivias, deletion, tenant_a, actor):
    run = Run.objects.create(pk=deletion.operation, tenant=tenant_a, kind="delete", state=RunState.DONE, total=1)
    restore(deletions=[deletion.pk], actor=actor)

    assert button(deletion.operation) not in olivias.get(page(Run, "change", run.pk)).content.decode()


def test_a_large_operation_is_taken_back_by_a_job(olivias, tenant_a, tenant_b, actor, monkeypatch):
    for module in (admin_restoring, restore_runs):
        monkeypatch.setattr(module, "AT_ONCE", 2)
    made = [make_customer(tenant_a) for _ in range(3)]
    earlier = put_in_bin(make_customer(tenant_a), actor=actor)
    operation = delete(roots=Customer.objects.for_tenant(tenant_a), actor=actor).operation

    answer = olivias.post(address_of(operation))

    run = Run.objects.get()
    assert answer.url == page(Run, "change", run.pk)
    assert (run.kind, run.total) == ("restore", 3)
    while run_worker.work(run.pk):
        pass
    assert [row(customer)["deletion_id"] for customer in made] == [None, None, None]
    assert list(Deletion.objects.binned().values_list("pk", flat=True)) == [earlier.pk]
