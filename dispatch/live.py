"""The live board on one node: a snapshot for each viewer, then every numbered change, in order.

NOTIFY is only a hint to look; what was committed to the change table is what is sent.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
import structlog
from psycopg import sql
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from dispatch.access import Viewer
from dispatch.board import Nothing, as_json
from dispatch.commands.boards import board
from dispatch.store import boards
from dispatch.troubles import Troubles
from dispatch.unit_of_work import UnitsOfWork

log = structlog.get_logger()

LOOK_SECONDS = 1.0
"""How often the change table is looked at without a hint."""

BREATH_SECONDS = 0.02
"""Between two looks: in a storm of calls one look fetches what many commits have written."""

HEARTBEAT_SECONDS = 5.0
"""How often a viewer hears that nothing has happened; twice missed shows as stale."""

BACKLOG = 1000
"""Messages a slow viewer may be behind before they are cut off to begin afresh."""

Message = dict[str, Any]


@dataclass(eq=False)
class Watching:
    """One open board: who looks at it, what waits to be sent, and from which number on."""

    viewer: Viewer
    queue: asyncio.Queue[Message | None] = field(default_factory=lambda: asyncio.Queue(BACKLOG))
    after: int = -1
    held: list[Message] | None = None
    """What happens while a snapshot is read; it is sent after the snapshot, which may lack it."""

    def put(self, message: Message) -> None:
        """Queue a message; None in its place, at the end of a full queue, cuts the viewer off."""
        if self.held is not None:
            self.held.append(message)
            return
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            with contextlib.suppress(asyncio.QueueEmpty):
                self.queue.get_nowait()
            self.queue.put_nowait(None)


class Live:
    """Follows the change table and feeds every open board of this node, with its troubles too."""

    def __init__(self, unit_of_work: UnitsOfWork, dsn: str, troubles: Troubles) -> None:
        self._unit_of_work = unit_of_work
        self._dsn = dsn
        self._troubles = troubles
        self._watching: set[Watching] = set()
        self._number = 0
        self._seen_at: float | None = None
        self._look = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Begin to follow the table, from its newest change on."""
        self._loop = asyncio.get_running_loop()
        self._number = await asyncio.to_thread(self._read_number)
        self._tasks = [
            asyncio.create_task(self._listen(), name="board-listen"),
            asyncio.create_task(self._follow(), name="board-follow"),
            asyncio.create_task(self._beat(), name="board-beat"),
        ]

    async def stop(self) -> None:
        """Stop following; open boards are closed by the server."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def hint(self) -> None:
        """Something of ours was committed: look at once. Safe from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._look.set)

    def trouble_changed(self) -> None:
        """Tell every open board what is wrong now; it needs no database. Safe from any thread."""
        self._on_loop(self._tell_troubles)

    @property
    def watchers(self) -> int:
        """How many boards are open on this node."""
        return len(self._watching)

    async def watch(self, viewer: Viewer) -> Watching:
        """Open a board: its snapshot is queued first, then every change that follows it."""
        watching = Watching(viewer)
        self._watching.add(watching)
        try:
            await self.refresh(watching)
        except BaseException:
            self.forget(watching)  # else it would go on gathering messages for nobody
            raise
        return watching

    def forget(self, watching: Watching) -> None:
        """Close a board."""
        self._watching.discard(watching)

    async def refresh(self, watching: Watching) -> None:
        """Queue a fresh snapshot, and after it what is wrong and what has happened meanwhile.

        To a page, a snapshot means that nothing is wrong unless it is told so after it.
        """
        watching.held = []
        fresh: list[Message] = []
        try:
            fresh = [await asyncio.to_thread(self._snapshot, watching.viewer)]
            watching.after = fresh[0]["number"]
        finally:
            held, watching.held = watching.held, None
            changes = [one for one in held if one.get("number", -1) > watching.after]
            troubled = bool(self._troubles.now()) or any("troubles" in one for one in held)
            troubles = [self._trouble_message()] if troubled else []
            for message in (*fresh, *troubles, *changes):
                watching.put(message)

    def _snapshot(self, viewer: Viewer) -> Message:
        with self._unit_of_work.reading() as work:
            number, snapshot = board(work, viewer.teams)
            return {
                "type": "snapshot",
                "number": number,
                "at": work.now.isoformat(),
                "board": as_json(snapshot),
            }

    def _trouble_message(self) -> Message:
        return {
            "type": "trouble",
            "at": self._unit_of_work.clock.now().isoformat(),
            "troubles": [
                {"about": one.about.value, "text": one.text, "since": one.since.isoformat()}
                for one in self._troubles.now()
            ],
        }

    def _tell_troubles(self) -> None:
        message = self._trouble_message()
        for watching in self._watching:
            watching.put(message)

    # Following the table ────────────────────────────────────────────────────────────────────────

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True, connect_timeout=3
                ) as connection:
                    await connection.execute(
                        sql.SQL("listen {}").format(sql.Identifier(boards.CHANNEL))
                    )
                    self._look.set()
                    async for _ in connection.notifies():
                        self._look.set()
            except psycopg.Error as error:
                log.warning("board_hints_lost", error=type(error).__name__)
            await _pause(LOOK_SECONDS)

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._look.wait(), LOOK_SECONDS)
            self._look.clear()
            try:
                await asyncio.to_thread(self._catch_up)
                await _pause(BREATH_SECONDS)
            except SQLAlchemyError as error:
                log.warning("board_stale", error=type(error).__name__)

    def _read_number(self) -> int:
        with self._unit_of_work.reading() as work:
            return boards.number(work.session)

    def _catch_up(self) -> None:
        """Read what is new and hand it to the loop; runs in a thread."""
        while True:
            with Session(self._unit_of_work.engine) as session:
                rows = boards.changes_after(session, self._number)
                news = [(row.number, row.team_id, row.at, row.change) for row in rows]
            self._on_loop(self._mark_seen)
            if not news:
                return
            self._number = news[-1][0]
            self._on_loop(self._tell, news)

    def _on_loop(self, call: Callable[..., None], *arguments: object) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *arguments)

    def _mark_seen(self) -> None:
        self._seen_at = asyncio.get_running_loop().time()

    def _tell(self, news: list[tuple[int, str | None, datetime, dict[str, Any]]]) -> None:
        nothing = as_json(Nothing())
        for number, team, at, change in news:
            for watching in self._watching:
                if number <= watching.after:
                    continue
                visible = team is None or watching.viewer.sees(team)
                watching.put(
                    {
                        "type": "change",
                        "number": number,
                        "at": at.isoformat(),
                        "change": change if visible else nothing,
                    }
                )

    async def _beat(self) -> None:
        while True:
            await _pause(HEARTBEAT_SECONDS)
            seen = self._seen_at
            if seen is None or asyncio.get_running_loop().time() - seen > HEARTBEAT_SECONDS:
                continue  # the table can't be read: silence tells every board that it is stale
            at = self._unit_of_work.clock.now().isoformat()
            for watching in self._watching:
                number = max(self._number, watching.after)
                watching.put({"type": "heartbeat", "at": at, "number": number})


async def _pause(seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)
