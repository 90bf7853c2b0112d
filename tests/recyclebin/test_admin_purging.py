"""Deleting permanently in the admin: who may, what has to be typed, and asking what is gone."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from recyclebin import purge_confirmation, purge_runs
from recyclebin.models import Deletion, Run, State
from recyclebin.purge_confirmation import Confirmation
from recyclebin.purging import purge
from recyclebin.restore_runs import Chosen, now
from recyclebin.run_worker import work
from tests.factories import browser, make_address, make_customer, make_usergroup, put_in_bin

pytestmark = pytest.mark.django_db

BIN = "/admin/recyclebin/deletion/"
ASK = f"{BIN}purged/"


@pytest.fixture
def lena(tenant_a, tenant_b):
    """Lena in the bin with an address; Otto is there, too, and a namesake of another tenant."""
    customer = make_customer(tenant_a, first_name="Lena", last_name="Winter", source="ERP", source_id="KL-42")
    make_address(customer)
    put_in_bin(make_customer(tenant_a, first_name="Otto", last_name="Zomer"))
    put_in_bin(make_customer(tenant_b, first_name="Lena", last_name="Winter"))
    return put_in_bin(customer)


def hidden(page):
    return {name: page.context["hidden"][name] for name in ("tenant", "until", "chosen")}


def answer(client, page, typed, reason="", address=None):
    data = hidden(page) | {"typed": typed, "reason": reason}
    return client.post(address or page.context["form_address"], data, follow=True)


def states():
    return dict(Deletion.objects.values_list("pk", "state"))


def test_one_is_deleted_when_its_name_is_typed(lena, olivia):
    client = browser(olivia)
    page = client.get(f"{BIN}{lena.pk}/purge/")
    text = page.content.decode()
    assert ("1 customer" in text, "1 address" in text, "Lena Winter" in text) == (True, True, True)
    assert page.context["confirmation"].phrase == "Lena Winter"

    for wrong in ("", "Lena", "1", "delete all"):
        refused = answer(client, page, wrong)
        assert "That is not it. Type: Lena Winter" in refused.content.decode()
    assert states()[lena.pk] == State.BINNED
    done = answer(client, page, " lena  WINTER ", reason="request 2041")

    assert "2 records were deleted permanently." in done.content.decode()
    lena.refresh_from_db()
    assert (lena.state, lena.purged_by, lena.purge_reason, lena.purge_origin) == (
        *("purged", "Olivia"),
        *("request 2041", "admin"),
    )
    assert list(states().values()).count("binned") == 2
    assert "Nothing of this is in the recycle bin any more." in answer(client, page, "Lena Winter").content.decode()


def test_a_selection_is_deleted_when_its_number_is_typed(lena, olivia):
    client = browser(olivia)
    ticked = [str(pk) for pk in Deletion.objects.filter(tenant=lena.tenant).values_list("pk", flat=True)]
    page = client.post(BIN, {"action": "purge_selected", "_selected_action": ticked})
    assert page.context["confirmation"].phrase == "2"

    assert "That is not it. Type: 2" in answer(client, page, "3").content.decode()
    done = answer(client, page, "2")

    assert "3 records were deleted permanently." in done.content.decode()
    assert sorted(states().values()) == ["binned", "purged", "purged"]


def test_all_that_match_are_deleted_and_what_came_later_stays(lena, olivia, tenant_a):
    client = browser(olivia)
    make_customer(tenant_a, first_name="Other")
    put_in_bin(make_usergroup(tenant_a, name="Group"))
    address = f"{BIN}?type=customers.customer"
    page = client.post(address, {"action": "purge_selected", "_selected_action": [str(lena.pk)], "select_across": "1"})
    assert "Delete all 2 deletions of Shops of A that match permanently?" in page.content.decode()
    later = put_in_bin(make_customer(tenant_a))

    done = answer(client, page, "2")

    assert "3 records were deleted permanently." in done.content.decode()
    assert states()[later.pk] == State.BINNED
    assert sorted(states().values()) == ["binned", "binned", "binned", "purged", "purged"]


def test_when_the_number_has_moved_it_asks_again(lena, olivia, tenant_a):
    client = browser(olivia)
    ticked = [str(pk) for pk in Deletion.objects.filter(tenant=lena.tenant).values_list("pk", flat=True)]
    page = client.post(BIN, {"action": "purge_selected", "_selected_action": ticked})
    Deletion.objects.filter(pk=lena.pk).update(state=State.RESTORED)

    again = answer(client, page, "2")

    assert "That is not it. Type: Otto Zomer" in again.content.decode()
    assert set(states().values()) == {"binned", "restored"}


def test_more_than_a_page_waits_for_is_a_job(lena, olivia, monkeypatch):
    monkeypatch.setattr(purge_runs, "AT_ONCE", 1)
    client = browser(olivia)
    page = client.get(f"{BIN}{lena.pk}/purge/")

    shown = answer(client, page, "Lena Winter")

    run = Run.objects.get()
    assert shown.redirect_chain == [(f"/admin/recyclebin/run/{run.pk}/change/", 302)]
    assert (run.label, run.total, run.state) == ("Delete 1 deletion permanently", 2, "queued")
    assert "Lena" not in run.label
    while work(run.pk):
        pass
    run.refresh_from_db()
    assert (run.state, run.done, run.outcomes, run.parameters) == ("done", 2, {"purged": 1, "records": 2}, {})
    assert states()[lena.pk] == State.PURGED


@pytest.mark.parametrize("name", ["eddie", "vera", "tom"])
def test_nobody_else_may(name, lena, olivia, cast):
    page = browser(olivia).get(f"{BIN}{lena.pk}/purge/")
    other = browser(cast[name])

    status = 404 if name == "tom" else 403
    assert other.get(f"{BIN}{lena.pk}/purge/").status_code == status
    posted = other.post(f"{BIN}purge-selected/", hidden(page) | {"typed": "Lena Winter"}, follow=True)
    if name == "tom":
        assert "You work in another tenant by now. Nothing was deleted." in posted.content.decode()
    else:
        assert posted.status_code == 403
    assert "purge_selected" not in browser(cast["vera"]).get(BIN).content.decode()
    other.post(BIN, {"action": "purge_selected", "_selected_action": [str(lena.pk)]})
    assert set(states().values()) == {"binned"}


def test_the_ids_of_another_tenant_mean_nothing(lena, tom, tenant_b):
    client = browser(tom)
    page = client.post(BIN, {"action": "purge_selected", "_selected_action": [str(lena.pk)]})
    data = {"tenant": tenant_b.pk, "until": now(), "chosen": str(lena.pk), "typed": "Lena Winter"}

    assert (
        "Nothing of this is in the recycle bin any more" in client.post(f"{BIN}purge-selected/", data).content.decode()
    )
    assert (page.status_code, set(states().values())) == (200, {"binned"})


@pytest.mark.parametrize(
    "changed",
    [{"until": "x"}, {"chosen": "x"}, {"tenant": "x"}, {"until": ""}],
)
def test_what_nobody_was_shown_is_not_done(lena, olivia, changed):
    client = browser(olivia)
    data = hidden(client.get(f"{BIN}{lena.pk}/purge/")) | {"typed": "Lena Winter"} | changed

    assert client.post(f"{BIN}purge-selected/", data).status_code == 302
    assert client.get(f"{BIN}purge-selected/").status_code == 302
    assert set(states().values()) == {"binned"}


def test_a_reason_that_is_refused_is_said_at_its_field(lena, olivia):
    client = browser(olivia)
    page = client.get(f"{BIN}{lena.pk}/purge/")

    refused = answer(client, page, "Lena Winter", reason="x" * 501)

    assert "at most 500 characters" in refused.content.decode()
    assert set(states().values()) == {"binned"}


def test_the_danger_colour_is_on_that_button_alone(lena, olivia, vera):
    client = browser(olivia)
    danger = "bg-red-600"

    assert client.get(f"{BIN}{lena.pk}/purge/").content.decode().count(danger) == 2  # the button and its hover
    for address in (BIN, f"{BIN}{lena.pk}/change/", "/admin/customers/customer/"):
        assert danger not in client.get(address).content.decode()
    assert "Delete permanently" in client.get(f"{BIN}{lena.pk}/change/").content.decode()
    assert "Delete permanently" not in browser(vera).get(f"{BIN}{lena.pk}/change/").content.decode()


def test_the_page_of_what_is_gone(lena, olivia, actor):
    purge(deletions=[lena.pk], actor=actor, reason="request 2041")

    text = browser(olivia).get(f"{BIN}{lena.pk}/change/").content.decode()

    assert ("Olivia" in text, "request 2041" in text, "Winter" in text) == (True, True, False)
    assert "/purge/" not in text


def test_asking_for_a_key(lena, vera, tom, actor):
    assert "No record with this key was deleted permanently here." in (
        browser(vera).get(ASK, {"key": "KL-42"}).content.decode()
    )
    purge(deletions=[lena.pk], actor=actor, reason="request 2041")

    for asked in ({"key": "KL-42"}, {"key": " KL-42 ", "source": "ERP"}, {"key": f"#{lena.root_id}"}):
        text = browser(vera).get(ASK, asked).content.decode()
        assert (f"Customer #{lena.root_id}" in text, "request 2041" in text) == (True, True)
    for asked in ({"key": "KL-42", "source": "shop"}, {"key": "kl-42"}, {"key": "#" + "9" * 40}, {"key": "#²"}):
        assert "No record with this key" in browser(vera).get(ASK, asked).content.decode()
    assert "No record with this key" in browser(tom).get(ASK, {"key": "KL-42"}).content.decode()
    assert "This field is required" in browser(vera).get(ASK, {"key": ""}).content.decode()
    (link,) = re.findall(r'href="([^"]*ask-purged[^"]*)"', browser(vera).get(BIN).content.decode())
    assert browser(vera).get(link, follow=True).redirect_chain[-1][0] == ASK


def test_asking_when_a_secret_is_missing(lena, vera, actor, settings):
    purge(deletions=[lena.pk], actor=actor)
    settings.TOMBSTONE_KEYS = ("another secret, of which nobody knew",)

    assert "That cannot be told" in browser(vera).get(ASK, {"key": "KL-42"}).content.decode()


def test_counts_stop_at_the_cap(tenant_a, monkeypatch):
    for _ in range(4):
        put_in_bin(make_customer(tenant_a))
    monkeypatch.setattr(purge_confirmation, "CAP", 3)

    with CaptureQueriesContext(connection) as captured:
        found = Confirmation.of(Deletion.objects.binned(), names=2)

    assert len(captured) == 2
    assert (found.amount, found.phrase, len(found.names)) == ("more than 3", "delete all", 2)
    assert (found.is_typed("Delete all"), found.is_typed("4"), found.is_typed("3")) == (True, False, False)


def test_numbers_may_be_typed_with_or_without_separators():
    found = Confirmation(1234, False, 1234, (), (), "1,234")

    assert [found.is_typed(text) for text in ("1234", "1,234", "1.234", " 1 234 ", "123", "")] == [
        *(True, True, True, True),
        *(False, False),
    ]


def run_of(actor, **chosen):
    run = purge_runs.start_purge(Chosen(until=now(), **chosen), actor=actor)
    while work(run.pk):
        pass
    run.refresh_from_db()
    return run


def test_a_run_cuts_links_and_takes_what_lies_below(tenant_a, actor, monkeypatch):
    monkeypatch.setattr(purge_runs, "AT_ONCE", 0)
    monkeypatch.setattr(purge_runs, "RECORDS_PER_CHUNK", 2)
    monkeypatch.setattr(purge_runs, "DELETIONS_PER_CHUNK", 2)
    group = make_usergroup(tenant_a)
    members = [make_customer(tenant_a, usergroup=group) for _ in range(3)]
    put_in_bin(make_address(group))
    for _ in range(3):
        put_in_bin(make_customer(tenant_a))
    put_in_bin(group)

    run = run_of(actor, filter={})

    assert (run.state, run.outcomes["records"], run.error) == ("done", 5, "")
    assert set(states().values()) == {"purged"}
    assert list(Customer.objects.values_list("usergroup", "version")) == [(None, 2)] * len(members)
    assert set(Deletion.objects.values_list("purge_operation", flat=True)) == {run.pk}


def test_a_run_that_cannot_go_on_says_so(tenant_a, actor):
    deletion = put_in_bin(make_customer(tenant_a))
    make_address(Customer.everything.get(pk=deletion.root_id))

    run = run_of(actor, ids=(deletion.pk,))

    assert (run.state, run.error.split(".")[0]) == (
        "failed",
        "Something that is still live hangs below one of these records",
    )
    assert Customer.everything.filter(pk=deletion.root_id).exists()
