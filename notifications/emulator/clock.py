"""Time in the phone network: it may run faster, and whoever waits is woken at every change."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter

# A waiting thread looks again after so many real seconds, whatever happens.
_LOOK_AGAIN = 0.05


class Clock:
    """A clock of emulated seconds, and the one place where anybody waits.

    ``speed`` is how many emulated seconds pass in a real one: at 20, a phone that rings for 20 s
    rings for one real second. Stamps that the product reads stay on the real wall clock (UTC),
    because the product compares them with its own; only durations are scaled.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        self.speed = speed
        self.version = 0
        # The emulator stands in for the outside world, so it is an entry point of time itself.
        self._began_at = datetime.now(UTC)  # noqa: TID251
        self._began = perf_counter()
        self._waiting: set[asyncio.Future[None]] = set()
        self._threads = threading.Condition()

    def elapsed(self) -> float:
        """Emulated seconds since this clock was made."""
        return (perf_counter() - self._began) * self.speed

    def wall(self) -> datetime:
        """The real time of day, in UTC."""
        return self._began_at + timedelta(seconds=perf_counter() - self._began)

    def real(self, emulated: float) -> float:
        """How many real seconds the given emulated seconds last."""
        return emulated / self.speed

    def changed(self) -> None:
        """Wake everybody who waits, so that they look again. Call it on the event loop only."""
        self.version += 1
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()
        with self._threads:
            self._threads.notify_all()

    async def until(self, met: Callable[[], bool], seconds: float | None = None) -> bool:
        """Wait until ``met()``, for at most ``seconds`` emulated ones; say whether it was met."""
        loop = asyncio.get_running_loop()
        deadline = None if seconds is None else loop.time() + self.real(seconds)
        while not met():
            woken = loop.create_future()
            self._waiting.add(woken)
            try:
                async with asyncio.timeout_at(deadline):
                    await woken
            except TimeoutError:
                return met()
            finally:
                self._waiting.discard(woken)
        return True

    async def pause(self, seconds: float) -> None:
        """Let that many emulated seconds go by."""
        await self.until(lambda: False, seconds)

    def wait_in_thread(self, met: Callable[[], bool], real_seconds: float) -> bool:
        """The same for code outside the event loop, with its patience in real seconds.

        ``met`` may look at things outside the phone network too: it is asked at every change, and
        every 50 ms.
        """
        deadline = perf_counter() + real_seconds
        while not met():
            left = deadline - perf_counter()
            if left <= 0:
                return False
            # Never held while `met` runs: a slow look must not hold up the network itself.
            with self._threads:
                self._threads.wait(min(left, _LOOK_AGAIN))
        return True
