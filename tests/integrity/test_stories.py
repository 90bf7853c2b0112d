"""Every verb in any order, over HTTP and in the back office, for all five resources, beside a house on paper.

After each act the whole of what is stored is compared with the paper: records, addresses, prices and deletions, all
columns that the stories write. What is answered is compared too, and what lists and searches show.

``STORY_EXAMPLES=2000`` for a long look; then the stories are other ones each time.
"""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from tests.integrity.invariants import broken
from tests.integrity.stories.below import BelowActs
from tests.integrity.stories.office import OfficeActs
from tests.integrity.stories.records import RecordActs
from tests.integrity.stories.stored import Place, adopt_addresses, on_paper, stored

EXAMPLES = int(os.environ.get("STORY_EXAMPLES", "0"))


class Stories(RecordActs, BelowActs, OfficeActs):
    """All acts, and the comparison after each."""

    def __init__(self) -> None:
        super().__init__()
        self.times: dict[Place, tuple[int, Any]] = {}

    @invariant()
    def everything_is_as_on_paper(self) -> None:
        for record in self.house.records:
            if record.addresses:
                adopt_addresses(record)
        state, times = stored(self.tenant)
        assert state == on_paper(self.house, self.ids)
        for place, (version, time) in self.times.items():
            # The time of a change moves with the version, and never back.
            assert (times[place][1] > time) if times[place][0] > version else (times[place] == (version, time))
        self.times = times


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_any_story() -> None:
    run_state_machine_as_test(
        Stories,
        settings=settings(
            max_examples=EXAMPLES or 20,
            stateful_step_count=30,
            derandomize=not EXAMPLES,
            deadline=None,
            database=None,
            print_blob=bool(EXAMPLES),
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert broken() == {}
