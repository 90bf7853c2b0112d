"""What the filters of the bin list let through, on the page and in a job."""

import datetime

import pytest
from django.utils import timezone

from recyclebin.bin_filters import found, parameters_of
from recyclebin.models import Deletion, State
from recyclebin.verbs import delete, restore
from tenants.actors import client_actor, system_actor
from tests.factories import browser, integration_of, make_api_client, make_customer, make_user, put_in_bin
from tests.records.admin_pages import page, shown

LIST = page(Deletion, "changelist")


@pytest.fixture
def shelf(tenant_a, tenant_b, actor):
    """One deletion of each sort, all of tenant A but one."""
    client = make_api_client(tenant_a, name="ERP sync")
    erp = client_actor(client, scopes=frozenset({"customers:delete"}))
    put_in_bin(make_customer(tenant_b))
    restored = put_in_bin(make_customer(tenant_a, last_name="Restored"), actor=actor)
    restore(deletions=[restored.pk], actor=actor)
    shelf = {
        "staff": put_in_bin(make_customer(tenant_a, last_name="Staff"), actor=actor),
        "client": put_in_bin(make_user(tenant_a, last_name="Client"), actor=erp),
        "product": put_in_bin(make_customer(tenant_a, last_name="Product"), actor=system_actor(tenant_a, "a command")),
        "restored": restored,
        "purged": put_in_bin(make_customer(tenant_a, last_name="Purged"), actor=actor),
        "old": put_in_bin(make_customer(tenant_a, last_name="Old"), actor=actor),
    }
    Deletion.objects.filter(pk=shelf["purged"].pk).update(state=State.PURGED, deleted_at="2026-01-02T10:00Z")
    Deletion.objects.filter(pk=shelf["old"].pk).update(deleted_at="2026-03-04T23:30Z")
    return shelf


def cases(shelf, olivia):
    today = timezone.now().date().isoformat()
    fresh = {"staff", "client", "product"}
    client = shelf["client"].client_id
    return [
        ({}, fresh | {"old"}),
        ({"state": "restored"}, {"restored"}),
        ({"state": "purged"}, {"purged"}),
        ({"state": "any"}, fresh | {"old", "restored", "purged"}),
        ({"state": "nonsense"}, set()),
        ({"type": "users.user"}, {"client"}),
        ({"type": "nonsense"}, set()),
        ({"actor": f"staff-{olivia.pk}"}, {"staff", "old"}),
        ({"actor": f"client-{client}"}, {"client"}),
        ({"actor": "product"}, {"product"}),
        ({"actor": "staff-x"}, set()),
        ({"actor": "staff-" + "9" * 30}, set()),
        ({"actor": "tenant-1"}, set()),
        ({"origin": "lookup_api"}, {"client"}),
        ({"origin": "command"}, {"product"}),
        ({"deleted_at_from": today}, fresh),
        ({"deleted_at_from": "2026-03-04", "deleted_at_to": "2026-03-04"}, {"old"}),
        ({"deleted_at_to": "2026-03-03"}, set()),
        ({"deleted_at_to": "2026-02-30"}, set()),
        ({"deleted_at_from": "9999-12-31"}, set()),
        ({"deleted_at_from": "soon"}, set()),
        ({"q": "staff"}, {"staff"}),
        ({"q": "staff", "type": "users.user"}, set()),
    ]


def test_the_page_and_a_job_let_the_same_through(shelf, olivia, tenant_a):
    surf = browser(olivia)
    for query, names in cases(shelf, olivia):
        wanted = {shelf[name] for name in names}
        listed = surf.get(LIST, query)
        assert set(shown(listed)) == wanted, query
        assert set(found(Deletion.objects.for_tenant(tenant_a), parameters_of(query))) == wanted, query


def test_only_what_narrows_is_kept_of_an_address():
    assert parameters_of({"q": "x", "p": "2", "o": "-1", "type": "", "e": "1", "state": "any"}) == {
        "state": "any",
        "q": "x",
    }


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("1", ["Ada", "Ben", "Cem"]),
        ("-1", ["Cem", "Ben", "Ada"]),
        ("5", ["Ben", "Cem", "Ada"]),
        ("-5", ["Ada", "Cem", "Ben"]),
        ("8", ["Cem", "Ada", "Ben"]),
    ],
)
def test_sorting(olivia, tenant_a, actor, order, names):
    now = timezone.now()
    for name, days, left in (("Ada", 1, 5), ("Cem", 2, 4), ("Ben", 3, 6)):
        deletion = put_in_bin(make_customer(tenant_a, first_name=name, last_name=""), actor=actor)
        Deletion.objects.filter(pk=deletion.pk).update(
            deleted_at=now - datetime.timedelta(days=days), expires_at=now + datetime.timedelta(days=left)
        )

    assert [each.label for each in shown(browser(olivia).get(LIST, {"o": order}))] == names


def test_a_filter_of_another_tenants_actor_finds_nothing(olivia, tenant_a, tenant_b):
    foreign = integration_of(tenant_b)
    customer = make_customer(tenant_b)
    delete(roots=type(customer).objects.filter(pk=customer.pk), actor=foreign)

    response = browser(olivia).get(LIST, {"actor": f"client-{foreign.client.pk}"})

    assert shown(response) == []
    assert foreign.client.name not in response.content.decode()
