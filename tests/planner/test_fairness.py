"""Loads are counted exactly, by the clock on the wall, over clock changes and midnights."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.fairness import Share, joined, measure, public_holidays, shares, shares_by_tier, spread
from oncall.model import Shift
from tests.planner.asks import DAY, HOUR, LOS_ANGELES, at

CHANGES = {
    "America/Los_Angeles": "2026-11-01 09:00",
    "America/St_Johns": "2006-10-29 02:31",
    "America/Nuuk": "2026-10-24 23:00",
    "America/Sao_Paulo": "2018-11-04 03:00",
    "Australia/Lord_Howe": "2026-10-03 15:30",
    "Asia/Kolkata": "2026-06-01 00:00",
    "Pacific/Apia": "2011-12-30 10:00",
}


def shift(start: str, end: str, staff: str, why: str = "") -> Shift:
    return Shift(at(start), at(end), staff, why)


def test_a_night_shift_weighs_its_night_hours_and_the_weekend_it_reaches() -> None:
    found = measure(at("2026-06-05 20:00"), at("2026-06-06 08:00"), LOS_ANGELES, ())
    assert found == Share(12 * HOUR, 8 * HOUR, 8 * HOUR, timedelta(), 1, 1)


def test_a_day_shift_has_no_night() -> None:
    found = measure(at("2026-06-05 08:00"), at("2026-06-05 20:00"), LOS_ANGELES, ())
    assert found == Share(12 * HOUR, shifts=1)


@pytest.mark.parametrize(("start", "end", "hours"), [("10-31", "11-01", 9), ("03-07", "03-08", 7)])
def test_the_night_the_clocks_change_is_as_long_as_it_is(start: str, end: str, hours: int) -> None:
    found = measure(at(f"2026-{start} 20:00"), at(f"2026-{end} 08:00"), LOS_ANGELES, ())
    assert (found.nights, found.hours) == (hours * HOUR, (hours + 4) * HOUR)


def test_christmas_counts_from_midnight_to_midnight() -> None:
    christmas = public_holidays("US-OR", [2026])
    found = measure(at("2026-12-24 20:00"), at("2026-12-26 08:00"), LOS_ANGELES, christmas)
    assert found.holidays == 24 * HOUR


def test_touching_stretches_are_one_shift_whatever_they_are_held_for() -> None:
    schedule = {
        "primary": [
            shift("2026-06-02 20:00", "2026-06-03 08:00", "ana", "override: swap"),
            shift("2026-06-02 08:00", "2026-06-02 20:00", "ana", "rotation days"),
            shift("2026-06-03 08:00", "2026-06-03 20:00", "ben"),
        ],
        "backup": [shift("2026-06-03 08:00", "2026-06-03 20:00", "ana")],
    }
    found = shares(schedule, LOS_ANGELES, ())
    assert found["ana"] == Share(36 * HOUR, 8 * HOUR, shifts=2, night_shifts=1)
    assert shares_by_tier(schedule, LOS_ANGELES, ())["backup"] == {
        "ana": Share(12 * HOUR, shifts=1)
    }
    assert [one.staff for one in joined(schedule["primary"])] == ["ana", "ben"]


def test_nobody_standing_is_nobodys_load() -> None:
    assert shares({"primary": []}, LOS_ANGELES, ()) == {}


def test_the_spread_is_the_widest_of_any_group_of_equals() -> None:
    carried = {"ana": Share(9 * HOUR), "ben": Share(4 * HOUR), "cho": Share(30 * HOUR)}
    assert spread(carried, [["ana", "ben"], ["cho"]]).hours == 5 * HOUR
    assert spread(carried, [["ana", "ben", "nobody yet"]]).hours == 9 * HOUR
    assert spread(carried, [[]]) == Share()


def test_holidays_of_a_region_come_with_those_of_the_team() -> None:
    own = date(2026, 8, 14)
    assert date(2026, 7, 4) in public_holidays("US", [2026])
    assert public_holidays("", [2026], [own]) == {own}
    assert public_holidays("US-OR", [2026], [own]) > public_holidays("US-OR", [2026])


@pytest.mark.parametrize("region", ["XX", "US-XX", "Oregon"])
def test_an_unknown_region_is_refused_with_what_to_write(region: str) -> None:
    with pytest.raises(ValueError, match=f'No public holidays are known for "{region}": give'):
        public_holidays(region, [2026])


def _minutes(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    while start < end:
        yield start.astimezone(zone).replace(tzinfo=None)
        start += timedelta(minutes=1)


@given(
    zone=st.sampled_from(sorted(CHANGES)),
    before=st.integers(-3000, 3000),
    length=st.integers(1, 4000),
)
def test_every_measure_agrees_with_a_count_minute_by_minute(
    zone: str, before: int, length: int
) -> None:
    change = datetime.fromisoformat(f"{CHANGES[zone]}+00:00")
    start = change + timedelta(minutes=before)
    end = start + timedelta(minutes=length)
    festive = {(change + DAY).date()}
    walls = list(_minutes(start, end, ZoneInfo(zone)))

    def count(*counted: bool) -> timedelta:
        return timedelta(minutes=sum(counted))

    found = measure(start, end, ZoneInfo(zone), festive)
    assert found.hours == end - start
    assert found.nights == count(*(wall.hour >= 22 or wall.hour < 6 for wall in walls))
    assert found.weekends == count(*(wall.weekday() >= 5 for wall in walls))
    assert found.holidays == count(*(wall.date() in festive for wall in walls))
