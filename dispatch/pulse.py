"""When somebody on this node last did their work, in real seconds that only run forward."""

from collections.abc import Callable
from typing import TypeVar

from dispatch.clock import steady_seconds

T = TypeVar("T")


class Pulse:
    """Beats whenever a part of the node does its work. Safe from any thread."""

    def __init__(self) -> None:
        self._last: float | None = None

    def beat(self) -> None:
        """The work was done just now."""
        self._last = steady_seconds()

    def before(self, call: Callable[[], T]) -> Callable[[], T]:
        """The same call, which also beats: for a part that makes it whenever it works."""

        def beating() -> T:
            self.beat()
            return call()

        return beating

    @property
    def age(self) -> float | None:
        """For how many seconds there was no beat; None when there never was one."""
        return None if self._last is None else steady_seconds() - self._last

    def is_within(self, seconds: float) -> bool:
        """Whether there was a beat within the last so many seconds."""
        age = self.age
        return age is not None and age <= seconds
