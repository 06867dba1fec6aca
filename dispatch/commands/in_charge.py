"""Whoever is in charge of something is told; where they can't be, the next are."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.commands.leads import admins_of, text_leads
from dispatch.commands.staff_texts import text_to
from dispatch.hospitals.feeds import LIMITS, is_day
from dispatch.unit_of_work import UnitOfWork
from oncall.model import StaffId, TeamId
from oncall.store import Directory
from oncall.wallclock import to_utc, to_wall


def home(directory: Directory, staff: StaffId | None) -> TeamId | None:
    """The team from whose line, and by whose clock, somebody is told; the first for strangers."""
    teams = directory.teams.values()
    theirs = (team.id for team in teams if staff in team.members)
    return next(theirs, next(iter(directory.teams), None))


def next_day(now: datetime, zone: ZoneInfo) -> datetime:
    """When somebody may next be told what can wait: now by day, else in the morning."""
    wall = to_wall(now, zone)
    if is_day(wall):
        return now
    first, last = LIMITS.day
    morning = wall.replace(hour=first, minute=0, second=0, microsecond=0)
    return to_utc(morning + timedelta(days=wall.hour >= last), zone)


def text_in_charge(work: UnitOfWork, staff: StaffId | None, *, key: str, body: str) -> bool:
    """Text whoever is in charge, else the administrators, else whoever leads their team.

    What does not arrive goes on to the administrators. False where nobody was texted.
    """
    team = home(work.directory, staff)
    if team is None:
        return False
    in_turn = ([staff] if staff else [], [one.id for one in admins_of(work.directory)])
    for people in in_turn:
        reached = [
            text_to(work, one, team, key=f"{key}/{one}", body=body, leads_of=team) for one in people
        ]
        if any(reached):
            return True
    return text_leads(work, team, key=key, body=body)
