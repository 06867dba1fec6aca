"""Clients and their teams: who may be calling from a number."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import Range
from sqlmodel import Session, col, select

from dispatch.tables import ClientPhoneRow, ClientRow, EnrolmentRow
from oncall.model import TeamId


@dataclass(frozen=True, slots=True)
class Candidate:
    """A client who may be the caller, and the team that is responsible for them now."""

    number: int
    id: str
    team: TeamId
    language: str


def candidates(session: Session, phone: str, now: datetime) -> list[Candidate]:
    """The enrolled clients who share this number, by their id."""
    query = (
        select(ClientRow, EnrolmentRow.team_id)
        .join(ClientPhoneRow, col(ClientPhoneRow.client_number) == col(ClientRow.number))
        .join(EnrolmentRow, col(EnrolmentRow.client_number) == col(ClientRow.number))
        .where(ClientPhoneRow.phone == phone, col(EnrolmentRow.during).contains(now))
        .order_by(col(ClientRow.id))
    )
    return [_candidate(row, team) for row, team in session.exec(query)]


def by_id(session: Session, client_id: str, now: datetime) -> Candidate | None:
    """An enrolled client by the agency's id."""
    query = (
        select(ClientRow, EnrolmentRow.team_id)
        .join(EnrolmentRow, col(EnrolmentRow.client_number) == col(ClientRow.number))
        .where(ClientRow.id == client_id, col(EnrolmentRow.during).contains(now))
    )
    found = session.exec(query).first()
    return None if found is None else _candidate(*found)


def _candidate(row: ClientRow, team: TeamId) -> Candidate:
    if row.number is None:
        raise ValueError("a client without a number was never written")
    return Candidate(row.number, row.id, team, row.language)


def team_of(session: Session, number: int, now: datetime) -> TeamId | None:
    """Whose a client is now."""
    query = select(EnrolmentRow.team_id).where(
        EnrolmentRow.client_number == number, col(EnrolmentRow.during).contains(now)
    )
    return session.exec(query).first()


def by_numbers(session: Session, numbers: list[int]) -> list[ClientRow]:
    """Clients by our own numbers, for those who may see their names."""
    if not numbers:
        return []
    query = select(ClientRow).where(col(ClientRow.number).in_(numbers)).order_by(col(ClientRow.id))
    return list(session.exec(query))


def enrol(session: Session, client_number: int, team: TeamId, now: datetime) -> bool:
    """Make a team responsible for a client from `now` on; ends what was before.

    Idempotent; says whether they are new to the team.
    """
    query = select(EnrolmentRow).where(
        EnrolmentRow.client_number == client_number, func.upper_inf(EnrolmentRow.during)
    )
    present = session.exec(query).first()
    if present is not None and present.team_id == team:
        return False
    start = now
    if present is not None:
        start = max(now, present.during.lower)  # clocks have been set back before
        end_enrolment(session, present, start)
    session.add(EnrolmentRow(client_number=client_number, team_id=team, during=Range(start, None)))
    session.flush()
    return True


def end_enrolment(session: Session, enrolment: EnrolmentRow, now: datetime) -> None:
    """End a team's responsibility at `now`; what was is kept."""
    enrolment.during = Range(enrolment.during.lower, now)
    session.add(enrolment)
    session.flush()


def enrolled(session: Session, now: datetime) -> list[EnrolmentRow]:
    """Every enrolment that holds at `now`."""
    return list(session.exec(select(EnrolmentRow).where(col(EnrolmentRow.during).contains(now))))


@dataclass(frozen=True, slots=True)
class CallerKnown:
    """What routing must know of whoever may be calling: no name, no id."""

    team: TeamId
    language: str


def callers(session: Session, now: datetime) -> dict[str, tuple[CallerKnown, ...]]:
    """Every number that an enrolled client may call from, as `candidates` would answer for it."""
    query = (
        select(ClientPhoneRow.phone, EnrolmentRow.team_id, ClientRow.language)
        .join(ClientRow, col(ClientPhoneRow.client_number) == col(ClientRow.number))
        .join(EnrolmentRow, col(EnrolmentRow.client_number) == col(ClientRow.number))
        .where(col(EnrolmentRow.during).contains(now))
        .order_by(col(ClientRow.id))
    )
    found: dict[str, tuple[CallerKnown, ...]] = {}
    for phone, team, language in session.exec(query):
        found[phone] = (*found.get(phone, ()), CallerKnown(team, language))
    return found
