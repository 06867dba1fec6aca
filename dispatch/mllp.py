"""Listens for HL7 v2 over MLLP: what comes on a line is kept, then answered, in order.

An acknowledgement leaves only after the message is committed. Where it can't be, the line is closed
without one, so that its sender sends again. What a line may cost is bounded: its time, its memory,
and the threads that wait for the database, so that no line holds up another.
"""

import asyncio
import hashlib
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from dispatch.commands import hl7_letters
from dispatch.commands.hl7_letters import Origin
from dispatch.commands.sender_rules import Certificate
from dispatch.hospitals.hl7.framing import BEGINS, ENDS, Event, Framed, Framing
from dispatch.mllp_port import Port
from dispatch.store.inbox import Channel
from dispatch.unit_of_work import UnitsOfWork

log = structlog.get_logger()

THREADS = 4
"""So many messages are kept at once; the others wait for their turn."""

PIECE = 32 * 1024
"""So many bytes are read at once, and may wait in a line's memory without asking."""

LARGE_AT_ONCE = 4
"""So many lines may have a longer message under way: each takes some dozens of megabytes."""

HANDSHAKE_SECONDS = 10.0
"""How long somebody may take to show who they are."""

GIVES_WAY_AFTER = 60.0
"""A line that was silent for so many seconds is closed for a new one where there is no room."""

GENTLY = ("ended", "silent", "not kept")
"""Why a line is closed as usual, what was written before still sent. Else it is cut off."""

PROBE_SECONDS = 60
"""How often a silent line is probed, so that no firewall between forgets it."""


@dataclass(eq=False)
class _Line:
    """One connection: who is there, and since when it is silent, or has a message under way.

    Both times are by the clock of the loop; at least one of them is None.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    origin: Origin
    silent_since: float | None = None
    begun_at: float | None = None
    is_large: bool = False
    framing: Framing = field(default_factory=Framing)
    answered: int = 0


class Mllp:
    """The listener of one node. `port` says where it listens, for how many, how long it waits."""

    def __init__(self, port: Port, units: UnitsOfWork) -> None:
        self._port = port
        self._units = units
        self._lines: dict[asyncio.Task[None], _Line] = {}
        self._server: asyncio.Server | None = None
        self._keeping = 0

    @property
    def is_keeping(self) -> bool:
        """Whether a hospital waits at this moment for something to be kept."""
        return self._keeping > 0

    async def start(self) -> None:
        """Begin to listen. Raises SettingsError where the port can't be had."""
        tls, listener = self._port.tls(), self._port.bound()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="mllp")
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self._server = await asyncio.start_server(
            self._serve,
            sock=listener,
            limit=PIECE,
            ssl=tls,
            ssl_handshake_timeout=None if tls is None else HANDSHAKE_SECONDS,
        )
        if tls is None and not self._port.is_local:
            log.warning("mllp_not_encrypted")

    async def stop(self) -> None:
        """Close every line. What is being kept is kept, and whoever got no answer sends again."""
        if self._server is None:
            return
        self._server.close()
        tasks = list(self._lines)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._pool.shutdown)

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None:
            raise RuntimeError("It doesn't listen.")
        return int(self._server.sockets[0].getsockname()[1])

    # Who is let in ──────────────────────────────────────────────────────────────────────────────

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a line until it ends, for whatever reason."""
        task = asyncio.current_task()
        if task is None or not self._has_room():
            log.warning("mllp_refused", where="too many lines", count=len(self._lines))
            writer.transport.abort()
            return
        _probe(writer)
        line = _Line(reader, writer, Origin(Channel.MLLP, certificate=_certificate(writer)))
        self._lines[task] = line
        why = "closed by us"
        try:
            why = await self._talk(line)
        except asyncio.CancelledError:
            pass  # by us, and the task ends here: asyncio would take it for a failure of ours
        finally:
            self._lines.pop(task, None)
            if line.is_large:
                self._large.release()
            writer.close() if why in GENTLY else writer.transport.abort()
            log.info("mllp_line_ended", where=why, count=line.answered)

    def _has_room(self) -> bool:
        """Whether one more may come in. The line that was silent longest makes room for it."""
        if len(self._lines) < self._port.most:
            return True
        silent = [(line.silent_since, task) for task, line in self._lines.items()]
        known = [(since, task) for since, task in silent if since is not None]
        since, task = min(known, key=lambda one: one[0], default=(self._now(), None))
        if task is None or self._now() - since < GIVES_WAY_AFTER:
            return False
        del self._lines[task]
        task.cancel()
        return True

    # What is said ───────────────────────────────────────────────────────────────────────────────

    async def _talk(self, line: _Line) -> str:
        """Keep and answer what comes; say why that is over."""
        try:
            why = await self._listen(line)
            for event in line.framing.close():
                await self._keep(line, event)
        except SQLAlchemyError as error:
            log.error("mllp_not_kept", error=type(error).__name__)
            return "not kept"
        except Exception as error:  # noqa: BLE001  the last line of defence: the others are served
            log.error("mllp_failed", error=type(error).__name__)
            return "failed"
        return why

    async def _listen(self, line: _Line) -> str:
        """Keep and answer what comes whole."""
        try:
            while data := await self._next(line):
                for event in line.framing.feed(data):
                    line.begun_at = None
                    await self._say(line, await self._keep(line, event))
                await self._ask_for_memory(line)
        except TimeoutError:
            return "silent" if line.silent_since is not None else "too slow"
        except OSError:  # what goes wrong with TLS is one as well
            return "broken"
        return "ended"

    async def _next(self, line: _Line) -> bytes:
        """What comes next, nothing at the end. Raises TimeoutError where it takes too long."""
        async with asyncio.timeout_at(self._until(line)):
            data = await line.reader.read(PIECE)
        line.silent_since = None
        return data

    async def _ask_for_memory(self, line: _Line) -> None:
        """Let few messages at a time be long; the others wait before they are read on."""
        if line.is_large and line.framing.held <= PIECE:
            self._large.release()
            line.is_large = False
        if not line.is_large and line.framing.held > PIECE:
            async with asyncio.timeout_at(self._until(line)):
                await self._large.acquire()
            line.is_large = True

    def _until(self, line: _Line) -> float:
        """Until when something more must have come."""
        if line.framing.begun:
            line.begun_at = self._now() if line.begun_at is None else line.begun_at
            return line.begun_at + self._port.message_seconds
        line.silent_since = self._now()
        return line.silent_since + self._port.idle_seconds

    async def _keep(self, line: _Line, event: Event) -> bytes:
        """Keep something; the answer. Raises SQLAlchemyError where that can't be."""
        if isinstance(event, Framed):
            call = partial(hl7_letters.take, self._units, line.origin, event.raw)
        else:
            call = partial(hl7_letters.take_damaged, self._units, line.origin, event)
        self._keeping += 1
        try:
            return (await asyncio.get_running_loop().run_in_executor(self._pool, call)).raw
        finally:
            self._keeping -= 1

    async def _say(self, line: _Line, answer: bytes) -> None:
        """Send an answer, where one is wanted. Raises TimeoutError where nobody reads it."""
        if not answer:
            return
        line.answered += 1
        line.writer.write(BEGINS + answer + ENDS + b"\r")
        async with asyncio.timeout(self._port.message_seconds):
            await line.writer.drain()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _certificate(writer: asyncio.StreamWriter) -> Certificate | None:
    """The certificate that somebody has shown, and that was found good."""
    tls = writer.get_extra_info("ssl_object")
    whole = None if tls is None else tls.getpeercert(binary_form=True)
    if whole is None:
        return None
    parts = dict(pair for part in tls.getpeercert().get("subject", ()) for pair in part)
    return Certificate(hashlib.sha256(whole).hexdigest(), parts.get("commonName", ""))


def _probe(writer: asyncio.StreamWriter) -> None:
    line: socket.socket = writer.get_extra_info("socket")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, PROBE_SECONDS)
