"""A node is killed with pages in its hands: how long until the other one has sent them.

    python benchmarks/failover.py [--runs 5]

Two `vigil serve` on one PostgreSQL. Twilio answers one of them at once and the other one never, so
that it holds eight pages when it dies. It is killed (SIGKILL) at a random moment between two of its
beats, once all other pages are sent. Printed are the times from its death until its first and its
last page has been taken from the other node. The goal is five seconds: the other one must have
missed its beats for three.
"""

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
from pathlib import Path

from several_nodes import InstantTwilio, Service, service, until

from notifications.sender import SENDERS
from notifications.twilio import REST_TIMEOUT_SECONDS

CRISES = 24
GOAL_SECONDS = 5
BEAT_SECONDS = 1


async def one_run(running: Service, twilio: InstantTwilio) -> tuple[float, float, int]:
    """Seconds until the first and the last page of a dead node are sent, and how many it held."""
    [doomed] = await asyncio.to_thread(running.start)
    twilio.unanswered.add(doomed.url)
    twilio.taken.clear()
    twilio.held.clear()
    twilio.answering.clear()
    await asyncio.to_thread(running.report_crises, CRISES)
    await until(lambda: bool(twilio.held), "pages in the doomed node's hands", pause=0.01)
    twilio.answering.set()
    await until(lambda: len(twilio.taken) >= CRISES - SENDERS, "all others", pause=0.01)
    await asyncio.sleep(random.random() * BEAT_SECONDS)
    if time.perf_counter() - twilio.held[0].at > REST_TIMEOUT_SECONDS:
        raise SystemExit("the machine is too busy: the doomed node has let go by itself")
    held, before = {one.row for one in twilio.held}, len(twilio.taken)
    doomed.process.kill()
    died_at = time.perf_counter()
    doomed.process.wait()
    running.nodes.remove(doomed)

    def sent() -> dict[int, float]:
        return {one.row: one.at - died_at for one in twilio.taken[before:] if one.row in held}

    await until(lambda: set(sent()) == held, "the dead node's pages", seconds=60, pause=0.01)
    await asyncio.to_thread(running.rest)
    return min(sent().values()), max(sent().values()), len(held)


async def measure(folder: Path, runs: int) -> list[tuple[float, float, int]]:
    """So many deaths."""
    async with InstantTwilio() as twilio:
        with service(folder, twilio.url) as running:
            await asyncio.to_thread(running.start)
            return [await one_run(running, twilio) for _ in range(runs)]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5)
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        runs = asyncio.run(measure(Path(name), wanted.runs))
    print(f"{os.cpu_count()} cores, {wanted.runs} deaths, {sum(run[2] for run in runs)} pages held")
    print(f"{'':<12} {'median s':>9} {'max s':>9}   goal: {GOAL_SECONDS} s")
    for index, what in enumerate(("first page", "last page")):
        times = [run[index] for run in runs]
        print(f"{what:<12} {statistics.median(times):>9.1f} {max(times):>9.1f}")


if __name__ == "__main__":
    main()
