"""Clients are found by what a hospital tells of them, as the agency's file has it now."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from dispatch.agency_file import read_agency
from dispatch.commands import agencies
from dispatch.database import make_engine
from dispatch.hospitals.matching.likeness import Known
from dispatch.hospitals.matching.lookup_keys import keys_of
from dispatch.hospitals.matching.match import Outcome, match
from dispatch.hospitals.notice import Address, Identifier, IdentifierKind, Person, PersonName, Sex
from dispatch.store import identities
from dispatch.unit_of_work import UnitsOfWork
from tests.clocks import HeldClock
from tests.scenarios.town import TOWN

MARA = """\
  - {id: C-9001, name: Mara Lindqvist, birth_date: 1979-06-17, team: north,
     phones: ["+15035550141"], aliases: ["Olsen, Mara"], sex: female,
     address: 12 Sample St, city: Testville, zip: "97201",
     medicaid: T0000001, records: {mercy: "00421177"}}
"""
MERCY = "hospitals: [{id: mercy, name: Test Mercy, timezone: America/Los_Angeles}]\n"


def town_with(client: str) -> str:
    return TOWN.replace("clients:\n", "clients:\n" + client, 1) + MERCY


@pytest.fixture
def work(database_url: str) -> Iterator[UnitsOfWork]:
    engine = make_engine(database_url)
    yield UnitsOfWork(engine, HeldClock(datetime(2026, 1, 10, tzinfo=UTC)), lambda _: None)
    engine.dispose()


def load(work: UnitsOfWork, client: str = MARA) -> None:
    with work() as one:
        agencies.load(one, read_agency(town_with(client), "a test"))


def found(work: UnitsOfWork, person: Person) -> list[Known]:
    with work.reading() as one:
        return identities.candidates(one.session, keys_of(person), one.now)


BORN = date(1979, 6, 17)
BY_RECORD = Person(identifiers=(Identifier(IdentifierKind.RECORD, "421177", "mercy"),))
BY_NAME = Person((PersonName("Lindquist", "Mara"),), BORN)


def test_everything_that_the_file_says_is_compared(work: UnitsOfWork) -> None:
    load(work)
    [mara] = found(work, BY_NAME)
    assert mara.names == (PersonName("Lindqvist", "Mara"), PersonName("Olsen", "Mara"))
    assert (mara.birth_date, mara.sex) == (BORN, Sex.FEMALE)
    assert mara.addresses == (Address("12 Sample St", "Testville", "", "97201"),)
    assert mara.phones == ("+15035550141",)
    assert Identifier(IdentifierKind.RECORD, "00421177", "mercy") in mara.identifiers
    assert Identifier(IdentifierKind.MEDICAID, "T0000001") in mara.identifiers


def test_a_name_a_phone_or_a_number_finds_them(work: UnitsOfWork) -> None:
    load(work)
    ways = [
        BY_NAME,
        Person((PersonName("Olsen", "Mara"),)),
        Person(phones=("(503) 555-0141",)),
        Person(identifiers=(Identifier(IdentifierKind.RECORD, "00421177", "mercy"),)),
        Person(identifiers=(Identifier(IdentifierKind.MEDICAID, "T0000001"),)),
    ]
    for person in ways:
        assert [known.key for known in found(work, person)], person
    elsewhere = Person(identifiers=(Identifier(IdentifierKind.RECORD, "00421177", "state"),))
    assert found(work, elsewhere) == [], "the same number of another hospital is somebody else"


def test_who_was_found_is_matched_by_the_policy(work: UnitsOfWork) -> None:
    load(work)
    person = Person(BY_NAME.names, BORN, phones=("503-555-0141",))
    assert match(person, found(work, person)).outcome is Outcome.CERTAIN


def test_the_keys_follow_the_file(work: UnitsOfWork) -> None:
    load(work)
    load(work, MARA.replace("Lindqvist", "Berg").replace("Olsen", "Berg"))
    stranger = Person((PersonName("Lindqvist", "X"),))
    assert found(work, stranger) == []
    assert len(found(work, Person((PersonName("Berg", "Mara"),)))) == 1


def test_who_is_no_client_any_more_is_not_found(work: UnitsOfWork) -> None:
    load(work)
    load(work, "")
    assert found(work, BY_NAME) == []


def test_clients_of_before_there_were_keys_get_theirs(work: UnitsOfWork) -> None:
    load(work)
    with work() as one:
        one.session.execute(text("delete from client_key"))
        one.session.execute(text("update client set keyed = null, identity = '{}'"))
    assert found(work, BY_NAME) == []
    with work() as one:
        assert identities.write_missing_keys(one.session) > 1
    with work() as one:
        assert identities.write_missing_keys(one.session) == 0
    assert len(found(work, BY_NAME)) == 1
