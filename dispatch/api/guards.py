"""What every request passes: a bound on its size, headers that protect the pages, one log line."""

import re
import traceback

import structlog
from psycopg.errors import ExclusionViolation, UniqueViolation
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, SQLAlchemyError
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch.hospitals.hl7 import framing
from oncall.calendar_text import MOST_BYTES

log = structlog.get_logger()

MAX_BODY_BYTES = 64 * 1024
"""More than any webhook or form of ours can need."""

_CALENDAR_FILES = re.compile(r"/api/(staff/[^/]+/time-off|teams/[^/]+/holidays)/import")
"""Where calendar files are taken, which are longer."""

_SECRET_FOLLOWS = re.compile(
    r"(?i)(.*?/(?:calendars|handovers|hospital-forms|hospital-form|hospital))/.*", re.DOTALL
)
"""An address whose end is a secret, however the way to it was mistyped."""

_COULD_BE_SECRET = re.compile(r"[\w.~-]{32,}")
"""What is as long as a secret of ours and could be one, wherever it stands."""

MAX_NOTICE_BYTES = framing.LIMIT
"""The longest message of a hospital that is taken, over whatever way."""

_NOTICES = ("/hl7", "/fhir/$process-message")
"""Where hospitals' messages are taken."""

WEBHOOKS = ("/twilio/", "/webhooks/")


def security_headers(public_url: str) -> dict[str, str]:
    """What browsers are told: only our own scripts, addresses and sockets; https stays https."""
    socket = public_url.replace("http", "ws", 1)
    headers = {
        "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' {socket}; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    if public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


class BodyTooLarge(Exception):  # noqa: N818
    """The body grew past its bound while it was read."""


class Guards:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._headers = security_headers(public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless its body is too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = most_bytes(scope["path"])
        if _announced_length(scope) > most:
            await _too_large(scope, receive, send)
            return
        started = False
        body = _Bounded(receive, most)

        async def guarded_send(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                if body.too_large:  # the framework has made another error of it
                    raise BodyTooLarge
                started = True
                self._protect(scope, message)
            await send(message)

        try:
            await self._app(scope, body, guarded_send)
        except ClientDisconnect:
            return  # nobody is left to answer
        except BodyTooLarge:
            if not started:
                await _too_large(scope, receive, send)
        except Exception as error:  # noqa: BLE001  the last line of defence
            _log_failure(scope, error)
            if not started:
                await _failed(error)(scope, receive, send)

    def _protect(self, scope: Scope, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        headers.update(self._headers)
        if scope["path"].startswith("/api/"):
            headers["Cache-Control"] = "no-store"
        _log(scope, message["status"])


def most_bytes(path: str) -> int:
    """How long a body may be that is sent to a path."""
    if path in _NOTICES:
        return MAX_NOTICE_BYTES
    return MOST_BYTES if _CALENDAR_FILES.fullmatch(path) else MAX_BODY_BYTES


def _announced_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


class _Bounded:
    """Receives a body up to its bound, and remembers when it went past it."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._size = 0

    @property
    def too_large(self) -> bool:
        return self._size > self._most

    async def __call__(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        if self.too_large:
            raise BodyTooLarge
        return message


def _log(scope: Scope, status: int) -> None:
    path = loggable(scope["path"])
    if status == 403 and path.startswith(WEBHOOKS):
        log.warning("unsigned_webhook", path=path)
    else:
        log.info("request", method=scope["method"], path=path, status=status)


def loggable(path: str) -> str:
    """A path without the secret part of a crisis line's follow-up address, or of a calendar's.

    A path that is slightly wrong holds the same secret, which opens the right one.
    """
    known = _SECRET_FOLLOWS.fullmatch(path)
    return _COULD_BE_SECRET.sub("…", known[1] if known else path)


def _log_failure(scope: Scope, error: Exception) -> None:
    """Say where it broke, never what the error says: a message may repeat a client's details."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames[-4:]]
    log.error("failed", path=loggable(scope["path"]), error=type(error).__name__, where=where)


def _failed(error: Exception) -> JSONResponse:
    if isinstance(error, DataError):
        return JSONResponse({"detail": "A value can't be stored: look for odd characters."}, 422)
    if isinstance(error, IntegrityError) and _two_at_once(error):
        detail = "Somebody else changed the same at the same moment. Look again, then try again."
        return JSONResponse({"detail": detail}, 409)
    ours = isinstance(error, (IntegrityError, ProgrammingError))
    if isinstance(error, SQLAlchemyError) and not ours:
        return JSONResponse({"detail": "The database can't be reached. Try again soon."}, 503)
    return JSONResponse({"detail": "Something broke on our side; it has been logged."}, 500)


def _two_at_once(error: IntegrityError) -> bool:
    """Whether another change came first; a missing or forbidden value is a fault of ours."""
    return isinstance(error.orig, (UniqueViolation, ExclusionViolation))


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    log.warning("body_too_large", path=loggable(scope["path"]))
    detail = f"The body is longer than {most_bytes(scope['path'])} bytes."
    answer = JSONResponse({"detail": detail}, 413)
    await answer(scope, receive, send)
