"""A hospital's times mean one instant each, and the same one every time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.hospitals.times import day, moment

PACIFIC = ZoneInfo("America/Los_Angeles")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026011514", "2026-01-15T22:00"),
        ("202601151430", "2026-01-15T22:30"),
        ("20260115143005", "2026-01-15T22:30:05"),
        ("20260115143005.25", "2026-01-15T22:30:05.25"),
        ("20260115143005.1234567-0500", "2026-01-15T19:30:05.123456"),
        ("202601151430+0545", "2026-01-15T08:45"),
        ("202601151430Z", "2026-01-15T14:30"),
        ("202607151430", "2026-07-15T21:30"),
        ("20260115T143005", "2026-01-15T22:30:05"),
        ("20260115 1430", "2026-01-15T22:30"),
        ("202601152400", "2026-01-16T08:00"),
        ("2026-01-15T14:30:00", "2026-01-15T22:30"),
        ("2026-01-15 14:30", "2026-01-15T22:30"),
        ("2026-01-15T14:30:00.5+01:00", "2026-01-15T13:30:00.5"),
        ("01/15/2026 14:30:00", "2026-01-15T22:30"),
        ("1/15/2026 2:30 PM", "2026-01-15T22:30"),
        ("1/15/2026 12:05 am", "2026-01-15T08:05"),
    ],
)
def test_a_time_is_understood_however_it_is_written(text: str, meant: str) -> None:
    assert moment(text, PACIFIC) == (utc(meant), "")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026", "2026-01-01T08:00"),
        ("202607", "2026-07-01T07:00"),
        ("20260715", "2026-07-15T07:00"),
        ("20260715+0000", "2026-07-15T00:00"),
        ("01/15/2026", "2026-01-15T08:00"),
    ],
)
def test_a_time_cut_off_means_its_beginning_and_is_doubted(text: str, meant: str) -> None:
    at, odd = moment(text, PACIFIC)
    assert at == utc(meant)
    assert odd == "has no time of day: its beginning is taken"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("202611010130", "2026-11-01T08:30"),
        ("202603080200", "2026-03-08T10:00"),
        ("202603080259", "2026-03-08T10:00"),
    ],
)
def test_an_hour_shown_twice_means_the_first_and_one_skipped_the_jump(
    text: str, meant: str
) -> None:
    at, odd = moment(text, PACIFIC)
    assert at == utc(meant)
    assert odd == "falls into the hour in which the clocks are changed"


@pytest.mark.parametrize(
    "text",
    [
        *("0", "00000000", "99991231", "196203520", "20261301", "20260230", "2026011525"),
        *("20260115143060", "202601151430-0475", "202601151430+2500", "13/01/2026", "now"),
        *("1/15/2026 13:30 PM", "٢٠٢٦٠١١٥", "2026011514300" + "0" * 100, "20260115^", "240001"),
    ],
)
def test_nonsense_is_no_time_and_is_doubted(text: str) -> None:
    at, odd = moment(text, PACIFIC)
    assert at is None
    assert odd


def test_a_time_that_is_not_told_is_no_doubt() -> None:
    assert moment("", PACIFIC) == (None, "")
    assert day("") == (None, "")


@pytest.mark.parametrize(
    ("text", "meant", "odd"),
    [
        ("19880705", date(1988, 7, 5), ""),
        ("198807050000", date(1988, 7, 5), ""),
        ("19880705233000-1200", date(1988, 7, 5), ""),
        ("1988-07-05", date(1988, 7, 5), ""),
        ("07/05/1988", date(1988, 7, 5), ""),
        ("1988", None, "is no whole date"),
        ("198807", None, "is no whole date"),
        ("19880732", None, "isn't a date"),
        ("15330705", None, "isn't a date"),
    ],
)
def test_only_a_whole_date_is_a_birth_date_and_no_offset_moves_it(
    text: str, meant: date | None, odd: str
) -> None:
    assert day(text) == (meant, odd)


@given(
    st.datetimes(*map(datetime.fromisoformat, ("1900-01-01", "2100-01-01"))),
    st.integers(-14 * 60, 14 * 60),
)
def test_a_time_with_an_offset_is_that_instant_in_any_zone(at: datetime, minutes: int) -> None:
    at = at.replace(microsecond=0)
    sign, away = "-+"[minutes >= 0], abs(minutes)
    text = f"{at:%Y%m%d%H%M%S}{sign}{away // 60:02}{away % 60:02}"
    meant = at.replace(tzinfo=UTC) - timedelta(minutes=minutes)
    assert moment(text, PACIFIC) == moment(text, ZoneInfo("Asia/Tokyo")) == (meant, "")


@given(st.text("0123456789-+/:.TZ APM", max_size=30) | st.text())
def test_no_text_is_too_odd(text: str) -> None:
    at, odd = moment(text, PACIFIC)
    assert (at is None) <= (bool(odd) or not text)
    on, odd = day(text)
    assert (on is None) == (bool(odd) or not text)
