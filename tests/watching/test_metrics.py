"""What Prometheus reads: every figure that a night leaves behind, and nobody's name or number."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from dispatch.commands import calls, crises, screening
from dispatch.commands.calls import IncomingCall
from dispatch.commands.screening import WorkerLeg
from dispatch.events import LastResortEnded, LegEnded, LegOutcome
from dispatch.gauges import read
from dispatch.metrics import Metrics
from dispatch.store.crises import find
from dispatch.timers import Timers
from dispatch.unit_of_work import UnitsOfWork
from notifications import outbox
from notifications.attempts import Outcome
from tests.scenarios import town
from tests.scenarios.ridge import RIDGE_LINE, URL, Ridge
from tests.watching.conftest import METRICS_TOKEN, WatchedNight
from tests.watching.web import Web

CALLER = "+15035550171"
CALL = IncomingCall("CA" + "1" * 32, CALLER, RIDGE_LINE)


class MeasuredRidge(Ridge):
    """The ridge, with its figures."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self.metrics = Metrics()
        self.work = UnitsOfWork(self.engine, self.clock, self.metrics.committed)
        self.timers = Timers(self.work, URL)

    def figure(self, name: str, **labels: str) -> float | None:
        """A figure by its name, as Prometheus would see it."""
        return self.metrics.registry.get_sample_value(f"vigil_{name}", labels)

    def passes(self, seconds: float) -> None:
        """So much time passes."""
        self.clock.at += timedelta(seconds=seconds)

    def call(self) -> str:
        """A client calls; the crisis that it makes."""
        with self.work() as work:
            calls.call_arrived(work, CALL, URL)
        with self.work.reading() as work:
            [crisis] = work.session.connection().exec_driver_sql("select ref from crisis")
        return str(crisis.ref)

    def leg_ends(self, ref: str, leg: int) -> None:
        """The phone that was rung for the caller is not answered."""
        event = LegEnded(CALL.call_sid, leg, LegOutcome.NO_ANSWER, False, 0, False)
        with self.work() as work:
            calls.leg_ended(work, ref, event, URL)


@pytest.fixture
def ridge(database_url: str) -> Iterator[MeasuredRidge]:
    """Four in the afternoon at the ridge: Ana is primary, Dee the backup."""
    ridge = MeasuredRidge(database_url)
    yield ridge
    ridge.close()


def test_a_call_that_the_backup_takes_by_phone(ridge: MeasuredRidge) -> None:
    ref = ridge.call()
    ridge.passes(25)
    ridge.leg_ends(ref, 1)
    ridge.passes(17)
    with ridge.work() as work:
        screening.key_pressed(work, WorkerLeg(ref, 2, "dee", "CA2"), "1", URL)
    assert ridge.figure("calls_received_total", team="north") == 1
    assert ridge.figure("crises_opened_total", team="north", source="call") == 1
    assert ridge.figure("seconds_to_human_sum", reached="team") == 42
    assert ridge.figure("rung_reached_total", rung="backup", channel="phone") == 1


def test_a_call_that_ends_at_988_counts_from_its_arrival_to_the_human_there(
    ridge: MeasuredRidge,
) -> None:
    ref = ridge.call()
    for leg in (1, 2):
        ridge.passes(30)
        ridge.leg_ends(ref, leg)
    ridge.passes(125)
    ended = LastResortEnded(CALL.call_sid, 0, LegOutcome.COMPLETED, True, 120, True)
    with ridge.work() as work:
        calls.last_resort_ended(work, ref, 3, ended, URL)
    assert ridge.figure("seconds_to_human_sum", reached="last_resort") == 65
    assert ridge.figure("rung_reached_total", rung="last_resort", channel="phone") == 1


def test_a_caller_whom_the_ladder_rang_for_twice_has_waited_since_they_called(
    ridge: MeasuredRidge,
) -> None:
    ref = ridge.call()
    for leg in (1, 2):
        ridge.passes(30)
        ridge.leg_ends(ref, leg)
    for index in (0, 1):
        ridge.passes(60)
        with ridge.work() as work:
            busy = LastResortEnded(CALL.call_sid, index, LegOutcome.BUSY, False, 0, False)
            calls.last_resort_ended(work, ref, 3 + index, busy, URL)
    ridge.passes(10)
    with ridge.work() as work:
        screening.key_pressed(work, WorkerLeg(ref, 5, "ana", "CA5"), "1", URL)
    assert ridge.figure("seconds_to_human_sum", reached="team") == 190


def test_a_crisis_taken_on_the_web_and_how_late_its_deadline_was(ridge: MeasuredRidge) -> None:
    ref = ridge.call()
    with ridge.work() as work:
        calls.caller_gone(work, CALL.call_sid, URL)
    with ridge.work.reading() as work:
        crisis = find(work.session, ref)
    assert crisis is not None
    assert crisis.due_at is not None
    ridge.clock.at = crisis.due_at + timedelta(seconds=3)
    ridge.timers.work_off_deadlines()
    assert ridge.figure("timer_lateness_seconds_sum") == 3
    assert ridge.figure("timer_lateness_seconds_count") == 1
    with ridge.work() as work:
        crises.accept(work, ref, "dee", by="Dee Sample", public_url=URL)
    assert ridge.figure("rung_reached_total", rung="backup", channel="web") == 1
    assert ridge.figure("seconds_to_human_count", reached="team") == 0, "nobody was connected"


def test_whoever_stands_nowhere_is_on_no_rung(ridge: MeasuredRidge) -> None:
    ref = ridge.call()
    with ridge.work() as work:
        crises.accept(work, ref, "gus", by="Gus Sample", public_url=URL)
    assert ridge.figure("rung_reached_total", rung="other", channel="web") == 1


def test_what_is_rolled_back_is_not_counted(ridge: MeasuredRidge) -> None:
    def breaks_after_all() -> None:
        with ridge.work() as work:
            calls.call_arrived(work, CALL, URL)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        breaks_after_all()
    assert ridge.figure("calls_received_total", team="north") is None


def test_a_figure_that_cannot_be_counted_costs_nobody_anything(
    ridge: MeasuredRidge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise ValueError("no such label")

    monkeypatch.setattr(Metrics, "_observe", breaks)
    assert ridge.call()


def test_pages_are_counted_by_channel_and_outcome() -> None:
    metrics = Metrics()
    for outcome in (Outcome.DELIVERED, Outcome.DELIVERED, Outcome.UNDELIVERED, Outcome.SENT):
        metrics.tried("sms", outcome)
    metrics.undecided()
    labels = {"channel": "sms", "outcome": "delivered"}
    assert metrics.registry.get_sample_value("vigil_pages_settled_total", labels) == 2
    assert metrics.registry.get_sample_value("vigil_voice_without_decision_total") == 1


def test_what_alarms_is_there_before_it_happens() -> None:
    """Prometheus sees no growth in a figure that begins at 1."""
    figure = Metrics().registry.get_sample_value
    assert figure("vigil_seconds_to_human_count", {"reached": "last_resort"}) == 0
    labels = {"rung": "last_resort", "channel": "phone"}
    assert figure("vigil_rung_reached_total", labels) == 0
    labels = {"channel": "sms", "outcome": "undelivered"}
    assert figure("vigil_pages_settled_total", labels) == 0


def test_two_nodes_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.undecided()
    assert isinstance(one.registry, CollectorRegistry)
    assert other.registry.get_sample_value("vigil_voice_without_decision_total") == 0


def test_what_the_database_says_of_crises_outbox_and_gaps(ridge: MeasuredRidge) -> None:
    ridge.call()
    with ridge.work() as work:
        outbox.put_words(
            work.session, key="x", now=work.now, to_phone=CALLER, from_phone=RIDGE_LINE, body="x"
        )
    ridge.take_off("cho", "2026-11-26 20:00", "2026-11-26 22:00", accept="only a test")
    ridge.fails("dee", 21211)  # the number is dead: nobody is backup any more
    ridge.tick()
    ridge.passes(40)
    with ridge.work.reading() as work:
        reading = read(work)
    assert reading.crises["ringing"] == 1  # type: ignore[index]
    assert reading.without_owner == 1
    assert reading.outbox_due >= 1
    assert reading.oldest_due_seconds == 40
    gaps = reading.gaps["north"]
    assert (gaps.open, gaps.accepted, gaps.seconds_until_next) == (1, 1, 0)


# Over HTTP ──────────────────────────────────────────────────────────────────────────────────────


def test_only_whoever_bears_the_token_reads_them(night: WatchedNight) -> None:
    url = f"{night.base_url}/metrics"
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Cookie": "vigil_session=x"}):
        answer = httpx.get(url, headers=headers)
        assert answer.status_code == 401
        assert "vigil_" not in answer.text.replace("vigil_session", "")
    answer = httpx.get(url, headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_where_no_token_is_set_anybody_reads_them(
    night: WatchedNight, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night.vigil.settings, "metrics_token", None)
    assert httpx.get(f"{night.base_url}/metrics").status_code == 200


def test_a_whole_call_leaves_figures_and_nobodys_name(night: WatchedNight, outside: Web) -> None:
    night.ana.answers(after=0.2, talk_for=2)
    call = night.call()
    call.wait_for("talking")
    call.hang_up()
    night.until_state("accepted")
    said = generate_latest(night.vigil.metrics.registry).decode()
    assert 'vigil_calls_received_total{team="north"} 1.0' in said
    assert 'vigil_rung_reached_total{channel="phone",rung="primary"} 1.0' in said
    assert 'vigil_open_crises{state="accepted"}' in said
    assert "vigil_board_sockets 0.0" in said
    assert "process_resident_memory_bytes" in said
    for private in ("Ana", "Sample", "Test Person", town.CLIENT, night.crisis().ref, outside.url):
        assert private not in said
