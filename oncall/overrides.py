"""What overrides do to a schedule: replace, add, remove, and stand in for one person."""

from bisect import insort
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from oncall.model import Override, OverrideKind, Shift, StaffId
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


def handed_on(
    turn: Shift, overrides: Sequence[Override], is_away: Callable[[StaffId, datetime], bool]
) -> Shift | None:
    """Return who takes a turn that the overrides above it hand on; None when they end it.

    It climbs in the order in which they were written: whoever stands in for the person takes it,
    whether or not that person could stand themselves, unless they can't stand; a removal of whoever
    has it by then ends it. ``overrides`` hold, and nobody of them comes or goes, while it lasts.
    """
    for override in overrides:
        if override.kind is OverrideKind.REMOVE and override.staff == turn.staff:
            return None
        stands_in = override.instead is not None and override.instead == turn.staff
        if stands_in and not is_away(override.staff, turn.start):
            turn = shift_of(override, turn.start, turn.end)
    return turn


def shift_of(override: Override, start: datetime, end: datetime) -> Shift:
    """Return the shift in [start, end) of an override's person, with the reason why."""
    why = "override" if override.instead is None else f"override for {override.instead}"
    if override.reason:
        why = f"{why}: {override.reason}"
    return Shift(start, end, override.staff, why)
