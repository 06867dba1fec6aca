"""What one node counts and measures, for Prometheus. Numbers only: no client, no member of staff.

Everything is observed after the commit. What goes wrong here is logged and costs nobody anything.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from dispatch.callers_side import SHORT_LAST_RESORT_SECONDS
from dispatch.crisis import State
from dispatch.events import Accepted, CallArrived, DueReached, LastResortEnded, TeamAsked
from dispatch.unit_of_work import Happened, UnitOfWork
from notifications import attempts
from notifications.attempts import Outcome
from notifications.outbox import Kind
from oncall.model import StaffId

log = structlog.get_logger()

SECONDS_TO_HUMAN = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)
"""One phone rings for about 20 seconds, a ladder of three for a minute and a half."""

LATENESS_SECONDS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60)
"""The metronome beats once a second; after 30 seconds a promise is broken."""

_EITHER = (Outcome.FAILED, Outcome.EXPIRED, Outcome.MERGED, Outcome.CANCELLED, Outcome.UNREPORTED)

SETTLED = {
    "sms": (Outcome.DELIVERED, Outcome.UNDELIVERED, *_EITHER),
    "voice": (
        Outcome.ACCEPTED,
        Outcome.DECLINED,
        Outcome.NO_KEY,
        Outcome.NO_ANSWER,
        Outcome.BUSY,
        Outcome.UNREACHABLE,
        *_EITHER,
    ),
}
"""How a page can end, by channel."""

LAST_RESORT = "last_resort"
OUTSIDE_LADDER = "other"
"""The rung of whoever took a crisis without standing on the ladder at that time."""

disable_created_metrics()  # type: ignore[no-untyped-call]  # a time of birth for each would only be noise


class Metrics:
    """The registry of one node, and the words in which the node tells it what has happened."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._calls = self._counter("calls_received", "Calls to our lines.", "team")
        self._opened = self._counter("crises_opened", "Crises opened.", "team", "source")
        self._to_human = Histogram(
            "vigil_seconds_to_human",
            "From a call's arrival until the caller and a human were connected.",
            ["reached"],
            buckets=SECONDS_TO_HUMAN,
            registry=self.registry,
        )
        self._rungs = self._counter(
            "rung_reached", "Who was reached: tier, or last_resort; how.", "rung", "channel"
        )
        self._pages = self._counter(
            "pages_settled", "Pages whose outcome is known.", "channel", "outcome"
        )
        self._lateness = Histogram(
            "vigil_timer_lateness_seconds",
            "How late a crisis's deadline was worked off.",
            buckets=LATENESS_SECONDS,
            registry=self.registry,
        )
        self._undecided = self._counter(
            "voice_without_decision", "Voice webhooks answered without a decision."
        )
        self._begin_at_nothing()

    def add(self, collector: Collector) -> None:
        """Ask this one too at every scrape."""
        self.registry.register(collector)

    def committed(self, work: UnitOfWork) -> None:
        """Count what a transaction that is committed has made of crises."""
        for happened in work.happened:
            self._safely(lambda happened=happened: self._observe(work, happened))  # type: ignore[misc]
        for kind, outcome in attempts.recorded(work.session):
            self.tried(kind, outcome)

    def tried(self, kind: str, outcome: Outcome) -> None:
        """Count how a page ended; what is on its way, or is no page, is not counted."""
        channel = {Kind.SMS.value: "sms", Kind.PAGE_CALL.value: "voice"}.get(kind)
        if channel is not None and outcome in SETTLED[channel]:
            self._safely(lambda: self._pages.labels(channel, outcome.value).inc())

    def undecided(self) -> None:
        """A voice webhook was answered without a decision, as the database or time failed us."""
        self._safely(self._undecided.inc)

    def _begin_at_nothing(self) -> None:
        """Show what alarms before it happens: Prometheus sees no growth in what begins at 1."""
        for reached in ("team", LAST_RESORT):
            self._to_human.labels(reached)
        self._rungs.labels(LAST_RESORT, "phone")
        for channel, outcomes in SETTLED.items():
            for outcome in outcomes:
                self._pages.labels(channel, outcome.value)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"vigil_{name}", text, labels, registry=self.registry)

    def _observe(self, work: UnitOfWork, one: Happened) -> None:
        if one.is_new:
            self._opened.labels(one.after.team, one.after.source.value).inc()
        match one.event:
            case CallArrived() | TeamAsked():
                self._calls.labels(one.after.team).inc()
            case Accepted(staff=staff, channel=channel) if one.after.owner == staff:
                self._accepted(work, one, staff, channel.value)
            case LastResortEnded() as event:
                self._passed_outside(work, event)
            case DueReached() if one.before.due_at is not None:
                late = (work.now - one.before.due_at).total_seconds()
                self._lateness.observe(max(0.0, late))
            case _:
                pass

    def _accepted(self, work: UnitOfWork, one: Happened, staff: StaffId, channel: str) -> None:
        before, after = one.before, one.after
        if before.state is State.RINGING and after.state is State.TALKING:
            # With an owner they may have talked before: then it is from when they were rung again.
            since = before.since if before.owner else work.caller_since or before.since
            self._to_human.labels("team").observe((work.now - since).total_seconds())
        if before.owner != staff:
            rungs = work.directory.ladder(after.team, work.now).rungs
            tier = next((rung.tier for rung in rungs if rung.staff == staff), OUTSIDE_LADDER)
            self._rungs.labels(tier, channel).inc()

    def _passed_outside(self, work: UnitOfWork, event: LastResortEnded) -> None:
        if not event.bridged or event.seconds < SHORT_LAST_RESORT_SECONDS:
            return
        self._rungs.labels(LAST_RESORT, "phone").inc()
        if work.caller_since is None:
            return
        waited = work.now - work.caller_since - timedelta(seconds=event.seconds)
        if waited > timedelta():  # else the call is known only since it ended
            self._to_human.labels(LAST_RESORT).observe(waited.total_seconds())

    def _safely(self, observe: Callable[[], object]) -> None:
        try:
            observe()
        except Exception as error:  # noqa: BLE001  a wrong figure must not cost a caller anything
            log.error("metric_failed", error=type(error).__name__)
