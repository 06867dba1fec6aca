"""Heartbeats, handoffs by the clock, and what becomes of a page that cannot keep up."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from dispatch.access import Role, Viewer
from dispatch.agency_file import read_agency
from dispatch.clock import DrillClock
from dispatch.commands import agencies
from dispatch.live import BACKLOG, Watching
from dispatch.store import boards
from tests.live.watcher import Watcher, add_user
from tests.scenarios.night import Night
from tests.scenarios.town import TOWN

HANDOFF = datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
"""Monday, 09:00 in Portland, on the first morning of daylight saving time."""

SLACK = timedelta(seconds=3)
"""A tick a second, and room for a busy machine."""


def test_a_quiet_board_hears_the_heart_beat_with_the_newest_number(
    quick_heart: None, night: Night
) -> None:
    with Watcher.logged_in(night, add_user(night, "Admin", Role.ADMIN)) as board:
        beats = [board.read(5) for _ in range(3)]
        assert {"heartbeat"} == {beat["type"] for beat in beats}
        assert {board.number} == {beat["number"] for beat in beats}
        times = [datetime.fromisoformat(beat["at"]) for beat in beats]
        assert times == sorted(times)


def test_the_heart_stops_while_the_database_cannot_be_read_and_beats_again_after(
    quick_heart: None, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence is what tells every page that it may be out of date."""

    def away(*_: object) -> None:
        raise OperationalError("select", {}, Exception("the server is away"))

    with Watcher.logged_in(night, add_user(night, "Admin", Role.ADMIN)) as board:
        assert board.read(5)["type"] == "heartbeat"
        with monkeypatch.context() as outage:
            outage.setattr(boards, "changes_after", away)
            heard = True
            for _ in range(10):  # what was on its way may still arrive
                try:
                    board.read(1.5)
                except TimeoutError:
                    heard = False
                    break
            assert not heard, "the heart went on beating"
        assert board.read(5)["type"] == "heartbeat"


def test_a_handoff_by_the_clock_shows_at_the_second(night: Night) -> None:
    weekly = TOWN.replace("order: [ana]", "order: [ben, ana]").replace(
        "    ladder:", "    rules: {handoff_notices: false}\n    ladder:"
    )  # notices would wait for the sender, whose clock is not moved
    night.vigil.unit_of_work.clock = DrillClock.beginning(HANDOFF - timedelta(hours=1), 1)
    with night.vigil.unit_of_work() as work:
        agencies.load(work, read_agency(weekly, "town.yaml"))
    with Watcher.logged_in(night, add_user(night, "Admin", Role.ADMIN)) as board:
        north = board.fresh_snapshot().teams[0]
        before, coming = north.on_call[0], north.on_call[0].next
        assert before.until == HANDOFF
        assert coming is not None
        assert coming.from_ == HANDOFF
        assert coming.staff != before.staff
        night.vigil.unit_of_work.clock = DrillClock.beginning(HANDOFF - timedelta(seconds=1), 1)
        board.read_until(
            lambda shown: shown.teams[0].on_call[0].staff == coming.staff, "the handoff"
        )
        shown_at = datetime.fromisoformat(board.messages[-1]["at"])
        assert HANDOFF <= shown_at < HANDOFF + SLACK


def test_who_reads_too_slowly_is_cut_off_before_memory_fills() -> None:
    watching = Watching(Viewer("Slow", "slow", Role.ADMIN, None))
    for number in range(3 * BACKLOG):
        watching.put({"type": "heartbeat", "number": number})
    assert watching.queue.qsize() <= BACKLOG
    waiting = [watching.queue.get_nowait() for _ in range(watching.queue.qsize())]
    assert None in waiting, "the word that closes the socket"


def test_who_reads_in_time_loses_nothing() -> None:
    watching = Watching(Viewer("Quick", "quick", Role.ADMIN, None))
    sent = [{"number": number} for number in range(3 * BACKLOG)]
    read = []
    for message in sent:
        watching.put(message)
        if watching.queue.full() or message is sent[-1]:
            read += [watching.queue.get_nowait() for _ in range(watching.queue.qsize())]
    assert read == sent
