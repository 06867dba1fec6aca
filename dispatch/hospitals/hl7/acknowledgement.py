"""Answers a message of a hospital: that it was received, or why it wasn't (HL7 v2.5.1, 2.9).

An answer repeats nothing of what was told but the names of the two systems and the control id.
Whether it may leave is decided elsewhere: only once the message is kept.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from dispatch.hospitals.hl7.charset import codec_of
from dispatch.hospitals.hl7.delimiters import Delimiters, escaped
from dispatch.hospitals.hl7.envelope import boundaries, in_lines
from dispatch.hospitals.hl7.er7 import Message, Segment
from dispatch.hospitals.notice import Unreadable

_USUAL_VERSION = "2.5.1"
_WANTED_FIELDS = 15, 16


class Outcome(StrEnum):
    """What has become of a message. The value is the second letter of the answer's code."""

    ACCEPTED = "A"
    """It is kept. Also for somebody whom we don't serve: a stranger learns nothing by it."""
    FAILED = "E"
    """It is kept, but can't be understood: a person has to look."""
    REFUSED = "R"
    """It wasn't taken: sending it again unchanged is of no use."""


def acknowledgement(
    message: Message, outcome: Outcome, control_id: str, at: datetime, text: str = ""
) -> bytes | None:
    """Return the answer to a message, or None when its sender wants none.

    `control_id` is the answer's own, and `at` when it is written. `text` (MSA-3) must be our own
    words: never anything that the message says. Raises ValueError when `at` has no time zone.
    """
    code = _code(message.first("MSH"), outcome)
    if code is None:
        return None
    lines = (
        _header(message, control_id, at),
        _joined(message.delimiters, "MSA", code, _raw(message, 10), _own(message, text)),
    )
    return _written(lines, message.codec)


def refusal(
    why: Unreadable, control_id: str, at: datetime, outcome: Outcome = Outcome.REFUSED
) -> bytes:
    """Return the answer to what has no usable header: AR unless told otherwise, without their id.

    Nothing is known of the sender's delimiters, character set or wishes, so it is in the usual ones
    and always sent. Raises ValueError when `at` has no time zone.
    """
    usual = Delimiters()
    header = _joined(
        usual,
        *("MSH", usual.encoding, "", "", "", "", _stamp(at), "", "ACK"),
        *(escaped(control_id, usual), "P", _USUAL_VERSION),
    )
    answer = _joined(usual, "MSA", f"A{outcome}", "", escaped(str(why), usual))
    return _written((header, answer), "ascii")


def batch_acknowledgement(
    header: str, answers: Sequence[bytes], control_id: str, at: datetime
) -> bytes:
    """Return the answers to the messages of a batch as one batch (HL7 v2.5.1, 2.10.3).

    One thing was received, so one is sent back: a sender that waits for one answer on the wire
    would take the second for the answer to its next message. `header` is the batch's own first
    line, as split_batch tells it; messages that came in a row without one get a usual one.
    Raises ValueError when `at` has no time zone.
    """
    found = next(boundaries(in_lines(header)), None)
    mark, encoding = (found.field, found.encoding) if found else ("|", Delimiters().encoding)
    told = [*header.split(mark), *[""] * 11]
    begins = mark.join(
        (
            *("BHS", encoding, told[4], told[5], told[2], told[3], _stamp(at)),
            *("", "", "", control_id.replace(mark, " "), told[10]),
        )
    )
    ends = f"BTS{mark}{len(answers)}"
    return b"".join(
        (_written((begins.rstrip(mark),), "latin-1"), *answers, _written((ends,), "latin-1"))
    )


def _code(header: Segment, outcome: Outcome) -> str | None:
    """Return what MSA-1 says, or None when no answer is wanted (HL7 tables 0008 and 0155).

    Without any wish it is the original mode, A and the outcome. With one, C answers what MSH-15
    asks for, that the message is kept; where only MSH-16 asks, for an answer of the application,
    it is A. A sender who wants both gets the first: that is what lets their queue go on.
    """
    accept, application = (
        header.field(number).component(1).strip().upper() for number in _WANTED_FIELDS
    )
    if not accept and not application:
        return "A" + outcome
    if _wanted(accept, outcome):
        return "C" + outcome
    return "A" + outcome if _wanted(application, outcome) else None


def _wanted(condition: str, outcome: Outcome) -> bool:
    """Whether an answer is wanted. A condition that isn't known is taken for "always"."""
    match condition:
        case "" | "NE":
            return False
        case "ER":
            return outcome is not Outcome.ACCEPTED
        case "SU":
            return outcome is Outcome.ACCEPTED
        case _:
            return True


def _header(message: Message, control_id: str, at: datetime) -> str:
    """Return the header of an answer: from whom the message was for, to whom it is from."""
    delimiters = message.delimiters
    kind = message.first("MSH").field(9)
    event = escaped(kind.component(2), delimiters)
    kinds = ["ACK", event, "ACK" if kind.component(3) else ""]
    answer_type = delimiters.component.join(kinds).rstrip(delimiters.component)
    charset = _raw(message, 18) if codec_of(_charset(message)) == message.codec else ""
    fields = (
        *("MSH", delimiters.encoding),
        *(_raw(message, number) for number in (5, 6, 3, 4)),
        *(_stamp(at), "", answer_type, _own(message, control_id)),
        *(_raw(message, 11) or "P", _raw(message, 12) or _USUAL_VERSION),
        *("", "", "", "", "", charset),
    )
    return _joined(delimiters, *fields)


def _charset(message: Message) -> str:
    return message.first("MSH").field(18).component(1)


def _raw(message: Message, number: int) -> str:
    """Return a field of the header as its sender wrote it, on one line."""
    return message.first("MSH").field(number).raw.replace("\n", " ").strip()


def _own(message: Message, text: str) -> str:
    return escaped(text, message.delimiters)


def _joined(delimiters: Delimiters, *fields: str) -> str:
    return delimiters.field.join(fields).rstrip(delimiters.field)


def _written(lines: Sequence[str], codec: str) -> bytes:
    return "".join(f"{line}\r" for line in lines).encode(codec, "replace")


def _stamp(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError(f"{at} lacks a time zone: say which instant is meant.")
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000")
