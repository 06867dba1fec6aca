"""What is particular to one hospital's interface: its clock, its codes, its tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dispatch.hospitals.hl7.acknowledgement import Outcome
from dispatch.hospitals.notice import LegalStatus, Setting

COMMON_CLASSES: Mapping[str, Setting | None] = (
    dict.fromkeys(("E", "ED", "ER", "EMER", "EMERGENCY"), Setting.EMERGENCY)
    | dict.fromkeys(("I", "IP", "IMP", "INPT", "INPATIENT", "ACUTE", "B"), Setting.INPATIENT)
    | dict.fromkeys(("OBS", "OBSERVATION", "OBSENC", "OV", "SS"), Setting.OBSERVATION)
    | dict.fromkeys(("O", "OP", "OUTPT", "OUTPATIENT", "AMB", "R", "RECURRING"), Setting.OUTPATIENT)
    | dict.fromkeys(("P", "PREADMIT", "C", "N", "U"), None)
)
"""What a patient class (PV1-2) usually means: HL7 table 0004, the codes of FHIR and v3 (ActCode),
and words that are met. B is obstetrics, in a bed. P is somebody who has yet to come."""


class Place(NamedTuple):
    """Where in a message something stands: segment, field and component, counted from 1."""

    segment: str
    field: int
    component: int = 1


ADMISSION_TYPE = Place("PV1", 4)


@dataclass(frozen=True, slots=True)
class SenderRules:
    """How to understand one sender.

    `zone` is where its clock hangs: times without an offset are meant there. `classes` are its own
    patient classes, in capitals, before the common ones; None where one says nothing of the care.
    Whether somebody is there by their own will has no field in HL7, so senders choose one:
    `legal_status_at`. Both sets of codes are compared in capitals. `processing` are the
    processing ids (MSH-11) that are meant: others are tests and training (HL7 table 0103).
    `refusal` is how what we can't use is answered: some interfaces send what was refused for ever,
    or stop at it.
    """

    zone: ZoneInfo
    classes: Mapping[str, Setting | None] = field(default_factory=dict)
    legal_status_at: Place = ADMISSION_TYPE
    involuntary: frozenset[str] = frozenset({"INVOLUNTARY", "INVOL", "INV"})
    voluntary: frozenset[str] = frozenset({"VOLUNTARY", "VOL"})
    processing: frozenset[str] = frozenset({"P"})
    refusal: Outcome = Outcome.REFUSED

    def setting(self, patient_class: str) -> Setting | None:
        """Return in what kind of care a patient class is, or None when it doesn't say."""
        code = patient_class.upper()
        return self.classes[code] if code in self.classes else COMMON_CLASSES.get(code)

    def knows(self, patient_class: str) -> bool:
        """Whether a patient class has a meaning, be it that it says nothing of the care."""
        return patient_class.upper() in {**COMMON_CLASSES, **self.classes}

    def legal_status(self, code: str) -> LegalStatus | None:
        """Return what a code says about somebody's own will, or None when it says nothing."""
        if code.upper() in self.involuntary:
            return LegalStatus.INVOLUNTARY
        return LegalStatus.VOLUNTARY if code.upper() in self.voluntary else None
