"""Clocks tell an aware UTC time, and a drill's clock is the same in every process."""

from datetime import UTC, datetime, timedelta, timezone

import hypothesis.strategies as st
import pytest
from hypothesis import given

from dispatch.clock import Clock, DrillClock, SystemClock

THREE_TEN = datetime(2026, 1, 10, 3, 10, tzinfo=timezone(timedelta(hours=-8)))


@pytest.mark.parametrize("clock", [SystemClock(), DrillClock.beginning(THREE_TEN, 20)])
def test_every_clock_tells_utc_and_never_goes_back(clock: Clock) -> None:
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert first <= second


def test_a_drill_begins_when_it_is_told_and_runs_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    real = iter([1000.0, 1000.0, 1003.0])
    monkeypatch.setattr("time.time", lambda: next(real))
    clock = DrillClock.beginning(THREE_TEN, 20)
    assert clock.now() == THREE_TEN
    assert clock.now() == THREE_TEN + timedelta(seconds=60)


@given(
    st.integers(0, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.floats(0, 4e9),
    st.floats(0.1, 1000),
)
def test_another_process_reads_the_same_clock(start: datetime, epoch: float, speed: float) -> None:
    clock = DrillClock(start, epoch, speed)
    assert DrillClock.parse(str(clock)) == clock


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "unpack"), ("now", "unpack"), ("2026-01-10;1", "unpack"), ("2026-01-10;soon;1", "soon")],
)
def test_what_is_no_clock_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        DrillClock.parse(text)
