"""What a request is told when its owner goes or changes while it waits for it: two or three real connections."""

import pytest
from django.db import connection, transaction

from customers.models import Customer
from pricing.models import Price
from recyclebin.verbs import delete, restore
from tests.api.caller import make_caller
from tests.factories import make_customer, make_price, rows
from tests.pricing.sending import agree, net
from tests.recyclebin.two_connections import Meanwhile

pytestmark = pytest.mark.django_db(transaction=True)

BODY = {"products": [{"id": 7, "pricing": {"type": "net", "price": 1}}]}
every_method = pytest.mark.parametrize("method", ["POST", "DELETE"])


@pytest.fixture
def price(tenant_a) -> Price:
    return make_price(make_customer(tenant_a))


@pytest.fixture
def call(price, method):
    caller = make_caller(price.tenant)
    sent = {"body": BODY} if method == "POST" else {}
    return lambda **headers: caller.call(method, f"/customers/id/{price.customer_id}/pricing", **sent, **headers)


@every_method
def test_an_owner_that_goes_to_the_bin_meanwhile(price, call, actor):
    with transaction.atomic():
        delete(roots=Customer.objects.all(), actor=actor)
        calling = Meanwhile(call)
        calling.wait_until_blocked()

    assert calling.result().code == (405, 60008, "CustomerNotAllowed")
    assert list(rows(Price)) == [price.pk]


@every_method
def test_an_owner_that_goes_and_comes_back_meanwhile(price, call, actor):
    """The one that restores queues for the whole table before the request looks at it again."""

    def bring_back():
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE customers_customer IN ACCESS EXCLUSIVE MODE")
            restore(deletions=[deletion.pk for deletion in gone.deletions], actor=actor)

    before = rows(Price)
    with transaction.atomic():
        gone = delete(roots=Customer.objects.all(), actor=actor)
        calling = Meanwhile(call)
        calling.wait_until_blocked()
        restoring = Meanwhile(bring_back)
        restoring.wait_until_blocked()

    restoring.result()
    assert calling.result().code == (503, 10030, "ServiceUnavailable")
    assert rows(Price) == before


@pytest.mark.parametrize("method", ["DELETE"])
def test_a_version_that_moves_meanwhile(price, call, actor):
    with transaction.atomic():
        Customer.objects.update(version=2)
        calling = Meanwhile(lambda: call(if_match=f'"{price.customer_id}-1"'))
        calling.wait_until_blocked()

    assert calling.result().code == (412, 10026, "PreconditionFailed")
    assert list(rows(Price)) == [price.pk]


@every_method
def test_a_request_that_waits_for_another_one(price, call, actor):
    with transaction.atomic():
        agree(actor, price.customer, net(7, "2"))
        calling = Meanwhile(call)
        calling.wait_until_blocked()

    reply = calling.result()
    left = list(Price.everything.order_by("id").values_list("target_id", "version"))
    if reply.data:
        assert [row["action"] for row in reply.data] == ["update"]
        assert left == [(price.target_id, 1), (7, 2)]
    else:
        assert left == []
