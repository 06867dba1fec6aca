"""Watches the version of the rotas in the database, so that a node's copy is known not to be old.

NOTIFY is only a hint to look; the version in the table is the truth.
"""

import asyncio
import contextlib
from collections.abc import Callable

import psycopg
import structlog
from psycopg import sql
from sqlalchemy.exc import SQLAlchemyError

from dispatch.clock import steady_seconds
from dispatch.database import SESSION_OPTIONS
from dispatch.unit_of_work import UnitsOfWork
from oncall.store import CHANNEL, CURRENT_VERSION

log = structlog.get_logger()

LOOK_SECONDS = 0.5
"""How often the version is looked at without a hint."""

PATIENCE_MILLISECONDS = 3000
"""When a database that has stopped acknowledging what it is sent counts as gone."""


class DirectoryWatch:
    """Keeps the directory of one node up to date and confirmed, on a connection of its own.

    `seen` is told, on the event loop, whenever the database has answered.
    """

    def __init__(
        self, unit_of_work: UnitsOfWork, dsn: str, seen: Callable[[], None] = lambda: None
    ) -> None:
        self._unit_of_work = unit_of_work
        self._dsn = dsn
        self._seen = seen
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to watch."""
        self._task = asyncio.create_task(self._watch(), name="directory-watch")

    async def stop(self) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            try:
                async with await self._connection() as connection:
                    await connection.execute(sql.SQL("listen {}").format(sql.Identifier(CHANNEL)))
                    while True:
                        await self._look(connection)
                        async for _ in connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
                            pass
            except (psycopg.Error, SQLAlchemyError) as error:
                log.warning("rota_watch_lost", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), LOOK_SECONDS)

    async def _connection(self) -> psycopg.AsyncConnection:
        return await psycopg.AsyncConnection.connect(
            self._dsn,
            autocommit=True,
            connect_timeout=3,
            tcp_user_timeout=PATIENCE_MILLISECONDS,
            options=SESSION_OPTIONS,
        )

    async def _look(self, connection: psycopg.AsyncConnection) -> None:
        directory = self._unit_of_work.directory
        look, at = directory.look(), steady_seconds()
        row = await (await connection.execute(CURRENT_VERSION)).fetchone()
        version = row[0] if row else 0
        self._seen()
        if version != directory.latest.version:
            await asyncio.to_thread(self._refresh)
        directory.confirm(look, version, at)

    def _refresh(self) -> None:
        with self._unit_of_work.reading():
            pass  # reading has brought the node's copy up to date
