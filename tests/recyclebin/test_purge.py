"""The verb that deletes for good: what goes, what stays, who may, and what it costs."""

import uuid

import pytest
from django.db import connection
from django.db.models import Max
from django.test.utils import CaptureQueriesContext

from addresses.models import Address
from customers.models import Customer
from recyclebin import purging
from recyclebin.errors import ReasonNotText, ReasonTooLong
from recyclebin.models import Deletion, State, Tombstone
from recyclebin.policies import type_name
from recyclebin.purging import purge, resume, unfinished
from recyclebin.verbs import delete, restore
from tenants.actors import Actor, staff_actor
from tenants.choices import Origin
from tenants.errors import PermissionDenied
from tests.factories import (
    make_address,
    make_company,
    make_contact,
    make_customer,
    make_keyed,
    make_price,
    make_record,
    make_usergroup,
    put_in_bin,
    row,
    rows,
)
from tests.recyclebin.declared import ALONG, MODELS, below, every_along, every_keep, every_model

pytestmark = pytest.mark.django_db


def stored():
    """All rows of all record tables."""
    return {type_name(model): rows(model) for model in MODELS}


def families(model, tenant, number):
    """So many records with two of everything that goes along, deleted; the ids of their deletions."""
    made = [make_keyed(model, tenant) for _ in range(number)]
    for link in ALONG:
        for record in made if link.owner is model else ():
            below(link, record), below(link, record)
    return [put_in_bin(record).pk for record in made]


@every_model
def test_everything_of_the_deletion_goes_and_nothing_else(model, tenant_a, tenant_b, actor):
    make_keyed(model, tenant_a), make_keyed(model, tenant_b)
    families(model, tenant_b, 1), families(model, tenant_a, 1)
    before = stored()
    deletions = families(model, tenant_a, 2)
    # Making a record may have made the owner that it hangs below.
    made = {name: {pk for pk in found if pk not in before[name]} for name, found in stored().items()}
    gone = {
        type_name(kind): set(kind.everything.filter(deletion__in=deletions).values_list("pk", flat=True))
        for kind in MODELS
    }

    result = purge(deletions=deletions, actor=actor, reason="asked to")

    assert result.purged == tuple(sorted(deletions))
    assert result.not_purged == ()
    assert result.counts == {name: len(ids) for name, ids in gone.items() if ids}
    assert {name: set(found) - set(before[name]) for name, found in stored().items()} == {
        name: ids - gone[name] for name, ids in made.items()
    }
    assert {name: {pk: found[pk] for pk in before[name]} for name, found in stored().items()} == before


@every_along
def test_what_lies_below_under_a_deletion_of_its_own_goes_too_and_that_deletion_ends(link, tenant_a, actor):
    owner = make_keyed(link.owner, tenant_a)
    earlier, later = below(link, owner), below(link, owner)
    own, whole = put_in_bin(earlier), put_in_bin(owner)

    result = purge(deletions=[whole.pk], actor=actor)

    assert (result.purged, result.total) == ((whole.pk,), 3)
    assert not link.model.everything.filter(pk__in=[earlier.pk, later.pk]).exists()
    own.refresh_from_db()
    assert (own.state, own.label, own.purged_by) == (State.PURGED, "", "Olivia")


def test_two_levels_below(tenant_a, actor):
    company = make_company(tenant_a)
    contact = make_contact(tenant_a, company=company)
    price = put_in_bin(make_price(contact))
    contact_deletion, whole = put_in_bin(contact), put_in_bin(company)

    assert purge(deletions=[whole.pk], actor=actor).total == 3

    states = Deletion.objects.filter(pk__in=[price.pk, contact_deletion.pk, whole.pk]).values_list("state", flat=True)
    assert list(states) == ["purged"] * 3


@every_along
def test_an_owner_stays_when_only_what_hangs_below_it_goes(link, tenant_a, actor):
    owner = make_keyed(link.owner, tenant_a)
    child, other = below(link, owner), below(link, owner)
    deletion = put_in_bin(child)
    before = row(owner), row(other)

    assert purge(deletions=[deletion.pk], actor=actor).total == 1

    assert (row(owner), row(other)) == before


@every_keep
def test_links_that_keep_become_null_as_one_recorded_change(link, tenant_a, tenant_b, actor):
    parent, other = make_keyed(link.owner, tenant_a), make_keyed(link.owner, tenant_a)
    live, binned = below(link, parent), below(link, parent)
    elsewhere, stranger = below(link, other), below(link, make_keyed(link.owner, tenant_b))
    deletion_of_binned, deletion = put_in_bin(binned), put_in_bin(parent)
    before = {record.pk: row(record) for record in (live, binned, elsewhere, stranger)}
    last = link.model.pgh_event_model.objects.aggregate(Max("pgh_id"))["pgh_id__max"]

    result = purge(deletions=[deletion.pk], actor=actor)

    changed = row(live)
    moved = changed.pop("modified_at"), changed.pop("version")
    kept = {**before[live.pk], link.column: None}
    assert moved[0] > kept.pop("modified_at")
    assert moved[1] == kept.pop("version") + 1
    assert changed == kept
    # What is in the bin comes back with the version that it had.
    assert row(binned) == {**before[binned.pk], link.column: None}
    assert (row(elsewhere), row(stranger)) == (before[elsewhere.pk], before[stranger.pk])
    events = link.model.pgh_event_model.objects.filter(pgh_id__gt=last, pgh_obj__in=[live.pk, binned.pk])
    told = events.order_by("pgh_obj").values_list("pgh_obj", "pgh_label", "pgh_context", "pgh_context__metadata__actor")
    assert list(told) == [(record.pk, "update", result.operation, "Olivia") for record in (live, binned)]
    assert restore(deletions=[deletion_of_binned.pk], actor=actor).total == 1


def test_links_of_many_are_cut_in_chunks(tenant_a, actor):
    group = make_usergroup(tenant_a)
    members = [make_customer(tenant_a, usergroup=group) for _ in range(5)]
    child = make_usergroup(tenant_a, parent=group)
    deletion = put_in_bin(group)

    purge(deletions=[deletion.pk], actor=actor, rows=2)

    assert [row(member)["usergroup_id"] for member in members] == [None] * 5
    assert [row(member)["version"] for member in members] == [2] * 5
    assert row(child)["parent_id"] is None


def test_what_goes_together_is_not_changed_on_the_way(tenant_a, actor):
    group = make_usergroup(tenant_a)
    member = make_customer(tenant_a, usergroup=group)
    deletions = [put_in_bin(member).pk, put_in_bin(group).pk]

    purge(deletions=deletions, actor=actor)

    events = Customer.pgh_event_model.objects.filter(pgh_obj=member.pk).order_by("pgh_id")
    assert list(events.values_list("pgh_label", flat=True)) == ["insert", "update", "delete"]


def test_groups_of_groups_in_one_purge(tenant_a, actor):
    top = make_usergroup(tenant_a)
    middle = make_usergroup(tenant_a, parent=top)
    deletions = [put_in_bin(group).pk for group in (make_usergroup(tenant_a, parent=middle), middle, top)]

    assert purge(deletions=deletions, actor=actor, rows=1).total == 3


def test_what_is_said_about_a_purged_deletion(tenant_a, actor):
    customer = make_customer(tenant_a, source="ERP", source_id="KL-42")
    deletion = put_in_bin(customer, actor=actor, reason="Robin asked us to")

    result = purge(deletions=[deletion.pk], actor=actor, reason=" a request of 3 May ")

    before = {field: getattr(deletion, field) for field in ("operation", "actor", "origin", "deleted_at", "counts")}
    deletion.refresh_from_db()
    assert {field: getattr(deletion, field) for field in before} == before
    blank = ("label", "reason", "root_source", "root_source_id")
    assert [getattr(deletion, field) for field in blank] == ["", "", "", ""]
    assert (deletion.state, deletion.root_id, deletion.root_type) == ("purged", customer.pk, "customers.customer")
    assert (deletion.purged_by, deletion.purge_reason, deletion.purge_origin) == (
        "Olivia",
        "a request of 3 May",
        "admin",
    )
    assert deletion.purge_operation == result.operation
    assert deletion.purged_at > deletion.deleted_at


def test_what_cannot_be_purged_is_told_and_stops_nothing(tenant_a, tenant_b, actor):
    back, gone, good = (put_in_bin(make_customer(tenant_a)) for _ in range(3))
    foreign, unknown = put_in_bin(make_customer(tenant_b)), uuid.uuid4()
    restore(deletions=[back.pk], actor=actor)
    purge(deletions=[gone.pk], actor=actor)

    result = purge(deletions=[back.pk, gone.pk, good.pk, good.pk, foreign.pk, unknown], actor=actor)

    assert result.purged == (good.pk,)
    assert {told.deletion: (told.label, told.reason) for told in result.not_purged} == {
        back.pk: (back.label, "It was restored before."),
        gone.pk: ("", "It was deleted permanently before."),
        foreign.pk: ("", "There is no such deletion."),
        unknown: ("", "There is no such deletion."),
    }
    foreign.refresh_from_db()
    assert foreign.state == "binned"


def test_a_queryset_of_deletions(tenant_a, actor):
    families(Customer, tenant_a, 3)

    assert len(purge(deletions=Deletion.objects.binned(), actor=actor).purged) == 3
    assert purge(deletions=Deletion.objects.binned(), actor=actor).purged == ()


@pytest.mark.parametrize(("name", "may"), [("olivia", True), ("eddie", False), ("vera", False), ("tom", False)])
def test_only_owners_purge(name, may, tenant_a, cast):
    deletion = put_in_bin(make_customer(tenant_a))
    actor = staff_actor(cast[name], tenant_a)

    if may:
        assert purge(deletions=[deletion.pk], actor=actor).purged == (deletion.pk,)
        return
    with pytest.raises(PermissionDenied, match="purge"):
        purge(deletions=[deletion.pk], actor=actor)
    deletion.refresh_from_db()
    assert deletion.state == "binned"


def test_whoever_may_only_look_after_the_bin_may_not_purge(tenant_a, actor):
    deletion = put_in_bin(make_customer(tenant_a))
    lesser = Actor(tenant=tenant_a, label="x", origin=Origin.ADMIN, permissions=actor.permissions - {"purge"})

    with pytest.raises(PermissionDenied):
        purge(deletions=[deletion.pk], actor=lesser)


@pytest.mark.parametrize(("reason", "error"), [("x" * 501, ReasonTooLong), ("a\x00b", ReasonNotText)])
def test_a_reason_that_is_none(reason, error, tenant_a, actor):
    deletion = put_in_bin(make_customer(tenant_a))

    with pytest.raises(error):
        purge(deletions=[deletion.pk], actor=actor, reason=reason)
    deletion.refresh_from_db()
    assert deletion.state == "binned"


def test_a_purge_that_began_is_gone_on_with(tenant_a, tenant_b, actor, olivia):
    first, second = families(Customer, tenant_a, 2)
    steps = purging.purging(deletions=[first, second], actor=actor, reason="by request", rows=2)
    next(steps), next(steps)
    steps.close()
    assert Deletion.objects.filter(state="purging").count() == 2
    failed = restore(deletions=[first], actor=actor).failed
    assert [refused.reason for refused in failed] == [
        "It is being deleted permanently and cannot be restored any more."
    ]
    assert unfinished(tenant_b) == []

    (begun,) = unfinished()
    done = list(resume(begun, rows=2))

    assert sum(step.total for step in done) == 8
    assert unfinished() == []
    deletions = Deletion.objects.filter(pk__in=[first, second])
    assert set(deletions.values_list("state", "purged_by", "purge_reason", "purge_origin")) == {
        ("purged", "Olivia", "by request", "admin")
    }
    events = Address.pgh_event_model.objects.filter(pgh_label="delete")
    assert set(events.values_list("pgh_context__metadata__actor", flat=True)) == {"Olivia"}
    assert Tombstone.objects.count() == 10


def test_a_key_is_free_again(tenant_a, actor):
    customer = make_customer(tenant_a, source="ERP", source_id="KL-42")
    purge(deletions=[put_in_bin(customer).pk], actor=actor)

    again = make_customer(tenant_a, source="ERP", source_id="KL-42")

    assert again.pk != customer.pk
    assert purge(deletions=[put_in_bin(again).pk], actor=actor).total == 1


def chunks(deletions, actor, **arguments):
    """The number of statements of each transaction of a purge, and what it did."""
    numbers, steps = [], []
    walk = purging.purging(deletions=deletions, actor=actor, **arguments)
    while True:
        with CaptureQueriesContext(connection) as captured:
            step = next(walk, None)
        if step is None:
            return numbers, steps
        numbers.append(len(captured))
        steps.append(step)


@every_model
def test_the_number_of_statements_is_the_same_for_few_and_many(model, tenant_a, actor):
    few, one = chunks(families(model, tenant_a, 1), actor)
    many, thirty = chunks(families(model, tenant_a, 30), actor)

    assert many == few
    assert sum(step.total for step in thirty) == 30 * sum(step.total for step in one)


def test_no_chunk_costs_more_than_another(tenant_a, actor):
    numbers, steps = chunks(families(Customer, tenant_a, 12), actor, rows=10)

    assert [step.total for step in steps[1:]] == [10, 10, 10, 10, 10, 10, 0]
    by_tables: dict[tuple[str, ...], set[int]] = {}
    for number, step in list(zip(numbers, steps, strict=True))[2:-1]:
        by_tables.setdefault(tuple(step.counts), set()).add(number)
    assert {tables: len(found) for tables, found in by_tables.items()} == dict.fromkeys(by_tables, 1)


def test_statements_for_links_that_are_cut(tenant_a, actor):
    def groups(number):
        group = make_usergroup(tenant_a)
        for _ in range(number):
            make_customer(tenant_a, usergroup=group)
        return [put_in_bin(group).pk]

    assert chunks(groups(1), actor)[0] == chunks(groups(30), actor)[0]


def test_records_of_another_tenant_with_the_same_key_stay(tenant_a, tenant_b, actor):
    mine = make_record(Customer, tenant_a, source="ERP", source_id="K")
    other = make_record(Customer, tenant_b, source="ERP", source_id="K")
    make_address(other)
    before = stored()

    purge(deletions=[put_in_bin(mine).pk], actor=actor)

    before["customers.customer"].pop(mine.pk)
    assert stored() == before


def test_delete_takes_what_was_never_purged(tenant_a, actor):
    purge(deletions=families(Customer, tenant_a, 1), actor=actor)
    make_customer(tenant_a)

    assert len(delete(roots=Customer.objects.for_tenant(tenant_a), actor=actor).deletions) == 1
