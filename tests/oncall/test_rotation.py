"""One rotation: handoffs by the clock on the team's wall, restrictions, time zones."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from oncall.model import Rotation, Shift
from oncall.rotation import shifts
from oncall.wallclock import END, to_utc
from tests.oncall.build import (
    EVERY_DAY,
    FRIDAY,
    KOLKATA,
    LOS_ANGELES,
    MONDAY,
    SATURDAY,
    SUNDAY,
    local,
    only,
    rotation,
    utc,
    wall,
)

LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
APIA = ZoneInfo("Pacific/Apia")


def during(
    layer: Rotation, start: datetime, days: float, zone: ZoneInfo = LOS_ANGELES
) -> list[Shift]:
    return list(shifts(layer, zone, start, start + timedelta(days=days)))


def hours(found: Iterable[Shift]) -> list[float]:
    return [(shift.end - shift.start) / timedelta(hours=1) for shift in found]


def handoffs(found: list[Shift], zone: ZoneInfo = LOS_ANGELES) -> list[str]:
    return [f"{shift.start.astimezone(zone):%a %d %b %H:%M} {shift.staff}" for shift in found]


WEEKLY = rotation("2026-01-05 09:00", "1 week", "ana", "ben", "cho", "dee")


def test_the_monday_handoff_stays_at_nine_when_the_clocks_go_forward() -> None:
    found = during(WEEKLY, local("2026-03-02 09:00"), 14)
    assert handoffs(found) == [
        "Mon 02 Mar 09:00 ana",
        "Mon 09 Mar 09:00 ben",
        "Mon 16 Mar 09:00 cho",
    ]
    assert [shift.start.hour for shift in found] == [17, 16, 16]


def test_the_monday_handoff_stays_at_nine_when_the_clocks_go_back() -> None:
    found = during(WEEKLY, local("2026-10-26 09:00"), 14)
    assert handoffs(found) == ["Mon 26 Oct 09:00 cho", "Mon 02 Nov 09:00 dee"]
    assert [shift.start.hour for shift in found] == [16, 17]


def test_a_week_has_167_168_or_169_hours() -> None:
    forward = during(WEEKLY, local("2026-03-02 09:00"), 14 - 1 / 24)
    back = during(WEEKLY, local("2026-10-26 09:00"), 14 + 1 / 24)
    assert hours(forward) == [167, 168]
    assert hours(back) == [169, 168]


TWELVE = rotation("2026-01-05 07:00", "12 hours", "ana", "ben", name="halves")


@pytest.mark.parametrize(("night", "length"), [("2026-03-07 19:00", 11), ("2026-10-31 19:00", 13)])
def test_a_twelve_hour_night_on_which_the_clocks_change(night: str, length: int) -> None:
    start = local(night)
    found = during(TWELVE, start, 1.5)
    assert hours(found)[0] == length
    assert {f"{shift.start.astimezone(LOS_ANGELES):%H:%M}" for shift in found} == {"07:00", "19:00"}


def test_twelve_hours_hand_off_at_seven_and_nineteen_on_every_day_of_the_year() -> None:
    found = during(TWELVE, local("2026-01-05 07:00"), 365)
    at = {f"{shift.start.astimezone(LOS_ANGELES):%H:%M}" for shift in found}
    assert at == {"07:00", "19:00"}
    assert [shift.staff for shift in found] == ["ana", "ben"] * 365


def test_at_the_handoff_second_exactly_one_person_is_on() -> None:
    handoff = local("2026-03-09 09:00")
    for second, expected in ((-1, "ana"), (0, "ben"), (1, "ben")):
        at = handoff + timedelta(seconds=second)
        holding = [
            shift.staff
            for shift in during(WEEKLY, handoff - timedelta(days=7), 14)
            if shift.start <= at < shift.end
        ]
        assert holding == [expected]


def test_nobody_is_on_before_the_rotation_starts_or_from_its_end_on() -> None:
    layer = rotation("2026-01-05 09:00", "1 week", "ana", "ben", ends="2026-01-14 12:00")
    found = during(layer, local("2025-12-01 00:00"), 90)
    assert [(shift.staff, shift.start, shift.end) for shift in found] == [
        ("ana", local("2026-01-05 09:00"), local("2026-01-12 09:00")),
        ("ben", local("2026-01-12 09:00"), local("2026-01-14 12:00")),
    ]


def test_shifts_are_clipped_to_the_window() -> None:
    found = during(WEEKLY, utc("2026-01-07 00:00"), 1)
    assert found == [
        Shift(utc("2026-01-07 00:00"), utc("2026-01-08 00:00"), "ana", "rotation weeks")
    ]


def test_an_empty_or_backward_window_holds_no_shift() -> None:
    at = utc("2026-01-07 00:00")
    assert during(WEEKLY, at, 0) == []
    assert during(WEEKLY, at, -3) == []


def test_a_month_too_short_clamps_and_the_next_one_does_not() -> None:
    layer = rotation("2026-01-31 09:00", "1 month", "ana", "ben", "cho")
    assert handoffs(during(layer, local("2026-01-31 09:00"), 149)) == [
        "Sat 31 Jan 09:00 ana",
        "Sat 28 Feb 09:00 ben",
        "Tue 31 Mar 09:00 cho",
        "Thu 30 Apr 09:00 ana",
        "Sun 31 May 09:00 ben",
    ]


def test_months_across_a_leap_day_and_the_turn_of_the_year() -> None:
    layer = rotation("2027-11-30 08:00", "3 months", "ana", "ben")
    assert handoffs(during(layer, local("2027-12-25 08:00"), 170)) == [
        "Sat 25 Dec 08:00 ana",
        "Tue 29 Feb 08:00 ben",
        "Tue 30 May 08:00 ana",
    ]


def test_a_friday_night_stretch_lasts_into_saturday_morning() -> None:
    layer = rotation("2026-01-01 00:00", "1 week", "ana", only=only({FRIDAY}, "22:00", "06:00"))
    [shift] = during(layer, local("2026-05-01 00:00"), 7)
    assert (shift.start, shift.end) == (local("2026-05-01 22:00"), local("2026-05-02 06:00"))
    assert shift.start <= local("2026-05-02 02:00") < shift.end


def test_a_stretch_that_has_begun_shows_in_a_window_that_opens_after_midnight() -> None:
    layer = rotation("2026-01-01 00:00", "1 week", "ana", only=only({FRIDAY}, "22:00", "06:00"))
    [shift] = during(layer, local("2026-05-02 02:00"), 1)
    assert (shift.start, shift.end) == (local("2026-05-02 02:00"), local("2026-05-02 06:00"))


def test_the_days_of_a_restriction_are_the_days_on_which_it_begins() -> None:
    layer = rotation("2026-01-01 00:00", "1 week", "ana", only=only({SATURDAY}, "22:00", "06:00"))
    [shift] = during(layer, local("2026-05-01 12:00"), 7)
    assert shift.start == local("2026-05-02 22:00")


def test_a_handoff_within_a_stretch_changes_the_person_in_it() -> None:
    layer = rotation(
        "2026-01-05 00:00", "1 week", "ana", "ben", only=only({SUNDAY}, "17:00", "08:00")
    )
    assert handoffs(during(layer, local("2026-01-11 00:00"), 2)) == [
        "Sun 11 Jan 17:00 ana",
        "Mon 12 Jan 00:00 ben",
    ]


def test_whole_days_run_from_midnight_to_midnight() -> None:
    layer = rotation("2026-01-05 00:00", "1 week", "ana", only=only({SATURDAY}, "00:00", "00:00"))
    [shift] = during(layer, local("2026-01-05 00:00"), 7)
    assert (shift.start, shift.end) == (local("2026-01-10 00:00"), local("2026-01-11 00:00"))


def test_a_stretch_is_longer_on_the_night_the_clocks_go_back() -> None:
    layer = rotation(
        "2026-01-05 19:00", "1 day", "ana", "ben", only=only(EVERY_DAY, "19:00", "07:00")
    )
    assert hours(during(layer, local("2026-10-30 12:00"), 3)) == [12, 13, 12]


def test_a_half_hour_zone_hands_off_on_its_own_clock() -> None:
    layer = rotation("2026-01-05 09:00", "1 day", "ana", "ben")
    found = during(layer, utc("2026-01-05 00:00"), 2, KOLKATA)
    assert [shift.start for shift in found] == [utc("2026-01-05 03:30"), utc("2026-01-06 03:30")]


def test_a_zone_whose_clocks_change_by_half_an_hour() -> None:
    layer = rotation("2026-01-05 09:00", "1 day", "ana", "ben")
    back = during(layer, local("2026-04-04 09:00", LORD_HOWE), 3, LORD_HOWE)
    forward = during(layer, local("2026-10-03 09:00", LORD_HOWE), 3, LORD_HOWE)
    assert hours(back)[:2] == [24.5, 24]
    assert hours(forward)[:2] == [23.5, 24]


@pytest.mark.parametrize(
    ("zone", "time", "expected"),
    [
        ("America/Los_Angeles", "2026-03-08 01:59", "2026-03-08 09:59"),
        ("America/Los_Angeles", "2026-03-08 02:00", "2026-03-08 10:00"),
        ("America/Los_Angeles", "2026-03-08 02:30", "2026-03-08 10:00"),
        ("America/Los_Angeles", "2026-03-08 03:00", "2026-03-08 10:00"),
        ("America/Los_Angeles", "2026-03-08 03:01", "2026-03-08 10:01"),
        ("America/Los_Angeles", "2026-11-01 00:59", "2026-11-01 07:59"),
        ("America/Los_Angeles", "2026-11-01 01:30", "2026-11-01 08:30"),
        ("America/Los_Angeles", "2026-11-01 02:00", "2026-11-01 10:00"),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:30"),
        ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04 14:45"),
        ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30 10:00"),
        ("Asia/Kolkata", "2026-06-01 00:00", "2026-05-31 18:30"),
    ],
)
def test_what_a_time_on_the_wall_means(zone: str, time: str, expected: str) -> None:
    assert to_utc(wall(time), ZoneInfo(zone)) == utc(expected)


def test_the_second_pass_of_an_hour_means_the_first_as_well() -> None:
    second = wall("2026-11-01 01:30").replace(fold=1)
    assert to_utc(second, LOS_ANGELES) == utc("2026-11-01 08:30")


def test_a_wall_time_with_a_zone_of_its_own_is_refused() -> None:
    with pytest.raises(ValueError, match="without one"):
        to_utc(utc("2026-11-01 01:30"), LOS_ANGELES)


def test_times_at_the_edge_of_the_calendar_stop_there() -> None:
    assert to_utc(wall("9999-12-31 23:59"), LOS_ANGELES) == END
    assert to_utc(wall("0001-01-01 00:00"), KOLKATA).year == 1


def test_a_turn_that_is_skipped_with_its_hour_has_no_shift() -> None:
    layer = rotation("2026-03-08 00:00", "1 hour", "ana", "ben", "cho", "dee")
    assert handoffs(during(layer, local("2026-03-08 00:00"), 4 / 24)) == [
        "Sun 08 Mar 00:00 ana",
        "Sun 08 Mar 01:00 ben",
        "Sun 08 Mar 03:00 dee",
        "Sun 08 Mar 04:00 ana",
    ]


def test_a_turn_that_is_shown_twice_lasts_both_times() -> None:
    layer = rotation("2026-11-01 00:00", "1 hour", "ana", "ben", "cho")
    found = during(layer, local("2026-11-01 00:00"), 4 / 24)
    assert [(shift.staff, length) for shift, length in zip(found, hours(found), strict=True)] == [
        ("ana", 1),
        ("ben", 2),
        ("cho", 1),
    ]


def test_a_window_that_opens_in_the_second_pass_sees_the_handoff_of_the_first() -> None:
    layer = rotation("2026-10-31 01:45", "1 day", "ana", "ben")
    [shift] = during(layer, utc("2026-11-01 09:30"), 1 / 24)
    assert shift.staff == "ben"


def test_a_day_that_a_country_skips_is_nobody_s() -> None:
    layer = rotation("2011-12-28 00:00", "1 day", "ana", "ben", "cho", "dee")
    found = during(layer, local("2011-12-28 00:00", APIA), 3, APIA)
    assert [shift.staff for shift in found] == ["ana", "ben", "dee"]


def test_a_rotation_of_one_person_never_hands_off() -> None:
    layer = rotation("2026-01-05 09:00", "1 week", "eli", "eli")
    assert len(during(layer, local("2026-01-05 09:00"), 365)) == 1


def test_turns_longer_than_the_calendar_do_not_overflow() -> None:
    for every in ("999999999999 weeks", "9999999 months", "10000000000000000000 hours"):
        layer = rotation("2026-01-05 09:00", every, "ana", "ben")
        assert [shift.staff for shift in during(layer, local("2030-01-01 00:00"), 400)] == ["ana"]


def test_a_century_of_history_reaches_the_same_turn_as_counting() -> None:
    layer = rotation("1926-01-04 09:00", "1 week", "ana", "ben", "cho")
    [shift] = during(layer, local("2026-01-06 00:00"), 1)
    weeks = (wall("2026-01-05 09:00") - wall("1926-01-04 09:00")).days // 7
    assert shift.staff == ("ana", "ben", "cho")[weeks % 3]


def test_an_instant_may_come_with_any_zone_and_shifts_are_in_utc() -> None:
    start = wall("2026-01-07 00:00").replace(tzinfo=KOLKATA)
    [shift] = shifts(WEEKLY, LOS_ANGELES, start, start + timedelta(hours=1))
    assert shift.start == start
    assert shift.start.tzinfo is UTC


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks a time zone"):
        shifts(WEEKLY, LOS_ANGELES, wall("2026-01-07 00:00"), utc("2026-01-08 00:00"))


def test_weeknights_leave_the_weekend_out() -> None:
    layer = rotation(
        "2026-01-05 00:00",
        "1 week",
        "ana",
        only=only(set(range(MONDAY, SATURDAY)), "17:00", "08:00"),
    )
    assert [start[:3] for start in handoffs(during(layer, local("2026-01-05 12:00"), 7))] == [
        "Mon",
        "Tue",
        "Wed",
        "Thu",
        "Fri",
    ]
