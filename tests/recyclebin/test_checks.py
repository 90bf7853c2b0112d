"""The system check of bin policies, and the graph that it reads: today's, and those of models made for a test."""

import pytest
from django.core import checks
from django.db import models
from django.test.utils import isolate_apps

from recyclebin.checks import check_graph, every_key_has_a_bin_policy
from recyclebin.models import Deletion
from recyclebin.policies import graph, graph_of, type_name
from tests.factories import FACTORIES


def binnable(name, **attributes):
    """A model with a key to a deletion, so one that holds records."""
    meta = type("Meta", (), {"app_label": "records"})
    fields = {"deletion": models.ForeignKey(Deletion, models.PROTECT, null=True, related_name="+")}
    return type(name, (models.Model,), {"__module__": __name__, "Meta": meta} | fields | attributes)


def plain(name, **attributes):
    meta = type("Meta", (), {"app_label": "records"})
    return type(name, (models.Model,), {"__module__": __name__, "Meta": meta} | attributes)


def key(to):
    return models.ForeignKey(to, models.PROTECT, null=True, related_name="+")


def found(*every):
    return [(message.id, message.msg) for message in check_graph(graph_of(every))]


def test_the_product_declares_every_policy():
    assert every_key_has_a_bin_policy(None) == []
    assert every_key_has_a_bin_policy in checks.registry.registry.get_checks()


def test_lock_order():
    """Design section 6. Whoever adds a type looks at this order, and at the other verbs that lock."""
    assert [type_name(model) for model in graph().models] == [
        "users.usergroup",
        "contacts.company",
        "customers.customer",
        "users.user",
        "contacts.contact",
        "addresses.address",
        "pricing.price",
    ]


def test_todays_links():
    assert {str(link): link.policy for link in graph().links} == {
        "addresses.Address.company": "along",
        "addresses.Address.customer": "along",
        "addresses.Address.user": "along",
        "addresses.Address.usergroup": "along",
        "contacts.Company.usergroup": "keep",
        "contacts.Contact.company": "along",
        "customers.Customer.usergroup": "keep",
        "pricing.Price.company": "along",
        "pricing.Price.contact": "along",
        "pricing.Price.customer": "along",
        "pricing.Price.user": "along",
        "pricing.Price.usergroup": "along",
        "users.User.usergroup": "keep",
        "users.Usergroup.parent": "keep",
    }


def test_every_record_type_has_a_factory():
    """Without one the parametrised tests of this folder could not run for it."""
    assert set(FACTORIES) == set(graph().models)


@isolate_apps("records")
def test_e001_a_key_without_policy():
    owner = binnable("Owner")
    child = binnable("Child", owner=key(owner))

    assert found(owner, child) == [
        ("recyclebin.E001", "records.Child.owner is a key to a record and has no bin policy.")
    ]


@isolate_apps("records")
def test_e001_a_table_that_holds_no_records_needs_a_policy_too():
    owner = binnable("Owner")

    assert [number for number, _ in found(owner, plain("Note", owner=key(owner)))] == ["recyclebin.E001"]
    assert found(owner, plain("Letter", owner=key(owner), bin_policies={"owner": "keep"})) == []


@isolate_apps("records")
def test_e001_a_hidden_table_of_links():
    """Trap 4: a binned link would go on linking, because there is no column to mark it with."""
    tag = binnable("Tag")
    tagged = binnable("Tagged", tags=models.ManyToManyField(tag, related_name="+"))

    assert {number for number, _ in found(tag, tagged, tagged.tags.through)} == {"recyclebin.E001"}


@isolate_apps("records")
@pytest.mark.parametrize("word", ["alone", "", "ALONG"])
def test_e002_a_policy_that_is_none(word):
    owner = binnable("Owner")
    child = binnable("Child", owner=key(owner), bin_policies={"owner": word})

    assert found(owner, child) == [
        ("recyclebin.E002", f"records.Child.owner has the bin policy {word!r}. There is no such policy.")
    ]


@isolate_apps("records")
def test_e002_along_without_a_deletion_to_go_to():
    owner = binnable("Owner")
    note = plain("Note", owner=key(owner), bin_policies={"owner": "along"})

    assert found(owner, note) == [
        (
            "recyclebin.E002",
            "records.Note.owner has the bin policy 'along'. Its table has no key to a deletion, so its rows cannot go"
            " to the bin.",
        )
    ]


@isolate_apps("records")
def test_e002_a_policy_for_no_key():
    owner = binnable("Owner")
    child = binnable("Child", owner=key(owner), bin_policies={"owner": "keep", "onwer": "along"})

    assert found(owner, child) == [
        ("recyclebin.E002", "records.Child.bin_policies names 'onwer', which is no foreign key to a record.")
    ]


@isolate_apps("records")
def test_e003_a_circle_of_keys_that_go_along():
    tree = binnable("Tree", parent=key("self"), bin_policies={"parent": "along"})
    first = binnable("First", bin_policies={"second": "along"})
    second = binnable("Second", first=key(first), bin_policies={"first": "along"})
    first.add_to_class("second", key(second))

    assert found(tree) == [("recyclebin.E003", "records.Tree.parent closes a circle of keys that go along.")]
    assert found(first, second) == [("recyclebin.E003", "records.Second.first closes a circle of keys that go along.")]


@isolate_apps("records")
def test_a_circle_with_a_link_that_keeps_is_fine():
    """A company may name its main contact although contacts belong to companies: owners still come first."""
    company = binnable("Firm", bin_policies={"main": "keep"})
    contact = binnable("Person", firm=key(company), bin_policies={"firm": "along"})
    company.add_to_class("main", key(contact))

    assert found(contact, company) == []
    assert graph_of([contact, company]).models == (company, contact)


@isolate_apps("records")
def test_what_a_deletion_reaches():
    top = binnable("Top")
    middle = binnable("Middle", top=key(top), bin_policies={"top": "along"})
    bottom = binnable("Bottom", middle=key(middle), bin_policies={"middle": "along"})
    aside = binnable("Aside", top=key(top), bin_policies={"top": "keep"})
    every = graph_of([bottom, aside, middle, top])

    assert [every.taken_by(roots) for roots in ([top], [middle], [aside], [bottom, middle])] == [
        (top, middle, bottom),
        (middle, bottom),
        (aside,),
        (middle, bottom),
    ]
