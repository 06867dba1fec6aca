"""Why a plan is impossible, in words that people can act on."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta

from oncall.fairness import joined
from oncall.model import Shift, Tier, TimeOff
from oncall.planner.model import Collision, PersonAsked, PlanAsked
from oncall.planner.rules import Rule, RuleKind, may_take, most_days, most_nights, requires
from oncall.planner.slots import Slot
from oncall.wallclock import to_wall
from oncall.words import length, moment, span

_DAY = timedelta(days=1)
_MOST_NAMED = 6


def nobody_can(asked: PlanAsked, first: Slot, last: Slot) -> Collision:
    """That nobody can take the shifts of one tier from the first to the last."""
    needed = requires(asked, first.tier)
    fit = [one for one in asked.people if not needed or one.discipline in needed]
    need = f"{first.tier} needs {_one_of(needed)}"
    reasons = [
        _not_on(one, first.tier)
        if first.tier in one.limits.not_on
        else _away(asked, one, first.start, last.end)
        for one in fit
    ]
    if not fit:
        rest = ", and nobody on the team is one"
    elif needed:
        are = "is one" if len(fit) == 1 else "are"
        rest = f"; only {_list(one.name for one in fit)} {are}, and {_list(reasons)}"
    else:
        rest = f", but {_list(reasons)}"
    when = f"From {span(first.start, last.end, asked.zone, asked.start)}"
    if first is last:
        when = f"On {moment(first.start, asked.zone, asked.start)}"
    return Collision(first.start, last.end, (need, *reasons), f"{when} {need}{rest}.")


def too_few_people(
    asked: PlanAsked, tiers: Sequence[Tier], names: Sequence[str], start: datetime, end: datetime
) -> Collision:
    """That more tiers are to be held at once than there are people who can hold any of them."""
    need = f"{_list(tiers)} need {len(tiers)} people"
    there = f"only {_list(names)} could stand" if names else "nobody could stand"
    words = f"On {moment(start, asked.zone, asked.start)} {need}, and {there}."
    return Collision(start, end, (need, there), words)


def too_few_hours(
    asked: PlanAsked,
    tiers: Sequence[Tier],
    names: Sequence[str],
    start: datetime,
    end: datetime,
    needed: timedelta,
    able: timedelta,
) -> Collision:
    """That people may stand fewer hours in a week than its shifts have."""
    need = f"{_list(tiers)} {'need' if tiers[1:] else 'needs'} {_hours(needed)}"
    may = f"{_together(names)} may stand at most {_hours(able)}"
    words = f"From {span(start, end, asked.zone, asked.start)} {need}, but {may}."
    return Collision(start, end, (need, may), words)


def too_few_nights(
    asked: PlanAsked, tiers: Sequence[Tier], names: Sequence[str], needed: int, able: int
) -> Collision:
    """That people may stand fewer nights in the period than its shifts have."""
    need = f"{_list(tiers)} {'need' if tiers[1:] else 'needs'} {_count(needed, 'night')}"
    may = f"{_together(names)} may stand at most {_count(able, 'night')}"
    words = f"From {span(asked.start, asked.end, asked.zone, asked.start)} {need}, but {may}."
    return Collision(asked.start, asked.end, (need, may), words)


def not_every_rule(asked: PlanAsked, kept: Sequence[Rule], window: Sequence[Slot]) -> Collision:
    """That these rules can't all be kept in these shifts."""
    start, end = min(slot.start for slot in window), max(slot.end for slot in window)
    touched = {slot.tier for slot in window}
    tiers = [tier.tier for tier in asked.tiers if tier.tier in touched]
    anybody = [tier for tier in tiers if Rule(RuleKind.REQUIRES, tier=tier) not in kept]
    needs = (
        [f"{_list(anybody)} {'each need' if anybody[1:] else 'needs'} somebody"] if anybody else []
    )
    there = [one.name for one in asked.people if any(may_take(asked, one, s, kept) for s in window)]
    rules = (*needs, *_phrases(asked, kept, start, end), _there(there))
    when = span(start, end, asked.zone, asked.start)
    words = f"From {when} not every rule can be kept: {'; '.join(rules)}."
    return Collision(start, end, rules, words)


def _phrases(
    asked: PlanAsked, kept: Sequence[Rule], start: datetime, end: datetime
) -> Iterator[str]:
    people = {person.staff: person for person in asked.people}
    for kind in RuleKind:
        some = [rule for rule in kept if rule.kind is kind]
        of = [people[rule.staff] for rule in some if rule.staff is not None]
        match kind:
            case RuleKind.REQUIRES:
                for rule in some:
                    yield f"{rule.tier} needs {_one_of(requires(asked, rule.tier or ''))}"
            case RuleKind.NOT_ON:
                for person in of:
                    yield _not_on(person, *sorted(person.limits.not_on))
            case RuleKind.AWAY:
                for person in of:
                    yield _away(asked, person, start, end)
            case RuleKind.STANDS:
                for person in of:
                    yield from _stands(asked, person, kept, start, end)
            case RuleKind.DISTINCT if some:
                yield "nobody stands on two tiers at once"
            case RuleKind.REST if some:
                yield f"after a night everybody rests {length(asked.rest)}"
            case RuleKind.MOST_DAYS:
                most = [_count(most_days(asked, one), "day") + " in a row" for one in of]
                yield from _stand_at_most(asked, of, most)
            case RuleKind.MOST_NIGHTS:
                most = [_count(most_nights(asked, one), "night") + " in a row" for one in of]
                yield from _stand_at_most(asked, of, most)
            case RuleKind.HOURS_A_WEEK:
                most = [f"{one.limits.hours_a_week:g} h a week" for one in of]
                yield from _stand_at_most(asked, of, most)
            case RuleKind.NIGHTS:
                most = [_count(one.limits.nights, "night") + " altogether" for one in of]
                yield from _stand_at_most(asked, of, most)


def _stand_at_most(
    asked: PlanAsked, of: Sequence[PersonAsked], most: Sequence[str]
) -> Iterator[str]:
    for words in dict.fromkeys(most):
        names = [one.name for one, own in zip(of, most, strict=True) if own == words]
        if len(names) > 1 and len(names) == len(asked.people):
            yield f"nobody stands more than {words}"
        else:
            yield f"{_list(names)} {'stand' if names[1:] else 'stands'} at most {words}"


def _stands(
    asked: PlanAsked, person: PersonAsked, kept: Sequence[Rule], start: datetime, end: datetime
) -> Iterator[str]:
    """Yield where somebody stands whatever is planned, as far as it bears upon a stretch."""
    reach = _reach(asked, person, kept)
    found = [
        (tier, shift)
        for tier, stints in asked.fixed.items()
        for shift in joined(Shift(one.start, one.end, one.staff, "") for one in stints)
        if shift.staff == person.staff and shift.start < end + reach and start - reach < shift.end
    ]
    if len(found) > _MOST_NAMED:
        tiers = _list(dict.fromkeys(tier for tier, _ in found))
        yield f"{person.name} stands on {tiers} {len(found)} times around then"
    elif found:
        shifts = (f"on {tier} {_part(asked, shift, start, end)}" for tier, shift in found)
        yield f"{person.name} stands {_list(shifts)}"


def _reach(asked: PlanAsked, person: PersonAsked, kept: Sequence[Rule]) -> timedelta:
    """How far from a stretch a shift may lie that bears upon it by the rules kept."""
    reach = {
        Rule(RuleKind.REST): asked.rest,
        Rule(RuleKind.MOST_DAYS, person.staff): (most_days(asked, person) or 0) * _DAY,
        Rule(RuleKind.MOST_NIGHTS, person.staff): (most_nights(asked, person) or 0) * _DAY,
        Rule(RuleKind.HOURS_A_WEEK, person.staff): 7 * _DAY,
        Rule(RuleKind.NIGHTS, person.staff): asked.end - asked.start,
    }
    return max((reach[rule] for rule in kept if rule in reach), default=timedelta())


def _part(asked: PlanAsked, shift: Shift, start: datetime, end: datetime) -> str:
    """A shift beside a stretch: where it begins before it, only until when it lasts."""
    if shift.start < start and end < shift.end:
        return "all the time"
    if shift.start < start:
        return f"until {moment(shift.end, asked.zone, asked.start)}"
    if end < shift.end:
        return f"from {moment(shift.start, asked.zone, asked.start)} on"
    return f"from {span(shift.start, shift.end, asked.zone, asked.start)}"


def _away(asked: PlanAsked, person: PersonAsked, start: datetime, end: datetime) -> str:
    def within(spans: Iterable[TimeOff]) -> list[str]:
        return [_days(asked, off) for off in spans if off.start < end and start < off.end]

    away, spared = within(person.time_off), within(person.spared)
    parts = [f"away {_list(away)}"] if away else []
    parts += [f"spared by an override {_list(spared)}"] if spared else []
    return f"{person.name} is {_list(parts)}"


def _days(asked: PlanAsked, off: TimeOff) -> str:
    """A time off as people say it: by its days where it is made of whole ones."""
    first, end = to_wall(off.start, asked.zone), to_wall(off.end, asked.zone)
    if first.time() != time(0) or end.time() != time(0):
        return span(off.start, off.end, asked.zone, asked.start)
    last = end - _DAY
    return f"{first:%b} {first.day}" + ("" if first == last else f" to {last:%b} {last.day}")


def _not_on(person: PersonAsked, *tiers: str) -> str:
    return f"{person.name} may not be put on {_list(tiers, 'or')}"


def _one_of(disciplines: frozenset[str]) -> str:
    if not disciplines:
        return "somebody"
    words = _list(sorted(disciplines), "or")
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _together(names: Sequence[str]) -> str:
    if len(names) > _MOST_NAMED:
        return f"the {len(names)} people who could stand"
    return f"{_list(names)}{' together' if names[1:] else ''}"


def _there(names: Sequence[str]) -> str:
    if not names:
        return "and nobody could stand then"
    if len(names) > _MOST_NAMED:
        return f"and {len(names)} people could stand then"
    return f"and only {_list(names)} could stand then"


def _count(number: int | None, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _hours(stretch: timedelta) -> str:
    return f"{stretch / timedelta(hours=1):g} h"


def _list(words: Iterable[str], last: str = "and") -> str:
    *some, final = words
    return f"{', '.join(some)} {last} {final}" if some else final
