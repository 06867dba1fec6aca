"""A thousand crises whose deadlines come in the same second, and who calls meanwhile.

    python benchmarks/deadlines.py [--crises 1000] [--rate 5] [--runs 1]

`vigil serve` once and twice on one PostgreSQL (durable commits), 20 teams. The first pages of all
crises have gone out; then all their deadlines are set to the same instant, and each crisis climbs
and pages the next person. Twilio answers at once on the loopback and reports each text delivered.
New callers call at a steady rate meanwhile. Printed are how late the decisions (when their
transaction began) and the pages (when Twilio took them) were, pages per second, and how long
callers waited for their document, before and meanwhile.

The floor, on the same machine: one thread that claims as many rows by SKIP LOCKED from the same
PostgreSQL, each with an update and an insert in a durable transaction, while a bare FastAPI route
is asked at the same rate.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import psycopg
from several_nodes import InstantTwilio, Service, p99, post_signed, service
from webhook_latency import ACCOUNT, bare_route

AHEAD = timedelta(seconds=2)
"""How long before it comes the deadline is set."""

QUIET_SECONDS = 4
"""How long callers call before it."""

_callers = count(1)


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds late of each decision and each page, and milliseconds that callers waited."""

    decisions: Sequence[float]
    pages: Sequence[float]
    merged: int
    before: Sequence[float]
    meanwhile: Sequence[float]


def new_call() -> dict[str, str]:
    """The form of a call from somebody who never called before."""
    number = next(_callers)
    return {
        "CallSid": f"CA{number:032x}",
        "AccountSid": ACCOUNT.sid,
        "From": f"+1{200 + number // 100 % 800}55501{number % 100:02d}",
        "To": f"+1{503 + number % 20}5550199",
        "CallStatus": "ringing",
    }


async def call(urls: Sequence[str], rate: float, over: asyncio.Event) -> list[float]:
    """Call at a steady rate, whether or not earlier calls were answered; milliseconds of each."""
    took: list[float] = []

    async def one(client: httpx.AsyncClient, url: str) -> None:
        began = time.perf_counter()
        answer = await post_signed(client, f"{url}/twilio/voice", new_call())
        took.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200 or "988 crisis line" in answer.text:
            raise SystemExit("a caller was not rung through: the figures mean nothing")

    async with (
        httpx.AsyncClient(timeout=30, trust_env=False) as client,
        asyncio.TaskGroup() as all_,
    ):
        for number in count():
            if over.is_set():
                break
            all_.create_task(one(client, urls[number % len(urls)]))
            await asyncio.sleep(1 / rate)
    return took


async def call_for(urls: Sequence[str], rate: float, work: Awaitable[object]) -> list[float]:
    """Call until some work is done."""
    over = asyncio.Event()
    calling = asyncio.create_task(call(urls, rate, over))
    await work
    over.set()
    return await calling


def first_pages_are_out(running: Service) -> None:
    """What waits counts as sent; what a node is sending at this moment is left to it."""
    free = "select id from outbox where state = 'waiting' order by id for update skip locked"
    waiting = "select 1 from outbox where state = 'waiting'"
    while running.execute(waiting):
        running.execute(f"update outbox set state = 'sent' where id in ({free})")
        time.sleep(0.1)


async def storm(running: Service, twilio: InstantTwilio, crises: int, rate: float) -> Figures:
    """Let the deadlines of so many crises come in the same instant."""
    refs = await asyncio.to_thread(running.report_crises, crises)
    await asyncio.to_thread(first_pages_are_out, running)
    urls = [node.url for node in running.nodes]
    before = await call_for(urls, rate, asyncio.sleep(QUIET_SECONDS))
    deadline = datetime.now(UTC) + AHEAD
    due_at = time.perf_counter() + AHEAD.total_seconds()
    about = {"deadline": deadline, "refs": refs}
    await asyncio.to_thread(
        running.execute, "update crisis set due_at = :deadline where ref = any(:refs)", about
    )
    pages = """
        select page.id, coalesce(said.id, page.id) from outbox as page
        left join outbox as said on said.key = page.merged_into
        where page.kind = 'sms' and page.purpose is not null
        and page.created_at >= :deadline and page.crisis_ref = any(:refs)"""
    said: dict[int, int] = {}

    async def all_are_sent() -> None:
        await asyncio.sleep(AHEAD.total_seconds())
        while len(said) < crises or not {*said.values()} <= {one.row for one in twilio.taken}:
            await asyncio.sleep(0.5)
            if time.perf_counter() - due_at > 300:
                raise SystemExit("not every page was sent: the figures mean nothing")
            said.update(dict(await asyncio.to_thread(running.execute, pages, about)))

    meanwhile = await call_for(urls, rate, all_are_sent())
    decided = await asyncio.to_thread(
        running.execute,
        "select at from timeline"
        " where kind = 'paged' and at >= :deadline and crisis_ref = any(:refs)",
        about,
    )
    await asyncio.to_thread(running.rest)
    taken = {one.row: one.at - due_at for one in reversed(twilio.taken)}
    return Figures(
        decisions=sorted((at - deadline).total_seconds() for (at,) in decided),
        pages=sorted(taken[row] for row in said.values()),
        merged=len(said) - len({*said.values()}),
        before=before,
        meanwhile=meanwhile,
    )


def bare_claims(dsn: str, rows: int) -> list[float]:
    """Seconds until each of so many rows was claimed, changed and committed."""
    with psycopg.connect(dsn, autocommit=True) as database:
        database.execute("drop table if exists bare_due, bare_done")
        database.execute("create table bare_due (id int primary key, due_at timestamptz)")
        database.execute("create index on bare_due (due_at)")
        database.execute("create table bare_done (id int, body text)")
        database.execute(
            "insert into bare_due select n, now() from generate_series(1, %s) as n", [rows]
        )
        late: list[float] = []
        began = time.perf_counter()
        while len(late) < rows:
            with database.transaction():
                [number] = database.execute(
                    "select id from bare_due where due_at <= now() order by due_at limit 1"
                    " for update skip locked"
                ).fetchone() or [None]
                database.execute("update bare_due set due_at = null where id = %s", [number])
                database.execute("insert into bare_done values (%s, repeat('x', 100))", [number])
            late.append(time.perf_counter() - began)
        return late


async def floor(dsn: str, folder: Path, rows: int, rate: float) -> Figures:
    """The same without Vigil."""
    late: list[float] = []

    async def claim() -> None:
        ends = time.perf_counter() + QUIET_SECONDS
        while not late or time.perf_counter() < ends:
            late[:] = await asyncio.to_thread(bare_claims, dsn, rows)

    with bare_route(folder) as url:
        before = await call_for([url], rate, asyncio.sleep(QUIET_SECONDS))
        meanwhile = await call_for([url], rate, claim())
    return Figures(late, late, 0, before, meanwhile)


async def measure(folder: Path, crises: int, rate: float, runs: int) -> dict[str, list[Figures]]:
    """One node, two nodes, and the floor."""
    figures: dict[str, list[Figures]] = {}
    async with InstantTwilio() as twilio:
        with service(folder, twilio.url) as running:
            for nodes in (1, 2):
                await asyncio.to_thread(running.start)
                figures[f"{nodes} node{'s' * (nodes > 1)}"] = [
                    await storm(running, twilio, crises, rate) for _ in range(runs)
                ]
            figures["floor"] = [await floor(running.dsn, folder, crises, rate) for _ in range(runs)]
    return figures


def main() -> None:
    """Measure, and print the table: medians of the runs."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--crises", type=int, default=1000)
    options.add_argument("--rate", type=float, default=5, help="calls per second")
    options.add_argument("--runs", type=int, default=1)
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        figures = asyncio.run(measure(Path(name), wanted.crises, wanted.rate, wanted.runs))
    print(
        f"{os.cpu_count()} cores, {wanted.crises} crises, {wanted.rate:g} calls/s,"
        f" {wanted.runs} run(s)"
    )
    print(
        f"{'':<9} {'decisions late s':>18} {'pages late s':>18} {'':>9} {'':>7}"
        f" {'calls before ms':>18} {'meanwhile ms':>18}"
    )
    print(
        f"{'':<9} {'p50':>9}{'p99':>9} {'p50':>9}{'p99':>9} {'pages/s':>9} {'merged':>7}"
        f" {'p50':>9}{'p99':>9} {'p50':>9}{'p99':>9}"
    )
    for what, runs in figures.items():
        row = [
            statistics.median(of(one) for one in runs)
            for of in (
                lambda one: statistics.median(one.decisions),
                lambda one: p99(one.decisions),
                lambda one: statistics.median(one.pages),
                lambda one: p99(one.pages),
                lambda one: len(one.pages) / one.pages[-1],
                lambda one: one.merged,
                lambda one: statistics.median(one.before),
                lambda one: p99(one.before),
                lambda one: statistics.median(one.meanwhile),
                lambda one: p99(one.meanwhile),
            )
        ]
        print(
            f"{what:<9} {row[0]:>9.2f}{row[1]:>9.2f} {row[2]:>9.2f}{row[3]:>9.2f} {row[4]:>9.0f}"
            f" {row[5]:>7.0f} {row[6]:>9.1f}{row[7]:>9.1f} {row[8]:>9.1f}{row[9]:>9.1f}"
        )


if __name__ == "__main__":
    main()
