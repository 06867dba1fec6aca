"""Who is on call, told minute by minute from the words of the rules: slow, and plain to check.

The clock on the wall is watched for more than a day up to the minute asked about. What counts is
the latest time that it has shown: an hour that is shown a second time changes nothing, and an hour
that is skipped has passed when the clock jumps over it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import takewhile
from zoneinfo import ZoneInfo

from oncall.model import Every, Only, Rota, Rotation, Tier, Unit

MINUTE = timedelta(minutes=1)
WATCH = timedelta(hours=26)


def holder(rota: Rota, tier: Tier, at: datetime) -> tuple[str, str] | None:
    """Return the person who holds ``tier`` at a whole minute and why, or None."""
    for override in reversed(rota.overrides):
        covers = override.tier == tier and override.start <= at < override.end
        if covers and rota.person(override.staff).reachable:
            return override.staff, f"override: {override.reason}"
    shown = latest_shown(rota.timezone, at)
    for rotation in reversed(rota.rotations):
        if rotation.tier == tier:
            staff = turn(rotation, shown)
            if staff is not None and rota.person(staff).reachable:
                return staff, f"rotation {rotation.name}"
    return None


@lru_cache(maxsize=64)
def latest_shown(zone: ZoneInfo, at: datetime) -> datetime:
    """Return the latest time that the wall's clock has shown up to ``at``."""
    minutes = (at - i * MINUTE for i in range(WATCH // MINUTE))
    return max(minute.astimezone(zone).replace(tzinfo=None) for minute in minutes)


def turn(rotation: Rotation, shown: datetime) -> str | None:
    """Return whose turn it is by counting the handoffs from the rotation's start."""
    if shown < rotation.starts or (rotation.ends and shown >= rotation.ends):
        return None
    if rotation.only and not holds(rotation.only, shown):
        return None
    begun = takewhile(lambda wall: wall <= shown, handoffs(rotation.starts, rotation.every))
    turns = sum(1 for _ in begun)
    return rotation.order[(turns - 1) % len(rotation.order)]


def handoffs(starts: datetime, every: Every) -> Iterator[datetime]:
    """Yield the start of every turn, on the wall."""
    number = 0
    while True:
        count = number * every.count
        match every.unit:
            case Unit.HOUR:
                yield starts + timedelta(hours=count)
            case Unit.DAY:
                yield starts + timedelta(days=count)
            case Unit.WEEK:
                yield starts + timedelta(days=7 * count)
            case Unit.MONTH:
                yield in_month(starts, count)
        number += 1


def in_month(starts: datetime, months: int) -> datetime:
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
