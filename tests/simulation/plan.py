"""What a night is made of: drawn from its seed before it begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from random import Random

from oncall.wallclock import to_utc
from tests.simulation import people
from tests.simulation.texts import Trouble
from tests.simulation.town import ZONE

CLOCK_CHANGES = (date(2026, 11, 1), date(2027, 3, 14), date(2027, 11, 7))
HANDOFFS = (time(2, 0), time(8, 0), time(14, 0), time(17, 0), time(20, 0))
FIRST_DAY = date(2026, 9, 1)

STORM = 200
"""How many calls a storm has."""


class Kind(StrEnum):
    """What a contact is."""

    CALL = "call"
    TEXT = "text"
    HANDOVER = "handover"


class Harsh(StrEnum):
    """Nights in which everything fails, and one thing most of all."""

    RACES = "races"
    """Nodes act at the same moment all the time."""
    CRASHES = "crashes"
    """They never do, but die."""


DUELS = {Harsh.RACES: 0.8, Harsh.CRASHES: 0.0}


WEATHERS = ("calm", "network", "crashes", "crashes", "stalls", "away", "all", "all")
"""What goes wrong in a night."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A night: when, how many contacts, and how much goes wrong with what."""

    seed: int
    start: datetime
    contacts: tuple[tuple[float, Kind], ...]
    """When each comes, in seconds after the start."""
    lasts: float
    moods: Mapping[str, str]
    outside: float
    trouble: Trouble
    strikes: float = 0.0
    """How likely a visit to a node ends in a fault."""
    stalls: float = 0.0
    """How likely a node hangs between two steps of sending, or for a while."""
    answers_lost: float = 0.0
    too_late: float = 0.0
    duels: float = 0.0
    away: tuple[tuple[float, float], ...] = ()
    """When the database is away, and for how long."""
    rotas: bool = False
    """The rota changes, and what is due for rotas is done."""

    @property
    def is_calm(self) -> bool:
        """Nothing fails tonight but people."""
        return self.trouble == Trouble() and not (
            self.strikes or self.stalls or self.answers_lost or self.too_late or self.away
        )


def plan(seed: int, *, storm: int = 0, harsh: Harsh | None = None) -> Plan:
    """The night of this seed; as a storm of so many calls, or harsh in one way."""
    random = Random(f"{seed}/plan")
    worst = (
        "all"
        if harsh
        else random.choice(
            ("calm", "network", "crashes", "stalls", "away", "all", "all", "crashes")
        )
    )
    contacts = _contacts(random, storm=storm)
    lasts = contacts[-1][0] + random.choice((300, 600, 1200))
    everything = worst == "all"
    bad = random.choice((0.5, 1.0, 2.0))
    return Plan(
        seed=seed,
        start=_start(random),
        contacts=contacts,
        lasts=lasts,
        moods=people.moods(random, random.choice((0.2, 0.5, 0.9))),
        outside=random.choice((0.95, 0.95, 0.6, 0.0)),
        trouble=_trouble(random, bad) if worst == "network" or everything else Trouble(),
        strikes=(0.2 if harsh is Harsh.CRASHES else 0.06 * bad)
        if worst == "crashes" or everything
        else 0.0,
        stalls=0.08 * bad if worst == "stalls" or everything else 0.0,
        answers_lost=0.04 * bad if worst != "calm" else 0.0,
        too_late=0.03 * bad if worst == "stalls" or everything else 0.0,
        duels=DUELS[harsh] if harsh else 0.05 if storm else random.choice((0.0, 0.3, 0.8)),
        away=_away(random, lasts) if worst == "away" or (everything and bad > 1) else (),
        rotas=random.random() < 0.06,
    )


def _contacts(random: Random, *, storm: int) -> tuple[tuple[float, Kind], ...]:
    if storm:
        return tuple(sorted((random.uniform(0, 120), Kind.CALL) for _ in range(storm)))
    number = 12 if random.random() < 0.02 else random.choice((1, 1, 1, 1, 1, 2, 2, 3))
    span = random.choice((5, 60, 400, 900))
    kinds = random.choices(list(Kind), (7, 1, 2), k=number)
    times = sorted(random.uniform(1, span) for _ in range(number))
    return tuple(zip(times, kinds, strict=True))


def _start(random: Random) -> datetime:
    """Anywhere in the year, often just before a handoff or in the night when clocks change."""
    if random.random() < 0.15:
        clock = random.choice((time(0, 50), time(1, 40), time(1, 55)))
        return to_utc(datetime.combine(random.choice(CLOCK_CHANGES), clock), ZONE)
    day = FIRST_DAY + timedelta(days=random.randrange(500))
    if random.random() < 0.4:
        handoff = datetime.combine(day, random.choice(HANDOFFS))
        return to_utc(handoff - timedelta(minutes=random.choice((1, 3, 8))), ZONE)
    return to_utc(datetime.combine(day, time(random.randrange(24), random.randrange(60))), ZONE)


def _trouble(random: Random, bad: float) -> Trouble:
    def much(most: float) -> float:
        return random.choice((0.0, 0.3, 1.0)) * most * bad

    return Trouble(
        refused=much(0.15),
        silent=much(0.08),
        silent_but_sent=much(0.08),
        undelivered=much(0.2),
        lost=much(0.15),
        late=much(0.15),
        callback_lost=much(0.2),
        callback_late=much(0.2),
        callback_twice=much(0.3),
    )


def _away(random: Random, lasts: float) -> tuple[tuple[float, float], ...]:
    times = sorted(random.uniform(0, lasts * 0.6) for _ in range(random.choice((1, 1, 2))))
    return tuple((at, random.choice((2, 15, 60))) for at in times)
