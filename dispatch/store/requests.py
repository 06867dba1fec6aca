"""Cover requests and swaps, who is asked, and what they have answered."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, or_, select

from dispatch.references import is_reference
from oncall.duty_tables import ShiftAskRow, ShiftRequestRow
from oncall.model import StaffId, TeamId

OPEN = ("open", "lead")
"""The states in which a request can still come to something."""


def create(session: Session, row: ShiftRequestRow) -> bool:
    """Write a new request; False when its reference was given to another one, even just now."""
    query = insert(ShiftRequestRow).values(row.model_dump()).on_conflict_do_nothing()
    return session.execute(query.returning(col(ShiftRequestRow.ref))).first() is not None


def hold_requests_of(session: Session, staff: StaffId) -> None:
    """Let one request of a person be written at a time."""
    key = func.hashtextextended(f"request/{staff}", 0)
    session.execute(select(func.pg_advisory_xact_lock(key)))


def find(session: Session, ref: str) -> ShiftRequestRow | None:
    """The request with this reference, without locking it."""
    return session.get(ShiftRequestRow, ref.upper()) if is_reference(ref) else None


def lock(session: Session, ref: str, *, wait: bool = True) -> ShiftRequestRow | None:
    """The request with this reference, locked until the transaction ends: the first yes wins.

    Without `wait`, None also where somebody else holds it.
    """
    if not is_reference(ref):
        return None
    query = select(ShiftRequestRow).where(ShiftRequestRow.ref == ref.upper())
    query = query.with_for_update(skip_locked=not wait)
    return session.exec(query.execution_options(populate_existing=True)).first()


def asks(session: Session, ref: str) -> Sequence[ShiftAskRow]:
    """Everybody who was asked, in the order in which they were."""
    query = select(ShiftAskRow).where(ShiftAskRow.ref == ref)
    query = query.order_by(col(ShiftAskRow.wave), col(ShiftAskRow.asked_at), ShiftAskRow.staff_id)
    return session.exec(query.execution_options(populate_existing=True)).all()


def undecided(session: Session) -> Sequence[ShiftRequestRow]:
    """Every request that can still come to something."""
    query = select(ShiftRequestRow).where(col(ShiftRequestRow.due_at).is_not(None))
    return session.exec(query.order_by(col(ShiftRequestRow.due_at))).all()


def of_team(
    session: Session, team: TeamId, limit: int, *, only_open: bool
) -> Sequence[ShiftRequestRow]:
    """A team's requests, the newest first."""
    query = select(ShiftRequestRow).where(ShiftRequestRow.team_id == team)
    if only_open:
        query = query.where(col(ShiftRequestRow.state).in_(OPEN))
    return session.exec(query.order_by(col(ShiftRequestRow.made_at).desc()).limit(limit)).all()


def about(session: Session, staff: StaffId, closed_since: datetime) -> Sequence[ShiftRequestRow]:
    """What somebody asks or is asked: open, or closed since then; the newest first."""
    theirs = select(ShiftAskRow.ref).where(ShiftAskRow.staff_id == staff)
    query = select(ShiftRequestRow).where(
        or_(ShiftRequestRow.staff_id == staff, col(ShiftRequestRow.ref).in_(theirs)),
        or_(col(ShiftRequestRow.state).in_(OPEN), col(ShiftRequestRow.closed_at) >= closed_since),
    )
    return session.exec(query.order_by(col(ShiftRequestRow.made_at).desc())).all()


def made_by(session: Session, staff: StaffId) -> Sequence[ShiftRequestRow]:
    """The open requests about somebody's own shifts, the oldest first."""
    query = select(ShiftRequestRow).where(
        ShiftRequestRow.staff_id == staff, col(ShiftRequestRow.state).in_(OPEN)
    )
    return session.exec(query.order_by(col(ShiftRequestRow.made_at))).all()


def count_made_by(session: Session, staff: StaffId, since: datetime) -> int:
    """How many requests about somebody's own shifts were made since then, whatever came of them."""
    query = select(func.count()).select_from(ShiftRequestRow)
    query = query.where(ShiftRequestRow.staff_id == staff, col(ShiftRequestRow.made_at) > since)
    return session.exec(query).one()


def waiting_for(session: Session, staff: StaffId) -> Sequence[ShiftRequestRow]:
    """The open requests that wait for this person's answer, the oldest first."""
    query = (
        select(ShiftRequestRow)
        .join(ShiftAskRow, col(ShiftAskRow.ref) == col(ShiftRequestRow.ref))
        .where(
            ShiftAskRow.staff_id == staff,
            col(ShiftAskRow.answer).is_(None),
            ShiftRequestRow.state == "open",
        )
    )
    return session.exec(query.order_by(col(ShiftRequestRow.made_at))).all()


def waiting_for_leads(session: Session, teams: Collection[TeamId]) -> Sequence[ShiftRequestRow]:
    """The swaps of some teams that wait for a lead, the oldest first."""
    query = select(ShiftRequestRow).where(
        ShiftRequestRow.state == "lead", col(ShiftRequestRow.team_id).in_(teams)
    )
    return session.exec(query.order_by(col(ShiftRequestRow.made_at))).all()
