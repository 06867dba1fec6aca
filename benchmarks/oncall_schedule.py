"""How long the on-call arithmetic takes, beside a floor of plain zoneinfo arithmetic.

Run it with ``python benchmarks/oncall_schedule.py``. Every figure is a median in process, on one
core. "cold" empties the cache of wall-clock times before each run; "warm" is a running service.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from sys import path
from time import perf_counter
from zoneinfo import ZoneInfo

path.insert(0, str(Path(__file__).resolve().parent.parent))

from oncall.ladder import DEFAULT_LAST_RESORT, ladder, next_on_call
from oncall.model import Every, Only, Override, Rota, Rotation, RungRule, Unit
from oncall.rotation import to_utc
from oncall.schedule import final_schedule, on_call

ZONE = ZoneInfo("America/Los_Angeles")
START = datetime.fromisoformat("2026-01-05T09:00")
FROM = datetime(2026, 1, 5, 17, tzinfo=UTC)
AT = datetime(2026, 6, 17, 10, 11, 12, tzinfo=UTC)
PEOPLE = tuple(f"worker-{number}" for number in range(8))
LADDER = tuple(RungRule(tier, 20, 120) for tier in ("primary", "backup", "supervisor"))
EVERY_DAY = frozenset(range(7))

WEEKS = Rotation("primary", "weeks", START, Every(1, Unit.WEEK), PEOPLE)
DAYS = Rotation(
    "primary",
    "days",
    START.replace(hour=7),
    Every(1, Unit.DAY),
    PEOPLE[:3],
    Only(EVERY_DAY, time(7), time(19)),
)
NIGHTS = replace(DAYS, name="nights", order=PEOPLE[3:6], only=Only(EVERY_DAY, time(19), time(7)))


def overrides(count: int, days: int) -> tuple[Override, ...]:
    """Spread ``count`` overrides of eight hours evenly over ``days``."""
    step = timedelta(days=days) / count
    return tuple(
        Override("primary", FROM + i * step, FROM + i * step + timedelta(hours=8), PEOPLE[i % 8])
        for i in range(count)
    )


def rota(*layers: Rotation, extra: tuple[Override, ...] = ()) -> Rota:
    """Return the rota of a team whose other tiers are held by weekly rotations."""
    others = (replace(WEEKS, tier="backup"), replace(WEEKS, tier="supervisor", order=PEOPLE[:1]))
    return Rota("north", ZONE, LADDER, layers + others, extra)


def floor(days: int) -> list[tuple[datetime, datetime, str]]:
    """Return the weekly shifts by zoneinfo alone, without any rule for skipped times."""
    edges = [
        (START + timedelta(weeks=week)).replace(tzinfo=ZONE).astimezone(UTC)
        for week in range(days // 7 + 1)
    ]
    return [(edges[i], edges[i + 1], PEOPLE[i % 8]) for i in range(len(edges) - 1)]


def arithmetic() -> str:
    """Return who is on call by one division, without a shift's end."""
    wall = AT.astimezone(ZONE).replace(tzinfo=None)
    return PEOPLE[(wall - START) // timedelta(weeks=1) % 8]


def clock(work: Callable[[], object], before: Callable[[], None] = lambda: None) -> float:
    """Return the median time of one call in microseconds."""
    samples: list[float] = []
    spent = 0.0
    work()
    while len(samples) < 15 or (spent < 0.4 and len(samples) < 2000):
        before()
        begun = perf_counter()
        work()
        samples.append(perf_counter() - begun)
        spent += samples[-1]
    return median(samples) * 1e6


def many(work: Callable[[], object], times: int = 200) -> float:
    """Return the median time in microseconds of one call too short to be timed alone."""

    def batch() -> None:
        for _ in range(times):
            work()

    return clock(batch) / times


def show(what: str, micros: float, goal: str = "") -> None:
    print(f"{what:<68}{micros:>10.2f} µs   {goal}")


def first(team: Rota, tier: str = "primary") -> Callable[[], object]:
    """Return the question who is on call, asked as if nobody had asked about this shift yet."""

    def ask() -> object:
        team.memo[tier].latest = None
        return on_call(team, tier, AT)

    on_call(team, tier, AT)
    return ask


def schedules() -> None:
    """Print how long whole schedules take."""
    for days, goal in ((90, "goal < 1000"), (365, "goal < 4000")):
        full = rota(WEEKS, DAYS, NIGHTS, extra=overrides(45, days))
        run = partial(final_schedule, full, "primary", FROM, FROM + timedelta(days=days))
        what = f"{days} days, weekly x8 + two daily 12 h layers + 45 overrides"
        show(f"{what}, warm", clock(run), goal)
        show(f"{what}, cold", clock(run, to_utc.cache_clear), goal)
    year = partial(final_schedule, rota(WEEKS), "primary", FROM, FROM + timedelta(days=365))
    show("365 days, weekly x8, warm", clock(year), "goal <= 250")
    show("365 days, weekly x8, cold", clock(year, to_utc.cache_clear), "goal <= 250")
    show("  floor: zoneinfo arithmetic, 365 days, weekly x8", clock(partial(floor, 365)))


def questions() -> None:
    """Print how long it takes to say who is on call at one instant."""
    weekly, spare = rota(WEEKS), overrides(45, 90)
    busy = rota(WEEKS, DAYS, NIGHTS, extra=spare)
    ages = rota(replace(WEEKS, starts=START.replace(year=1970)))
    show("on_call, weekly x8", many(partial(on_call, weekly, "primary", AT)), "goal <= 5")
    show("on_call, weekly x8, first time in a shift", many(first(weekly)))
    show("on_call, weekly x8, first time, 56 years of history", many(first(ages)))
    show("on_call, one person for good", many(partial(on_call, weekly, "supervisor", AT)))
    show("on_call, three layers + 45 overrides", many(partial(on_call, busy, "primary", AT)))
    show("on_call, three layers + 45 overrides, first time in a shift", many(first(busy)))
    show(
        "on_call, three layers + 45 overrides, rota built anew",
        many(lambda: on_call(rota(WEEKS, DAYS, NIGHTS, extra=spare), "primary", AT)),
    )
    show("  floor: who by one division, weekly x8", many(arithmetic))
    show("next_on_call, weekly x8", many(partial(next_on_call, weekly, "primary", AT)))
    show("ladder of three rungs", many(partial(ladder, weekly, AT, DEFAULT_LAST_RESORT)))


if __name__ == "__main__":
    schedules()
    questions()
