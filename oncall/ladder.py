"""The ladder: who is asked for help, in which order, at one instant. It never ends in nobody."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from oncall.model import Rota, RungRule, Shift, StaffId, TeamId, Tier
from oncall.schedule import HORIZON, on_call, shifts_after
from oncall.wallclock import instant

DEFAULT_LAST_RESORT = ("988", "+18002738255")
"""The 988 Lifeline, and its 1-800 number for when 988 itself is down."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One tier of the ladder and who stands on it.

    ``staff`` is None where nobody stands: such a rung is passed at once. ``until`` (UTC) is when
    the person hands off, or None when that is not within HORIZON or nobody stands. A phone rings
    for ``ring_seconds``; a page climbs on after ``page_seconds``.
    """

    tier: Tier
    staff: StaffId | None
    until: datetime | None
    ring_seconds: int
    page_seconds: int


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs that a crisis of ``team`` climbs at the instant ``at``, in order.

    ``last_resort`` are the numbers outside the team that follow the last rung, in the order in
    which they are dialled; there is always at least one. ``leads`` answer for the team and stand on
    no rung: they are paged when nobody on the ladder has taken it.
    """

    team: TeamId
    at: datetime
    rungs: tuple[Rung, ...]
    last_resort: tuple[str, ...]
    leads: tuple[StaffId, ...] = ()


def ladder(
    rota: Rota, at: datetime, last_resort: Iterable[str], leads: Iterable[StaffId] = ()
) -> Ladder:
    """Return the ladder of a team at one instant: a rung for every rule, whoever stands there.

    DEFAULT_LAST_RESORT stands in where ``last_resort`` names no number. ValueError when ``at``
    lacks a time zone; nothing else fails.
    """
    numbers = tuple(number for number in last_resort if number.strip())
    rungs = tuple(_rung(rota, rule, at) for rule in rota.ladder)
    standing = {rung.staff for rung in rungs}
    return Ladder(
        team=rota.team,
        at=at,
        rungs=rungs,
        last_resort=numbers or DEFAULT_LAST_RESORT,
        leads=tuple(one for one in dict.fromkeys(leads) if one not in standing),
    )


def next_on_call(rota: Rota, tier: Tier, at: datetime) -> Shift | None:
    """Return the first shift after ``at`` of somebody else than who holds ``tier`` at ``at``.

    Where nobody stands at ``at`` it is the next shift of anybody; None when there is none within
    HORIZON. ValueError when ``at`` lacks a time zone.
    """
    at = instant(at)
    now = on_call(rota, tier, at)
    staff = now.staff if now else None
    return next((shift for shift in shifts_after(rota, tier, at) if shift.staff != staff), None)


def next_to_ask(ladder: Ladder, staff: StaffId, asked: Collection[StaffId]) -> StaffId | None:
    """Whom somebody asks for help: the rungs above theirs first, then those below.

    `asked` were asked before and have not come: they are asked again when nobody else is left.
    """
    standing = [rung.staff for rung in ladder.rungs]
    own = standing.index(staff) + 1 if staff in standing else 0
    others = [one for one in standing[own:] + standing[:own] if one not in (None, staff)]
    fresh = [one for one in others if one not in asked]
    return next(iter(fresh or others), None)


def _rung(rota: Rota, rule: RungRule, at: datetime) -> Rung:
    shift = on_call(rota, rule.tier, at)
    in_sight = shift is not None and shift.end < instant(at) + HORIZON
    return Rung(
        tier=rule.tier,
        staff=shift.staff if shift else None,
        until=shift.end if shift and in_sight else None,
        ring_seconds=rule.ring_seconds,
        page_seconds=rule.page_seconds,
    )
