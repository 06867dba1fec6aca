"""Invented people, as a hospital tells of them and as a team knows them."""

from datetime import date

from dispatch.hospitals.matching.likeness import Known
from dispatch.hospitals.notice import (
    Address,
    Identifier,
    IdentifierKind,
    Person,
    PersonName,
    Sex,
)

SEXES = {"f": Sex.FEMALE, "m": Sex.MALE, "": None}
KINDS = {
    "mrn": IdentifierKind.RECORD,
    "medicaid": IdentifierKind.MEDICAID,
    "ssn": IdentifierKind.SOCIAL_SECURITY,
    "other": IdentifierKind.OTHER,
}
BORN = "1981-04-23"
HOME = "12 Oak Street, Fernville, 97301"
PHONE = "503-555-0123"


def named(text: str) -> PersonName:
    """A name written "family, given, middle, suffix"; the last ones may be left out."""
    family, given, middle, suffix = [*(part.strip() for part in text.split(",")), "", "", ""][:4]
    return PersonName(family, given, middle, suffix)


def somebody(
    *names: str, born: str = "", sex: str = "", numbers: str = "", home: str = "", phone: str = ""
) -> Person:
    """A person. `numbers` are written "mrn Ridge 4711; medicaid - XK20417", - for nobody's."""
    return Person(
        names=tuple(named(name) for name in names),
        birth_date=date.fromisoformat(born) if born else None,
        sex=SEXES[sex],
        identifiers=tuple(_identifier(text) for text in numbers.split(";") if text),
        addresses=(_address(home),) if home else (),
        phones=(phone,) if phone else (),
    )


def _identifier(text: str) -> Identifier:
    kind, authority, value = text.split()
    return Identifier(KINDS[kind], value, "" if authority == "-" else authority)


def _address(text: str) -> Address:
    line, city, postal_code = (part.strip() for part in text.split(","))
    return Address(line, city, "OR", postal_code)


def client(key: int, person: Person) -> Known:
    """The same person as a client of ours."""
    return Known(
        key,
        person.names,
        person.birth_date,
        person.sex,
        person.identifiers,
        person.addresses,
        person.phones,
    )
