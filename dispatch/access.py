"""Who may do what: roles, and the viewer of every request. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from oncall.model import StaffId, TeamId


class Role(StrEnum):
    """What somebody is for Vigil, from the most trusted to the least."""

    ADMIN = "admin"
    LEAD = "lead"
    CLINICIAN = "clinician"
    VIEWER = "viewer"
    HOSPITAL = "hospital"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever is asking: a person who logged in, or a program with a token.

    `teams` are the teams they may see; None means every team. `staff` is who they are on the
    staff, None for programs and for people who are not.
    """

    name: str
    login: str
    """What tells them apart from everybody else: their e-mail address, or the token."""
    role: Role
    teams: frozenset[TeamId] | None
    staff: StaffId | None = None
    is_program: bool = False

    def sees(self, team: TeamId) -> bool:
        """Whether they may see a team's board and crises."""
        return self.role is not Role.HOSPITAL and (self.teams is None or team in self.teams)

    def leads(self, team: TeamId) -> bool:
        """Whether they may change a team's rota: its leads, and administrators."""
        return self.role in (Role.ADMIN, Role.LEAD) and self.sees(team)

    def leads_somebody_in(self, teams: Collection[TeamId]) -> bool:
        """Whether they lead somebody who belongs to these teams, of which one is enough.

        Whoever belongs to no team is led by the administrators of the whole agency.
        """
        everybody = self.role is Role.ADMIN and self.teams is None
        return everybody or any(self.leads(team) for team in teams)

    @property
    def acts(self) -> bool:
        """Whether they may take, hand off, note and close."""
        return self.role in (Role.ADMIN, Role.LEAD, Role.CLINICIAN)

    @property
    def sees_clients(self) -> bool:
        """Whether they may see who is calling. A wall board's login may not."""
        return self.acts

    def may_act_for(self, staff: StaffId) -> bool:
        """Whether they may accept or decline in this person's name.

        A clinician only for themselves. Leads, administrators and programs may enter what
        somebody told them.
        """
        return self.acts and (
            self.staff == staff or self.is_program or self.role in (Role.ADMIN, Role.LEAD)
        )
