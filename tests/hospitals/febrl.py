"""FEBRL data set 4 as notices and clients: 5,000 people, and one corrupted copy of each.

Made by the data set generator of FEBRL (Christen), long public; its people are invented, its towns
Australian. The shared folder stands beside the repository. A postcode is taken for a ZIP, and
`soc_sec_id` for a Medicaid ID that we hold.
"""

from collections.abc import Iterable, Iterator, Mapping
from csv import DictReader
from dataclasses import replace
from datetime import date
from typing import TypeVar

from dispatch.hospitals.matching.likeness import Known
from dispatch.hospitals.matching.lookup_keys import keys_of, keys_of_known
from dispatch.hospitals.notice import (
    Address,
    Identifier,
    IdentifierKind,
    Person,
    PersonName,
)
from tests.hospitals.people import client
from tests.hospitals.samples import DATA

Someone = TypeVar("Someone", Person, Known)

FOLDER = DATA / "matching"


def originals() -> list[Known]:
    """The people of set A, as clients; the key is the number of their record."""
    return [client(key, person) for key, person in _read("dataset4a.csv")]


def copies() -> list[tuple[int, Person]]:
    """The people of set B, as notices tell of them, each with the key of who it is."""
    return list(_read("dataset4b.csv"))


def _read(name: str) -> Iterator[tuple[int, Person]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        for row in DictReader(lines, skipinitialspace=True):
            yield int(row["rec_id"].split("-")[1]), _person(row)


def _person(row: Mapping[str, str]) -> Person:
    line = f"{row['street_number']} {row['address_1']}".strip()
    return Person(
        names=(PersonName(family=row["surname"], given=row["given_name"]),),
        birth_date=_birth_date(row["date_of_birth"]),
        identifiers=(Identifier(IdentifierKind.MEDICAID, row["soc_sec_id"]),),
        addresses=(Address(line, row["suburb"], row["state"], row["postcode"]),),
    )


def _birth_date(digits: str) -> date | None:
    """Some copies have no date, or one that never was: 19251301."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def without_numbers(one: Someone) -> Someone:
    """The same person, whose numbers nobody told."""
    return replace(one, identifiers=())


class Register:
    """Clients in memory, found by their keys as they would be in a database."""

    def __init__(self, clients: Iterable[Known]) -> None:
        self._by_key: dict[str, list[Known]] = {}
        for known in clients:
            for key in keys_of_known(known):
                self._by_key.setdefault(key, []).append(known)

    def candidates(self, person: Person) -> list[Known]:
        """The clients who share a key with a notice's person."""
        found = {known.key: known for key in keys_of(person) for known in self._by_key.get(key, ())}
        return list(found.values())
