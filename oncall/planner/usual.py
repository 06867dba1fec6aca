"""When a tier hands off as it is: what a plan keeps to where nobody asks for anything else."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from oncall.model import Rota, Tier
from oncall.planner.model import Handoff
from oncall.planner.patterns import pattern
from oncall.schedule import final_schedule
from oncall.wallclock import to_utc, to_wall

_WEEKS = 4
"""So many weeks must be alike for their handoffs to be plain: turns of a fortnight are not."""

_MOST = 21
"""More handoffs in a week than three a day are nobody's shifts."""

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)


def usual_handoffs(rota: Rota, tier: Tier, first_day: date) -> tuple[Handoff, ...]:
    """When a tier's own rotations hand off in a week around a day, where that is plain.

    Otherwise at 08:00 and 20:00.
    """
    alone = replace(rota, overrides=(), temporary=(), people={})
    monday = datetime.combine(first_day, time(0)) - first_day.weekday() * _DAY
    first, *others = (_handoffs(alone, tier, monday + number * _WEEK) for number in range(_WEEKS))
    plain = 0 < len(first) <= _MOST and all(week == first for week in others)
    return tuple(sorted(first)) if plain else pattern("12h")


def _handoffs(rota: Rota, tier: Tier, monday: datetime) -> set[Handoff]:
    """When anybody begins or ends in a week."""
    shifts = final_schedule(
        rota,
        tier,
        to_utc(monday - _DAY, rota.timezone),
        to_utc(monday + _WEEK + _DAY, rota.timezone),
    )
    edges = {to_wall(at, rota.timezone) for shift in shifts for at in (shift.start, shift.end)}
    return {
        Handoff(at.weekday(), at.time())
        for at in edges
        if monday <= at < monday + _WEEK and not (at.second or at.microsecond)
    }
