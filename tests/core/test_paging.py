"""When the phone rings for a page: the usual, one's own rule, the nights by the team's clock."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.paging import (
    LONGEST_WAIT,
    USUAL,
    Nights,
    NoRule,
    PagingRule,
    read_rule,
    rule_in_words,
    write_rule,
)

PORTLAND = ZoneInfo("America/Los_Angeles")

MINUTE = timedelta(seconds=60)

CAREFUL = PagingRule(MINUTE, Nights(time(22), time(7)))
"""Text now, voice after 60 seconds; at night voice at once."""

WAITS = st.none() | st.integers(0, int(LONGEST_WAIT.total_seconds())).map(
    lambda seconds: timedelta(seconds=seconds)
)

TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))

NIGHTS = st.builds(Nights, TIMES, TIMES, WAITS).filter(lambda one: one.begins != one.ends)

RULES = st.builds(PagingRule, WAITS, st.none() | NIGHTS)


@given(RULES)
def test_a_rule_that_was_written_is_read_as_it_was(rule: PagingRule) -> None:
    assert read_rule(write_rule(rule)) == rule


@given(NIGHTS, TIMES)
def test_a_night_and_the_day_around_it_share_the_clock(nights: Nights, at: time) -> None:
    """Whether it passes midnight or not: what is not night is day, and the other way round."""
    day = Nights(nights.ends, nights.begins)
    assert nights.holds(at) != day.holds(at)


@pytest.mark.parametrize(
    ("wall", "wait"),
    [
        ("2026-03-03T21:59:59", MINUTE),
        ("2026-03-03T22:00:00", timedelta()),
        ("2026-03-04T00:00:00", timedelta()),
        ("2026-03-04T06:59:59", timedelta()),
        ("2026-03-04T07:00:00", MINUTE),
        ("2026-03-08T03:00:00", timedelta()),  # the clocks jumped over 02:00 to 03:00
        ("2026-07-04T22:30:00", timedelta()),  # 05:30 UTC, with daylight saving
    ],
)
def test_nights_are_those_of_the_teams_own_clock(wall: str, wait: timedelta) -> None:
    at = datetime.fromisoformat(wall).replace(tzinfo=PORTLAND).astimezone(UTC)
    assert CAREFUL.rings_after(at, PORTLAND) == wait


def test_the_same_instant_is_night_for_one_team_and_day_for_the_other() -> None:
    at = datetime(2026, 3, 4, 5, 30, tzinfo=UTC)
    assert CAREFUL.rings_after(at, ZoneInfo("America/Chicago")) == timedelta()
    assert CAREFUL.rings_after(at, PORTLAND) == MINUTE


def test_who_has_made_no_rule_is_rung_after_a_minute_at_any_hour() -> None:
    for hour in range(24):
        at = datetime(2026, 3, 4, hour, tzinfo=UTC)
        assert USUAL.rings_after(at, PORTLAND) == MINUTE


def test_a_night_may_be_the_quieter_part() -> None:
    rule = PagingRule(timedelta(), Nights(time(9), time(17), None))
    assert rule.rings_after(datetime(2026, 3, 4, 20, tzinfo=UTC), PORTLAND) is None
    assert rule.rings_after(datetime(2026, 3, 4, 4, tzinfo=UTC), PORTLAND) == timedelta()


NIGHT = {"from": "22:00", "to": "07:00", "ring_after": 0}


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (None, "must be a mapping with ring_after"),
        ([60], "must be a mapping with ring_after"),
        ({"after": 60}, "knows no after: write ring_after and nights"),
        ({"ring_after": 601}, "from 0 to 600, or null for never"),
        ({"ring_after": -1}, "from 0 to 600"),
        ({"ring_after": "60"}, "whole seconds"),
        ({"ring_after": 1.5}, "whole seconds"),
        ({"ring_after": True}, "whole seconds"),
        ({"ring_after": 60, "nights": []}, "must have from, to and ring_after"),
        ({"nights": {**NIGHT, "until": "08:00"}}, "must have from, to and ring_after"),
        ({"nights": {**NIGHT, "ring_after": 601}}, "from 0 to 600"),
        ({"nights": {"from": "22:00"}}, 'such as "22:00"'),
        ({"nights": {**NIGHT, "from": "10pm"}}, 'such as "22:00"'),
        ({"nights": {**NIGHT, "from": 22}}, 'such as "22:00"'),
        ({"nights": {**NIGHT, "from": "22:00+05:00"}}, 'such as "22:00"'),
        ({"nights": {**NIGHT, "to": "24:00"}}, 'such as "22:00"'),
        ({"nights": {**NIGHT, "to": "22:00"}}, "end at another time than they begin"),
    ],
)
def test_what_is_no_rule_is_said(written: Any, problem: str) -> None:
    with pytest.raises(NoRule, match=problem):
        read_rule(written)


def test_what_a_rule_leaves_out_is_as_usual() -> None:
    assert read_rule({}) == USUAL
    assert read_rule({"ring_after": None}) == PagingRule(None)
    nights = {"from": "22:00", "to": "07:00"}
    assert read_rule({"nights": nights}).nights == Nights(time(22), time(7), timedelta())


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (USUAL, "the phone rings 60 seconds after a text without an answer"),
        (
            PagingRule(timedelta(seconds=1)),
            "the phone rings 1 second after a text without an answer",
        ),
        (PagingRule(None), "the phone rings only for a text that does not arrive"),
        (
            CAREFUL,
            "the phone rings 60 seconds after a text without an answer, from 22:00 to 07:00 "
            "together with the text",
        ),
    ],
)
def test_a_rule_is_told_in_words(rule: PagingRule, words: str) -> None:
    assert rule_in_words(rule) == words
