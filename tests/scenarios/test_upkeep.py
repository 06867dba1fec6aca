"""What is no longer needed is forgotten; what happened is kept."""

from datetime import timedelta

from sqlalchemy import text

from dispatch.clock import DrillClock
from dispatch.timers import Timers
from dispatch.unit_of_work import UnitsOfWork
from tests.scenarios.night import NIGHT, Night


def test_old_receipts_and_board_changes_go_and_the_timeline_stays(night: Night) -> None:
    night.ana.answers(talk_for=40)
    night.call().wait_ended(20)
    night.until_state("accepted")
    night.network.wait_until_quiet()
    assert all(rows(night, table) for table in ("receipt", "board_change", "timeline"))
    timers(night, days=6).tidy()
    assert all(rows(night, table) for table in ("receipt", "board_change", "timeline"))
    timers(night, days=31).tidy()
    assert [rows(night, table) for table in ("receipt", "board_change")] == [0, 0]
    assert rows(night, "timeline") > 0


def timers(night: Night, days: int) -> Timers:
    """The metronome of a node whose clock is so many days ahead."""
    clock = DrillClock.beginning(NIGHT + timedelta(days=days), 1)
    engine = night.vigil.unit_of_work.engine
    return Timers(UnitsOfWork(engine, clock, lambda _: None), night.base_url)


def rows(night: Night, table: str) -> int:
    """How many rows a table has."""
    with night.vigil.unit_of_work.reading() as work:
        return int(work.session.execute(text(f"select count(*) from {table}")).scalar_one())
