"""Reads a Da Vinci notification (FHIR R4, a bundle of type message) as a notice.

The header says which event it is and points to the Encounter, which is the visit as it stands now.
There is no event for undoing: an Encounter that is cancelled or entered in error never was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from dispatch.hospitals.fhir.patient import person_of
from dispatch.hospitals.fhir.shapes import (
    Bundle,
    Condition,
    Coverage,
    Encounter,
    MessageHeader,
    Named,
    Patient,
    Period,
    Reference,
    Shape,
)
from dispatch.hospitals.json_content import content
from dispatch.hospitals.notice import Notice, NoticeKind, Setting, Unreadable, Visit
from dispatch.hospitals.times import utc
from dispatch.hospitals.visit_numbers import visit_number

Part = TypeVar("Part", bound=Shape)

NEVER_WAS = frozenset({"cancelled", "entered-in-error"})
"""Statuses of an Encounter that did not take place."""

SETTINGS: Mapping[str, Setting] = {
    "EMER": Setting.EMERGENCY,
    "IMP": Setting.INPATIENT,
    "ACUTE": Setting.INPATIENT,
    "NONAC": Setting.INPATIENT,
    "PRENC": Setting.INPATIENT,
    "OBSENC": Setting.OBSERVATION,
    "SS": Setting.OBSERVATION,
    "AMB": Setting.OUTPATIENT,
    "HH": Setting.OUTPATIENT,
    "VR": Setting.OUTPATIENT,
    "FLD": Setting.OUTPATIENT,
}
"""HL7 v3 ActEncounterCode, the value set of Encounter.class in R4; SS is a short stay."""

TOLD_AT_ONCE = timedelta(hours=1)
"""How soon after a change of the record it is told by a hospital that tells what happens now."""

ATTENDING = frozenset({"ATND"})
"""HL7 v3 ParticipationType of whoever is responsible for the care."""


@dataclass(frozen=True, slots=True)
class Message:
    """A notification. `id` names it: one that is sent again has the same."""

    id: str
    notice: Notice


def read(raw: bytes, zone: ZoneInfo) -> Message:
    """Read a bundle. `zone` is the sender's, for dates without a time.

    Raises Unreadable where there is no header, no visit or no known event.
    """
    bundle = _shaped(Bundle, _json(raw), "the bundle")
    if bundle.resource_type != "Bundle" or bundle.type != "message":
        raise Unreadable("This is no Bundle of type message: send the notification as one.")
    resources = _Resources(bundle)
    header = _shaped(MessageHeader, resources.header(), "the MessageHeader")
    encounter = resources.focus(header)
    kind, doubts = _kind(_event(header), encounter)
    conditions = resources.all("Condition", Condition)
    coverages = resources.all("Coverage", Coverage)
    patient = resources.at(encounter.subject, "Patient", Patient)
    sent_at = instant(bundle.timestamp, zone)
    return Message(
        bundle.id or header.id,
        Notice(
            kind=kind,
            person=person_of(patient, coverages),
            visit=_visit(encounter, kind, conditions, resources, zone),
            happened_at=_happened_at(kind, encounter, sent_at, zone),
            sent_at=sent_at,
            doubts=doubts,
        ),
    )


def outcome(code: str, words: str) -> dict[str, Any]:
    """An OperationOutcome that says what is wrong; `code` is one of FHIR's issue types."""
    return _outcome("error", code, words)


def received(words: str) -> dict[str, Any]:
    """An OperationOutcome that says that all is well."""
    return _outcome("information", "informational", words)


def _outcome(severity: str, code: str, words: str) -> dict[str, Any]:
    issue = {"severity": severity, "code": code, "details": {"text": words}}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def instant(written: str, zone: ZoneInfo) -> datetime | None:
    """A FHIR dateTime as UTC; a day alone is its first moment in `zone`, less than a day nothing.

    Nonsense is nothing too.
    """
    if len(written) < len("2026-01-01"):
        return None
    try:
        return utc(datetime.fromisoformat(written), zone)
    except ValueError:
        return None


def _json(raw: bytes) -> Any:
    try:
        return content(raw)
    except (ValueError, RecursionError):
        raise Unreadable("This is no JSON: send the bundle as application/fhir+json.") from None


def _shaped(shape: type[Part], value: Any, what: str) -> Part:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or what
        raise Unreadable(f"In {what}, {where} is not what FHIR says: {first['type']}.") from None


class _Resources:
    """What a bundle holds, found by the addresses with which its parts point to each other."""

    def __init__(self, bundle: Bundle) -> None:
        self._list = [entry.resource for entry in bundle.entry]
        self._by_address: dict[str, dict[str, Any]] = {}
        for entry in bundle.entry:
            resource = entry.resource
            kind, name = resource.get("resourceType"), resource.get("id")
            for address in (entry.full_url, f"{kind}/{name}", f"urn:uuid:{name}"):
                self._by_address.setdefault(address, resource)

    def header(self) -> dict[str, Any]:
        """The MessageHeader; it should be first, and is looked for everywhere."""
        for resource in self._list:
            if resource.get("resourceType") == "MessageHeader":
                return resource
        raise Unreadable("The bundle has no MessageHeader: it must be its first entry.")

    def focus(self, header: MessageHeader) -> Encounter:
        """The visit that the header points to, or the only one there is."""
        for pointer in header.focus:
            if found := self.at(pointer, "Encounter", Encounter):
                return found
        visits = self.all("Encounter", Encounter)
        if len(visits) != 1:
            raise Unreadable(
                "MessageHeader.focus points to no Encounter of the bundle: "
                "let it point to the one that the notification is about."
            )
        return visits[0]

    def at(self, pointer: Reference, kind: str, shape: type[Part]) -> Part | None:
        """The resource that a reference points to, if the bundle holds it."""
        tail = "/".join(pointer.reference.rsplit("/", 2)[-2:])
        for address in (pointer.reference, tail):
            resource = self._by_address.get(address)
            if resource is not None and resource.get("resourceType") == kind:
                return _shaped(shape, resource, f"the {kind}")
        return None

    def all(self, kind: str, shape: type[Part]) -> list[Part]:
        """All resources of a kind, in order."""
        return [
            _shaped(shape, resource, f"the {kind}")
            for resource in self._list
            if resource.get("resourceType") == kind
        ]

    def name(self, pointer: Reference, kind: str) -> str:
        """How something is called: as the reference says, or as its resource does."""
        if pointer.display:
            return pointer.display
        found = self.at(pointer, kind, Named)
        return found.name if found else ""


def _event(header: MessageHeader) -> str:
    code = header.event_coding.code or header.event_uri.rsplit("/", 1)[-1].rsplit("#", 1)[-1]
    return code.removeprefix("notification-")


def _kind(event: str, encounter: Encounter) -> tuple[NoticeKind, tuple[str, ...]]:
    """What the event and the visit's status say together, and what is odd about it."""
    setting = SETTINGS.get(encounter.class_.code)
    if encounter.status in NEVER_WAS:
        return NoticeKind.ADMISSION_CANCELLED, ()
    if event == "discharge":
        finished = encounter.status in ("finished", "")
        odd = "" if finished else f"a discharge whose visit is {encounter.status}"
        return NoticeKind.DISCHARGE, (odd,) if odd else ()
    if encounter.status == "onleave":
        return NoticeKind.LEAVE_BEGINS, ()
    if event == "transfer":
        return NoticeKind.TRANSFER, ()
    if event != "admit":
        raise Unreadable(
            "MessageHeader.event is none of notification-admit, notification-transfer and "
            "notification-discharge."
        )
    if encounter.status == "planned" or encounter.class_.code == "PRENC":
        return NoticeKind.ADMISSION_PLANNED, ()
    match setting:
        case Setting.EMERGENCY | Setting.OBSERVATION:
            return NoticeKind.ED_VISIT, ()
        case Setting.OUTPATIENT:
            return NoticeKind.OUTPATIENT_VISIT, ()
        case Setting.INPATIENT:
            return NoticeKind.ADMISSION, ()
        case None:
            return NoticeKind.ADMISSION, ("Encounter.class is unknown: taken as an admission",)


def _happened_at(
    kind: NoticeKind, encounter: Encounter, sent_at: datetime | None, zone: ZoneInfo
) -> datetime | None:
    """When the event was.

    A transfer's is that of the newest place or class that has a time, else that of the record's
    last change, where it was told right away; else nobody knows better than the visit's beginning.
    """
    begun = instant(encounter.period.start, zone)
    match kind:
        case NoticeKind.DISCHARGE:
            return instant(encounter.period.end, zone)
        case NoticeKind.TRANSFER:
            periods = [place.period for place in encounter.location]
            periods += [then.period for then in encounter.class_history]
            return _newest(periods, zone) or _recorded(encounter, sent_at, zone) or begun
        case NoticeKind.ED_VISIT | NoticeKind.ADMISSION | NoticeKind.ADMISSION_PLANNED:
            return begun
        case _:
            return _recorded(encounter, sent_at, zone)


def _recorded(encounter: Encounter, sent_at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """When the record of the visit was changed, if the message was written right after it."""
    changed = instant(encounter.meta.last_updated, zone)
    if changed is None or sent_at is None or not changed <= sent_at <= changed + TOLD_AT_ONCE:
        return None
    return changed


def _newest(periods: Iterable[Period], zone: ZoneInfo) -> datetime | None:
    starts = [at for period in periods if (at := instant(period.start, zone))]
    return max(starts, default=None)


def _visit(
    encounter: Encounter,
    kind: NoticeKind,
    conditions: Iterable[Condition],
    resources: _Resources,
    zone: ZoneInfo,
) -> Visit:
    period = encounter.period
    over = kind is NoticeKind.DISCHARGE or encounter.status == "finished"
    place = encounter.location[-1].location if encounter.location else Reference()
    numbers = [number for one in encounter.identifier if (number := visit_number(one.value))]
    words = [concept.words for concept in encounter.reason_code]
    words += [condition.code.words for condition in conditions]
    responsible = sorted(
        encounter.participant, key=lambda one: not any(t.codes & ATTENDING for t in one.type)
    )
    return Visit(
        number=numbers[0] if numbers else encounter.id,
        setting=SETTINGS.get(encounter.class_.code),
        facility=resources.name(encounter.service_provider, "Organization"),
        unit=resources.name(place, "Location"),
        attending=responsible[0].individual.display if responsible else "",
        reason="; ".join(dict.fromkeys(word for word in words if word)),
        admitted_at=instant(period.start, zone),
        discharged_at=instant(period.end, zone) if over else None,
        disposition=encounter.hospitalization.discharge_disposition.words,
    )
