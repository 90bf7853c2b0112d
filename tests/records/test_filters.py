"""The filters of each resource: which there are, what they find, and the same as a condition in SQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from contacts.contracts import COMPANIES, CONTACTS
from customers.contracts import CUSTOMERS
from records.filters import FiltersInvalid, ParentRefused, filter_set, filters_of, where_of
from records.jobs import take_in_search_text
from records.outcomes import Kind
from records.resources import Resource
from records.rows import ParentKey
from records.writes import address_row, write
from tenants.actors import Actor
from tenants.models import Tenant
from tests.factories import make_record, owner_of, put_in_bin
from tests.records.sending import RESOURCES, push, row
from users.contracts import USERGROUPS, USERS

pytestmark = pytest.mark.django_db

EVERYWHERE = {"ids", "sourceIds", "source", "name", "query", "parent"}
SPANS = {"dateCreated.from", "dateCreated.to", "dateModified.from", "dateModified.to"}
PERSON = {"debtorIds", "email", "phone", "primaryLanguage"}


@pytest.mark.parametrize(
    ("resource", "own"),
    [
        (CUSTOMERS, PERSON),
        (USERS, PERSON),
        (CONTACTS, PERSON),
        (USERGROUPS, set()),
        (COMPANIES, {"debtorIds", "email", "phone"}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_resource_has_the_filters_of_its_members(resource: Resource, own: set[str]):
    assert set(filter_set(resource).base_filters) == EVERYWHERE | SPANS | own


def found(resource: Resource, tenant: Tenant, **sent: Any) -> list[str]:
    """The keys of what is found, which the condition in SQL must find too."""
    rows = filters_of(resource, tenant.pk, sent).narrowed
    keys = list(rows.order_by("source_id").values_list("source_id", flat=True))
    sql, parameters = where_of(rows)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT source_id FROM {resource.table} WHERE {sql} ORDER BY source_id", parameters)
        assert [key for (key,) in cursor.fetchall()] == keys
    return keys


@pytest.fixture(params=RESOURCES, ids=lambda resource: resource.name)
def resource(request: pytest.FixtureRequest) -> Resource:
    return request.param


@pytest.fixture
def keyed(resource: Resource, tenant_a: Tenant, tenant_b: Tenant) -> dict[str, Any]:
    """Three records, and what must never be found: a binned one, an erased one, and one of another tenant."""
    made = {
        key: make_record(resource.model, tenant_a, source=source, source_id=key, **_created(day))
        for key, source, day in (("K-1", "ERP", 1), ("K-2", "ERP", 2), ("K-3", "shop", 3))
    }
    put_in_bin(make_record(resource.model, tenant_a, source="ERP", source_id="K-8", **_created(2)))
    make_record(resource.model, tenant_a, source="ERP", source_id="K-7", erased_at=_day(9), **_created(2))
    make_record(resource.model, tenant_b, source="ERP", source_id="K-9", **_created(2))
    return made


def _day(day: int, **more: int) -> datetime:
    return datetime(2024, 1, day, 12, 30, 15, 500_000, tzinfo=UTC) + timedelta(**more)


def _created(day: int) -> dict[str, datetime]:
    return {"created_at": _day(day), "modified_at": _day(day, days=10)}


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ({}, ["K-1", "K-2", "K-3"]),
        ({"sourceIds": ["K-2", "K-3", "K-8", "K-7", "K-9"]}, ["K-2", "K-3"]),
        ({"source": "ERP"}, ["K-1", "K-2"]),
        ({"source": "erp"}, []),
        ({"source": ""}, ["K-1", "K-2", "K-3"]),
        ({"source": "ERP", "sourceIds": ["K-2", "K-3"]}, ["K-2"]),
        ({"dateCreated.from": "2024-01-02"}, ["K-2", "K-3"]),
        ({"dateCreated.to": "2024-01-02"}, ["K-1", "K-2"]),
        ({"dateCreated.from": "2024-01-02", "dateCreated.to": "2024-01-02"}, ["K-2"]),
        ({"dateCreated.to": "2024-01-02T12:30:15Z"}, ["K-1", "K-2"]),
        ({"dateCreated.to": "2024-01-02T12:30:14Z"}, ["K-1"]),
        ({"dateCreated.from": "2024-01-02T12:30:15Z"}, ["K-2", "K-3"]),
        ({"dateCreated.from": "2024-01-02T12:30:15.6Z"}, ["K-3"]),
        ({"dateCreated.from": "2024-01-02T13:30:16+01:00"}, ["K-3"]),
        ({"dateModified.from": "2024-01-12", "dateModified.to": "2024-01-12T12:30:15"}, ["K-2"]),
        ({"dateModified.from": "2024-01-13", "dateModified.to": "2024-01-12"}, []),
    ],
)
def test_filters_of_every_resource(resource: Resource, tenant_a: Tenant, keyed: Any, sent: Any, keys: list[str]):
    assert found(resource, tenant_a, **sent) == keys


def test_ids(resource: Resource, tenant_a: Tenant, keyed: dict[str, Any]):
    every = list(resource.model.everything.values_list("pk", flat=True))

    assert found(resource, tenant_a, ids=every) == ["K-1", "K-2", "K-3"]
    assert found(resource, tenant_a, ids=[str(keyed["K-2"].pk), keyed["K-3"].pk, 2**63 - 1]) == ["K-2", "K-3"]
    assert found(resource, tenant_a, ids=[2**63 - 1]) == []


def test_the_parent(resource: Resource, tenant_a: Tenant, tenant_b: Tenant):
    assert resource.parent
    above = resource.model._meta.get_field(resource.parent.field).related_model
    first, second = (make_record(above, tenant_a, source="ERP", source_id=f"P-{n}") for n in (1, 2))
    gone = make_record(above, tenant_a, source="ERP", source_id="P-8")
    theirs = make_record(above, tenant_b, source="ERP", source_id="P-9")
    put_in_bin(gone)
    for key, parent in (("K-1", first), ("K-2", second), ("K-3", None)):
        make_record(resource.model, tenant_a, source="S", source_id=key, **{resource.parent.field: parent})

    assert found(resource, tenant_a, parent=ParentKey(id=first.pk)) == ["K-1"]
    assert found(resource, tenant_a, parent=ParentKey(source_id="P-2", source="ERP"), sourceIds=["K-1", "K-2"]) == [
        "K-2"
    ]
    assert found(resource, tenant_a, parent=ParentKey(source_id="P-2")) == ["K-2"]
    for key, kind in (
        (ParentKey(id=theirs.pk), Kind.NOT_FOUND),
        (ParentKey(source_id="P-9", source="ERP"), Kind.NOT_FOUND),
        (ParentKey(id=2**70), Kind.NOT_FOUND),
        (ParentKey(id=gone.pk), Kind.NOT_ALLOWED),
        (ParentKey(), Kind.INVALID),
    ):
        with pytest.raises(ParentRefused) as refused:
            found(resource, tenant_a, parent=key)
        assert (refused.value.refusal.kind, refused.value.refusal.resource) == (kind, resource.parent.resource)


@pytest.fixture
def people(actor: Actor, tenant_b: Tenant) -> None:
    """Customers that the verbs wrote, so that they have a search text."""
    everybody = {
        "K-1": {"first_name": "Zoë", "last_name": "Østby", "email": "Zoe@Example.com", "phone": "+47 912 34 567"},
        "K-2": {"first_name": "Anna", "last_name": "Berg", "email": "anna@exämple.com", "phone": "0047-91234567"},
        "K-3": {"first_name": "Ann", "email": "zoe@example.com.au", "mobile": "+4791234567", "debtor_id": "D 1,2"},
        "K-4": {"first_name": "Zoe", "email": "anna@exÄmple.com", "phone": "1 4791234567", "debtor_id": "d 1,2"},
        "K-5": {"email": "anna@example.com", "primary_language": "nl", "phone": "4791234567 ext"},
        "K-6": {"email": "anna@exàmple.com", "phone": "12"},
    }
    for source_id, values in everybody.items():
        home = address_row({"type": "home", "city": f"Stad {source_id}", "street": "S", "country": "NL"})
        for who in (actor, owner_of(tenant_b)):
            row = values | {"source": "ERP", "source_id": source_id}
            assert write(CUSTOMERS, row, actor=who, addresses=[home]).success


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ({"email": "zoe@example.com"}, ["K-1"]),
        ({"email": "ZOE@EXAMPLE.COM"}, ["K-1"]),
        ({"email": "anna@exämple.com"}, ["K-2", "K-4"]),
        ({"email": "ANNA@EXÄMPLE.COM"}, ["K-2", "K-4"]),
        ({"email": "anna@example.com"}, ["K-5"]),
        ({"email": "nna@example.com"}, []),
        ({"email": "anna@example.comm"}, []),
        ({"phone": "+47 91 23 45 67"}, ["K-1", "K-2", "K-5"]),
        ({"phone": "4791234567"}, ["K-1", "K-2", "K-5"]),
        ({"phone": "91234567"}, []),
        ({"phone": "12"}, ["K-6"]),
        ({"debtorIds": ["D 1,2", "x"]}, ["K-3"]),
        ({"primaryLanguage": "NL"}, ["K-5"]),
        ({"primaryLanguage": "nl"}, ["K-5"]),
        ({"name": "zoe"}, ["K-1", "K-3", "K-4"]),
        ({"name": "zoe ostby"}, ["K-1"]),
        ({"query": "stad k-2"}, ["K-2"]),
        ({"query": "zoe", "name": "ann"}, ["K-3", "K-4"]),
        ({"query": "   "}, ["K-1", "K-2", "K-3", "K-4", "K-5", "K-6"]),
        ({"query": "\u0301"}, []),
        ({"query": "%"}, []),
    ],
)
def test_filters_of_people(tenant_a: Tenant, people: None, sent: Any, keys: list[str]):
    before = found(CUSTOMERS, tenant_a, **sent)
    take_in_search_text(timestamp=0)

    assert (before, found(CUSTOMERS, tenant_a, **sent)) == (keys, keys)


def test_what_was_changed_is_found_by_its_new_address_and_number_alone(actor: Actor, tenant_a: Tenant, people: None):
    take_in_search_text(timestamp=0)
    push(actor, row("K-1", email="z@example.com", phone="33"))

    for _ in range(2):
        assert found(CUSTOMERS, tenant_a, email="zoe@example.com") == []
        assert found(CUSTOMERS, tenant_a, email="Z@example.com") == ["K-1"]
        assert found(CUSTOMERS, tenant_a, phone="+47 91 23 45 67") == ["K-2", "K-5"]
        assert found(CUSTOMERS, tenant_a, phone="3-3") == ["K-1"]
        take_in_search_text(timestamp=0)


def test_every_fault_is_told():
    sent = {"ids": ["x"], "email": "nobody", "primaryLanguage": "xx", "dateCreated.to": "soon", "phone": "12"}

    with pytest.raises(FiltersInvalid) as invalid:
        filters_of(CUSTOMERS, 1, sent)

    assert invalid.value.faults == {
        "ids": "[x] is not an id: a positive integer of at most 19 digits",
        "email": "[nobody] is not a valid e-mail address",
        "primaryLanguage": "[xx] is not an ISO 639-1 language code",
        "dateCreated.to": "[soon] is not a date-time, use YYYY-MM-DDTHH:mm:ssZ or YYYY-MM-DD"
        " (in a URL + is sent as %2B)",
    }


def test_equal_filters_have_one_digest():
    def digest(**sent: Any) -> str:
        return filters_of(CUSTOMERS, 1, sent).digest

    assert digest(ids=["1", 2]) == digest(ids=[1, "2"], email="", query=None, debtorIds=[])
    assert digest(parent=ParentKey(id=1)) == digest(parent=ParentKey(id=1))
    different = [
        digest(),
        digest(ids=[1]),
        digest(ids=[1, 2]),
        digest(source="1"),
        digest(sourceIds=["1"]),
        digest(parent=ParentKey(id=1)),
        digest(parent=ParentKey(source_id="1")),
        digest(**{"dateCreated.from": "2024-01-01"}),
        digest(**{"dateModified.from": "2024-01-01"}),
    ]
    assert len(set(different)) == len(different)
