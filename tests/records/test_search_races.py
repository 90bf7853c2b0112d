"""Searches beside everything that moves search text: what is found is what is stored, in every snapshot.

Each search compares, within one snapshot, what it finds with what the columns say. So a hit that is out of date shows,
and so does a change that is lost between the verb that appends it and the job that takes it in.
"""

import random
import threading
from collections import Counter

import pytest
from django.db import connection, transaction

from addresses.models import Address
from contacts.contracts import COMPANIES
from customers.contracts import CUSTOMERS
from records.models import SearchTextChange
from records.rebuilding import rebuild_search_text
from records.search import matching
from records.search_index import take_in
from records.writes import write
from recyclebin.errors import NothingLive
from recyclebin.models import Deletion
from recyclebin.verbs import delete, restore
from tests.records.search_texts import search_texts
from tests.records.sending import OWNERS, home, push, row
from tests.recyclebin.two_connections import Meanwhile
from users.contracts import USERGROUPS

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ("Alfa", "Bravo", "Charlie")
CITIES = ("Delft", "Ermelo", "Franeker")
KEYS = [f"K-{n}" for n in range(25)]

# What must be found, from the columns themselves.
TRUTH = """
SELECT id FROM {table} o WHERE tenant_id = %(tenant)s AND deletion_id IS NULL
   AND ({text} = %(word)s
        OR EXISTS (SELECT FROM addresses_address a
                    WHERE a.{field}_id = o.id AND deletion_id IS NULL AND city = %(word)s))
"""


def found_and_true(resource, tenant, word):
    """What a search finds and what it must find, in one snapshot."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        rows = matching(resource.model.objects.for_tenant(tenant), type=resource.type, tenant=tenant.pk, text=word)
        found = set(rows.values_list("pk", flat=True))
        text = "last_name" if resource is CUSTOMERS else "name"
        cursor.execute(
            TRUTH.format(table=resource.table, text=text, field=resource.address_field),
            {"tenant": tenant.pk, "word": word},
        )
        return found, {pk for (pk,) in cursor.fetchall()}


def name(resource, word):
    return {"last_name" if resource is CUSTOMERS else "name": word}


def push_some(dice, actor, resource):
    rows = [
        row(
            key,
            resource=resource,
            addresses=(home(dice.choice("ab"), city=dice.choice(CITIES)),) if dice.random() < 0.4 else (),
            parent=None,
            **name(resource, dice.choice(NAMES)),
        )
        for key in dice.sample(KEYS, 12)
    ]
    push(actor, *rows, resource=resource, chunk=dice.choice([4, 100]))


def bin_some(dice, actor, resource):
    if dice.random() < 0.5:
        ids = list(Address.objects.filter(tenant=actor.tenant).values_list("pk", flat=True))
        roots = Address.objects.filter(pk__in=dice.sample(ids, min(3, len(ids))))
    else:
        roots = resource.model.objects.for_tenant(actor.tenant).filter(source_id__in=dice.sample(KEYS, 2))
    try:
        delete(roots=roots, actor=actor)
    except NothingLive:
        return
    binned = list(Deletion.objects.binned().values_list("pk", flat=True))
    restore(deletions=dice.sample(binned, min(4, len(binned))), actor=actor, with_owners=True)


def test_what_is_found_is_what_is_stored(tenant_a, actor):
    resources = (CUSTOMERS, COMPANIES, USERGROUPS)
    for resource in resources:
        push(actor, *(row(key, resource=resource, **name(resource, "Alfa")) for key in KEYS), resource=resource)
    over = threading.Event()

    def until_over(act, seed):
        dice, count = random.Random(seed), 0
        while not over.is_set():
            act(dice, dice.choice(resources))
            count += 1
        return count

    writers = [
        lambda: until_over(lambda dice, resource: push_some(dice, actor, resource), 1),
        lambda: until_over(lambda dice, resource: bin_some(dice, actor, resource), 2),
        lambda: until_over(lambda dice, resource: list(rebuild_search_text(resource, chunk=5)), 3),
        lambda: until_over(lambda dice, resource: take_in(batch=dice.choice([3, 20_000])), 4),
    ]
    busy = [Meanwhile(work) for work in writers]
    told = Counter()
    try:
        dice = random.Random(5)
        for _ in range(150):
            resource, word = dice.choice(resources), dice.choice((*NAMES, *CITIES))
            found, true = found_and_true(resource, tenant_a, word)
            assert found == true
            told["found"] += len(found)
    finally:
        over.set()
        counts = [writer.result() for writer in busy]

    assert min(counts) > 2
    assert told["found"] > 100
    texts = search_texts().order_by("type", "record")
    before = list(texts.values())
    assert SearchTextChange.objects.count() == 0
    for resource in resources:
        list(rebuild_search_text(resource))
    assert list(search_texts().order_by("type", "record").values()) == before


def test_a_change_with_a_smaller_number_that_commits_late_is_taken_in_next(tenant_a, actor):
    """The number is given before the commit, so a change may appear below others that are taken in already."""
    with transaction.atomic():
        push(actor, row("K-0", last_name="Alfa"))
        later = Meanwhile(lambda: write(CUSTOMERS, {"last_name": "Bravo"}, actor=actor).id)
        bravo = later.result()
        assert Meanwhile(take_in).result() == 1
        (alfa,) = SearchTextChange.objects.values_list("record", flat=True)

    assert found_and_true(CUSTOMERS, tenant_a, "Alfa") == ({alfa}, {alfa})
    assert take_in() == 1
    assert found_and_true(CUSTOMERS, tenant_a, "Alfa") == ({alfa}, {alfa})
    assert found_and_true(CUSTOMERS, tenant_a, "Bravo") == ({bravo}, {bravo})


def test_of_two_who_take_in_one_does(tenant_a, actor):
    push(actor, row("K-0", last_name="Alfa"))

    with transaction.atomic():
        assert take_in() == 1
        assert Meanwhile(take_in).result() == 0


def test_a_rebuild_waits_for_a_writer_and_reads_what_it_wrote(tenant_a, actor):
    pk = push(actor, row("K-0", last_name="Alfa", addresses=(home(city="Delft"),)))[0].id

    with transaction.atomic():
        push(actor, row("K-0", last_name="Bravo", addresses=(home(city="Ermelo"),)))
        rebuilding = Meanwhile(lambda: list(rebuild_search_text(CUSTOMERS)))
        rebuilding.wait_until_blocked()

    assert rebuilding.result() == [1]
    text = search_texts().get(record=pk)
    assert (text.last_name, text.city) == ("bravo", "ermelo")


@pytest.mark.parametrize("resource", OWNERS, ids=lambda resource: resource.name)
def test_addresses_that_go_and_come_at_once_leave_a_text_of_those_that_are_left(tenant_a, actor, resource):
    """Each verb works the text of the owner out from all addresses, so it has to see what the one before it did."""
    cities = ("Delft", "Ermelo", "Franeker", "Goor")
    addresses = tuple(home(city, city=city) for city in cities)
    push(actor, row("K-0", resource=resource, addresses=addresses), resource=resource)

    def text():
        return search_texts().get(type=resource.type).city

    def drop(city):
        return delete(roots=Address.objects.filter(city=city), actor=actor).deletions[0].pk

    def at_once(first, *others):
        with transaction.atomic():
            told = [first()]
            waiting = [Meanwhile(other) for other in others]
            for other in waiting:
                other.wait_until_blocked()
        return told + [other.result() for other in waiting]

    delft, ermelo = at_once(lambda: drop("Delft"), lambda: drop("Ermelo"))
    assert text() == "franeker goor"

    at_once(lambda: restore(deletions=[delft], actor=actor), lambda: drop("Goor"))
    assert text() == "delft franeker"

    moved = row("K-0", resource=resource, addresses=(home("Franeker", city="Hoorn"),))
    at_once(
        lambda: drop("Delft"),
        lambda: push(actor, moved, resource=resource),
        lambda: restore(deletions=[ermelo], actor=actor),
    )
    assert text() == "ermelo hoorn"
