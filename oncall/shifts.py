"""Arithmetic on shifts: clipping them, laying them over one another, joining what touches.

Every list is in order and without overlaps, and so is what comes of it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from operator import attrgetter

from oncall.model import Shift
from oncall.wallclock import BEGINNING, END

starts = attrgetter("start")
ends = attrgetter("end")

_NOBODY = "\0"
"""Stands for the absence of a person: no id can be written so."""


def nobody(start: datetime, end: datetime) -> Shift:
    """Return a time in which nobody stands, whatever lies below it. :func:`joined` drops it."""
    return Shift(start, end, _NOBODY, "")


def clip(shift: Shift, start: datetime, end: datetime) -> Shift:
    """Return what of a shift, which touches [start, end), lies in it."""
    if start <= shift.start and shift.end <= end:
        return shift
    return Shift(max(shift.start, start), min(shift.end, end), shift.staff, shift.why)


def clipped(shifts: list[Shift], start: datetime, end: datetime) -> list[Shift]:
    """Return what of ``shifts`` lies in [start, end)."""
    if start >= end:
        return []
    within = shifts[bisect_right(shifts, start, key=ends) : bisect_left(shifts, end, key=starts)]
    if within:
        within[0] = clip(within[0], start, end)
        within[-1] = clip(within[-1], start, end)
    return within


def over(above: list[Shift], below: list[Shift]) -> list[Shift]:
    """Return ``above``, with ``below`` in its holes."""
    if not above or not below:
        return above or below
    shown: list[Shift] = []
    lower = iter(below)
    low = next(lower, None)
    at = BEGINNING
    for high in above:
        while low is not None and low.start < high.start:
            if at < low.end and at < high.start:
                shown.append(clip(low, at, high.start))
            if low.end > high.start:
                break
            low = next(lower, None)
        shown.append(high)
        at = high.end
    while low is not None:
        if at < low.end:
            shown.append(clip(low, at, END))
        low = next(lower, None)
    return shown


def outside(shift: Shift, off: Iterable[tuple[datetime, datetime]]) -> Iterator[Shift]:
    """Yield what is left of a shift outside the stretches ``off``, which are in order."""
    at = shift.start
    for start, end in off:
        if start >= shift.end:
            break
        if end <= at:
            continue
        if start > at:
            yield Shift(at, start, shift.staff, shift.why)
        at = end
    if at <= shift.start:
        yield shift
    elif at < shift.end:
        yield Shift(at, shift.end, shift.staff, shift.why)


def uncovered(
    start: datetime, end: datetime, spans: Iterable[tuple[datetime, datetime]]
) -> Iterator[tuple[datetime, datetime]]:
    """Yield what is left of [start, end) outside ``spans``, which come in order of their starts."""
    at = start
    for opens, closes in spans:
        if opens >= end:
            break
        if opens > at:
            yield at, opens
        at = max(at, closes)
    if at < end:
        yield at, end


def without_a_hole(shifts: list[Shift], start: datetime, end: datetime) -> bool:
    """Whether ``shifts`` fill [start, end), in which they lie."""
    return (
        bool(shifts)
        and shifts[0].start == start
        and shifts[-1].end == end
        and all(one.end == two.start for one, two in pairwise(shifts))
    )


def joined(shifts: list[Shift]) -> list[Shift]:
    """Return ``shifts`` with touching stretches of one person for one reason as one shift."""
    found: list[Shift] = []
    last: Shift | None = None
    for shift in shifts:
        if (
            last is not None
            and last.staff == shift.staff
            and last.end == shift.start
            and last.why == shift.why
        ):
            last = found[-1] = Shift(last.start, shift.end, shift.staff, shift.why)
        elif shift.staff != _NOBODY:
            found.append(shift)
            last = shift
    return found
