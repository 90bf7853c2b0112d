"""One record from named values, for forms and commands."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from addresses.models import Address
from contacts.contracts import CONTACTS
from customers.contracts import CUSTOMERS
from customers.models import Customer
from records.outcomes import Kind, Refusal
from records.resources import resource_named
from records.writes import address_row, write
from tenants.actors import staff_actor
from tenants.errors import PermissionDenied
from tests.factories import make_company, make_customer, make_usergroup, put_in_bin, row
from users.contracts import USERGROUPS

pytestmark = pytest.mark.django_db

HOME = {"type": "home", "city": "Assen", "country": "nl"}


def test_creates_a_record_with_everything(actor, tenant_a, tenant_b):
    make_customer(tenant_b, source="ERP", source_id="K")
    group = make_usergroup(tenant_a)

    outcome = write(
        CUSTOMERS,
        {"source": "ERP", "source_id": "K", "first_name": "Anna", "email": "anna@example.com"},
        actor=actor,
        parent=group.pk,
        addresses=[address_row(HOME)],
        uid="anna",
    )

    anna = Customer.objects.get(tenant=tenant_a)
    assert (outcome.action, outcome.id, outcome.changed, outcome.refusal) == ("create", anna.pk, True, None)
    assert (anna.uid, anna.source_id, anna.login, anna.usergroup_id) == ("anna", "K", "anna@example.com", group.pk)
    assert Address.objects.values_list("customer", "country", "is_default").get() == (anna.pk, "NL", True)


def test_changes_what_is_named_and_keeps_the_rest(actor, tenant_a):
    group = make_usergroup(tenant_a)
    anna = make_customer(tenant_a, source="ERP", source_id="K", first_name="Anna", title="dr.", usergroup=group)
    before = row(anna)

    outcome = write(CUSTOMERS, {"title": "", "last_name": "Berg"}, actor=actor, id=anna.pk, version=1)

    after = row(anna)
    assert (outcome.action, outcome.changed) == ("update", True)
    assert after.pop("modified_at") > before.pop("modified_at")
    assert after == before | {"title": "", "last_name": "Berg", "version": 2}


def test_what_is_the_same_is_no_change(actor, tenant_a):
    anna = make_customer(tenant_a, first_name="Anna", usergroup=make_usergroup(tenant_a))
    before = row(anna)

    outcome = write(CUSTOMERS, {"first_name": "Anna"}, actor=actor, id=anna.pk, parent=anna.usergroup_id)

    assert (outcome.changed, row(anna)) == (False, before)


def test_a_key_goes_as_a_pair(actor, tenant_a):
    anna = make_customer(tenant_a, source="ERP", source_id="K")

    moved = write(CUSTOMERS, {"source": "SHOP", "source_id": "9"}, actor=actor, id=anna.pk)
    half = write(CUSTOMERS, {"source_id": "10"}, actor=actor, id=anna.pk)
    cleared = write(CUSTOMERS, {"source": None, "source_id": ""}, actor=actor, id=anna.pk)

    message = "source and sourceId go together: send both or neither"
    assert (moved.changed, cleared.changed) == (True, True)
    assert half.refusal == Refusal(Kind.INVALID, "customers", message, "/source")
    assert Customer.objects.values_list("source", "source_id").get() == ("", "")


def test_a_parent_is_set_cleared_or_kept(actor, tenant_a):
    company = make_company(tenant_a)
    contact = write(CONTACTS, {"first_name": "Ida"}, actor=actor, parent=company.pk).id
    model = CONTACTS.model

    write(CONTACTS, {"title": "dr."}, actor=actor, id=contact)
    assert model.objects.get().company_id == company.pk
    write(CONTACTS, {}, actor=actor, id=contact, parent=None)
    assert model.objects.get().company_id is None


def test_refusals_are_outcomes(actor, tenant_a, tenant_b):
    own, foreign, binned = make_customer(tenant_a), make_customer(tenant_b), make_customer(tenant_a)
    put_in_bin(binned)
    make_customer(tenant_a, source="ERP", source_id="K")

    found = [
        write(CUSTOMERS, {"email": "x"}, actor=actor),
        write(CUSTOMERS, {"title": "x"}, actor=actor, id=foreign.pk),
        write(CUSTOMERS, {"title": "x"}, actor=actor, id=binned.pk),
        write(CUSTOMERS, {"title": "x"}, actor=actor, id=own.pk, version=7),
        write(CUSTOMERS, {"source": "ERP", "source_id": "K"}, actor=actor),
        write(CUSTOMERS, {}, actor=actor, parent=2**40),
        write(CUSTOMERS, {}, actor=actor, addresses=[address_row(HOME | {"email": "x"})]),
    ]

    assert [(outcome.refusal.kind, outcome.refusal.pointer) for outcome in found] == [
        (Kind.INVALID, "/email"),
        (Kind.NOT_FOUND, ""),
        (Kind.NOT_ALLOWED, ""),
        (Kind.STALE, ""),
        (Kind.EXISTS, ""),
        (Kind.NOT_FOUND, ""),
        (Kind.INVALID, "/addresses/0/email"),
    ]
    assert Customer.everything.filter(tenant=tenant_a).count() == 3


def test_uids_are_given_once_and_never_change(actor, tenant_a, tenant_b):
    make_customer(tenant_b, uid="anna")
    anna = write(CUSTOMERS, {}, actor=actor, uid="anna").id
    put_in_bin(make_customer(tenant_a, uid="gone"))

    again, gone, long, odd = (write(CUSTOMERS, {}, actor=actor, uid=uid) for uid in ("anna", "gone", "u" * 65, "a\x00"))
    renamed = write(CUSTOMERS, {"title": "dr."}, actor=actor, id=anna, uid="eva")

    assert [outcome.refusal for outcome in (again, gone, long, odd)] == [
        Refusal(Kind.EXISTS, "customers", "Customer already exists"),
        Refusal(Kind.NOT_ALLOWED, "customers", "Customer with uid [gone] is not allowed: it is in the recycle bin"),
        Refusal(Kind.INVALID, "customers", "expected maxLength: 64, actual: 65", "/uid"),
        Refusal(Kind.INVALID, "customers", "control character U+0000 is not permitted", "/uid"),
    ]
    assert renamed.changed
    assert list(Customer.objects.filter(tenant=tenant_a).values_list("uid", "title")) == [("anna", "dr.")]


def test_a_column_that_does_not_exist_is_a_mistake_of_the_caller(actor):
    with pytest.raises(KeyError, match="customers have no column company, frist_name"):
        write(CUSTOMERS, {"frist_name": "Anna", "company": "x", "title": "dr."}, actor=actor)


def test_only_who_may_edit(vera, tenant_a):
    with pytest.raises(PermissionDenied):
        write(CUSTOMERS, {}, actor=staff_actor(vera, tenant_a))


def test_an_address_row_keeps_what_is_not_named(actor, tenant_a):
    owner = write(USERGROUPS, {"name": "Shops"}, actor=actor, addresses=[address_row(HOME | {"notes": "a\nb"})]).id
    (address,) = Address.objects.all()

    write(USERGROUPS, {}, actor=actor, id=owner, addresses=[address_row({"city": "Delft"}, id=address.pk)])
    second = write(USERGROUPS, {}, actor=actor, id=owner, addresses=[address_row(HOME, default=True)])

    assert second.changed
    assert list(Address.objects.order_by("id").values_list("city", "notes", "is_default")) == [
        ("Delft", "a\nb", False),
        ("Assen", "", True),
    ]
    assert len(address_row({}).values) == len(resource_named("addresses").columns)


def test_a_single_write_takes_no_lock_of_a_bulk(actor, tenant_a):
    anna = make_customer(tenant_a)

    with CaptureQueriesContext(connection) as queries:
        write(CUSTOMERS, {"title": "dr."}, actor=actor, id=anna.pk)

    assert [query["sql"] for query in queries if "advisory" in query["sql"]] == []
