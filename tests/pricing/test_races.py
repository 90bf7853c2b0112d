"""Nothing live below a binned owner, and no target with two prices: two real connections, both orders."""

import random

import pytest
from django.db import transaction

from customers.models import Customer
from pricing.errors import OwnerGone
from pricing.models import Price
from pricing.verbs import delete_prices
from recyclebin.errors import NothingLive
from recyclebin.verbs import delete, restore
from tests.factories import make_customer, make_price, make_record, row
from tests.pricing.sending import CHANGED, CREATED, agree, net, prices_of, summary
from tests.pricing.test_verbs import every_owner
from tests.recyclebin.two_connections import Meanwhile

pytestmark = pytest.mark.django_db(transaction=True)


@every_owner
def test_a_price_that_comes_during_the_deletion_is_refused(model, tenant_a, actor):
    owner = make_record(model, tenant_a)

    with transaction.atomic():
        delete(roots=model.objects.filter(pk=owner.pk), actor=actor)
        agreeing = Meanwhile(lambda: agree(actor, owner, net(7, "1")))
        agreeing.wait_until_blocked()

    with pytest.raises(OwnerGone):
        agreeing.result()
    assert Price.everything.count() == 0


@every_owner
def test_a_price_that_came_just_before_goes_along(model, tenant_a, actor):
    owner = make_record(model, tenant_a)

    with transaction.atomic():
        agree(actor, owner, net(7, "1"))
        deleting = Meanwhile(lambda: delete(roots=model.objects.filter(pk=owner.pk), actor=actor))
        deleting.wait_until_blocked()

    deletion = deleting.result().deletions[0]
    assert [price.deletion_id for price in Price.everything.all()] == [deletion.pk]
    assert row(owner)["deletion_id"] == deletion.pk


def test_two_requests_about_one_target_leave_one_price(tenant_a, actor):
    customer = make_customer(tenant_a)

    with transaction.atomic():
        assert summary(agree(actor, customer, net(7, "1"))) == [CREATED]
        second = Meanwhile(lambda: agree(actor, customer, net(7, "2"), net(8, "2")))
        second.wait_until_blocked()

    assert summary(second.result()) == [CHANGED, CREATED]
    assert [price[2:] for price in prices_of(customer)] == [(7, "net", "2.0000", 2), (8, "net", "2.0000", 1)]


def test_prices_are_not_deleted_from_below_a_deletion(tenant_a, actor):
    price = make_price(make_customer(tenant_a))

    with transaction.atomic():
        deletion = delete(roots=Customer.objects.all(), actor=actor).deletions[0]
        deleting = Meanwhile(lambda: delete_prices(owner=Customer, owner_id=price.customer_id, actor=actor))
        deleting.wait_until_blocked()

    with pytest.raises(OwnerGone):
        deleting.result()
    assert row(price)["deletion_id"] == deletion.pk


def test_writers_of_one_owner_never_deadlock(tenant_a, actor):
    """Four writers agree, withdraw, delete and restore in random order; then every price is where its owner is."""
    owners = [make_customer(tenant_a) for _ in range(2)]

    def work(seed):
        dice = random.Random(seed)
        for _ in range(15):
            owner = dice.choice(owners)
            try:
                match dice.randrange(4):
                    case 0:
                        delete_prices(owner=Customer, owner_id=owner.pk, actor=actor)
                    case 1:
                        ids = [owner.pk for owner in dice.sample(owners, 2)]
                        result = delete(roots=Customer.objects.filter(pk__in=ids), actor=actor)
                        restore(deletions=[deletion.pk for deletion in result.deletions], actor=actor)
                    case _:
                        targets = dice.sample(range(1, 20), 10)
                        agree(actor, owner, *(net(target, str(dice.randrange(5))) for target in targets))
            except (OwnerGone, NothingLive):
                continue

    for writer in [Meanwhile(lambda seed=seed: work(seed)) for seed in range(4)]:
        writer.result()

    for price in Price.everything.all():
        assert price.deletion_id == row(Customer.everything.get(pk=price.customer_id))["deletion_id"]
    places = list(Price.everything.values_list("customer", "target_id"))
    assert len(places) == len(set(places))
