"""What a plan has to mind besides what its lead wants: the team, and the rota around the period."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from dispatch.commands.duty import schedule_of
from dispatch.commands.fairness import (
    PAST_QUARTER,
    holidays_between,
    joined_since,
    shares_between,
)
from dispatch.unit_of_work import UnitOfWork
from oncall.fairness import Share
from oncall.model import OverrideKind, Rota, Shift, StaffId, Stint, TeamId, Tier, TimeOff
from oncall.overrides import shift_of
from oncall.planner.model import PlanAsked
from oncall.shifts import clipped

AROUND = timedelta(days=35)
"""How far around the period the schedule is looked at: longer than any limit in a row."""


def with_what_is_known(work: UnitOfWork, team: TeamId, asked: PlanAsked) -> PlanAsked:
    """The same question with all that the team and its rota say by now.

    It is the same as before as long as nothing has changed that a plan has to mind.
    """
    rota = work.directory.teams[team].rota
    since = asked.start - PAST_QUARTER
    past = shares_between(work, team, since, asked.start)
    new = joined_since(work, team, since)
    return replace(
        asked,
        tiers=tuple(
            replace(tier, requires=rota.rules.requires.get(tier.tier, frozenset()))
            for tier in asked.tiers
        ),
        people=tuple(
            replace(
                person,
                discipline=rota.person(person.staff).discipline,
                time_off=_within(asked, rota.person(person.staff).time_off),
                spared=_within(asked, _spared(rota, person.staff)),
                past=None if person.staff in new else past.get(person.staff, Share()),
            )
            for person in asked.people
        ),
        rest=rota.rules.rest,
        holidays=holidays_between(work, team, asked.start, asked.end),
        fixed=_fixed(work, team, rota, asked),
    )


def _spared(rota: Rota, staff: StaffId) -> Iterator[TimeOff]:
    """Yield when somebody is taken off a tier, or another stands in for them.

    A shift that was planned for them then would go to whoever stands in.
    """
    for one in rota.overrides:
        if staff == (one.staff if one.kind is OverrideKind.REMOVE else one.instead):
            yield TimeOff(one.start, one.end)


def _within(asked: PlanAsked, spans: Iterable[TimeOff]) -> tuple[TimeOff, ...]:
    return tuple(off for off in spans if off.start < asked.end and asked.start < off.end)


def _fixed(
    work: UnitOfWork, team: TeamId, rota: Rota, asked: PlanAsked
) -> dict[Tier, tuple[Stint, ...]]:
    """What stands whatever is planned: around the period, by overrides, on tiers left alone."""
    around = schedule_of(work, team, asked.start - AROUND, asked.end + AROUND)
    planned = {tier.tier for tier in asked.tiers}
    found = {}
    for tier in rota.tiers:
        shifts = around[tier]
        if tier in planned:
            shifts = [
                *clipped(shifts, asked.start - AROUND, asked.start),
                *_held(rota, tier, clipped(shifts, asked.start, asked.end)),
                *clipped(shifts, asked.end, asked.end + AROUND),
            ]
        found[tier] = tuple(Stint(one.start, one.end, one.staff) for one in shifts)
    return found


def _held(rota: Rota, tier: Tier, shifts: Iterable[Shift]) -> list[Shift]:
    """Those of today's shifts that somebody has by an override: a cover, a swap, a lead's word."""
    return [shift for shift in shifts if _is_by_override(rota, tier, shift)]


def _is_by_override(rota: Rota, tier: Tier, shift: Shift) -> bool:
    return any(
        one.tier == tier
        and one.kind is not OverrideKind.REMOVE
        and one.start < shift.end
        and shift.start < one.end
        and shift_of(one, shift.start, shift.end) == shift
        for one in rota.overrides
    )
