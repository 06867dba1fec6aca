"""Takes in HL7 v2: every message is kept, with its acknowledgement, before that may leave.

What came in one piece is kept in one transaction: a batch is there as a whole, or not at all.
Nothing here looks at our clients, so no answer, nor its time, can tell whether somebody is one.
"""

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from dispatch.commands.sender_rules import (
    UNKNOWN,
    Certificate,
    Sender,
    Senders,
    names_in,
    senders,
)
from dispatch.hospitals.hl7 import framing
from dispatch.hospitals.hl7.acknowledgement import (
    Outcome,
    acknowledgement,
    batch_acknowledgement,
    refusal,
)
from dispatch.hospitals.hl7.adt import why_not_meant
from dispatch.hospitals.hl7.envelope import Batch, split_batch
from dispatch.hospitals.hl7.er7 import Message, read
from dispatch.hospitals.hl7.hearing import plain
from dispatch.hospitals.notice import Unreadable
from dispatch.store import inbox
from dispatch.store.inbox import Channel, Kept, Letter
from dispatch.unit_of_work import UnitsOfWork

MOST_IN_A_BATCH = 5_000
"""So many messages are kept in one transaction: seconds of work. Hospitals send some dozens."""

_ID_LENGTH = 20
"""HL7 v2.5.1, 2.15.9.10: as long as a control id may be."""

_WORDS = {
    framing.Unfinished: "It has no end: the line broke, or another message began. "
    "Its last part may be missing.",
    framing.Stray: "It stood outside of the frame in which messages are sent.",
    framing.TooLong: f"It is longer than {framing.LIMIT} bytes: only its beginning was kept.",
}
"""Why what is no whole message is in quarantine."""

_TOO_MANY = f"The batch has more than {MOST_IN_A_BATCH} messages: send it in parts."


@dataclass(frozen=True, slots=True)
class Origin:
    """By which way something comes, and what is proved of who sends it, before a byte is read.

    `hospital` is whose token came with it; `certificate` the one that the line was opened with.
    """

    channel: Channel
    hospital: str | None = None
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be sent back; `raw` is empty where its sender wants no answer.

    `charset` is how HTTP names its character set, "" where messages in several were answered.
    """

    raw: bytes
    charset: str = ""


def take(units: UnitsOfWork, origin: Origin, raw: bytes) -> Answer:
    """Keep what came in one piece, and return what is answered: the same for what comes again."""
    batch = split_batch(raw)
    if len(batch.messages) > MOST_IN_A_BATCH:
        return _take_whole(units, origin, raw, Unreadable(_TOO_MANY))
    opened = [_opened(one) for one in batch.messages]
    with units.storing() as (session, now):
        known = senders(session)
        kept = [_keep(session, now, known, origin, one) for one in opened]
    charsets = {_charset(one) for one in opened}
    charset = charsets.pop() if len(charsets) == 1 else ""
    if not batch.header and len(kept) <= 1:
        return Answer(kept[0].answer if kept else _nothing_there(raw, now), charset or "us-ascii")
    return Answer(_in_one(batch, raw, kept, now), charset)


def take_damaged(
    units: UnitsOfWork, origin: Origin, what: framing.Unfinished | framing.Stray | framing.TooLong
) -> Answer:
    """Keep what came over a line and is no whole message, for a person to look at.

    Only one that is too long is answered: whoever sent the others waits for the end of the line or
    sends again. Of bytes in which no message begins nothing is kept: anybody may knock at a port.
    """
    raw = what.head if isinstance(what, framing.TooLong) else what.raw
    why = Unreadable(_WORDS[type(what)])
    if isinstance(what, framing.TooLong):
        return _take_whole(units, origin, raw, why)
    if any(isinstance(_opened(one).message, Message) for one in split_batch(raw).messages):
        _take_whole(units, origin, raw, why, answered=False)
    return Answer(b"")


@dataclass(frozen=True, slots=True)
class _Opened:
    """A message with its header read, or why that can't be."""

    raw: bytes
    message: Message | Unreadable

    @property
    def control_id(self) -> str:
        """Its sender's own name for it (MSH-10)."""
        if isinstance(self.message, Unreadable):
            return ""
        return plain(self.message.first("MSH").field(10).component(1))


def _opened(raw: bytes) -> _Opened:
    try:
        return _Opened(raw, read(raw))
    except Unreadable as why:
        return _Opened(raw, why)


def _sender(origin: Origin, known: Senders, one: _Opened) -> tuple[Sender | None, bool]:
    """Who sends it, and whether that is proved."""
    if origin.hospital is not None:
        return known.called(origin.hospital), True
    bound = None if origin.certificate is None else known.bound_to(origin.certificate)
    if bound is not None:
        return bound, True
    return (known.named_in(one.message) if isinstance(one.message, Message) else None), False


def _letter(origin: Origin, sender: Sender | None, one: _Opened, *, proved: bool) -> Letter:
    """What is kept, still without its answer.

    Who has proved who they are is another sender than who only says so: else a stranger could have
    sent it before, in their name.
    """
    called = ""
    if isinstance(one.message, Message):
        facility, _, program, _ = names_in(one.message)
        called = f"{program}|{facility}"
    by = f"{sender.id}/{called}" if sender is not None and proved else called
    hospital = None if sender is None else sender.id
    return Letter(origin.channel, hospital, by, one.control_id, one.raw, b"")


def _keep(session: Session, now: datetime, known: Senders, origin: Origin, one: _Opened) -> Kept:
    """Keep one message with its answer."""
    sender, proved = _sender(origin, known, one)
    rules = UNKNOWN if sender is None else sender.rules
    letter = _letter(origin, sender, one, proved=proved)
    own_id = _own_id(letter.digest)
    match one.message:
        case Unreadable() as why:
            answer = refusal(why, own_id, now, rules.refusal)
        case message:
            why_not = why_not_meant(message, rules)
            outcome = Outcome.ACCEPTED if why_not is None else rules.refusal
            answer = acknowledgement(message, outcome, own_id, now, why_not or "") or b""
    return inbox.keep(session, replace(letter, answer=answer), now)


def _take_whole(
    units: UnitsOfWork, origin: Origin, raw: bytes, why: Unreadable, *, answered: bool = True
) -> Answer:
    """Keep it as it is, in quarantine: beside the same message, should it come whole."""
    one = _opened(raw)
    with units.storing() as (session, now):
        known = senders(session)
        sender, proved = _sender(origin, known, one)
        letter = _letter(origin, sender, one, proved=proved)
        letter = replace(letter, sender=f"{letter.sender} (not whole)")
        outcome = (UNKNOWN if sender is None else sender.rules).refusal
        if answered:
            letter = replace(letter, answer=_refused(one, why, outcome, letter, now))
        kept = inbox.keep(session, letter, now, quarantined=str(why))
    return Answer(kept.answer, _charset(one))


def _refused(
    one: _Opened, why: Unreadable, outcome: Outcome, letter: Letter, now: datetime
) -> bytes:
    own_id = _own_id(letter.digest)
    if isinstance(one.message, Unreadable):
        return refusal(why, own_id, now, outcome)
    return acknowledgement(one.message, outcome, own_id, now, str(why)) or b""


def _in_one(batch: Batch, raw: bytes, kept: list[Kept], now: datetime) -> bytes:
    """The answers to a batch as one, the same when it comes again; none where none is wanted."""
    answers = [one.answer for one in kept if one.answer]
    if kept and not answers:
        return b""
    at = kept[0].received_at if kept else now
    return batch_acknowledgement(batch.header, answers, _own_id(raw), at)


def _nothing_there(raw: bytes, now: datetime) -> bytes:
    """The answer to an empty frame: there is nothing to keep."""
    return refusal(Unreadable("The message is empty."), _own_id(raw), now)


def _own_id(of: bytes) -> str:
    """A control id of ours for an answer: the same for the same."""
    digest = hashlib.sha256(b"answer" + of).digest()
    return "V" + base64.b32encode(digest).decode()[: _ID_LENGTH - 1]


_CHARSETS = {"ascii": "us-ascii", "cp1252": "windows-1252", "latin-1": "iso-8859-1"}
"""Python's names of codecs that HTTP calls otherwise."""


def _charset(one: _Opened) -> str:
    if isinstance(one.message, Unreadable):
        return "us-ascii"
    codec = one.message.codec
    return _CHARSETS.get(codec, codec.replace("iso8859", "iso-8859"))
