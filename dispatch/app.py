"""Puts a node together: settings, database, phone network, sender, metronome, live board, pages."""

import asyncio
import contextlib
import subprocess
import uuid
from collections.abc import AsyncIterator
from datetime import UTC
from importlib import metadata

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import Request

from dispatch.api import (
    accepted_gaps,
    access,
    board,
    calendars,
    changes,
    crises,
    duty,
    fairness,
    handovers,
    health,
    oncall,
    page_calls,
    pages,
    paging,
    people,
    plans,
    requests,
    rota,
    rota_edits,
    sms,
    time_off,
    voice,
)
from dispatch.api.context import Vigil
from dispatch.api.guards import Guards
from dispatch.api.oncall import OncallFromMemory
from dispatch.catching_up import CatchingUp
from dispatch.commands import deliveries, logins
from dispatch.commands.guarantee import GapsOpened, Previewed
from dispatch.database import Database, migrate, open_database
from dispatch.database_watch import DatabaseWatch
from dispatch.directory_watch import DirectoryWatch
from dispatch.journal import Journal
from dispatch.live import Live
from dispatch.planning import Planning
from dispatch.settings import Settings
from dispatch.timers import Timers
from dispatch.troubles import Troubles
from dispatch.twilio_watch import TwilioWatch
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from dispatch.without_database import WithoutDatabase
from notifications import wording
from notifications.retry import Failure
from notifications.sender import Sender
from notifications.sending import Listeners, Sending
from notifications.tables import OutboxRow
from notifications.twilio import Fate, Twilio

log = structlog.get_logger()

TICK_SECONDS = 1.0
"""How often deadlines and the outbox are looked at, and a node says that it lives; a drill's faster
clock ticks faster."""

SHORTEST_TICK_SECONDS = 0.2

METRONOME_THREADS = 6
"""As many as there are jobs that may want to run at the same moment."""

VERSION = metadata.version("vigil-dispatch")

REVIVE_SECONDS = 5
"""How often our own PostgreSQL is looked at, and started again if it has died."""


def create_app(settings: Settings) -> FastAPI:
    """The whole service as one ASGI application; everything is opened when it starts.

    Raises SettingsError at once for what can be seen without the database.
    """
    account, token = settings.require_twilio()
    tokens = [one for one in (token, settings.twilio_auth_token_secondary) if one]

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = open_database(settings)
        migrate(database.dsn)
        node = Node(settings, database, Twilio(account, tokens, settings.twilio_api_url))
        app.state.vigil = node.vigil
        await node.start()
        try:
            yield
        finally:
            await node.stop()
            database.close()

    app = FastAPI(
        title="Vigil",
        description="24/7 psychiatric crisis on-call dispatch for ACT teams",
        docs_url=None,
        openapi_url="/api/openapi.json",
        redoc_url=None,
        lifespan=lifespan,
    )
    for module in (
        voice,
        sms,
        page_calls,
        handovers,
        crises,
        oncall,
        rota,
        rota_edits,
        people,
        accepted_gaps,
        requests,
        duty,
        paging,
        plans,
        fairness,
        time_off,
        calendars,
        access,
        board,
        health,
    ):
        app.include_router(module.router)
    pages.add_pages(app)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(GapsOpened, changes.gaps_opened)
    app.add_exception_handler(Previewed, changes.previewed)
    app.add_exception_handler(StarletteHTTPException, _refused)
    app.add_middleware(OncallFromMemory)
    app.add_middleware(Guards, public_url=settings.public_url)
    return app


class Node:
    """One running node and the threads that belong to it."""

    def __init__(self, settings: Settings, database: Database, twilio: Twilio) -> None:
        clock = settings.clock
        self._unit_of_work = UnitsOfWork(
            database.engine, clock, self._committed, horizon=settings.coverage_horizon
        )
        self._live = Live(self._unit_of_work, database.dsn)
        self._directory_watch = DirectoryWatch(self._unit_of_work, database.dsn)
        self._troubles = Troubles()
        self._sending = Sending(
            database.engine,
            twilio,
            clock.now,
            settings.public_url,
            Listeners(
                gave_up=self._gave_up,
                reported=self._reported,
                many=lambda refs: wording.many_wait(refs, settings.public_url),
                answered=TwilioWatch(self._troubles, clock.now).answered,
            ),
            node=uuid.uuid4().hex,
            speed=clock.speed,
        )
        self._sender = Sender(self._sending)
        self._metronome = BackgroundScheduler(
            timezone=UTC, executors={"default": ThreadPoolExecutor(METRONOME_THREADS)}
        )
        self._timers = Timers(self._unit_of_work, settings.public_url)
        self._metronome.add_job(self._timers.tidy, "interval", hours=1, misfire_grace_time=None)
        self._database = database
        self._metronome.add_job(
            self._revive, "interval", seconds=REVIVE_SECONDS, coalesce=True, misfire_grace_time=None
        )
        for beat in (self._beat, self._tick, self._timers.tend_rotas):
            self._metronome.add_job(
                beat,
                "interval",
                seconds=max(TICK_SECONDS / clock.speed, SHORTEST_TICK_SECONDS),
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        with self._unit_of_work() as work:
            key = logins.installation_key(work, settings.secret_key)
        voice_work = UnitsOfWork(
            database.voice_engine,
            clock,
            self._committed,
            self._unit_of_work.directory,
            settings.coverage_horizon,
        )
        self._planning = Planning(self._unit_of_work)
        watch = DatabaseWatch(database.dsn)
        journal = Journal(settings.data_dir / "journal", self._troubles)
        catching_up = CatchingUp(voice_work, journal, watch, settings.public_url)
        self._adrift = WithoutDatabase(watch, journal, catching_up)
        self.vigil = Vigil(
            settings,
            key,
            self._unit_of_work,
            voice_work,
            twilio,
            self._live,
            self._planning,
            self._adrift,
            troubles=self._troubles,
        )

    async def start(self) -> None:
        """Start sending, ticking and showing."""
        self._adrift.watch.start()
        await asyncio.to_thread(self._adrift.catching_up.start)
        await self._live.start()
        await self._directory_watch.start()
        self._sending.beat(VERSION)
        self._sender.start()
        self._metronome.start()

    async def stop(self) -> None:
        """Stop ticking, finish sending, close the boards."""
        self._planning.stop()
        self._metronome.shutdown(wait=True)
        self._sender.stop()
        with contextlib.suppress(SQLAlchemyError):  # the others notice by themselves
            self._sending.leave()
        await self._directory_watch.stop()
        await self._live.stop()
        self._adrift.watch.stop()
        self._adrift.journal.close(self._unit_of_work.clock.now())

    def _tick(self) -> None:
        self._adrift.catching_up.beat()  # before any deadline: what happened may have met it
        self._timers.tick()

    def _beat(self) -> None:
        """Say that this node lives, and look at what is due: apart from the tick's long work."""
        try:
            self._sending.beat(VERSION)
        except SQLAlchemyError as error:  # the database is away: the next beat tries again
            log.warning("node_not_heard", error=type(error).__name__)
        self._sender.beat()

    def _revive(self) -> None:
        try:
            self._database.revive()
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            log.error("database_not_revived", error=type(error).__name__)

    def _gave_up(self, row: OutboxRow, failure: Failure, code: int | None) -> None:
        deliveries.given_up(self._unit_of_work, row, failure, code, self.vigil.public_url)

    def _reported(self, row: int, fate: Fate) -> None:
        deliveries.delivery_reported(self._unit_of_work, row, fate, self.vigil.public_url)

    def _committed(self, work: UnitOfWork) -> None:
        if work.sends:
            self._sender.wake()
        if work.board:
            self._live.hint()


async def _unreadable(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    """What is wrong with a request, where, without repeating what was sent."""
    assert isinstance(error, RequestValidationError)  # noqa: S101  registered for it alone
    problems = []
    for one in error.errors():
        place = ".".join(str(part) for part in one["loc"][1:]) or "body"
        problems.append(f"{place}: {str(one['msg']).removeprefix('Value error, ')}")
    return JSONResponse({"detail": "; ".join(problems)}, 422)


async def _refused(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    assert isinstance(error, StarletteHTTPException)  # noqa: S101  registered for it alone
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)
