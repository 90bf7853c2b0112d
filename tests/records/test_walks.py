"""Walks in orders in which records move: who lives throughout is given once, whatever happens meanwhile."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.models import Customer
from records import walks
from recyclebin.verbs import restore
from tenants.models import Tenant
from tests.api.caller import make_caller
from tests.factories import make_customer, make_tenant, owner_of, put_in_bin

NAMES = ("", "Ada", "ada", "Berg", "Zoë", "Å")
ORDERS = ("lastName", "-lastName", "dateModified", "-dateModified", "id", "-id", "dateCreated", "-dateCreated")
CHANGE = "UPDATE customers_customer SET {}, version = version + 1, modified_at = statement_timestamp() WHERE id = %s"


class World:
    """Customers, what is done to them, and several connections that do it: some of them commit late."""

    def __init__(self, seed: int, stack: ExitStack) -> None:
        self.chance = random.Random(seed)
        self.tenant = make_tenant()
        self.other = make_tenant()
        self.caller = make_caller(self.tenant)
        self.actor = owner_of(self.tenant)
        self.born = {self._make().pk for _ in range(self.chance.randrange(1, 14))}
        self.throughout: set[int] = set()
        self.stack = stack
        self.late: list[tuple[Any, set[int]]] = []
        make_customer(self.other, last_name="Berg")
        for _ in range(self.chance.choice((0, 2, 6))):
            self.act()
        self.throughout = set(self.born)

    def _make(self, tenant: Tenant | None = None) -> Customer:
        return make_customer(tenant or self.tenant, last_name=self.chance.choice(NAMES))

    def act(self) -> None:
        """Something happens, in a transaction of its own or in one that commits later."""
        held = {pk for _, locked in self.late for pk in locked}
        free = sorted(self.born - held)
        what = self.chance.randrange(11)
        if what == 0:
            self.born.add(self._make().pk)
        elif what == 1:
            self._make(self.other)
        elif what == 2 and free:
            self._bin_and_bring_back(self.chance.choice(free), back=self.chance.random() < 0.5)
        elif what <= 5 and free:
            self._change(connection, self.chance.choice(free))
        elif what <= 8 and free and len(self.late) < 3:
            self._change_late(self.chance.sample(free, min(len(free), self.chance.randrange(1, 4))))
        elif self.late:
            self._commit(self.late.pop(self.chance.randrange(len(self.late))))

    def _change(self, using: Any, pk: int) -> None:
        """A change of the name, which may be what it was, or of something else."""
        with using.cursor() as cursor:
            if self.chance.random() < 0.7:
                cursor.execute(CHANGE.format("last_name = %s"), [self.chance.choice(NAMES), pk])
            else:
                cursor.execute(CHANGE.format("title = %s"), [str(self.chance.random()), pk])

    def _change_late(self, pks: list[int]) -> None:
        """Changes that nobody sees for a while, in a savepoint or not."""
        opened: Any = connection.copy()
        self.stack.callback(opened.close)
        opened.set_autocommit(False)
        if self.chance.random() < 0.5:
            opened.savepoint()
        for pk in pks:
            self._change(opened, pk)
        self.late.append((opened, set(pks)))

    def _commit(self, late: tuple[Any, set[int]]) -> None:
        opened, _ = late
        opened.rollback() if self.chance.random() < 0.2 else opened.commit()
        opened.close()

    def _bin_and_bring_back(self, pk: int, *, back: bool) -> None:
        self.throughout.discard(pk)
        deletion = put_in_bin(Customer.objects.get(pk=pk), actor=self.actor)
        if back:
            restore(deletions=type(deletion).objects.filter(pk=deletion.pk), actor=self.actor)
        else:
            self.born.discard(pk)

    def walk(self, order: str) -> Iterator[int]:
        """Every record that a walk gives, with things happening before each page but the first."""
        size, cursor = self.chance.randrange(1, 5), ""
        for _ in range(300):
            reply = self.caller.get(f"/customers?sort={order}&offset={size}&cursor={cursor}")
            assert reply.status == 200
            assert len(reply.data) <= size
            yield from (record["id"] for record in reply.data)
            cursor = reply.body["next"]
            if cursor is None:
                return
            for _ in range(self.chance.choice((0, 0, 1, 2, 5, 9))):
                self.act()
            if self.chance.random() < 0.1:
                while self.late:
                    self._commit(self.late.pop())
        raise AssertionError("The walk does not end.")


def given_by(order: str, seed: int, tight: bool, patch: pytest.MonkeyPatch) -> None:
    """Walk through a world, and compare what was given with what there was."""
    if tight:
        # A handful of changes is a storm then, and a few that departed a desert.
        patch.setattr(walks, "EVENTS", 3)
        patch.setattr(walks, "ROWS", 2)
    with ExitStack() as stack:
        world = World(seed, stack)
        given_out = Counter(world.walk(order))
    assert [pk for pk in world.throughout if given_out[pk] != 1] == []
    assert [pk for pk, times in given_out.items() if times > 1] == []
    theirs = Customer.objects.for_tenant(world.other).values_list("pk", flat=True)
    assert set(theirs).isdisjoint(given_out)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", ORDERS[:4])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), tight=st.booleans())
def test_every_record_that_lives_throughout_is_given_once(order: str, seed: int, tight: bool):
    with pytest.MonkeyPatch.context() as patch:
        given_by(order, seed, tight, patch)


@pytest.mark.django_db(transaction=True)
@settings(max_examples=15, deadline=None)
@given(order=st.sampled_from(ORDERS[4:]), seed=st.integers(0, 2**32))
def test_where_nothing_moves_too(order: str, seed: int):
    with pytest.MonkeyPatch.context() as patch:
        given_by(order, seed, tight=False, patch=patch)
