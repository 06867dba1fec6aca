"""The words of planning: what is asked for, and what is proposed or why nothing can be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from oncall.fairness import Share
from oncall.model import StaffId, Stint, Tier, TimeOff
from oncall.wallclock import to_utc

MOST_WEEKS = 13
"""A quarter: nobody's time off is known much further ahead."""

FULL_SHARE_FROM = 0.75
"""Whoever is there for this part of the period or more takes a full share of the load.

Everybody is away for some weeks of the year, and that evens out; a longer absence lowers the share
in proportion.
"""

_EVERY_DAY = frozenset(range(7))
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Handoff:
    """When a tier hands off each week: an ISO weekday minus one (Monday 0), a wall-clock time."""

    weekday: int
    at: time


@dataclass(frozen=True, slots=True)
class TierAsked:
    """A tier to plan: its weekly handoffs, and the disciplines of which its holder must be one."""

    tier: Tier
    handoffs: tuple[Handoff, ...]
    requires: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Limits:
    """What one person may be given at most; None where nothing is set for them.

    ``hours_a_week`` counts from Monday 00:00 by the clock on the wall, ``nights`` over the whole
    period. ``most_days`` and ``most_nights`` stand in place of the team's.
    """

    hours_a_week: float | None = None
    nights: int | None = None
    most_days: int | None = None
    most_nights: int | None = None
    not_on: frozenset[Tier] = frozenset()


@dataclass(frozen=True, slots=True)
class Preference:
    """Time that somebody would like to stand, or rather not.

    It is the time from ``start`` to ``end`` by the clock on the wall, on the weekdays and between
    the days given (both included); an ``end`` at or before ``start`` is on the following day.
    """

    wants: bool
    weekdays: frozenset[int] = _EVERY_DAY
    start: time = time(0)
    end: time = time(0)
    tier: Tier | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class PersonAsked:
    """Somebody who may be given shifts. ``name`` is how the explanations call them.

    ``spared`` is when an override takes them off a tier, or lets another stand in for them: they
    are given nothing then either, but carry their share all the same.
    ``share`` is the part of a full load that they are to carry. ``past`` is what they carried
    before the period, or None when they were not there: nobody has to catch up on a time before
    their own.
    """

    staff: StaffId
    name: str
    discipline: str = ""
    time_off: tuple[TimeOff, ...] = ()
    spared: tuple[TimeOff, ...] = ()
    limits: Limits = Limits()
    preferences: tuple[Preference, ...] = ()
    share: float = 1.0
    past: Share | None = None


@dataclass(frozen=True, slots=True)
class PlanAsked:
    """What a rota is asked for: from ``first_day``, for some weeks, by the clock in ``zone``.

    ``rest`` is the least time after a shift that includes night hours. Nobody stands on more than
    ``most_days`` days or ``most_nights`` nights in a row; a single longer turn is allowed where a
    tier's handoffs ask for it, with a day off on either side. ``fixed`` is what stands whatever is
    planned: the schedule just before and after the period, and the overrides within it.
    """

    zone: ZoneInfo
    first_day: date
    weeks: int
    tiers: tuple[TierAsked, ...]
    people: tuple[PersonAsked, ...]
    rest: timedelta = timedelta()
    most_days: int | None = None
    most_nights: int | None = None
    holidays: frozenset[date] = frozenset()
    fixed: Mapping[Tier, tuple[Stint, ...]] = field(default_factory=dict)
    seconds: float = 20.0
    seed: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.weeks <= MOST_WEEKS:
            raise ValueError(f"A plan of {self.weeks} weeks: ask for 1 to {MOST_WEEKS}.")
        if not self.tiers:
            raise ValueError("The team's ladder has no tier: there is nothing to plan.")
        if not self.people:
            raise ValueError("The team has nobody who could stand: name its members first.")
        for tier in self.tiers:
            if not tier.handoffs:
                raise ValueError(f'The tier "{tier.tier}" never hands off: give it a handoff.')
        for what, count in (("days", self.most_days), ("nights", self.most_nights)):
            if count is not None and count < 1:
                raise ValueError(f"At most {count} {what} in a row leaves nobody: give 1 or more.")

    @property
    def day_begins(self) -> time:
        """When a day of work begins: the first handoff of the day on the first tier."""
        return min(handoff.at for handoff in self.tiers[0].handoffs)

    def day(self, number: int) -> datetime:
        """When a day of work begins, in UTC; day 0 is the first of the period."""
        wall = datetime.combine(self.first_day, self.day_begins) + number * _DAY
        return to_utc(wall, self.zone)

    @property
    def days(self) -> int:
        """How many days the period has."""
        return 7 * self.weeks

    @property
    def calendar_weeks(self) -> list[tuple[datetime, datetime]]:
        """The weeks that the period touches, from Monday 00:00 to Monday 00:00, in UTC."""
        monday = datetime.combine(self.first_day, time(0)) - self.first_day.weekday() * _DAY
        mondays = [monday + number * 7 * _DAY for number in range(self.weeks + 2)]
        return list(pairwise(to_utc(wall, self.zone) for wall in mondays))

    @property
    def start(self) -> datetime:
        """When the period begins, in UTC."""
        return self.day(0)

    @property
    def end(self) -> datetime:
        """When the period ends, in UTC."""
        return self.day(self.days)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the search has come: rotas found, the points of the best, what none can be below."""

    solutions: int
    best: float | None
    bound: float
    seconds: float

    @property
    def distance(self) -> float:
        """How far from the best the rota found may be, from 0 to 1; 1 while there is none."""
        return 1.0 if self.best is None else _distance(self.best, self.bound)


@dataclass(frozen=True, slots=True)
class Draft:
    """A rota that keeps every rule.

    ``points`` are what the search makes small, for loads that are uneven and wishes that are not
    met; ``bound`` is what no rota can be below: where they are equal, the draft is the best there
    is. ``shares`` is what everybody carries in the period. ``spread`` is how far apart equals are,
    people who may take the same tiers under the same limits, past load included.
    """

    tiers: Mapping[Tier, tuple[Stint, ...]]
    shares: Mapping[StaffId, Share]
    spread: Share
    points: float
    bound: float
    seconds: float

    @property
    def distance(self) -> float:
        """How far from the best it may be, from 0 (it is the best) to 1."""
        return _distance(self.points, self.bound)


def _distance(points: float, bound: float) -> float:
    return min(max(points - bound, 0.0) / max(abs(points), 0.001), 1.0)


@dataclass(frozen=True, slots=True)
class Collision:
    """Rules that can't all hold between two instants (UTC), each in words, and what that means."""

    start: datetime
    end: datetime
    rules: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Impossible:
    """No rota keeps every rule: which of them collide, the earliest first."""

    collisions: tuple[Collision, ...]


class NothingFound(Exception):  # noqa: N818
    """The time was up before a rota was found, or it was shown that there is none."""
