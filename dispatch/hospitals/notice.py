"""A notice of a hospital in our own words, whatever it was written in: HL7, FHIR, JSON or a form.

Everything in it but `kind` may be missing: hospitals leave out what they like. Times are aware and
UTC. Nothing here is ever shown to a sender, or written to a log.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class NoticeKind(StrEnum):
    """What a notice says has happened, or is going to (shared facts on hospitals, HL7 v2)."""

    ED_VISIT = "ed_visit"
    """Came to the emergency department: A04 with class E."""
    OUTPATIENT_VISIT = "outpatient_visit"
    """Came to a clinic, or anywhere but the emergency department: A04 with another class."""
    ADMISSION_PLANNED = "admission_planned"
    """Is going to be admitted, or waits for a bed: A05, A14. The best early warning."""
    ADMISSION_PLAN_CANCELLED = "admission_plan_cancelled"
    ADMISSION = "admission"
    ADMISSION_CANCELLED = "admission_cancelled"
    """The visit, inpatient or not, never was: A11."""
    TRANSFER = "transfer"
    TRANSFER_CANCELLED = "transfer_cancelled"
    OUTPATIENT = "outpatient"
    """An admission was made an outpatient visit after all: A07."""
    LEAVE_BEGINS = "leave_begins"
    """Away for some hours or days, still admitted: A21. Not a discharge."""
    LEAVE_BEGINS_CANCELLED = "leave_begins_cancelled"
    LEAVE_ENDS = "leave_ends"
    LEAVE_ENDS_CANCELLED = "leave_ends_cancelled"
    DISCHARGE_PLANNED = "discharge_planned"
    DISCHARGE_PLAN_CANCELLED = "discharge_plan_cancelled"
    DISCHARGE = "discharge"
    DISCHARGE_CANCELLED = "discharge_cancelled"
    """Is still there: A13. The episode is open again."""
    VISIT_UPDATE = "visit_update"
    """Something about the visit is told anew: A08. It may move a date."""
    PERSON_UPDATE = "person_update"
    """Something about the person is told anew: A31. It never opens an episode."""
    MERGE = "merge"
    """Two identifiers are one person: A40. `retired` names the one that is no more."""
    OTHER = "other"
    """Nothing that an episode is made of."""


class Setting(StrEnum):
    """In what kind of care somebody is."""

    EMERGENCY = "emergency"
    INPATIENT = "inpatient"
    OBSERVATION = "observation"
    """In a bed, not admitted: counted as not inpatient."""
    OUTPATIENT = "outpatient"


class LegalStatus(StrEnum):
    """Whether somebody is there by their own will."""

    VOLUNTARY = "voluntary"
    INVOLUNTARY = "involuntary"


class Sex(StrEnum):
    """What a sender says; everything but these two is told as nothing."""

    FEMALE = "female"
    MALE = "male"


class IdentifierKind(StrEnum):
    """What an identifier is good for."""

    RECORD = "record"
    """A record number of one hospital (MRN): the same number elsewhere is somebody else."""
    MEDICAID = "medicaid"
    SOCIAL_SECURITY = "social_security"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number of a person. `authority` is who gave it, as the sender writes it."""

    kind: IdentifierKind
    value: str
    authority: str = ""


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name, as it was written."""

    family: str = ""
    given: str = ""
    middle: str = ""
    suffix: str = ""

    @classmethod
    def written(cls, text: str) -> "PersonName":
        """A name that stands in one field: "Given Middle Family", or "Family, Given Middle"."""
        if "," in text:
            family, _, rest = text.partition(",")
            given, _, middle = rest.strip().partition(" ")
            return cls(family.strip(), given, middle.strip())
        *given_names, family = text.split() or [""]
        return cls(family, given_names[0] if given_names else "", " ".join(given_names[1:]))


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives."""

    line: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a notice is about, as the hospital knows them. `names` has the present one first.

    `birth_date` is there only where day, month and year were told. `phones` are as written.
    """

    names: tuple[PersonName, ...] = ()
    birth_date: date | None = None
    sex: Sex | None = None
    identifiers: tuple[Identifier, ...] = ()
    addresses: tuple[Address, ...] = ()
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay or visit, as the hospital tells it now. `number` is the hospital's own for it."""

    number: str = ""
    setting: Setting | None = None
    facility: str = ""
    unit: str = ""
    legal_status: LegalStatus | None = None
    attending: str = ""
    reason: str = ""
    admitted_at: datetime | None = None
    discharged_at: datetime | None = None
    planned_discharge: date | None = None
    decision_by: datetime | None = None
    """Until when it will be decided whether somebody is admitted, where that is still open."""
    disposition: str = ""
    """Where somebody was discharged to, or "AMA" and the like, as written."""
    former_number: str = ""
    """What the hospital called the visit before, where it has just renamed it: A42, A50."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. `happened_at` is when the event was, by its sender; `sent_at` when they wrote.

    `retired` are the identifiers which a merge has done away with. `doubts` says, in words a person
    can read, what was odd about it but did not stop it from being understood.
    """

    kind: NoticeKind
    person: Person = Person()
    visit: Visit = Visit()
    happened_at: datetime | None = None
    sent_at: datetime | None = None
    retired: tuple[Identifier, ...] = ()
    doubts: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who told us, where a person did: the team calls them back at `callback` (E.164)."""

    name: str
    callback: str
    role: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a person told on the form or by phone: the notice, and what only a person tells.

    `age` in years where no birth date is known. `may_visit` and `may_call` are None where nothing
    was said. `part_2` says that it comes from a substance use programme (42 CFR Part 2).
    """

    notice: Notice
    reporter: Reporter
    age: int | None = None
    safety: str = ""
    may_visit: bool | None = None
    may_call: bool | None = None
    discharge_planner: str = ""
    planning_meeting: datetime | None = None
    part_2: bool = False


class Unreadable(ValueError):  # noqa: N818  it reads as what it says
    """What came can't be understood; its words say what is wrong, where, and how to mend it.

    They repeat nothing that could be a client's.
    """
