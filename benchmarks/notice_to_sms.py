"""How long from a hospital's bytes to the text on the worker's phone.

    python benchmarks/notice_to_sms.py [--notices 200] [--rate 2] [--strangers 9]

A whole `vigil serve` with its own PostgreSQL; a local Twilio here takes its texts. Admissions come
over one MLLP line at a steady rate, each about another client of ours, and between them others
about people who are nobody's client, as a hospital's feed brings them. Printed are the median, the
99th percentile and the longest time in seconds, from the first byte sent to the text taken by
Twilio, and beside them the same from byte to acknowledgement.
"""

import argparse
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from sqlalchemy import text
from webhook_latency import ACCOUNT, free_port, wait_for

from dispatch.database import open_database
from dispatch.drill import sample_agency
from dispatch.settings import Settings
from notifications.emulator import EmulatorServer, PhoneNetwork

SAMPLE = Path(__file__).resolve().parent.parent / "dispatch" / "sample_agency.yaml"
PATIENCE = 60.0


def agency(clients: int) -> str:
    """The sample agency with so many more clients."""
    more = "".join(
        f"  - {{id: B-{number}, name: Robin {letters(number).title()}, birth_date: {born(number)},"
        f' team: north, zip: "97301"}}\n'
        for number in range(clients)
    )
    return SAMPLE.read_text().replace("crisis_lines:", f"{more}\ncrisis_lines:", 1)


def letters(number: int) -> str:
    """A surname of one's own: no two are alike."""
    return "".join(random.Random(number).choices("abcdefghijklmnoprstuvwyz", k=9))


def born(number: int) -> str:
    """A birth date of one's own."""
    return f"{1940 + number % 60}-{1 + number // 60 % 12:02d}-{1 + number // 720 % 28:02d}"


def admission(name: str, birth_date: str, control: str, visit: str) -> bytes:
    """An A01 of the sample's hospital, of now."""
    when = time.strftime("%Y%m%d%H%M%S+0000", time.gmtime())
    return "\r".join(
        (
            f"MSH|^~\\&|ADT|MERCY|VIGIL|ACT|{when}||ADT^A01|{control}|P|2.5.1",
            f"EVN|A01|{when}",
            f"PID|1||||{name}||{birth_date.replace('-', '')}||||^^^^97301",
            f"PV1|1|I|BHU{'|' * 16}{visit}",
        )
    ).encode()


def send(line: socket.socket, raw: bytes) -> float:
    """Send a message, and wait for its acknowledgement; when it came."""
    line.sendall(b"\x0b" + raw + b"\x1c\r")
    answer = b""
    while not answer.endswith(b"\x1c\r"):
        answer += line.recv(65536)
    if b"MSA|AA" not in answer:
        raise SystemExit(f"not accepted: {answer!r}")
    return time.monotonic()


class Arrivals(threading.Thread):
    """Sees every text the moment Twilio has taken it."""

    def __init__(self, network: PhoneNetwork) -> None:
        super().__init__(daemon=True)
        self.network = network
        self.at: dict[str, float] = {}
        self.over = threading.Event()

    def run(self) -> None:
        """Look every five milliseconds."""
        seen = 0
        while not self.over.wait(0.005):
            messages = list(self.network.messages)
            for sms in messages[seen:]:
                if sms.body.startswith("Vigil "):
                    ref = sms.body.removeprefix("Vigil ").partition(":")[0]
                    self.at.setdefault(ref, time.monotonic())
            seen = len(messages)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notices", type=int, default=200)
    parser.add_argument("--rate", type=float, default=2.0, help="notices of clients a second")
    parser.add_argument("--strangers", type=int, default=9, help="others for each of them")
    told = parser.parse_args()
    network = PhoneNetwork(ACCOUNT)
    for team in sample_agency().teams:
        for number in team.lines:
            network.number(number)
    port = free_port()
    with (
        EmulatorServer(network, port=port),
        tempfile.TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0)) as held,
    ):
        mllp = held.getsockname()[1]
        held.close()
        measure(told, network, f"http://127.0.0.1:{port}", Path(folder), mllp)


def measure(
    told: argparse.Namespace, network: PhoneNetwork, twilio: str, folder: Path, mllp: int
) -> None:
    """Play the night, and print what came of it."""
    serve = free_port()
    environment = {
        **os.environ,
        "VIGIL_DATA_DIR": str(folder / "vigil"),
        "VIGIL_PUBLIC_URL": f"http://127.0.0.1:{serve}",
        "VIGIL_TWILIO_API_URL": twilio,
        "VIGIL_MLLP_PORT": str(mllp),
        "TWILIO_ACCOUNT_SID": ACCOUNT.sid,
        "TWILIO_AUTH_TOKEN": ACCOUNT.auth_token,
        "VIGIL_LOG_LEVEL": "ERROR",
    }
    environment.pop("VIGIL_DATABASE_URL", None)
    file = folder / "agency.yaml"
    file.write_text(agency(told.notices))
    python = [sys.executable, "-W", "ignore", "-m", "dispatch"]
    subprocess.run([*python, "load", str(file)], env=environment, check=True)
    process = subprocess.Popen([*python, "serve", "--port", str(serve)], env=environment)
    arrivals = Arrivals(network)
    try:
        wait_for(serve, process)
        wait_for(mllp, process)
        arrivals.start()
        sent, acknowledged = play(told, mllp)
        refs = crises(Path(environment["VIGIL_DATA_DIR"]), told.notices, arrivals)
    finally:
        arrivals.over.set()
        process.terminate()
        process.wait()
    show("byte to acknowledgement", [acknowledged[visit] - sent[visit] for visit in sent])
    show("byte to text on the phone", [arrivals.at[refs[visit]] - sent[visit] for visit in sent])


def play(told: argparse.Namespace, port: int) -> tuple[dict[str, float], dict[str, float]]:
    """Send everything at its time; when each notice of a client was sent and acknowledged."""
    sent, acknowledged = {}, {}
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        for number in range(told.notices):
            for other in range(told.strangers):
                name = f"{letters(100_000 + number)}^{letters(200_000 + other)}"
                one = f"S{number}-{other}"
                send(line, admission(name, "1930-01-01", one, one))
            time.sleep(max(0.0, begun + number / told.rate - time.monotonic()))
            visit = f"V{number}"
            raw = admission(f"{letters(number)}^Robin", born(number), visit, visit)
            sent[visit] = time.monotonic()
            acknowledged[visit] = send(line, raw)
    return sent, acknowledged


def crises(folder: Path, number: int, arrivals: Arrivals) -> dict[str, str]:
    """By which crisis the team was paged for each visit, once all texts have come."""
    database = open_database(Settings(data_dir=folder))
    query = text(
        "select n.told->'visit'->>'number', c.crisis_ref from hospital_notice n"
        " join notice_crisis c on c.notice_id = n.id where n.match = 'linked'"
    )
    deadline = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < deadline:
            with database.engine.connect() as connection:
                rows = connection.execute(query).all()
            found = {str(row[0]): str(row[1]) for row in rows}
            if len(found) >= number and all(ref in arrivals.at for ref in found.values()):
                return found
            time.sleep(0.2)
    finally:
        database.close()
    raise SystemExit(f"only {len(found)} of {number} were linked, {len(arrivals.at)} texted")


def show(what: str, seconds: list[float]) -> None:
    """Print a line of figures."""
    ordered = sorted(seconds)
    ninety_ninth = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(
        f"{what}: median {statistics.median(ordered):.3f} s, p99 {ninety_ninth:.3f} s,"
        f" longest {ordered[-1]:.3f} s ({len(ordered)} notices)"
    )


if __name__ == "__main__":
    main()
