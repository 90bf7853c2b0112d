"""Checklists 17 and 23: several writers on the addresses of one owner, and against the recycle bin.

However they interleave: one default for each owner and type, every code once, nothing live below an owner in the bin,
and nobody waits for ever.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from addresses.models import Address
from recyclebin.errors import NothingLive
from recyclebin.verbs import delete, restore
from tenants.actors import Actor
from tests.api.caller import Caller, Reply, make_caller
from tests.contract.lookup.below import ABSENT, BINNED, EXISTS, HOME, STALE, Below, below
from tests.contract.lookup.served import Served
from tests.factories import make_tenant, owner_of
from tests.records.search_texts import search_texts
from tests.recyclebin.two_connections import Meanwhile

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 4


def deadlocks() -> int:
    """How many transactions PostgreSQL has ended in this database to break a circle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


@pytest.fixture(autouse=True)
def nobody_was_ended() -> Iterator[None]:
    before = deadlocks()
    yield
    assert deadlocks() == before


@pytest.fixture
def shared(owning: Served) -> Below:
    """The addresses of one owner of a tenant that nobody else works in."""
    caller = make_caller(make_tenant("a"))
    return new_owner(caller, owning, "KL-42")


@pytest.fixture
def actor(shared: Below) -> Actor:
    return owner_of(shared.owner.tenant)


def new_owner(caller: Caller, served: Served, key: str) -> Below:
    made = caller.post(f"/{served.name}", {"source": "ERP", "sourceId": key})
    return below(caller, served, served.model.objects.get(pk=made.data["id"]))


def all_of(work: Callable[[int], Any], count: int = WRITERS) -> list[Any]:
    """What each of several writers returned, who worked at the same time."""
    return [writer.result() for writer in [Meanwhile(lambda seed=seed: work(seed)) for seed in range(count)]]


def check(book: Below) -> None:
    """One default for each type that has a live address, every code once, the owner's version and text up to date."""
    live = [values for values in book.stored.values() if values["deletion_id"] is None]
    defaults = Counter(values["type"] for values in live if values["is_default"])
    assert defaults == dict.fromkeys({values["type"] for values in live}, 1)
    codes = Counter((values["type"], values["code"]) for values in book.stored.values() if values["code"])
    assert set(codes.values()) <= {1}
    model = type(book.owner)
    events = model.pgh_event_model.objects.filter(pgh_obj_id=book.owner.pk)  # type: ignore[attr-defined]
    owner = model.everything.get(pk=book.owner.pk)
    # Going to the bin and coming back are events, and no versions.
    assert owner.version == len(set(events.values_list("version", flat=True)))
    text = search_texts().get(type=model._meta.model_name, record=owner.pk)
    assert text.city == " ".join(sorted({values["city"].lower() for values in live}))


def test_the_same_code_is_created_once(shared: Below):
    replies = all_of(lambda seed: shared.add(code="A", city=f"Stad{seed}"), 6)

    assert Counter(reply.status for reply in replies) == {201: 1, 400: 5}
    assert {reply.code for reply in replies if reply.status == 400} == {EXISTS}
    assert len(shared.stored) == 1
    check(shared)


def test_everybody_makes_the_default(shared: Below):
    def work(seed: int) -> list[int]:
        mine = [shared.added(type=kind, isDefault="Y") for kind in ("home", "invoice")]
        return [shared.patch(pk, {"isDefault": "Y"}).status for _ in range(3) for pk in mine]

    assert all_of(work) == [[200] * 6] * WRITERS

    assert len(shared.stored) == 2 * WRITERS
    check(shared)


def test_of_two_who_saw_the_same_etag_one_is_told(shared: Below):
    made = shared.add()

    def work(seed: int) -> Reply:
        return shared.patch(made.data["id"], {"city": f"Stad{seed}"}, if_match=made.headers["ETag"])

    replies = all_of(work)

    assert Counter(reply.status for reply in replies) == {200: 1, 412: WRITERS - 1}
    assert {reply.code for reply in replies if reply.status == 412} == {STALE}
    check(shared)


def test_an_if_match_is_compared_again_once_the_owner_is_held(shared: Below):
    """The first writer has not committed when the second one reads, so both have seen the same version."""
    made = shared.add()
    pk, tag = made.data["id"], made.headers["ETag"]

    with transaction.atomic():
        assert shared.patch(pk, {"city": "Eerst"}, if_match=tag).status == 200
        patching = Meanwhile(lambda: shared.patch(pk, {"city": "Daarna"}, if_match=tag))
        patching.wait_until_blocked()
    deleting = Meanwhile(lambda: shared.delete(pk, if_match=tag))

    assert (patching.result().code, deleting.result().code) == (STALE, STALE)
    assert shared.told("city") == [("Eerst",)]
    with transaction.atomic():
        assert shared.patch(pk, {"city": "Derde"}).status == 200
        late = Meanwhile(lambda: shared.delete(pk, if_match=f'"{pk}-2"'))
        late.wait_until_blocked()
    assert late.result().code == STALE
    check(shared)


def test_bulks_patches_and_deletes_of_one_owner(shared: Below):
    codes = [f"C{number}" for number in range(12)]
    shared.bulk(*(HOME | {"code": code} for code in codes))
    ids = list(shared.stored)

    def work(seed: int) -> Counter[int]:
        dice, told = random.Random(seed), Counter[int]()
        for step in range(6):
            if seed % 2:
                rows = [
                    HOME | {"code": code, "city": f"Stad{step}", "isDefault": dice.choice(["Y", None])}
                    for code in dice.sample(codes, 8)
                ]
                told[shared.bulk(*rows).status] += 1
            elif dice.random() < 0.3:
                told[shared.delete(dice.choice(ids)).status] += 1
            else:
                told[shared.patch(dice.choice(ids), {"isDefault": "Y", "number": step}).status] += 1
        return told

    told = sum(all_of(work), Counter())

    assert set(told) <= {200, 404}
    assert told[200] >= 2 * 6
    check(shared)


def test_bulks_of_several_owners_in_several_orders(owning: Served, shared: Below):
    """Each request is about one owner; bulks of many owners and their addresses run beside them."""
    books = [shared, *(new_owner(shared.caller, owning, f"KL-{number}") for number in range(3))]
    keys = [book.owner.source_id for book in books]

    def work(seed: int) -> set[int]:
        dice, told = random.Random(seed), set()
        for _ in range(5):
            rows = [HOME | {"code": str(n), "city": f"Stad{seed}", "isDefault": "Y"} for n in range(5)]
            dice.shuffle(rows)
            if seed % 2:
                told.add(dice.choice(books).bulk(*rows).status)
            else:
                owners = [{"source": "ERP", "sourceId": key, "addresses": rows} for key in dice.sample(keys, 3)]
                told.add(shared.caller.bulk(owning.name, owners).status)
        return told

    assert all_of(work) == [{200}] * WRITERS

    for book in books:
        if book.stored:
            check(book)
    assert {len(book.stored) for book in books} <= {0, 5}


def test_an_address_added_while_its_owner_is_deleted(shared: Below, actor: Actor):
    pk = shared.added(code="A")
    writes = [
        lambda: shared.add(code="B"),
        lambda: shared.bulk(HOME | {"code": "C"}),
        lambda: shared.patch(pk, {"city": "Te laat"}),
        lambda: shared.delete(pk),
    ]
    for write in writes:
        before = shared.stored
        with transaction.atomic():
            (deletion,) = delete(roots=type(shared.owner).objects.filter(pk=shared.owner.pk), actor=actor).deletions
            late = Meanwhile(write)
            late.wait_until_blocked()

        assert late.result().code == shared.served.binned
        assert {pk: values | {"deletion_id": None} for pk, values in shared.stored.items()} == before
        restore(deletions=[deletion.pk], actor=actor)
    check(shared)


def test_an_address_added_just_before_its_owner_is_deleted(shared: Below, actor: Actor):
    with transaction.atomic():
        pk = shared.added()
        deleting = Meanwhile(lambda: delete(roots=type(shared.owner).objects.filter(pk=shared.owner.pk), actor=actor))
        deleting.wait_until_blocked()

    (deletion,) = deleting.result().deletions
    assert shared.stored[pk]["deletion_id"] == deletion.pk


def test_an_address_that_somebody_else_deletes_first(shared: Below):
    pk = shared.added()

    with transaction.atomic():
        assert shared.delete(pk).status == 200
        writes = [Meanwhile(work) for work in (lambda: shared.delete(pk), lambda: shared.patch(pk, {"city": "X"}))]
        for write in writes:
            write.wait_until_blocked()

    assert [write.result().code for write in writes] == [BINNED, BINNED]
    assert shared.get(pk + 1).code == ABSENT


def test_owners_that_come_and_go(shared: Below, actor: Actor):
    """Whoever adds to an owner that is in the bin at the moment is told so, and nothing lands below it."""
    shared.bulk(*(HOME | {"code": str(number)} for number in range(4)))
    ids = list(shared.stored)

    def work(seed: int) -> set[int]:
        dice, told = random.Random(seed), set()
        for step in range(8):
            if seed == 0:
                try:
                    gone = delete(roots=type(shared.owner).objects.filter(pk=shared.owner.pk), actor=actor)
                except NothingLive:
                    continue
                assert not Address.objects.filter(**{str(type(shared.owner)._meta.model_name): shared.owner}).exists()
                restore(deletions=[deletion.pk for deletion in gone.deletions], actor=actor)
            elif seed == 1:
                told.add(shared.bulk(*(HOME | {"code": str(n), "city": f"Stad{step}"} for n in range(6))).status)
            elif seed == 2:
                told.add(shared.patch(dice.choice(ids), {"isDefault": "Y"}).status)
            else:
                told.add(shared.add(isDefault="Y").status)
        return told

    told = set().union(*all_of(work))

    assert told <= {200, 201, 404, 405}
    check(shared)
