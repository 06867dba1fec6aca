"""The shifts that a plan has to give to somebody, cut at the handoffs on the team's wall."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from oncall.fairness import Share, joined, measure
from oncall.model import Shift, StaffId, Tier
from oncall.planner.model import PlanAsked, TierAsked
from oncall.rest import NIGHT
from oncall.wallclock import BEGINNING, END, to_utc, to_wall

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """A shift of the plan, [start, end) in UTC, or a fixed one that ``holder`` has anyway.

    ``days`` are the days of work that it touches, ``nights`` the nights of which it has hours,
    both counted from the first day of the period.
    """

    tier: Tier
    start: datetime
    end: datetime
    share: Share
    days: range
    nights: range
    holder: StaffId | None = None
    planned: bool = True

    def within(self, start: datetime, end: datetime) -> timedelta:
        """How much of it lies in [start, end)."""
        return max(min(self.end, end) - max(self.start, start), timedelta())


def slots(asked: PlanAsked) -> list[Slot]:
    """The shifts of the period, in order of their start, then of their tiers.

    Those of the planned tiers fill it exactly; they are cut at overrides too, and what an override
    holds belongs to whom it names. On the other tiers whoever stands there keeps what they have.
    """
    found = []
    for tier in asked.tiers:
        held = list(_clipped(_held(asked, tier.tier), asked.start, asked.end))
        for start, end in pairwise(_edges(asked, tier, held)):
            holders = (one.staff for one in held if one.start <= start < one.end)
            found.append(_slot(asked, tier.tier, start, end, next(holders, None)))
    planned = {tier.tier for tier in asked.tiers}
    for other in (tier for tier in asked.fixed if tier not in planned):
        found += [
            _slot(asked, other, shift.start, shift.end, shift.staff)
            for shift in _clipped(_held(asked, other), asked.start, asked.end)
        ]
    return sorted(found, key=lambda slot: slot.start)


def fixed_slots(asked: PlanAsked) -> list[Slot]:
    """What stands before and after the period."""
    return [
        _slot(asked, tier, shift.start, shift.end, shift.staff, planned=False)
        for tier in asked.fixed
        for start, end in ((BEGINNING, asked.start), (asked.end, END))
        for shift in _clipped(_held(asked, tier), start, end)
    ]


def _held(asked: PlanAsked, tier: Tier) -> Iterator[Shift]:
    return joined(Shift(s.start, s.end, s.staff, "") for s in asked.fixed.get(tier, ()))


def _clipped(shifts: Iterable[Shift], start: datetime, end: datetime) -> Iterator[Shift]:
    for shift in shifts:
        if shift.start < end and start < shift.end:
            yield Shift(max(shift.start, start), min(shift.end, end), shift.staff, shift.why)


def _edges(asked: PlanAsked, tier: TierAsked, held: Iterable[Shift]) -> list[datetime]:
    edges = {asked.start, asked.end}
    for shift in held:
        edges |= {shift.start, shift.end}
    for number in range(-1, asked.days + 2):
        day = asked.first_day + number * _DAY
        for handoff in tier.handoffs:
            if handoff.weekday == day.weekday():
                at = to_utc(datetime.combine(day, handoff.at), asked.zone)
                if asked.start < at < asked.end:
                    edges.add(at)
    return sorted(edges)


def _slot(
    asked: PlanAsked,
    tier: Tier,
    start: datetime,
    end: datetime,
    holder: StaffId | None,
    planned: bool = True,
) -> Slot:
    share = measure(start, end, asked.zone, asked.holidays)
    near = (to_wall(start, asked.zone).date() - asked.first_day).days
    numbers = range(near - 1, near + (end - start) // _DAY + 3)
    days = [n for n in numbers if asked.day(n) < end and start < asked.day(n + 1)]
    nights = [n for n in numbers if _touches_night(asked, n, start, end)]
    return Slot(tier, start, end, share, _range(days), _range(nights), holder, planned)


def _touches_night(asked: PlanAsked, number: int, start: datetime, end: datetime) -> bool:
    day = asked.first_day + number * _DAY
    falls = to_utc(datetime.combine(day, NIGHT.start), asked.zone)
    breaks = to_utc(datetime.combine(day + _DAY, NIGHT.end), asked.zone)
    return falls < end and start < breaks


def _range(numbers: list[int]) -> range:
    return range(numbers[0], numbers[-1] + 1) if numbers else range(0)
