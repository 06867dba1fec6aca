"""Which keys the agency's file has, which of them may be left out, and what stands under each."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import time, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dispatch.agency_values import (
    AClass,
    ADiscipline,
    ALanguage,
    AnOverrideKind,
    ARole,
    ASex,
    BirthDate,
    Certificate,
    Code,
    Days,
    Email,
    Flag,
    Id,
    Language,
    LastResort,
    MessagePlace,
    PageSeconds,
    Phone,
    Refusal,
    Region,
    RestHours,
    RingAfter,
    RingSeconds,
    TimeOfDay,
    Turn,
    WallTime,
    Weekday,
    Words,
    Zone,
    did_you_mean,
)
from dispatch.agency_yaml import AgencyFaults, Document, Fault, Path, is_client_key, quoted
from notifications.paging import RING_AFTER, Nights, PagingRule
from oncall.ladder import DEFAULT_LAST_RESORT
from oncall.model import OverrideKind

_STRICT = ConfigDict(extra="forbid")

WARN_DAYS = 14
"""How long before a roster's end somebody is told where nothing else is said: an upload may need
somebody at the network, and people have holidays."""


class _Shape(BaseModel):
    model_config = _STRICT


class NightsShape(_Shape):
    """The nights of a paging rule, by the clock of the team that pages."""

    start: TimeOfDay = Field(alias="from")
    end: TimeOfDay = Field(alias="to")
    ring_after: RingAfter = timedelta()


class PagingShape(_Shape):
    """How somebody is paged: how long after a text without an answer their phone rings."""

    ring_after: RingAfter = RING_AFTER
    nights: NightsShape | None = None

    def rule(self) -> PagingRule:
        """The rule that is meant."""
        return PagingRule(self.ring_after, None if self.nights is None else _nights(self.nights))


def _nights(nights: NightsShape) -> Nights:
    return Nights(nights.start, nights.end, nights.ring_after)


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person on the staff. ``phone`` is E.164 and belongs to nobody else on the staff.

    Without ``paging`` it stays as they have set it themselves, or as it is for everybody.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    id: Id
    name: Words
    discipline: ADiscipline
    phone: Phone
    role: ARole
    email: Email | None = None
    paging: PagingShape | None = None


@dataclass(frozen=True, slots=True)
class ClientSpec:
    """A client of exactly one ``team``. ``phones`` are E.164; others may share them.

    ``coordinator`` is the id of the client's own service coordinator on the staff. The rest is what
    a hospital's notice is compared with: other names, sex, where they live, their Medicaid ID, and
    their record numbers by the id of the hospital.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    id: Id
    name: Words
    birth_date: BirthDate
    team: Words
    phones: tuple[Phone, ...] = ()
    language: ALanguage = Language.ENGLISH
    coordinator: Words | None = None
    aliases: tuple[Words, ...] = ()
    sex: ASex | None = None
    address: Words = ""
    city: Words = ""
    state: Words = ""
    zip: Words = ""
    medicaid: Words = ""
    records: dict[str, Words] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CrisisLineSpec:
    """A partner that hands callers over by webhook; ``callback`` (E.164) reaches its staff."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    id: Id
    name: Words
    callback: Phone | None = None


@dataclass(frozen=True, slots=True)
class HospitalSpec:
    """A hospital that tells us of our clients. ``phone`` (E.164) is its switchboard.

    ``known_as`` is how its messages name it (MSH-4, or the organization), ``psychiatric_units``
    how they name those units (PV1-3); ``psychiatric`` says that it has no others. ``in_charge``
    hears when it falls silent or can't be read; nobody named: the administrators.

    The rest is how its HL7 v2 is understood, and is as usual where it is left out: what its patient
    classes (PV1-2) mean, where it says whether somebody is there by their own will and in which
    codes, which processing ids (MSH-11) are meant, how what we can't use is answered, and the
    client certificates without which it isn't believed over MLLP.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    id: Id
    name: Words
    timezone: Zone
    phone: Phone | None = None
    known_as: tuple[Words, ...] = ()
    psychiatric: Flag = False
    psychiatric_units: tuple[Words, ...] = ()
    in_charge: Words | None = None
    classes: dict[str, AClass] | None = None
    legal_status_at: MessagePlace | None = None
    involuntary: tuple[Code, ...] | None = None
    voluntary: tuple[Code, ...] | None = None
    processing: Annotated[tuple[Code, ...], Field(min_length=1)] | None = None
    refuse_with: Refusal | None = None
    certificates: tuple[Certificate, ...] | None = None

    @property
    def hl7(self) -> dict[str, object]:
        """What the file says of its HL7 v2, as its row keeps it; what is left out isn't there."""
        said: dict[str, object] = {
            "classes": self.classes
            and {code.upper(): meaning for code, meaning in self.classes.items()},
            "legal_status_at": self.legal_status_at,
            "involuntary": self.involuntary,
            "voluntary": self.voluntary,
            "processing": self.processing,
            "refuse_with": self.refuse_with,
            "certificates": self.certificates,
        }
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in said.items()
            if value is not None
        }


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """A network that watches hospitals for whoever stands on the roster which we upload to it.

    A roster is good for ``valid_days``; ``in_charge`` hears of it ``warn_days`` before its end;
    nobody named: the administrators.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    id: Id
    name: Words
    valid_days: Days
    warn_days: Days = WARN_DAYS
    in_charge: Words | None = None


class RungShape(_Shape):
    """One rung of a ladder. The bounds are Twilio's for ringing, and a day for a page."""

    tier: Id
    ring_seconds: RingSeconds
    page_seconds: PageSeconds


class OnlyShape(_Shape):
    """The part of the week in which a rotation holds; what is left out means all of it."""

    days: tuple[Weekday, ...] = Field(tuple(range(7)), min_length=1)
    start: TimeOfDay = Field(time(0), alias="from")
    end: TimeOfDay = Field(time(0), alias="to")


class RotationShape(_Shape):
    """One layer of a tier, on the clock of the team's time zone."""

    tier: Words
    name: Words
    starts: WallTime
    every: Turn
    order: tuple[Words, ...] = Field(min_length=1)
    only: OnlyShape | None = None
    ends: WallTime | None = None


class OverrideShape(_Shape):
    """A change of one tier, on the clock of the team's time zone."""

    tier: Words
    start: WallTime = Field(alias="from")
    end: WallTime = Field(alias="to")
    staff: Words
    reason: Words = ""
    kind: AnOverrideKind = OverrideKind.REPLACE
    instead: Words | None = None


class RulesShape(_Shape):
    """What the team asks of its rota beyond coverage; what is left out is not asked."""

    rest_hours: RestHours = 0
    requires: dict[str, tuple[ADiscipline, ...]] = Field(default_factory=dict)
    swaps_need_lead: Flag = False
    handoff_notices: Flag = True
    holidays: Region = ""


class TeamShape(_Shape):
    """A team with everything that decides who is on call for it."""

    id: Id
    name: Words
    timezone: Zone
    lines: tuple[Phone, ...]
    members: tuple[Words, ...]
    ladder: tuple[RungShape, ...] = Field(min_length=1)
    rotations: tuple[RotationShape, ...]
    overrides: tuple[OverrideShape, ...] = ()
    rules: RulesShape = RulesShape()


class AgencyShape(_Shape):
    """The whole file."""

    agency: Words
    last_resort: tuple[LastResort, ...] = Field(DEFAULT_LAST_RESORT, min_length=1)
    interpreter_line: Phone | None = None
    staff: tuple[StaffMember, ...]
    teams: tuple[TeamShape, ...]
    clients: tuple[ClientSpec, ...] = ()
    crisis_lines: tuple[CrisisLineSpec, ...] = ()
    hospitals: tuple[HospitalSpec, ...] = ()
    networks: tuple[NetworkSpec, ...] = ()


_SHAPES: dict[tuple[str, ...], type[Any]] = {
    (): AgencyShape,
    ("staff",): StaffMember,
    ("staff", "paging"): PagingShape,
    ("staff", "paging", "nights"): NightsShape,
    ("teams",): TeamShape,
    ("teams", "ladder"): RungShape,
    ("teams", "rotations"): RotationShape,
    ("teams", "rotations", "only"): OnlyShape,
    ("teams", "overrides"): OverrideShape,
    ("teams", "rules"): RulesShape,
    ("clients",): ClientSpec,
    ("crisis_lines",): CrisisLineSpec,
    ("hospitals",): HospitalSpec,
    ("networks",): NetworkSpec,
}


def read_shape(document: Document) -> AgencyShape:
    """The file's content with every value read. Raises AgencyFaults with all that doesn't fit."""
    faults = list(_unknown_empty_keys(document))
    try:
        shape = AgencyShape.model_validate(document.data)
    except ValidationError as error:
        raise AgencyFaults([*faults, *_misfits(document, error)]) from None
    if faults:
        raise AgencyFaults(faults)
    return shape


def _unknown_empty_keys(document: Document) -> Iterator[Fault]:
    for path in document.empty:
        if _level(path[:-1]) in _SHAPES and path[-1] not in _keys(path[:-1]):
            yield document.fault(path, _unknown_key(path), at_key=True)


def _misfits(document: Document, error: ValidationError) -> Iterator[Fault]:
    for details in error.errors(include_url=False):
        path = details["loc"]
        if path in document.broken:
            continue
        match details["type"]:
            case "missing":
                yield document.fault(path, f"the key {quoted(str(path[-1]))} is missing: add it")
            case "extra_forbidden" | "unexpected_keyword_argument":
                yield document.fault(path, _unknown_key(path), at_key=True)
            case "tuple_type":
                yield document.fault(path, "a list belongs here: write it in brackets, [ ]")
            case "model_type" | "dataclass_type":
                keys = ", ".join(_keys(path))
                yield document.fault(path, f"a mapping belongs here, with the keys {keys}")
            case "dict_type":
                yield document.fault(path, "a mapping belongs here: write it in braces, { }")
            case "too_short":
                yield document.fault(path, "is empty: name at least one")
            case _:
                problem = str(details.get("ctx", {}).get("error", details["msg"]))
                yield document.fault(path, f"{_subject(path, details['input'])}{problem}")


def _subject(path: Path, value: object) -> str:
    """The value in question, unless it is a client's: that never enters a log."""
    if not isinstance(value, str):
        return ""
    return "this " if path[0] == "clients" else f"{quoted(value)} "


def _unknown_key(path: Path) -> str:
    key, known = str(path[-1]), _keys(path[:-1])
    named = f"the key {quoted(key)}" if path[0] != "clients" or is_client_key(key) else "this key"
    return f"{named} is unknown here{did_you_mean(key, known)}: known are {', '.join(known)}"


def _keys(path: Path) -> list[str]:
    """The keys that the mapping at ``path`` may have, as the file writes them."""
    shape = _SHAPES[_level(path)]
    if issubclass(shape, BaseModel):
        return [about.alias or name for name, about in shape.model_fields.items()]
    return [about.name for about in fields(shape)]


def _level(path: Path) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))
