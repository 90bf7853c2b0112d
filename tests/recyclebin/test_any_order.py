"""Create, edit, delete, restore, undo and purge in any order: every row is what the book on paper says, by column.

``STORY_EXAMPLES=500`` for a long look.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from contacts.models import Contact
from recyclebin import policies, tombstones
from recyclebin.models import Deletion, Tombstone
from tests.factories import rows
from tests.recyclebin.acts import TYPES, Acts

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("STORY_EXAMPLES", "12"))


class Stories(Acts):
    """All acts, and a comparison of the whole tenant after every one of them."""

    @invariant()
    def every_row_is_as_on_paper(self) -> None:
        """Live rows and those in the bin, all columns; so nothing comes back changed, and the bin loses none."""
        expected = {key: columns | {"deletion_id": None} for key, columns in self.paper.live.items()}
        for name, entry in self.paper.binned().items():
            expected |= {key: columns | {"deletion_id": name} for key, columns in entry.rows.items()}
        actual = {
            (kind, pk): values
            for kind, model in TYPES.items()
            for pk, values in rows(model).items()
            if values["tenant_id"] == self.tenant.pk
        }
        assert actual.keys() == expected.keys()
        for key in self.paper.touched:
            # The one value that paper cannot know is the new time of a real change: it is later than the old one.
            assert actual[key]["modified_at"] > expected[key]["modified_at"]
            self.paper.columns(key)["modified_at"] = expected[key]["modified_at"] = actual[key]["modified_at"]
        self.paper.touched.clear()
        assert actual == expected

    @invariant()
    def deletions_are_in_the_state_on_paper(self) -> None:
        states = dict(Deletion.objects.for_tenant(self.tenant).values_list("pk", "state"))
        assert states == {name: entry.state for name, entry in self.paper.entries.items()}

    @invariant()
    def a_tombstone_remains_of_what_was_purged(self) -> None:
        left = Tombstone.objects.filter(tenant=self.tenant).values_list("type", "record")
        assert sorted((kind.split(".")[1], record) for kind, record in left) == sorted(self.paper.tombstones)
        for (kind, pk), (source, source_id) in self.paper.tombstones.items():
            if source_id:
                found = tombstones.with_key(self.tenant, source_id, source=source)
                assert (TYPES[kind]._meta.label_lower, pk) in set(found.values_list("type", "record"))


def run(machine: type[Stories], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_any_order() -> None:
    run(Stories, EXAMPLES)


@pytest.fixture
def contacts_block(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if contacts forbade deleting their company: no link of today's types says block."""
    monkeypatch.setitem(Contact.bin_policies, "company", "block")
    policies.graph.cache_clear()
    yield
    monkeypatch.undo()
    policies.graph.cache_clear()


class BlockedStories(Stories):
    """The same where contacts stand in the way of their company."""

    blocking = ("contact", "company")


@pytest.mark.usefixtures("contacts_block")
def test_any_order_with_a_link_that_blocks() -> None:
    run(BlockedStories, EXAMPLES // 2)
