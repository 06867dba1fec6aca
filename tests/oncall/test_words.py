"""Times of shifts in words: short, and never mistaken for another day or hour."""

import pytest

from oncall.words import brief, moment, span
from tests.oncall.build import LOS_ANGELES, local, utc


@pytest.mark.parametrize(
    ("start", "end", "now", "words"),
    [
        ("2026-11-27 17:00", "2026-11-28 08:00", "2026-11-27 12:00", "Fri Nov 27 17:00 to 08:00"),
        ("2026-11-27 20:00", "2026-11-27 23:00", "2026-11-27 12:00", "Fri Nov 27 20:00 to 23:00"),
        (
            "2026-11-27 17:00",
            "2026-11-28 17:00",
            "2026-11-27 12:00",
            "Fri Nov 27 17:00 to Sat Nov 28 17:00",
        ),
        ("2026-11-27 17:00", "2026-11-28 08:00", "2026-11-28 02:00", "now to 08:00"),
        ("2026-11-27 17:00", "2026-11-30 08:00", "2026-11-28 02:00", "now to Mon Nov 30 08:00"),
        (
            "2027-11-27 17:00",
            "2027-11-28 08:00",
            "2026-11-28 02:00",
            "Sat Nov 27 2027 17:00 to 08:00",
        ),
        ("2026-03-07 17:00", "2026-03-08 16:30", "2026-03-01 12:00", "Sat Mar 7 17:00 to 16:30"),
    ],
)
def test_the_last_day_is_left_out_where_it_is_clear(
    start: str, end: str, now: str, words: str
) -> None:
    assert brief(local(start), local(end), LOS_ANGELES, local(now)) == words


def test_an_hour_that_comes_twice_is_named_with_its_zone() -> None:
    """On Nov 1 the clocks show 01:30 at 08:30 UTC and once more an hour later."""
    first, again, now = utc("2026-11-01 08:30"), utc("2026-11-01 09:30"), utc("2026-10-31 12:00")
    assert span(first, again, LOS_ANGELES, now) == "Sun Nov 1 01:30 PDT to 01:30 PST"
    assert brief(first, again, LOS_ANGELES, now) == "Sun Nov 1 01:30 PDT to 01:30 PST"
    assert moment(utc("2026-11-01 10:00"), LOS_ANGELES, now) == "Sun Nov 1 02:00"
