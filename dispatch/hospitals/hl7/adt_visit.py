"""The stay or visit that a message tells of: PV1, PV2 and DG1."""

from dispatch.hospitals.hl7.hearing import Hearing, plain
from dispatch.hospitals.hl7.senders import SenderRules
from dispatch.hospitals.notice import Setting, Visit
from dispatch.hospitals.visit_numbers import visit_number


def visit(hearing: Hearing, rules: SenderRules) -> Visit:
    """Return the visit, as far as a message says anything of it.

    Where it has no number of its own (PV1-19), the account (PID-18) is what the hospital knows it
    by. The facility is that of the bed (PV1-3), else of the sender (MSH-4).
    """
    place = rules.legal_status_at
    return Visit(
        number=visit_number(hearing.text("PV1", 19)) or visit_number(hearing.text("PID", 18)),
        setting=_setting(hearing, rules),
        facility=hearing.text("PV1", 3, 4) or hearing.text("MSH", 4),
        unit=hearing.text("PV1", 3),
        legal_status=rules.legal_status(hearing.text(*place)),
        attending=_attending(hearing),
        reason=_reason(hearing),
        admitted_at=hearing.moment("PV1", 44),
        discharged_at=hearing.moment("PV1", 45),
        planned_discharge=hearing.day("PV2", 9),
        disposition=" ".join(filter(None, (hearing.text("PV1", 36, at) for at in (1, 2)))),
    )


def _setting(hearing: Hearing, rules: SenderRules) -> Setting | None:
    code = hearing.text("PV1", 2)
    if code and not rules.knows(code):
        hearing.doubt("The patient class (PV1-2) isn't known: name it in the sender's rules.")
    return rules.setting(code)


def _attending(hearing: Hearing) -> str:
    """Return the attending's name, given name first; their number where nothing else is told."""
    given, family = hearing.text("PV1", 7, 3), hearing.text("PV1", 7, 2)
    return " ".join(filter(None, (given, family))) or hearing.text("PV1", 7)


def _reason(hearing: Hearing) -> str:
    """Return the reason for admission (PV2-3), else the first diagnosis that has words (DG1).

    A text is preferred to its code.
    """
    if told := hearing.text("PV2", 3, 2) or hearing.text("PV2", 3):
        return told
    for diagnosis in hearing.segments("DG1"):
        code = diagnosis.field(3)
        places = (code.component(2), diagnosis.field(4).component(1), code.component(1))
        if told := next(filter(None, map(plain, places)), ""):
            return told
    return ""
