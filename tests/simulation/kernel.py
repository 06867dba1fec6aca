"""Virtual time: an event heap, processes that sleep and wait, and visits to nodes.

Everything happens in the order of the heap, so that a seed always tells the same night.
"""

import heapq
import itertools
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol


class Unanswered(Exception):  # noqa: N818  it reads as what happened
    """A node gave no answer: it died, hung or could not be reached."""


class Place(Protocol):
    """Where a visit goes to."""

    name: str


@dataclass(slots=True)
class Signal:
    """What a process may wait for beside the time."""

    waiting: list[tuple["Process", int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Until:
    """Sleep for `seconds`, or until the signal is given; the process is told which (True: it)."""

    seconds: float
    signal: Signal


@dataclass(frozen=True, slots=True)
class Visit:
    """Let a node do something with the database. The process gets its result, or Unanswered."""

    place: Any
    what: str
    do: Callable[[], object]


Step = float | int | Until | Visit
Story = Generator[Step, Any, Any]
"""What a process is written as: it yields how long it sleeps, or whom it visits."""


class Process:
    """A story under way. `owner` is the node whose death ends it."""

    def __init__(self, kernel: "Kernel", story: Story, owner: object = None) -> None:
        self._kernel = kernel
        self._story = story
        self._turn = 0
        self.owner = owner
        self.over = False

    def resume(self, value: object = None, error: BaseException | None = None) -> None:
        """Go on until the next step."""
        if self.over:
            return
        self._turn += 1
        try:
            step = self._story.send(value) if error is None else self._story.throw(error)
        except StopIteration:
            self.over = True
            return
        match step:
            case Until(seconds=seconds, signal=signal):
                signal.waiting.append((self, self._turn))
                self.resume_in(seconds, value=False)
            case Visit():
                self._kernel.visit_in(0, step, self)
            case _:
                self.resume_in(step)

    def resume_in(self, seconds: float, value: object = None, turn: int | None = None) -> None:
        """Go on later, unless something else has made it go on before, since `turn` or now."""
        turn = self._turn if turn is None else turn
        self._kernel.after(seconds, lambda: self.resume(value) if turn == self._turn else None)

    def end(self) -> None:
        """End it where it stands."""
        if not self.over:
            self.over = True
            self._story.close()


class Kernel:
    """The clock and the heap. `visiting` is told of visits that are due; it answers the process."""

    speed = 1.0

    def __init__(self, start: datetime) -> None:
        self.at = start
        self.start = start
        self.visiting: Callable[[Visit, Process], None] = _nobody_home
        self._order = itertools.count()
        self._heap: list[tuple[datetime, int, Callable[[], object] | tuple[Visit, Process]]] = []
        self._processes: list[Process] = []

    def now(self) -> datetime:
        """The time, as Vigil's nodes see it too."""
        return self.at

    def after(self, seconds: float, do: Callable[[], object]) -> None:
        """Let something happen later."""
        self._push(seconds, do)

    def visit_in(self, seconds: float, visit: Visit, process: Process) -> None:
        """Let a node be visited later."""
        self._push(seconds, (visit, process))

    def _push(self, seconds: float, what: Callable[[], object] | tuple[Visit, Process]) -> None:
        at = self.at + timedelta(seconds=max(0.0, seconds))
        heapq.heappush(self._heap, (at, next(self._order), what))

    def begin(self, story: Story, after: float = 0, owner: object = None) -> Process:
        """Start a process."""
        process = Process(self, story, owner)
        self._processes.append(process)
        process.resume_in(after)
        return process

    def give(self, signal: Signal) -> None:
        """Wake whoever waits for a signal."""
        waiting, signal.waiting = signal.waiting, []
        for process, turn in waiting:
            process.resume_in(0, value=True, turn=turn)

    def end_all_of(self, owner: object) -> None:
        """End every process of a node that has died."""
        for process in self._processes:
            if process.owner is owner:
                process.end()
        self._processes = [one for one in self._processes if not one.over]

    def run(self, until: datetime) -> None:
        """Let time pass until then."""
        while self._heap and self._heap[0][0] <= until:
            at, _, what = heapq.heappop(self._heap)
            self.at = max(self.at, at)
            if isinstance(what, tuple):
                self.visiting(*what)
            else:
                what()
        self.at = max(self.at, until)


def _nobody_home(visit: Visit, process: Process) -> None:
    raise AssertionError(f"nobody to visit for {visit.what}")
