"""Durable acknowledgements over MLLP each second, beside the bare commit of the same bytes.

    python benchmarks/hl7_acknowledgements.py [--messages 1500] [--runs 3]

`vigil serve` in a process of its own, with its own PostgreSQL that writes durably, takes messages
of usual size (the samples', each with its own control id) on one line and on eight. Each line
waits for one answer before it sends the next message, as hospitals do. The floor is an INSERT and
a COMMIT of the same bytes through psycopg, in the same server, by one client and by eight. Printed
are medians over the runs; all of it runs on this machine.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from webhook_latency import ACCOUNT, free_port, wait_for

from dispatch.database import start_embedded

GOAL_EACH_SECOND, GOAL_P99_MS = 500, 50
LINES = (1, 8)
MESSAGE = (
    "MSH|^~\\&|ADT|MERCY|VIGIL|ACT|20260115031000||ADT^A01^ADT_A01|{id}|P|2.5.1\r"
    "EVN|A01|20260115030500\r"
    "PID|1||T{id}^^^MERCY^MR||SAMPLE^MARA^Q||19711230|F|||12 Test St^^Portland^OR^97201||"
    "(503)555-0177\r"
    "PV1|1|I|BHU^12^A^MERCY||||1234^Test^Doctor|||PSY||||7|||||V{id}|||||||||||||||||||||||||"
    "20260115030000\r"
    "PV2|||^Reason for admission\r"
    "DG1|1||F20.9^Schizophrenia, unspecified^I10\r"
    "ZPI|1|" + "local text " * 60 + "\r"
)
"""1.1 kB, which is what the samples have (median)."""
_numbers = count(1)


def new_message() -> bytes:
    """A message that was never sent before."""
    return MESSAGE.format(id=f"B{next(_numbers):09}").encode()


@contextmanager
def vigil(folder: Path) -> Iterator[tuple[int, str]]:
    """The whole service: its MLLP port, and the address of its database."""
    database = start_embedded(folder)
    port, mllp = free_port(), free_port()
    environment = {
        **os.environ,
        "VIGIL_DATA_DIR": str(folder),
        "VIGIL_MLLP_PORT": str(mllp),
        "VIGIL_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "VIGIL_TWILIO_API_URL": f"http://127.0.0.1:{free_port()}",
        "TWILIO_ACCOUNT_SID": ACCOUNT.sid,
        "TWILIO_AUTH_TOKEN": ACCOUNT.auth_token,
        "VIGIL_LOG_LEVEL": "ERROR",
    }
    environment.pop("VIGIL_DATABASE_URL", None)
    python = [sys.executable, "-W", "ignore", "-m", "dispatch"]
    sample = Path(__file__).resolve().parent.parent / "dispatch" / "sample_agency.yaml"
    subprocess.run(
        [*python, "load", str(sample)], env=environment, check=True, stdout=subprocess.DEVNULL
    )
    process = subprocess.Popen([*python, "serve", "--port", str(port)], env=environment)
    try:
        wait_for(mllp, process)
        yield mllp, str(database.get_uri())
    finally:
        process.terminate()
        process.wait()
        database.cleanup()


async def one_line(port: int, messages: list[bytes], took: list[float]) -> None:
    """Send one after the other, and wait for each answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for message in messages:
        began = time.perf_counter()
        writer.write(b"\x0b" + message + b"\x1c\r")
        answer = await reader.readuntil(b"\x1c\r")
        took.append((time.perf_counter() - began) * 1000)
        if b"\rMSA|AA|" not in answer:
            raise SystemExit("a message was not accepted: the figures mean nothing")
    writer.close()


def acknowledged(port: int, lines: int, messages: int) -> tuple[float, float, float]:
    """Answers each second, median and 99th percentile in milliseconds."""
    shares = [[new_message() for _ in range(messages // lines)] for _ in range(lines)]
    took: list[float] = []

    async def all_lines() -> None:
        await asyncio.gather(*(one_line(port, share, took) for share in shares))

    began = time.perf_counter()
    asyncio.run(all_lines())
    return figures(took, time.perf_counter() - began)


def committed(dsn: str, clients: int, messages: int) -> tuple[float, float, float]:
    """The same of bare commits."""
    took: list[float] = []
    gate = threading.Barrier(clients + 1)

    def one_client(share: list[bytes]) -> None:
        with psycopg.connect(dsn) as connection:
            gate.wait()
            for message in share:
                began = time.perf_counter()
                connection.execute("insert into floor (raw) values (%s)", [message])
                connection.commit()
                took.append((time.perf_counter() - began) * 1000)

    shares = [[new_message() for _ in range(messages // clients)] for _ in range(clients)]
    threads = [threading.Thread(target=one_client, args=[share]) for share in shares]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return figures(took, time.perf_counter() - began)


def figures(took: list[float], seconds: float) -> tuple[float, float, float]:
    """How many each second, median and 99th percentile."""
    return len(took) / seconds, statistics.median(took), statistics.quantiles(took, n=100)[98]


def main() -> None:
    """Measure both in turn, several times, and print the medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=1500)
    options.add_argument("--runs", type=int, default=3)
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory() as name, vigil(Path(name)) as (port, dsn):
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("create table floor (id bigserial primary key, raw bytea not null)")
        acknowledged(port, 8, 400)
        print(
            f"{os.cpu_count()} cores, {wanted.runs} runs of {wanted.messages} messages of "
            f"{len(new_message())} bytes; goal: {GOAL_EACH_SECOND}/s, p99 < {GOAL_P99_MS} ms"
        )
        print(f"{'lines':>6} {'':<14} {'each s':>8} {'median ms':>10} {'p99 ms':>8}")
        for lines in LINES:
            pairs = [
                (acknowledged(port, lines, wanted.messages), committed(dsn, lines, wanted.messages))
                for _ in range(wanted.runs)
            ]
            for index, what in enumerate(("acknowledged", "bare commits")):
                each, middle, p99 = (
                    statistics.median(pair[index][at] for pair in pairs) for at in range(3)
                )
                print(f"{lines:>6} {what:<14} {each:>8.0f} {middle:>10.2f} {p99:>8.2f}")


if __name__ == "__main__":
    main()
