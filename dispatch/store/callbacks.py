"""Calls back as rows, and the number under which a client can be called.

Whoever locks a crisis and a call back locks the crisis first.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from dispatch.callback_tables import CallBackRow
from dispatch.caller import phone_number
from dispatch.store import crises
from dispatch.tables import CrisisLineRow
from oncall.model import StaffId


class Stage(StrEnum):
    """How far a call back has come."""

    RINGING = "ringing"
    """The worker's phone is being rung, or will be in a moment."""
    ASKING = "asking"
    """The worker is on the line and is being asked something."""
    CLIENT = "client"
    """The client's phone is being rung."""
    TALKING = "talking"
    """The two are connected."""
    ENDED = "ended"


def create(session: Session, row: CallBackRow) -> bool:
    """Write a new one; False while another of the same worker runs."""
    values = insert(CallBackRow).values(**row.model_dump()).on_conflict_do_nothing()
    return session.execute(values.returning(col(CallBackRow.id))).first() is not None


def find(session: Session, id_: str) -> CallBackRow | None:
    """The call back of this name, as it was a moment ago."""
    return session.get(CallBackRow, id_, populate_existing=True)


def lock(session: Session, id_: str) -> CallBackRow | None:
    """The call back of this name, locked until the transaction ends."""
    query = select(CallBackRow).where(CallBackRow.id == id_).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).first()


def running_for(session: Session, ref: str) -> Sequence[CallBackRow]:
    """Those that run for a crisis, locked; the crisis is locked already."""
    query = select(CallBackRow).where(
        CallBackRow.crisis_ref == ref, col(CallBackRow.ended_at).is_(None)
    )
    locked = query.order_by(col(CallBackRow.id)).with_for_update()
    return session.exec(locked.execution_options(populate_existing=True)).all()


def runs_of(session: Session, staff: StaffId) -> bool:
    """Whether a call back of this worker runs."""
    query = select(CallBackRow.id).where(
        CallBackRow.staff_id == staff, col(CallBackRow.ended_at).is_(None)
    )
    return session.exec(query.limit(1)).first() is not None


def rung_in_vain(session: Session, staff: StaffId, since: datetime) -> int:
    """How often a worker was rung since then without having pressed a key."""
    query = select(CallBackRow.id).where(
        CallBackRow.staff_id == staff,
        col(CallBackRow.asked_at) > since,
        col(CallBackRow.ended_at).is_not(None),
        CallBackRow.attempt == 0,
    )
    return len(session.exec(query).all())


def is_talking(session: Session, ref: str) -> bool:
    """Whether a worker is connected with the client of this crisis by a call back."""
    query = select(CallBackRow.id).where(
        CallBackRow.crisis_ref == ref,
        CallBackRow.stage == Stage.TALKING.value,
        col(CallBackRow.ended_at).is_(None),
    )
    return session.exec(query.limit(1)).first() is not None


def due(session: Session, now: datetime) -> Sequence[str]:
    """The names of those of which something should have been heard by now."""
    query = select(CallBackRow.id).where(
        col(CallBackRow.ended_at).is_(None), col(CallBackRow.due_at) <= now
    )
    return session.exec(query.order_by(col(CallBackRow.due_at)).limit(50)).all()


def number_to_call(session: Session, ref: str) -> str | None:
    """Where the client of a crisis is called back; None where every number was withheld.

    The newest contact counts, and in it the number that was given for calling back. A crisis line's
    own number is the last choice: it reaches the line, not the client.
    """
    numbers = [
        number
        for one in reversed(crises.contacts(session, ref))
        for number in (phone_number(one.callback), phone_number(one.phone))
        if number is not None
    ]
    of_lines = {phone_number(one) for one in session.exec(select(CrisisLineRow.callback))}
    own = [number for number in numbers if number not in of_lines]
    return next(iter(own or numbers), None)
