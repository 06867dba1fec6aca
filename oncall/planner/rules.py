"""The hard rules of a plan, each of which can be left out to find which of them collide."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from enum import StrEnum

from oncall.model import StaffId, Tier
from oncall.planner.model import PersonAsked, PlanAsked
from oncall.planner.slots import Slot


class RuleKind(StrEnum):
    """The kinds of rules, in the order in which an explanation names them."""

    REQUIRES = "requires"
    NOT_ON = "not_on"
    AWAY = "away"
    STANDS = "stands"
    """That somebody stands where they do whatever is planned: around the period or within it."""
    DISTINCT = "distinct"
    REST = "rest"
    MOST_DAYS = "most_days"
    MOST_NIGHTS = "most_nights"
    HOURS_A_WEEK = "hours_a_week"
    NIGHTS = "nights"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a plan: of the team, of one tier, or of one person."""

    kind: RuleKind
    staff: StaffId | None = None
    tier: Tier | None = None


def rules(asked: PlanAsked) -> tuple[Rule, ...]:
    """Every rule of a plan, besides that somebody stands on every shift."""
    return tuple(_rules(asked))


def _rules(asked: PlanAsked) -> Iterator[Rule]:
    fixed = {stint.staff for stints in asked.fixed.values() for stint in stints}
    for tier in asked.tiers:
        if tier.requires:
            yield Rule(RuleKind.REQUIRES, tier=tier.tier)
    yield Rule(RuleKind.DISTINCT)
    if asked.rest:
        yield Rule(RuleKind.REST)
    for person in asked.people:
        limits, staff = person.limits, person.staff
        if staff in fixed:
            yield Rule(RuleKind.STANDS, staff)
        if limits.not_on:
            yield Rule(RuleKind.NOT_ON, staff)
        if person.time_off or person.spared:
            yield Rule(RuleKind.AWAY, staff)
        if most_days(asked, person) is not None:
            yield Rule(RuleKind.MOST_DAYS, staff)
        if most_nights(asked, person) is not None:
            yield Rule(RuleKind.MOST_NIGHTS, staff)
        if limits.hours_a_week is not None:
            yield Rule(RuleKind.HOURS_A_WEEK, staff)
        if limits.nights is not None:
            yield Rule(RuleKind.NIGHTS, staff)


def most_days(asked: PlanAsked, person: PersonAsked) -> int | None:
    """On how many days in a row somebody may stand."""
    own = person.limits.most_days
    return asked.most_days if own is None else own


def most_nights(asked: PlanAsked, person: PersonAsked) -> int | None:
    """On how many nights in a row somebody may stand."""
    own = person.limits.most_nights
    return asked.most_nights if own is None else own


def requires(asked: PlanAsked, tier: Tier) -> frozenset[str]:
    """The disciplines of which the holder of a tier must be one; empty for any."""
    return next((one.requires for one in asked.tiers if one.tier == tier), frozenset())


def may_take(asked: PlanAsked, person: PersonAsked, slot: Slot, kept: Container[Rule]) -> bool:
    """Whether somebody may take a shift by the rules kept, as far as they concern it alone."""
    needed = requires(asked, slot.tier)
    unfit = needed and person.discipline not in needed
    if unfit and Rule(RuleKind.REQUIRES, tier=slot.tier) in kept:
        return False
    if slot.tier in person.limits.not_on and Rule(RuleKind.NOT_ON, person.staff) in kept:
        return False
    spans = (*person.time_off, *person.spared)
    away = any(off.start < slot.end and slot.start < off.end for off in spans)
    return not (away and Rule(RuleKind.AWAY, person.staff) in kept)
