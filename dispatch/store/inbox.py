"""The inbox of what hospitals send: kept once, read in the order in which it came."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import bindparam, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, defer
from sqlmodel import Session, col, select

from dispatch.hospital_tables import InboxRow

LONGEST_NAME = 200
"""So many characters of a sender and of a message id are kept to find them by: an entry of an index
has room for 2,700 bytes. What came is kept whole, and is told apart whole."""


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
    """What is answered, and when it came: of what came first, where this is a repeat."""

    answer: bytes
    is_new: bool
    received_at: datetime


_KEEP = (
    insert(InboxRow).on_conflict_do_nothing(index_elements=["digest"]).returning(col(InboxRow.id))
)
_KEPT_BEFORE = (
    update(InboxRow)
    .where(col(InboxRow.digest) == bindparam("same"))
    .values(repeats=InboxRow.repeats + 1)
    .returning(col(InboxRow.answer), col(InboxRow.received_at))
)


def keep(session: Session, letter: Letter, now: datetime, quarantined: str = "") -> Kept:
    """Put it into the inbox, once. A repeat waits for the first to be committed.

    `quarantined` is why it is of no use to read it: then it waits for a person at once.
    """
    row = {
        "received_at": now,
        "channel": letter.channel.value,
        "hospital_id": letter.hospital,
        "sender": _plain(letter.sender),
        "message_id": _plain(letter.message_id),
        "digest": letter.digest,
        "raw": letter.raw,
        "answer": letter.answer,
        "state": (LetterState.QUARANTINED if quarantined else LetterState.WAITING).value,
        "reason": quarantined,
        "settled_at": now if quarantined else None,
        "repeats": 0,
    }
    # Past the ORM, and by statements that are built once: hundreds may come in a second.
    connection = session.connection()
    if connection.execute(_KEEP, row).first() is not None:
        return Kept(letter.answer, is_new=True, received_at=now)
    answer, received_at = connection.execute(_KEPT_BEFORE, {"same": letter.digest}).one()
    return Kept(bytes(answer), is_new=False, received_at=received_at)


def _plain(text: str) -> str:
    """What PostgreSQL can hold, also in an index: no NUL, no half of a surrogate pair, not long."""
    return text.replace("\x00", "").encode(errors="replace").decode()[:LONGEST_NAME]


def is_waiting(session: Session) -> bool:
    """Whether anything waits to be read."""
    query = select(InboxRow.id).where(InboxRow.state == LetterState.WAITING.value)
    return session.exec(query.limit(1)).first() is not None


def claim(session: Session, but: Collection[int] = ()) -> InboxRow | None:
    """The oldest letter that waits to be read and that nobody else is reading, locked.

    `but` are letters that are left for later.
    """
    query = (
        select(InboxRow)
        .where(InboxRow.state == LetterState.WAITING.value, col(InboxRow.id).not_in(but))
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


_raw = cast(InstrumentedAttribute[bytes], InboxRow.raw)
_answer = cast(InstrumentedAttribute[bytes], InboxRow.answer)


def listed(
    session: Session,
    state: LetterState | None,
    hospital: str | None,
    before: int | None,
    limit: int,
) -> Sequence[tuple[InboxRow, int]]:
    """What came, the newest first: of one state, of one hospital, or all; older than `before`.

    Each with the number of its bytes, which themselves are not fetched: they may be megabytes.
    """
    size = func.octet_length(InboxRow.raw)
    query = select(InboxRow, size).options(defer(_raw), defer(_answer))
    if state is not None:
        query = query.where(InboxRow.state == state.value)
    if hospital is not None:
        query = query.where(InboxRow.hospital_id == hospital.replace("\x00", ""))
    if before is not None:
        query = query.where(col(InboxRow.id) < before)
    rows = session.exec(query.order_by(col(InboxRow.id).desc()).limit(limit))
    return [(row, bytes_) for row, bytes_ in rows]


def counts(session: Session) -> dict[str, int]:
    """How many letters are in each state."""
    query = select(InboxRow.state, func.count()).group_by(col(InboxRow.state))
    return dict(session.exec(query).all())


def quarantined(session: Session) -> dict[str, int]:
    """How many letters of each hospital are in quarantine."""
    query = (
        select(InboxRow.hospital_id, func.count())
        .where(
            InboxRow.state == LetterState.QUARANTINED.value,
            col(InboxRow.hospital_id).is_not(None),
        )
        .group_by(col(InboxRow.hospital_id))
    )
    return {hospital or "": number for hospital, number in session.exec(query)}
