"""Some hundred nights with faults: no promise is broken. `make simulate NIGHTS=…` plays more."""

import pytest

from tests.simulation.database import Database
from tests.simulation.nights import play

CHUNK = 10
CHUNKS = 16

STORM = 40
"""Calls within two minutes; `make simulate` has storms of 200."""


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_promise_is_broken_in_any_night(nights: Database, chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        play(nights, seed)


def test_in_a_storm_every_caller_reaches_somebody(nights: Database) -> None:
    assert play(nights, 7, storm=STORM).calls >= STORM


def test_a_seed_always_tells_the_same_night(nights: Database) -> None:
    first = play(nights, 11, told=True)
    play(nights, 12)
    assert play(nights, 11, told=True) == first
