"""After a purge nothing contradicts anything, nor in the middle of one; and what breaks a rule about them is found."""

import pytest
from django.db import connection

from customers.contracts import CUSTOMERS
from customers.models import Customer
from records.writes import address_row, write
from recyclebin import purging
from recyclebin.models import Deletion
from recyclebin.purging import purge
from recyclebin.verbs import delete
from tests.integrity.invariants import broken, rule_of
from users.contracts import USERGROUPS
from users.models import Usergroup

pytestmark = pytest.mark.django_db

SABOTAGE = {
    "a purged deletion has tombstones, and says nothing of anybody": [
        "UPDATE recyclebin_deletion SET label = 'Anna' WHERE state = 'purged'",
        "UPDATE recyclebin_deletion SET purged_at = NULL WHERE state = 'purged'",
    ],
    "what was purged is gone, and its history says nothing of anybody": [
        "UPDATE customers_customerevent SET source_id = 'K' WHERE source_id = ''",
    ],
}
"""By rule about purges: what breaks it."""


@pytest.fixture
def purged(tenant_a, actor):
    """A customer with an address and its usergroup are purged; another customer stays."""
    group = write(USERGROUPS, {"name": "Group", "source": "ERP", "source_id": "G"}, actor=actor)
    home = address_row({"type": "home", "city": "Winterdorp", "country": "NL"})
    for key in ("K", "L"):
        write(CUSTOMERS, {"last_name": key, "source": "ERP", "source_id": key}, actor=actor, addresses=[home])
    deletions = [
        *delete(roots=Customer.objects.filter(source_id="K"), actor=actor).deletions,
        *delete(roots=Usergroup.objects.filter(pk=group.id), actor=actor).deletions,
    ]
    purge(deletions=[deletion.pk for deletion in deletions], actor=actor)


def test_nothing_is_broken_after_a_purge(purged):
    assert broken() == {}


def test_nothing_is_broken_in_the_middle_of_one(purged, actor):
    delete(roots=Customer.objects.filter(source_id="L"), actor=actor)
    steps = purging.purging(deletions=Deletion.objects.binned(), actor=actor, rows=1)
    next(steps), next(steps)
    steps.close()

    assert Deletion.objects.filter(state="purging").count() == 1
    assert broken() == {}


@pytest.mark.parametrize(("rule", "statement"), [(rule, one) for rule, every in SABOTAGE.items() for one in every])
def test_what_breaks_a_rule_is_found(purged, rule, statement):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('backoffice.purge', 'on', true)")
        cursor.execute(statement)

    assert {rule_of(name) for name in broken()} == {rule}
