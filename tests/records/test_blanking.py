"""What a purge leaves of personal values: nothing, in any column of any table, apart from what stays on purpose."""

import pytest
from django.db import DatabaseError, connection, transaction

from contacts.models import Contact
from customers.contracts import CUSTOMERS
from customers.models import Customer
from pricing.verbs import delete_prices
from records import search_index
from records.blanking import SKELETON, neutral_values
from records.changes import START, changes_since
from records.events import event_model
from records.models import SearchText, SearchTextChange
from records.writes import address_row, write
from recyclebin.models import Deletion
from recyclebin.policies import type_name
from recyclebin.purging import purge
from recyclebin.verbs import delete
from tests.api.caller import make_caller
from tests.factories import (
    make_address,
    make_company,
    make_contact,
    make_customer,
    make_price,
    make_record,
    put_in_bin,
)
from tests.recyclebin.declared import MODELS, every_model
from tests.recyclebin.everything_stored import places

pytestmark = pytest.mark.django_db

HERS = {
    "first_name": "Liesbeth-Joséphine",
    "last_name": "van Zuylen-Grootbroek",
    "email": "liesbeth@zuylen.example",
    "phone": "+31 20 555 98 76",
    "ssn": "293847561",
    "debtor_id": "DEB-778899",
    "title": "Baroness",
    "source_id": "KL-424242",
}
AT = {"street": "Oranjeappelgracht", "number": "417-zwart", "city": "Schubbekutteveen", "postal_code": "9876 ZX"}
NOTE = "Rang twice: wants her dog mentioned"
REASON = "Liesbeth-Joséphine asked us to"


def hers(actor):
    """A customer with a life: created, changed, her address changed and one deleted, then deleted with a reason."""
    home = address_row({"type": "home", "country": "NL", "code": "H", **AT, "notes": NOTE})
    made = write(CUSTOMERS, HERS | {"source": "ERP"}, actor=actor, addresses=[home])
    write(CUSTOMERS, {"mobile": "+31 6 1020 3040"}, actor=actor, id=made.id)
    customer = Customer.objects.get(pk=made.id)
    put_in_bin(make_address(customer, street="Vroegerelaan", city="Ouderkerk"), actor=actor)
    search_index.take_in()
    write(CUSTOMERS, {"mobile": "+31 6 5060 7080"}, actor=actor, id=made.id)
    return customer


TEXTS = (*HERS.values(), *AT.values(), "6 1020 3040", "650607080", "Vroegerelaan", NOTE, "zuylen-grootbroek")


def test_found_before_and_gone_after(tenant_a, tenant_b, actor):
    customer = hers(actor)
    other = make_customer(tenant_a, first_name="Wilhelmina", email="stays@people.example")
    deletion = put_in_bin(customer, actor=actor, reason=REASON)
    before = places(*TEXTS, REASON, "Wilhelmina")

    purge(deletions=[deletion.pk], actor=actor, reason="By request no. 12")

    assert set(before) == {*TEXTS, REASON, "Wilhelmina"}
    assert before[HERS["first_name"]] == {
        *("customers_customer", "customers_customerevent", "recyclebin_deletion"),
    }
    assert before[NOTE] == {"addresses_address", "addresses_addressevent"}
    assert before["650607080"] == {"records_searchtextchange"}
    assert before["zuylen-grootbroek"] == {
        *("customers_customer", "customers_customerevent", "records_searchtext", "recyclebin_deletion"),
    }
    assert places(*TEXTS, REASON) == {}
    assert places("Wilhelmina")["Wilhelmina"] == {"customers_customer", "customers_customerevent"}
    assert Customer.objects.get().pk == other.pk


@pytest.mark.django_db(transaction=True)
def test_answers_that_are_kept_for_a_repeated_request(tenant_a, actor):
    caller = make_caller(tenant_a)
    body = {"source": "ERP", "sourceId": "KL-9", "firstName": "Liesbeth-Joséphine"}
    path = "/customers/sourceId/KL-9"
    made = caller.post("/customers", body, idempotency_key="create")
    bulk = {"customers": [body, {"source": "ERP", "sourceId": "KL-10", "firstName": "Otto"}]}
    caller.post("/customers/bulk/sourceId", bulk, idempotency_key="bulk")
    others = {"source": "ERP", "sourceId": "KL-11", "firstName": "Berend"}
    other = caller.post("/customers", others, idempotency_key="other")
    caller.patch(path, {"firstName": "Liesbeth"}, idempotency_key="change")
    deletion = put_in_bin(Customer.objects.get(source_id="KL-9"), actor=actor)
    assert places("Liesbeth")["Liesbeth"] >= {"api_keptanswer"}

    purge(deletions=[deletion.pk], actor=actor)

    assert places("Liesbeth", "KL-9") == {}
    again = caller.post("/customers", body, idempotency_key="create")
    message = "Done before. What this answer showed was deleted permanently since"
    assert (made.status, again.status) == (201, 201)
    assert again.body == {"data": {}, "messages": [message], "total": 0}
    assert caller.post("/customers/bulk/sourceId", bulk, idempotency_key="bulk").body["data"] == []
    # It was not done again, and what shows others is as it was.
    assert sorted(Customer.everything.values_list("source_id", flat=True)) == ["KL-10", "KL-11"]
    assert caller.post("/customers", others, idempotency_key="other").content == other.content


def test_the_history_keeps_its_skeleton(tenant_a, actor):
    customer = hers(actor)
    deletion = put_in_bin(customer, actor=actor)
    event = event_model(Customer)
    kept = [
        *("pgh_id", "pgh_label", "pgh_created_at", "pgh_context", "pgh_position", "pgh_xid", "pgh_obj"),
        *("id", "tenant", "version", "created_at", "modified_at", "erased_at", "deletion", "source", "usergroup"),
    ]
    events = event.objects.filter(pgh_obj=customer.pk).order_by("pgh_id")
    before = list(events.values(*kept))
    beside = make_customer(tenant_a, **{key: HERS[key] for key in ("first_name", "ssn")})

    purge(deletions=[deletion.pk], actor=actor)

    after = list(events.values(*kept))
    assert after[:-1] == before
    assert (after[-1]["pgh_label"], after[-1]["version"]) == ("delete", before[-1]["version"])
    values = neutral_values(Customer)
    assert list(events.values(*values)) == [values] * len(after)
    assert event.objects.filter(pgh_obj=beside.pk).values_list("ssn", flat=True).get() == HERS["ssn"]


@every_model
def test_every_column_is_part_of_the_skeleton_or_blanked(model):
    links = {field.name for field in model._meta.concrete_fields if field.is_relation}
    every = {field.name for field in model._meta.concrete_fields}

    assert {*neutral_values(model), *SKELETON, *links} == every
    assert set(neutral_values(model).values()) <= {"", None, False, "u", "N", "Y", "U"}


def test_the_change_feed_goes_on(tenant_a, actor):
    customer = hers(actor)
    seen = changes_since(CUSTOMERS, tenant_a.pk, START, 100)
    deletion = put_in_bin(customer, actor=actor)

    purge(deletions=[deletion.pk], actor=actor)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pgh_id, pgh_label FROM customers_customerevent WHERE tenant_id = %s", [tenant_a.pk])
        assert [label for _, label in sorted(cursor.fetchall())][-1] == "delete"
    assert seen == changes_since(CUSTOMERS, tenant_a.pk, START, 100)[: len(seen)]


def test_waiting_changes_of_the_search_text_are_taken_in_at_the_same_time(tenant_a, actor):
    customer = hers(actor)
    deletion = put_in_bin(customer, actor=actor)
    assert SearchTextChange.objects.filter(record=customer.pk).exists()
    assert SearchText.objects.filter(record=customer.pk).exists()

    purge(deletions=[deletion.pk], actor=actor)
    search_index.take_in()

    assert not SearchTextChange.objects.filter(record=customer.pk).exists()
    assert not SearchText.objects.filter(record=customer.pk).exists()


def test_an_address_that_is_purged_alone(tenant_a, actor):
    customer = hers(actor)
    address = customer.addresses.get()
    deletion = delete(roots=type(address).objects.filter(pk=address.pk), actor=actor).deletions[0]
    search_index.take_in()

    purge(deletions=[deletion.pk], actor=actor)

    assert places(*AT.values(), NOTE) == {}
    assert set(places(HERS["email"])[HERS["email"]]) == {
        *("customers_customer", "customers_customerevent", "records_searchtext"),
    }


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def refused(statement):
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        run(statement)
    return True


def test_prices_that_were_deleted_before_their_owner(tenant_a, actor):
    customer, other = make_customer(tenant_a), make_customer(tenant_a)
    for owner in (customer, other):
        make_price(owner, target_id=None, target_source="ERP", target_source_id=f"Only for {owner.pk}!")
        delete_prices(owner=Customer, owner_id=owner.pk, shop=None, actor=actor)
    texts = [f"Only for {owner.pk}!" for owner in (customer, other)]
    assert set(places(*texts)) == set(texts)

    purge(deletions=[put_in_bin(customer).pk], actor=actor)

    assert places(*texts) == {texts[1]: {"pricing_priceevent"}}


def test_a_contact_that_went_to_another_company_keeps_its_history(tenant_a, actor):
    old, new = make_company(tenant_a), make_company(tenant_a)
    contact = make_contact(tenant_a, company=old, last_name="Verhuisd")
    Contact.objects.filter(pk=contact.pk).update(company=new)

    purge(deletions=[put_in_bin(old).pk], actor=actor)

    assert set(event_model(Contact).objects.filter(pgh_obj=contact.pk).values_list("last_name", flat=True)) == {
        "Verhuisd"
    }


@pytest.mark.django_db(transaction=True)
def test_after_a_purge_events_are_as_protected_as_before(tenant_a, actor):
    purge(deletions=[put_in_bin(make_customer(tenant_a)).pk], actor=actor)

    assert refused("UPDATE customers_customerevent SET first_name = 'x'")
    assert refused("DELETE FROM customers_customerevent")


def test_no_table_of_records_is_forgotten(tenant_a, actor):
    """Each type in turn: a text in each of its columns that takes one, and none of it is left."""
    for number, model in enumerate(MODELS):
        record = make_record(model, tenant_a)
        columns = [name for name, value in neutral_values(model).items() if value == ""]
        wide = [name for name in columns if (model._meta.get_field(name).max_length or 99) >= 20]
        filled = {name: f"val{number}-{place}xq" for place, name in enumerate(wide)} | {"source": "ERP"}
        by_key = {"target_id": None} if "target_source" in wide else {}
        model.everything.filter(pk=record.pk).update(**filled, **by_key)
        texts = [f"val{number}-{place}xq" for place, _ in enumerate(wide)]
        record.refresh_from_db()
        deletion = put_in_bin(record)
        assert set(places(*texts)) == set(texts), type_name(model)
        purge(deletions=[deletion.pk], actor=actor)
        assert places(*texts) == {}, type_name(model)
    assert Deletion.objects.filter(state="purged").count() == len(MODELS)
