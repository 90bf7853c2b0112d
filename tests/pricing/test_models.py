"""What the database allows of a price, whoever writes it."""

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, transaction

from pricing.models import OWNERS, Price
from tests.factories import make_customer, make_price, make_record, make_user, put_in_bin

pytestmark = pytest.mark.django_db


def refused(name: str, **fields: object) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Price.everything.create(**fields)


def test_exactly_one_owner(tenant_a):
    customer, user = make_customer(tenant_a), make_user(tenant_a)
    fields = {"tenant": tenant_a, "target_kind": "product", "target_id": 1, "type": "net", "price": 1}

    refused("price_one_owner", **fields)
    refused("price_one_owner", **fields, customer=customer, user=user)
    assert Price.everything.create(**fields, user=user).label == "Product 1: net 1"


@pytest.mark.parametrize("owner", OWNERS)
def test_one_price_for_each_target_and_shop(owner, tenant_a):
    """Also where shop, id or key are null, and while the first one is in the bin."""
    record = make_record(Price._meta.get_field(owner).related_model, tenant_a)
    by_key = {"target_id": None, "target_source": "PIM", "target_source_id": "A"}
    for target in ({"target_id": 1}, by_key, {"target_id": 1, "shop_id": 3}, by_key | {"shop_id": 3}):
        first = make_price(record, **target)
        same = {"tenant": tenant_a, owner: record, "target_kind": "product", "type": "net", "price": 1} | target
        refused(f"price_{owner}_target", **same)
        with pytest.raises(ValidationError, match="Another record holds this key"):
            Price(**same).validate_constraints()
        put_in_bin(first)
        refused(f"price_{owner}_target", **same)
        with pytest.raises(ValidationError, match="recycle bin holds this key"):
            Price(**same).validate_constraints()
        make_price(record, **target | {"target_kind": "category"})


@pytest.mark.parametrize(
    "target",
    [
        {"target_id": None},
        {"target_id": 1, "target_source": "PIM", "target_source_id": "A"},
        {"target_id": None, "target_source": "PIM"},
        {"target_id": None, "target_source_id": "A"},
    ],
)
def test_a_target_by_id_or_by_key(target, tenant_a):
    fields = {"tenant": tenant_a, "customer": make_customer(tenant_a), "type": "net", "price": 1}
    refused("price_target_by_id_or_key", **fields, target_kind="product", **target)


@pytest.mark.parametrize(
    "terms",
    [
        {"type": "CP"},
        {"type": "SP", "price": 1},
        {"type": "net", "amount": 1},
        {"type": "net", "amount": 1, "price": 1},
        {"type": "XX", "amount": 1},
    ],
)
def test_a_type_has_its_number_and_no_other(terms, tenant_a):
    fields = {"tenant": tenant_a, "customer": make_customer(tenant_a), "target_kind": "product", "target_id": 1}
    refused("price_amount_or_price", **fields, **terms)


def test_numbers_have_an_end(tenant_a):
    customer = make_customer(tenant_a)
    assert make_price(customer, amount="99999999999.9999").label.endswith("SP 99999999999.9999 %")
    with pytest.raises(DataError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE pricing_price SET amount = 100000000000")


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"target_id": 7, "amount": "12.5000", "type": "CP"}, "Product 7: CP 12.5 %"),
        ({"target_id": 7, "amount": "-100", "shop_id": 0}, "Product 7, shop 0: SP -100 %"),
        ({"target_id": None, "target_source": "PIM", "target_source_id": "A-1"}, "Product PIM A-1: SP 5 %"),
        ({"target_kind": "category", "target_id": 8, "type": "net", "amount": None, "price": 0}, "Category 8: net 0"),
    ],
)
def test_what_staff_read(fields, label, tenant_a):
    price = make_price(make_customer(tenant_a), **fields)
    assert (price.label, str(Price.objects.only(*Price.label_fields).get())) == (label, label)
