"""The final schedule of a tier: its layers, with the overrides on top."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from oncall.model import Override, Rota, Shift, Tier
from oncall.rotation import BEGINNING, END, Layer, Spell, instant

HORIZON = timedelta(days=400)
"""How far from the instant asked about a shift is followed: a year and a spare month."""

_INSTANT = datetime.resolution


def final_schedule(rota: Rota, tier: Tier, start: datetime, end: datetime) -> list[Shift]:
    """Return who holds ``tier`` in [start, end): sorted shifts in UTC that never overlap.

    Shifts are clipped to the window; time in which nobody stands is left out; touching stretches
    of one person for the same reason are one shift. People who are not active stand nowhere: what
    lies below their turn shows through. ValueError when an instant lacks a time zone.
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
    plan = _plan(rota, tier)
    first, last = at - HORIZON, at + HORIZON
    if (known := plan.latest) and first < known.start <= at < known.end < last:
        return known
    start, end, staff, why = plan.around(at)
    if staff is None:
        return None
    while end < last and (after := plan.around(end))[2:] == (staff, why):
        end = after.end
    while start > first and (before := plan.around(start - _INSTANT))[2:] == (staff, why):
        start = before.start
    if first < start and end < last:
        plan.latest = Shift(start, end, staff, why)
        return plan.latest
    return Shift(max(start, first), min(end, last), staff, why)


class _Plan:
    """One tier of a rota made ready: layers from the top down, overrides without overlaps."""

    latest: Shift | None = None
    """The last answer to "who is on call", which holds for every instant until the handoff."""

    def __init__(self, rota: Rota, tier: Tier) -> None:
        self.layers = [
            Layer(rotation, rota.timezone)
            for rotation in reversed(rota.rotations)
            if rotation.tier == tier
        ]
        self._off_duty = {staff for staff, active in rota.active.items() if not active}
        sheet = _Sheet(BEGINNING, END)
        sheet.paint(_as_shift(o) for o in rota.overrides if o.tier == tier and self._may_stand(o))
        self._overrides = sheet.shifts()
        self._starts = [shift.start for shift in self._overrides]

    def around(self, at: datetime) -> Spell:
        """Return a spell of the final schedule that contains ``at``; a neighbour may match it."""
        start, end = BEGINNING, END
        later = bisect_right(self._starts, at)
        if later < len(self._starts):
            end = self._starts[later]
        if later:
            last = self._overrides[later - 1]
            if at < last.end:
                return Spell(last.start, last.end, last.staff, last.why)
            start = last.end
        for layer in self.layers:
            spell = layer.around(at)
            start, end = max(start, spell.start), min(end, spell.end)
            if spell.staff is not None and spell.staff not in self._off_duty:
                return Spell(start, end, spell.staff, spell.why)
        return Spell(start, end)

    def shifts(self, start: datetime, end: datetime) -> list[Shift]:
        """Return the final schedule of [start, end)."""
        sheet = _Sheet(start, end)
        for layer in reversed(self.layers):
            sheet.paint(filter(self._may_stand, layer.shifts(start, end)))
        sheet.paint(self._overrides_within(start, end))
        return sheet.shifts()

    def _may_stand(self, who: Override | Shift) -> bool:
        return who.staff not in self._off_duty

    def _overrides_within(self, start: datetime, end: datetime) -> Iterator[Shift]:
        first = max(bisect_right(self._starts, start) - 1, 0)
        for shift in self._overrides[first : bisect_left(self._starts, end)]:
            if shift.end > start:
                yield Shift(max(shift.start, start), min(shift.end, end), shift.staff, shift.why)


class _Sheet:
    """A stretch of time on which shifts are painted one over another; the last coat shows."""

    def __init__(self, start: datetime, end: datetime) -> None:
        # marks[i] shows from times[i] until times[i + 1]; the last time only closes the sheet.
        self._times = [start, end]
        self._marks: list[Shift | None] = [None, None]

    def paint(self, shifts: Iterable[Shift]) -> None:
        """Paint every shift over what is there; each lies within the sheet."""
        times, marks = self._times, self._marks
        for shift in shifts:
            first = bisect_left(times, shift.start)
            after = bisect_left(times, shift.end, first)
            if times[after] == shift.end:
                times[first:after] = (shift.start,)
                marks[first:after] = (shift,)
            else:
                marks[first:after] = (shift, marks[after - 1])
                times[first:after] = (shift.start, shift.end)

    def shifts(self) -> list[Shift]:
        """Return what shows, with touching stretches of one person for one reason as one shift."""
        shown: list[Shift] = []
        last: Shift | None = None
        for mark, (start, end) in zip(self._marks, pairwise(self._times), strict=False):
            if mark is None:
                continue
            if last and last.end == start and last.staff == mark.staff and last.why == mark.why:
                last = shown[-1] = Shift(last.start, end, mark.staff, mark.why)
                continue
            if mark.start == start and mark.end == end:
                last = mark
            else:
                last = Shift(start, end, mark.staff, mark.why)
            shown.append(last)
        return shown


def _as_shift(override: Override) -> Shift:
    why = f"override: {override.reason}" if override.reason else "override"
    return Shift(override.start, override.end, override.staff, why)


def _plan(rota: Rota, tier: Tier) -> _Plan:
    plan = rota.memo.get(tier)
    if not isinstance(plan, _Plan):
        plan = rota.memo[tier] = _Plan(rota, tier)
    return plan
