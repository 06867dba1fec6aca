"""How long the planner takes for a quarter, how even the rota is, and that the proof agrees.

Run it with ``python benchmarks/planner.py``. It runs the planner's process as the service does, at
the lowest priority, on two threads: on a busy machine it finds less in the same time.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from sys import path
from time import perf_counter
from zoneinfo import ZoneInfo

path.insert(0, str(Path(__file__).resolve().parent.parent))

from oncall.coverage import ThinKind, prove
from oncall.fairness import public_holidays
from oncall.model import Person, Rota, Rules, RungRule, TemporarySchedule, TimeOff
from oncall.planner.model import Draft, PersonAsked, PlanAsked, Progress, TierAsked
from oncall.planner.patterns import pattern
from oncall.planner.run import run

ZONE = ZoneInfo("America/Los_Angeles")
FIRST_DAY = date(2026, 9, 28)
WEEKS = 13
DAYS_AWAY = 20
TEN = ("ana", "ben", "cho", "dee", "eli", "fay", "gus", "hal", "ivy", "jon")
PRESCRIBERS = {"fay", "gus", "hal"}
HOUR = timedelta(hours=1)
BROKEN = {ThinKind.TWO_TIERS, ThinKind.REST, ThinKind.DISCIPLINE}


def time_off(seed: int) -> dict[str, tuple[TimeOff, ...]]:
    """Twenty days of time off, one to five at a time, for whomever the dice choose."""
    dice = Random(seed)
    found: dict[str, tuple[TimeOff, ...]] = dict.fromkeys(TEN, ())
    left = DAYS_AWAY
    while left:
        length = min(left, dice.randint(1, 5))
        left -= length
        first = datetime(2026, 9, 28, tzinfo=ZONE) + timedelta(days=dice.randrange(85))
        off = TimeOff(first, first + timedelta(days=length))
        found[dice.choice(TEN)] += (off,)
    return found


def question(seed: int, tiers: Sequence[TierAsked]) -> PlanAsked:
    """A quarter for ten people, three of them prescribers."""
    away = time_off(seed)
    return PlanAsked(
        zone=ZONE,
        first_day=FIRST_DAY,
        weeks=WEEKS,
        tiers=tuple(tiers),
        people=tuple(
            PersonAsked(
                staff=staff,
                name=f"{staff.title()} Sample",
                discipline="psychiatric_np" if staff in PRESCRIBERS else "nurse",
                time_off=away[staff],
            )
            for staff in TEN
        ),
        rest=11 * HOUR,
        most_days=5,
        most_nights=4,
        holidays=public_holidays("US-OR", [2026, 2027]),
    )


def rules_broken(asked: PlanAsked, draft: Draft) -> int:
    """How many gaps and broken rules the proof finds, which knows nothing of the search."""
    rota = Rota(
        team="north",
        timezone=ZONE,
        ladder=tuple(RungRule(tier, 20, 120) for tier in draft.tiers),
        temporary=tuple(
            TemporarySchedule(tier, "plan", stints) for tier, stints in draft.tiers.items()
        ),
        people={
            one.staff: Person(discipline=one.discipline, time_off=one.time_off)
            for one in asked.people
        },
        rules=Rules(asked.rest, {tier.tier: tier.requires for tier in asked.tiers}),
    )
    coverage = prove(rota, asked.start, asked.end)
    return len(coverage.gaps) + sum(thin.kind in BROKEN for thin in coverage.thin)


def show(what: str, asked: PlanAsked) -> None:
    """Plan, and print what came of it."""
    begun = perf_counter()
    first: list[float] = []

    def tell(progress: Progress) -> None:
        if progress.solutions and not first:
            first.append(perf_counter() - begun)

    found = run(asked, tell)
    seconds = perf_counter() - begun
    if not isinstance(found, Draft):
        print(f"{what:<44}{seconds:>6.1f} s   impossible:")
        for collision in found.collisions:
            print(f"    {collision.words}")
        return
    spread = found.spread
    print(
        f"{what:<44}{seconds:>6.1f} s   first rota after {first[0]:.1f} s, "
        f"{found.distance:.1%} from the best at most, {rules_broken(asked, found)} rules broken, "
        f"equals differ by {spread.nights / HOUR:g} night hours, "
        f"{spread.weekends / HOUR:g} weekend hours, {spread.hours / HOUR:g} hours"
    )


def main() -> None:
    """Plan quarters that differ in who is away, in their patterns, and in what tiers require."""
    three = ("primary", "backup", "supervisor")
    for seed in (1, 2, 3):
        twelve = [TierAsked(tier, pattern("12h")) for tier in three]
        show(f"10 people, 3 tiers, 13 weeks (time off {seed})", question(seed, twelve))
    workdays = [TierAsked(tier, pattern("day_night")) for tier in three]
    show("the same, days 08-17 and nights 17-08", question(1, workdays))
    needed = frozenset({"psychiatrist", "psychiatric_np"})
    medical = [
        *(TierAsked(tier, pattern("12h")) for tier in three[:2]),
        TierAsked("medical", pattern("12h"), needed),
    ]
    show("the same, a prescriber on medical", question(1, medical))
    one = [TierAsked("medical", pattern("12h"), frozenset({"psychiatrist"}))]
    show("the same, and none there is", question(1, one))


if __name__ == "__main__":
    main()
