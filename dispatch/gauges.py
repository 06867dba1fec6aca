"""What is so at this moment, read when Prometheus asks: from the node, and from its database.

The database is asked at most every few seconds, with little patience. While it is away, what it
knows is left out, for an old figure would look like a fresh one, and `vigil_database_up` says 0.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, text
from sqlmodel import col, select

from dispatch import feed_gauges
from dispatch.clock import steady_seconds
from dispatch.commands.accepted import acceptance, accepted_gaps
from dispatch.commands.findings import open_findings
from dispatch.crisis import State
from dispatch.database_health import DatabaseHealth
from dispatch.feed_gauges import FeedReading
from dispatch.heartbeat import Heartbeat
from dispatch.invariant_watch import InvariantWatch
from dispatch.store import crises
from dispatch.troubles import About, Troubles
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from notifications.outbox import OutboxState
from notifications.tables import OutboxRow
from oncall.coverage import Gap, GapKind
from oncall.model import TeamId

log = structlog.get_logger()

FRESH_SECONDS = 5.0
"""For how long what was read is told again: several Prometheus servers cost no more than one."""

PATIENCE_SECONDS = 2.0
"""How long a scrape waits for the database; Prometheus itself gives up after ten by default."""

STATEMENT_PATIENCE = "set local statement_timeout = 1500"
"""No query of ours outlives the scrape that asked for it by much."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """The gaps of one team that are known, and the seconds until the next one nobody accepted."""

    open: int
    accepted: int
    seconds_until_next: float | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the database says at one moment."""

    crises: dict[State, int]
    without_owner: int
    outbox_due: int
    oldest_due_seconds: float
    gaps: dict[TeamId, Gaps]
    feeds: FeedReading


def read(work: UnitOfWork) -> Reading:
    """Read everything in one transaction."""
    work.session.execute(text(STATEMENT_PATIENCE))
    found = crises.open_crises(work.session)
    states = Counter(crisis.state for crisis in found)
    due = (
        select(func.count(), func.min(OutboxRow.due_at))
        .select_from(OutboxRow)
        .where(OutboxRow.state == OutboxState.WAITING.value, col(OutboxRow.due_at) <= work.now)
    )
    count, oldest = work.session.exec(due).one()
    return Reading(
        crises={state: states[state] for state in State if state is not State.CLOSED},
        without_owner=sum(crisis.owner is None for crisis in found),
        outbox_due=count,
        oldest_due_seconds=0.0 if oldest is None else (work.now - oldest).total_seconds(),
        gaps={team: _gaps(work, team) for team in work.directory.teams},
        feeds=feed_gauges.read(work),
    )


def _gaps(work: UnitOfWork, team: TeamId) -> Gaps:
    rows = [
        row
        for row in open_findings(work, team, thin_until=work.now)
        if row.kind == GapKind.NOBODY.value and row.ends > work.now
    ]
    known = accepted_gaps(work, team) if rows else ()
    unaccepted = [
        row
        for row in rows
        if acceptance(Gap(row.tier, max(row.starts, work.now), row.ends, ()), known) is None
    ]
    waits = [max(0.0, (row.starts - work.now).total_seconds()) for row in unaccepted]
    return Gaps(len(unaccepted), len(rows) - len(unaccepted), min(waits, default=None))


class DatabaseGauges(Collector):
    """What only the database knows. One reading at a time, in a thread of its own."""

    def __init__(self, unit_of_work: UnitsOfWork, health: DatabaseHealth) -> None:
        self._unit_of_work = unit_of_work
        self._health = health
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="gauges")
        self._running: Future[Reading] | None = None
        self._last: tuple[float, Reading] | None = None

    def stop(self) -> None:
        """Read no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def collect(self) -> Iterator[Metric]:
        """The gauges; without the database's when it does not answer in time."""
        reading = self._reading()
        yield _one("database_up", "Whether the database answers.", float(reading is not None))
        if reading is not None:
            yield from _families(reading)

    def _reading(self) -> Reading | None:
        with self._lock:
            if self._last is not None and steady_seconds() - self._last[0] < FRESH_SECONDS:
                return None if self._health.is_away else self._last[1]
            if self._health.is_away:
                return None
            try:
                if self._running is None or self._running.done():
                    self._running = self._pool.submit(self._read)
                reading = self._running.result(PATIENCE_SECONDS)
            except Exception as error:  # noqa: BLE001  the scrape goes on without
                log.warning("gauges_not_read", error=type(error).__name__)
                return None
            self._last = (steady_seconds(), reading)
            return reading

    def _read(self) -> Reading:
        with self._unit_of_work.reading() as work:
            return read(work)


def _families(reading: Reading) -> Iterator[Metric]:
    yield _many("open_crises", "Open crises.", "state", reading.crises.items())
    yield _one("crises_without_owner", "Open crises that nobody has.", reading.without_owner)
    yield _one("outbox_due", "What is due to be sent and is not yet.", reading.outbox_due)
    yield _one(
        "outbox_oldest_due_seconds",
        "For how long the oldest of it has been due.",
        reading.oldest_due_seconds,
    )
    open_gaps = [(team, gaps.open) for team, gaps in reading.gaps.items()]
    accepted = [(team, gaps.accepted) for team, gaps in reading.gaps.items()]
    nearing = [
        (team, gaps.seconds_until_next)
        for team, gaps in reading.gaps.items()
        if gaps.seconds_until_next is not None
    ]
    yield _many("gaps_ahead", "Known gaps that nobody accepted.", "team", open_gaps)
    yield _many("accepted_gaps_ahead", "Known gaps that a lead accepted.", "team", accepted)
    yield _many(
        "next_gap_seconds", "Until the next gap that nobody accepted begins.", "team", nearing
    )
    yield from feed_gauges.families(reading.feeds)


class NodeGauges(Collector):
    """What the node knows by itself, whatever has become of its database."""

    def __init__(
        self,
        *,
        sockets: Callable[[], int],
        troubles: Troubles,
        invariants: InvariantWatch,
        heartbeat: Heartbeat | None,
        version: str,
    ) -> None:
        self._sockets = sockets
        self._troubles = troubles
        self._invariants = invariants
        self._heartbeat = heartbeat
        self._version = version

    def collect(self) -> Iterator[Metric]:
        """The gauges."""
        info = GaugeMetricFamily("vigil_node_info", "This node's version.", labels=["version"])
        info.add_metric([self._version], 1)
        yield info
        yield _one("board_sockets", "Open boards on this node.", self._sockets())
        wrong = {trouble.about for trouble in self._troubles.now()}
        yield _many(
            "trouble",
            "What is wrong at this node: 1 while it is.",
            "about",
            [(about, float(about in wrong)) for about in About],
        )
        looked = self._invariants.looked.age
        if looked is not None:
            found = len(self._invariants.found)
            yield _one("invariant_violations", "Broken promises at the last look.", found)
            yield _one("invariants_age_seconds", "Since the last look at them.", looked)
        heard = None if self._heartbeat is None else self._heartbeat.heard.age
        if heard is not None:
            yield _one("heartbeat_age_seconds", "Since the outside watch took a beat.", heard)


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"vigil_{name}", text, value=value)


def _many(
    name: str, text: str, label: str, values: Iterable[tuple[str, float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"vigil_{name}", text, labels=[label])
    for word, value in values:
        family.add_metric([str(word)], value)
    return family
