"""The upsert engine: what becomes of each row, in how many statements (lookup API contract, sections 2, 4, 7)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from msgspec import UNSET

from addresses.contracts import ADDRESSES
from addresses.models import Address
from contacts.contracts import CONTACTS
from contacts.models import Contact
from customers.contracts import CUSTOMERS
from customers.models import Customer
from records.outcomes import Kind, Outcome, Refusal
from records.resources import Resource
from records.rows import AddressRow, Directives, ParentKey, Row
from records.upsert import upsert
from tenants.actors import Actor, staff_actor
from tenants.errors import PermissionDenied
from tests.factories import (
    integration_of,
    make_company,
    make_customer,
    make_usergroup,
    put_in_bin,
)
from tests.records.search_texts import search_texts

pytestmark = pytest.mark.django_db


def values(resource: Resource, named: dict[str, Any]) -> tuple[Any, ...]:
    assert set(named) <= {column.name for column in resource.columns}
    return tuple(named.get(column.name, UNSET) for column in resource.columns)


def row(source_id: Any = UNSET, *, source: Any = "ERP", resource: Resource = CUSTOMERS, **named: Any) -> Row:
    extra = {name: named.pop(name) for name in ("id", "parent", "addresses", "version") if name in named}
    key = {} if source_id is UNSET else {"source": source, "source_id": source_id}
    return Row(values=values(resource, named), **key, **extra)


def address(*, default: bool | None = None, id: int | None = None, **named: Any) -> AddressRow:
    return AddressRow(values=values(ADDRESSES, named), default=default, id=id)


def home(**named: Any) -> AddressRow:
    return address(**{"type": "delivery", "code": "home", "city": "Zwolle", "country": "NL"} | named)


def push(actor: Actor, *rows: Row, resource: Resource = CUSTOMERS, **options: Any) -> list[Outcome]:
    return upsert(resource=resource, rows=rows, actor=actor, **options)


def summary(outcomes: Sequence[Outcome]) -> list[tuple[str, bool, Kind | None]]:
    return [(o.action, o.changed, o.refusal.kind if o.refusal else None) for o in outcomes]


def everything_of(record: Any) -> dict[str, Any]:
    return {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields}


# What a row does


def test_creates_a_record_whole(actor, tenant_a, tenant_b):
    make_customer(tenant_b, source="ERP", source_id="K-1")
    group = make_usergroup(tenant_a)

    (outcome,) = push(
        actor,
        row("K-1", first_name="Anna", last_name="Berg", email="anna@example.com", gender="F",
            date_of_birth="04/03/1987", phone=204567890, primary_language="nl", parent=ParentKey(id=group.pk)),
    )  # fmt: skip

    anna = Customer.objects.get(tenant=tenant_a)
    assert outcome == Outcome("create", anna.pk, True)
    assert everything_of(anna) == {
        "id": anna.pk, "tenant_id": tenant_a.pk, "uid": None, "source": "ERP", "source_id": "K-1", "version": 1,
        "created_at": anna.created_at, "modified_at": anna.created_at, "erased_at": None, "deletion_id": None,
        "debtor_id": "", "first_name": "Anna", "middle_name": "", "last_name": "Berg", "abbreviation": "", "title": "",
        "date_of_birth": date(1987, 3, 4), "gender": "f", "login": "anna@example.com",
        "phone": "204567890", "mobile": "", "fax": "", "email": "anna@example.com", "pricelist_amount": "",
        "pricelist_percentage": "", "primary_language": "NL", "ssn": "", "usergroup_id": group.pk,
    }  # fmt: skip


def test_absent_keeps_and_null_and_empty_clear(actor, tenant_a):
    customer = make_customer(
        tenant_a, source="ERP", source_id="K-1", first_name="Anna", title="dr.", phone="1", gender="f",
        date_of_birth="1987-03-04", usergroup=make_usergroup(tenant_a),
    )  # fmt: skip

    outcomes = push(actor, row("K-1", title=None, phone="", gender=None, date_of_birth=None, parent=None))

    customer.refresh_from_db()
    assert summary(outcomes) == [("update", True, None)]
    assert (customer.first_name, customer.title, customer.phone, customer.gender) == ("Anna", "", "", "u")
    assert (customer.date_of_birth, customer.usergroup_id, customer.version) == (None, None, 2)


def test_an_update_that_changes_nothing_touches_nothing(actor, tenant_a):
    push(actor, row("K-1", first_name="Anna", addresses=(home(),)))
    before = everything_of(Customer.objects.get())
    events = Customer.pgh_event_model.objects.count(), Address.pgh_event_model.objects.count()

    (outcome,) = push(actor, row("K-1", first_name="Anna", addresses=(home(),)))

    address = Outcome("update", Address.objects.get().pk, False)
    assert outcome == Outcome("update", before["id"], False, addresses=[address])
    assert everything_of(Customer.objects.get()) == before
    assert (Customer.pgh_event_model.objects.count(), Address.pgh_event_model.objects.count()) == events == (1, 1)


def test_a_binned_record_is_neither_revived_nor_overwritten(actor, tenant_a):
    binned = make_customer(tenant_a, source="ERP", source_id="K-1", first_name="Anna")
    put_in_bin(binned)
    before = everything_of(Customer.everything.get())

    (outcome,) = push(actor, row("K-1", first_name="Eva"))

    message = "Customer with sourceId [K-1] is not allowed: it is in the recycle bin"
    assert outcome == Outcome("update", binned.pk, False, Refusal(Kind.NOT_ALLOWED, "customers", message))
    assert everything_of(Customer.everything.get()) == before


def test_a_refused_row_stops_no_other(actor):
    outcomes = push(actor, row("K-1", email="not an address"), row("K-2", email="eva@example.com"))

    assert summary(outcomes) == [("create", False, Kind.INVALID), ("create", True, None)]
    assert outcomes[0].refusal == Refusal(
        Kind.INVALID, "customers", "[not an address] is not a valid e-mail address", "/email"
    )
    assert list(Customer.objects.values_list("source_id", flat=True)) == ["K-2"]


def test_all_faults_of_a_row_are_told(actor):
    (outcome,) = push(actor, row("K-1", email="x", date_of_birth="1999-02-30", primary_language="qq"))

    assert outcome.refusal is not None
    assert outcome.refusal.text == (
        "#/dateOfBirth: [1999-02-30] is not a date that exists; #/email: [x] is not a valid e-mail address;"
        " #/primaryLanguage: [qq] is not an ISO 639-1 language code"
    )


@pytest.mark.parametrize(("source", "source_id", "pointer"), [("", "K-1", "/source"), ("ERP", "", "/sourceId")])
def test_half_a_key_is_refused(actor, source, source_id, pointer):
    (outcome,) = push(actor, row(source_id, source=source, first_name="Anna"))

    assert outcome.refusal is not None
    assert (outcome.refusal.kind, outcome.refusal.pointer) == (Kind.INVALID, pointer)
    assert Customer.everything.count() == 0


@pytest.mark.parametrize("text", ["a\x00b", "a\x1fb", "a\x7f", "a\udc80"])
def test_control_characters_fail_their_row_alone(actor, text):
    outcomes = push(actor, row("K-1", first_name=text), row("K-2", first_name="Eva"), row(text, first_name="Ida"))

    assert summary(outcomes) == [
        ("create", False, Kind.INVALID),
        ("create", True, None),
        ("create", False, Kind.INVALID),
    ]


@pytest.mark.parametrize(
    "text", ["Ægir", "עברית", "👩🏽‍🚀", "tab\\t", "back\\slash", "\\N", " padded ", "a'b\"c", "%s", "{}"]
)
def test_text_is_kept_byte_for_byte(actor, text):
    push(actor, row(text, source=text, first_name=text))
    push(actor, row(text, source=text, last_name=text))

    customer = Customer.objects.get()
    assert (customer.source, customer.source_id, customer.first_name, customer.last_name) == (text,) * 4


# Rows that share a key


def test_rows_that_share_a_key_apply_in_order_and_are_written_once(actor):
    outcomes = push(
        actor,
        row("K-1", first_name="Anna"),
        row("K-2", first_name="Eva"),
        row("K-1", first_name="Anna", last_name="Berg"),
        row("K-1", last_name="Berg"),
        row("K-1", email="nonsense", last_name="Lost"),
        row("K-1", first_name=None),
    )

    anna = Customer.objects.get(source_id="K-1")
    assert summary(outcomes) == [
        ("create", True, None),
        ("create", True, None),
        ("update", True, None),
        ("update", False, None),
        ("update", False, Kind.INVALID),
        ("update", True, None),
    ]
    assert [outcome.id for outcome in outcomes if outcome.success and outcome.id != anna.pk] == [outcomes[1].id]
    assert (anna.first_name, anna.last_name, anna.version) == ("", "Berg", 1)
    assert Customer.pgh_event_model.objects.filter(pgh_obj_id=anna.pk).count() == 1


def test_rows_that_share_a_key_of_a_stored_record(actor, tenant_a):
    customer = make_customer(tenant_a, source="ERP", source_id="K-1", first_name="Anna", last_name="Berg")

    outcomes = push(actor, row("K-1", first_name="Anna"), row("K-1", first_name="Eva"), row("K-1", title="dr."))

    customer.refresh_from_db()
    assert summary(outcomes) == [("update", False, None), ("update", True, None), ("update", True, None)]
    assert (customer.first_name, customer.last_name, customer.title, customer.version) == ("Eva", "Berg", "dr.", 2)


def test_rows_that_share_a_key_may_bring_addresses(actor):
    outcomes = push(
        actor,
        row("K-1", addresses=(home(),)),
        row("K-1", addresses=(home(city="Assen"),)),
        row("K-1", addresses=(home(country="XX"),)),
    )

    assert summary(outcomes) == [("create", True, None), ("update", True, None), ("update", False, Kind.INVALID)]
    assert list(Address.objects.values_list("city", "is_default")) == [("Assen", True)]


# Parents


def test_parents_by_id_by_pair_and_by_source_id(actor, tenant_a, tenant_b):
    group = make_usergroup(tenant_a, source="ERP", source_id="B2C")
    make_usergroup(tenant_b, source="ERP", source_id="B2C")

    outcomes = push(
        actor,
        row("K-1", parent=ParentKey(id=group.pk)),
        row("K-2", parent=ParentKey(source="ERP", source_id="B2C")),
        row("K-3", parent=ParentKey(source_id="B2C")),
    )

    assert summary(outcomes) == [("create", True, None)] * 3
    assert set(Customer.objects.values_list("usergroup_id", flat=True)) == {group.pk}


def test_parents_that_cannot_be_used(actor, tenant_a, tenant_b):
    foreign = make_usergroup(tenant_b)
    binned = make_usergroup(tenant_a, source="ERP", source_id="OLD")
    put_in_bin(binned)
    make_usergroup(tenant_a, source="ERP", source_id="TWICE")
    make_usergroup(tenant_a, source="SHOP", source_id="TWICE")

    outcomes = push(
        actor,
        row("K-1", parent=ParentKey(id=foreign.pk)),
        row("K-2", parent=ParentKey(source="ERP", source_id="OLD")),
        row("K-3", parent=ParentKey(source_id="TWICE")),
        row("K-4", parent=ParentKey()),
    )

    old_in_bin = "Usergroup with sourceId [OLD] is not allowed: it is in the recycle bin"
    assert [o.refusal for o in outcomes] == [
        Refusal(Kind.NOT_FOUND, "usergroups", f"Usergroup with id [{foreign.pk}] not found"),
        Refusal(Kind.NOT_ALLOWED, "usergroups", old_in_bin),
        Refusal(Kind.MULTIPLE_FOUND, "usergroups", "Multiple usergroups found. Please provide additional filters"),
        Refusal(Kind.INVALID, "usergroups", "a parent needs id or sourceId, or null to clear it", "/parent"),
    ]  # fmt: skip
    assert Customer.everything.count() == 0


def test_contacts_hang_below_their_company(actor, tenant_a):
    company = make_company(tenant_a, source="ERP", source_id="C-1")

    outcomes = push(
        actor,
        row("P-1", resource=CONTACTS, first_name="Ida", parent=ParentKey(source="ERP", source_id="C-1")),
        resource=CONTACTS,
    )

    assert summary(outcomes) == [("create", True, None)]
    assert Contact.objects.get().company_id == company.pk


# By id


def test_by_id_updates_and_may_change_the_key(actor, tenant_a):
    customer = make_customer(tenant_a, source="ERP", source_id="K-1")

    outcomes = push(actor, row("K-9", source="SHOP", id=customer.pk, first_name="Eva"), by="id")

    customer.refresh_from_db()
    assert summary(outcomes) == [("update", True, None)]
    assert (customer.source, customer.source_id, customer.first_name) == ("SHOP", "K-9", "Eva")


def test_by_id_refuses_a_key_that_another_record_holds(actor, tenant_a):
    first = make_customer(tenant_a, source="ERP", source_id="K-1")
    make_customer(tenant_a, source="ERP", source_id="K-2")
    put_in_bin(make_customer(tenant_a, source="ERP", source_id="K-3"))

    outcomes = push(
        actor, row("K-2", id=first.pk), row("K-3", id=first.pk), row("K-1", id=first.pk, first_name="Own"), by="id"
    )

    assert summary(outcomes) == [
        ("update", False, Kind.EXISTS),
        ("update", False, Kind.NOT_ALLOWED),
        ("update", first.first_name != "Own", None),
    ]


def test_by_id_creates_with_a_chosen_id_and_moves_the_sequence(tenant_a, tenant_b):
    foreign = make_customer(tenant_b)
    chosen = foreign.pk + 1000
    actor = integration_of(tenant_a)

    outcomes = push(
        actor, row(id=chosen, first_name="Anna"), row(id=foreign.pk, first_name="Eva"), row(id=2**60), by="id"
    )

    assert summary(outcomes) == [
        ("create", True, None),
        ("create", False, Kind.EXISTS),
        ("create", False, Kind.INVALID),
    ]
    assert [(o.id, o.refusal and o.refusal.message) for o in outcomes[:2]] == [
        (chosen, None),
        (None, "Customer already exists"),
    ]
    (next_one,) = push(actor, row("K-1"))
    assert next_one.id == chosen + 1


def test_choosing_ids_needs_its_scope_and_tells_nothing_of_others(tenant_a, tenant_b):
    foreign = make_customer(tenant_b)
    actor = integration_of(tenant_a, "customers:write", "bulk:write")

    outcomes = push(actor, row(id=foreign.pk), row(id=foreign.pk + 1000), by="id")

    assert [o.refusal for o in outcomes] == [
        Refusal(Kind.FORBIDDEN, "customers", "creating a record with a chosen id needs the scope ids:choose", "/id")
    ] * 2


# Modes, versions and directives


def test_mode_create_refuses_a_held_key(actor, tenant_a):
    make_customer(tenant_a, source="ERP", source_id="K-1")
    put_in_bin(make_customer(tenant_a, source="ERP", source_id="K-2"))

    outcomes = [push(actor, row(key, first_name="Eva"), mode="create")[0] for key in ("K-1", "K-2", "K-3")]
    (keyless,) = push(actor, row(first_name="Ida"), mode="create")

    assert summary([*outcomes, keyless]) == [
        ("update", False, Kind.EXISTS),
        ("update", False, Kind.NOT_ALLOWED),
        ("create", True, None),
        ("create", True, None),
    ]


def test_mode_update_refuses_unknown_ids_and_stale_versions(actor, tenant_a, tenant_b):
    own, foreign = make_customer(tenant_a), make_customer(tenant_b)

    outcomes = push(
        actor, row(id=foreign.pk, title="x"), row(id=own.pk, title="x", version=own.version + 1), by="id", mode="update"
    )

    assert [o.refusal for o in outcomes] == [
        Refusal(Kind.NOT_FOUND, "customers", f"Customer with id [{foreign.pk}] not found"),
        Refusal(Kind.STALE, "customers", "Customer was changed meanwhile"),
    ]


def test_directives(actor, tenant_a):
    old, new = make_usergroup(tenant_a), make_usergroup(tenant_a)
    push(actor, row("K-1", first_name="Anna", parent=ParentKey(id=old.pk)))
    customer = Customer.objects.get()
    directives = Directives(
        skip_if_not_empty=frozenset({"firstName", "phone"}), skip_move_on_update=True, skip_create=True
    )

    outcomes = push(
        actor,
        row("K-1", first_name="Eva", phone="12", title="dr.", parent=ParentKey(id=new.pk)),
        row("K-2", first_name="Ida"),
        directives=directives,
    )

    customer.refresh_from_db()
    assert summary(outcomes) == [("update", True, None), ("create", False, Kind.NOT_FOUND)]
    assert (customer.first_name, customer.phone, customer.title, customer.usergroup_id) == ("Anna", "12", "dr.", old.pk)
    assert search_texts().get(record=customer.pk).first_name == "anna"


def test_a_dry_run_tells_the_same_and_writes_nothing(actor, tenant_a):
    customer = make_customer(tenant_a, source="ERP", source_id="K-1", first_name="Anna")
    before = everything_of(Customer.objects.get())
    rows = [row("K-1", first_name="Eva", addresses=(home(),)), row("K-2"), row("K-3", email="x")]

    outcomes = push(actor, *rows, dry_run=True)

    assert summary(outcomes) == [("update", True, None), ("create", True, None), ("create", False, Kind.INVALID)]
    assert [outcome.id for outcome in outcomes] == [customer.pk, None, None]
    assert everything_of(Customer.everything.get()) == before
    assert Address.everything.count() == 0
    assert summary(push(actor, *rows)) == summary(outcomes)


def test_only_editors_write(vera, tenant_a):
    with pytest.raises(PermissionDenied, match="edit"):
        push(staff_actor(vera, tenant_a), row("K-1"))
    assert Customer.everything.count() == 0


def test_debtor_numbers_when_the_tenant_wants_them(actor, tenant_a):
    tenant_a.debtor_numbering, tenant_a.next_debtor_number = True, 500
    tenant_a.save()

    push(actor, row("K-1"), row("K-2", debtor_id="own"), row("K-3"))
    push(actor, row("K-1", title="dr."))

    assert list(Customer.objects.order_by("source_id").values_list("debtor_id", flat=True)) == ["500", "own", "501"]
    tenant_a.refresh_from_db()
    assert tenant_a.next_debtor_number == 502


# History and search text


def test_history_knows_who_and_from_where(actor, tenant_a):
    push(actor, row("K-1", addresses=(home(),)))

    events = [*Customer.pgh_event_model.objects.all(), *Address.pgh_event_model.objects.all()]
    assert len({event.pgh_context_id for event in events}) == 1
    assert events[0].pgh_context.metadata == actor.describe()


def test_search_text_follows_the_record(actor):
    push(
        actor, row("K-1", first_name="Zoë", last_name="Østby", phone="+47 912 34 567", addresses=(home(city="Århus"),))
    )
    first = search_texts().values("first_name", "last_name", "phone", "city", "source_id").get()
    push(actor, row("K-1", first_name="Eva", addresses=(home(city="Assen"),)))
    second = search_texts().values("first_name", "last_name", "phone", "city", "source_id").get()

    assert first == {
        "first_name": "zoe",
        "last_name": "ostby",
        "phone": "4791234567",
        "city": "arhus",
        "source_id": "k-1",
    }
    assert second == first | {"first_name": "eva", "city": "assen"}


# Statements


@pytest.mark.parametrize("count", [10, 1000])
def test_the_number_of_statements_does_not_depend_on_the_rows(actor, tenant_a, count):
    group = make_usergroup(tenant_a, source="ERP", source_id="B2C")
    push(actor, *(row(f"old-{n}", first_name="Old", addresses=(home(),)) for n in range(count)))
    for customer in Customer.objects.order_by("id")[:2]:
        put_in_bin(customer)
    rows = [
        *(row(f"new-{n}", addresses=(home(),), parent=ParentKey(id=group.pk)) for n in range(count)),
        *(row(f"old-{n}", first_name=f"Changed {n}", addresses=(home(city="Assen"),)) for n in range(count // 2)),
        *(row(f"old-{n}", title="dr.") for n in range(count // 2)),
        *(row(f"old-{n}", first_name="Old") for n in range(count // 2, count)),
        *(row(f"new-{n}", parent=ParentKey(source="ERP", source_id="B2C")) for n in range(count // 2)),
        *(row(f"bad-{n}", email="x", parent=ParentKey(source_id="B2C")) for n in range(count // 2)),
    ]

    with CaptureQueriesContext(connection) as queries:
        outcomes = push(actor, *rows)

    assert summary(outcomes).count(("update", False, Kind.NOT_ALLOWED)) == 4
    assert summary(outcomes).count(("create", True, None)) == count
    assert len(queries) == 27, "\n".join(str(query["sql"])[:120] for query in queries)
