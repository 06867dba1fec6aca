"""Plays many nights outside the tests: `make simulate NIGHTS=1000 JOBS=2`, or one: `SEED=7`."""

import argparse
import multiprocessing
import sys
import time

from dispatch.logs import set_up_logs
from tests.simulation.database import FIRST_LOAD, Database
from tests.simulation.nights import NightFailed, play
from tests.simulation.plan import STORM
from tests.simulation.server import server
from tests.simulation.shares import Share, play_share


def _tell(address: str, seed: int, *, storm: bool) -> int:
    set_up_logs("WARNING", sys.stderr)
    database = Database(address, FIRST_LOAD)
    try:
        print(play(database, seed, storm=STORM if storm else 0, told=True).story)
    except NightFailed as night:
        print(night)
        return 1
    finally:
        database.close()
    return 0


def main() -> int:
    """Play what was asked for; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--nights", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first night")
    parser.add_argument("--seed", type=int, help="play this night alone, and tell its story")
    parser.add_argument("--storm", action="store_true", help="make it a storm of 200 calls")
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    with server(asked.jobs if asked.seed is None else 1) as addresses:
        if asked.seed is not None:
            return _tell(addresses[0], asked.seed, storm=asked.storm)
        seeds = range(asked.first, asked.first + asked.nights)
        shares = [
            Share(address, tuple(seeds[place :: asked.jobs]), asked.storm)
            for place, address in enumerate(addresses)
        ]
        began = time.monotonic()
        with multiprocessing.get_context("spawn").Pool(asked.jobs) as pool:
            results = pool.map(play_share, shares)
        took = time.monotonic() - began
    failed = [story for _, _, stories in results for story in stories]
    for story in failed:
        print(story, end="\n\n")
    nights, steps = sum(one[0] for one in results), sum(one[1] for one in results)
    print(
        f"{nights:,} nights ({seeds[0]} to {seeds[-1]}), {steps:,} changes, invariants checked "
        f"all along: {len(failed)} broke a promise; {took / max(nights, 1) * 1000:.0f} ms a night"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
