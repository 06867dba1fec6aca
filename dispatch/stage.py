"""A whole Vigil on the loopback: the real service, a local Twilio, virtual phones, its own clock.

The demo, the drills and the scenario tests play on it.
"""

import secrets
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn

from dispatch.agency_file import Agency
from dispatch.api.context import Vigil
from dispatch.api.pages import STATIC
from dispatch.app import create_app
from dispatch.bounded_http import BoundedHttp
from dispatch.clock import DrillClock
from dispatch.commands import agencies, phones
from dispatch.commands.watch import look_at
from dispatch.settings import Settings
from dispatch.unit_of_work import UnitsOfWork
from notifications.emulator import Account, EmulatorServer, PhoneKind, PhoneNetwork
from notifications.emulator.web_space import PREFIX as SPACE

HOST = "127.0.0.1"
ACCOUNT = Account(sid="AC" + "0" * 32, auth_token="for-drills-only")  # noqa: S106  no secret
SPACE_TOKEN = "for-drills-only"  # noqa: S105  no secret
START_SECONDS = 30.0
STOP_SECONDS = 20.0


class Service:
    """The service in a thread of its own, on a socket that is there before it starts."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self, settings: Settings) -> Vigil:
        """Serve, and return the node once it answers."""
        app = create_app(settings)
        config = uvicorn.Config(
            app,
            http=BoundedHttp,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._listener],), name="service", daemon=True
        )
        self._thread.start()
        waiting = threading.Event()
        for _ in range(int(START_SECONDS / 0.02)):
            if self._server.started:
                vigil: Vigil = app.state.vigil
                return vigil
            if not self._thread.is_alive():
                break
            waiting.wait(0.02)
        raise RuntimeError("The service did not start; the log above says why.")

    def close(self) -> None:
        """Give the socket back without having served."""
        self._listener.close()

    def stop(self) -> None:
        """Stop serving; harmless when it is not."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(STOP_SECONDS)


class Stage:
    """Service and phone network together; also a context manager."""

    vigil: Vigil

    def __init__(
        self,
        agency: Agency,
        *,
        data_dir: Path,
        clock: DrillClock,
        database_url: str | None = None,
        port: int = 0,
        bank_port: int = 0,
        fallback: Mapping[str, Any] | None = None,
    ) -> None:
        self.agency = agency
        self.network = PhoneNetwork(ACCOUNT, speed=clock.speed, seed=secrets.randbits(32))
        self.emulator = EmulatorServer(self.network, port=bank_port, static=STATIC)
        listener = socket.create_server((HOST, port))
        self.base_url = f"http://{HOST}:{listener.getsockname()[1]}"
        self._service = Service(listener)
        self._data_dir, self._database_url, self._clock = data_dir, database_url, clock
        self._fallback = fallback
        self.network.go_by(clock.now)

    def start(self) -> None:
        """Start the phone network and the service, load the agency, plug every phone in."""
        bank = self.emulator.start()
        self.vigil = self._service.start(self.settings(bank))
        self.move_in()
        with self.vigil.unit_of_work.reading():
            self.plug_in()  # reading has brought the node's copy of the directory up to date

    def move_in(self) -> None:
        """Load the agency."""
        move_in(self.vigil.unit_of_work, self.agency, self.base_url)

    def settings(self, twilio_api_url: str) -> Settings:
        """The settings of the service on this stage."""
        return Settings(
            data_dir=self._data_dir,
            database_url=self._database_url,
            public_url=self.base_url,
            twilio_api_url=twilio_api_url,
            twilio_account_sid=ACCOUNT.sid,
            twilio_auth_token=ACCOUNT.auth_token,
            drill_clock=self._clock,
            **self._fallback_settings(twilio_api_url),
        )

    def _fallback_settings(self, twilio_api_url: str) -> dict[str, Any]:
        """Where the fallback is published, if it is: the web space lives with the phone network."""
        if self._fallback is None:
            return {}
        self.network.space.token = SPACE_TOKEN
        space = {
            "fallback_put_url": f"{twilio_api_url}{SPACE}",
            "fallback_put_token": SPACE_TOKEN,
        }
        return space | dict(self._fallback)

    @property
    def speed(self) -> float:
        """How many seconds pass here in a real one."""
        return self._clock.speed

    def plug_in(self) -> None:
        """Give every line its webhooks and everybody a phone."""
        plug_in(self.network, self.agency, self.base_url)

    def lose_service(self) -> None:
        """The service is gone: nobody listens at its port any more. The phone network lives on."""
        self._service.stop()

    def release_port(self) -> None:
        """Give the service's port to somebody else, who serves in our place."""
        self._service.close()

    def stop(self) -> None:
        """Hang up on everything and stop."""
        self.emulator.stop()
        self._service.stop()

    def __enter__(self) -> Self:
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


def move_in(unit_of_work: UnitsOfWork, agency: Agency, base_url: str) -> None:
    """Load an agency; every phone of its people is verified, and its coverage looked at."""
    with unit_of_work() as work:
        agencies.load(work, agency, accept="a drill")
        phones.mark_verified(work, [member.id for member in agency.staff], "drill")
        for team in sorted(work.directory.teams):
            look_at(work, team, base_url)


def plug_in(network: PhoneNetwork, agency: Agency, base_url: str) -> None:
    """Connect an agency's lines to a service, and put its people's phones on the network."""
    for team in agency.teams:
        for line in team.lines:
            network.number(
                line,
                voice_url=f"{base_url}/twilio/voice",
                sms_url=f"{base_url}/twilio/sms",
                status_callback=f"{base_url}/twilio/voice/status",
                friendly_name=" and ".join(
                    other.name for other in agency.teams if line in other.lines
                ),
            )
    for member in agency.staff:
        network.phone(member.phone, owner=member.name, kind=PhoneKind.STAFF)
    phones = {phone for client in agency.clients for phone in client.phones}
    for phone in sorted(phones):
        owners = [client.name for client in agency.clients if phone in client.phones]
        network.phone(phone, owner=" or ".join(owners), kind=PhoneKind.CALLER)
    if agency.interpreter_line is not None:
        interpreter = network.phone(agency.interpreter_line, "Interpreter line", PhoneKind.OUTSIDE)
        interpreter.answers(press=None, speaks_after=2)
    for number in agency.last_resort:
        owner = f"Crisis line {number}"
        network.phone(number, owner=owner, kind=PhoneKind.OUTSIDE).answers(
            press=None, speaks_after=2
        )
