"""What to look clients up by among very many: two people who may be one share a key.

Keys are short texts for an indexed column. They hold names and numbers, so they are as private as
what they were made of.
"""

from collections.abc import Iterable, Iterator
from datetime import date

import jellyfish

from dispatch.hospitals.birth_dates import told
from dispatch.hospitals.likeness import Known
from dispatch.hospitals.names import core, is_placeholder, normal
from dispatch.hospitals.notice import Identifier, IdentifierKind, Person, PersonName
from dispatch.hospitals.person_numbers import SHORTEST, number
from dispatch.hospitals.places import phone, place


def keys_of(person: Person) -> frozenset[str]:
    """Return the keys by which to look for the clients that a notice's person may be."""
    return _keys(person)


def keys_of_known(known: Known) -> frozenset[str]:
    """Return the keys by which a client is found; store them, and make them anew at changes."""
    return _keys(known)


def _keys(one: Person | Known) -> frozenset[str]:
    born = told(one.birth_date)
    names = [name for name in one.names if not is_placeholder(name)]
    return frozenset(
        (
            *_birth_keys(born),
            *_name_keys(names),
            *(key for identifier in one.identifiers for key in _number_keys(identifier)),
            *(f"phone {found}" for found in map(phone, one.phones) if found),
            *_place_keys(one),
        )
    )


def _birth_keys(born: date | None) -> Iterator[str]:
    if born is not None:
        yield f"born {born.isoformat()}"


def _sound(word: str) -> str:
    """Return how a word sounds, and itself where it sounds like nothing."""
    return jellyfish.metaphone(word) or word


def _name_keys(names: Iterable[PersonName]) -> Iterator[str]:
    """Yield a key for every pair of a given and a family name, whichever is which."""
    for name in names:
        form = normal(name)
        family = core(form.family)
        for word in family:
            yield f"name {_sound(word)}"
        for word in form.given:
            yield f"name {_sound(word)}"


def _number_keys(identifier: Identifier) -> Iterator[str]:
    found = number(identifier)
    if found is None:
        return
    if found.kind is IdentifierKind.SOCIAL_SECURITY:
        yield f"{found.kind} {found.value[-SHORTEST:]}"
    elif found.kind is IdentifierKind.MEDICAID:
        yield f"{found.kind} {found.value}"
    elif found.authority:
        yield f"{found.kind} {found.authority} {found.value}"


def _place_keys(one: Person | Known) -> Iterator[str]:
    for home in map(place, one.addresses):
        if home.zip and home.number:
            yield f"home {home.zip} {home.number}"
