"""What remains of purged records, and what can be asked."""

import pytest
from django.db import connection

from customers.contracts import CUSTOMERS
from customers.models import Customer
from records.outcomes import Kind
from records.writes import write
from recyclebin import tombstones
from recyclebin.models import Tombstone
from recyclebin.purging import purge
from tests.api.caller import make_caller
from tests.factories import make_address, make_customer, put_in_bin
from tests.recyclebin.everything_stored import places

pytestmark = pytest.mark.django_db

OLD, NEW = "o" * 32, "n" * 32


@pytest.fixture
def purged(tenant_a, actor):
    """Purges a customer with this key and uid, and gives its id."""

    def purge_one(source_id, *, source="ERP", uid=None):
        customer = make_customer(tenant_a, source=source if source_id else "", source_id=source_id, uid=uid)
        purge(deletions=[put_in_bin(customer).pk], actor=actor, reason="asked to")
        return customer.pk

    return purge_one


def found(tenant, key, **arguments):
    return [(one.type, one.record) for one in tombstones.with_key(tenant, key, **arguments)]


def test_a_key_can_be_asked_about_and_stands_nowhere(tenant_a, tenant_b, purged):
    pk = purged("KL-424242", uid="uid-of-hers")

    assert found(tenant_a, "KL-424242") == [("customers.customer", pk)]
    assert found(tenant_a, "uid-of-hers") == [("customers.customer", pk)]
    assert found(tenant_a, "KL-424242", source="ERP") == [("customers.customer", pk)]
    assert found(tenant_a, "KL-424242", source="shop") == []
    assert found(tenant_a, "KL-42424") == found(tenant_a, "kl-424242") == found(tenant_a, "") == []
    assert found(tenant_b, "KL-424242") == []
    assert places("KL-424242", "uid-of-hers") == {}


def test_it_says_who_when_and_why(tenant_a, purged):
    purged("K")

    deletion = tombstones.with_key(tenant_a, "K").get().gone_with
    assert (deletion.purged_by, deletion.purge_reason, deletion.actor) == ("Olivia", "asked to", deletion.actor)
    assert deletion.purged_at is not None


def test_each_row_has_one_and_a_row_without_a_key_too(tenant_a, actor, purged):
    customer = make_customer(tenant_a, source="ERP", source_id="K")
    address = make_address(customer)
    purge(deletions=[put_in_bin(customer).pk], actor=actor)

    left = Tombstone.objects.order_by("type").values_list("type", "record", "source")
    assert list(left) == [("addresses.address", address.pk, ""), ("customers.customer", customer.pk, "ERP")]
    assert Tombstone.objects.get(type="addresses.address").key_hash is None
    assert [one.type for one in tombstones.with_id(tenant_a, customer.pk)].count("customers.customer") == 1


def test_the_latest_comes_first(tenant_a, purged):
    first, second = purged("K"), purged("K")

    assert [pk for _, pk in found(tenant_a, "K")] == [second, first]


def test_the_secret_can_be_changed(tenant_a, tenant_b, purged, settings):
    settings.TOMBSTONE_KEYS = (OLD,)
    old = purged("K-old")
    settings.TOMBSTONE_KEYS = (NEW, OLD)
    new = purged("K-new")

    assert found(tenant_a, "K-old") == [("customers.customer", old)]
    assert found(tenant_a, "K-new") == [("customers.customer", new)]
    assert not tombstones.unaskable(tenant_a)
    settings.TOMBSTONE_KEYS = (NEW,)
    assert (found(tenant_a, "K-old"), found(tenant_a, "K-new")) == ([], [("customers.customer", new)])
    assert tombstones.unaskable(tenant_a)
    assert not tombstones.unaskable(tenant_b)
    settings.TOMBSTONE_KEYS = (OLD,)
    assert tombstones.unaskable(tenant_a)


def test_one_key_of_two_tenants_does_not_look_alike(tenant_a, tenant_b):
    (secret,) = tombstones.secrets()

    assert secret.digest(tenant_a, "key", "K") != secret.digest(tenant_b, "key", "K")
    assert secret.digest(tenant_a, "key", "K") != secret.digest(tenant_a, "uid", "K")


def test_asking_uses_an_index(tenant_a, purged):
    purged("K")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        query = tombstones.with_key(tenant_a, "K", source="ERP").explain()
    assert "tombstone_key_idx" in query


def test_a_push_of_the_key_makes_a_new_record(tenant_a, purged):
    pk = purged("KL-9")
    caller = make_caller(tenant_a)

    assert caller.get("/customers/sourceId/KL-9").status == 404
    reply = caller.post("/customers/bulk/sourceId", {"customers": [{"source": "ERP", "sourceId": "KL-9"}]})

    (told,) = reply.data
    assert (told["action"], told["success"]) == ("create", True)
    assert told["id"] > pk
    assert Customer.objects.get(source_id="KL-9").pk == told["id"]


def test_an_id_is_never_free_again(tenant_a, tenant_b, purged):
    pk = purged("KL-9")

    for tenant in (tenant_a, tenant_b):
        reply = make_caller(tenant).post("/customers/bulk/id", {"customers": [{"id": pk, "lastName": "X"}]})
        (told,) = reply.data
        assert (told["success"], told["code"], told["error"]) == (False, 60004, "Customer already exists")
    assert not Customer.everything.filter(pk=pk).exists()
    # Another type's id is another one.
    reply = make_caller(tenant_a).post("/users/bulk/id", {"users": [{"id": pk, "lastName": "X"}]})
    assert reply.data[0]["success"] is True


@pytest.mark.parametrize("pk", [0, -1, 2**53, 2**63, 2**70])
def test_an_id_that_is_none_is_refused_as_before(tenant_a, purged, pk):
    purged("KL-9")

    (told,) = make_caller(tenant_a).post("/customers/bulk/id", {"customers": [{"id": pk}]}).data
    assert (told["success"], told["code"]) == (False, 10017)


def test_writing_a_purged_id_by_itself(tenant_a, actor, purged):
    pk = purged("KL-9")

    outcome = write(CUSTOMERS, {"last_name": "X"}, actor=actor, id=pk)

    assert outcome.refusal is not None
    assert outcome.refusal.kind is Kind.NOT_FOUND
