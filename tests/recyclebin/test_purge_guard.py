"""Deleting for good passes the triggers of record tables only where it is announced."""

import pytest
from django.db import DatabaseError, connection, transaction

from recyclebin.purge_guard import deleting_for_good
from tests.factories import make_customer, make_price

pytestmark = pytest.mark.django_db


def delete_all() -> int:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pricing_price")
        return cursor.rowcount


def refused() -> bool:
    with pytest.raises(DatabaseError, match="is for a purge only"), transaction.atomic():
        delete_all()
    return True


def test_it_lasts_as_long_as_the_block(tenant_a):
    make_price(make_customer(tenant_a))

    assert refused()
    with deleting_for_good():
        assert delete_all() == 1
    assert refused()


def test_an_error_takes_it_back(tenant_a):
    with pytest.raises(LookupError), transaction.atomic(), deleting_for_good():
        raise LookupError
    assert refused()


@pytest.mark.django_db(transaction=True)
def test_it_needs_a_transaction():
    with pytest.raises(RuntimeError, match="needs a transaction"), deleting_for_good():
        pass
