"""Who is on call, over HTTP, with one and with four years of history, beside a bare FastAPI route.

    python benchmarks/oncall_http.py [--seconds 1.5] [--runs 3]

`vigil serve` runs as in production (its own PostgreSQL, log lines written to a file) for an agency
of twenty teams, and answers `GET /api/teams/{team}/oncall` to a program with a token. Beside it
runs an application whose one asynchronous route answers a fixed object of the same size. A client
in a process of its own asks both in turn over connections that are kept open, one at a time and
eight at once. Printed are the medians of answers per second, the server's own CPU time for each (it
says more on a busy machine), and what three more years of crises, pages, board changes and duty
make of them.
"""

import argparse
import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
import psycopg
from webhook_latency import ACCOUNT, free_port, phone_network, wait_for

from dispatch.database import start_embedded

TEAMS = 20
PEOPLE_IN_A_TEAM = 8
CRISES_A_YEAR = 20_000
YEARS = (1, 4)
CLIENTS = (1, 8)

BARE = """
from fastapi import FastAPI
app = FastAPI()
ANSWER = {answer!r}
@app.get("/api/teams/{{team}}/oncall")
async def oncall(team: str) -> dict:
    return ANSWER
"""

_RUNG = {
    "tier": "primary",
    "staff": {"id": "t00p0", "name": "Person t00p0"},
    "until": "2026-11-02T09:00:00-08:00",
}
ANSWER = {"team": "t00", "at": "2026-11-01T09:00:00.000000-08:00", "rungs": [_RUNG] * 3}

HISTORY = """
create temporary table past as
select 'H' || n as ref, 't' || to_char(mod(n, %(teams)s), 'FM00') as team,
       't' || to_char(mod(n, %(teams)s), 'FM00') || 'p' || mod(n, %(people)s) as staff,
       now() - make_interval(secs => n * 31557600.0 / %(crises)s) - interval '2 days' as at, n
from generate_series(%(first)s + 1, %(last)s) as n;

insert into crisis (ref, team_id, source, state, since, opened_at, owner_id, round, disposition,
                    closed_at, pursuit)
select ref, team, 'call', 'closed', at + interval '1 hour', at, staff, 1, 'resolved_by_phone',
       at + interval '1 hour', jsonb_build_object('tried', jsonb_build_array(repeat(staff, 20)))
from past;

insert into contact (crisis_ref, source, at, ended_at, phone, line, language, call_sid, clients)
select ref, 'call', at, at + interval '20 minutes', '+1503' || 5550000 + mod(n, 200),
       '+15035550199', 'en', 'CA' || lpad(n::text, 32, '0'), array[mod(n, 3000)]::bigint[]
from past;

insert into timeline (crisis_ref, at, kind, who, by, text)
select ref, at + make_interval(mins => step), 'note', staff, 'history', repeat('as it went ', 5)
from past, generate_series(1, 6) as step;

insert into outbox (key, kind, crisis_ref, staff_id, to_phone, from_phone, body, created_at, due_at,
                    expires_at, attempts, state, provider_sid, provider_status, sent_at)
select ref || '/' || step, 'sms', ref, staff, '+15035550101', '+15035550199',
       'CRISIS ' || ref || repeat(' ', 80), at, at, at + interval '1 hour', 1, 'sent',
       'SM' || lpad(n || '0' || step, 32, '0'), 'delivered', at
from past, generate_series(1, 3) as step;

insert into receipt (key, at, answer)
select ref || '/' || step, at, repeat('<Response/>', 20) from past, generate_series(1, 4) as step;

insert into board_change (number, at, team_id, change)
select -5 * n - step, at, team, jsonb_build_object('kind', 'crisis', 'what', repeat(ref, 40))
from past, generate_series(1, 5) as step;

insert into audit (at, who, what, about, why) select at, staff, 'looked', ref, '' from past;

insert into duty (team_id, tier, starts, ends, staff_id, why)
select team, tier, at, at + interval '12 hours', staff, 'rotation weeks'
from past, unnest(array['primary', 'backup', 'supervisor']) as tier where mod(n, 4) = 0;

insert into rota_change (at, team_id, staff_id, who, what, text, details)
select at, team, staff, 'history', 'override', repeat('somebody stands in ', 4), '{}'
from past where mod(n, 10) = 0;

drop table past;
"""
"""What years leave behind, as rows that the service itself might have written."""


def agency() -> str:
    """Twenty teams of eight invented people, each tier with somebody at every instant."""
    teams = [f"t{number:02d}" for number in range(TEAMS)]
    staff, rotas = [], []
    for number, team in enumerate(teams):
        people = [f"{team}p{person}" for person in range(PEOPLE_IN_A_TEAM)]
        for person, who in enumerate(people):
            phone = f"+1{503 + number}55501{person:02d}"
            words = f'name: Person {who}, discipline: nurse, phone: "{phone}", role: clinician'
            staff.append(f"  - {{id: {who}, {words}}}")
        layers = {"primary": people[:6], "backup": people[3:7], "supervisor": people[7:]}
        rungs = ", ".join(f"{{tier: {t}, ring_seconds: 20, page_seconds: 120}}" for t in layers)
        rotas.append(
            f"  - id: {team}\n    name: Team {team}\n    timezone: America/Los_Angeles\n"
            f'    lines: ["+1{503 + number}5550199"]\n    members: [{", ".join(people)}]\n'
            f"    ladder: [{rungs}]\n    rules: {{handoff_notices: no}}\n    rotations:"
        )
        rotas.extend(
            f"      - {{tier: {tier}, name: weeks, starts: 2020-01-06T09:00, every: 1 week, "
            f"order: [{', '.join(order)}]}}"
            for tier, order in layers.items()
        )
    return "\n".join(["agency: Benchmark County", "staff:", *staff, "teams:", *rotas, ""])


@dataclass(frozen=True, slots=True)
class Server:
    """A process that answers at an address."""

    url: str
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """What it has used of the processors so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


class Past:
    """The history in the database of the service."""

    def __init__(self, database: psycopg.Connection) -> None:
        self._database, self._years = database, 0

    def grow(self, years: int) -> None:
        """Fill the database up to so many years."""
        begun = time.monotonic()
        numbers = {
            "first": self._years * CRISES_A_YEAR,
            "last": years * CRISES_A_YEAR,
            "teams": TEAMS,
            "people": PEOPLE_IN_A_TEAM,
            "crises": CRISES_A_YEAR,
        }
        self._database.execute("set session_replication_role = replica")  # no checks: fill fast
        for statement in HISTORY.strip().split(";\n"):
            self._database.execute(statement, numbers)
        self._database.execute("vacuum (analyze)")
        self._database.execute("checkpoint")
        self._years = years
        print(f"years of history: {years}, filled in {time.monotonic() - begun:.0f} s", flush=True)


@contextmanager
def vigil(folder: Path) -> Iterator[tuple[Server, str, Past]]:
    """The whole service in a process of its own; with it come a token and its past."""
    port = free_port()
    file = folder / "agency.yaml"
    file.write_text(agency())
    with phone_network() as twilio_url, (folder / "log").open("w") as log:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("VIGIL_")},
            "VIGIL_DATA_DIR": str(folder / "vigil"),
            "VIGIL_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "VIGIL_TWILIO_API_URL": twilio_url,
            "TWILIO_ACCOUNT_SID": ACCOUNT.sid,
            "TWILIO_AUTH_TOKEN": ACCOUNT.auth_token,
        }
        python = [sys.executable, "-W", "ignore", "-m", "dispatch"]
        subprocess.run([*python, "load", str(file)], env=environment, check=True, stdout=log)
        made = subprocess.run(
            [*python, "token", "create", "--name", "benchmark", "--role", "viewer"],
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        server = start_embedded(folder / "vigil")
        process = subprocess.Popen(
            [*python, "serve", "--port", str(port)], env=environment, stderr=log
        )
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as database:
                wait_for(port, process)
                url = f"http://127.0.0.1:{port}"
                yield Server(url, psutil.Process(process.pid)), made.stdout.strip(), Past(database)
        finally:
            process.terminate()
            process.wait()
            server.cleanup()


@contextmanager
def bare_route(folder: Path) -> Iterator[Server]:
    """A route that answers an object it has at hand, in a process of its own."""
    (folder / "bare.py").write_text(BARE.format(answer=ANSWER))
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bare:app", "--port", str(port)]
    process = subprocess.Popen([*command, "--log-level", "error", "--no-access-log"], cwd=folder)
    try:
        wait_for(port, process)
        yield Server(f"http://127.0.0.1:{port}", psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait()


class Asking:
    """One connection that asks again as soon as it has its answer."""

    def __init__(self, url: str, token: str, first: int) -> None:
        host, port = url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = f"Host: {host}\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n\r\n"
        self._questions = [
            f"GET /api/teams/t{team:02d}/oncall HTTP/1.1\r\n{head}".encode()
            for team in range(TEAMS)
        ]
        self._next = first
        self._got = b""

    def ask(self) -> None:
        """Send the next question."""
        self._next += 1
        self.socket.sendall(self._questions[self._next % TEAMS])

    def answered(self) -> bytes | None:
        """The body once it is here in full. Anything but 200 ends the benchmark."""
        self._got += self.socket.recv(65536)
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end:
            return None
        if not head.startswith(b"HTTP/1.1 200 "):
            raise SystemExit(f"answered {head[:40]!r}: the figures mean nothing")
        at = head.index(b"content-length: ") + 16
        if len(body) < int(head[at : at + 8].split(b"\r", 1)[0]):
            return None
        self._got = b""
        return body


def ask(url: str, token: str, clients: int, seconds: float) -> float:
    """Ask as fast as the answers come; gives how many came per second."""
    selector = selectors.DefaultSelector()
    connections = [Asking(url, token, first) for first in range(clients)]
    for one in connections:
        selector.register(one.socket, selectors.EVENT_READ, one)
        one.ask()
    count, begun = 0, time.perf_counter()
    until = begun + seconds
    while (now := time.perf_counter()) < until:
        for key, _ in selector.select(1):
            body = key.data.answered()
            if body is not None:
                count += 1
                if count % 500 == 1 and not json.loads(body)["rungs"][0]["staff"]["name"]:
                    raise SystemExit("nobody is on call: the figures mean nothing")
                key.data.ask()
    for one in connections:
        one.socket.close()
    return count / (now - begun)


@dataclass(frozen=True, slots=True)
class Figures:
    """Answers per second, and microseconds of the server's own CPU time for each."""

    rate: float
    cpu: float


def measure(client: Executor, server: Server, token: str, clients: int, seconds: float) -> Figures:
    """One run, with the client in a process of its own."""
    before = server.cpu_seconds()
    rate = client.submit(ask, server.url, token, clients, seconds).result()
    return Figures(rate, (server.cpu_seconds() - before) / (rate * seconds) * 1e6)


def middle(runs: Sequence[Figures]) -> Figures:
    """The medians of several runs."""
    return Figures(median(run.rate for run in runs), median(run.cpu for run in runs))


Table = dict[tuple[str, int, int], Figures]


def run(client: Executor, folder: Path, runs: int, seconds: float) -> Table:
    """Measure both servers in turn, with one and with several clients, young and old."""
    table: Table = {}
    with vigil(folder) as (service, token, past), bare_route(folder) as bare:
        servers = {"Vigil": service, "bare FastAPI": bare}
        for years in YEARS:
            past.grow(years)
            for server in servers.values():
                measure(client, server, token, 8, 0.5)
            for clients in CLIENTS:
                rounds = [
                    {
                        name: measure(client, server, token, clients, seconds)
                        for name, server in servers.items()
                    }
                    for _ in range(runs)
                ]
                for name in servers:
                    table[name, clients, years] = middle([one[name] for one in rounds])
    return table


def main() -> None:
    """Measure, and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=1.5)
    options.add_argument("--runs", type=int, default=3)
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory() as name, ProcessPoolExecutor(1) as client:
        table = run(client, Path(name), wanted.runs, wanted.seconds)
    print(f"{os.cpu_count()} cores, medians of {wanted.runs} runs of {wanted.seconds} s")
    columns = "".join(f"{years:>4} y" + " " * 18 for years in YEARS)
    print(f"{'clients':>8} {'':<14}{columns}per second, old : young")
    for clients in CLIENTS:
        for what in ("Vigil", "bare FastAPI"):
            ages = [table[what, clients, years] for years in YEARS]
            shown = "".join(f"{one.rate:>6.0f}/s {one.cpu:>5.0f} µs CPU  " for one in ages)
            print(f"{clients:>8} {what:<14}{shown}{ages[-1].rate / ages[0].rate:>10.2f}")


if __name__ == "__main__":
    main()
