"""The events of HL7 v2 that tell of a stay or of a person, and what each of them says."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dispatch.hospitals.notice import NoticeKind


class Scope(StrEnum):
    """Of how many people an event tells, and what its prior identifiers (MRG) mean."""

    ONE = "one"
    """One person; prior identifiers aren't looked at."""
    JOINED = "joined"
    """For each person: the identifier in MRG-1 is no more, that in PID-3 stands for it."""
    MOVED = "moved"
    """For each person: what was filed under a wrong person (MRG) is theirs. That isn't a merge:
    the two stay two, so nothing is retired, and somebody has to look."""
    VISIT_RENAMED = "visit_renamed"
    """The visit, or its account, had another number before; the person is as before."""
    SEVERAL = "several"
    """Several people, none of whom becomes another."""


@dataclass(frozen=True, slots=True)
class Event:
    """What an event says, of whom."""

    kind: NoticeKind
    scope: Scope = Scope.ONE


_K, _S = NoticeKind, Scope
EVENTS: Mapping[str, Event] = (
    {
        "A01": Event(_K.ADMISSION),
        "A02": Event(_K.TRANSFER),
        "A03": Event(_K.DISCHARGE),
        "A04": Event(_K.OUTPATIENT_VISIT),
        "A05": Event(_K.ADMISSION_PLANNED),
        "A06": Event(_K.ADMISSION),
        "A07": Event(_K.OUTPATIENT),
        "A08": Event(_K.VISIT_UPDATE),
        "A11": Event(_K.ADMISSION_CANCELLED),
        "A12": Event(_K.TRANSFER_CANCELLED),
        "A13": Event(_K.DISCHARGE_CANCELLED),
        "A14": Event(_K.ADMISSION_PLANNED),
        "A16": Event(_K.DISCHARGE_PLANNED),
        "A17": Event(_K.VISIT_UPDATE, _S.SEVERAL),
        "A21": Event(_K.LEAVE_BEGINS),
        "A22": Event(_K.LEAVE_ENDS),
        "A24": Event(_K.OTHER, _S.SEVERAL),
        "A25": Event(_K.DISCHARGE_PLAN_CANCELLED),
        "A27": Event(_K.ADMISSION_PLAN_CANCELLED),
        "A28": Event(_K.PERSON_UPDATE),
        "A31": Event(_K.PERSON_UPDATE),
        "A37": Event(_K.OTHER, _S.SEVERAL),
        "A38": Event(_K.ADMISSION_PLAN_CANCELLED),
        "A43": Event(_K.PERSON_UPDATE, _S.MOVED),
        "A52": Event(_K.LEAVE_BEGINS_CANCELLED),
        "A53": Event(_K.LEAVE_ENDS_CANCELLED),
        "A54": Event(_K.VISIT_UPDATE),
        "A55": Event(_K.VISIT_UPDATE),
    }
    | dict.fromkeys(
        ("A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47", "A48"),
        Event(_K.MERGE, _S.JOINED),
    )
    | dict.fromkeys(
        ("A35", "A41", "A42", "A49", "A50", "A51"), Event(_K.VISIT_UPDATE, _S.VISIT_RENAMED)
    )
    | dict.fromkeys(("A44", "A45"), Event(_K.VISIT_UPDATE, _S.MOVED))
)
"""HL7 v2.5.1, chapter 3, and shared facts on hospitals, HL7 v2.

What isn't here, such as A09 and A10 (on the way within the house), A15 and A26 (a transfer planned)
or A60 (allergies), changes nothing that is counted. A24 links two records, be it of one person or
of a mother and her child, so it joins nobody.
"""

UNKNOWN = Event(NoticeKind.OTHER)
