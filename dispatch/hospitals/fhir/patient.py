"""Whom a FHIR notification is about: the Patient as a person in our own words."""

from collections.abc import Iterable, Mapping
from datetime import date

from dispatch.hospitals.fhir.shapes import (
    AddressShape,
    Coverage,
    HumanName,
    IdentifierShape,
    Patient,
)
from dispatch.hospitals.notice import (
    Address,
    Identifier,
    IdentifierKind,
    Person,
    PersonName,
    Sex,
)

KINDS: Mapping[str, IdentifierKind] = {
    "MR": IdentifierKind.RECORD,
    "MRT": IdentifierKind.RECORD,
    "MA": IdentifierKind.MEDICAID,
    "SS": IdentifierKind.SOCIAL_SECURITY,
}
"""HL7 v2 table 0203, the codes of Identifier.type."""

SOCIAL_SECURITY = "http://hl7.org/fhir/sid/us-ssn"

SEXES: Mapping[str, Sex] = {"female": Sex.FEMALE, "male": Sex.MALE}

_ORDER = ("official", "usual", "", "temp", "nickname", "anonymous", "maiden", "old")
"""Which name stands first: the present one."""


def person_of(patient: Patient | None, coverages: Iterable[Coverage]) -> Person:
    """The person. Nobody at all where the bundle does not hold its Patient."""
    if patient is None:
        return Person()
    names = sorted(patient.name, key=_place)
    identifiers = [identifier for one in patient.identifier if (identifier := _identifier(one))]
    identifiers += [
        Identifier(IdentifierKind.MEDICAID, one.subscriber_id)
        for one in coverages
        if one.subscriber_id and _is_medicaid(one)
    ]
    return Person(
        names=tuple(name for one in names if (name := _name(one)) != PersonName()),
        birth_date=_birth_date(patient.birth_date),
        sex=SEXES.get(patient.gender),
        identifiers=tuple(identifiers),
        addresses=tuple(_address(one) for one in patient.address if one.use != "old"),
        phones=tuple(one.value for one in patient.telecom if one.system == "phone" and one.value),
    )


def _place(name: HumanName) -> int:
    return _ORDER.index(name.use) if name.use in _ORDER else len(_ORDER)


def _name(name: HumanName) -> PersonName:
    given, *middle = name.given or [""]
    if not name.family and not given:  # some senders fill in the text alone
        *before, last = name.text.split() or [""]
        given, *middle = before or [""]
        return PersonName(last, given, " ".join(middle))
    return PersonName(name.family, given, " ".join(middle), " ".join(name.suffix))


def _identifier(one: IdentifierShape) -> Identifier | None:
    if not one.value:
        return None
    kinds = [KINDS[code] for code in one.type.codes if code in KINDS]
    if one.system == SOCIAL_SECURITY:
        kinds = [IdentifierKind.SOCIAL_SECURITY]
    kind = kinds[0] if kinds else IdentifierKind.OTHER
    return Identifier(kind, one.value, one.assigner.display or one.system)


def _is_medicaid(coverage: Coverage) -> bool:
    return "medicaid" in coverage.type.words.lower() or "MCPOL" in coverage.type.codes


def _address(one: AddressShape) -> Address:
    return Address(" ".join(one.line), one.city, one.state, one.postal_code)


def _birth_date(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
