"""Says in our own words what a message of a hospital tells: HL7 v2 ADT to notices.

Whatever is missing or odd leaves a gap and a doubt; nothing here fails on what a message contains.
"""

import re
from dataclasses import replace
from datetime import datetime

from dispatch.hospitals.hl7.adt_events import EVENTS, UNKNOWN, Event, Scope
from dispatch.hospitals.hl7.adt_person import identifiers, person
from dispatch.hospitals.hl7.adt_visit import visit
from dispatch.hospitals.hl7.er7 import Message
from dispatch.hospitals.hl7.hearing import Hearing
from dispatch.hospitals.hl7.senders import SenderRules
from dispatch.hospitals.notice import Identifier, Notice, NoticeKind, Setting, Visit
from dispatch.hospitals.visit_numbers import visit_number

_ONLY_STRUCTURE = re.compile(r"ADT[_ -]?(A[0-9]{2})")
_PEOPLE = 1000
"""So many people are told of in one message, at most; a hospital merges a few at a time."""

_ADMISSIONS = (NoticeKind.ADMISSION, NoticeKind.ED_VISIT, NoticeKind.OUTPATIENT_VISIT)


def understand(message: Message, rules: SenderRules) -> tuple[Notice, ...]:
    """Return what a message tells: one notice, or one of each person where it is about several.

    A message that isn't ADT, or whose event says nothing of a stay, is of the kind OTHER.
    """
    event, doubts = _event(message)
    match event.scope:
        case Scope.ONE:
            if message.names.count("PID") > 1:
                doubts = (*doubts, "There is more than one person (PID): the first is taken.")
            messages: tuple[Message, ...] = (message,)
        case Scope.JOINED | Scope.MOVED | Scope.VISIT_RENAMED | Scope.SEVERAL:
            messages = message.groups("PID", ("MSH", "EVN"))
    if len(messages) > _PEOPLE:
        doubts = (*doubts, f"It is about more than {_PEOPLE} people (PID): the rest isn't read.")
    return tuple(_notice(one, event, rules, doubts) for one in messages[:_PEOPLE])


def why_not_meant(message: Message, rules: SenderRules) -> str | None:
    """Say why a message isn't to be acted on, or None when it is: tests and training (MSH-11).

    A message that doesn't say is meant: that field is required, and yet left out by some.
    """
    hearing = Hearing(message, rules.zone)
    processing = hearing.text("MSH", 11).upper()
    if not processing or processing in rules.processing:
        return None
    match processing:
        case "T":
            return "The sender marks it as training (MSH-11 is T)."
        case "D":
            return "The sender marks it as a test of the interface (MSH-11 is D)."
        case _:
            return "The sender marks it (MSH-11) as none that is meant."


def _event(message: Message) -> tuple[Event, tuple[str, ...]]:
    """Return what the message type says (MSH-9); EVN-1, which is often wrong, only in its stead."""
    msh9 = message.first("MSH").field(9)
    kind, code = (msh9.component(number).strip().upper() for number in (1, 2))
    if only := _ONLY_STRUCTURE.fullmatch(kind):
        kind, code = "ADT", code or only[1]
    if kind not in ("", "ADT"):
        return UNKNOWN, ()
    if code:
        return EVENTS.get(code, UNKNOWN), ()
    told = message.first("EVN").field(1).component(1).strip().upper()
    where = "it is taken from EVN-1" if told else "nor does EVN-1"
    return EVENTS.get(told, UNKNOWN), (f"MSH-9 doesn't say what has happened: {where}.",)


def _notice(message: Message, event: Event, rules: SenderRules, doubts: tuple[str, ...]) -> Notice:
    hearing = Hearing(message, rules.zone)
    whom = person(hearing)
    stay = visit(hearing, rules)
    kind = _kind(event.kind, stay.setting, hearing)
    retired: tuple[Identifier, ...] = ()
    match event.scope:
        case Scope.JOINED:
            prior = identifiers(hearing, "MRG", 1)
            # By its number alone: PID-3 may name who gave it where MRG-1 doesn't.
            kept = {one.value for one in whom.identifiers}
            retired = tuple(one for one in prior if one.value not in kept)
            if not retired:
                hearing.doubt("The merge names no identifier that is no more (MRG-1).")
        case Scope.MOVED:
            hearing.doubt("It was filed under a wrong person before (MRG): somebody has to look.")
        case Scope.VISIT_RENAMED:
            former = visit_number(hearing.text("MRG", 5) or hearing.text("MRG", 3))
            stay = replace(stay, former_number="" if former == stay.number else former)
        case Scope.ONE | Scope.SEVERAL:
            pass
    if not whom.identifiers and not whom.names:
        hearing.doubt("It doesn't say whom it is about (PID-3, PID-5).")
    sent_at = hearing.moment("MSH", 7)
    happened_at = _happened_at(kind, stay, hearing)
    doubts = (*message.oddities, *doubts, *hearing.doubts)
    return Notice(kind, whom, stay, happened_at, sent_at, retired, doubts)


def _kind(kind: NoticeKind, setting: Setting | None, hearing: Hearing) -> NoticeKind:
    """Return what an event means for somebody in this kind of care."""
    if kind is NoticeKind.OUTPATIENT_VISIT:
        match setting:
            case Setting.EMERGENCY:
                return NoticeKind.ED_VISIT
            case Setting.INPATIENT:
                hearing.doubt("A registration (A04) with an inpatient class: it is an admission.")
                return NoticeKind.ADMISSION
            case None:
                hearing.doubt("A registration (A04) that doesn't say of what kind (PV1-2).")
            case Setting.OBSERVATION | Setting.OUTPATIENT:
                pass
    elif kind is NoticeKind.ADMISSION and setting in (Setting.EMERGENCY, Setting.OUTPATIENT):
        hearing.doubt("An admission whose class (PV1-2) is no inpatient's.")
    return kind


def _happened_at(kind: NoticeKind, stay: Visit, hearing: Hearing) -> datetime | None:
    """Return when it happened (EVN-6), else when it was recorded (EVN-2), else what the visit says.

    EVN-6 is the time of the event itself, EVN-2 that of its being typed in, often hours later
    (HL7 v2.5.1, 3.4.1).
    """
    told = hearing.moment("EVN", 6) or hearing.moment("EVN", 2)
    if told is None and kind in _ADMISSIONS:
        return stay.admitted_at
    if told is None and kind is NoticeKind.DISCHARGE:
        return stay.discharged_at
    return told
