"""Shares of many nights, each played by a process of its own on its own database."""

import gc
import io
from dataclasses import dataclass

from dispatch.logs import set_up_logs
from tests.simulation.database import FIRST_LOAD, Database
from tests.simulation.nights import NightFailed, play
from tests.simulation.plan import STORM

STORM_EVERY = 500
"""One night in so many is a storm of 200 calls."""


@dataclass(frozen=True, slots=True)
class Share:
    """The nights that one process plays on its own database."""

    address: str
    seeds: tuple[int, ...]
    storm: bool = False


def _is_storm(share: Share, seed: int) -> bool:
    return share.storm or seed % STORM_EVERY == STORM_EVERY - 1


def play_share(share: Share) -> tuple[int, int, list[str]]:
    """How many nights were played, with how many steps, and the stories of those that failed."""
    set_up_logs("ERROR", io.StringIO())  # what fails in a night is told by its story
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)  # as in the tests: saves a twentieth
    database = Database(share.address, FIRST_LOAD)
    steps, failed = 0, []
    for seed in share.seeds:
        storm = _is_storm(share, seed)
        try:
            steps += play(database, seed, storm=STORM if storm else 0).steps
        except NightFailed as night:
            failed.append(str(night) + (" STORM=1" if storm else ""))
    database.close()
    return len(share.seeds), steps, failed
