"""How even a rota is: the load that everybody has, beside the share that is theirs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import gcd

from oncall.fairness import Share
from oncall.model import StaffId
from oncall.planner.model import FULL_SHARE_FROM, PersonAsked, PlanAsked, Preference
from oncall.planner.slots import Slot
from oncall.wallclock import to_utc, to_wall

WEIGHTS = {"nights": 64, "weekends": 16, "holidays": 8, "hours": 4}
"""How much each measure of the load counts: what wears people out most is shared most evenly."""

WISH_WEIGHT = 1
"""How much a shift's worth of a preference counts, beside those."""

_LEAST_WEIGHT = 0.05
"""Somebody with a share of nothing still stands where nobody else can."""

_MOST_OF_THEM = 0.8
_SHIFT = timedelta(hours=12)
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Scale:
    """One measure of the load, in whole units.

    ``sizes`` is what every shift weighs, ``typical`` what most do, ``grid`` the unit of which most
    shifts are multiples. ``owed`` is, per person, the share that is theirs less what they have
    carried beyond theirs before, in typical shifts.
    """

    counts: int
    sizes: Mapping[Slot, int]
    typical: int
    grid: int
    weights: Mapping[StaffId, float]
    owed: Mapping[StaffId, float]

    def points(self, staff: StaffId, load: int) -> float:
        """How bad it is that somebody has this load: the square of how far it is from their share.

        So one person far off counts for more than several who are nearly even.
        """
        off = load / self.typical - self.owed[staff]
        return self.counts * off * off / self.weights[staff]


def scales(asked: PlanAsked, planned: Sequence[Slot]) -> list[Scale]:
    """The measures of the load that the shifts of a plan have at all."""
    weights = {person.staff: weight(asked, person) for person in asked.people}
    found = []
    for measure, counts in WEIGHTS.items():
        seconds = {slot: getattr(slot.share, measure) // _SECOND for slot in planned}
        common = Counter(size for size in seconds.values() if size)
        if common:
            unit = gcd(*common)
            typical = common.most_common(1)[0][0]
            sizes = {slot: size // unit for slot, size in seconds.items()}
            past = {
                person.staff: getattr(person.past, measure) / _SECOND / typical
                for person in asked.people
                if person.past is not None
            }
            owed = _owed(sum(seconds.values()) / typical, past, weights)
            found.append(
                Scale(counts, sizes, typical // unit, _grid(common) // unit, weights, owed)
            )
    return found


def weight(asked: PlanAsked, person: PersonAsked) -> float:
    """The part of a full load that somebody is to carry."""
    away = timedelta()
    for off in person.time_off:
        away += max(min(off.end, asked.end) - max(off.start, asked.start), timedelta())
    there = max(1 - away / (asked.end - asked.start), 0.0)
    return max(person.share * min(there / FULL_SHARE_FROM, 1.0), _LEAST_WEIGHT)


def wish(asked: PlanAsked, person: PersonAsked, slot: Slot) -> float:
    """What somebody's preferences say of a shift, in points: below 0 where they want it."""
    points = 0.0
    for preference in person.preferences:
        if preference.tier in (None, slot.tier):
            met = sum(_met(asked, preference, slot), timedelta())
            points += (-WISH_WEIGHT if preference.wants else WISH_WEIGHT) * (met / _SHIFT)
    return points


def equals(asked: PlanAsked) -> list[list[StaffId]]:
    """People who are to carry the same: who may take the same tiers under the same limits."""
    groups: dict[object, list[StaffId]] = {}
    for person in asked.people:
        limits = person.limits
        tiers = frozenset(
            tier.tier
            for tier in asked.tiers
            if tier.tier not in limits.not_on
            and (not tier.requires or person.discipline in tier.requires)
        )
        key = (
            tiers,
            round(weight(asked, person), 2),
            *(limits.hours_a_week, limits.nights, limits.most_days, limits.most_nights),
        )
        groups.setdefault(key, []).append(person.staff)
    return list(groups.values())


def with_the_past(asked: PlanAsked, planned: Mapping[StaffId, Share]) -> dict[StaffId, Share]:
    """What everybody carries in the period and before."""
    past = past_of(asked)
    return {staff: planned.get(staff, Share()) + carried for staff, carried in past.items()}


def past_of(asked: PlanAsked) -> dict[StaffId, Share]:
    """What everybody carried before; who was not there counts as average, and is no debtor."""
    known = {person.staff: person.past for person in asked.people if person.past is not None}
    weights = {person.staff: weight(asked, person) for person in asked.people}
    level = sum(known.values(), Share())
    whole = sum(weights[staff] for staff in known)
    average = {staff: level.times(own / whole if known else 0) for staff, own in weights.items()}
    return {**average, **known}


def _owed(
    load: float, past: Mapping[StaffId, float], weights: Mapping[StaffId, float]
) -> dict[StaffId, float]:
    level = load / sum(weights.values())
    before = sum(past.values()) / sum(weights[staff] for staff in past) if past else 0.0
    return {
        staff: own * level + (own * before - past[staff] if staff in past else 0.0)
        for staff, own in weights.items()
    }


def _grid(sizes: Counter[int]) -> int:
    """The greatest unit of which most shifts are multiples: a night of 7 h is left out of it."""
    grid = seen = 0
    for size, times in sizes.most_common():
        grid = gcd(grid, size)
        seen += times
        if seen >= _MOST_OF_THEM * sizes.total():
            break
    return grid


def _met(asked: PlanAsked, preference: Preference, slot: Slot) -> Iterator[timedelta]:
    day = to_wall(slot.start, asked.zone).date() - _DAY
    while datetime.combine(day, preference.start) < to_wall(slot.end, asked.zone):
        until = day if preference.end > preference.start else day + _DAY
        if (
            day.weekday() in preference.weekdays
            and (preference.first is None or preference.first <= day)
            and (preference.last is None or day <= preference.last)
        ):
            begins = to_utc(datetime.combine(day, preference.start), asked.zone)
            ends = to_utc(datetime.combine(until, preference.end), asked.zone)
            yield slot.within(begins, ends)
        day += _DAY
