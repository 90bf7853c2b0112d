"""The page that asks before a deletion: the reason, what it counts and names, and what it does when things moved."""

import pytest
from django.db import transaction

from customers.models import Customer
from records import chosen_rows
from recyclebin.models import Deletion
from recyclebin.verbs import delete
from tests.factories import browser, make_address, make_customer, owner_of, put_in_bin, row
from tests.records.admin_pages import page, shown, texts
from tests.recyclebin.two_connections import Meanwhile

pytestmark = pytest.mark.django_db

LIST = page(Customer, "changelist")
ALL = {"action": "delete_selected", "index": "0", "select_across": "1", "_selected_action": "1"}


@pytest.fixture
def olivias(olivia):
    return browser(olivia)


def ask(client, *chosen, query=""):
    """The page after "Delete selected", for these customers or for all that match."""
    ticked = {"select_across": "0", "_selected_action": [customer.pk for customer in chosen]} if chosen else {}
    return client.post(LIST + query, ALL | ticked)


def sent(asked, **changes):
    """What the browser would post from that page."""
    form = asked.context_data["form"]
    return {name: form[name].value() or "" for name in form.fields} | changes


def confirm(client, asked, **changes):
    return client.post(asked.context_data["form_address"], sent(asked, **changes), follow=True)


def in_bulk(tenant, number):
    return Customer.everything.bulk_create(
        Customer(tenant=tenant, first_name="Robin", last_name=f"Meander {each}") for each in range(number)
    )


def live(tenant):
    return set(Customer.objects.for_tenant(tenant).values_list("pk", flat=True))


def rule(tenant, reason_rule):
    type(tenant).objects.filter(pk=tenant.pk).update(reason_rule=reason_rule)


@pytest.mark.parametrize(("reason_rule", "asked"), [("off", False), ("optional", True), ("mandatory", True)])
def test_the_tenant_says_whether_a_reason_is_asked_for(olivias, tenant_a, reason_rule, asked):
    rule(tenant_a, reason_rule)
    anna = make_customer(tenant_a)

    for response in (olivias.get(page(Customer, "delete", anna.pk)), ask(olivias, anna)):
        assert (b'name="reason"' in response.content) is asked
        assert (b'aria-required="true"' in response.content) is (reason_rule == "mandatory")


@pytest.mark.parametrize(("reason_rule", "gone"), [("off", True), ("optional", True), ("mandatory", False)])
@pytest.mark.parametrize("reason", [{}, {"reason": ""}, {"reason": " \t "}])
def test_the_server_insists_on_a_mandatory_reason(olivias, tenant_a, reason_rule, gone, reason):
    rule(tenant_a, reason_rule)
    one, ticked, matching = (make_customer(tenant_a) for _ in range(3))
    base = {"tenant": tenant_a.pk, "expected": 1} | reason

    answers = [
        olivias.post(page(Customer, "delete", one.pk), base),
        olivias.post(page(Customer, "delete_selected"), base | {"chosen": str(ticked.pk)}),
        olivias.post(f"{page(Customer, 'delete_selected')}?id={matching.pk}", base),
    ]

    assert live(tenant_a) == (set() if gone else {one.pk, ticked.pk, matching.pk})
    for answer in [] if gone else answers:
        text = answer.content.decode()
        assert answer.context_data["form"].errors == {"reason": ["Say why: deleting needs a reason here."]}
        assert 'id="id_reason_error" role="alert">Say why: deleting needs a reason here.</p>' in text
        assert 'aria-describedby="id_reason_helptext id_reason_error"' in text


def test_reasons_that_were_given_lately_are_suggested(olivias, tenant_a, tenant_b, actor):
    put_in_bin(make_customer(tenant_a), actor=actor, reason='Said "twice" & moved')
    put_in_bin(make_customer(tenant_b), actor=owner_of(tenant_b), reason="Foreign")
    anna = make_customer(tenant_a)

    text = olivias.get(page(Customer, "delete", anna.pk)).content.decode()

    assert 'list="recent-reasons"' in text
    assert text.count("<option value=") == 1
    assert '<option value="Said &quot;twice&quot; &amp; moved"></option>' in text


@pytest.mark.parametrize("number", [1, 101, 10_000])
def test_all_that_match_go_by_the_same_few_statements(olivias, tenant_a, tenant_b, number, django_assert_num_queries):
    in_bulk(tenant_a, number)
    foreign = make_customer(tenant_b)

    # session, account, access; count, keys and rows of the list's page; the choice; two for customers, one each for
    # addresses and prices, of which there are none; the other tenants for the menu; recent reasons
    with django_assert_num_queries(13):
        asked = ask(olivias)
    fields = sent(asked, reason="Wrong import")
    # As above up to the choice; savepoint (2), history context, choose, lock three tables, insert deletions, update
    # customers; of a thousand and more PostgreSQL is told
    with django_assert_num_queries(16 + (number >= 1000)):
        olivias.post(asked.context_data["form_address"], fields)

    assert (fields["expected"], fields["chosen"]) == (number, "")
    own = asked.context_data["own"]
    assert (own.count, own.more, len(own.names)) == (min(number, 1000), number > 1000, min(number, 5))
    assert f"Delete all {number:,} customer" in asked.content.decode()
    assert live(tenant_a) == set()
    assert row(foreign)["deletion_id"] is None
    assert Deletion.objects.filter(reason="Wrong import").count() == number
    assert Deletion.objects.values("operation").distinct().count() == 1


def test_what_goes_along_is_counted_to_a_cap(olivias, tenant_a):
    anna = make_customer(tenant_a)
    for _ in range(3):
        make_address(anna)
    type(anna.addresses.first()).everything.bulk_create(
        type(anna.addresses.first())(tenant=tenant_a, customer=anna, type="home", city="Winterdorp") for _ in range(998)
    )

    text = olivias.get(page(Customer, "delete", anna.pk)).content.decode()

    assert "more than 1,000 addresses" in text
    assert text.count("Winterdorp</li>") == 5


def test_a_page_and_one_more_are_all_deleted(olivias, tenant_a):
    """51 rows: one more than a page of the list holds, so no tick of the page can name the last."""
    in_bulk(tenant_a, 51)

    done = confirm(olivias, ask(olivias))

    assert texts(done) == ["51 customers are in the recycle bin."]
    assert live(tenant_a) == set()


@pytest.mark.parametrize(
    ("before", "change", "told"),
    [
        (3, "more", "2 more records match by now than you were shown."),
        (3, "fewer", "1 record fewer matches by now than you were shown."),
        (3, "others", "As many records match as you were shown, but not the same ones."),
    ],
)
@pytest.mark.parametrize("at_once", [10_000, 1])
def test_what_changed_since_the_page_is_told_first(
    olivias, tenant_a, actor, monkeypatch, before, change, told, at_once
):
    """Also for a job: with a limit of one record these are too many for a request."""
    monkeypatch.setattr(chosen_rows, "AT_ONCE", at_once)
    made = [make_customer(tenant_a) for _ in range(before)]
    asked = ask(olivias)
    if change != "more":
        put_in_bin(made[0], actor=actor)
    for _ in range({"more": 2, "fewer": 0, "others": 1}[change]):
        make_customer(tenant_a)
    left = live(tenant_a)

    again = confirm(olivias, asked, reason="Wrong import")

    assert texts(again) == [f"{told} Nothing was deleted: look again, then decide."]
    assert live(tenant_a) == left
    fields = sent(again)
    assert (fields["expected"], fields["reason"]) == (len(left), "Wrong import")
    if at_once > 1:
        confirm(olivias, again)
        assert live(tenant_a) == set()


def test_of_those_ticked_fewer_may_be_left(olivias, tenant_a, actor):
    one, two, three = (make_customer(tenant_a) for _ in range(3))
    asked = ask(olivias, one, two)
    put_in_bin(one, actor=actor)

    done = confirm(olivias, asked)

    assert texts(done) == [f"{two.label} is in the recycle bin; 1 had gone before."]
    assert live(tenant_a) == {three.pk}


def test_when_all_are_gone_there_is_nothing_to_delete(olivias, tenant_a, actor):
    anna = make_customer(tenant_a)
    asked = ask(olivias, anna)
    put_in_bin(anna, actor=actor)

    done = confirm(olivias, asked)

    assert "There is nothing to delete here any more." in done.content.decode()
    assert 'type="submit"' not in done.content.decode().split('id="delete-form"')[1].split("</form>")[0]


def test_a_record_that_changed_since_the_page_is_shown_again(olivias, tenant_a):
    anna = make_customer(tenant_a, first_name="Anna", last_name="Berg", version=4)
    asked = olivias.get(page(Customer, "delete", anna.pk))
    Customer.objects.filter(pk=anna.pk).update(version=5, last_name="Bergsma")

    again = confirm(olivias, asked, reason="Twice")

    told = "This customer was changed after you opened the page. Nothing was deleted: look again, then decide."
    assert texts(again) == [told]
    assert "Anna Bergsma" in again.content.decode()
    assert live(tenant_a) == {anna.pk}
    fields = sent(again)
    assert (fields["version"], fields["reason"]) == (5, "Twice")
    assert texts(confirm(olivias, again)) == ["Anna Bergsma is in the recycle bin."]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_record_that_is_in_the_bin_already_leads_there(olivias, tenant_a, actor, method):
    anna = make_customer(tenant_a)
    deletion = put_in_bin(anna, actor=actor)

    answer = getattr(olivias, method)(page(Customer, "delete", anna.pk), {}, follow=True)

    assert answer.redirect_chain == [(page(Deletion, "change", deletion.pk), 302)]
    assert texts(answer) == ["This customer is in the recycle bin: Olivia deleted it just now."]
    assert Deletion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("several", [False, True])
def test_of_two_people_who_delete_at_once_the_second_is_told(olivias, tenant_a, actor, several):
    anna = make_customer(tenant_a)
    asked = ask(olivias, anna) if several else olivias.get(page(Customer, "delete", anna.pk))

    with transaction.atomic():
        deletion = delete(roots=Customer.objects.filter(pk=anna.pk), actor=actor).deletions[0]
        second = Meanwhile(lambda: confirm(olivias, asked))
        second.wait_until_blocked()
    answer = second.result()

    assert row(anna)["deletion_id"] == deletion.pk
    assert Deletion.objects.count() == 1
    if several:
        assert "There is nothing to delete here any more." in answer.content.decode()
    else:
        assert "Olivia deleted it" in texts(answer)[0]


def test_a_selection_of_others_is_not_taken_from_hidden_fields(olivias, tenant_a, tenant_b):
    foreign, ours = make_customer(tenant_b), make_customer(tenant_a)
    asked = ask(olivias, ours)

    confirm(olivias, asked, chosen=f"{foreign.pk}", expected=1, mark="")

    assert (live(tenant_a), live(tenant_b)) == ({ours.pk}, {foreign.pk})


def test_after_a_deletion_the_list_keeps_its_filter(olivias, tenant_a):
    ours = make_customer(tenant_a)

    done = confirm(olivias, ask(olivias, ours, query="?o=1"))

    assert done.redirect_chain == [(f"{LIST}?o=1", 302)]
    assert shown(done) == []
