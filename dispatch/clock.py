"""The only place that reads the time. Everything else is told what time it is."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


def steady_seconds() -> float:
    """Real seconds that only ever run forward: for how long ago something was, never for when."""
    return time.monotonic()  # noqa: TID251  this is the place


class Clock(Protocol):
    """Tells the time, aware and in UTC, and how fast it runs beside a real second."""

    @property
    def speed(self) -> float:
        """How many of its seconds pass in a real one."""

    def now(self) -> datetime:
        """The time now."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's own clock."""

    speed: float = 1.0

    def now(self) -> datetime:
        """The time now."""
        return datetime.now(UTC)  # noqa: TID251  this is the place


@dataclass(frozen=True, slots=True)
class DrillClock:
    """A clock for drills, demos and tests: it starts at `start` and runs `speed` times as fast.

    `epoch` is the real time (seconds since 1970) at which it showed `start`, so that several
    processes, or one that is started again, agree on the time.
    """

    start: datetime
    epoch: float
    speed: float = 1.0

    @classmethod
    def beginning(cls, start: datetime, speed: float) -> "DrillClock":
        """A drill clock that shows `start` right now."""
        return cls(start.astimezone(UTC), time.time(), speed)  # noqa: TID251

    @classmethod
    def parse(cls, text: str) -> "DrillClock":
        """Read what `str()` wrote: ``START;EPOCH;SPEED``. Raises ValueError."""
        start, epoch, speed = text.split(";")
        return cls(datetime.fromisoformat(start).astimezone(UTC), float(epoch), float(speed))

    def __str__(self) -> str:
        return f"{self.start.isoformat()};{self.epoch!r};{self.speed!r}"

    def now(self) -> datetime:
        """The time now, as the drill sees it."""
        real = time.time() - self.epoch  # noqa: TID251
        return self.start + timedelta(seconds=real * self.speed)
