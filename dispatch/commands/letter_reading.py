"""Reads a letter of the inbox into notices: each channel by its own reader, all into one shape."""

from dataclasses import dataclass
from typing import assert_never
from zoneinfo import ZoneInfo

from sqlmodel import Session

from dispatch.commands.sender_rules import rules_of, senders
from dispatch.hospital_tables import HospitalRow, InboxRow
from dispatch.hospitals import form
from dispatch.hospitals.fhir import bundle
from dispatch.hospitals.hl7 import adt, er7
from dispatch.hospitals.json_content import content
from dispatch.hospitals.notice import Notice, NoticeKind, Report, Unreadable
from dispatch.store.inbox import Channel

UNKNOWN_SENDER = (
    "It is not known which hospital sent this: add the name that stands in MSH-3 or MSH-4 to a "
    "hospital's settings (known as), and let it be read again."
)
NO_CONTENT = "What came was removed after the time for which it is kept: it can't be read again."


@dataclass(frozen=True, slots=True)
class Read:
    """What a letter tells. `report` is there where a person told it: of its one notice then."""

    notices: tuple[Notice, ...]
    report: Report | None = None

    @property
    def tells(self) -> bool:
        """Whether there is anything in it that an episode is made of, or that tells of a person."""
        return any(notice.kind is not NoticeKind.OTHER for notice in self.notices)


def read_letter(session: Session, row: InboxRow) -> Read:
    """Read a letter. Raises Unreadable with a reason for a person, which repeats no content."""
    if not row.raw:
        raise Unreadable(NO_CONTENT)
    hospital = session.get(HospitalRow, row.hospital_id or _known_since(session, row) or "")
    if hospital is None:
        raise Unreadable(UNKNOWN_SENDER)
    row.hospital_id = hospital.id
    match Channel(row.channel):
        case Channel.MLLP | Channel.HL7:
            return _hl7(row, hospital)
        case Channel.FHIR:
            return Read((bundle.read(row.raw, ZoneInfo(hospital.timezone)).notice,))
        case Channel.WEBHOOK | Channel.FORM | Channel.PHONE:
            return _form(row, hospital)
        case other:
            assert_never(other)


def _known_since(session: Session, row: InboxRow) -> str | None:
    """Whose letter it is that came before its hospital was known: so a replay finds them.

    Raises Unreadable for one that can't be read: nobody could be known by it.
    """
    if row.channel != Channel.MLLP.value:
        return None
    sender = senders(session).named_in(er7.read(row.raw))
    return None if sender is None else sender.id


def _hl7(row: InboxRow, hospital: HospitalRow) -> Read:
    message, rules = er7.read(row.raw), rules_of(hospital)
    if (why := adt.why_not_meant(message, rules)) is not None:
        raise Unreadable(why)
    return Read(adt.understand(message, rules))


def _form(row: InboxRow, hospital: HospitalRow) -> Read:
    try:
        body = content(row.raw)
    except (ValueError, RecursionError):
        raise Unreadable("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Unreadable("The body is no JSON object.")
    report = form.read(body, ZoneInfo(hospital.timezone), row.received_at)
    return Read((report.notice,), report)
