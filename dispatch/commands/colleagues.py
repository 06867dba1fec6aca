"""Who of a team could take a stretch, whatever they do in their other teams."""

from datetime import datetime, timedelta

from dispatch.commands.duty import schedule_of
from dispatch.unit_of_work import UnitOfWork
from oncall.eligibility import Candidate, candidates, matters
from oncall.model import StaffId, TeamId
from oncall.requests import shifts_of
from oncall.rest import Stretch, by_person, stretches
from oncall.schedule import final_schedule
from oncall.store import Directory

LOAD_AROUND = timedelta(days=30)
"""Whose turn it is to help is counted over so long before and after now."""


def able_to_cover(work: UnitOfWork, team: TeamId, wanted: Stretch) -> list[Candidate]:
    """Who of a team could take a stretch, the best suited first; their load is around now."""
    found = work.directory.teams[team]
    able = candidates(
        found.rota,
        found.members,
        wanted.tier,
        wanted.start,
        wanted.end,
        _load(work, team),
        elsewhere(work.directory, team, wanted.start, wanted.end),
    )
    return [one for one in able if one.staff != wanted.staff]


def elsewhere(
    directory: Directory, team: TeamId, start: datetime, end: datetime
) -> dict[StaffId, list[Stretch]]:
    """What the members of a team stand for other teams, as far around a stretch as it matters."""
    found, shifts = directory.teams[team], []
    first, last = matters(found.rota, start, end)
    for other in directory.teams.values():
        if other.id == team or set(found.members).isdisjoint(other.members):
            continue
        for tier in other.rota.tiers:
            place = f"{tier} of {other.id}"  # two teams may have tiers of the same name
            shifts += stretches(place, final_schedule(other.rota, tier, first, last))
    return by_person(shifts)


def stands_in_another_team(work: UnitOfWork, team: TeamId, stretch: Stretch) -> str | None:
    """What they are for another team in a part of the stretch, such as ``backup of South ACT``."""
    for other in work.directory.teams.values():
        if other.id != team:
            for held in shifts_of(other.rota, stretch.staff, stretch.start, stretch.end):
                return f"{held.tier} of {other.name}"
    return None


def _load(work: UnitOfWork, team: TeamId) -> dict[StaffId, timedelta]:
    """For how long the members of a team stand around now, over all their teams."""
    members = set(work.directory.teams[team].members)
    total: dict[StaffId, timedelta] = {}
    for other in work.directory.teams.values():
        if members.isdisjoint(other.members):
            continue
        stands = schedule_of(work, other.id, work.now - LOAD_AROUND, work.now + LOAD_AROUND)
        for shift in (shift for shifts in stands.values() for shift in shifts):
            total[shift.staff] = total.get(shift.staff, timedelta()) + (shift.end - shift.start)
    return total
