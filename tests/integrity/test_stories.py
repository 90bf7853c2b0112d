"""Every verb in any order, over HTTP and in the back office, for all five resources, beside a house on paper.

After each act the whole of what is stored is compared with the paper: records, addresses, prices and deletions, all
columns that the stories write. What is answered is compared too, and what lists and searches show.

A story is a list of seeds, each of which decides about one act, so that a shorter story that fails is easily found.
``STORY_EXAMPLES=2000`` for a long look; then the stories are other ones each time.
"""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integrity.invariants import broken
from tests.integrity.sent import Dice
from tests.integrity.stories.below import BelowActs
from tests.integrity.stories.office import OfficeActs
from tests.integrity.stories.records import RecordActs
from tests.integrity.stories.stored import Place, adopt_addresses, on_paper, stored

EXAMPLES = int(os.environ.get("STORY_EXAMPLES", "0"))
SEEDS = st.integers(0, 2**32 - 1)


class Story(RecordActs, BelowActs, OfficeActs):
    """All acts, and the comparison after each."""

    def __init__(self, dice: Dice) -> None:
        super().__init__(dice)
        self.times: dict[Place, tuple[int, Any]] = {}

    def act(self, dice: Dice) -> None:
        (act,) = dice.choices(list(ACTS), list(ACTS.values()))
        act(self, dice)
        self.compare()

    def compare(self) -> None:
        state, times = stored(self.tenant)
        adopt_addresses(self.house, state)
        assert state == on_paper(self.house, self.ids)
        for place, (version, time) in self.times.items():
            # The time of a change moves with the version, and never back. Prices may be deleted for good.
            assert (times[place][1] > time) if times[place][0] > version else (times[place] == (version, time))
        self.times = times


ACTS: dict[Any, int] = {
    Story.bulk: 8, Story.create: 3, Story.change: 5, Story.remove: 2, Story.add_address: 2, Story.change_address: 4,
    Story.remove_address: 4, Story.bulk_addresses: 2, Story.agree: 1, Story.withdraw: 1, Story.delete_some: 2,
    Story.restore_some: 5, Story.look: 2,
}  # fmt: skip
"""How often each is done, beside the others."""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=EXAMPLES or 25,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    print_blob=bool(EXAMPLES),
    suppress_health_check=list(HealthCheck),
)
@given(first=SEEDS, seeds=st.lists(SEEDS, min_size=20, max_size=60))
def test_any_story(first: int, seeds: list[int]) -> None:
    story = Story(Dice(first))
    for seed in seeds:
        story.act(Dice(seed))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_house_is_sound_after_stories() -> None:
    for number in range(5):
        story = Story(Dice(number))
        for seed in range(40):
            story.act(Dice(f"{number} {seed}"))
    assert broken() == {}
