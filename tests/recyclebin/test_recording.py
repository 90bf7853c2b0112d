"""Deletions are written as one document: every column comes out as it went in."""

import pytest

from customers.models import Customer
from recyclebin.models import Deletion
from recyclebin.verbs import delete
from tests.factories import integration_of, make_customer
from tests.naughty_strings import KEPT

pytestmark = pytest.mark.django_db


def columns(deletion: Deletion) -> dict[str, object]:
    return {field.attname: getattr(deletion, field.attname) for field in Deletion._meta.concrete_fields}


@pytest.mark.parametrize("days", [None, 1, 30])
def test_what_is_stored_is_what_was_answered(tenant_a, actor, days):
    tenant_a.retention_days = days
    for number, text in enumerate(KEPT.values()):
        make_customer(tenant_a, last_name=text[:255], source="E\\R\"P'", source_id=f"{number} {text[:200]}")

    answered = delete(roots=Customer.objects.all(), actor=actor, reason='doubled\n"\\u0041\\" {},\tsays the shop')

    stored = Deletion.objects.in_bulk([deletion.pk for deletion in answered.deletions])
    assert len(stored) == len(KEPT)
    assert {pk: columns(deletion) for pk, deletion in stored.items()} == {
        deletion.pk: columns(deletion) for deletion in answered.deletions
    }


def test_an_answered_deletion_can_be_saved(tenant_a):
    make_customer(tenant_a)

    (deletion,) = delete(roots=Customer.objects.all(), actor=integration_of(tenant_a)).deletions
    deletion.reason = "afterwards"
    deletion.save(update_fields=["reason"])

    assert Deletion.objects.get().reason == "afterwards"
