"""Knows whether the database is away, so that no caller has to find out by waiting for it.

It is away from the first command that can't reach it, or the first look that gets no answer, until
a look finds it again. A look only asks whether it may write, on a connection of its own, and never
waits longer than its patience: a database that accepts connections and hangs is away, too.
"""

import selectors
import threading
from collections.abc import Callable

import psycopg
import structlog
from psycopg import errors, pq
from psycopg.conninfo import make_conninfo
from psycopg.pq.abc import PGconn
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from dispatch.clock import steady_seconds

log = structlog.get_logger()

LOOK_SECONDS = 0.5
"""How often the database is looked at."""

PATIENCE_SECONDS = 5.0
"""How long a look may take (real seconds): a busy database is slow, and not away."""


_SLOW = (
    errors.QueryCanceled,
    errors.LockNotAvailable,
    errors.DeadlockDetected,
    errors.SerializationFailure,
)
"""What a database says that is there, and busy."""


def is_away_error(error: BaseException) -> bool:
    """Whether an error says that the database can't be reached, rather than that it is busy."""
    if not isinstance(error, DBAPIError) or isinstance(error.orig, _SLOW):
        return False
    return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)


class DatabaseWatch:
    """Watches one database in a thread of its own. `changed(away)` is called in that thread."""

    def __init__(
        self,
        dsn: str,
        changed: Callable[[bool], None] = lambda _: None,
        *,
        look_seconds: float = LOOK_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._dsn = make_conninfo(dsn, connect_timeout=max(2, round(patience_seconds)))
        self._changed = changed
        self._look_seconds = look_seconds
        self._patience = patience_seconds
        self._connection: psycopg.Connection | None = None
        self._away = threading.Event()
        self._look_now = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._watch, name="database-watch", daemon=True)

    @property
    def is_away(self) -> bool:
        """Whether to do without the database for now."""
        return self._away.is_set()

    def failed(self) -> None:
        """A command could not reach it: do without it until a look, which begins now, finds it."""
        self._away.set()
        self._look_now.set()

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; a look under way ends by itself."""
        self._stopped = True
        self._look_now.set()
        self._thread.join(1.0)

    def _watch(self) -> None:
        told = False
        while not self._stopped:
            well = self._look()
            if well:
                self._away.clear()
            else:
                self._away.set()
            if told == well:
                told = not well
                log.warning("database_away" if told else "database_back")
                self._changed(told)
            self._look_now.wait(self._look_seconds)
            self._look_now.clear()
        self._let_go()

    def _look(self) -> bool:
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._dsn, autocommit=True)
            if _answers(self._connection.pgconn, self._patience):
                return True
        except (psycopg.Error, OSError):
            pass  # what is wrong is no matter here: the commands that fail say it
        self._let_go()
        return False

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _answers(connection: PGconn, patience: float) -> bool:
    """Whether a connection answers in time. The library's own calls would wait for ever."""
    connection.send_query(b"select 1 where current_setting('transaction_read_only') = 'off'")
    deadline = steady_seconds() + patience
    with selectors.DefaultSelector() as selector:
        selector.register(connection.socket, selectors.EVENT_READ)
        well = True
        while True:
            while connection.is_busy():
                if not selector.select(max(0.0, deadline - steady_seconds())):
                    return False
                connection.consume_input()
            result = connection.get_result()
            if result is None:
                return well
            well = well and result.status == pq.ExecStatus.TUPLES_OK and result.ntuples == 1
