"""A PostgreSQL for simulations outside the tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.databases import new_database, passing_server


@contextmanager
def server(databases: int) -> Iterator[list[str]]:
    """Start it; the addresses of fresh, migrated databases."""
    with passing_server() as postgres:
        yield [new_database(postgres, f"nights_{number}") for number in range(databases)]
