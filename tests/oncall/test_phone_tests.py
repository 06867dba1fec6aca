"""When phones are tested: once a month, by day, and with time to answer."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.phone_tests import ANSWER_WITHIN, TEST_EVERY, due, unanswered
from tests.oncall.build import LOS_ANGELES, local

HEARD = local("2026-02-20 03:00")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-21 12:00", False),
        ("2026-03-22 04:00", False),
        ("2026-03-22 09:59", False),
        ("2026-03-22 10:00", True),
        ("2026-03-22 15:59", True),
        ("2026-03-22 16:00", False),
        ("2026-04-30 03:00", False),
        ("2026-04-30 11:00", True),
    ],
)
def test_a_month_after_it_was_last_heard_from_between_ten_and_four(
    now: str, expected: bool
) -> None:
    assert due(HEARD, LOS_ANGELES, local(now)) is expected


@given(st.timedeltas(timedelta(), timedelta(days=400)), st.timezones())
def test_every_day_has_its_hour_in_every_zone(after: timedelta, zone: ZoneInfo) -> None:
    now = HEARD + TEST_EVERY + after
    assert any(due(HEARD, zone, now + timedelta(hours=hour)) for hour in range(48))
    assert not due(HEARD, zone, HEARD + TEST_EVERY - timedelta(microseconds=1))


def test_three_days_are_given_for_the_answer() -> None:
    assert not unanswered(HEARD, HEARD + ANSWER_WITHIN - timedelta(microseconds=1))
    assert unanswered(HEARD, HEARD + ANSWER_WITHIN)
