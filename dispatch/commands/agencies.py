"""Writes a whole agency as its file says: everything or nothing, and twice is the same as once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from dispatch.agency_file import Agency, ClientSpec, CrisisLineSpec, HospitalSpec, TeamSpec
from dispatch.board import Reload
from dispatch.commands.guarantee import StillNamed, coverage_kept, note_change
from dispatch.commands.paging import own_rule
from dispatch.commands.paging_rules import CHANGED, keep_rule
from dispatch.commands.phones import VIGIL
from dispatch.crisis import State
from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals.notice import Address, Identifier, IdentifierKind, PersonName
from dispatch.store import clients, identities, networks
from dispatch.tables import (
    ClientPhoneRow,
    ClientRow,
    CrisisLineRow,
    CrisisRow,
    TeamCardRow,
)
from dispatch.unit_of_work import UnitOfWork
from oncall.store import (
    Directory,
    replace_ladder,
    replace_overrides_of_file,
    replace_rotations,
    rotations_of,
    rules_as_kept,
)
from oncall.tables import (
    AgencyRow,
    MembershipRow,
    RotaChangeRow,
    StaffRow,
    TeamLineRow,
    TeamRow,
)


class LoadRefused(Exception):  # noqa: N818
    """The file is right, but what is going on forbids it. The text says what to do first."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was written."""

    teams: int
    staff: int
    clients: int
    crisis_lines: int
    hospitals: int
    accepted: int = 0
    """How many gaps were accepted with it."""
    gone: tuple[str, ...] = ()
    """Teams and tiers that are no more, in words: nobody stands there from now on."""


THE_FILE = "the agency's file"
"""Who is named for what the file says."""

LOADED = "loaded"
"""How the journal calls a load."""


def load(
    work: UnitOfWork,
    agency: Agency,
    *,
    accept: str | None = None,
    undo_changes: bool = False,
) -> Loaded:
    """Write the agency. What the file no longer names is kept, inactive: the record names it.

    Overrides, temporary schedules and time off that people have made since stay. `accept` is the
    reason for which gaps that the file opens are accepted. Raises LoadRefused when a team or a
    person would go whom an open crisis still needs, or whom overrides and plans of people still
    name, or when rotations, phones, staff, members or how people are paged, which were changed by
    people, would be undone without `undo_changes`; GapsOpened for gaps that nobody has accepted.
    """
    try:
        return _load(work, agency, accept, undo_changes)
    except StillNamed as named:
        raise LoadRefused(str(named)) from None


def _load(work: UnitOfWork, agency: Agency, accept: str | None, undo_changes: bool) -> Loaded:
    session, now = work.session, work.now
    with coverage_kept(work, who=THE_FILE, accept=accept) as change:
        before = work.directory
        _refuse_what_is_needed(session, agency)
        if not undo_changes:
            _refuse_to_undo(session, agency)
        session.merge(
            AgencyRow(
                id=1,
                name=agency.name,
                last_resort=list(agency.last_resort),
                interpreter_line=agency.interpreter_line,
            )
        )
        _staff(session, agency)
        _paging(session, agency)
        _note_who_joins(work, agency)
        _teams(session, agency)
        _clients(session, agency, now)
        _crisis_lines(session, agency.crisis_lines)
        _hospitals(session, agency.hospitals)
        networks.write(session, agency.networks)
        note_change(work, who=THE_FILE, what=LOADED, text=f"{agency.name} was loaded")
    work.show([Reload()])
    cards = select(TeamCardRow.team_id).order_by(col(TeamCardRow.team_id)).with_for_update()
    session.exec(cards).all()  # in the order in which the tick and the commands lock them
    session.execute(delete(TeamCardRow))
    return Loaded(
        teams=len(agency.teams),
        staff=len(agency.staff),
        clients=len(agency.clients),
        crisis_lines=len(agency.crisis_lines),
        hospitals=len(agency.hospitals),
        accepted=len(change.verdict.opened) if change.verdict else 0,
        gone=_gone(before, work.directory),
    )


def _gone(before: Directory, after: Directory) -> tuple[str, ...]:
    """What asks for nobody any more opens no gap: so it is said."""
    teams = [team.name for team in before.teams.values() if team.id not in after.teams]
    tiers = [
        f"{tier} of {team.name}"
        for team in before.teams.values()
        if team.id in after.teams
        for tier in team.rota.tiers
        if tier not in after.teams[team.id].rota.tiers
    ]
    return (*teams, *tiers)


def _refuse_to_undo(session: Session, agency: Agency) -> None:
    """Rotations that somebody has changed since the last load are not undone by the way."""
    for team in agency.teams:
        row = session.get(TeamRow, team.id)
        if row is None or row.rota_changed_by is None:
            continue
        if rotations_of(session, team.id) != team.rotations:
            raise LoadRefused(
                f"the rotations of team {team.id} were changed by {row.rota_changed_by} after the "
                "file was loaded: bring the file up to date, or load it with --undo-changes"
            )
    for change in _changes_of_people(session):
        if _would_undo(session, agency, change):
            raise LoadRefused(
                f"{change.who} has written since the file was loaded that {change.text}: bring the "
                "file up to date, or load it with --undo-changes"
            )


def _changes_of_people(session: Session) -> Sequence[RotaChangeRow]:
    """What people have changed about phones, staff, members and paging since the last load."""
    loads = select(func.coalesce(func.max(RotaChangeRow.id), 0)).where(RotaChangeRow.what == LOADED)
    query = select(RotaChangeRow).where(
        col(RotaChangeRow.id) > loads.scalar_subquery(),
        col(RotaChangeRow.what).in_(("phone", "staff", CHANGED, "member_added", "member_removed")),
        RotaChangeRow.who != VIGIL,
    )
    return session.exec(query.order_by(col(RotaChangeRow.id))).all()


def _would_undo(session: Session, agency: Agency, change: RotaChangeRow) -> bool:
    """Whether the file says otherwise than what holds since a change."""
    row = session.get(StaffRow, change.staff_id)
    if row is None:
        return False
    wanted = next((one for one in agency.staff if one.id == row.id), None)
    if change.what == "phone":
        return wanted is not None and wanted.phone != row.phone
    if change.what == CHANGED:
        rule = wanted.paging.rule() if wanted and wanted.paging else None
        return rule is not None and rule != own_rule(session, row.id)
    if change.what == "staff":
        return (wanted is not None) != row.active
    team = next((one for one in agency.teams if one.id == change.team_id), None)
    belongs = session.get(MembershipRow, (change.team_id, row.id)) is not None
    return team is not None and (row.id in team.members) != belongs


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


def _paging(session: Session, agency: Agency) -> None:
    """Whose entry says nothing of it keeps what they have set themselves."""
    for member in agency.staff:
        if member.paging is not None:
            keep_rule(session, member.id, member.paging.rule())


def _note_who_joins(work: UnitOfWork, agency: Agency) -> None:
    """Write down who comes to a team that is there already: a plan asks since when they belong."""
    names = {member.id: member.name for member in agency.staff}
    for team in agency.teams:
        known = work.directory.teams.get(team.id)
        for staff in team.members:
            if known is not None and staff not in known.members:
                note_change(
                    work,
                    who=THE_FILE,
                    what="member_added",
                    text=f"{names[staff]} belongs to the team",
                    team=team.id,
                    staff=staff,
                )


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
                id=team.id,
                name=team.name,
                timezone=team.timezone,
                position=position,
                active=True,
                rules=rules_as_kept(team.rules),
                rota_changed_by=None,
            )
        )
        session.flush()
        _team(session, team)


def _team(session: Session, team: TeamSpec) -> None:
    for place, line in enumerate(team.lines):
        session.add(TeamLineRow(number=line, team_id=team.id, position=place))
    for place, staff in enumerate(team.members):
        session.add(MembershipRow(team_id=team.id, staff_id=staff, position=place))
    replace_ladder(session, team.id, team.ladder)
    replace_rotations(session, team.id, team.rotations)
    replace_overrides_of_file(session, team.id, team.overrides)


def _clients(session: Session, agency: Agency, now: datetime) -> None:
    known = {row.id: row for row in session.exec(select(ClientRow))}
    named = {spec.id for spec in agency.clients}
    for spec in agency.clients:
        row = _client(session, known.get(spec.id), spec)
        if clients.enrol(session, row, spec.team, now):
            identities.compare_again(session, row)
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
            "identity": {**_identity(spec), **identities.learned(known)},
        }
    )
    session.add(row)
    session.flush()
    if row.number is None:
        raise ValueError("the database gave the client no number")
    session.exec(delete(ClientPhoneRow).where(col(ClientPhoneRow.client_number) == row.number))
    for phone in spec.phones:
        session.add(ClientPhoneRow(client_number=row.number, phone=phone))
    identities.write_keys(session, row, spec.phones)
    return row.number


def _identity(spec: ClientSpec) -> dict[str, object]:
    home = Address(spec.address, spec.city, spec.state, spec.zip)
    numbers = [
        Identifier(IdentifierKind.RECORD, value, hospital)
        for hospital, value in spec.records.items()
    ]
    if spec.medicaid:
        numbers.append(Identifier(IdentifierKind.MEDICAID, spec.medicaid))
    return identities.identity(
        map(PersonName.written, spec.aliases),
        spec.sex,
        [home] if home != Address() else [],
        numbers,
    )


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


def _hospitals(session: Session, specs: tuple[HospitalSpec, ...]) -> None:
    """What the file says of how their messages are understood replaces what it said before.

    What it doesn't say stays as people have set it; what it says no longer is as usual again.
    """
    named = {spec.id for spec in specs}
    for row in session.exec(select(HospitalRow)):
        row.active = row.id in named
        session.add(row)
    for spec in specs:
        row = session.get(HospitalRow, spec.id) or HospitalRow(
            id=spec.id, name=spec.name, timezone=spec.timezone, rules={}
        )
        said = {
            "known_as": list(spec.known_as),
            "psychiatric": spec.psychiatric,
            "psychiatric_units": list(spec.psychiatric_units),
            **spec.hl7,
        }
        if spec.hl7:
            said["from_file"] = sorted(spec.hl7)
        before = {"from_file", *row.rules.get("from_file", ())}
        kept = {name: value for name, value in row.rules.items() if name not in before}
        row.sqlmodel_update(
            {
                "name": spec.name,
                "timezone": spec.timezone,
                "phone": spec.phone,
                "rules": {**kept, **said},
                "in_charge_id": spec.in_charge,
                "active": True,
            }
        )
        session.add(row)
    session.flush()
