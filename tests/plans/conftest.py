"""An office for each test."""

from collections.abc import Iterator

import pytest

from tests.guarantee.office import Office


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    """The office, with its agency loaded."""
    office = Office(database_url)
    office.open()
    yield office
    office.close()
