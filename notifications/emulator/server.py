"""Runs the emulator on a loopback port, in a thread of its own."""

import asyncio
import socket
import threading
from email.utils import formatdate
from pathlib import Path
from types import TracebackType

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import FileResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notifications.emulator.control import Bank
from notifications.emulator.network import PhoneNetwork
from notifications.emulator.rest import Rest
from notifications.emulator.studio import Studio

HOST = "127.0.0.1"
_PAGE = "phone-bank.html"
_START_SECONDS = 10.0
_STOP_SECONDS = 10.0


def create_app(network: PhoneNetwork, static: Path | None = None) -> Starlette:
    """The REST API and the phone bank's API; with ``static`` also its page.

    ``static`` is the folder of the built front end, with ``phone-bank.html`` and ``assets/``.
    """
    exchange = network.exchange
    routes: list[BaseRoute] = [*Rest(exchange).routes(), *Bank(exchange).routes()]
    routes += [*Studio(exchange).routes(), *exchange.space.routes()]
    if static is not None:
        page = static / _PAGE
        routes.append(Route("/", lambda _: FileResponse(page), methods=["GET"]))
        routes.append(Mount("/assets", StaticFiles(directory=static / "assets", check_dir=False)))
    # Whatever page a browser shows, its scripts must not reach the phone bank by another name.
    local = Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
    return Starlette(routes=routes, middleware=[local, Middleware(Dated)])


class Dated:
    """Says in each answer what time it is then; uvicorn's own word is seconds old when it is busy.

    Whoever compares clocks believes it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["date"] = formatdate(usegmt=True)
            await send(message)

        await self._app(scope, receive, dated)


class EmulatorServer:
    """A running emulator; also a context manager.

    ``port`` 0 takes a free one. It listens on loopback only.
    """

    def __init__(self, network: PhoneNetwork, *, port: int = 0, static: Path | None = None) -> None:
        self.network = network
        self.base_url = ""
        self._port = port
        self._static = static
        self._thread: threading.Thread | None = None
        self._server: _Server | None = None

    def start(self) -> str:
        """Start listening and give the address, such as ``http://127.0.0.1:41234``.

        Raises OSError when the port is taken, RuntimeError when it runs already.
        """
        if self._thread is not None:
            raise RuntimeError("This emulator is running already.")
        listener = socket.create_server((HOST, self._port))
        self.base_url = f"http://{HOST}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            create_app(self.network, self._static),
            log_level="warning",
            access_log=False,
            date_header=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config, self.network)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="emulator", daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(_START_SECONDS):
            raise RuntimeError("The emulator did not start.")
        return self.base_url

    def stop(self) -> None:
        """Hang up on everything and stop listening; harmless when it is not running."""
        thread, server = self._thread, self._server
        if thread is None or server is None:
            return
        server.should_exit = True
        thread.join(_STOP_SECONDS)
        self._thread = self._server = None

    def __enter__(self) -> "EmulatorServer":
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()


class _Server(uvicorn.Server):
    """Uvicorn, with the network living and dying on its event loop."""

    def __init__(self, config: uvicorn.Config, network: PhoneNetwork) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._network = network

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._network.exchange.attach(asyncio.get_running_loop())
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._network.exchange.detach()
        await super().shutdown(sockets)
