"""How long the on-call arithmetic takes, beside other libraries doing the same in the same run.

Run it with ``python benchmarks/oncall_schedule.py``. Every figure is a median in process, in CPU
time of its one thread: what else a shared machine does meanwhile is not counted. "cold" empties the
tables of clock changes before each run; "warm" is a running service. What dateutil and
recurring-ical-events yield is checked against our shifts before it is timed.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from sys import path
from time import thread_time
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from dateutil.rrule import DAILY, WEEKLY, rrule

path.insert(0, str(Path(__file__).resolve().parent.parent))

from oncall import wallclock
from oncall.ladder import DEFAULT_LAST_RESORT, ladder, next_on_call
from oncall.model import Every, Only, Override, Rota, Rotation, RungRule, Unit
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


def changes(days: int) -> tuple[Override, ...]:
    """Spread 40 overrides of eight hours and five swaps of a day evenly over ``days``."""
    step = timedelta(days=days) / 45
    return tuple(
        swap(FROM + number * step, number) if number % 9 == 0 else cover(FROM + number * step)
        for number in range(45)
    )


def cover(start: datetime) -> Override:
    """Return an override of eight hours."""
    return Override("primary", start, start + timedelta(hours=8), PEOPLE[6])


def swap(start: datetime, number: int) -> Override:
    """Return an override of a day instead of one of those who take turns at night."""
    instead = PEOPLE[3 + number % 3]
    return Override("primary", start, start + timedelta(days=1), PEOPLE[7], instead=instead)


def rota(*layers: Rotation, extra: tuple[Override, ...] = ()) -> Rota:
    """Return the rota of a team whose other tiers are held by weekly rotations."""
    others = (replace(WEEKS, tier="backup"), replace(WEEKS, tier="supervisor", order=PEOPLE[:1]))
    return Rota("north", ZONE, LADDER, layers + others, extra)


# The same by others ─────────────────────────────────────────────────────────────────────────────

Told = list[tuple[datetime, datetime, str]]


def by_zoneinfo(days: int) -> Told:
    """Return the weekly shifts by zoneinfo alone, without any rule for skipped times."""
    edges = [
        (START + timedelta(weeks=week)).replace(tzinfo=ZONE).astimezone(UTC)
        for week in range(days // 7 + 1)
    ]
    return [(edges[i], edges[i + 1], PEOPLE[i % 8]) for i in range(len(edges) - 1)]


def by_dateutil(days: int) -> Told:
    """Return the weekly shifts by a dateutil rule for the handoffs."""
    rule = rrule(WEEKLY, dtstart=START.replace(tzinfo=ZONE))
    end = START.replace(tzinfo=ZONE) + timedelta(days=days)
    edges = [
        edge.astimezone(UTC) for edge in rule.between(START.replace(tzinfo=ZONE), end, inc=True)
    ]
    return [(one, two, PEOPLE[i % 8]) for i, (one, two) in enumerate(pairwise(edges))]


def layers_by_dateutil(days: int) -> list[Told]:
    """Return the three layers by dateutil rules, without laying them over one another."""
    told = [by_dateutil(days)]
    for order, opens, closes in ((PEOPLE[:3], 7, 19), (PEOPLE[3:6], 19, 31)):
        begin = START.replace(hour=7, tzinfo=ZONE)
        rule = rrule(DAILY, dtstart=begin.replace(hour=opens), count=days)
        told.append(
            [
                (
                    at.astimezone(UTC),
                    (at + timedelta(hours=closes - opens)).astimezone(UTC),
                    order[day % 3],
                )
                for day, at in enumerate(rule)
            ]
        )
    return told


def calendar(*kinds: tuple[Iterable[str], str, int, timedelta]) -> icalendar.Calendar:
    """Write each person's turns as a repeated event: people, frequency, first hour, length."""
    written = icalendar.Calendar()
    for people, frequency, hour, length in kinds:
        order = list(people)
        for number, who in enumerate(order):
            step = timedelta(weeks=number) if frequency == "weekly" else timedelta(days=number)
            begins = START.replace(hour=hour) + step
            event = icalendar.Event()
            event.add("uid", f"{who}-{hour}")
            event.add("summary", who)
            event.add("dtstart", begins.replace(tzinfo=ZONE))
            event.add("dtend", (begins + length).replace(tzinfo=ZONE))
            event.add("rrule", {"freq": frequency, "interval": len(order)})
            written.add_component(event)
    return written


WEEKLY_EVENTS = calendar((PEOPLE, "weekly", 9, timedelta(weeks=1)))
ALL_EVENTS = calendar(
    (PEOPLE, "weekly", 9, timedelta(weeks=1)),
    (PEOPLE[:3], "daily", 7, timedelta(hours=12)),
    (PEOPLE[3:6], "daily", 19, timedelta(hours=12)),
)


def by_recurring_ical_events(events: icalendar.Calendar, days: int) -> Told:
    """Return the shifts that recurring-ical-events finds in a calendar of repeated events."""
    first = START.replace(tzinfo=ZONE)
    found = recurring_ical_events.of(events).between(first, first + timedelta(days=days))
    return sorted(
        (e["DTSTART"].dt.astimezone(UTC), e["DTEND"].dt.astimezone(UTC), str(e["SUMMARY"]))
        for e in found
    )


# Timing ─────────────────────────────────────────────────────────────────────────────────────────


def arithmetic() -> str:
    """Return who is on call by one division, without a shift's end."""
    wall = AT.astimezone(ZONE).replace(tzinfo=None)
    return PEOPLE[(wall - START) // timedelta(weeks=1) % 8]


def cold() -> None:
    """Forget every change of the clocks."""
    wallclock.spells.cache_clear()


def clock(work: Callable[[], object], before: Callable[[], None] = lambda: None) -> float:
    """Return the median time of one call in microseconds."""
    samples: list[float] = []
    spent = 0.0
    work()
    while len(samples) < 15 or (spent < 0.4 and len(samples) < 2000):
        before()
        begun = thread_time()
        work()
        samples.append(thread_time() - begun)
        spent += samples[-1]
    return median(samples) * 1e6


def many(work: Callable[[], object], times: int = 200) -> float:
    """Return the median time in microseconds of one call too short to be timed alone."""

    def batch() -> None:
        for _ in range(times):
            work()

    return clock(batch) / times


def show(what: str, micros: float, goal: str = "") -> None:
    print(f"{what:<76}{micros:>10.2f} µs   {goal}")


def beside(what: str, micros: float, ours: float) -> None:
    show(f"  {what}", micros, f"{micros / ours:.1f} times ours")


def the_same(ours: Iterable[tuple[datetime, datetime, str]], theirs: Told) -> None:
    """Stop where another library yields other shifts than we do."""
    if set(ours) - set(theirs):
        raise SystemExit(f"They differ: {sorted(set(ours) - set(theirs))[:3]}")


def weekly() -> None:
    """Print how long a year of weekly turns takes, by us and by others."""
    team = rota(WEEKS)
    run = partial(final_schedule, team, "primary", FROM, FROM + timedelta(days=364))
    ours = [(shift.start, shift.end, shift.staff) for shift in run()]
    warm = clock(run)
    show("a year, weekly x8, warm", warm, "goal <= 250")
    show("a year, weekly x8, cold", clock(run, cold), "goal <= 250")
    for name, theirs in (
        ("plain zoneinfo arithmetic", partial(by_zoneinfo, 364)),
        ("dateutil", partial(by_dateutil, 364)),
        ("recurring-ical-events", partial(by_recurring_ical_events, WEEKLY_EVENTS, 364)),
    ):
        the_same(ours, theirs())
        beside(name, clock(theirs), warm)


def grafana_like() -> None:
    """Print how long the whole schedule of a busy tier takes, and its layers alone by others."""
    for days, goal in ((90, "goal < 1000"), (365, "goal < 4000")):
        full = rota(WEEKS, DAYS, NIGHTS, extra=changes(days))
        run = partial(final_schedule, full, "primary", FROM, FROM + timedelta(days=days))
        what = f"{days} days, weekly x8 + two daily 12 h layers + 40 overrides + 5 swaps"
        warm = clock(run)
        show(f"{what}, warm", warm, goal)
        show(f"{what}, cold", clock(run, cold), goal)
        beside("dateutil, the three layers alone", clock(partial(layers_by_dateutil, days)), warm)
        beside(
            "recurring-ical-events, the three layers alone",
            clock(partial(by_recurring_ical_events, ALL_EVENTS, days)),
            warm,
        )


def questions() -> None:
    """Print how long it takes to say who is on call at one instant."""
    weekly, extra = rota(WEEKS), changes(365)
    busy = rota(WEEKS, DAYS, NIGHTS, extra=extra)
    ages = rota(replace(WEEKS, starts=START.replace(year=1970)))
    show("on_call, weekly x8", many(partial(on_call, weekly, "primary", AT)), "goal <= 5")
    show("on_call, weekly x8, 56 years of history", many(partial(on_call, ages, "primary", AT)))
    show("on_call, one person for good", many(partial(on_call, weekly, "supervisor", AT)))
    show("on_call, three layers + 45 changes", many(partial(on_call, busy, "primary", AT)))
    first, mean = first_times(busy)
    show("on_call, three layers + 45 changes, first time in a shift", first, "goal <= 5")
    show("  the same, mean over all shifts of a year, working them out included", mean)
    show(
        "on_call, three layers + 45 changes, rota built anew",
        many(lambda: on_call(replace(busy), "primary", AT), 20),
    )
    show("  floor: who by one division, weekly x8", many(arithmetic))
    show("next_on_call, weekly x8", many(partial(next_on_call, weekly, "primary", AT)))
    show("ladder of three rungs", many(partial(ladder, weekly, AT, DEFAULT_LAST_RESORT)))


def first_times(team: Rota) -> tuple[float, float]:
    """Ask in every shift of a year once, as time goes; return the median and the mean."""
    shifts = final_schedule(team, "primary", FROM, FROM + timedelta(days=365))
    samples = []
    team.memo.clear()
    for shift in shifts:
        begun = thread_time()
        on_call(team, "primary", shift.start)
        samples.append(thread_time() - begun)
    return median(samples) * 1e6, sum(samples) / len(samples) * 1e6


if __name__ == "__main__":
    weekly()
    grafana_like()
    questions()
