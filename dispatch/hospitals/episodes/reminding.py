"""When somebody is reminded of what is due, and who: wider the later it is."""

from datetime import datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from dispatch.hospitals.episodes.progress import Due, Stage, follow_up_by
from oncall.wallclock import to_utc, to_wall


class Reach(IntEnum):
    """Up to whom it goes; each includes those before."""

    COORDINATOR = 0
    """The client's own, else whoever stands on the first rung."""
    BACKUP = 1
    """Whoever stands on the second, too."""
    LEADS = 2


def reach(due: Due, now: datetime) -> Reach:
    """How far a reminder goes at `now`: one step further with each that has come due before."""
    if due.overdue(now):
        return Reach.LEADS
    before = sum(at <= now for at in due.reminders) - 1
    return Reach(min(max(before, Reach.COORDINATOR), Reach.LEADS))


def follow_up_due(
    discharged_at: datetime, days: int, reminders: tuple[timedelta, ...], zone: ZoneInfo
) -> Due:
    """The follow-up after a discharge, as `progress_of` has it while nothing else settles it."""
    by = follow_up_by(discharged_at, days, zone)
    ahead = sorted(by - before for before in reminders if by - before > discharged_at)
    return Due(Stage.FOLLOWED_UP, by, tuple(ahead))


def next_reminder(due: Due, after: datetime, zone: ZoneInfo) -> datetime:
    """The first time after `after` to remind of something; once it is overdue, every midnight.

    Midnight is that of the team: whoever reminds waits for the day.
    """
    ahead = [at for at in (*due.reminders, due.by) if at > after]
    if ahead:
        return min(ahead)
    midnight = to_wall(after, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return to_utc(midnight + timedelta(days=1), zone)
