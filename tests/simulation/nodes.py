"""The nodes: production's handlers, timers and sending, without threads; they die and return."""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any, Protocol
from urllib.parse import urlsplit

from fastapi.routing import APIRoute
from sqlalchemy import Engine
from starlette.requests import Request

from dispatch.api import page_calls, sms, voice
from dispatch.commands import deliveries
from dispatch.timers import Timers
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from notifications import wording
from notifications.retry import Failure
from notifications.sender import LOOK_AFTER_AT_ONCE, SENDERS
from notifications.sending import Listeners, PhoneNetwork, Result, Sending
from notifications.tables import OutboxRow
from notifications.twilio import Fate
from oncall.directory_copy import DirectoryCopy
from tests.simulation.database import HORIZON
from tests.simulation.faults import Weather
from tests.simulation.kernel import Kernel, Story, Visit
from tests.simulation.town import URL

CLAIMS, ASKS_AFTER = "claims", "looks whom to ask after"

HANDLERS: Mapping[str, Callable[..., Any]] = {
    route.path: route.endpoint
    for module in (voice, sms, page_calls)
    for route in module.router.routes
    if isinstance(route, APIRoute)
}


class _NoSockets:
    def select(self, timeout: float | None) -> list[object]:
        """Nothing ever comes from outside."""
        return []

    def close(self) -> None:
        """There is nothing to close."""


class _Inline(asyncio.BaseEventLoop):
    """An event loop that does at once what others hand to threads."""

    def __init__(self, *, too_late: bool) -> None:
        super().__init__()
        self._selector = _NoSockets()
        self._too_late = too_late

    def _process_events(self, events: object) -> None:
        """There are none."""

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        """Do it now. What takes too long is done all the same, but nobody waits for it."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  whoever waits for it gets it
            future.set_exception(error)
        if self._too_late:
            future.exception()
            raise TimeoutError
        return future


class Surroundings(Protocol):
    """What may happen to a node between the steps of sending."""

    def before_sending(self, node: "Node", row: OutboxRow) -> Story:
        """Between the claim and the sending."""

    def before_settling(self, node: "Node", row: OutboxRow) -> Story:
        """Between the sending and its settling."""

    def asked_for(self, key: str, ask: Callable[[], Result]) -> tuple[float, Result]:
        """Ask the phone network; how many seconds it takes to answer, and what."""

    def something_waits(self) -> bool:
        """Whether anything is due to be sent: where nothing is, nobody looks."""

    def excuse(self, key: str, why: str) -> None:
        """Why something may be sent once more."""


class Node:
    """One node. What it remembers dies with it; its connections are reused by the next one."""

    def __init__(
        self,
        name: str,
        engine: Engine,
        kernel: Kernel,
        network: PhoneNetwork,
        weather: Weather,
        surroundings: "Surroundings",
    ) -> None:
        self.name = name
        self.weather = weather
        self.alive = True
        self.stalled = False
        self.phase = 0.0
        """By how much of a second its metronome is late."""
        self.answers_too_late = False
        self.lives = 0
        self.next_beat: float | None = None
        self._engine, self._kernel, self._network = engine, kernel, network
        self._around = surroundings

    def start(self, directory: DirectoryCopy) -> None:
        """Begin a life with what it remembers of the rotas."""
        self.alive, self.stalled, self.lives = True, False, self.lives + 1
        self.next_beat = None
        self.directory = directory
        self.sending: list[str] = []
        """The keys of what its threads are sending."""
        self._claiming = self._asking = False
        self.units = UnitsOfWork(
            self._engine, self._kernel, self._committed, directory, horizon=HORIZON
        )
        self.vigil = SimpleNamespace(unit_of_work=self.units, voice_work=self.units, public_url=URL)
        self._app = SimpleNamespace(state=SimpleNamespace(vigil=self.vigil))
        self.timers = Timers(self.units, URL)
        self.id = f"{self.name}, life {self.lives}"
        self.steps = Sending(
            self._engine,
            self._network,
            self._kernel.now,
            URL,
            Listeners(
                gave_up=self._gave_up,
                reported=self._reported,
                many=lambda refs: wording.many_wait(refs, URL),
            ),
            node=self.id,
        )

    def _gave_up(self, row: OutboxRow, failure: Failure, code: int | None) -> None:
        deliveries.given_up(self.units, row, failure, code, URL)

    def _reported(self, row: int, fate: Fate) -> None:
        deliveries.delivery_reported(self.units, row, fate, URL)

    def _committed(self, work: UnitOfWork) -> None:
        if work.sends:
            self.wake_sender()

    # Requests ───────────────────────────────────────────────────────────────────────────────────

    def post(self, url: str, form: Mapping[str, str]) -> str:
        """Answer a webhook as production does; its signature is taken as checked."""
        address = urlsplit(url)
        scope = {
            "type": "http",
            "app": self._app,
            "query_string": address.query.encode(),
            "path": address.path,
            "headers": [],
        }
        handler = HANDLERS[address.path]
        if not asyncio.iscoroutinefunction(handler):
            given = {"vigil": self.vigil, "request": Request(scope), "form": form}
            wanted = inspect.signature(handler).parameters
            return str(handler(**{name: given[name] for name in wanted}).body.decode())
        loop = _Inline(too_late=self.answers_too_late)
        try:
            response = loop.run_until_complete(handler(Request(scope), form))
        finally:
            asyncio.events._set_running_loop(None)
            loop.close()
        return str(response.body.decode())

    # Sending ────────────────────────────────────────────────────────────────────────────────────

    def wake_sender(self) -> None:
        """Something may be due: look in a moment."""
        if self.alive and not self._claiming:
            self._claiming = True
            self._kernel.begin(self._claim(), 0.01, owner=self)

    def ask_after(self) -> None:
        """Time has passed: ask after what nothing was heard of."""
        if self.alive and not self._asking:
            self._asking = True
            self._kernel.begin(self._ask_after(), owner=self)

    def _claim(self) -> Story:
        try:
            while (free := SENDERS - len(self.sending)) > 0:
                rows = yield Visit(self, CLAIMS, partial(self.steps.claim, free))
                for row in rows:
                    self.sending.append(row.key)
                    self._kernel.begin(self._work_off(row), owner=self)
                if len(rows) < free:
                    break
        except Exception:  # noqa: BLE001  the database is away: the next beat tries again
            return
        finally:
            self._claiming = False

    def _work_off(self, row: OutboxRow) -> Story:
        try:
            yield from self._around.before_sending(self, row)
            seconds, sent = self._around.asked_for(row.key, lambda: self.steps.send(row))
            yield seconds
            yield from self._around.before_settling(self, row)
            yield Visit(self, f"settles {row.key}", partial(self.steps.settle, row, sent))
        except Exception as error:  # noqa: BLE001  as in production, its lease brings it back
            self._around.excuse(row.key, f"not settled ({type(error).__name__})")
        finally:
            self.sending.remove(row.key)
            if self._around.something_waits():
                self.wake_sender()

    def _ask_after(self) -> Story:
        try:
            ask = partial(self.steps.claim_unsettled, LOOK_AFTER_AT_ONCE)
            rows = yield Visit(self, ASKS_AFTER, ask)
            for row in rows:
                yield 0.2
                yield Visit(self, f"asks after {row.key}", partial(self.steps.look_after, row))
        except Exception:  # noqa: BLE001  they come again
            return
        finally:
            self._asking = False
