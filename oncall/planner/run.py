"""Runs the planner in a process of its own, beside the service and out of its way."""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from subprocess import PIPE, Popen
from threading import Timer

from oncall.planner.model import Draft, Impossible, NothingFound, PlanAsked, Progress
from oncall.planner.wire import asked_as_json, from_line

PATIENCE = 90.0
"""Seconds beyond its time after which a process that says nothing any more is stopped."""


WORKER = (sys.executable, "-P", "-m", "oncall.planner.worker")


class PlannerFailed(Exception):  # noqa: N818
    """The planner's process ended without an answer. ``last_words`` are for whoever runs it."""

    def __init__(self, last_words: str) -> None:
        super().__init__("The planner's process ended without an answer.")
        self.last_words = last_words


class PlannerProcess:
    """One process that plans. Leaving its ``with`` block ends it, answered or not."""

    def __init__(self, asked: PlanAsked) -> None:
        self._asked = asked
        self._process = Popen(WORKER, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True)  # noqa: S603
        self._watchdog = Timer(asked.seconds + PATIENCE, self.stop)

    def __enter__(self) -> "PlannerProcess":
        self._watchdog.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watchdog.cancel()
        self.stop()
        with self._process:
            pass  # wait for it, and give its pipes back

    def stop(self) -> None:
        """End it now; whoever waits for its answer hears that it was stopped."""
        self._process.kill()

    def answer(self, tell: Callable[[Progress], None]) -> Draft | Impossible:
        """Its answer; ``tell`` hears how it is coming on.

        Raises NothingFound with its reason when it gives up, PlannerFailed when it breaks.
        """
        process = self._process
        if not (process.stdin and process.stdout and process.stderr):
            raise TypeError("The planner's process is spoken to by pipes.")
        with suppress(BrokenPipeError), process.stdin as question:
            json.dump(asked_as_json(self._asked), question)
        for line in process.stdout:
            match from_line(line):
                case Progress() as progress:
                    tell(progress)
                case str(reason):
                    raise NothingFound(reason)
                case answer:
                    return answer
        *_, last = process.stderr.read().strip().splitlines() or ["it was stopped"]
        raise PlannerFailed(last)


def run(asked: PlanAsked, tell: Callable[[Progress], None]) -> Draft | Impossible:
    """Plan in another process, as :meth:`PlannerProcess.answer` does."""
    with PlannerProcess(asked) as process:
        return process.answer(tell)
