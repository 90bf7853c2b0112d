"""Rows that share a key: in one chunk or many, what becomes of each is the same (lookup API contract, section 7)."""

import pytest

from addresses.models import Address
from customers.contracts import CUSTOMERS
from customers.models import Customer
from records.outcomes import Kind
from records.rows import Directives, ParentKey
from tests.factories import make_usergroup
from tests.records.search_texts import search_texts
from tests.records.sending import CHANGED, CREATED, UNCHANGED, home, push, row, summary

pytestmark = pytest.mark.django_db

every_chunk = pytest.mark.parametrize("chunk", [1, 2, 100])


def refused(action, kind=Kind.INVALID):
    return action, False, kind


@every_chunk
def test_the_first_row_is_refused_for_an_address(actor, chunk):
    """The record is then created by the second row, addresses and all."""
    bad, good = home(country="XX"), home()

    outcomes = push(
        actor,
        row("K-1", first_name="Lost", addresses=(bad,)),
        row("K-1", last_name="Berg", addresses=(good,)),
        row("K-2", addresses=(good,)),
        row("K-1", title="dr.", addresses=(bad,)),
        row("K-1", title="dr."),
        chunk=chunk,
    )

    anna = Customer.objects.get(source_id="K-1")
    assert summary(outcomes) == [refused("create"), CREATED, CREATED, refused("update"), CHANGED]
    assert (anna.first_name, anna.last_name, anna.title) == ("", "Berg", "dr.")
    assert list(anna.addresses.values_list("code", "is_default")) == [("home", True)]
    assert list(search_texts().filter(record=anna.pk).values_list("city", flat=True)) == ["zwolle"]


@every_chunk
def test_the_first_row_of_a_stored_record_is_refused_for_an_address(actor, chunk):
    push(actor, row("K-1", first_name="Anna", addresses=(home(),)))

    outcomes = push(
        actor,
        row("K-1", first_name="Lost", addresses=(home(city="Lost"), home("new", country="XX"))),
        row("K-1", last_name="Berg", addresses=(home(city="Assen"),)),
        chunk=chunk,
    )

    anna = Customer.objects.get()
    assert summary(outcomes) == [refused("update"), CHANGED]
    assert (anna.first_name, anna.last_name) == ("Anna", "Berg")
    assert list(anna.addresses.values_list("city", flat=True)) == ["Assen"]


@every_chunk
def test_a_refused_row_says_what_it_would_have_done(actor, chunk):
    outcomes = push(
        actor,
        row("K", email="x"),
        row("K"),
        row("K", email="x"),
        row("L", parent=ParentKey(id=2**40)),
        row("L", email="x"),
        chunk=chunk,
    )  # fmt: skip

    pk = Customer.objects.get().pk
    assert summary(outcomes) == [
        refused("create"), CREATED, refused("update"), refused("create", Kind.NOT_FOUND), refused("create"),
    ]  # fmt: skip
    assert [outcome.id for outcome in outcomes] == [None, pk, pk, None, None]


@every_chunk
def test_the_login_of_a_new_record_is_the_mail_of_its_first_row(actor, chunk):
    push(
        actor,
        row("cleared", email="a@example.com"),
        row("cleared", login=""),
        row("moved", email="a@example.com"),
        row("moved", email="b@example.com"),
        row("late"),
        row("late", email="a@example.com"),
        row("own", email="a@example.com", login="own"),
        row("kept", email="a@example.com"),
        row("kept", login="other"),
        chunk=chunk,
        directives=Directives(skip_if_not_empty=frozenset({"login"})),
    )

    assert dict(Customer.objects.values_list("source_id", "login")) == {
        "cleared": "a@example.com", "moved": "a@example.com", "late": "", "own": "own", "kept": "a@example.com",
    }  # fmt: skip


@every_chunk
def test_what_a_login_became_is_known_to_the_next_row(actor, chunk):
    rows = row("K", email="a@example.com"), row("K", login="a@example.com"), row("K", login=None)

    assert summary(push(actor, *rows, chunk=chunk)) == [CREATED, UNCHANGED, CHANGED]
    assert Customer.objects.get().login == ""


@every_chunk
def test_a_debtor_number_is_given_to_the_first_row(actor, tenant_a, chunk):
    tenant_a.debtor_numbering, tenant_a.next_debtor_number = True, 500
    tenant_a.save()

    outcomes = push(
        actor, row("K"), row("K", debtor_id="500"), row("K", debtor_id=None), row("L", debtor_id=""),
        row("L", debtor_id="own"), row("M", debtor_id="own"), row("bad", email="x"), row("N"), chunk=chunk,
    )  # fmt: skip

    assert summary(outcomes) == [
        CREATED, UNCHANGED, CHANGED, CREATED, CHANGED, CREATED, refused("create"), CREATED,
    ]  # fmt: skip
    assert dict(Customer.objects.values_list("source_id", "debtor_id")) == {
        "K": "", "L": "own", "M": "own", "N": "502",
    }  # fmt: skip
    tenant_a.refresh_from_db()
    assert tenant_a.next_debtor_number == 503


@every_chunk
def test_a_tenant_that_stopped_numbering_meanwhile(actor, tenant_a, chunk):
    tenant_a.debtor_numbering = True  # as the caller read it before

    push(actor, row("K"), row("L"), chunk=chunk)

    assert list(Customer.objects.values_list("debtor_id", flat=True)) == ["", ""]


@every_chunk
def test_a_dry_run_knows_what_its_own_rows_would_have_done(actor, tenant_a, chunk):
    tenant_a.debtor_numbering, tenant_a.next_debtor_number = True, 500
    tenant_a.save()
    push(actor, row("old", first_name="Anna", debtor_id="x"))
    before = list(Customer.everything.values()), list(search_texts().values())
    rows = (
        row("K", addresses=(home(),)), row("K", debtor_id="500"), row("K", email="x"), row("old", first_name="Eva"),
        row("K", addresses=(home(),)), row("old", first_name="Eva"),
    )  # fmt: skip

    outcomes = push(actor, *rows, chunk=chunk, dry_run=True)

    assert summary(outcomes) == [CREATED, UNCHANGED, refused("update"), CHANGED, UNCHANGED, UNCHANGED]
    pk = Customer.objects.get().pk
    assert [outcome.id for outcome in outcomes] == [None, None, None, pk, None, pk]
    assert (list(Customer.everything.values()), list(search_texts().values())) == before
    assert Address.everything.count() == 0
    tenant_a.refresh_from_db()
    assert tenant_a.next_debtor_number == 500
    assert summary(push(actor, *rows, chunk=chunk)) == summary(outcomes)


@every_chunk
def test_a_key_is_created_once(actor, chunk):
    rows = row("K", email="x"), row("K", first_name="Anna"), row("K", first_name="Eva"), row(first_name="No key")

    outcomes = push(actor, *rows, mode="create", chunk=chunk)

    pk = Customer.objects.get(source_id="K").pk
    assert summary(outcomes) == [refused("create"), CREATED, refused("update", Kind.EXISTS), CREATED]
    assert (outcomes[2].id, Customer.objects.get(pk=pk).first_name) == (pk, "Anna")


@every_chunk
def test_addresses_that_end_as_they_began_have_not_changed(actor, chunk):
    push(actor, row("K", addresses=(home("a"), home("b"))))
    version = Customer.objects.get().version

    outcomes = push(
        actor, row("K"), row("K", addresses=(home("b", default=True), home("a", default=True))), chunk=chunk
    )  # fmt: skip

    assert summary(outcomes) == [UNCHANGED, UNCHANGED]
    assert Customer.objects.get().version == version


@every_chunk
def test_a_parent_is_set_at_creation_and_then_kept(actor, tenant_a, chunk):
    first, second = make_usergroup(tenant_a), make_usergroup(tenant_a)
    rows = row("K", parent=ParentKey(id=first.pk)), row("K", parent=ParentKey(id=second.pk)), row("K", parent=None)

    outcomes = push(actor, *rows, chunk=chunk, directives=Directives(skip_move_on_update=True))

    assert summary(outcomes) == [CREATED, UNCHANGED, UNCHANGED]
    assert Customer.objects.get().usergroup_id == first.pk


@every_chunk
def test_values_that_fill_in_one_after_the_other(actor, chunk):
    directives = Directives(skip_if_not_empty=frozenset({"firstName", "gender", "dateOfBirth"}))
    rows = (
        row("K", last_name="Berg"),
        row("K", first_name="Anna", gender="f", date_of_birth="1987-03-04"),
        row("K", first_name="Eva", gender="m", date_of_birth=None, last_name="Hill"),
    )

    outcomes = push(actor, *rows, chunk=chunk, directives=directives)

    anna = Customer.objects.get()
    assert summary(outcomes) == [CREATED, CHANGED, CHANGED]
    assert (anna.first_name, anna.gender, str(anna.date_of_birth), anna.last_name) == (
        "Anna",
        "f",
        "1987-03-04",
        "Hill",
    )


def test_a_chunk_of_no_rows_is_refused(actor):
    with pytest.raises(ValueError, match="arg 3 must not be zero"):
        push(actor, row("K"), chunk=0)
    assert push(actor, resource=CUSTOMERS) == []
