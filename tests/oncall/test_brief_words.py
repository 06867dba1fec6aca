"""Times of shifts in a text message: short, and never mistaken for another day."""

import pytest

from oncall.words import brief
from tests.oncall.build import LOS_ANGELES, local


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
