"""When a hospital's feed has fallen silent: its usual rhythm, and how long a pause is too long.

Nights and weekends are quiet in most hospitals, and each has its own: so no hour is expected to
bring something. What a feed promises is its longest usual pause.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_high

WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a feed may pause. `weeks` of its past are looked at.

    A feed of fewer than `fewest` arrivals in them has no rhythm, and is not watched. It is silent
    after `times` its longest usual pause, and not before `shortest`.
    """

    weeks: int
    fewest: int
    times: int
    shortest: timedelta


PATIENCE = Patience(weeks=8, fewest=20, times=2, shortest=timedelta(hours=6))
"""Our judgement. Eight weeks: one holiday weekend is not the rule. Twenty arrivals: less than three
a week tell nothing of a pause. Twice: a usual weekend and a holiday beside it are no alarm. Six
hours: less is a maintenance window, and a false alarm a week is soon not read."""


def usual_pause(arrivals: Sequence[datetime], patience: Patience = PATIENCE) -> timedelta | None:
    """The longest pause that a feed usually makes in a week, from its arrivals in their order.

    It is the median of the longest pauses of its weeks, counted back from its last arrival: a pause
    that comes every week counts whole, one failure of the line hardly at all. A silence makes no
    rhythm dissolve. None where there are too few arrivals.
    """
    if not arrivals:
        return None
    last = arrivals[-1]
    since = last - patience.weeks * WEEK
    seen = [at for at in arrivals if at >= since]
    if len(seen) < patience.fewest:
        return None
    longest: dict[int, timedelta] = {}
    for before, after in pairwise(seen):
        week = (last - after) // WEEK
        longest[week] = max(longest.get(week, timedelta()), after - before)
    return median_high(longest.values())


def silent_from(
    last: datetime, pause: timedelta | None, patience: Patience = PATIENCE
) -> datetime | None:
    """From when on a feed that was heard `last` is silent; None: it has no rhythm to break."""
    if pause is None:
        return None
    return last + max(patience.shortest, patience.times * pause)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long what hospitals sent may wait for us, and when whoever is in charge is told.

    `unread`: in the inbox, before it is read. `unseen`: in quarantine, before anybody has opened
    it; `many` unseen ones are told at once, since something has changed at the sender's. After
    `told_for` in quarantine it is not told of any more. `unconfirmed`: a
    possible client, before a person has said who it is. `again`: until the same is told again.
    `day` is from when to when, by the clock on the wall there, what can wait is told.
    """

    unread: timedelta
    unseen: timedelta
    many: int
    told_for: timedelta
    unconfirmed: timedelta
    again: timedelta
    day: tuple[int, int]


LIMITS = Limits(
    unread=timedelta(minutes=1),
    unseen=timedelta(hours=1),
    many=10,
    told_for=timedelta(days=7),
    unconfirmed=timedelta(hours=1),
    again=timedelta(hours=24),
    day=(8, 20),
)
"""Our judgement, but for the minute: the on-call worker is paged within one."""


def is_day(wall: datetime, limits: Limits = LIMITS) -> bool:
    """Whether somebody may be told now what can wait, at this time on their wall's clock."""
    first, last = limits.day
    return first <= wall.hour < last
