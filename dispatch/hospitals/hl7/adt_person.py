"""Whom a message is about: the names, identifiers, addresses and phones in PID."""

from collections.abc import Iterator, Mapping

from dispatch.hospitals.hl7.er7 import Repetition
from dispatch.hospitals.hl7.hearing import Hearing, part, plain
from dispatch.hospitals.notice import Address, Identifier, IdentifierKind, Person, PersonName, Sex

_KINDS: Mapping[str, IdentifierKind] = (
    dict.fromkeys(("MR", "MRN", "PI", "PT"), IdentifierKind.RECORD)
    | dict.fromkeys(("MA", "MCD", "MEDICAID"), IdentifierKind.MEDICAID)
    | dict.fromkeys(("SS", "SSN", "USSSA", "SSA"), IdentifierKind.SOCIAL_SECURITY)
)
"""Type codes of HL7 table 0203, and names that are met instead, also as the authority."""

_FORMER_NAMES = frozenset({"A", "B", "M", "N", "NICK", "PREVIOUS", "TN"})
"""Name types of HL7 table 0200 that aren't the present name: alias, at birth, maiden, nickname."""

_NO_HOME = frozenset({"BDL", "BIR", "N", "F"})
"""Address types of HL7 table 0190 that say where somebody was born."""

_NO_PHONE = frozenset({"INTERNET", "X.400", "NET"})
"""What HL7 tables 0201 and 0202 call an address for e-mail."""

_SEXES: Mapping[str, Sex] = {
    "F": Sex.FEMALE,
    "FEMALE": Sex.FEMALE,
    "M": Sex.MALE,
    "MALE": Sex.MALE,
}


def person(hearing: Hearing) -> Person:
    """Return whom a message is about, as far as it says."""
    names = [name for field in (5, 9) for name in _names(hearing, field)]
    numbers = [one for field in (3, 2, 4, 18, 19) for one in identifiers(hearing, "PID", field)]
    places = [place for value in hearing.values("PID", 11) if (place := _address(value))]
    phones = [_phone(value) for field in (13, 14) for value in hearing.values("PID", field)]
    return Person(
        names=tuple(dict.fromkeys(name for _, name in sorted(names, key=lambda one: one[0]))),
        birth_date=hearing.day("PID", 7),
        sex=_SEXES.get(hearing.text("PID", 8).upper()),
        identifiers=tuple(dict.fromkeys(numbers)),
        addresses=tuple(dict.fromkeys(places)),
        phones=tuple(dict.fromkeys(filter(None, phones))),
    )


def identifiers(hearing: Hearing, segment: str, field: int) -> Iterator[Identifier]:
    """Yield the identifiers in a field (data type CX).

    In PID-3 and MRG-1, one that doesn't say what it is, is a record number of the hospital: that
    is what those fields are for (HL7 v2.5.1, 3.4.2.3). PID-19 is a Social Security number.
    """
    for value in hearing.values(segment, field):
        number = part(value, 1)
        if not number:
            continue
        code, authority = part(value, 5).upper(), part(value, 4)
        owner = authority or part(value, 6)
        match segment, field:
            case "PID", 19:
                kind = IdentifierKind.SOCIAL_SECURITY
            case ("PID", 3) | ("MRG", 1):
                kind = _kind(code, owner, IdentifierKind.RECORD)
            case _:
                kind = _kind(code, owner, IdentifierKind.OTHER)
        yield Identifier(kind, number, authority)


def _kind(code: str, owner: str, untold: IdentifierKind) -> IdentifierKind:
    if code:
        return _KINDS.get(code, IdentifierKind.OTHER)
    return _KINDS.get(owner.upper(), untold)


def _names(hearing: Hearing, field: int) -> Iterator[tuple[bool, PersonName]]:
    """Yield names, each with whether it is a former one or an alias (PID-9)."""
    for value in hearing.values("PID", field):
        name = PersonName(*(part(value, component) for component in (1, 2, 3, 4)))
        if name.family or name.given:
            former = field == 9 or part(value, 7).upper() in _FORMER_NAMES
            yield former, name


def _address(value: Repetition) -> Address | None:
    if part(value, 7).upper() in _NO_HOME:
        return None
    pieces = (*value.parts(1), part(value, 2))
    line = " ".join(filter(None, map(plain, pieces)))
    place = Address(line, part(value, 3), part(value, 4), part(value, 5))
    return place if place != Address() else None


def _phone(value: Repetition) -> str:
    """Return a phone number as written: in one piece, or put together from its parts (XTN)."""
    if {part(value, 2).upper(), part(value, 3).upper()} & _NO_PHONE:
        return ""
    whole = part(value, 1) or part(value, 12)
    country, area, local = (part(value, component) for component in (5, 6, 7))
    return whole or " ".join(filter(None, (country, area, local)))
