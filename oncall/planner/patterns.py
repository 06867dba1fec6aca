"""The usual ways to cut a week into shifts, and others in words: ``08:00``, ``fri 17:00``."""

from collections.abc import Collection, Iterable
from datetime import time

from oncall.planner.model import Handoff

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PATTERNS = ("12h", "day_night", "week")

_WORKDAYS, _WEEKEND = range(5), range(5, 7)


def pattern(name: str, first_weekday: int = 0) -> tuple[Handoff, ...]:
    """The handoffs of a usual pattern.

    ``12h``: every day at 08:00 and 20:00. ``day_night``: at 08:00 and 17:00 from Monday to Friday,
    at 08:00 and 20:00 on Saturday and Sunday. ``week``: once a week at 08:00, on ``first_weekday``.
    ValueError for another name.
    """
    match name:
        case "12h":
            return handoffs(("08:00", "20:00"))
        case "day_night":
            ends = [Handoff(day, time(17)) for day in _WORKDAYS]
            ends += [Handoff(day, time(20)) for day in _WEEKEND]
            return tuple(sorted([*handoffs(("08:00",)), *ends]))
        case "week":
            return (Handoff(first_weekday, time(8)),)
        case _:
            known = ", ".join(PATTERNS)
            raise ValueError(f'"{name}" is no pattern of shifts: the patterns are {known}.')


def handoffs(texts: Iterable[str]) -> tuple[Handoff, ...]:
    """Handoffs as they are written: ``20:00`` for every day, ``fri 17:00`` for one.

    ValueError when one can't be read.
    """
    return tuple(sorted({handoff for text in texts for handoff in _read(text)}))


def in_words(some: Collection[Handoff]) -> tuple[str, ...]:
    """Handoffs as people write them: what :func:`handoffs` reads."""
    times: dict[time, list[int]] = {}
    for handoff in sorted(some):
        times.setdefault(handoff.at, []).append(handoff.weekday)
    daily = [f"{at:%H:%M}" for at in sorted(times) if len(times[at]) == len(WEEKDAYS)]
    others = [
        f"{WEEKDAYS[handoff.weekday]} {handoff.at:%H:%M}"
        for handoff in sorted(some)
        if len(times[handoff.at]) < len(WEEKDAYS)
    ]
    return (*daily, *others)


def named(some: Collection[Handoff]) -> str | None:
    """The usual pattern that has these handoffs on whatever day a plan begins."""
    no_day = -1
    return next((name for name in PATTERNS if pattern(name, no_day) == tuple(sorted(some))), None)


def _read(text: str) -> list[Handoff]:
    *day, clock = text.lower().split() or [""]
    try:
        at = time.fromisoformat(clock)
        days = [WEEKDAYS.index(day[0])] if day else list(range(7))
    except ValueError:
        at, days = time(0), []
    if len(day) > 1 or not days or at.tzinfo or at.second or at.microsecond:
        raise ValueError(f'"{text}" is no handoff: write it as "08:00" or "fri 17:00".')
    return [Handoff(day, at) for day in days]
