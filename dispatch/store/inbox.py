"""The inbox of what hospitals send: kept once, read in the order in which it came."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from dispatch.hospital_tables import InboxRow


class Channel(StrEnum):
    """The way by which something came."""

    MLLP = "mllp"
    HL7 = "hl7"
    FHIR = "fhir"
    WEBHOOK = "webhook"
    FORM = "form"
    PHONE = "phone"
    """Told by phone, written down by the staff."""


class LetterState(StrEnum):
    """How far something that came has got."""

    WAITING = "waiting"
    READ = "read"
    PASSED_OVER = "passed_over"
    """Understood, and nothing that an episode is made of."""
    QUARANTINED = "quarantined"
    """Not understood; a person looks at it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What came, by which way, and what will be answered once it is kept.

    `hospital` is None where it is not known who they are; `sender` is what the channel knows of
    whoever sent it, `message_id` their own name for it.
    """

    channel: Channel
    hospital: str | None
    sender: str
    message_id: str
    raw: bytes
    answer: bytes

    @property
    def digest(self) -> bytes:
        """What tells it from every other: the same again is a repeat."""
        head = "\x1f".join((self.channel, self.sender, self.message_id))
        return hashlib.sha256(head.encode(errors="replace") + b"\x1e" + self.raw).digest()


@dataclass(frozen=True, slots=True)
class Kept:
    """What is answered: of what came first, where this is a repeat."""

    answer: bytes
    is_new: bool


def keep(session: Session, letter: Letter, now: datetime) -> Kept:
    """Put it into the inbox, once. A repeat waits for the first to be committed."""
    row = {
        "received_at": now,
        "channel": letter.channel.value,
        "hospital_id": letter.hospital,
        "sender": _plain(letter.sender),
        "message_id": _plain(letter.message_id),
        "digest": letter.digest,
        "raw": letter.raw,
        "answer": letter.answer,
        "state": LetterState.WAITING.value,
        "reason": "",
        "repeats": 0,
    }
    query = insert(InboxRow).values(row).on_conflict_do_nothing(index_elements=["digest"])
    if session.execute(query.returning(col(InboxRow.id))).first() is not None:
        return Kept(letter.answer, is_new=True)
    again = (
        update(InboxRow)
        .where(col(InboxRow.digest) == letter.digest)
        .values(repeats=InboxRow.repeats + 1)
        .returning(col(InboxRow.answer))
    )
    return Kept(bytes(session.execute(again).scalar_one()), is_new=False)


def _plain(text: str) -> str:
    """What PostgreSQL can hold: neither NUL nor half of a surrogate pair."""
    return text.replace("\x00", "").encode(errors="replace").decode()


def claim(session: Session) -> InboxRow | None:
    """The oldest letter that waits to be read and that nobody else is reading, locked."""
    query = (
        select(InboxRow)
        .where(InboxRow.state == LetterState.WAITING.value)
        .order_by(col(InboxRow.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.exec(query).first()


def settle(session: Session, row: InboxRow, state: LetterState, reason: str, now: datetime) -> None:
    """Say what has become of a letter."""
    row.state, row.reason, row.settled_at = state.value, reason, now
    session.add(row)


def came_before(session: Session, row: InboxRow) -> bool:
    """Whether the same sender has used the same message id for something else before."""
    if not row.message_id:
        return False
    query = select(InboxRow.id).where(
        InboxRow.channel == row.channel,
        InboxRow.sender == row.sender,
        InboxRow.message_id == row.message_id,
        col(InboxRow.id) < row.id,
    )
    return session.exec(query.limit(1)).first() is not None


def replay(session: Session, letter: int) -> bool:
    """Let a letter be read again; says whether there is one that can be."""
    query = (
        update(InboxRow)
        .where(
            col(InboxRow.id) == letter,
            col(InboxRow.state) != LetterState.WAITING.value,
            func.octet_length(InboxRow.raw) > 0,  # else it was forgotten
        )
        .values(state=LetterState.WAITING.value, settled_at=None)
        .returning(col(InboxRow.id))
    )
    return session.execute(query).first() is not None


def quarantine(session: Session, limit: int = 100) -> Sequence[InboxRow]:
    """What a person must look at, the newest first."""
    query = select(InboxRow).where(InboxRow.state == LetterState.QUARANTINED.value)
    return session.exec(query.order_by(col(InboxRow.id).desc()).limit(limit)).all()


def last_heard(session: Session) -> dict[str, datetime]:
    """When each hospital has sent something last."""
    query = (
        select(InboxRow.hospital_id, func.max(InboxRow.received_at))
        .where(col(InboxRow.hospital_id).is_not(None))
        .group_by(col(InboxRow.hospital_id))
    )
    return {hospital: at for hospital, at in session.exec(query) if hospital is not None}
