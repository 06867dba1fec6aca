"""A hospital's patient beside a client of ours, field by field, with the words why.

This is what a person sees who has to decide, and what the policy in matching.py decides by.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from dispatch.hospitals.matching.birth_dates import compare_birth_dates
from dispatch.hospitals.matching.name_likeness import Judged, NamesCompared, compare_names
from dispatch.hospitals.matching.names import normal
from dispatch.hospitals.matching.person_numbers import compare_numbers
from dispatch.hospitals.matching.places import compare_addresses, compare_phones, compare_zips
from dispatch.hospitals.matching.verdicts import Field, Row, Verdict
from dispatch.hospitals.notice import (
    Address,
    Identifier,
    IdentifierKind,
    Person,
    PersonName,
    Sex,
)

NUMBER_FIELDS = {
    IdentifierKind.RECORD: Field.RECORD,
    IdentifierKind.MEDICAID: Field.MEDICAID,
    IdentifierKind.SOCIAL_SECURITY: Field.SOCIAL_SECURITY,
    IdentifierKind.OTHER: Field.OTHER_NUMBER,
}
_PLACE = {field: place for place, field in enumerate(Field)}
ORDINALS = {1: "Sr", 2: "Jr", 3: "III", 4: "IV"}


@dataclass(frozen=True, slots=True)
class Known:
    """A client as we know them. `names` holds the present one first, then former ones and aliases.

    The `authority` of a record number is the hospital, written as its senders write it.
    """

    key: int
    names: tuple[PersonName, ...] = ()
    birth_date: date | None = None
    sex: Sex | None = None
    identifiers: tuple[Identifier, ...] = ()
    addresses: tuple[Address, ...] = ()
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a notice's person and one client compare. `rows` has every field once, in order."""

    rows: tuple[Row, ...]

    def verdict(self, field: Field) -> Verdict:
        """Return what came of comparing a field."""
        return self.rows[_PLACE[field]].verdict


def compare(person: Person, known: Known) -> Likeness:
    """Return how a notice's person and one client compare, in every field."""
    names = compare_names(person.names, known.names)
    return Likeness(
        (
            *_name_rows(names),
            _generation_row(person.names, known.names),
            _row(
                Field.BIRTH_DATE,
                _date(person.birth_date),
                _date(known.birth_date),
                compare_birth_dates(person.birth_date, known.birth_date),
            ),
            _row(Field.SEX, person.sex or "", known.sex or "", _compare_sex(person.sex, known.sex)),
            *_number_rows(person.identifiers, known.identifiers),
            *_place_rows(person, known),
        )
    )


def _row(field: Field, theirs: str, ours: str, judged: Judged) -> Row:
    verdict, why = judged
    return Row(field, theirs, ours, verdict, why)


def _date(born: date | None) -> str:
    return "" if born is None else born.isoformat()


def _name_rows(names: NamesCompared) -> Iterator[Row]:
    theirs, ours = names.theirs or PersonName(), names.ours or PersonName()
    yield _row(Field.GIVEN, _given(theirs), _given(ours), names.given)
    yield _row(Field.FAMILY, theirs.family, ours.family, names.family)


def _given(name: PersonName) -> str:
    return " ".join(filter(None, (name.given, name.middle)))


def _generation_row(theirs: Iterable[PersonName], ours: Iterable[PersonName]) -> Row:
    here, there = _generations(theirs), _generations(ours)
    if not here and not there:
        judged: Judged = (Verdict.UNKNOWN, "no suffix")
    elif here & there:
        judged = (Verdict.SAME, "")
    elif here and there:
        judged = (Verdict.CONFLICT, "father and son?")
    else:
        judged = (Verdict.DIFFERENT, "only one side has a suffix")
    return _row(Field.GENERATION, _ordinals(here), _ordinals(there), judged)


def _generations(names: Iterable[PersonName]) -> set[int]:
    found = (normal(name).generation for name in names)
    return {generation for generation in found if generation is not None}


def _ordinals(generations: set[int]) -> str:
    return ", ".join(ORDINALS[one] for one in sorted(generations))


def _compare_sex(theirs: Sex | None, ours: Sex | None) -> Judged:
    if theirs is None or ours is None:
        return Verdict.UNKNOWN, "not told"
    return (Verdict.SAME, "") if theirs is ours else (Verdict.CONFLICT, "")


def _number_rows(theirs: tuple[Identifier, ...], ours: tuple[Identifier, ...]) -> Iterator[Row]:
    for kind, field in NUMBER_FIELDS.items():
        judged = compare_numbers(kind, theirs, ours)
        yield _row(field, _written(theirs, kind), _written(ours, kind), judged)


def _written(identifiers: tuple[Identifier, ...], kind: IdentifierKind) -> str:
    return ", ".join(
        f"{one.value} ({one.authority})" if one.authority else one.value
        for one in identifiers
        if one.kind is kind
    )


def _place_rows(person: Person, known: Known) -> Iterator[Row]:
    here, there = person.addresses, known.addresses
    yield _row(Field.ADDRESS, _lines(here), _lines(there), compare_addresses(here, there))
    yield _row(Field.ZIP, _zips(here), _zips(there), compare_zips(here, there))
    phones = compare_phones(person.phones, known.phones)
    yield _row(Field.PHONE, ", ".join(person.phones), ", ".join(known.phones), phones)


def _lines(addresses: tuple[Address, ...]) -> str:
    return "; ".join(", ".join(filter(None, (one.line, one.city, one.state))) for one in addresses)


def _zips(addresses: tuple[Address, ...]) -> str:
    return ", ".join(one.postal_code for one in addresses if one.postal_code)
