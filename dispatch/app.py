"""Puts a node together: settings, database, phone network, sender, metronome, live board, pages."""

import contextlib
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
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
    pages,
    people,
    plans,
    requests,
    rooms,
    rota,
    rota_edits,
    sms,
    time_off,
    voice,
)
from dispatch.api.context import Vigil
from dispatch.api.guards import Guards
from dispatch.api.oncall import OncallFromMemory
from dispatch.commands import deliveries, logins
from dispatch.commands.guarantee import GapsOpened, Previewed
from dispatch.database import Database, migrate, open_database
from dispatch.directory_watch import DirectoryWatch
from dispatch.live import Live
from dispatch.planning import Planning
from dispatch.settings import Settings
from dispatch.timers import Timers
from dispatch.troubles import Troubles
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from notifications.retry import Failure
from notifications.sender import Sender
from notifications.tables import OutboxRow
from notifications.twilio import Twilio

log = structlog.get_logger()

TICK_SECONDS = 1.0
"""How often deadlines are looked at; a drill's faster clock ticks faster."""

SHORTEST_TICK_SECONDS = 0.2

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
        rooms,
        sms,
        handovers,
        crises,
        oncall,
        rota,
        rota_edits,
        people,
        accepted_gaps,
        requests,
        duty,
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
        self._sender = Sender(
            database.engine,
            twilio,
            clock.now,
            f"{settings.public_url}/twilio/sms/status",
            self._gave_up,
        )
        self._metronome = BackgroundScheduler(
            timezone=UTC, executors={"default": ThreadPoolExecutor(4)}
        )
        self._timers = Timers(self._unit_of_work, settings.public_url)
        self._metronome.add_job(self._timers.tidy, "interval", hours=1, misfire_grace_time=None)
        self._database = database
        self._metronome.add_job(
            self._revive, "interval", seconds=REVIVE_SECONDS, coalesce=True, misfire_grace_time=None
        )
        for beat in (self._tick, self._timers.tend_rotas):
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
        self._troubles = Troubles()
        self.vigil = Vigil(
            settings,
            key,
            self._unit_of_work,
            voice_work,
            twilio,
            self._live,
            self._planning,
            troubles=self._troubles,
        )

    async def start(self) -> None:
        """Start sending, ticking and showing."""
        await self._live.start()
        await self._directory_watch.start()
        self._sender.start()
        self._metronome.start()

    async def stop(self) -> None:
        """Stop ticking, finish sending, close the boards."""
        self._planning.stop()
        self._metronome.shutdown(wait=True)
        self._sender.stop()
        await self._directory_watch.stop()
        await self._live.stop()

    def _tick(self) -> None:
        self._timers.tick()
        self._sender.wake()

    def _revive(self) -> None:
        try:
            self._database.revive()
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            log.error("database_not_revived", error=type(error).__name__)

    def _gave_up(self, row: OutboxRow, failure: Failure, code: int | None) -> None:
        deliveries.given_up(self._unit_of_work, row, failure, code, self.vigil.public_url)

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
