"""One command, one transaction. The only place that commits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from dispatch.board import Change, as_json, teams_of
from dispatch.clock import Clock
from dispatch.crisis import Crisis
from dispatch.events import Event
from dispatch.store import boards
from oncall.directory_copy import DirectoryCopy
from oncall.store import Directory, has_changed

HORIZON = timedelta(days=90)
"""How far ahead coverage is guaranteed where nothing else is set: a quarter, as rotas are made."""

ONE_MOMENT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""How what only reads asks of PostgreSQL to see one moment, and that nothing can be written."""


@dataclass(frozen=True, slots=True)
class Happened:
    """What an event has made of a crisis: for those who count, once it is committed."""

    before: Crisis
    event: Event
    after: Crisis
    is_new: bool


@dataclass(slots=True)
class UnitOfWork:
    """An open transaction: its session, what time it is in it, and what the board will be told."""

    session: Session
    now: datetime
    directory: Directory
    board: list[Change] = field(default_factory=list)
    sends: bool = False
    """Whether something was put into the outbox."""
    horizon: timedelta = HORIZON
    """How far ahead the guarantee of coverage looks."""
    speed: float = 1.0
    """How many seconds of this time pass in a real one."""
    happened: list[Happened] = field(default_factory=list)
    """What this transaction made of crises, in order."""
    back_then: datetime | None = None
    """When the text came in that is entered afterwards: so the timeline says it."""
    caller_since: datetime | None = None
    """When the caller came on the line whose call this is about."""

    def show(self, changes: list[Change]) -> None:
        """Tell the board when, and only if, the transaction commits."""
        self.board.extend(changes)


class UnitsOfWork:
    """Opens units of work on one database. `after_commit` wakes those who send and show.

    Several on one node share their copy of the `directory`.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        after_commit: Callable[[UnitOfWork], None],
        directory: DirectoryCopy | None = None,
        horizon: timedelta = HORIZON,
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.directory = directory or DirectoryCopy()
        self.horizon = horizon
        self._after_commit = after_commit

    @contextmanager
    def __call__(self) -> Iterator[UnitOfWork]:
        """A transaction: committed at the end of the block, rolled back when it raises."""
        with Session(self.engine, expire_on_commit=False) as session:
            directory = self.directory.get(session)
            work = self._open(session, directory)
            yield work
            boards.append(
                session, work.now, [(teams_of(change), as_json(change)) for change in work.board]
            )
            with self.directory.changing() if has_changed(session) else nullcontext():
                session.commit()
        self._after_commit(work)

    @contextmanager
    def storing(self) -> Iterator[tuple[Session, datetime]]:
        """A transaction that only keeps something, for which somebody waits: session and time.

        It knows no rota, and the board does not hear of it.
        """
        with Session(self.engine, expire_on_commit=False) as session:
            yield session, self.clock.now()
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """A transaction that only reads, and sees one moment throughout."""
        with Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options=ONE_MOMENT)
            directory = self.directory.get(session)
            yield self._open(session, directory)
            session.commit()  # psycopg forgets at every rollback which statements it has prepared

    def _open(self, session: Session, directory: Directory) -> UnitOfWork:
        return UnitOfWork(
            session, self.clock.now(), directory, horizon=self.horizon, speed=self.clock.speed
        )
