"""Who is on call, told minute by minute from the words of the rules: slow, and plain to check.

The clock on the wall is watched for more than a day up to the minute asked about. What counts is
the latest time that it has shown: an hour that is shown a second time changes nothing, and an hour
that is skipped has passed when the clock jumps over it.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count
from zoneinfo import ZoneInfo

from oncall.coverage import Cause, CauseKind
from oncall.model import Every, Only, Override, OverrideKind, Rota, Rotation, Tier, Unit

MINUTE = timedelta(minutes=1)
WATCH = timedelta(hours=26)

Holder = tuple[str, str] | None
"""The person who holds a tier and why, or None."""


def holder(rota: Rota, tier: Tier, at: datetime) -> Holder:
    """Return who holds ``tier`` at a whole minute."""
    return _holder(rota, tier, at, latest_shown(rota.timezone, at))


def holders(rota: Rota, tier: Tier, start: datetime, end: datetime) -> dict[datetime, Holder]:
    """Return who holds ``tier`` at every minute from ``start`` until before ``end``."""
    shown = latest_shown_by_minute(rota.timezone, start, end)
    return {at: _holder(rota, tier, at, wall) for at, wall in shown.items()}


def causes(rota: Rota, tier: Tier, at: datetime, shown: datetime) -> set[Cause]:
    """Return why nobody holds ``tier`` at a whole minute at which nobody does.

    ``shown`` is the latest time that the wall's clock has shown up to then.
    """
    named = {
        override.staff
        for override in covering(rota, tier, at)
        if override.kind is not OverrideKind.REMOVE and override.instead is None
    }
    named |= {staff for staff, _ in below_overrides(rota, tier, at, shown)}
    return {Cause(staff, _became_of(rota, staff, at)) for staff in named} or {
        Cause(None, CauseKind.NOBODY)
    }


def _became_of(rota: Rota, staff: str, at: datetime) -> CauseKind:
    person = rota.person(staff)
    if not person.active:
        return CauseKind.LEFT
    if not person.sms and not person.voice:
        return CauseKind.UNREACHABLE
    return CauseKind.REMOVED if is_available(rota, staff, at) else CauseKind.AWAY


@lru_cache(maxsize=64)
def latest_shown(zone: ZoneInfo, at: datetime) -> datetime:
    """Return the latest time that the wall's clock has shown up to ``at``."""
    return max(on_the_wall(zone, at - number * MINUTE) for number in range(WATCH // MINUTE))


def latest_shown_by_minute(
    zone: ZoneInfo, start: datetime, end: datetime
) -> dict[datetime, datetime]:
    """Return the latest time shown up to every minute from ``start`` until before ``end``."""
    latest = on_the_wall(zone, start - WATCH)
    found: dict[datetime, datetime] = {}
    for number in range(-WATCH // MINUTE, (end - start) // MINUTE):
        at = start + number * MINUTE
        latest = max(latest, on_the_wall(zone, at))
        if number >= 0:
            found[at] = latest
    return found


def on_the_wall(zone: ZoneInfo, at: datetime) -> datetime:
    """Return what the clock shows."""
    return at.astimezone(zone).replace(tzinfo=None)


def is_available(rota: Rota, staff: str, at: datetime) -> bool:
    """Whether somebody is here, reachable in some way, and not away."""
    person = rota.person(staff)
    is_away = any(off.start <= at < off.end for off in person.time_off)
    return person.active and (person.sms or person.voice) and not is_away


def _holder(rota: Rota, tier: Tier, at: datetime, shown: datetime) -> Holder:
    overrides = covering(rota, tier, at)
    instead_of_anybody = [
        (number, one.staff, why(one))
        for number, one in enumerate(overrides)
        if one.kind is OverrideKind.REPLACE and one.instead is None
    ]
    by_rota = [(-1, *named) for named in below_overrides(rota, tier, at, shown)]
    where_nobody = [
        (number, one.staff, why(one))
        for number, one in enumerate(overrides)
        if one.kind is OverrideKind.ADD
    ]
    for number, staff, reason in [*reversed(instead_of_anybody), *by_rota, *where_nobody]:
        taken = _climbed(rota, overrides[number + 1 :], (staff, reason), at)
        if taken is not None and is_available(rota, taken[0], at):
            return taken
    return None


def _climbed(rota: Rota, above: list[Override], turn: tuple[str, str], at: datetime) -> Holder:
    """Return who has a turn once every override above it has been heard."""
    for override in above:
        staff = turn[0]
        if override.kind is OverrideKind.REMOVE and override.staff == staff:
            return None
        if override.instead == staff and is_available(rota, override.staff, at):
            turn = override.staff, why(override)
    return turn


def covering(rota: Rota, tier: Tier, at: datetime) -> list[Override]:
    """Return the overrides of a tier that hold at an instant, as they were written."""
    return [o for o in rota.overrides if o.tier == tier and o.start <= at < o.end]


def why(override: Override) -> str:
    """Return what the schedule says of an override's shift."""
    kind = f"override for {override.instead}" if override.instead else "override"
    return f"{kind}: {override.reason}" if override.reason else kind


def below_overrides(
    rota: Rota, tier: Tier, at: datetime, shown: datetime
) -> Iterator[tuple[str, str]]:
    """Yield whose turn it is by every temporary schedule and rotation, the topmost first."""
    for plan in reversed(rota.temporary):
        for stint in plan.stints:
            if plan.tier == tier and stint.start <= at < stint.end:
                yield stint.staff, f"temporary schedule {plan.name}"
    for rotation in reversed(rota.rotations):
        staff = turn(rotation, shown) if rotation.tier == tier else None
        if staff is not None:
            yield staff, f"rotation {rotation.name}"


def turn(rotation: Rotation, shown: datetime) -> str | None:
    """Return whose turn it is by counting the handoffs from the rotation's start."""
    if shown < rotation.starts or (rotation.ends and shown >= rotation.ends):
        return None
    if rotation.only and not holds(rotation.only, shown):
        return None
    until = shown.replace(hour=0, minute=0) + timedelta(days=1)
    turns = bisect_right(handoffs(rotation.starts, rotation.every, until), shown)
    return rotation.order[(turns - 1) % len(rotation.order)]


@lru_cache(maxsize=64)
def handoffs(starts: datetime, every: Every, until: datetime) -> list[datetime]:
    """Return the start of every turn up to ``until``, on the wall."""
    found: list[datetime] = []
    for number in count():
        handoff = _later(starts, every.unit, number * every.count)
        if handoff > until:
            return found
        found.append(handoff)
    raise AssertionError("Turns never end.")


def _later(starts: datetime, unit: Unit, number: int) -> datetime:
    match unit:
        case Unit.HOUR:
            return starts + timedelta(hours=number)
        case Unit.DAY:
            return starts + timedelta(days=number)
        case Unit.WEEK:
            return starts + timedelta(days=7 * number)
        case Unit.MONTH:
            return in_month(starts, number)


def in_month(starts: datetime, months: int) -> datetime:
    """Return the same day and hour so many months later, or that month's last day."""
    year, month = starts.year, starts.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    for day in range(starts.day, 27, -1):
        try:
            return starts.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    return starts.replace(year=year, month=month)


def holds(only: Only, shown: datetime) -> bool:
    """Say whether a stretch that began today or yesterday is still going on."""
    clock, today = shown.time(), shown.weekday()
    yesterday = (today - 1) % 7
    if only.end > only.start:
        return today in only.days and only.start <= clock < only.end
    began_today = today in only.days and clock >= only.start
    began_yesterday = yesterday in only.days and clock < only.end
    return began_today or began_yesterday
