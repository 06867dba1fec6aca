"""The final schedule of a tier: rotations, temporary schedules above them, overrides on top."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple, Protocol

from oncall.model import (
    Override,
    OverrideKind,
    Person,
    Rota,
    Shift,
    StaffId,
    TemporarySchedule,
    Tier,
)
from oncall.overrides import Region, handed_on, regions, replaces_anybody, shift_of
from oncall.rotation import Layer
from oncall.shifts import clip, clipped, ends, joined, nobody, outside, over, starts, without_a_hole
from oncall.wallclock import BEGINNING, EARLIEST, END, instant, to_utc

HORIZON = timedelta(days=400)
"""How far from the instant asked about a shift is followed: a year and a spare month."""

_BLOCK = timedelta(days=32)
"""How much of the schedule is worked out at a time to say who is on call."""

_MARGIN = timedelta(days=8)
"""How far around a block its first and last shifts are followed at first: over a weekly turn."""

_MOST_BLOCKS = 64
"""After so many, a tier forgets them and begins anew."""


def final_schedule(rota: Rota, tier: Tier, start: datetime, end: datetime) -> list[Shift]:
    """Return who holds ``tier`` in [start, end): sorted shifts in UTC that never overlap.

    Shifts are clipped to the window; time in which nobody stands is left out; touching stretches
    of one person for the same reason are one shift. Whoever is away or can't be reached stands
    nowhere: what lies below their turn shows through. ValueError when an instant lacks a time zone.
    """
    start, end = instant(start), instant(end)
    if start >= end:
        return []
    return _plan(rota, tier).shifts(start, end)


def on_call(rota: Rota, tier: Tier, at: datetime) -> Shift | None:
    """Return the whole shift that holds the instant ``at``, or None when nobody stands.

    It is the shift that :func:`final_schedule` shows around ``at`` in a window of HORIZON to
    either side: its start and end are the real ones unless they are farther away than that.
    ValueError when ``at`` lacks a time zone.
    """
    at = instant(at)
    block = _plan(rota, tier).block(at)
    number = bisect_right(block.starts, at) - 1
    if number < 0 or (shift := block.shifts[number]).end <= at:
        return None
    first, last = at - HORIZON, at + HORIZON
    if first <= shift.start and shift.end <= last:
        return shift
    return Shift(max(shift.start, first), min(shift.end, last), shift.staff, shift.why)


def shifts_after(rota: Rota, tier: Tier, at: datetime) -> Iterator[Shift]:
    """Yield the shifts of ``tier`` that begin after the instant ``at`` and within HORIZON of it.

    Each is whole as :func:`on_call` tells it. ValueError when ``at`` lacks a time zone.
    """
    at = instant(at)
    plan, last = _plan(rota, tier), instant(at + HORIZON)
    seen = at
    while seen < last:
        block = plan.block(seen)
        for begins in block.starts[bisect_right(block.starts, at) :]:
            if begins >= last:
                return
            if begins >= block.start and (shift := on_call(rota, tier, begins)):
                yield shift
        seen = block.end


def turns(rota: Rota, tier: Tier, start: datetime, end: datetime) -> list[Shift]:
    """Return everybody's turns in [start, end), clipped to it, whether or not they can stand.

    They come from the topmost entry down, each entry's in order: they say who was meant to stand
    where nobody does. ValueError when an instant lacks a time zone.
    """
    start, end = instant(start), instant(end)
    if start >= end:
        return []
    return _plan(rota, tier).turns(start, end)


def named_though_gone(rota: Rota, at: datetime) -> list[tuple[StaffId, str]]:
    """Return people who have left and where they are still named for turns from ``at`` on.

    Their turns fall to whoever stands below, or to nobody. The places are in words, such as ``the
    primary rotation weeks``.
    """
    named = [
        (staff, f"the {one.tier} rotation {one.name}")
        for one in rota.rotations
        if one.ends is None or to_utc(one.ends, rota.timezone) > at
        for staff in one.order
    ]
    named += [
        (stint.staff, f"the temporary schedule {plan.name}")
        for plan in rota.temporary
        for stint in plan.stints
        if stint.end > at
    ]
    named += [
        (one.staff, f"an override of {one.tier}")
        for one in rota.overrides
        if one.kind is not OverrideKind.REMOVE and one.end > at
    ]
    return [one for one in dict.fromkeys(named) if not rota.person(one[0]).active]


def away(person: Person) -> list[tuple[datetime, datetime]]:
    """Return when a person can't stand, in order, without overlaps: all the time if unreachable."""
    if not person.reachable:
        return [(BEGINNING, END)]
    merged: list[tuple[datetime, datetime]] = []
    for off in sorted(person.time_off, key=starts):
        if merged and off.start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], off.end)
        else:
            merged.append((off.start, off.end))
    return merged


def is_away_throughout(person: Person, start: datetime, end: datetime) -> bool:
    """Whether a person can't stand at any instant of [start, end), of which there are some."""
    return any(first <= start and end <= last for first, last in away(person))


class _Entry(Protocol):
    """What names people for stretches of time: a rotation, or a temporary schedule."""

    def shifts(self, start: datetime, end: datetime) -> list[Shift]:
        """Return whose turn it is within [start, end), clipped to it, in order."""


class _Stints:
    """A temporary schedule as an entry of its tier."""

    def __init__(self, temporary: TemporarySchedule) -> None:
        why = f"temporary schedule {temporary.name}"
        self._shifts = [Shift(s.start, s.end, s.staff, why) for s in temporary.stints]

    def shifts(self, start: datetime, end: datetime) -> list[Shift]:
        """Return the stints within [start, end), clipped to it, in order."""
        return clipped(self._shifts, start, end)


class _Block(NamedTuple):
    """The schedule around [start, end): every shift that touches it, whole."""

    start: datetime
    end: datetime
    starts: list[datetime]
    shifts: list[Shift]


class _Plan:
    """One tier of a rota made ready."""

    def __init__(self, rota: Rota, tier: Tier) -> None:
        rotations = [rotation for rotation in rota.rotations if rotation.tier == tier]
        temporary = [plan for plan in rota.temporary if plan.tier == tier]
        overrides = [override for override in rota.overrides if override.tier == tier]
        self._entries: list[_Entry] = [
            *map(_Stints, reversed(temporary)),
            *(Layer(rotation, rota.timezone) for rotation in reversed(rotations)),
        ]
        """From the top down."""
        named = {staff for rotation in rotations for staff in rotation.order}
        named.update(stint.staff for plan in temporary for stint in plan.stints)
        named.update(override.staff for override in overrides)
        self._away = {staff: off for staff in named if (off := away(rota.person(staff)))}
        self._regions = list(regions(overrides, self._away))
        self._blocks: dict[int, _Block] = {}

    def shifts(self, start: datetime, end: datetime) -> list[Shift]:
        """Return the final schedule of [start, end)."""
        below = self._below(start, end)
        above: list[Shift] = []
        for region in self._regions_within(start, end):
            if region.held is None:
                above += self._through(region, below)
            else:
                above.append(clip(region.held, start, end))
        return joined(over(above, below))

    def turns(self, start: datetime, end: datetime) -> list[Shift]:
        """Return everybody's turns in [start, end), from the topmost entry down."""
        found = [
            shift_of(override, region.start, region.end)
            for region in self._regions_within(start, end)
            for override in reversed(region.overrides)
            if override.kind is not OverrideKind.REMOVE and override.instead is None
        ]
        for entry in self._entries:
            found += entry.shifts(start, end)
        return found

    def block(self, at: datetime) -> _Block:
        """Return the block that holds the instant ``at``."""
        number = (at - EARLIEST) // _BLOCK
        found = self._blocks.get(number)
        if found is None:
            if len(self._blocks) >= _MOST_BLOCKS:
                self._blocks = {}
            found = self._blocks[number] = self._block(EARLIEST + number * _BLOCK)
        return found

    def _block(self, start: datetime) -> _Block:
        end = start + _BLOCK
        back = ahead = _MARGIN
        while True:
            first, last = start - back, end + ahead
            whole = self.shifts(first, last)
            shifts = whole[
                bisect_right(whole, start, key=ends) : bisect_left(whole, end, key=starts)
            ]
            begun_before = bool(shifts) and shifts[0].start == first and back < HORIZON
            ends_after = bool(shifts) and shifts[-1].end == last and ahead < HORIZON
            if not begun_before and not ends_after:
                return _Block(start, end, [shift.start for shift in shifts], shifts)
            back = min(4 * back, HORIZON) if begun_before else back
            ahead = min(4 * ahead, HORIZON) if ends_after else ahead

    def _below(self, start: datetime, end: datetime) -> list[Shift]:
        """Return who stands in [start, end) by what lies below the overrides."""
        shown: list[Shift] = []
        for entry in self._entries:
            shown = over(shown, self._standing(entry.shifts(start, end)))
            if without_a_hole(shown, start, end):
                break
        return shown

    def _standing(self, shifts: list[Shift]) -> list[Shift]:
        """Return what is left of ``shifts`` without people who are away."""
        if not self._away:
            return shifts
        left: list[Shift] = []
        for shift in shifts:
            off = self._away.get(shift.staff)
            if off is None:
                left.append(shift)
            else:
                left += outside(shift, off)
        return left

    def _through(self, region: Region, below: list[Shift]) -> Iterator[Shift]:
        """Yield who stands in a region, and nobody where nobody does.

        ``below`` is what the overrides lie on.
        """
        for start, end in pairwise(self._turning_points(region)):
            shown = self._at_rest(region.overrides, below, start, end)
            yield from over(shown, [nobody(start, end)])

    def _at_rest(
        self, overrides: Sequence[Override], below: list[Shift], start: datetime, end: datetime
    ) -> list[Shift]:
        """Return who stands in [start, end), in which nobody of ``overrides`` comes or goes."""
        for number in reversed(range(len(overrides))):
            if replaces_anybody(overrides[number]):
                taken = self._turn_of(overrides, number, start, end)
                if taken is not None:
                    return [taken]
        if any(one.instead or one.kind is OverrideKind.REMOVE for one in overrides):
            shown = self._handed_on(overrides, start, end)
        else:
            shown = clipped(below, start, end)
        for number, override in enumerate(overrides):
            if override.kind is OverrideKind.ADD:
                taken = self._turn_of(overrides, number, start, end)
                shown = over(shown, [taken] if taken else [])
        return shown

    def _turn_of(
        self, overrides: Sequence[Override], number: int, start: datetime, end: datetime
    ) -> Shift | None:
        """Return what becomes of the turn of one override's person; None when nobody takes it."""
        own = shift_of(overrides[number], start, end)
        taken = handed_on(own, overrides[number + 1 :], self._is_away)
        return None if taken is None or self._is_away(taken.staff, start) else taken

    def _handed_on(
        self, overrides: Sequence[Override], start: datetime, end: datetime
    ) -> list[Shift]:
        """Return who stands by what lies below, each turn taken by whoever has taken it over."""
        shown: list[Shift] = []
        for entry in self._entries:
            turns = (handed_on(one, overrides, self._is_away) for one in entry.shifts(start, end))
            shown = over(shown, self._standing([one for one in turns if one is not None]))
            if without_a_hole(shown, start, end):
                break
        return shown

    def _turning_points(self, region: Region) -> list[datetime]:
        """Return a region's edges, and when anybody of its overrides goes away or comes back."""
        edges = {region.start, region.end}
        for override in region.overrides:
            for off in self._away.get(override.staff, ()):
                edges.update(edge for edge in off if region.start < edge < region.end)
        return sorted(edges)

    def _is_away(self, staff: StaffId, at: datetime) -> bool:
        return any(start <= at < end for start, end in self._away.get(staff, ()))

    def _regions_within(self, start: datetime, end: datetime) -> list[Region]:
        """Return the regions that intersect [start, end), clipped to it."""
        first = bisect_right(self._regions, start, key=ends)
        found = self._regions[first : bisect_left(self._regions, end, first, key=starts)]
        if found:
            found[0] = found[0]._replace(start=max(found[0].start, start))
            found[-1] = found[-1]._replace(end=min(found[-1].end, end))
        return found


def _plan(rota: Rota, tier: Tier) -> _Plan:
    plan: _Plan | None = rota.memo.get(tier)
    if plan is None:
        plan = rota.memo[tier] = _Plan(rota, tier)
    return plan
