"""Status callbacks, sent beside the call: in order, doubled, swapped or late, as the faults say."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from notifications.emulator.clock import Clock
from notifications.emulator.faults import CallbackOrder, Faults
from notifications.emulator.webhooks import WebhookFailed, Webhooks

# How long a swapped callback waits to be overtaken: emulated seconds, and real ones at least.
_HELD_BACK = 3.0
_HELD_BACK_REAL = 1.0


@dataclass(frozen=True)
class Target:
    """Where the callbacks of one leg or message go, and which events it wants."""

    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True)
class _Post:
    target: Target
    parameters: Mapping[str, str]
    last: bool


class Callbacks:
    """One queue for each leg or message, so that only a fault can disturb the order."""

    def __init__(
        self,
        webhooks: Webhooks,
        clock: Clock,
        faults: Callable[[], Faults],
        spawn: Callable[..., object],
        failed: Callable[[WebhookFailed, str], None],
    ) -> None:
        self._webhooks = webhooks
        self._clock = clock
        self._faults = faults
        self._spawn = spawn
        self._failed = failed
        self._queues: dict[str, asyncio.Queue[_Post]] = {}

    def post(self, sid: str, target: Target, parameters: Mapping[str, str], *, last: bool) -> None:
        """Send later what is true now; ``last`` says that nothing more follows for ``sid``."""
        if sid not in self._queues:
            self._queues[sid] = asyncio.Queue()
            self._spawn(self._work(sid, self._queues[sid]))
        self._queues[sid].put_nowait(_Post(target, dict(parameters), last))

    async def _work(self, sid: str, queue: asyncio.Queue[_Post]) -> None:
        done = False
        while not done:
            post = await queue.get()
            done = post.last
            match CallbackOrder(self._faults().callbacks):
                case CallbackOrder.PROMPT:
                    await self._send(sid, post)
                case CallbackOrder.DOUBLED:
                    await self._send(sid, post)
                    await self._send(sid, post)
                case CallbackOrder.LATE:
                    await self._clock.pause(self._faults().callbacks_late_by)
                    await self._send(sid, post)
                case CallbackOrder.REORDERED:
                    done = await self._send_after_next(sid, post, queue) or done
        del self._queues[sid]

    async def _send_after_next(self, sid: str, post: _Post, queue: asyncio.Queue[_Post]) -> bool:
        """Let the next one overtake; says whether that was the last."""
        patience = max(_HELD_BACK, _HELD_BACK_REAL * self._clock.speed)
        overtaken = not post.last and await self._clock.until(lambda: not queue.empty(), patience)
        next_one = queue.get_nowait() if overtaken else None
        if next_one is not None:
            await self._send(sid, next_one)
        await self._send(sid, post)
        return next_one is not None and next_one.last

    async def _send(self, sid: str, post: _Post) -> None:
        try:
            await self._webhooks.ask(post.target.url, post.target.method, post.parameters)
        except WebhookFailed as failure:
            self._failed(failure, sid)
