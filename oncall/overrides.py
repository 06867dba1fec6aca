"""What overrides do to a schedule: replace, add, remove, and stand in for one person."""

from bisect import insort
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from oncall.model import Override, OverrideKind, Shift, StaffId
from oncall.shifts import over
from oncall.wallclock import BEGINNING


class Region(NamedTuple):
    """A stretch throughout which the same overrides hold, in the order they were written in."""

    start: datetime
    end: datetime
    overrides: tuple[Override, ...]
    held: Shift | None
    """The shift throughout the region where the topmost override alone decides."""


def regions(overrides: Sequence[Override], away: Collection[StaffId]) -> Iterator[Region]:
    """Yield the stretches between the edges of ``overrides`` in which at least one holds.

    ``away`` are the people who are away at some time.
    """
    edges: list[tuple[datetime, bool, int]] = []
    for number, override in enumerate(overrides):
        edges += ((override.start, True, number), (override.end, False, number))
    holding: list[int] = []
    since = BEGINNING
    for at, begins, number in sorted(edges):
        if holding and since < at:
            top = overrides[holding[-1]]
            alone = replaces_anybody(top) and top.staff not in away
            yield Region(
                since,
                at,
                tuple(overrides[held] for held in holding),
                shift_of(top, since, at) if alone else None,
            )
        since = at
        if begins:
            insort(holding, number)
        else:
            holding.remove(number)


def replaces_anybody(override: Override) -> bool:
    """Whether the person stands whoever stood below."""
    return override.kind is OverrideKind.REPLACE and override.instead is None


def applied(override: Override, below: list[Shift], start: datetime, end: datetime) -> list[Shift]:
    """Return what shows where an override lets something below it through."""
    if override.kind is OverrideKind.ADD:
        return over(below, [shift_of(override, start, end)])
    return [
        shift_of(override, shift.start, shift.end) if shift.staff == override.instead else shift
        for shift in below
    ]


def shift_of(override: Override, start: datetime, end: datetime) -> Shift:
    """Return the shift in [start, end) of an override's person, with the reason why."""
    why = "override" if override.instead is None else f"override for {override.instead}"
    if override.reason:
        why = f"{why}: {override.reason}"
    return Shift(start, end, override.staff, why)
