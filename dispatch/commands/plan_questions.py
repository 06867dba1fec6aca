"""What the planner is asked: the team as it is, and what its lead wants."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from dispatch.commands.plan_surroundings import with_what_is_known
from dispatch.commands.rota_edits import WrongEdit
from dispatch.plan_shapes import SECONDS, LimitsShape, PlanWanted
from dispatch.unit_of_work import UnitOfWork
from oncall.model import Rota, StaffId, TeamId, Tier
from oncall.planner.model import MOST_WEEKS, Handoff, PersonAsked, PlanAsked, TierAsked
from oncall.planner.patterns import in_words, named
from oncall.planner.usual import usual_handoffs
from oncall.wallclock import to_wall

NOTICE = timedelta(days=7)
"""How much notice people have at least of a plan whose first day isn't given."""

FARTHEST = timedelta(days=366)
"""How far ahead a plan may begin."""

_WHEN = "A plan begins in the future, within a year: choose another first day."


def question(work: UnitOfWork, team: TeamId, wanted: PlanWanted) -> PlanAsked:
    """What the planner is asked for a team. Raises WrongEdit when it makes no sense."""
    rota = work.directory.teams[team].rota
    members = work.directory.teams[team].members
    _makes_sense(wanted, rota.tiers, members)
    first_day = wanted.first_day or usual_first_day(work, team)
    if abs(first_day - to_wall(work.now, rota.timezone).date()) > 2 * FARTHEST:
        raise WrongEdit(_WHEN)  # and none so far off that its end can't be reckoned
    try:
        asked = PlanAsked(
            zone=rota.timezone,
            first_day=first_day,
            weeks=wanted.weeks,
            tiers=tuple(
                TierAsked(tier, _handoffs(rota, tier, first_day, wanted))
                for tier in rota.tiers
                if wanted.tiers is None or tier in wanted.tiers
            ),
            people=tuple(
                _person(work, staff, wanted)
                for staff in members
                if work.directory.staff[staff].person.reachable
            ),
            most_days=wanted.most_days,
            most_nights=wanted.most_nights,
            seconds=wanted.seconds,
        )
    except ValueError as wrong:
        raise WrongEdit(str(wrong)) from None
    if not work.now < asked.start < work.now + FARTHEST:
        raise WrongEdit(_WHEN)
    return with_what_is_known(work, team, asked)


def usual_first_day(work: UnitOfWork, team: TeamId) -> date:
    """The first day of a plan for which none is given: a Monday, with notice for everybody."""
    zone = work.directory.teams[team].timezone
    day = to_wall(work.now + NOTICE, zone).date()
    return day + timedelta(days=-day.weekday() % 7)


def _makes_sense(wanted: PlanWanted, tiers: Sequence[Tier], members: Sequence[StaffId]) -> None:
    _known("tier", [*(wanted.tiers or ()), *wanted.pattern], tiers)
    _once("tier", wanted.tiers or ())
    _known("member", [*wanted.limits, *wanted.preferences], members)
    for limits in wanted.limits.values():
        _known("tier", limits.not_on, tiers)
    for staff, wishes in wanted.preferences.items():
        for wish in wishes:
            _known("tier", [wish.tier] if wish.tier is not None else [], tiers)
            if wish.first and wish.last and wish.last < wish.first:
                raise WrongEdit(
                    f"A preference of “{staff}” ends on {wish.last}, before its first day "
                    f"{wish.first}: exchange the two."
                )


def _known(what: str, names: Iterable[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise WrongEdit(f"The team has no {what} “{name}”: take one of {', '.join(known)}.")


def _once(what: str, names: Iterable[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise WrongEdit(f"The {what} “{name}” is named {times} times: once is enough.")


def _handoffs(rota: Rota, tier: Tier, first_day: date, wanted: PlanWanted) -> tuple[Handoff, ...]:
    named = wanted.handoffs_of(tier, first_day.weekday())
    return usual_handoffs(rota, tier, first_day) if named is None else named


def _person(work: UnitOfWork, staff: StaffId, wanted: PlanWanted) -> PersonAsked:
    limits = wanted.limits.get(staff, LimitsShape())
    return PersonAsked(
        staff=staff,
        name=work.directory.staff[staff].name,
        limits=limits.limits,
        preferences=tuple(one.preference for one in wanted.preferences.get(staff, ())),
        share=limits.share,
    )


def usual(work: UnitOfWork, team: TeamId) -> dict[str, Any]:
    """What a plan is asked for where nothing else is said, as the API takes it."""
    rota = work.directory.teams[team].rota
    first_day = usual_first_day(work, team)
    return {
        "first_day": first_day.isoformat(),
        "weeks": MOST_WEEKS,
        "seconds": SECONDS,
        "pattern": {tier: _in_words(usual_handoffs(rota, tier, first_day)) for tier in rota.tiers},
    }


def _in_words(handoffs: tuple[Handoff, ...]) -> str | dict[str, Any]:
    return named(handoffs) or {"handoffs": in_words(handoffs)}
