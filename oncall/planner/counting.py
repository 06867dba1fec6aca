"""What can be counted out: shifts that nobody can take, and more load than people may carry."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from oncall.model import Tier
from oncall.planner.model import Collision, PersonAsked, PlanAsked
from oncall.planner.rules import may_take, rules
from oncall.planner.slots import Slot, slots
from oncall.planner.words import nobody_can, too_few_hours, too_few_nights, too_few_people

MOST_TOLD = 12
"""As many reasons as somebody reads before they change something and ask again."""


def counted_out(asked: PlanAsked) -> tuple[Collision, ...]:
    """Why no rota is possible, as far as it shows by counting; in order, the plainest reasons."""
    free = [slot for slot in slots(asked) if slot.holder is None]
    found = _for_nobody(asked, free) or _too_few_people(asked, free)
    if not found:
        found = [*_hours(asked, free), *_nights(asked, free)]
    return tuple(sorted(found, key=lambda one: one.start)[:MOST_TOLD])


def _for_nobody(asked: PlanAsked, free: Sequence[Slot]) -> list[Collision]:
    """Runs of shifts on one tier that nobody can take, whoever takes the others."""
    runs: list[list[Slot]] = []
    latest: dict[Tier, list[Slot]] = {}
    every = rules(asked)
    for slot in free:
        if not any(may_take(asked, person, slot, every) for person in asked.people):
            run = latest.get(slot.tier)
            if run is None or run[-1].end != slot.start:
                run = latest[slot.tier] = []
                runs.append(run)
            run.append(slot)
    return [nobody_can(asked, run[0], run[-1]) for run in runs]


def _too_few_people(asked: PlanAsked, free: Sequence[Slot]) -> list[Collision]:
    """The first time at which more tiers are to be held than there are people for them."""
    now: list[Slot] = []
    for start, some in groupby(free, key=lambda slot: slot.start):
        now = [slot for slot in now if slot.end > start] + list(some)
        names = [person.name for person, _ in _takers(asked, now)]
        if len(names) < len(now):
            end = min(slot.end for slot in now)
            return [too_few_people(asked, [slot.tier for slot in now], names, start, end)]
    return []


def _hours(asked: PlanAsked, free: Sequence[Slot]) -> Iterator[Collision]:
    """The first week in which more hours are to be stood than people may stand."""
    for begins, ends in asked.calendar_weeks:
        week = [slot for slot in free if slot.within(begins, ends)]
        for tiers, some in _by_tiers(asked, week):
            needed = sum((slot.within(begins, ends) for slot in some), timedelta())
            people = _takers(asked, some)
            able = timedelta()
            for person, theirs in people:
                able += _most_hours(person, theirs, begins, ends)
            if able < needed:
                names = [person.name for person, _ in people]
                start, end = max(begins, asked.start), min(ends, asked.end)
                yield too_few_hours(asked, tiers, names, start, end, needed, able)
                return


def _nights(asked: PlanAsked, free: Sequence[Slot]) -> Iterator[Collision]:
    """That more nights are to be stood than people may stand; at 22:00 each tier has its own."""
    for tiers, some in _by_tiers(asked, [slot for slot in free if slot.nights]):
        needed = len({(slot.tier, night) for slot in some for night in slot.nights})
        people = _takers(asked, some)
        able = sum(_most_nights(person, theirs) for person, theirs in people)
        if able < needed:
            names = [person.name for person, _ in people]
            yield too_few_nights(asked, tiers, names, needed, able)
            return


def _by_tiers(asked: PlanAsked, free: Sequence[Slot]) -> Iterator[tuple[list[Tier], list[Slot]]]:
    """Yield each tier's shifts, and then those of all tiers."""
    tiers = [tier.tier for tier in asked.tiers]
    for some in [*([tier] for tier in tiers), tiers]:
        found = [slot for slot in free if slot.tier in some]
        if found:
            yield some, found


def _takers(asked: PlanAsked, some: Sequence[Slot]) -> list[tuple[PersonAsked, list[Slot]]]:
    every = rules(asked)
    able = [
        (person, [slot for slot in some if may_take(asked, person, slot, every)])
        for person in asked.people
    ]
    return [(person, theirs) for person, theirs in able if theirs]


def _most_hours(
    person: PersonAsked, theirs: Sequence[Slot], begins: datetime, ends: datetime
) -> timedelta:
    """How long somebody may stand at most in a week, on one tier at a time."""
    total, until = timedelta(), begins
    for slot in theirs:
        total += slot.within(until, ends)
        until = max(until, slot.end)
    limit = person.limits.hours_a_week
    return total if limit is None else min(total, limit * timedelta(hours=1))


def _most_nights(person: PersonAsked, theirs: Sequence[Slot]) -> int:
    """On how many nights somebody may stand at most."""
    nights = len({night for slot in theirs for night in slot.nights})
    limit = person.limits.nights
    return nights if limit is None else min(nights, limit)
