"""The telephone exchange: the registers and the event loop that the rest of the emulator shares."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from datetime import datetime
from hashlib import sha256
from itertools import count
from typing import TypeVar

from notifications.emulator.behaviour import Answer, Behaviour, NoAnswer, Unreachable
from notifications.emulator.callbacks import Callbacks
from notifications.emulator.clock import Clock
from notifications.emulator.faults import Faults
from notifications.emulator.legs import Leg
from notifications.emulator.phones import Phone, PhoneKind
from notifications.emulator.records import EMULATOR, Flow, Level, Line, Notice, Sms
from notifications.emulator.web_space import WebSpace
from notifications.emulator.webhooks import Account, WebhookFailed, Webhooks

LAST_RESORTS = ("988", "+18002738255")
_LOG = logging.getLogger(__name__)
T = TypeVar("T")


class Exchange:
    """Registers of lines, phones, legs and texts, and what runs on the event loop.

    Reading from any thread is safe; changes happen on the loop, through ``in_loop``.
    """

    def __init__(self, account: Account, *, speed: float, seed: int) -> None:
        self.account = account
        self.clock = Clock(speed)
        self.faults = Faults()
        self.unknown_numbers: Behaviour = NoAnswer()
        self.lines: dict[str, Line] = {}
        self.phones: dict[str, Phone] = {}
        self.legs: list[Leg] = []
        self.texts: list[Sms] = []
        self.opted_out: set[tuple[str, str]] = set()
        self.notices: list[Notice] = []
        self.flows: dict[str, Flow] = {}
        self.space = WebSpace()
        self.time_of_day: Callable[[], datetime] = self.clock.wall
        """What Studio flows go by; a drill sets its own clock."""
        self.stopping = False
        self.webhooks = Webhooks(account, self.clock)
        self.callbacks = Callbacks(
            self.webhooks, self.clock, lambda: self.faults, self.spawn, self.webhook_failed
        )
        self._seed = seed
        self._sids = count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_thread = 0
        for number in LAST_RESORTS:
            self.phone(number, owner="Last resort", kind=PhoneKind.OUTSIDE)

    def sid(self, prefix: str) -> str:
        """A new SID such as ``CA…``, the same in every run with the same seed."""
        digest = sha256(f"{self._seed}:{next(self._sids)}".encode()).hexdigest()
        return prefix + digest[:32]

    def phone(self, number: str, *, owner: str = "", kind: PhoneKind | str | None = None) -> Phone:
        """The phone with that number, made on first use; a new owner or kind is taken over."""
        if number not in self.phones:
            behaviour = self.unknown_numbers
            if number in self.lines:
                behaviour, kind = Unreachable(), PhoneKind.LINE
            elif number in LAST_RESORTS:
                behaviour = Answer(press=None, after=0)
            self.phones[number] = Phone(self, number, behaviour)
        phone = self.phones[number]
        phone.owner = owner or phone.owner
        phone.kind = PhoneKind(kind) if kind else phone.kind
        self.touch()
        return phone

    def leg(self, sid: str) -> Leg | None:
        """The leg with that CallSid."""
        return next((leg for leg in self.legs if leg.sid == sid), None)

    def notice(self, code: int, level: Level, sid: str, message: str, url: str = "") -> None:
        """Write a line in the debugger's log."""
        self.notices.append(Notice(code, level, sid, message, url))
        self.clock.changed()

    def webhook_failed(self, failure: WebhookFailed, sid: str) -> None:
        """Write a webhook's failure in the debugger's log."""
        self.notice(failure.code, Level.ERROR, sid, str(failure), failure.url)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on everything happens on ``loop``, in the current thread."""
        self._loop = loop
        self._loop_thread = threading.get_ident()
        self.stopping = False

    async def detach(self) -> None:
        """Stop everything that is under way; whoever was on a call is cut off, untold."""
        self.stopping = True
        for leg in self.legs:
            leg.callback = None
            leg.end(why="the phone network stopped")
        self.clock.changed()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.webhooks.close()
        self._loop = None

    def in_loop(self, act: Callable[[], T]) -> T:
        """Do it on the event loop and wait for the result, from whatever thread.

        Raises RuntimeError when the server has not been started.
        """
        if self._loop is None:
            raise RuntimeError("The phone network is not running: start its EmulatorServer first.")
        if threading.get_ident() == self._loop_thread:
            return act()

        async def run() -> T:
            return act()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(timeout=30)

    def touch(self) -> None:
        """Wake whoever waits, from whatever thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self.clock.changed)

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Run it in the background; a defect in it is logged and noted, never lost."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _LOG.error("a defect in the emulator", exc_info=error)
            self.notice(EMULATOR, Level.ERROR, "", f"defect in the emulator: {error!r}")
