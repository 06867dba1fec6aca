"""When a phone is tested: once a month, at a decent hour, unless its owner was heard from."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from oncall.wallclock import to_wall

TEST_EVERY = timedelta(days=30)
"""How long after a phone was last known to work it is tested."""

ANSWER_WITHIN = timedelta(days=3)
"""How long its owner has for the answer: a weekend, or a run of nights."""

FIRST, LAST = time(10), time(16)
"""Nobody who worked the night is woken, and nobody's evening is disturbed."""


def due(heard_at: datetime, zone: ZoneInfo, now: datetime) -> bool:
    """Whether a phone that was known to work at ``heard_at`` is to be tested at ``now``.

    The hours are those of the clock on the wall of its owner's team.
    """
    return now >= heard_at + TEST_EVERY and FIRST <= to_wall(now, zone).time() < LAST


def unanswered(tested_at: datetime, now: datetime) -> bool:
    """Whether a test page of ``tested_at`` has stayed without an answer for too long."""
    return now >= tested_at + ANSWER_WITHIN
