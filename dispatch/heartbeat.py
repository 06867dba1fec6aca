"""Tells an address outside, every minute, that this node is well enough to page. Silence alarms."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

import httpx
import structlog

from dispatch.pulse import Pulse
from dispatch.troubles import About, Troubles

log = structlog.get_logger()

EVERY_SECONDS = 60.0
"""Real seconds between two beats, also in a drill: those outside have real clocks."""

PATIENCE_SECONDS = 10.0
"""How long one beat may take altogether."""

FIRST_AFTER_SECONDS = 10.0
"""When the first beat is due: by then everything has worked once."""

LATELY_SECONDS = 30.0
"""Whoever works every second and has not for so long (real) will not do it any more."""

CHECKED_LATELY_SECONDS = 180.0
"""The same for what is looked at every minute."""


def unwell(*, database_away: bool, tick: Pulse, sender: Pulse, checked: Pulse) -> str | None:
    """What keeps a node from paging, if anything: then it gives no sign of life."""
    if database_away:
        return "the database is away"
    if not tick.is_within(LATELY_SECONDS):
        return "no deadline was looked at lately"
    if not sender.is_within(LATELY_SECONDS):
        return "nothing was looked at lately that is to be sent"
    if not checked.is_within(CHECKED_LATELY_SECONDS):
        return "no promise was checked lately"
    return None


class Heartbeat:
    """The beats of one node. `unwell` says why there must be none now, or None when all is well."""

    def __init__(
        self,
        url: str,
        unwell: Callable[[], str | None],
        troubles: Troubles,
        now: Callable[[], datetime],
    ) -> None:
        self._url = url
        self._unwell = unwell
        self._troubles = troubles
        self._now = now
        self._task: asyncio.Task[None] | None = None
        self.heard = Pulse()
        """Beats when the address has taken a beat; once at the start, when the count begins."""

    async def start(self) -> None:
        """Begin to beat."""
        self.heard.beat()
        self._task = asyncio.create_task(self._run(), name="heartbeat")

    async def stop(self) -> None:
        """Fall silent."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        pause = FIRST_AFTER_SECONDS
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.Event().wait(), pause)
                pause = EVERY_SECONDS
                await self._beat(client)

    async def _beat(self, client: httpx.AsyncClient) -> None:
        """One beat; what goes wrong with it is told and stops nothing."""
        reason = self._unwell()
        if reason is not None:
            log.warning("heartbeat_withheld", kind=reason)
            return
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), client.stream("GET", self._url) as answer:
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
            self._not_heard(f"could not be reached ({type(error).__name__})")
            return
        if 200 <= status < 300:
            self.heard.beat()
            self._troubles.end(About.HEARTBEAT)
        else:
            self._not_heard(f"answered {status}")

    def _not_heard(self, why: str) -> None:
        """The address is a secret, as whoever knows it can beat for us: it is not repeated."""
        log.warning("heartbeat_not_heard", error=why)
        text = (
            f"The outside watch {why}, so it will soon report Vigil as down. "
            "Calls and pages go on as always."
        )
        self._troubles.begin(About.HEARTBEAT, text, self._now())
