"""Every try to reach somebody, with what came of it: the timeline shows them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from notifications.tables import AttemptRow, OutboxRow


class Outcome(StrEnum):
    """What came of a try."""

    SENT = "sent"
    """Twilio has taken it."""
    RETRIED = "retried"
    """It failed, and is tried again in a moment."""
    FAILED = "failed"
    """Twilio will not take it."""
    EXPIRED = "expired"
    """It could not be sent while it was worth sending."""
    MERGED = "merged"
    """Another page to the same person says it too."""
    CANCELLED = "cancelled"
    """It was not needed any more when its time came."""
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    UNREPORTED = "unreported"
    """Twilio never said what became of it, nor when it was asked."""
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    NO_KEY = "no-key"
    """Somebody or something picked up and pressed nothing: nobody was reached."""
    ACCEPTED = "accepted"
    DECLINED = "declined"


_RECORDED = "attempts"


def record(
    session: Session, row: OutboxRow, now: datetime, outcome: Outcome, code: int | None = None
) -> None:
    """Write down what came of a sending."""
    session.add(
        AttemptRow(
            outbox_id=row.id,
            crisis_ref=row.crisis_ref,
            staff_id=row.staff_id,
            kind=row.kind,
            at=now,
            outcome=outcome.value,
            code=code,
        )
    )
    session.info.setdefault(_RECORDED, []).append((row.kind, outcome))


def recorded(session: Session) -> Sequence[tuple[str, Outcome]]:
    """What this session has written down: kind and outcome. Counted once it is committed."""
    written: list[tuple[str, Outcome]] = session.info.get(_RECORDED, [])
    return written


def last_code(session: Session, row: OutboxRow) -> int | None:
    """Twilio's code for what came of the last try, if it gave one."""
    query = select(AttemptRow.code).where(AttemptRow.outbox_id == row.id)
    return session.exec(query.order_by(col(AttemptRow.id).desc()).limit(1)).first()


def of_crisis(session: Session, ref: str) -> Sequence[AttemptRow]:
    """Every try for a crisis, in order."""
    query = select(AttemptRow).where(AttemptRow.crisis_ref == ref).order_by(col(AttemptRow.id))
    return session.exec(query).all()
