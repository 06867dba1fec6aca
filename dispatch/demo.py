"""Plays one crisis call in the terminal as it happens, then stays up to be tried by hand."""

import secrets
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import typer

from dispatch.access import Role
from dispatch.agency_file import Agency
from dispatch.clock import DrillClock, SystemClock
from dispatch.commands import logins
from dispatch.drill import sample_agency
from dispatch.stage import HOST, Stage
from dispatch.store import crises
from dispatch.tables import TimelineRow
from notifications.emulator import CallHandle

T = TypeVar("T")

CALL_SECONDS = 180.0
"""How long (real seconds) the demo waits for its call to be answered."""


def play(*, port: int, bank_port: int, stay: bool, speed: float = 1.0) -> bool:
    """Start everything, play the call, and stay up; says whether the caller reached a human."""
    agency = sample_agency()
    clock = DrillClock.beginning(SystemClock().now(), speed)
    typer.echo("Starting PostgreSQL, the service and a local Twilio …")
    with (
        tempfile.TemporaryDirectory(prefix="vigil-demo-") as folder,
        Stage(
            agency,
            data_dir=Path(folder),
            clock=clock,
            port=_free(port),
            bank_port=_free(bank_port),
        ) as stage,
    ):
        password = _add_login(stage)
        reached = _play_call(stage, agency)
        _by_hand(stage, agency)
        if stay:
            _stay_up(stage, password)
    return reached


def _free(port: int) -> int:
    """The port asked for, or a free one when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return 0
    return port


def _add_login(stage: Stage) -> str:
    password = secrets.token_urlsafe(12)
    with stage.vigil.unit_of_work() as work:
        for email, name, role, staff in (
            ("lead@example.org", "Demo Lead", Role.ADMIN, None),
            ("ben@example.org", "Ben Sample", Role.CLINICIAN, "ben"),
        ):
            logins.add_user(work, email=email, name=name, role=role, staff=staff, password=password)
    return password


def _play_call(stage: Stage, agency: Agency) -> bool:
    """The primary's phone goes to voicemail, the backup presses 1."""
    directory, now = stage.vigil.unit_of_work.directory.latest, stage.vigil.unit_of_work.clock.now()
    team, client = agency.teams[0], agency.clients[0]
    primary, backup, *_ = (rung.staff or "" for rung in directory.ladder(team.id, now).rungs)
    stage.network.phone(directory.staff[primary].phone).voicemail(after=6)
    stage.network.phone(directory.staff[backup].phone).answers(after=3)
    typer.echo(f"\nA client of {team.name} calls the team's line.\n")
    call = stage.network.place_call(client.phones[0], team.lines[0])
    Story(stage, call).tell_until(lambda: bool(call.bridged_with) or call.state == "ended")
    if not call.bridged_with:
        return False
    owner = stage.network.phone(call.bridged_with[-1]).owner
    seconds = call.seconds_until_bridged or 0.0
    typer.echo(f"\n{owner} and the caller are talking, {seconds:.0f} s after the caller dialled.\n")
    return True


class Story:
    """Tells a call in the terminal as it happens: what is heard, who is rung, what is sent."""

    def __init__(self, stage: Stage, call: CallHandle) -> None:
        self._stage, self._call = stage, call
        self._began = stage.network.exchange.clock.elapsed()
        self._sms_before = len(stage.network.messages)
        self._told = {"heard": 0, "timeline": 0, "sms": 0}

    def tell_until(self, over: Callable[[], bool]) -> None:
        """Tell what is new until it is over, or for CALL_SECONDS."""

        def look() -> bool:
            ended = over()
            self._tell_news()
            return ended

        self._stage.network.exchange.clock.wait_in_thread(look, CALL_SECONDS)

    def _tell_news(self) -> None:
        for words in self._new("heard", self._call.heard):
            self._say("caller hears", f"“{words}”")
        for entry in self._new("timeline", self._timeline()):
            name = self._stage.vigil.unit_of_work.directory.latest.name_of(entry.who or "")
            self._say("Vigil", f"{name}: {entry.text}" if entry.who else entry.text)
        for sms in self._new("sms", self._stage.network.messages[self._sms_before :]):
            self._say("SMS", f"to {self._stage.network.phone(sms.to).owner}: {sms.body}")

    def _new(self, kind: str, everything: Sequence[T]) -> Sequence[T]:
        news = everything[self._told[kind] :]
        self._told[kind] = len(everything)
        return news

    def _timeline(self) -> list[TimelineRow]:
        with self._stage.vigil.unit_of_work.reading() as work:
            contact = crises.contact_of_call(work.session, self._call.sid)
            return [] if contact is None else crises.timeline(work.session, contact.crisis_ref)

    def _say(self, who: str, what: str) -> None:
        seconds = int(self._stage.network.exchange.clock.elapsed() - self._began)
        typer.echo(f"  {seconds // 60}:{seconds % 60:02d}  {who:<13} {what}")


def _by_hand(stage: Stage, agency: Agency) -> None:
    """From now on people answer by hand, in the phone bank."""
    phones = [member.phone for member in agency.staff]
    phones += [phone for client in agency.clients for phone in client.phones]
    for phone in phones:
        stage.network.phone(phone).by_hand()


def _stay_up(stage: Stage, password: str) -> None:
    typer.echo(f"Board:       {stage.base_url}/")
    typer.echo(f"Phone bank:  {stage.emulator.base_url}/")
    typer.echo(f"Log in as    lead@example.org or ben@example.org, password {password}")
    typer.echo("\nCall a line in the phone bank and watch the board. Ctrl-C ends the demo.")
    stopped = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: stopped.set())
    stopped.wait()
    typer.echo("\nGood night.")
