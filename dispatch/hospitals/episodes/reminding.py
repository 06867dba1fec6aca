"""Who is reminded of what is due: the wider the later it is."""

from datetime import datetime
from enum import IntEnum

from dispatch.hospitals.episodes.progress import Due


class Reach(IntEnum):
    """Up to whom a reminder goes; each includes those before."""

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
