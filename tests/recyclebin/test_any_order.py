"""Create, edit, delete and restore in any order: every row is what the book on paper says, column by column."""

import datetime

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from addresses.models import Address
from contacts.models import Company, Contact
from customers.models import Customer
from pricing.models import Price
from recyclebin.models import Deletion
from recyclebin.verbs import delete, restore
from tests.factories import (
    make_address,
    make_company,
    make_contact,
    make_customer,
    make_price,
    make_usergroup,
    owner_of,
    row,
    rows,
)
from tests.recyclebin.ledger import Ledger
from users.models import Usergroup

TYPES = {
    "usergroup": Usergroup,
    "company": Company,
    "customer": Customer,
    "contact": Contact,
    "address": Address,
    "price": Price,
}
NUMBERS = st.integers(0, 99)


class Stories(RuleBasedStateMachine):
    """Acts on the database and on paper alike, and compares both after every act."""

    tenant = None

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.paper = Ledger()
        self.actor = owner_of(self.tenant)

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def _live(self, *kinds):
        return sorted(key for key in self.paper.live if key[0] in kinds)

    def _record(self, key):
        return TYPES[key[0]].objects.get(pk=key[1])

    def _write_down(self, record):
        self.paper.live[record._meta.model_name, record.pk] = row(record)

    @initialize(ages=st.lists(st.integers(0, 3), min_size=2, max_size=4))
    def begin(self, ages):
        """A company with a contact, and a customer with addresses of one type: most traps need some of these."""
        company, customer = make_company(self.tenant), make_customer(self.tenant)
        contact = make_contact(self.tenant, company=company)
        for record in (company, customer, contact, make_price(contact)):
            self._write_down(record)
        for number, age in enumerate(ages):
            created = customer.created_at - datetime.timedelta(days=age)
            self._write_down(make_address(customer, is_default=number == 0, created_at=created))

    @rule(number=NUMBERS)
    def create_usergroup(self, number):
        groups = self._live("usergroup")
        parent = self._record(groups[number % len(groups)]) if groups and number % 2 else None
        self._write_down(make_usergroup(self.tenant, parent=parent))

    @rule(number=NUMBERS)
    def create_owner(self, number):
        groups = self._live("usergroup")
        group = self._record(groups[number % len(groups)]) if groups else None
        self._write_down((make_customer, make_company)[number % 2](self.tenant, usergroup=group))

    @precondition(lambda self: self._live("company"))
    @rule(number=NUMBERS)
    def create_contact(self, number):
        companies = self._live("company")
        self._write_down(make_contact(self.tenant, company=self._record(companies[number % len(companies)])))

    @precondition(lambda self: self._live("usergroup", "company", "customer"))
    @rule(number=NUMBERS, kind=st.sampled_from(["delivery", "invoice"]), age=st.integers(0, 3))
    def create_addresses(self, number, kind, age):
        """Two at a time, and the first of a type is the default, as the verbs that write addresses have it."""
        owners = self._live("usergroup", "company", "customer")
        owner = self._record(owners[number % len(owners)])
        for _ in range(2):
            first = not owner.addresses.filter(type=kind).exists()
            created = owner.created_at - datetime.timedelta(days=age)
            self._write_down(make_address(owner, type=kind, is_default=first, created_at=created))

    @precondition(lambda self: self._live("usergroup", "company", "customer", "contact"))
    @rule(number=NUMBERS)
    def create_price(self, number):
        owners = self._live("usergroup", "company", "customer", "contact")
        self._write_down(make_price(self._record(owners[number % len(owners)])))

    @precondition(lambda self: self.paper.live)
    @rule(number=NUMBERS)
    def edit(self, number):
        keys = sorted(self.paper.live)
        kind, pk = keys[number % len(keys)]
        record = self._record((kind, pk))
        record.source, record.source_id, record.version = "ERP", f"{kind}-{pk}-{record.version}", record.version + 1
        record.save()
        self._write_down(record)

    @precondition(lambda self: self.paper.live)
    @rule(numbers=st.sets(NUMBERS, min_size=1, max_size=4))
    def delete_some(self, numbers):
        keys = sorted(self.paper.live)
        self._delete({keys[number % len(keys)] for number in numbers})

    @precondition(lambda self: self._live("address"))
    @rule(number=NUMBERS, default=st.booleans())
    def delete_an_address(self, number, default):
        keys = [key for key in self._live("address") if self.paper.live[key]["is_default"] in (default, True)]
        self._delete({keys[number % len(keys)]} if keys else set())

    def _delete(self, chosen):
        if not chosen:
            return
        roots = [
            TYPES[kind].objects.filter(pk__in=[pk for name, pk in chosen if name == kind])
            for kind in sorted({kind for kind, _ in chosen})
        ]
        result = delete(roots=roots, actor=self.actor)

        named = {(deletion.root_type.split(".")[1], deletion.root_id): deletion.pk for deletion in result.deletions}
        assert sorted(named) == self.paper.roots(chosen)
        self.paper.delete(named)

    @precondition(lambda self: self.paper.entries)
    @rule(numbers=st.lists(NUMBERS, min_size=1, max_size=4), with_owners=st.booleans())
    def restore_some(self, numbers, with_owners):
        names = list(self.paper.entries)
        self._restore(list(dict.fromkeys(names[number % len(names)] for number in numbers)), with_owners)

    @precondition(lambda self: self.paper.entries)
    @rule()
    def undo_the_latest(self):
        self._restore([list(self.paper.entries)[-1]], with_owners=True)

    def _restore(self, wanted, with_owners):
        able, unable = self.paper.restorable(wanted, with_owners=with_owners)

        result = restore(deletions=wanted, actor=self.actor, with_owners=with_owners)

        assert {deletion.pk for deletion in result.restored} == able
        assert {failed.deletion for failed in result.failed} == unable
        assert result.total == sum(len(self.paper.entries[name].rows) for name in able)
        self.paper.restore(able)

    @invariant()
    def every_row_is_as_on_paper(self):
        expected = {key: columns | {"deletion_id": None} for key, columns in self.paper.live.items()}
        for name, entry in self.paper.entries.items():
            if not entry.restored:
                expected |= {key: columns | {"deletion_id": name} for key, columns in entry.rows.items()}
        actual = {(kind, pk): values for kind, model in TYPES.items() for pk, values in rows(model).items()}
        for key in self.paper.touched:
            # The one value that paper cannot know is the new time of a real change: it is later than the old one.
            assert actual[key]["modified_at"] > expected[key]["modified_at"]
            self.paper.live[key]["modified_at"] = expected[key]["modified_at"] = actual[key]["modified_at"]
        self.paper.touched = set()
        assert actual == expected

    @invariant()
    def deletions_are_in_the_state_on_paper(self):
        states = dict(Deletion.objects.for_tenant(self.tenant).values_list("pk", "state"))
        assert states == {
            name: "restored" if entry.restored else "binned" for name, entry in self.paper.entries.items()
        }


@pytest.mark.django_db
def test_any_order(tenant_a):
    machine = type("StoriesOfTenantA", (Stories,), {"tenant": tenant_a})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
