"""Whether the database answers this node, told by the look at its rotas every half second."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

from dispatch.troubles import About, Troubles

LOOK_SECONDS = 0.5
"""How often it is asked whether the database was seen; the rotas are looked at as often."""

MISSES = 6
"""Looks in a row without a sight of it, three seconds, that make an outage.

They are counted and not timed, so that a node that was itself held up does not blame the database.
"""

AWAY = (
    "The database is away: callers are routed from the rota in memory. "
    "Pages and the board wait until it is back."
)


class DatabaseHealth:
    """Counts the looks without a sight of the database, and tells the node's troubles."""

    def __init__(self, troubles: Troubles, now: Callable[[], datetime]) -> None:
        self._troubles = troubles
        self._now = now
        self._missed = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to count; the node has just used its database."""
        self._task = asyncio.create_task(self._count(), name="database-health")

    async def stop(self) -> None:
        """Count no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def seen(self) -> None:
        """The database has answered."""
        self._missed = 0
        self._troubles.end(About.DATABASE)

    def missed(self) -> None:
        """It has not answered since the last look."""
        self._missed += 1
        if self.is_away:
            self._troubles.begin(About.DATABASE, AWAY, self._now())

    @property
    def is_away(self) -> bool:
        """Whether it has not answered for so long that everybody is told."""
        return self._missed >= MISSES

    async def _count(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), LOOK_SECONDS)
            self.missed()
