"""Handoffs: who comes onto a tier, when they are told of it, and by when they must have said OK."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from oncall.model import Rota, Shift, StaffId, Tier
from oncall.rest import stretches
from oncall.schedule import HORIZON, final_schedule, on_call
from oncall.wallclock import instant

_INSTANT = datetime.resolution

CONFIRMED_BEFORE = timedelta(minutes=30)
"""How long before the start a shift must be confirmed: time enough to find somebody else."""

GRACE = timedelta(minutes=15)
"""How long somebody has to say OK to a shift that had begun before anybody could tell them."""


class Notice(StrEnum):
    """The notices of one handoff: the day before, one hour before, and at the start."""

    DAY = "day"
    HOUR = "hour"
    START = "start"


BEFORE = {
    Notice.DAY: timedelta(hours=24),
    Notice.HOUR: timedelta(hours=1),
    Notice.START: timedelta(),
}
"""How long before the start each notice goes out."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """Somebody comes onto a tier at ``start`` and stands there without a break until ``end``.

    Both are UTC; ``end`` is None when it is not within HORIZON. ``outgoing`` is who stands there
    just before, if anybody does.
    """

    tier: Tier
    start: datetime
    end: datetime | None
    staff: StaffId
    outgoing: StaffId | None

    @property
    def last(self) -> datetime:
        """The end, or the farthest instant up to which it is known to go on."""
        return self.end or self.start + HORIZON


def handoff_at(rota: Rota, tier: Tier, at: datetime) -> Handoff | None:
    """Return the handoff by which whoever stands on ``tier`` at ``at`` came there.

    Touching shifts of one person are one, whatever their reasons: who simply goes on hands nothing
    off. None when nobody stands. ValueError when ``at`` lacks a time zone.
    """
    at = instant(at)
    first = last = on_call(rota, tier, at)
    if first is None or last is None:
        return None
    before = on_call(rota, tier, first.start - _INSTANT)
    while before and before.staff == first.staff and first.start > at - HORIZON:
        first, before = before, on_call(rota, tier, before.start - _INSTANT)
    after = on_call(rota, tier, last.end)
    while after and after.staff == last.staff and last.end < at + HORIZON:
        last, after = after, on_call(rota, tier, after.end)
    return _handoff(tier, first, last, before, at)


def _handoff(tier: Tier, first: Shift, last: Shift, before: Shift | None, at: datetime) -> Handoff:
    return Handoff(
        tier=tier,
        start=first.start,
        end=last.end if last.end < at + HORIZON else None,
        staff=first.staff,
        outgoing=before.staff if before and before.staff != first.staff else None,
    )


def handoffs(
    rota: Rota, tier: Tier, start: datetime, end: datetime, staff: StaffId | None = None
) -> Iterator[Handoff]:
    """Yield the handoffs of a tier that are under way at ``start`` or come before ``end``.

    Only those of ``staff`` where they are given. ValueError when an instant lacks a time zone.
    """
    for stretch in stretches(tier, final_schedule(rota, tier, start, end)):
        if staff is None or stretch.staff == staff:
            handoff = handoff_at(rota, tier, stretch.start)
            if handoff is not None:
                yield handoff


def due(start: datetime, told: Collection[str], now: datetime) -> tuple[Notice, ...]:
    """Return the notices of a shift that have not gone out though their time has come."""
    return tuple(
        notice for notice, before in BEFORE.items() if notice not in told and start - before <= now
    )


def next_due(start: datetime, told: Collection[str], now: datetime) -> datetime | None:
    """Return when the next notice of a shift goes out after ``now``, if any is left."""
    coming = (start - before for notice, before in BEFORE.items() if notice not in told)
    return min((at for at in coming if at > now), default=None)


def confirm_by(start: datetime, known_at: datetime) -> datetime:
    """Return by when a shift that was known from ``known_at`` on must be confirmed.

    Half an hour before its start; at its start where it was planned later than that; and where it
    was planned into the present, after as long as it takes to answer a text.
    """
    if known_at <= start - CONFIRMED_BEFORE:
        return start - CONFIRMED_BEFORE
    return start if known_at < start else known_at + GRACE
