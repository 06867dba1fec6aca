"""How long Twilio waits for our document, beside a bare FastAPI route on the same machine.

    python benchmarks/webhook_latency.py [--calls 400] [--runs 3]

Two processes serve: the whole of Vigil (`vigil serve`, its own PostgreSQL, durable commits, the
signature checked, the crisis opened, the page written to the outbox), and an application with one
route that reads a form and answers a fixed document. One client asks both, in turn, with new
callers each time. Printed are median and 99th percentile in milliseconds for one call at a time
and for 50 at once, and the ratio of the medians over several runs.
"""

import argparse
import asyncio
import os
import socket
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

import httpx
from twilio.request_validator import RequestValidator

from dispatch.drill import sample_agency
from notifications.emulator import Account, EmulatorServer, PhoneNetwork

ACCOUNT = Account("AC" + "0" * 32, "for-benchmarks-only")
LINE = "+15035550191"
BARE = """
from typing import Annotated
from fastapi import FastAPI, Form, Response
app = FastAPI()
@app.post("/twilio/voice")
def voice(CallSid: Annotated[str, Form()]) -> Response:
    return Response("<Response><Say>Hello</Say></Response>", media_type="text/xml")
"""
_callers = count(1)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a process listens."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("a server did not start")


@contextmanager
def bare_route(folder: Path) -> Iterator[str]:
    """The bare route in a process of its own."""
    (folder / "bare.py").write_text(BARE)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bare:app", "--port", str(port)]
    process = subprocess.Popen([*command, "--log-level", "error", "--no-access-log"], cwd=folder)
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def phone_network() -> Iterator[str]:
    """The local Twilio in a process of its own, so that it takes nothing from the client's."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-W", "ignore", __file__, "--twilio", str(port)])
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def serve_phone_network(port: int) -> None:
    """Be the local Twilio: texts are taken and reported as delivered."""
    network = PhoneNetwork(ACCOUNT)
    for team in sample_agency().teams:
        for line in team.lines:
            network.number(line)
    with EmulatorServer(network, port=port):
        threading.Event().wait()


@contextmanager
def vigil(folder: Path) -> Iterator[str]:
    """The whole service in a process of its own, with the sample agency and a local Twilio."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with phone_network() as twilio_url:
        environment = {
            **os.environ,
            "VIGIL_DATA_DIR": str(folder / "vigil"),
            "VIGIL_PUBLIC_URL": url,
            "VIGIL_TWILIO_API_URL": twilio_url,
            "TWILIO_ACCOUNT_SID": ACCOUNT.sid,
            "TWILIO_AUTH_TOKEN": ACCOUNT.auth_token,
            "VIGIL_LOG_LEVEL": "ERROR",
        }
        environment.pop("VIGIL_DATABASE_URL", None)
        python = [sys.executable, "-W", "ignore", "-m", "dispatch"]
        sample = Path(__file__).resolve().parent.parent / "dispatch" / "sample_agency.yaml"
        subprocess.run([*python, "load", str(sample)], env=environment, check=True)
        process = subprocess.Popen([*python, "serve", "--port", str(port)], env=environment)
        try:
            wait_for(port, process)
            yield url
        finally:
            process.terminate()
            process.wait()


def new_call() -> dict[str, str]:
    """The form of a call from somebody who never called before."""
    number = next(_callers)
    return {
        "CallSid": f"CA{number:032x}",
        "AccountSid": ACCOUNT.sid,
        "From": f"+1{200 + number // 100 % 800}55501{number % 100:02d}",
        "To": LINE,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
    }


async def measure(base_url: str, calls: int, at_once: int) -> list[float]:
    """Milliseconds from sending each call's form to having its document."""
    url = f"{base_url}/twilio/voice"
    validator = RequestValidator(ACCOUNT.auth_token)
    forms = [new_call() for _ in range(calls)]
    signed = [(form, validator.compute_signature(url, form)) for form in forms]
    took: list[float] = []
    gate = asyncio.Semaphore(at_once)
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    async with httpx.AsyncClient(limits=limits, timeout=30) as client:

        async def one(form: dict[str, str], signature: str) -> None:
            async with gate:
                began = time.perf_counter()
                answer = await client.post(
                    url, data=form, headers={"X-Twilio-Signature": signature}
                )
                took.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 200 or "<Response>" not in answer.text:
                raise SystemExit(f"{url} answered {answer.status_code}")
            if base_url.startswith("http") and "988 crisis line" in answer.text:
                raise SystemExit("a call was passed to the last resort: the figures mean nothing")

        await asyncio.gather(*(one(*pair) for pair in signed))
    return took


def quantiles(took: list[float]) -> tuple[float, float]:
    """Median and 99th percentile."""
    return statistics.median(took), statistics.quantiles(took, n=100)[98]


def main() -> None:
    """Measure both in turn, several times, and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=400)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--twilio", type=int, help=argparse.SUPPRESS)
    wanted = options.parse_args()
    if wanted.twilio:
        serve_phone_network(wanted.twilio)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with vigil(folder) as ours, bare_route(folder) as bare:
            for url in (ours, bare):
                asyncio.run(measure(url, 50, 10))
            print(f"{os.cpu_count()} cores, {wanted.runs} runs of {wanted.calls} calls each")
            print(f"{'at once':>8} {'':<12} {'median ms':>10} {'p99 ms':>10}")
            for at_once in (1, 50):
                rows = []
                for _ in range(wanted.runs):
                    pair = [
                        quantiles(asyncio.run(measure(url, wanted.calls, at_once)))
                        for url in (ours, bare)
                    ]
                    rows.append(pair)
                for index, what in enumerate(("Vigil", "bare FastAPI")):
                    median = statistics.median(row[index][0] for row in rows)
                    p99 = statistics.median(row[index][1] for row in rows)
                    print(f"{at_once:>8} {what:<12} {median:>10.2f} {p99:>10.2f}")
                ratios = [(row[0][0] / row[1][0], row[0][1] / row[1][1]) for row in rows]
                medians = statistics.median(ratio[0] for ratio in ratios)
                p99s = statistics.median(ratio[1] for ratio in ratios)
                print(f"{at_once:>8} {'ratio':<12} {medians:>9.1f}x {p99s:>9.1f}x")


if __name__ == "__main__":
    main()
