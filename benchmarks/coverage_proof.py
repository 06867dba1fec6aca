"""How long it takes to prove the coverage of a large agency for a year.

Run it with ``python benchmarks/coverage_proof.py``. 100 teams of 12 people and three tiers: two
daily layers of 12 hours over weekly turns, daily turns of 12 hours, weekly turns. Everybody has
four weeks off in the year, every team 45 overrides and swaps, a rule of rest and a discipline that
one tier requires. The figures are medians in process, in CPU time of the one thread: what else a
shared machine does meanwhile is not counted.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from statistics import median
from sys import path
from time import thread_time
from zoneinfo import ZoneInfo

path.insert(0, str(Path(__file__).resolve().parent.parent))

from oncall import wallclock
from oncall.coverage import Coverage, opened, prove
from oncall.eligibility import candidates
from oncall.model import (
    Every,
    Only,
    Override,
    Person,
    Rota,
    Rotation,
    Rules,
    RungRule,
    TimeOff,
    Unit,
)

ZONES = ("America/Los_Angeles", "America/Denver", "America/Boise", "America/Phoenix")
TEAMS = 100
MONDAY = datetime.fromisoformat("2026-01-05T09:00")
FROM = datetime(2026, 1, 5, 17, tzinfo=UTC)
YEAR, QUARTER = timedelta(days=365), timedelta(days=90)
PEOPLE = tuple(f"worker-{number}" for number in range(12))
LADDER = tuple(RungRule(tier, 20, 120) for tier in ("primary", "backup", "supervisor"))
EVERY_DAY = frozenset(range(7))
RULES = Rules(rest=timedelta(hours=11), requires={"supervisor": frozenset({"prescriber"})})

WEEKS = Rotation("primary", "weeks", MONDAY, Every(1, Unit.WEEK), PEOPLE[:8])
DAYS = Rotation(
    "primary",
    "days",
    MONDAY.replace(hour=7),
    Every(1, Unit.DAY),
    PEOPLE[:3],
    Only(EVERY_DAY, time(7), time(19)),
)
NIGHTS = replace(DAYS, name="nights", order=PEOPLE[3:6], only=Only(EVERY_DAY, time(19), time(7)))
BACKUP = replace(DAYS, tier="backup", every=Every(12, Unit.HOUR), order=PEOPLE[6:10], only=None)
SUPERVISOR = replace(WEEKS, tier="supervisor", order=PEOPLE[10:])


def agency() -> list[Rota]:
    """Return the rotas of all teams, none of which has been looked at yet."""
    return [
        Rota(
            team=f"team-{number}",
            timezone=ZoneInfo(ZONES[number % len(ZONES)]),
            ladder=LADDER,
            rotations=(WEEKS, DAYS, NIGHTS, BACKUP, SUPERVISOR),
            overrides=tuple(change(number, which) for which in range(45)),
            people={who: person(number + place) for place, who in enumerate(PEOPLE)},
            rules=RULES,
        )
        for number in range(TEAMS)
    ]


def person(number: int) -> Person:
    """Return somebody who is away for four single weeks."""
    weeks = [FROM + timedelta(days=(number * 17 + which * 91) % 350) for which in range(4)]
    return Person(
        verified=number % 9 > 0,
        discipline="prescriber" if number % 2 else "nurse",
        time_off=tuple(TimeOff(begins, begins + timedelta(days=7)) for begins in weeks),
    )


def change(number: int, which: int) -> Override:
    """Return an override of eight hours, every ninth of them instead of a certain person."""
    start = FROM + timedelta(hours=which * 190 + number)
    instead = PEOPLE[3 + which % 3] if which % 9 == 0 else None
    return Override("primary", start, start + timedelta(hours=8), PEOPLE[7], instead=instead)


def seconds(work: Callable[[], object], before: Callable[[], None], times: int = 5) -> float:
    """Return the median CPU time of one call."""
    samples = []
    for _ in range(times):
        before()
        begun = thread_time()
        work()
        samples.append(thread_time() - begun)
    return median(samples)


def main() -> None:
    """Print how long proofs take, and what a refusal adds to them."""
    teams: list[Rota] = []

    def fresh() -> None:
        teams[:] = agency()
        wallclock.spells.cache_clear()

    def proofs(width: timedelta) -> list[Coverage]:
        return [prove(team, FROM, FROM + width) for team in teams]

    fresh()
    found = proofs(YEAR)
    gaps, thin = (sum(len(getattr(one, what)) for one in found) for what in ("gaps", "thin"))
    shifts = sum(len(stood) for one in found for stood in one.stands.values())
    print(f"{TEAMS} teams, 3 tiers: {shifts} shifts, {gaps} gaps, {thin} thin stretches a year")
    year = seconds(lambda: proofs(YEAR), fresh)
    print(f"proof of a year, all teams, rotas built anew   {year:8.3f} s    goal < 2")
    quarter = seconds(lambda: proofs(QUARTER), fresh)
    print(f"proof of 90 days, all teams                    {quarter:8.3f} s")
    one = seconds(lambda: prove(teams[0], FROM, FROM + QUARTER), fresh, 25) * 1000
    print(f"proof of 90 days, one team, as every write asks {one:7.2f} ms")
    gone = {**teams[0].people, PEOPLE[0]: Person(active=False)}
    before, after = found[0], prove(replace(teams[0], people=gone), FROM, FROM + YEAR)
    holes = opened(before, after, ())
    refused = seconds(lambda: opened(before, after, ()), fresh, 25) * 1000
    print(f"what a change opens, {len(holes)} gaps in a year         {refused:8.2f} ms")
    gap = found[0].gaps[0]
    able = seconds(lambda: candidates(teams[0], PEOPLE, gap.tier, gap.start, gap.end), fresh, 25)
    print(f"who could take one gap                         {able * 1000:8.2f} ms")


if __name__ == "__main__":
    main()
