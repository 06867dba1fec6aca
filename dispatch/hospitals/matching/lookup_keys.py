"""What to look clients up by among very many: two people who may be one share a key.

Keys are short texts for an indexed column. They hold names and numbers, so they are as private as
what they were made of.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from hashlib import sha256
from typing import assert_never

import jellyfish

from dispatch.hospitals.matching.birth_dates import told
from dispatch.hospitals.matching.likeness import Known
from dispatch.hospitals.matching.names import core, is_placeholder, normal
from dispatch.hospitals.matching.person_numbers import SHORTEST, number
from dispatch.hospitals.matching.places import phone, place
from dispatch.hospitals.notice import Identifier, IdentifierKind, Person, PersonName

MONTHS = 12

LONGEST = 200
"""So many characters of a key stand as they are: an entry of an index has room for 2,700 bytes."""


def keys_of(person: Person) -> frozenset[str]:
    """Return the keys by which to look for the clients that a notice's person may be.

    Their given names are looked for among our family names too, and their birth date with day and
    month swapped.
    """
    born = told(person.birth_date)
    return frozenset(
        fitting(key)
        for key in (
            *_birth_keys(born),
            *_birth_keys(None if born is None else _swapped(born)),
            *_name_keys(person.names, with_given=True),
            *_other_keys(person),
        )
    )


def keys_of_known(known: Known) -> frozenset[str]:
    """Return the keys by which a client is found; store them, and make them anew at changes."""
    return frozenset(
        fitting(key)
        for key in (
            *_birth_keys(told(known.birth_date)),
            *_name_keys(known.names, with_given=False),
            *_other_keys(known),
        )
    )


def fitting(key: str) -> str:
    """Return a key as an index can hold it: what is very long by its digest."""
    return key if len(key) <= LONGEST else sha256(key.encode(errors="replace")).hexdigest()


def _birth_keys(born: date | None) -> Iterator[str]:
    if born is not None:
        yield f"born {born.isoformat()}"


def _swapped(born: date) -> date | None:
    return born.replace(month=born.day, day=born.month) if born.day <= MONTHS else None


def _name_keys(names: Iterable[PersonName], with_given: bool) -> Iterator[str]:
    for name in names:
        form = normal(name)
        words = core(form.family) + (form.given if with_given else ())
        if not is_placeholder(name):
            yield from (f"name {_sound(word)}" for word in words)


def _sound(word: str) -> str:
    """Return how a word sounds; one in letters that Soundex doesn't know stands for itself.

    Of the four of jellyfish, Soundex lost fewest of FEBRL set 4, for few more candidates.
    """
    return jellyfish.soundex(word) if word.isascii() and word.isalpha() else word


def _other_keys(one: Person | Known) -> Iterator[str]:
    for identifier in one.identifiers:
        yield from _number_keys(identifier)
    yield from (f"phone {found}" for found in map(phone, one.phones) if found)
    for home in map(place, one.addresses):
        if home.zip and home.number:
            yield f"home {home.zip} {home.number}"
        if home.zip:
            yield from (f"near {home.zip} {given}" for given in _given_sounds(one.names))


def _given_sounds(names: Iterable[PersonName]) -> Iterator[str]:
    """Yield how the first of each given name sounds."""
    forms = (normal(name) for name in names if not is_placeholder(name))
    yield from (_sound(form.given[0]) for form in forms if form.given)


def _number_keys(identifier: Identifier) -> Iterator[str]:
    found = number(identifier)
    if found is None:
        return
    match found.kind:
        case IdentifierKind.SOCIAL_SECURITY:
            yield f"{found.kind} {found.value[-SHORTEST:]}"
        case IdentifierKind.MEDICAID:
            yield f"{found.kind} {found.value}"
        case IdentifierKind.RECORD | IdentifierKind.OTHER:
            if found.authority:
                yield f"{found.kind} {found.authority} {found.value}"
        case _:
            assert_never(found.kind)
