"""Clocks for tests: time is an argument."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass
class HeldClock:
    """A clock that a test moves by hand."""

    at: datetime
    speed: float = field(default=1.0)

    def now(self) -> datetime:
        """The time it was set to."""
        return self.at

    def skip(self, **by: float) -> None:
        """Move it forward."""
        self.at += timedelta(**by)
