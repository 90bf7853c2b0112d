"""What may happen to records, done to the database and on paper alike: the acts of ``test_any_order``."""

import datetime
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from addresses.models import Address
from contacts.models import Company, Contact
from customers.models import Customer
from pricing.models import Price
from records.models import Record
from records.outcomes import Kind
from records.resources import resource_of
from records.writes import write
from recyclebin.errors import Blocked
from recyclebin.models import Deletion
from recyclebin.purging import purge
from recyclebin.verbs import delete, restore
from tests.factories import (
    make_address,
    make_company,
    make_contact,
    make_customer,
    make_price,
    make_tenant,
    make_user,
    make_usergroup,
    owner_of,
    row,
)
from tests.recyclebin.ledger import Key, Ledger
from users.models import User, Usergroup

TYPES: dict[str, type[Record]] = {
    "usergroup": Usergroup,
    "company": Company,
    "customer": Customer,
    "user": User,
    "contact": Contact,
    "address": Address,
    "price": Price,
}
MEMBERS = {"company": make_company, "customer": make_customer, "user": make_user}
ADDRESSED = ("usergroup", "company", "customer", "user")
PRICED = (*ADDRESSED, "contact")
NUMBERS = st.integers(0, 99)


class Acts(RuleBasedStateMachine):
    """A tenant of its own for each story, and the book on paper."""

    blocking: tuple[str, str] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.tenant = make_tenant()
        self.paper = Ledger(self.blocking)
        self.actor = owner_of(self.tenant)
        self.keys = 0

    def _live(self, *kinds: str) -> list[Key]:
        return sorted(key for key in self.paper.live if key[0] in kinds)

    def _record(self, key: Key) -> Any:
        return TYPES[key[0]].objects.get(pk=key[1])

    def _one(self, number: int, *kinds: str) -> Any:
        """One of the live records of these types, by a number; None when there is none."""
        found = self._live(*kinds)
        return self._record(found[number % len(found)]) if found else None

    def _write_down(self, record: Record) -> None:
        self.paper.live[str(record._meta.model_name), record.pk] = row(record)

    def _key(self, number: int) -> dict[str, str]:
        """A key that nobody had yet, or none."""
        self.keys += 1
        return {"source": "ERP", "source_id": f"K-{self.keys}"} if number % 3 else {}

    @initialize(ages=st.lists(st.integers(0, 3), min_size=2, max_size=4))
    def begin(self, ages: list[int]) -> None:
        """A company with a contact, and a customer with addresses of one type: most traps need some of these."""
        group = make_usergroup(self.tenant, **self._key(1))
        company = make_company(self.tenant, usergroup=group, **self._key(1))
        customer = make_customer(self.tenant, usergroup=group, **self._key(1))
        contact = make_contact(self.tenant, company=company, **self._key(1))
        for record in (group, company, customer, contact, make_price(contact)):
            self._write_down(record)
        for number, age in enumerate(ages):
            created = customer.created_at - datetime.timedelta(days=age)
            self._write_down(make_address(customer, is_default=number == 0, created_at=created))

    @rule(number=NUMBERS, kind=st.sampled_from([*TYPES, "address", "address"]), age=st.integers(0, 3))
    def create(self, number: int, kind: str, age: int) -> None:
        """One rule for all types: of the others there is one each, and lives should not consist of births."""
        if kind == "usergroup":
            parent = self._one(number, "usergroup") if number % 2 else None
            self._write_down(make_usergroup(self.tenant, parent=parent, **self._key(number)))
        elif kind in MEMBERS:
            group = self._one(number, "usergroup")
            self._write_down(MEMBERS[kind](self.tenant, usergroup=group, **self._key(number)))
        elif kind == "contact":
            self._write_down(make_contact(self.tenant, company=self._one(number, "company"), **self._key(number)))
        elif kind == "price" and (owner := self._one(number, *PRICED)):
            self._write_down(make_price(owner))
        elif kind == "address" and (owner := self._one(number, *ADDRESSED)):
            self._create_addresses(owner, ("delivery", "invoice")[number % 2], age)

    def _create_addresses(self, owner: Any, kind: str, age: int) -> None:
        """Two at a time, and the first of a type is the default, as the verbs that write addresses have it."""
        for _ in range(2):
            first = not owner.addresses.filter(type=kind).exists()
            created = owner.created_at - datetime.timedelta(days=age)
            self._write_down(make_address(owner, type=kind, is_default=first, created_at=created))

    @precondition(lambda self: self.paper.live)
    @rule(number=NUMBERS)
    def edit(self, number: int) -> None:
        record = self._one(number, *TYPES)
        self.keys += 1
        record.source, record.source_id, record.version = "ERP", f"K-{self.keys}", record.version + 1
        record.save()
        self._write_down(record)

    @precondition(lambda self: self.keys)
    @rule(number=NUMBERS, kind=st.sampled_from(["usergroup", "company", "customer", "user", "contact"]))
    def take_a_key(self, number: int, kind: str) -> None:
        """A key that somebody has or had: one in the bin stays reserved, one that was purged is free again."""
        pair = ("ERP", f"K-{number % self.keys + 1}")
        outcome = write(resource_of(TYPES[kind]), {"source": pair[0], "source_id": pair[1]}, actor=self.actor)
        holder = self.paper.holder(kind, pair)
        refused = {"live": Kind.EXISTS, "binned": Kind.NOT_ALLOWED, "": None}[holder]
        assert (outcome.refusal.kind if outcome.refusal else None) == refused
        if not holder:
            self._write_down(TYPES[kind].objects.get(pk=outcome.id))

    @precondition(lambda self: self.paper.live)
    @rule(numbers=st.sets(NUMBERS, min_size=1, max_size=4))
    def delete_some(self, numbers: set[int]) -> None:
        keys = sorted(self.paper.live)
        self._delete({keys[number % len(keys)] for number in numbers})

    @precondition(lambda self: self._live(*PRICED))
    @rule(number=NUMBERS)
    def delete_an_owner(self, number: int) -> None:
        keys = self._live(*PRICED)
        self._delete({keys[number % len(keys)]})

    @precondition(lambda self: self._live("address"))
    @rule(number=NUMBERS, default=st.booleans())
    def delete_an_address(self, number: int, default: bool) -> None:
        keys = [key for key in self._live("address") if self.paper.live[key]["is_default"] in (default, True)]
        self._delete({keys[number % len(keys)]} if keys else set())

    @precondition(lambda self: self._live("address", "contact", "price"))
    @rule(number=NUMBERS, later=st.booleans())
    def delete_a_child_and_its_owner(self, number: int, later: bool) -> None:
        """First what hangs below, then its owner: two deletions, of which the second must not bring back the first."""
        keys = self._live("address", "contact", "price")
        child = keys[number % len(keys)]
        above = self.paper.above(child)
        self._delete({child})
        if above:
            self._delete({above[-1 if later else 0]})

    def _delete(self, chosen: set[Key]) -> None:
        if not chosen:
            return
        kinds = sorted({kind for kind, _ in chosen})
        roots = [TYPES[kind].objects.filter(pk__in=[pk for name, pk in chosen if name == kind]) for kind in kinds]
        if self.paper.blocked(chosen):
            with pytest.raises(Blocked):
                delete(roots=roots, actor=self.actor)
            return
        result = delete(roots=roots, actor=self.actor)

        named = {(deletion.root_type.split(".")[1], deletion.root_id): deletion.pk for deletion in result.deletions}
        assert sorted(named) == self.paper.roots(chosen)
        self.paper.delete(named, result.operation)

    @precondition(lambda self: self.paper.entries)
    @rule(numbers=st.lists(NUMBERS, min_size=1, max_size=4), with_owners=st.booleans())
    def restore_some(self, numbers: list[int], with_owners: bool) -> None:
        self._restore(self._chosen(numbers), with_owners=with_owners)

    @precondition(lambda self: self.paper.entries)
    @rule(back=st.integers(0, 3))
    def undo(self, back: int) -> None:
        """One of the latest operations, whole."""
        operations = list(dict.fromkeys(entry.operation for entry in self.paper.entries.values()))
        operation = operations[-1 - back % len(operations)]
        wanted = [name for name, entry in self.paper.entries.items() if entry.operation == operation]
        assert set(Deletion.objects.of_operation(operation).values_list("pk", flat=True)) == set(wanted)
        self._restore(wanted)

    def _restore(self, wanted: list[Any], *, with_owners: bool = False) -> None:
        able, unable = self.paper.restorable(wanted, with_owners=with_owners)

        result = restore(deletions=wanted, actor=self.actor, with_owners=with_owners)

        assert {deletion.pk for deletion in result.restored} == able
        assert {failed.deletion for failed in result.failed} == unable
        assert result.total == sum(len(self.paper.entries[name].rows) for name in able)
        self.paper.restore(able)

    @precondition(lambda self: len(self.paper.binned()) > 2)
    @rule(numbers=st.lists(NUMBERS, min_size=1, max_size=2), rows=st.sampled_from([1, 2, 5000]))
    def purge_some(self, numbers: list[int], rows: int) -> None:
        self._purge(self._chosen(numbers), rows)

    @precondition(lambda self: len(self.paper.binned()) > 1)
    @rule(rows=st.sampled_from([1, 5000]))
    def purge_the_latest(self, rows: int) -> None:
        """Below which there is often something that went before it."""
        self._purge(list(self.paper.binned())[-1:], rows)

    def _purge(self, wanted: list[Any], rows: int) -> None:
        claimed = {name for name in wanted if self.paper.entries[name].state == "binned"}

        result = purge(deletions=wanted, actor=self.actor, rows=rows)

        assert set(result.purged) == claimed
        assert {told.deletion for told in result.not_purged} == set(wanted) - claimed
        assert result.total == self.paper.purge(wanted)

    def _chosen(self, numbers: list[int]) -> list[Any]:
        """Mostly of those that are in the bin."""
        every, binned = list(self.paper.entries), list(self.paper.binned())
        among = [binned if binned and number % 5 else every for number in numbers]
        return list(dict.fromkeys(names[number % len(names)] for names, number in zip(among, numbers, strict=True)))
