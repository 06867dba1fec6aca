"""Short ways to ask for plans in tests, and to hold what comes back against the proof."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

from oncall.coverage import Coverage, ThinKind, prove
from oncall.model import (
    Person,
    Rota,
    Rules,
    RungRule,
    StaffId,
    Stint,
    TemporarySchedule,
    Tier,
    TimeOff,
)
from oncall.planner.model import (
    Draft,
    Impossible,
    Limits,
    PersonAsked,
    PlanAsked,
    Preference,
    TierAsked,
)
from oncall.planner.patterns import handoffs, pattern
from oncall.planner.solve import plan

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
MONDAY = date(2026, 9, 28)
TEN = ("ana", "ben", "cho", "dee", "eli", "fay", "gus", "hal", "ivy", "jon")
THREE = ("primary", "backup", "supervisor")
NO_LIMITS = Limits()
BREAKS = {ThinKind.TWO_TIERS, ThinKind.REST, ThinKind.DISCIPLINE}
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def at(text: str, zone: ZoneInfo = LOS_ANGELES) -> datetime:
    """Read an unambiguous wall-clock time such as ``2026-10-04 08:00`` as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def off(first: str, end: str) -> TimeOff:
    """Somebody's time off between two wall-clock times in Los Angeles."""
    return TimeOff(at(first), at(end))


def stint(start: str, end: str, staff: StaffId) -> Stint:
    """Somebody's stint between two wall-clock times in Los Angeles."""
    return Stint(at(start), at(end), staff)


def person(
    staff: StaffId,
    *time_off: TimeOff,
    discipline: str = "nurse",
    limits: Limits = NO_LIMITS,
    preferences: Sequence[Preference] = (),
    **others: object,
) -> PersonAsked:
    """Somebody of the team: ``person("ana", off("2026-10-01 00:00", "2026-10-03 00:00"))``."""
    return PersonAsked(
        staff=staff,
        name=f"{staff.title()} Sample",
        discipline=discipline,
        time_off=time_off,
        limits=limits,
        preferences=tuple(preferences),
        **others,
    )


def people(*staff: StaffId) -> tuple[PersonAsked, ...]:
    """Several people of whom nothing special is known."""
    return tuple(person(one) for one in staff)


def tier(
    name: Tier = "primary", shape: str | Sequence[str] = "12h", requires: Iterable[str] = ()
) -> TierAsked:
    """A tier by the name of its pattern, or by its handoffs."""
    cut = pattern(shape, MONDAY.weekday()) if isinstance(shape, str) else handoffs(shape)
    return TierAsked(name, cut, frozenset(requires))


def ask(
    *people: PersonAsked,
    tiers: Sequence[TierAsked] = (tier(),),
    weeks: int = 1,
    first_day: date = MONDAY,
    zone: ZoneInfo = LOS_ANGELES,
    rest: int = 0,
    seconds: float = 5,
    **others: object,
) -> PlanAsked:
    """Ask for a plan; ``rest`` is in hours."""
    return PlanAsked(
        zone=zone,
        first_day=first_day,
        weeks=weeks,
        tiers=tuple(tiers),
        people=people,
        rest=rest * HOUR,
        seconds=seconds,
        **others,
    )


def answer(asked: PlanAsked) -> Draft | Impossible:
    """Plan in this process."""
    begun = perf_counter()
    return plan(asked, lambda progress: None, lambda: perf_counter() - begun)


def draft(asked: PlanAsked) -> Draft:
    """Plan what is possible."""
    found = answer(asked)
    assert isinstance(found, Draft), found
    return found


def why_not(asked: PlanAsked) -> str:
    """Plan what is impossible, and return the reasons."""
    found = answer(asked)
    assert isinstance(found, Impossible), found
    return "\n".join(collision.words for collision in found.collisions)


def rota_of(asked: PlanAsked, tiers: Mapping[Tier, Sequence[Stint]]) -> Rota:
    """The rota that applying these stints would make, with what was fixed before and after."""
    names = list(dict.fromkeys([*tiers, *asked.fixed]))
    return Rota(
        team="north",
        timezone=asked.zone,
        ladder=tuple(RungRule(name, 20, 120) for name in names),
        temporary=tuple(
            TemporarySchedule(name, "plan", tuple(stints))
            for schedule in (asked.fixed, tiers)
            for name, stints in schedule.items()
            if stints
        ),
        people={
            one.staff: Person(discipline=one.discipline, time_off=one.time_off)
            for one in asked.people
        },
        rules=Rules(
            rest=asked.rest,
            requires={one.tier: one.requires for one in asked.tiers if one.requires},
        ),
    )


def proof(asked: PlanAsked, found: Draft) -> Coverage:
    """What the proof says of a draft: it knows nothing of the search."""
    return prove(rota_of(asked, found.tiers), asked.start, asked.end)


def broken(coverage: Coverage) -> list[object]:
    """What breaks a rule in a schedule: gaps, and the thin stretches that a plan must not have."""
    return [*coverage.gaps, *(thin for thin in coverage.thin if thin.kind in BREAKS)]


def stood(found: Draft, staff: StaffId) -> list[Stint]:
    """Somebody's stints on all tiers, in order."""
    every = [one for stints in found.tiers.values() for one in stints if one.staff == staff]
    return sorted(every, key=lambda one: one.start)


def half_hours(stints: Iterable[Stint], zone: ZoneInfo) -> Iterator[datetime]:
    """What the wall shows at every half hour that somebody stands."""
    for one in stints:
        now = one.start
        while now < one.end:
            yield now.astimezone(zone).replace(tzinfo=None)
            now += HOUR / 2


def longest_run(days: set[date]) -> int:
    """The most days in a row."""
    best = 0
    for day in days:
        if day - DAY not in days:
            length = 1
            while day + length * DAY in days:
                length += 1
            best = max(best, length)
    return best
