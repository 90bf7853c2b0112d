"""The reasons that are suggested: what staff of the tenant wrote lately, and nothing else."""

import datetime

import pytest
from django.db import connection
from django.utils import timezone

from recyclebin import reasons
from recyclebin.models import Deletion, State
from recyclebin.reasons import STEPS, SUGGESTIONS, recent_reasons
from tests.factories import integration_of, make_customer, owner_of, put_in_bin

pytestmark = pytest.mark.django_db


def written(tenant, actor, reasons, *, apart=1, rows=1):
    """Deletions with these reasons, the first one the oldest; ``rows`` of each as one action makes them."""
    began = timezone.now() - datetime.timedelta(days=1)
    Deletion.objects.bulk_create(
        Deletion(
            operation="00000000-0000-0000-0000-000000000000",
            tenant=tenant,
            label="Somebody",
            root_type="customers.customer",
            root_id=number,
            staff=actor.staff,
            client=actor.client,
            actor=actor.label,
            origin=actor.origin,
            reason=reason,
            deleted_at=began + datetime.timedelta(seconds=number * apart),
        )
        for number, reason in enumerate(reasons)
        for _ in range(rows)
    )


def test_each_once_and_the_latest_first(tenant_a, actor):
    for reason in ("Twice", "Asked for", "", "Twice", "Moved"):
        put_in_bin(make_customer(tenant_a), actor=actor, reason=reason)

    assert recent_reasons(tenant_a) == ("Moved", "Twice", "Asked for")


def test_nothing_of_others(tenant_a, tenant_b, actor):
    put_in_bin(make_customer(tenant_b), actor=owner_of(tenant_b), reason="Foreign")
    put_in_bin(make_customer(tenant_a), actor=integration_of(tenant_a), reason="Sent by a machine")
    put_in_bin(make_customer(tenant_a), actor=integration_of(tenant_a))
    gone = put_in_bin(make_customer(tenant_a), actor=actor, reason="About somebody who is gone for good")
    Deletion.objects.filter(pk=gone.pk).update(state=State.PURGED)
    put_in_bin(make_customer(tenant_a), actor=actor, reason="Ours")

    assert recent_reasons(tenant_a) == ("Ours",)


def test_they_are_few(tenant_a, actor):
    written(tenant_a, actor, [f"Reason {number}" for number in range(20)])

    assert recent_reasons(tenant_a) == tuple(f"Reason {number}" for number in range(19, 19 - SUGGESTIONS, -1))


def test_one_action_counts_once_however_many_records_it_deleted(tenant_a, actor):
    written(tenant_a, actor, ["Old", "Wrong import"], rows=3 * STEPS)

    assert recent_reasons(tenant_a) == ("Wrong import", "Old")


def test_no_more_actions_are_looked_at_than_was_said(tenant_a, actor):
    written(tenant_a, actor, ["Too long ago", *["Again"] * STEPS])

    assert recent_reasons(tenant_a) == ("Again",)


def test_the_walk_uses_the_index(tenant_a, actor):
    """A scan of the bin would take seconds where millions of deletions are kept."""
    written(tenant_a, actor, [f"Reason {number % 7}" for number in range(200)], rows=20)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE recyclebin_deletion")

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {reasons._RECENT}", {"tenant": tenant_a.pk, "steps": STEPS, "number": SUGGESTIONS})
        explained = [line for (line,) in cursor.fetchall()]

    assert [line for line in explained if "Seq Scan" in line] == []
    assert sum("deletion_reasons_idx" in line for line in explained) == 2
