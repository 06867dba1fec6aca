"""Works out plans beside the service: one at a time on a node, each in a process of its own.

What it comes to is written in short transactions. A plan whose node dies is silent from then on,
and counts as failed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Event, Lock, Thread

import structlog
from sqlalchemy.exc import SQLAlchemyError

from dispatch.clock import steady_seconds
from dispatch.commands.plans import finished, progressed, question_of
from dispatch.unit_of_work import UnitsOfWork
from oncall.duty_tables import PlanRow
from oncall.planner.model import NothingFound, PlanAsked, Progress
from oncall.planner.run import PlannerFailed, PlannerProcess
from oncall.planner.wire import Said

log = structlog.get_logger()

BEAT_SECONDS = 2.0
"""How often a sign of life is written down, with how far the search has come."""


BROKEN = (
    "The planner has failed. Ask for the plan again; if it fails once more, whoever runs Vigil "
    "finds the reason in its log."
)
"""What people are told when the planner breaks: its inside is for the log alone."""


class Planning:
    """The plans that one node works out. Stopping it ends its processes; their plans fail."""

    def __init__(self, unit_of_work: UnitsOfWork) -> None:
        self._unit_of_work = unit_of_work
        self._one_at_a_time = Lock()
        self._process: PlannerProcess | None = None
        self._stopped = Event()

    def start(self, number: int) -> None:
        """Work a plan out in the background."""
        Thread(target=self.work_out, args=(number,), name=f"plan {number}", daemon=True).start()

    def stop(self) -> None:
        """End the process that is planning, and begin no other."""
        self._stopped.set()
        if (process := self._process) is not None:
            process.stop()

    def work_out(self, number: int, tell: Callable[[Progress], None] | None = None) -> None:
        """Work a plan out now and write down what it comes to; `tell` hears how it goes."""
        with self._unit_of_work.reading() as work:
            asked = question_of(work.session.get_one(PlanRow, number))
        with self._beats(number) as latest:

            def heard(progress: Progress) -> None:
                latest.progress = progress
                if tell is not None:
                    tell(progress)

            said = self._answer(asked, latest, heard)
        if not self._stopped.is_set():
            self._write(lambda: self._finished(number, latest.now(), said))

    def _answer(
        self, asked: PlanAsked, latest: "_Latest", tell: Callable[[Progress], None]
    ) -> Said:
        try:
            with self._one_at_a_time, PlannerProcess(asked) as process:
                latest.begun = steady_seconds()
                self._process = process
                if self._stopped.is_set():
                    process.stop()
                return process.answer(tell)
        except NothingFound as reason:
            return str(reason)
        except (PlannerFailed, OSError, ValueError) as error:
            last_words = getattr(error, "last_words", None)
            log.error("planner_failed", error=type(error).__name__, last_words=last_words)
            return BROKEN
        finally:
            self._process = None

    @contextmanager
    def _beats(self, number: int) -> Iterator["_Latest"]:
        """Write signs of life from a thread of its own, until the block ends."""
        latest, over = _Latest(), Event()

        def beat() -> None:
            while not over.wait(BEAT_SECONDS):
                self._write(lambda: self._progressed(number, latest.now()))

        thread = Thread(target=beat, name=f"beats of plan {number}", daemon=True)
        thread.start()
        try:
            yield latest
        finally:
            over.set()
            thread.join()

    def _progressed(self, number: int, progress: Progress | None) -> None:
        with self._unit_of_work() as work:
            progressed(work, number, progress)

    def _finished(self, number: int, progress: Progress | None, said: Said) -> None:
        with self._unit_of_work() as work:
            progressed(work, number, progress)
            finished(work, number, said)

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except SQLAlchemyError as error:  # the plan stays silent, and counts as failed
            log.warning("plan_not_kept", error=type(error).__name__)


_NOTHING_YET = Progress(solutions=0, best=None, bound=0.0, seconds=0.0)


@dataclass(slots=True)
class _Latest:
    """How far a search has come, as heard last, and since when it is under way."""

    progress: Progress = _NOTHING_YET
    begun: float | None = None

    def now(self) -> Progress | None:
        """The same with the seconds that have passed; None while it waits for another's end."""
        if self.begun is None:
            return None
        return replace(self.progress, seconds=steady_seconds() - self.begun)
