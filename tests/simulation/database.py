"""One database for many nights: the agency is loaded once, and each night begins where it began."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, create_engine, text
from sqlmodel import SQLModel

from dispatch.agency_file import read_agency
from dispatch.commands import agencies, phones
from dispatch.database import SESSION_OPTIONS
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from oncall.directory_copy import DirectoryCopy
from tests.simulation.duel import Duels
from tests.simulation.faults import Weather
from tests.simulation.town import AGENCY, STAFF

FIRST_LOAD = datetime(2026, 8, 1, tzinfo=UTC)
"""When the agency was loaded: before any night."""

HORIZON = timedelta(days=2)
"""How far ahead the guarantee of coverage looks: what is tested here is the night."""

WITH_THE_ROTA = frozenset(
    {"agency", "client", "client_phone", "crisis_line", "enrolment", "membership", "rotation"}
    | {"rung", "staff", "team", "team_line", "rota_version", "rota_change"}
)
"""Tables that only change when the rota's version does."""

CLEAN_UP_EVERY = 40
"""Nights after which the database is vacuumed: deleted rows slow it down."""


def open_engine(dsn: str) -> Engine:
    """An engine as a node's, without the ping that every use of a connection costs."""
    return create_engine(
        dsn.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=2,
        connect_args={"options": SESSION_OPTIONS},
    )


class _Held:
    speed = 1.0

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """The time it was set to."""
        return self.at


class Database:
    """The database of one simulation: `nodes` engines on it, and one for whoever looks on."""

    def __init__(self, dsn: str, start: datetime, nodes: int = 3) -> None:
        self.clock = _Held(start)
        self.eyes = open_engine(dsn)
        self.glancing = self.eyes.execution_options(isolation_level="AUTOCOMMIT")
        """For single statements: they take half as long as in a transaction."""
        self.engines = [open_engine(dsn) for _ in range(nodes)]
        self.weathers = [Weather(engine) for engine in self.engines]
        self.directories = [DirectoryCopy() for _ in range(nodes)]
        self.duels = Duels(dsn)
        self.looking = UnitsOfWork(self.eyes, self.clock, _ignore, horizon=HORIZON)
        with self.looking() as work:
            agencies.load(work, read_agency(AGENCY, "town.yaml"))
            phones.mark_verified(work, STAFF, "simulation")
        self._nights = 0
        self._base = self._tables()
        with self.eyes.begin() as connection:
            connection.execute(text("create schema base"))
            for table in self._base:
                connection.execute(text(f"create table base.{table} as table public.{table}"))
        self.version = self._current_version()

    def _tables(self) -> list[str]:
        with self.eyes.connect() as connection:
            return [
                table.name
                for table in SQLModel.metadata.sorted_tables
                if connection.execute(text(f"select exists (table {table.name})")).scalar()
            ]

    def _current_version(self) -> int:
        with self.eyes.connect() as connection:
            return int(connection.execute(text("select version from rota_version")).scalar() or 0)

    def begin_night(self, at: datetime) -> None:
        """Put everything back to how it was when the agency had been loaded."""
        self.clock.at = at
        version = self._current_version()
        changed = version != self.version
        with self.eyes.begin() as connection:
            connection.exec_driver_sql("".join([*self._forget(changed=changed), *_as_of(at)]))
        if changed:
            self.version = version + 1  # none comes twice: by it nodes know whether theirs is old
            with self.eyes.begin() as connection:
                number = {"number": self.version}
                connection.execute(text("update rota_version set version = :number"), number)
        self._nights += 1
        if self._nights % CLEAN_UP_EVERY == 0:
            with self.glancing.connect() as connection:
                connection.execute(text("vacuum analyze"))

    def _forget(self, *, changed: bool) -> Iterator[str]:
        """Without triggers and foreign keys: the timeline allows no removal otherwise."""
        yield "set local session_replication_role = replica;"
        for table in SQLModel.metadata.sorted_tables:
            if table.name in WITH_THE_ROTA and not changed:
                continue
            yield f"delete from {table.name};"
            if table.name in self._base:
                yield f"insert into {table.name} table base.{table.name};"

    def close(self) -> None:
        """Give the connections back."""
        self.duels.close()
        for engine in (self.eyes, *self.engines):
            engine.dispose()


def _as_of(at: datetime) -> Iterator[str]:
    """Every phone answered a test page three days ago; who stood is written down until just now."""
    yield f"update staff_phone set verified_at = '{(at - timedelta(days=3)).isoformat()}';"
    an_hour_ago = (at - timedelta(hours=1)).isoformat()
    yield f"update duty_mark set since = '{an_hour_ago}', until = '{an_hour_ago}';"


def _ignore(work: UnitOfWork) -> None:
    """Nobody need be woken by what is done here."""
