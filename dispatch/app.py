"""The whole service as one ASGI application: a node, its web addresses, and what they answer."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import Request

from dispatch.api import (
    accepted_gaps,
    access,
    admissions,
    board,
    calendars,
    changes,
    crises,
    duty,
    episodes,
    fairness,
    feed_alarms,
    fidelity,
    handovers,
    health,
    hl7,
    hospital_letters,
    hospitals,
    inbox,
    matching,
    metrics,
    oncall,
    page_calls,
    pages,
    paging,
    people,
    plans,
    requests,
    rooms,
    rosters,
    rota,
    rota_edits,
    sms,
    staff_line,
    time_off,
    twilio_doctor,
    voice,
)
from dispatch.api.guards import Guards
from dispatch.api.oncall import OncallFromMemory
from dispatch.commands.guarantee import GapsOpened, Previewed
from dispatch.database import migrate, open_database
from dispatch.mllp_port import Port
from dispatch.node import Node
from dispatch.settings import Settings
from notifications.twilio import Twilio

ROUTES = [
    route
    for module in (
        voice,
        staff_line,
        rooms,
        sms,
        page_calls,
        handovers,
        hospital_letters,
        hl7,
        hospitals,
        inbox,
        matching,
        rosters,
        feed_alarms,
        crises,
        admissions,
        episodes,
        fidelity,
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
        metrics,
        twilio_doctor,
    )
    for route in module.router.routes
]
"""Every address, in the order in which they are tried.

Not by `include_router`: it builds each route anew for the app, at the first request that looks
for it, while a caller waits.
"""


def create_app(settings: Settings) -> FastAPI:
    """The whole service as one ASGI application; everything is opened when it starts.

    Raises SettingsError at once for what can be seen without the database.
    """
    account, token = settings.require_twilio()
    tokens = [one for one in (token, settings.twilio_auth_token_secondary) if one]
    if (port := Port.of(settings)) is not None:
        port.check()

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
        routes=ROUTES,
        title="Vigil",
        description="24/7 psychiatric crisis on-call dispatch for ACT teams",
        docs_url=None,
        openapi_url="/api/openapi.json",
        redoc_url=None,
        lifespan=lifespan,
    )
    pages.add_pages(app)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(GapsOpened, changes.gaps_opened)
    app.add_exception_handler(Previewed, changes.previewed)
    app.add_exception_handler(StarletteHTTPException, _refused)
    app.add_middleware(OncallFromMemory)
    app.add_middleware(Guards, public_url=settings.public_url)
    return app


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
