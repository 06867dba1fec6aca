"""One running node: sender, metronome, live board, what watches itself, and their threads."""

import asyncio
import contextlib
import subprocess
import uuid
from collections.abc import Sequence
from datetime import UTC, timedelta
from functools import cached_property
from importlib import metadata

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from dispatch.api.context import Vigil
from dispatch.catching_up import CatchingUp
from dispatch.clock import SystemClock
from dispatch.commands import deliveries, logins
from dispatch.commands.feed_watch import EVERY as WATCH_FEEDS_EVERY
from dispatch.commands.feed_watch import FeedWatch
from dispatch.commands.inbox_reading import InboxReading
from dispatch.database import Database
from dispatch.database_health import DatabaseHealth
from dispatch.database_watch import DatabaseWatch
from dispatch.directory_watch import DirectoryWatch
from dispatch.gauges import DatabaseGauges, NodeGauges
from dispatch.heartbeat import Heartbeat, unwell
from dispatch.invariant_watch import EVERY as CHECK_EVERY
from dispatch.invariant_watch import InvariantWatch
from dispatch.journal import Journal
from dispatch.live import Live
from dispatch.metrics import Metrics
from dispatch.mllp import Mllp
from dispatch.mllp_port import Port
from dispatch.planning import Planning
from dispatch.publisher import Publisher, targets_of
from dispatch.pulse import Pulse
from dispatch.settings import Settings
from dispatch.timers import Timers
from dispatch.troubles import Troubles
from dispatch.twilio_watch import TwilioWatch
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from dispatch.without_database import WithoutDatabase
from notifications import wording
from notifications.retry import Failure
from notifications.sender import Sender
from notifications.sending import Listeners, Sending
from notifications.tables import OutboxRow
from notifications.twilio import Fate, Twilio

log = structlog.get_logger()

TICK_SECONDS = 1.0
"""How often deadlines and the outbox are looked at, and a node says that it lives; a drill's faster
clock ticks faster."""

SHORTEST_TICK_SECONDS = 0.2

METRONOME_THREADS = 10
"""As many as there are jobs that may want to run at the same moment."""

VERSION = metadata.version("vigil-dispatch")

FIRST_CHECK_AFTER = timedelta(seconds=5)
"""When the promises are first looked at; the outside watch hears nothing before."""

REVIVE_SECONDS = 5
"""How often our own PostgreSQL is looked at, and started again if it has died."""


class WatchedSending(Sending):
    """Also tells when somebody has last looked at what is due to be sent."""

    @cached_property
    def claimed(self) -> Pulse:
        """Beats after every look at the outbox that came through."""
        return Pulse()

    def claim(self, limit: int) -> Sequence[OutboxRow]:
        """Lease what is due."""
        rows = super().claim(limit)
        self.claimed.beat()
        return rows


class Node:
    """One running node and the threads that belong to it."""

    def __init__(self, settings: Settings, database: Database, twilio: Twilio) -> None:
        clock = settings.clock
        self._unit_of_work = UnitsOfWork(
            database.engine, clock, self._committed, horizon=settings.coverage_horizon
        )
        self._troubles = Troubles()
        self._metrics = Metrics()
        self._live = Live(self._unit_of_work, database.dsn, self._troubles)
        self._troubles.on_change(self._live.trouble_changed)
        self._health = DatabaseHealth(self._troubles, clock.now)
        self._directory_watch = DirectoryWatch(self._unit_of_work, database.dsn, self._health.seen)
        self._tick_pulse = Pulse()
        self._sending = WatchedSending(
            database.engine,
            twilio,
            clock.now,
            settings.public_url,
            Listeners(
                gave_up=self._gave_up,
                reported=self._reported,
                many=lambda refs: wording.many_wait(refs, settings.public_url),
                answered=TwilioWatch(self._troubles, clock.now).answered,
                settled=self._metrics.tried,
                wanted=lambda row: deliveries.is_wanted(self._unit_of_work, row),
            ),
            node=uuid.uuid4().hex,
            speed=clock.speed,
        )
        self._sender = Sender(self._sending)
        self._metronome = BackgroundScheduler(
            timezone=UTC, executors={"default": ThreadPoolExecutor(METRONOME_THREADS)}
        )
        self._timers = Timers(self._unit_of_work, settings.public_url, settings.unmatched_for)
        self._metronome.add_job(self._timers.tidy, "interval", hours=1, misfire_grace_time=None)
        self._database = database
        self._metronome.add_job(
            self._revive, "interval", seconds=REVIVE_SECONDS, coalesce=True, misfire_grace_time=None
        )
        port = Port.of(settings)
        self._mllp = mllp = Mllp(port, self._unit_of_work) if port is not None else None
        inbox = InboxReading(
            self._unit_of_work,
            settings.public_url,
            somebody_waits=lambda: mllp is not None and mllp.is_keeping,
        )
        for beat in (self._beat, self._tick, self._timers.tend_rotas, inbox.beat):
            self._metronome.add_job(
                beat,
                "interval",
                seconds=max(TICK_SECONDS / clock.speed, SHORTEST_TICK_SECONDS),
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        self._invariants = InvariantWatch(self._unit_of_work, self._troubles)
        self._metronome.add_job(
            self._invariants.beat,
            "interval",
            seconds=CHECK_EVERY.total_seconds(),
            next_run_time=SystemClock().now() + FIRST_CHECK_AFTER,
            coalesce=True,
            misfire_grace_time=None,
        )
        self._feeds = FeedWatch(self._unit_of_work, settings.public_url, self._troubles)
        self._metronome.add_job(
            self._feeds.beat,
            "interval",
            seconds=WATCH_FEEDS_EVERY.total_seconds(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        self._heartbeat = (
            Heartbeat(settings.heartbeat_url, self._unwell, self._troubles, clock.now)
            if settings.heartbeat_url
            else None
        )
        self._database_gauges = DatabaseGauges(self._unit_of_work, self._health)
        self._metrics.add(self._database_gauges)
        self._metrics.add(
            NodeGauges(
                sockets=lambda: self._live.watchers,
                troubles=self._troubles,
                invariants=self._invariants,
                heartbeat=self._heartbeat,
                version=VERSION,
            )
        )
        with self._unit_of_work() as work:
            key = logins.installation_key(work, settings.secret_key)
        voice_work = UnitsOfWork(
            database.voice_engine,
            clock,
            self._committed,
            self._unit_of_work.directory,
            settings.coverage_horizon,
        )
        self._planning = Planning(self._unit_of_work)
        watch = DatabaseWatch(database.dsn)
        journal = Journal(settings.data_dir / "journal", self._troubles)
        catching_up = CatchingUp(voice_work, journal, watch, settings.public_url)
        self._adrift = WithoutDatabase(watch, journal, catching_up)
        self._publisher = self._publish_fallbacks(settings, twilio, key)
        self.vigil = Vigil(
            settings,
            key,
            self._unit_of_work,
            voice_work,
            twilio,
            self._live,
            self._planning,
            self._adrift,
            troubles=self._troubles,
            metrics=self._metrics,
            invariants=self._invariants,
        )

    async def start(self) -> None:
        """Start sending, ticking and showing."""
        self._adrift.watch.start()
        await asyncio.to_thread(self._adrift.catching_up.start)
        await self._live.start()
        await self._directory_watch.start()
        await self._health.start()
        if self._heartbeat is not None:
            await self._heartbeat.start()
        self._sending.beat(VERSION)
        self._sender.start()
        self._metronome.start()
        if self._mllp is not None:
            await self._mllp.start()

    async def stop(self) -> None:
        """Stop ticking, finish sending, close the boards."""
        if self._mllp is not None:
            await self._mllp.stop()
        if self._heartbeat is not None:
            await self._heartbeat.stop()
        self._planning.stop()
        if self._publisher is not None:
            self._publisher.stop()
        self._sender.stop()  # while this node still says that it lives: else others send the same
        self._metronome.shutdown(wait=True)
        self._database_gauges.stop()
        with contextlib.suppress(SQLAlchemyError):  # the others notice by themselves
            self._sending.leave()
        await self._health.stop()
        await self._directory_watch.stop()
        await self._live.stop()
        self._adrift.watch.stop()
        self._adrift.journal.close(self._unit_of_work.clock.now())

    def _publish_fallbacks(self, settings: Settings, twilio: Twilio, key: str) -> Publisher | None:
        """Let this node publish what callers get while we are away, where that is set up."""
        targets = targets_of(settings, twilio)
        if targets is None:
            log.warning("fallback_not_published", where="docs/operations/fallback.md")
            return None
        publisher = Publisher(self._unit_of_work, targets, key, self._troubles)
        self._metronome.add_job(
            publisher.beat,
            "interval",
            seconds=max(TICK_SECONDS / settings.clock.speed, SHORTEST_TICK_SECONDS),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        return publisher

    def _tick(self) -> None:
        self._adrift.catching_up.beat()  # before any deadline: what happened may have met it
        self._timers.tick()
        self._tick_pulse.beat()

    def _beat(self) -> None:
        """Say that this node lives, and look at what is due: apart from the tick's long work."""
        try:
            self._sending.beat(VERSION)
        except SQLAlchemyError as error:  # the database is away: the next beat tries again
            log.warning("node_not_heard", error=type(error).__name__)
        self._sender.beat()

    def _unwell(self) -> str | None:
        return unwell(
            database_away=self._health.is_away,
            tick=self._tick_pulse,
            sender=self._sending.claimed,
            checked=self._invariants.looked,
        )

    def _revive(self) -> None:
        try:
            self._database.revive()
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            log.error("database_not_revived", error=type(error).__name__)

    def _gave_up(self, row: OutboxRow, failure: Failure, code: int | None) -> None:
        deliveries.given_up(self._unit_of_work, row, failure, code, self.vigil.public_url)

    def _reported(self, row: int, fate: Fate) -> None:
        deliveries.delivery_reported(self._unit_of_work, row, fate, self.vigil.public_url)

    def _committed(self, work: UnitOfWork) -> None:
        if work.sends:
            self._sender.wake()
        if work.board:
            self._live.hint()
        self._metrics.committed(work)
