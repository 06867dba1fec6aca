"""Writes a whole agency as its file says: everything or nothing, and twice is the same as once."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlmodel import Session, col, select

from dispatch.agency_file import Agency, ClientSpec, CrisisLineSpec, TeamSpec
from dispatch.board import Reload
from dispatch.crisis import State
from dispatch.store import clients
from dispatch.tables import (
    ClientPhoneRow,
    ClientRow,
    CrisisLineRow,
    CrisisRow,
    TeamCardRow,
)
from dispatch.unit_of_work import UnitOfWork
from oncall.model import Rota
from oncall.store import mark_changed, replace_rota
from oncall.tables import AgencyRow, MembershipRow, StaffRow, TeamLineRow, TeamRow


class LoadRefused(Exception):  # noqa: N818
    """The file is right, but what is going on forbids it. The text says what to do first."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was written."""

    teams: int
    staff: int
    clients: int
    crisis_lines: int


def load(work: UnitOfWork, agency: Agency) -> Loaded:
    """Write the agency. What the file no longer names is kept, inactive: the record names it.

    Raises LoadRefused when a team or a person would go whom an open crisis still needs.
    """
    session, now = work.session, work.now
    _refuse_what_is_needed(session, agency)
    session.merge(AgencyRow(id=1, name=agency.name, last_resort=list(agency.last_resort)))
    _staff(session, agency)
    _teams(session, agency)
    _clients(session, agency, now)
    _crisis_lines(session, agency.crisis_lines)
    mark_changed(session, now)
    session.flush()
    work.show([Reload()])
    cards = select(TeamCardRow.team_id).order_by(col(TeamCardRow.team_id)).with_for_update()
    session.exec(cards).all()  # in the order in which the tick and the commands lock them
    session.execute(delete(TeamCardRow))
    return Loaded(
        len(agency.teams), len(agency.staff), len(agency.clients), len(agency.crisis_lines)
    )


def _refuse_what_is_needed(session: Session, agency: Agency) -> None:
    teams = {team.id for team in agency.teams}
    people = {member.id for member in agency.staff}
    for row in session.exec(select(CrisisRow).where(CrisisRow.state != State.CLOSED.value)):
        if row.team_id not in teams:
            raise LoadRefused(
                f"team {row.team_id} is missing from the file but crisis {row.ref} is open there: "
                "close it first"
            )
        if row.owner_id is not None and row.owner_id not in people:
            raise LoadRefused(
                f"{row.owner_id} is missing from the file but owns the open crisis {row.ref}: "
                "hand it off first"
            )


def _staff(session: Session, agency: Agency) -> None:
    named = {member.id for member in agency.staff}
    for row in session.exec(select(StaffRow)):
        if row.id not in named:
            row.active = False
            session.add(row)
    for member in agency.staff:
        session.merge(
            StaffRow(
                id=member.id,
                name=member.name,
                discipline=str(member.discipline),
                phone=member.phone,
                email=member.email,
                role=str(member.role),
                active=True,
            )
        )
    session.flush()


def _teams(session: Session, agency: Agency) -> None:
    named = {team.id for team in agency.teams}
    for row in session.exec(select(TeamRow)):
        if row.id not in named:
            row.active = False
            session.add(row)
    session.exec(delete(TeamLineRow))
    session.exec(delete(MembershipRow))
    for position, team in enumerate(agency.teams):
        session.merge(
            TeamRow(
                id=team.id, name=team.name, timezone=team.timezone, position=position, active=True
            )
        )
        session.flush()
        _team(session, team)


def _team(session: Session, team: TeamSpec) -> None:
    for place, line in enumerate(team.lines):
        session.add(TeamLineRow(number=line, team_id=team.id, position=place))
    for place, staff in enumerate(team.members):
        session.add(MembershipRow(team_id=team.id, staff_id=staff, position=place))
    replace_rota(
        session,
        Rota(
            team=team.id,
            timezone=ZoneInfo(team.timezone),
            ladder=team.ladder,
            rotations=team.rotations,
            overrides=team.overrides,
        ),
    )


def _clients(session: Session, agency: Agency, now: datetime) -> None:
    known = {row.id: row for row in session.exec(select(ClientRow))}
    named = {spec.id for spec in agency.clients}
    for spec in agency.clients:
        row = _client(session, known.get(spec.id), spec)
        clients.enrol(session, row, spec.team, now)
    gone = {row.number for row in known.values() if row.id not in named}
    for enrolment in clients.enrolled(session, now):
        if enrolment.client_number in gone:
            clients.end_enrolment(session, enrolment, now)


def _client(session: Session, known: ClientRow | None, spec: ClientSpec) -> int:
    row = known or ClientRow(id=spec.id, name=spec.name)
    row.sqlmodel_update(
        {
            "name": spec.name,
            "birth_date": spec.birth_date,
            "language": str(spec.language),
            "coordinator_id": spec.coordinator,
        }
    )
    session.add(row)
    session.flush()
    if row.number is None:
        raise ValueError("the database gave the client no number")
    session.exec(delete(ClientPhoneRow).where(col(ClientPhoneRow.client_number) == row.number))
    for phone in spec.phones:
        session.add(ClientPhoneRow(client_number=row.number, phone=phone))
    return row.number


def _crisis_lines(session: Session, specs: tuple[CrisisLineSpec, ...]) -> None:
    named = {spec.id for spec in specs}
    for row in session.exec(select(CrisisLineRow)):
        row.active = row.id in named
        session.add(row)
    for spec in specs:
        row = session.get(CrisisLineRow, spec.id) or CrisisLineRow(id=spec.id, name=spec.name)
        row.sqlmodel_update({"name": spec.name, "callback": spec.callback, "active": True})
        session.add(row)
    session.flush()
