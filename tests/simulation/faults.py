"""What can go wrong inside a node while it works: armed before a visit, it strikes at a commit."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from tests.simulation import duel

WRITING = frozenset({"INSERT", "UPDATE", "DELETE"})


class NodeDied(BaseException):
    """The process is killed: no handler of an exception sees it."""


class Kind(StrEnum):
    """What strikes."""

    DIES_BEFORE_COMMIT = "dies before its commit"
    DIES_AFTER_COMMIT = "dies after its commit"
    COMMIT_IN_DOUBT = "loses the connection after its commit"
    CONNECTION_LOST = "loses the connection before its commit"


@dataclass(frozen=True, slots=True)
class Fault:
    """Strikes at the commit with this number, counted from the visit's first (1)."""

    kind: Kind
    commit: int = 1


def away() -> OperationalError:
    """What every statement meets while the database is away."""
    return OperationalError("statement", None, Exception("the database is away"))


class Weather:
    """What the statements of one node meet. `committed` says whether a visit changed anything."""

    def __init__(self, engine: Engine) -> None:
        self.database_away = False
        self.fault: Fault | None = None
        self.struck = False
        self.committed = False
        self._commits = 0
        self._wrote = self.touched_a_crisis = False
        event.listen(engine, "before_cursor_execute", self._before_statement)
        event.listen(engine, "after_cursor_execute", self._after_statement)
        event.listen(engine, "commit", self._at_commit)

    def begin_visit(self, fault: Fault | None) -> None:
        """Before a visit: what will strike."""
        self.fault, self.struck, self.committed, self._commits = fault, False, False, 0
        self._wrote = self.touched_a_crisis = False

    def _before_statement(
        self, connection: Connection, _cursor: object, statement: str, *_: Any
    ) -> None:
        if statement.lstrip()[:6].upper() in WRITING:
            self._wrote = True
            self.touched_a_crisis = self.touched_a_crisis or " crisis " in statement[:40]
        if self.database_away:
            raise away()
        duel.point(_pid(connection))

    def _after_statement(self, *_: Any) -> None:
        duel.after_statement()

    def _at_commit(self, connection: Connection) -> None:
        if connection.get_execution_options().get("postgresql_readonly"):
            return  # nothing hangs on it
        if self.database_away:
            connection.connection.rollback()
            raise away()
        duel.point(_pid(connection))
        self._commits += 1
        fault = self.fault
        if fault is None or self._commits != fault.commit:
            self.committed = self.committed or self._wrote
            return
        self.struck = True
        if fault.kind in (Kind.DIES_AFTER_COMMIT, Kind.COMMIT_IN_DOUBT):
            self.committed = self.committed or self._wrote
            connection.connection.commit()
        else:  # a dead process's connection breaks; SQLAlchemy itself sees no need to roll back
            connection.connection.rollback()
        if fault.kind in (Kind.DIES_AFTER_COMMIT, Kind.DIES_BEFORE_COMMIT):
            raise NodeDied(fault.kind)
        raise away()


def _pid(connection: Connection) -> int:
    pid: int = connection.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
    return pid
