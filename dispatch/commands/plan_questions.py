"""What the planner is asked: the team as it is, and what its lead wants."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from dispatch.commands.duty import schedule_of
from dispatch.commands.fairness import PAST_QUARTER, holidays_between, shares_between
from dispatch.commands.rota_edits import WrongEdit
from dispatch.plan_shapes import LimitsShape, PlanWanted
from dispatch.unit_of_work import UnitOfWork
from oncall.model import OverrideKind, Rota, Shift, StaffId, Stint, TeamId, Tier, TimeOff
from oncall.planner.model import PersonAsked, PlanAsked, TierAsked
from oncall.schedule import final_schedule
from oncall.wallclock import to_wall

NOTICE = timedelta(days=7)
"""How much notice people have at least of a plan whose first day isn't given."""

FARTHEST = timedelta(days=366)
"""How far ahead a plan may begin."""

AROUND = timedelta(days=35)
"""How far around the period the schedule is looked at: longer than any limit in a row."""


def question(work: UnitOfWork, team: TeamId, wanted: PlanWanted) -> PlanAsked:
    """What the planner is asked for a team. Raises WrongEdit when it makes no sense."""
    rota = work.directory.teams[team].rota
    first_day = wanted.first_day or _first_monday(to_wall(work.now + NOTICE, rota.timezone).date())
    _known("tier", [*(wanted.tiers or ()), *wanted.pattern], rota.tiers)
    members = work.directory.teams[team].members
    _known("member", [*wanted.limits, *wanted.preferences], members)
    for limits in wanted.limits.values():
        _known("tier", limits.not_on, rota.tiers)
    try:
        asked = PlanAsked(
            zone=rota.timezone,
            first_day=first_day,
            weeks=wanted.weeks,
            tiers=tuple(
                TierAsked(
                    tier=tier,
                    handoffs=wanted.handoffs_of(tier, first_day.weekday()),
                    requires=rota.rules.requires.get(tier, frozenset()),
                )
                for tier in rota.tiers
                if wanted.tiers is None or tier in wanted.tiers
            ),
            people=tuple(
                _person(work, staff, wanted)
                for staff in members
                if work.directory.staff[staff].person.reachable
            ),
            rest=rota.rules.rest,
            most_days=wanted.most_days,
            most_nights=wanted.most_nights,
            seconds=wanted.seconds,
        )
    except ValueError as wrong:
        raise WrongEdit(str(wrong)) from None
    if not work.now < asked.start < work.now + FARTHEST:
        raise WrongEdit("A plan begins in the future, within a year: choose another first day.")
    return _with_what_is_known(work, team, rota, asked)


def _first_monday(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


def _known(what: str, names: Iterable[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise WrongEdit(f"The team has no {what} “{name}”: take one of {', '.join(known)}.")


def _person(work: UnitOfWork, staff: StaffId, wanted: PlanWanted) -> PersonAsked:
    member = work.directory.staff[staff]
    limits = wanted.limits.get(staff, LimitsShape())
    return PersonAsked(
        staff=staff,
        name=member.name,
        discipline=member.person.discipline,
        limits=limits.limits,
        preferences=tuple(one.preference for one in wanted.preferences.get(staff, ())),
        share=limits.share,
    )


def _with_what_is_known(work: UnitOfWork, team: TeamId, rota: Rota, asked: PlanAsked) -> PlanAsked:
    """Add what depends on the period: time off, past load, public holidays, the rota around it."""
    start, end = asked.start, asked.end
    past = shares_between(work, team, start - PAST_QUARTER, start)
    return replace(
        asked,
        people=tuple(
            replace(
                person,
                time_off=_away(rota, person.staff, start, end),
                past=past.get(person.staff),
            )
            for person in asked.people
        ),
        holidays=holidays_between(work, team, start, end),
        fixed=_fixed(work, team, rota, asked),
    )


def _away(rota: Rota, staff: StaffId, start: datetime, end: datetime) -> tuple[TimeOff, ...]:
    """When somebody stands nowhere; whom an override takes off a tier is left out as well."""
    removed = (
        TimeOff(one.start, one.end)
        for one in rota.overrides
        if one.kind is OverrideKind.REMOVE and one.staff == staff
    )
    spans = [*rota.person(staff).time_off, *removed]
    return tuple(off for off in spans if off.start < end and start < off.end)


def _fixed(
    work: UnitOfWork, team: TeamId, rota: Rota, asked: PlanAsked
) -> dict[Tier, tuple[Stint, ...]]:
    """What stands whatever is planned: around the period, by overrides, on tiers left alone."""
    around = schedule_of(work, team, asked.start - AROUND, asked.end + AROUND)
    planned = {tier.tier for tier in asked.tiers}
    found = {}
    for tier in rota.tiers:
        shifts = list(around[tier])
        if tier in planned:
            shifts = [
                *_clipped(shifts, asked.start - AROUND, asked.start),
                *_held(rota, tier, asked),
                *_clipped(shifts, asked.end, asked.end + AROUND),
            ]
        found[tier] = tuple(Stint(one.start, one.end, one.staff) for one in shifts)
    return found


def _held(rota: Rota, tier: Tier, asked: PlanAsked) -> list[Shift]:
    """Who stands by overrides that hold over anybody: a plan lies below them."""
    certain = tuple(
        one for one in rota.overrides if one.kind is OverrideKind.REPLACE and one.instead is None
    )
    alone = replace(rota, rotations=(), temporary=(), overrides=certain)
    return final_schedule(alone, tier, asked.start, asked.end)


def _clipped(shifts: Iterable[Shift], start: datetime, end: datetime) -> list[Shift]:
    return [
        Shift(max(one.start, start), min(one.end, end), one.staff, one.why)
        for one in shifts
        if one.start < end and start < one.end
    ]
