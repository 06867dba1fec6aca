"""Who answers for a team's rota, and is told when it does not hold."""

from collections.abc import Collection

import structlog

from dispatch.commands.staff_texts import text_to
from dispatch.unit_of_work import UnitOfWork
from oncall.model import StaffId, TeamId
from oncall.store import Directory, StaffMember

log = structlog.get_logger()


def leads_of(directory: Directory, team: TeamId) -> tuple[StaffMember, ...]:
    """The active leads among a team's members; where it has none, the agency's active admins."""
    members = (directory.staff.get(one) for one in directory.teams[team].members)
    leads = tuple(one for one in members if one and one.active and one.role == "lead")
    return leads or admins_of(directory)


def text_leads(
    work: UnitOfWork, team: TeamId, *, key: str, body: str, but: Collection[StaffId] = ()
) -> bool:
    """Text those who answer for a team, `but` some; where no text reaches them, the admins.

    False where no text reaches anybody.
    """
    for people in (leads_of(work.directory, team), admins_of(work.directory)):
        theirs = [one.id for one in people if one.id not in but]
        reached = [text_to(work, one, team, key=f"{key}/{one}", body=body) for one in theirs]
        if any(reached):
            return True
    log.warning("no_lead_to_tell", team=team, kind=key.partition("/")[0])
    return False


def admins_of(directory: Directory) -> tuple[StaffMember, ...]:
    """The agency's active administrators who are on its staff."""
    return tuple(one for one in directory.staff.values() if one.active and one.role == "admin")
