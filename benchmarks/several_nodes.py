"""What the benchmarks of running nodes share: nodes on one database, a Twilio that answers at once.

The nodes are `vigil serve` as in production, with the sample agency of oncall_http.py (20 teams) on
a PostgreSQL of their own. Whatever a benchmark writes itself it writes by Vigil's own commands.
"""

import asyncio
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import psutil
from oncall_http import TEAMS, agency
from sqlalchemy import event, text
from twilio.request_validator import RequestValidator
from webhook_latency import ACCOUNT, wait_for

from dispatch.access import Role
from dispatch.agency_file import read_agency
from dispatch.clock import SystemClock
from dispatch.commands import agencies, logins
from dispatch.commands.carrying_out import happen, open_crisis
from dispatch.crisis import Source
from dispatch.database import make_engine, migrate, start_embedded
from dispatch.events import Reported
from dispatch.unit_of_work import UnitsOfWork

HOST = "127.0.0.1"
VALIDATOR = RequestValidator(ACCOUNT.auth_token)
REPORTS_AT_ONCE = 8
CRISES_IN_A_TRANSACTION = 50


def free_port() -> int:
    """A port below those that the machine gives to connections: free until a process wants it."""
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server((HOST, port)):
            return port


# Nodes ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, eq=False)
class Node:
    """A `vigil serve`. Twilio reaches each by its own address, so that we see who has sent what."""

    url: str
    process: subprocess.Popen[bytes]

    def rss(self) -> float:
        """Its memory, in megabytes."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 1e6

    def stop(self) -> None:
        """Let it end as in a deploy."""
        self.process.terminate()
        self.process.wait(30)


class Service:
    """A database with an agency, and the nodes that serve it."""

    def __init__(self, dsn: str, folder: Path, twilio_url: str) -> None:
        self.dsn = dsn
        self.nodes: list[Node] = []
        self._folder, self._twilio_url = folder, twilio_url
        migrate(dsn)
        self._engine = make_engine(dsn)
        self.committing_at = 0.0
        """When we began to commit for the last time (perf_counter)."""
        event.listen(self._engine, "commit", self._committing)
        self.work = UnitsOfWork(self._engine, SystemClock(), lambda _: None)
        with self.work() as work:
            agencies.load(work, read_agency(agency(), "benchmark.yaml"))

    def _committing(self, _: object) -> None:
        self.committing_at = time.perf_counter()

    def start(self, number: int = 1) -> Sequence[Node]:
        """Start so many nodes side by side."""
        new = [self._spawn() for _ in range(number)]
        for node in new:
            wait_for(int(node.url.rsplit(":", 1)[1]), node.process)
        self.nodes.extend(new)
        return new

    def _spawn(self) -> Node:
        port = free_port()
        url = f"http://{HOST}:{port}"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("VIGIL_")},
            "VIGIL_DATABASE_URL": self.dsn,
            "VIGIL_DATA_DIR": str(self._folder),
            "VIGIL_PUBLIC_URL": url,
            "VIGIL_TWILIO_API_URL": self._twilio_url,
            "TWILIO_ACCOUNT_SID": ACCOUNT.sid,
            "TWILIO_AUTH_TOKEN": ACCOUNT.auth_token,
        }
        python = [sys.executable, "-W", "ignore", "-m", "dispatch"]
        with (self._folder / "log").open("ab") as log:
            command = [*python, "serve", "--port", str(port)]
            return Node(url, subprocess.Popen(command, env=environment, stderr=log))

    def stop(self) -> None:
        """Stop every node."""
        for node in self.nodes:
            node.process.terminate()
        for node in self.nodes:
            node.process.wait(30)
        self.nodes.clear()
        self._engine.dispose()

    def token(self, role: Role) -> str:
        """A program's token."""
        with self.work() as work:
            return logins.create_token(work, name="benchmark", role=role, team=None)

    def report_crises(self, number: int) -> list[str]:
        """Open crises, as many in each team; their references.

        Team after team: who locks two teams' cards does it in this order.
        """
        refs: list[str] = []
        while len(refs) < number:
            some = min(CRISES_IN_A_TRANSACTION, number - len(refs))
            teams = sorted(place % TEAMS for place in range(len(refs), len(refs) + some))
            with self.work() as work:
                for team in teams:
                    crisis = open_crisis(work, f"t{team:02d}", Source.WEBHOOK)
                    happen(work, crisis, Reported(), public_url="http://localhost", is_new=True)
                    refs.append(crisis.ref)
        return refs

    def execute(
        self, statement: str, values: Mapping[str, object] | None = None
    ) -> list[tuple[object, ...]]:
        """Do something to the database; the rows that it gives."""
        with self.work() as work:
            result = work.session.execute(text(statement), values or {})
            return [tuple(row) for row in result] if result.returns_rows else []

    def rest(self) -> None:
        """Close whatever is open, so that nothing of a run reaches into the next one."""
        for statement in (
            "update crisis set state = 'closed', due_at = null where state <> 'closed'",
            "update outbox set state = 'cancelled' where state = 'waiting'",
            "update outbox set check_at = null where check_at is not null",
        ):
            self.execute(statement)


@contextmanager
def service(folder: Path, twilio_url: str) -> Iterator[Service]:
    """A database of our own with the agency in it; no node runs yet."""
    server = start_embedded(folder)
    try:
        running = Service(server.get_uri(), folder, twilio_url)
        try:
            yield running
        finally:
            running.stop()
    finally:
        server.cleanup()


# Twilio ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Taken:
    """A request to send that was answered: which row, which node asked, when (perf_counter)."""

    row: int
    node: str
    at: float


@dataclass
class InstantTwilio:
    """Twilio's REST API as fast as can be: takes everything at once, and reports it delivered.

    Requests of nodes in `unanswered` hang for ever, those of others until `answering` is set.
    """

    port: int = field(default_factory=free_port)
    taken: list[Taken] = field(default_factory=list)
    held: list[Taken] = field(default_factory=list)
    unanswered: set[str] = field(default_factory=set)
    answering: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.answering.set()
        self._sids = count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(REPORTS_AT_ONCE)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        """Start."""
        self._client = httpx.AsyncClient(timeout=30, trust_env=False)
        self._server = await asyncio.start_server(self._serve, HOST, self.port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, with whatever is still under way."""
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone = (OSError, asyncio.IncompleteReadError, asyncio.CancelledError)
        with suppress(*gone):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (
                        int(line.split(b":")[1])
                        for line in head.split(b"\r\n")
                        if line.lower().startswith(b"content-length:")
                    ),
                    0,
                )
                form = dict(parse_qsl((await reader.readexactly(length)).decode()))
                if self._is_held(form):
                    await reader.read()  # until whoever asked is gone
                    break
                await self.answering.wait()
                body = json.dumps(self._answer(head, form)).encode()
                writer.write(
                    f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n".encode()
                    + body
                )
        writer.close()

    def _is_held(self, form: Mapping[str, str]) -> bool:
        asked = _asked(form)
        if asked is None or asked.node not in self.unanswered:
            return False
        self.held.append(asked)
        return True

    def _answer(self, head: bytes, form: Mapping[str, str]) -> dict[str, str]:
        by_voice, asked = b"/Calls" in head, _asked(form)
        if asked is None:  # how something ended, or that a phone shall stop ringing
            status = "no-answer" if by_voice else "delivered"
            return {"sid": "SM" + "0" * 32, "status": status}
        self.taken.append(asked)
        sid = f"{'CA' if by_voice else 'SM'}{next(self._sids):032x}"
        if not by_voice:
            task = asyncio.get_running_loop().create_task(self._report(form["StatusCallback"], sid))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return {"sid": sid, "status": "queued"}

    async def _report(self, callback: str, sid: str) -> None:
        form = {"MessageSid": sid, "MessageStatus": "delivered", "AccountSid": ACCOUNT.sid}
        async with self._gate:
            with suppress(httpx.HTTPError):  # its node may have been killed
                await post_signed(self._client, callback, form)


def _asked(form: Mapping[str, str]) -> Taken | None:
    """Which row of the outbox a request is for, and who asks; None where it sends nothing."""
    if "StatusCallback" not in form:
        return None
    parts = urlsplit(form["StatusCallback"])
    row = int(parse_qs(parts.query)["row"][0])
    return Taken(row, f"{parts.scheme}://{parts.netloc}", time.perf_counter())


async def post_signed(
    client: httpx.AsyncClient, url: str, form: Mapping[str, str]
) -> httpx.Response:
    """What Twilio posts, with its signature."""
    signature = VALIDATOR.compute_signature(url, dict(form))
    return await client.post(url, data=form, headers={"X-Twilio-Signature": signature})


# Figures ────────────────────────────────────────────────────────────────────────────────────────


def p99(values: Sequence[float]) -> float:
    """The 99th percentile; of few values the largest."""
    return statistics.quantiles(values, n=100)[98] if len(values) >= 100 else max(values)


async def until(
    met: Callable[[], bool], what: str, seconds: float = 180, pause: float = 0.1
) -> None:
    """Wait, looking from time to time. Ends the benchmark where it is in vain."""
    deadline = time.perf_counter() + seconds
    while not met():
        if time.perf_counter() > deadline:
            raise SystemExit(f"waited {seconds} s in vain for {what}: the figures mean nothing")
        await asyncio.sleep(pause)
