"""A test of the test: whatever is broken in the product, some night finds it."""

import pytest

from tests.simulation.bugs import PLANTED
from tests.simulation.database import Database
from tests.simulation.nights import NightFailed, play
from tests.simulation.plan import Harsh

NIGHTS = 60
"""Among so many harsh nights each planted bug is found; most in the first few."""


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_found(nights: Database, bug: str) -> None:
    planted, harsh, first = PLANTED[bug]
    with planted():
        found = _first_found(nights, harsh, range(first, first + NIGHTS))
    assert found is not None, "the simulator has become blind"
    assert f"SEED={found.seed}" in str(found)


def _first_found(nights: Database, harsh: Harsh, seeds: range) -> NightFailed | None:
    for seed in seeds:
        try:
            play(nights, seed, harsh=harsh)
        except NightFailed as night:
            return night
    return None
