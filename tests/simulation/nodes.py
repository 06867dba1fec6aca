"""The nodes: production's handlers, timers and sending, without threads; they die and return."""

import asyncio
import inspect
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol
from urllib.parse import urlsplit

from fastapi.routing import APIRoute
from sqlalchemy import Engine
from starlette.requests import Request

from dispatch.api import page_calls, sms, voice
from dispatch.api.adrift_answers import RecentAnswers
from dispatch.api.deciding import GivenUp
from dispatch.catching_up import CatchingUp
from dispatch.commands import deliveries
from dispatch.database_watch import LOOK_SECONDS
from dispatch.journal import Journal
from dispatch.journal_entries import Entry
from dispatch.timers import Timers
from dispatch.troubles import Troubles
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from dispatch.without_database import WithoutDatabase
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

LOOK = timedelta(seconds=LOOK_SECONDS)

CLAIMS, ASKS_AFTER = "claims", "looks whom to ask after"

HANDLERS: Mapping[str, Callable[..., Any]] = {
    route.path: route.endpoint
    for module in (voice, sms, page_calls)
    for route in module.router.routes
    if isinstance(route, APIRoute)
}


class TooLate(StrEnum):
    """What becomes of a decision for which nobody waits any more."""

    GIVEN_UP = "given up"
    DONE = "done all the same"


def _given_up() -> None:
    raise GivenUp


class _AtOnce(Executor):
    """What is handed to it is done at once."""

    def submit(self, work: Any, /, *args: Any, **more: Any) -> Future[Any]:
        """Do it, and give what came of it."""
        future: Future[Any] = Future()
        try:
            future.set_result(work(*args, **more))
        except Exception as error:  # noqa: BLE001  whoever waits for it gets it
            future.set_exception(error)
        return future


class _Watch:
    """What the node believes of its database: away from the first failure until the next look."""

    def __init__(self, kernel: Kernel, weather: Weather) -> None:
        self._kernel, self._weather = kernel, weather
        self._failed_at: datetime | None = None

    @property
    def is_away(self) -> bool:
        """Whether to do without the database for now."""
        if self._failed_at is None:
            return False
        if self._weather.database_away or self._kernel.at < self._failed_at + LOOK:
            return True
        self._failed_at = None
        return False

    def failed(self) -> None:
        """A command could not reach it."""
        self._failed_at = self._kernel.at


class _Journal(Journal):
    """The journal, which also says that something could not be decided."""

    undecided = False

    def add(self, entries: Sequence[Entry], now: datetime) -> Future[None]:
        """Keep entries."""
        self.undecided = True
        return super().add(entries, now)

    def die(self) -> None:
        """Its process is killed: the files stay, and nobody holds them."""
        for file in [*self._adopted, *([self._own] if self._own else [])]:
            os.close(file.descriptor)


class AnswersOfEachNode:
    """What each node has answered from memory lately: production has one for each process."""

    def get(self, key: str) -> str | None:
        """What this node answered to this request, when nothing could be decided."""
        answer: str | None = _here.node.recent.get(key)
        _here.node.journal.undecided |= answer is not None
        return answer

    def keep(self, key: str, text: str) -> None:
        """Keep it."""
        _here.node.recent.keep(key, text)


_here = threading.local()


class _NoSockets:
    def select(self, timeout: float | None) -> list[object]:
        """Nothing ever comes from outside."""
        return []

    def close(self) -> None:
        """There is nothing to close."""


class _Inline(asyncio.BaseEventLoop):
    """An event loop that does at once what others hand to threads."""

    def __init__(self, too_late: "TooLate | None") -> None:
        super().__init__()
        self._selector = _NoSockets()
        self._too_late = too_late

    def _process_events(self, events: object) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who would have to be woken."""

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        """Do it now. What takes too long is given up, or done though nobody waits any more."""
        future = self.create_future()
        try:
            match self._too_late:
                case TooLate.GIVEN_UP:
                    func(_given_up)
                case TooLate.DONE:
                    func(*args)
                case None:
                    future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  whoever waits for it gets it
            future.set_exception(error)
        if not future.done():
            future.set_exception(TimeoutError())
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
        folder: Path,
    ) -> None:
        self.name = name
        self.weather = weather
        self.alive = True
        self.stalled = False
        self.phase = 0.0
        """By how much of a second its metronome is late."""
        self.too_late: TooLate | None = None
        self.lives = 0
        self.next_beat: float | None = None
        self._engine, self._kernel, self._network = engine, kernel, network
        self._around = surroundings
        self._folder = folder

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
        self.recent = RecentAnswers()
        self.journal = _Journal(self._folder, Troubles(), _disk=_AtOnce())
        watch = _Watch(self._kernel, self.weather)
        self.catching_up = CatchingUp(self.units, self.journal, watch, URL)
        self.vigil = SimpleNamespace(
            unit_of_work=self.units,
            voice_work=self.units,
            public_url=URL,
            adrift=WithoutDatabase(watch, self.journal, self.catching_up),
            metrics=SimpleNamespace(undecided=self._is_undecided),
        )
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
                wanted=lambda row: deliveries.is_wanted(self.units, row),
            ),
            node=self.id,
        )

    def _gave_up(self, row: OutboxRow, failure: Failure, code: int | None) -> None:
        deliveries.given_up(self.units, row, failure, code, URL)

    def _reported(self, row: int, fate: Fate) -> None:
        deliveries.delivery_reported(self.units, row, fate, URL)

    def _is_undecided(self) -> None:
        self.journal.undecided = True

    def tick(self) -> None:
        """What the metronome lets it do: what happened while the database was away comes first."""
        self.catching_up.beat()
        self.timers.tick()

    def dies(self) -> None:
        """Nothing is left of it but what is on disk."""
        self.alive = False
        self.journal.die()

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
        self.journal.undecided = False
        _here.node = self
        handler = HANDLERS[address.path]
        given = {"vigil": self.vigil, "request": Request(scope), "form": form}
        wanted = inspect.signature(handler).parameters
        loop = _Inline(self.too_late)
        try:
            response = loop.run_until_complete(handler(**{name: given[name] for name in wanted}))
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
