"""When somebody on this node last did their work, in real seconds that only run forward."""

from dispatch.clock import steady_seconds


class Pulse:
    """Beats whenever a part of the node does its work. Safe from any thread."""

    def __init__(self) -> None:
        self._last: float | None = None

    def beat(self) -> None:
        """The work was done just now."""
        self._last = steady_seconds()

    @property
    def age(self) -> float | None:
        """For how many seconds there was no beat; None when there never was one."""
        return None if self._last is None else steady_seconds() - self._last

    def is_within(self, seconds: float) -> bool:
        """Whether there was a beat within the last so many seconds."""
        age = self.age
        return age is not None and age <= seconds
