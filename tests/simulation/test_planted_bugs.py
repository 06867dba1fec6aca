"""A test of the test: whatever is broken in the product, some night finds it."""

import pytest

from tests.simulation.bugs import PLANTED
from tests.simulation.database import Database
from tests.simulation.nights import NightFailed, play

SEEDS = range(5000, 5060)
"""Among so many rough nights each planted bug is found; most in the first few."""


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_found(nights: Database, bug: str) -> None:
    planted, harsh = PLANTED[bug]
    with planted(), pytest.raises(NightFailed) as found:
        for seed in SEEDS:
            play(nights, seed, harsh=harsh)
    assert f"make simulate SEED={found.value.seed}" in str(found.value)
