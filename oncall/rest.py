"""Rest after a night: which stretches of one person follow it too soon."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from oncall.model import Only, Shift, StaffId, Tier
from oncall.rotation import Hours

NIGHT = Only(frozenset(range(7)), time(22), time(6))
"""Night by the clock on the team's wall: the hours in which a page wakes somebody."""

A_NIGHT_IN_EVERY = timedelta(days=3)
"""Any stretch this long includes night hours, even where a country skips a day."""


class Stretch(NamedTuple):
    """A time [start, end), in UTC, in which one person stands on one tier without a break."""

    start: datetime
    end: datetime
    tier: Tier
    staff: StaffId


def stretches(tier: Tier, shifts: Iterable[Shift]) -> list[Stretch]:
    """Return a tier's shifts with touching ones of one person as one, whatever their reasons."""
    found: list[Stretch] = []
    for shift in shifts:
        last = found[-1] if found else None
        if last and last.end == shift.start and last.staff == shift.staff:
            found[-1] = Stretch(last.start, shift.end, tier, shift.staff)
        else:
            found.append(Stretch(shift.start, shift.end, tier, shift.staff))
    return found


def includes_night(start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """Whether any of [start, end) is between 22:00 and 06:00 on the wall in ``zone``."""
    for opens, closes in Hours(NIGHT, zone).after(start):
        if opens >= end:
            return False
        if opens < closes:
            return True
    raise AssertionError("Nights never end.")


def too_soon(own: Iterable[Stretch], rest: timedelta, zone: ZoneInfo) -> Iterator[Stretch]:
    """Yield what of one person's stretches falls within ``rest`` after a night of theirs.

    A stretch counts that begins at or after the end of another that includes night hours, and
    less than ``rest`` after it. One that begins before that end stands beside it and breaks no
    rest. ``own`` are stretches on any tiers, those of one tier apart from each other.
    """
    ordered = sorted(own)
    begins = [stretch.start for stretch in ordered]
    for night in ordered:
        rested = night.end + rest
        first = bisect_left(begins, night.end)
        if first == len(begins) or begins[first] >= rested:
            continue
        if includes_night(night.start, night.end, zone):
            for late in ordered[first : bisect_left(begins, rested, first)]:
                yield late._replace(end=min(late.end, rested))


def by_person(found: Iterable[Stretch]) -> dict[StaffId, list[Stretch]]:
    """Return everybody's stretches."""
    own: dict[StaffId, list[Stretch]] = {}
    for stretch in found:
        own.setdefault(stretch.staff, []).append(stretch)
    return own
