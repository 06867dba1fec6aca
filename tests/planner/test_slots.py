"""A period is cut into shifts that fill it exactly, at hours that the wall shows."""

from datetime import date, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.planner.model import Handoff
from oncall.planner.patterns import handoffs, pattern
from oncall.planner.slots import fixed_slots, slots
from tests.planner.asks import DAY, HOUR, ask, at, people, stint, tier

SHAPES = ("12h", "day_night", "week", ("07:30",), ("mon 09:00", "thu 17:00"), ("02:30", "14:00"))


@given(
    zone=st.sampled_from(
        ("America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Chatham")
    ),
    first=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    weeks=st.integers(1, 13),
    shapes=st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3),
)
def test_the_shifts_of_every_tier_fill_the_period_exactly(
    zone: str, first: date, weeks: int, shapes: list[str | tuple[str, ...]]
) -> None:
    tiers = [tier(str(number), shape) for number, shape in enumerate(shapes)]
    asked = ask(*people("ana"), tiers=tiers, first_day=first, weeks=weeks, zone=ZoneInfo(zone))
    for one in tiers:
        cut = [slot for slot in slots(asked) if slot.tier == one.tier]
        assert (cut[0].start, cut[-1].end) == (asked.start, asked.end)
        assert all(before.end == after.start for before, after in pairwise(cut))


def test_days_and_nights_keep_their_hours_when_the_clocks_change() -> None:
    asked = ask(*people("ana"), first_day=date(2026, 10, 31))
    lengths = [(slot.end - slot.start) / HOUR for slot in slots(asked)[:4]]
    assert lengths == [12, 13, 12, 12]
    assert [list(slot.nights) for slot in slots(asked)[:3]] == [[], [0], []]
    assert [list(slot.days) for slot in slots(asked)[:3]] == [[0], [0], [1]]


def test_a_weekly_turn_touches_seven_days_and_seven_nights() -> None:
    (slot,) = slots(ask(*people("ana"), tiers=[tier(shape="week")]))
    assert (slot.days, slot.nights) == (range(7), range(7))


def test_what_stands_around_the_period_is_fixed_and_cut_at_its_edges() -> None:
    fixed = {
        "primary": (
            stint("2026-09-27 20:00", "2026-09-28 20:00", "ana"),
            stint("2026-10-05 08:00", "2026-10-06 08:00", "ben"),
        )
    }
    asked = ask(*people("ana", "ben"), fixed=fixed)
    assert slots(asked)[0].holder == "ana"
    assert [slot.holder for slot in slots(asked)[1:]] == [None] * 13
    around = [(slot.start, slot.end, slot.holder) for slot in fixed_slots(asked)]
    assert around == [
        (at("2026-09-27 20:00"), asked.start, "ana"),
        (asked.end, at("2026-10-06 08:00"), "ben"),
    ]


def test_an_override_cuts_the_shift_of_which_it_holds_a_part() -> None:
    fixed = {"primary": (stint("2026-09-28 22:00", "2026-09-29 02:00", "ana"),)}
    cut = [(slot.end - slot.start, slot.holder) for slot in slots(ask(*people("ana"), fixed=fixed))]
    assert cut[:4] == [(12 * HOUR, None), (2 * HOUR, None), (4 * HOUR, "ana"), (6 * HOUR, None)]


def test_the_usual_patterns() -> None:
    assert pattern("12h") == handoffs(["08:00", "20:00"])
    assert pattern("week", 3) == (Handoff(3, time(8)),)
    days = {handoff.weekday: [] for handoff in pattern("day_night")}
    for handoff in pattern("day_night"):
        days[handoff.weekday].append(handoff.at.hour)
    assert days == {**{day: [8, 17] for day in range(5)}, 5: [8, 20], 6: [8, 20]}


def test_handoffs_are_read_as_they_are_written() -> None:
    assert handoffs(["fri 17:00"]) == (Handoff(4, time(17)),)
    assert len(handoffs(["08:00", "8:00".zfill(5)])) == 7


@pytest.mark.parametrize(
    "text", ["", "noon", "25:00", "fri", "fri 17:00 sharp", "17:00:30", "xyz 08:00"]
)
def test_a_handoff_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no handoff: write it as"):
        handoffs([text])


def test_a_pattern_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match='"8h" is no pattern of shifts: the patterns are 12h'):
        pattern("8h")


def test_a_tier_without_handoffs_is_refused() -> None:
    with pytest.raises(ValueError, match='The tier "primary" never hands off'):
        ask(*people("ana"), tiers=[tier(shape=[])])


def test_weeks_are_counted_from_monday_by_the_wall() -> None:
    asked = ask(*people("ana"), first_day=date(2026, 10, 29))
    weeks = asked.calendar_weeks
    assert weeks[0][0] == at("2026-10-26 00:00")
    assert weeks[0][1] - weeks[0][0] == 7 * DAY + HOUR
    assert weeks[-1][1] >= asked.end - timedelta(days=1)
