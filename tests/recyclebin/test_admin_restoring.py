"""Restoring several deletions in the admin: what the page tells beforehand, and what came out."""

import pytest

from customers.models import Customer
from recyclebin import restore_runs, run_worker
from recyclebin.models import Deletion, Run, RunState, State
from recyclebin.verbs import delete, restore
from tenants.actors import staff_actor
from tests.factories import browser, make_address, make_company, make_contact, make_customer, put_in_bin, row
from tests.records.admin_pages import page, texts

LIST = page(Deletion, "changelist")
SELECTED = page(Deletion, "restore_selected")


def ticked(*deletions, **more):
    return {"action": "restore_selected", "index": "0", "_selected_action": [each.pk for each in deletions]} | more


def confirmed(response, **more):
    """What the page posts."""
    return response.context_data["hidden"] | more


@pytest.fixture
def crowd(tenant_a, tenant_b, actor):
    """Three customers in the bin, one with an address, one live, and one in the bin of tenant B."""
    anna, ben, cleo = (make_customer(tenant_a, first_name=name, last_name="Winter") for name in ("Anna", "Ben", "Cleo"))
    make_address(anna)
    make_customer(tenant_a, first_name="Dora", last_name="Winter")
    put_in_bin(make_customer(tenant_b, first_name="Emil", last_name="Winter"))
    return [
        put_in_bin(each, actor=actor, reason=reason) for each, reason in ((anna, "twice"), (ben, "twice"), (cleo, ""))
    ]


@pytest.fixture
def below(tenant_a, actor):
    """A contact in the bin, below a company that went there after it with another contact."""
    company = make_company(tenant_a, name="Meander Works")
    contact = make_contact(tenant_a, company=company, first_name="Fay", last_name="Brook")
    make_contact(tenant_a, company=company, first_name="Gus", last_name="Brook")
    return put_in_bin(contact, actor=actor), put_in_bin(company, actor=actor)


def test_the_page_says_what_will_come_back(olivia, crowd):
    response = browser(olivia).post(LIST, ticked(crowd[0], crowd[1]))

    preview = response.context_data["preview"]
    assert (preview.deletions, preview.lines, preview.obstacles) == (2, [(2, "customers"), (1, "address")], ())
    assert set(preview.names) == {"Anna Winter", "Ben Winter"}
    assert not response.context_data["job"]
    assert Deletion.objects.filter(state=State.RESTORED).count() == 0


def test_a_selection_comes_back_and_the_report_links_to_the_records(olivia, crowd):
    surf = browser(olivia)
    asked = surf.post(LIST, ticked(crowd[0], crowd[1]))
    response = surf.post(asked.context_data["form_address"], confirmed(asked), follow=True)

    run = Run.objects.get()
    assert response.redirect_chain == [(page(Run, "change", run.pk), 302)]
    assert (run.state, run.label, run.total, run.done) == (RunState.DONE, "Restore 2 deletions", 2, 2)
    assert run.outcomes == {"restored": 2, "records": 3}
    (part,) = response.context_data["lines"]
    assert (part.outcome, {(line.label, line.url) for line in part.lines}) == (
        "restored",
        {(each.label, page(Customer, "change", each.root_id)) for each in crowd[:2]},
    )
    assert set(Deletion.objects.filter(state=State.RESTORED)) == set(crowd[:2])


def test_all_that_match_come_back_and_nothing_else(olivia, crowd, tenant_b):
    surf = browser(olivia)
    address = f"{LIST}?q=twice"
    asked = surf.post(address, ticked(crowd[0], select_across="1"))
    assert (asked.context_data["across"], asked.context_data["preview"].deletions) == (True, 2)

    surf.post(asked.context_data["form_address"], confirmed(asked))

    assert set(Deletion.objects.filter(state=State.RESTORED)) == set(crowd[:2])


def test_what_went_to_the_bin_after_the_page_was_shown_is_not_meant(olivia, crowd, tenant_a, actor):
    surf = browser(olivia)
    asked = surf.post(LIST, ticked(crowd[0], select_across="1"))
    late = put_in_bin(make_customer(tenant_a), actor=actor)

    surf.post(asked.context_data["form_address"], confirmed(asked))

    assert Deletion.objects.get(pk=late.pk).state == State.BINNED
    assert set(Deletion.objects.filter(state=State.RESTORED)) == set(crowd)


def test_an_owner_in_the_bin_is_named_beforehand_with_its_own_content(olivia, below):
    of_contact, of_company = below
    preview = browser(olivia).post(LIST, ticked(of_contact)).context_data["preview"]

    (obstacle,) = preview.obstacles
    assert (obstacle.deletion, obstacle.blocks, obstacle.able, preview.blocked) == (of_company, 1, True, 1)
    assert [(section.amount, [item.label for item in section.items]) for section in obstacle.sections] == [
        ("1 company", ["Meander Works"]),
        ("1 contact", ["Gus Brook"]),
    ]


def test_an_owner_that_was_chosen_too_is_no_obstacle_and_comes_back_first(olivia, below):
    surf = browser(olivia)
    asked = surf.post(LIST, ticked(*below))
    assert asked.context_data["preview"].obstacles == ()

    surf.post(asked.context_data["form_address"], confirmed(asked))

    assert Run.objects.get().outcomes == {"restored": 2, "records": 3}


@pytest.mark.parametrize(("sent", "outcomes"), [({"owners": "1"}, {"restored": 2, "records": 3}), ({}, {"failed": 1})])
def test_restore_that_too(olivia, below, sent, outcomes):
    surf = browser(olivia)
    asked = surf.post(LIST, ticked(below[0]))
    response = surf.post(asked.context_data["form_address"], confirmed(asked, **sent), follow=True)

    assert Run.objects.get().outcomes == outcomes
    if "failed" in outcomes:
        (part,) = response.context_data["lines"]
        (line,) = part.lines
        assert (part.outcome, line.label, line.owners) == ("failed", "Fay Brook", (below[1],))
        assert line.reason.startswith("It belongs to Meander Works, which is in the recycle bin.")
        assert "Restore Fay Brook together with Meander Works" in response.content.decode()


def test_a_report_offers_nothing_that_has_been_done_since(olivia, below, actor):
    surf = browser(olivia)
    asked = surf.post(LIST, ticked(below[0]))
    surf.post(asked.context_data["form_address"], confirmed(asked))
    restore(deletions=[below[0].pk], actor=actor, with_owners=True)

    response = surf.get(page(Run, "change", Run.objects.get().pk))

    assert response.context_data["lines"][0].lines[0].owners == ()


def test_a_report_holds_no_name(olivia, below):
    surf = browser(olivia)
    asked = surf.post(f"{LIST}?q=Fay", ticked(below[0], select_across="1"))
    surf.post(asked.context_data["form_address"], confirmed(asked))

    stored = str(Run.objects.values().get())
    for name in ("Fay", "Brook", "Meander"):
        assert name not in stored


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("eddie", 403), ("tom", 302)])
def test_who_may_not_restore_restores_nothing(cast, crowd, olivia, who, status):
    asked = browser(olivia).post(LIST, ticked(crowd[0]))

    response = browser(cast[who]).post(SELECTED, confirmed(asked))

    assert response.status_code == status
    assert Deletion.objects.filter(state=State.RESTORED).count() == Run.objects.count() == 0


def test_a_page_that_was_opened_in_another_tenant_restores_nothing(olivia, crowd, tenant_b):
    surf = browser(olivia)
    asked = surf.post(LIST, ticked(crowd[0]))

    response = surf.post(SELECTED, confirmed(asked, tenant=tenant_b.pk), follow=True)

    assert texts(response) == ["You work in another tenant by now. Nothing was restored."]
    assert Run.objects.count() == 0


@pytest.mark.parametrize("broken", [{"until": "soon"}, {"until": "2026-13-01T00:00Z"}, {"chosen": "x"}, {"tenant": ""}])
def test_a_form_that_no_page_made_restores_nothing(olivia, crowd, broken):
    surf = browser(olivia)
    asked = surf.post(LIST, ticked(crowd[0]))

    assert surf.post(SELECTED, confirmed(asked, **broken)).url == LIST
    assert Run.objects.count() == 0


def test_nothing_left_to_restore_is_said(olivia, crowd, actor):
    surf = browser(olivia)
    asked = surf.post(LIST, ticked(crowd[0]))
    restore(deletions=[crowd[0].pk], actor=actor)

    response = surf.post(asked.context_data["form_address"], confirmed(asked), follow=True)

    assert texts(response) == ["Nothing of this is in the recycle bin any more."]


def test_many_records_come_back_by_a_job(olivia, tenant_a, actor, monkeypatch):
    monkeypatch.setattr(restore_runs, "AT_ONCE", 10)
    monkeypatch.setattr(restore_runs, "DELETIONS_PER_CHUNK", 4)
    people = [make_customer(tenant_a) for _ in range(11)]
    delete(roots=Customer.objects.all(), actor=actor)
    surf = browser(olivia)
    asked = surf.post(LIST, ticked(*Deletion.objects.all()[:1], select_across="1"))
    surf.post(asked.context_data["form_address"], confirmed(asked))

    run = Run.objects.get()
    assert (run.state, run.total, run.done) == (RunState.QUEUED, 11, 0)
    assert run.parameters["chosen"]["ids"] == []

    while run_worker.work(run.pk, seconds=0):
        run.refresh_from_db()
    run.refresh_from_db()
    assert (run.state, run.outcomes) == (RunState.DONE, {"restored": 11, "records": 11})
    assert [row(each)["deletion_id"] for each in people] == [None] * 11


def test_a_chunk_ends_with_the_deletion_that_makes_it_large(olivia, tenant_a, actor, monkeypatch):
    monkeypatch.setattr(restore_runs, "RECORDS_PER_CHUNK", 3)
    for _ in range(3):
        customer = make_customer(tenant_a)
        make_address(customer), make_address(customer)
    delete(roots=Customer.objects.all(), actor=actor)
    work = run_worker.Work(
        actor=actor,
        parameters={"chosen": restore_runs.Chosen(filter={}).as_json(), "with_owners": False},
        operation=Deletion.objects.first().operation,
    )
    after, sizes = None, []
    while True:
        chunk = restore_runs.RESTORE.chunk(work, after)
        sizes.append(chunk.done)
        after = chunk.after
        if after is None:
            break

    assert [size for size in sizes if size] == [1, 1, 1]


def test_undoing_a_large_action_is_a_job(olivia, tenant_a, actor, monkeypatch):
    monkeypatch.setattr("recyclebin.admin_restoring.AT_ONCE", 2)
    monkeypatch.setattr(restore_runs, "AT_ONCE", 2)
    for _ in range(3):
        make_customer(tenant_a)
    result = delete(roots=Customer.objects.all(), actor=actor)
    put_in_bin(make_customer(tenant_a), actor=actor)

    response = browser(olivia).post(page(Deletion, "undo", result.operation))

    run = Run.objects.get()
    assert response.url == page(Run, "change", run.pk)
    run_worker.work(run.pk)
    assert Deletion.objects.filter(state=State.RESTORED).count() == 3


def test_the_statements_of_preview_and_report_do_not_grow(olivia, tenant_a, actor, django_assert_num_queries):
    def blocked(number):
        made = []
        for _ in range(number):
            company = make_company(tenant_a)
            contact = make_contact(tenant_a, company=company)
            made.append(put_in_bin(contact, actor=actor))
            put_in_bin(company, actor=actor)
        return made

    surf = browser(olivia)
    surf.get(LIST)
    for number in (1, 12):
        deletions = blocked(number)
        with django_assert_num_queries(39):
            asked = surf.post(LIST, ticked(*deletions))
        surf.post(asked.context_data["form_address"], confirmed(asked))
        with django_assert_num_queries(7):
            surf.get(page(Run, "change", Run.objects.first().pk))


def test_rights_are_asked_when_the_chunk_runs(vera, tenant_a, crowd):
    from tenants.errors import PermissionDenied

    with pytest.raises(PermissionDenied):
        restore_runs.start_restore(restore_runs.Chosen(filter={}), actor=staff_actor(vera, tenant_a))
