"""A PostgreSQL for simulations outside the tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, text

from dispatch.database import migrate
from tests.databases import named, passing_server, sqlalchemy_address


@contextmanager
def server(databases: int) -> Iterator[list[str]]:
    """Start it; the addresses of fresh, migrated databases."""
    with passing_server() as postgres:
        uri = postgres.get_uri()
        engine = create_engine(sqlalchemy_address(uri), isolation_level="AUTOCOMMIT")
        names = [f"nights_{number}" for number in range(databases)]
        with engine.connect() as connection:
            for name in names:
                connection.execute(text(f"create database {name}"))
        engine.dispose()
        addresses = [named(uri, name) for name in names]
        for address in addresses:
            migrate(address)
        yield addresses
