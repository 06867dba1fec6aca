"""The clock on the wall, in every zone that is known."""

from datetime import datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, _zoneinfo, available_timezones  # type: ignore[attr-defined]

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oncall.wallclock import BEGINNING, END, ticks, to_utc, to_wall
from tests.oncall.build import LOS_ANGELES, utc, wall

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
walls = st.datetimes(datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2100-01-01"))


def test_no_clock_was_ever_changed_twice_within_three_days() -> None:
    """What the months' tables rely on: they look at a clock every other day."""
    for key in available_timezones():
        zone = _zoneinfo.ZoneInfo(key)
        moved = [
            at
            for at, before, after in zip(
                zone._trans_utc, [zone._tti_before, *zone._ttinfos], zone._ttinfos, strict=False
            )
            if before.utcoff != after.utcoff
        ]
        assert all(two - one > 3 * 86_400 for one, two in pairwise(moved)), key


@given(walls, st.timezones())
@example(wall("2026-03-08 02:30"), LOS_ANGELES)
@example(wall("2026-11-01 01:30"), LOS_ANGELES)
@example(wall("2011-12-30 12:00"), ZoneInfo("Pacific/Apia"))
@example(wall("1969-09-30 12:00"), ZoneInfo("Pacific/Kwajalein"))
@example(wall("1939-09-01 00:30"), ZoneInfo("Africa/Freetown"))
def test_a_time_on_the_wall_is_the_first_instant_that_shows_it(
    shown: datetime, zone: ZoneInfo
) -> None:
    at = to_utc(shown, zone)
    assert to_wall(at, zone) >= shown
    earlier = [at - MOMENT, *(at - timedelta(minutes=15 * number) for number in range(1, 200))]
    assert all(to_wall(before, zone) < shown for before in earlier)


@given(
    walls,
    st.sampled_from((timedelta(hours=1), timedelta(hours=11), DAY, 7 * DAY, 400 * DAY)),
    st.timezones(),
)
def test_ticks_are_the_instants_of_their_times(
    first: datetime, step: timedelta, zone: ZoneInfo
) -> None:
    told = list(islice(ticks(first, step, zone), 100))
    assert told == [to_utc(first + number * step, zone) for number in range(100)]
    assert told == sorted(told)


def test_ticks_go_on_for_ever() -> None:
    last = ticks(wall("9998-12-30 00:00"), DAY, LOS_ANGELES)
    assert list(islice(last, 4)) == [utc("9998-12-30 08:00"), utc("9998-12-31 08:00"), END, END]
    assert next(ticks(wall("0001-12-31 00:00"), DAY, LOS_ANGELES)) == BEGINNING


def test_ticks_of_times_with_a_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="without one"):
        next(ticks(utc("2026-11-01 01:30"), DAY, LOS_ANGELES))
