"""The agency's file names the hospitals that tell us something; what it drops is kept, silent."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from dispatch.agency_file import read_agency
from dispatch.commands import agencies
from dispatch.commands.sender_rules import rules_of
from dispatch.database import make_engine
from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals.hl7.acknowledgement import Outcome
from dispatch.hospitals.hl7.senders import Place, SenderRules
from dispatch.hospitals.notice import LegalStatus, Setting
from dispatch.store.episodes import psychiatric
from dispatch.unit_of_work import UnitsOfWork
from tests.clocks import HeldClock
from tests.scenarios.town import TOWN

MERCY = """
hospitals:
  - {id: mercy, name: Test Mercy, timezone: America/Los_Angeles, known_as: [MERCY],
     psychiatric_units: [BHU]}
"""


@pytest.fixture
def work(database_url: str) -> Iterator[UnitsOfWork]:
    engine = make_engine(database_url)
    yield UnitsOfWork(engine, HeldClock(datetime(2026, 1, 10, tzinfo=UTC)), lambda _: None)
    engine.dispose()


def load(work: UnitsOfWork, text: str) -> list[HospitalRow]:
    with work() as one:
        agencies.load(one, read_agency(text, "a test"))
    with work.reading() as one:
        return list(one.session.exec(select(HospitalRow)))


def test_a_hospital_is_kept_with_how_its_messages_are_understood(work: UnitsOfWork) -> None:
    [row] = load(work, TOWN + MERCY)
    assert (row.id, row.timezone, row.active) == ("mercy", "America/Los_Angeles", True)
    assert row.rules == {"known_as": ["MERCY"], "psychiatric": False, "psychiatric_units": ["BHU"]}


def test_what_people_have_set_beside_the_file_stays(work: UnitsOfWork) -> None:
    load(work, TOWN + MERCY)
    with work() as one:
        row = one.session.get(HospitalRow, "mercy")
        assert row is not None
        row.rules = {**row.rules, "classes": {"X": "inpatient"}}
        one.session.add(row)
    [row] = load(work, TOWN + MERCY.replace("BHU", "3 West"))
    assert row.rules["psychiatric_units"] == ["3 West"]
    assert row.rules["classes"] == {"X": "inpatient"}


def test_a_hospital_that_the_file_drops_is_silent_and_comes_back(work: UnitsOfWork) -> None:
    load(work, TOWN + MERCY)
    assert [row.active for row in load(work, TOWN)] == [False]
    assert [row.active for row in load(work, TOWN + MERCY)] == [True]


HL7 = MERCY.replace(
    "psychiatric_units: [BHU]",
    "psychiatric_units: [BHU, 3  West], classes: {x: inpatient, Q: none}, legal_status_at: ZPV-5.2,"
    " involuntary: [hold], voluntary: [V], processing: [P, T], refuse_with: AE,"
    " certificates: [CN=ADT.mercy.example.org]",
)


def test_what_the_file_says_of_its_messages_is_how_they_are_read(work: UnitsOfWork) -> None:
    [row] = load(work, TOWN + HL7)
    assert row.rules["certificates"] == ["cn=adt.mercy.example.org"]
    rules = rules_of(row)
    assert rules.zone.key == "America/Los_Angeles"
    assert [rules.setting(code) for code in ("X", "q", "E")] == [
        Setting.INPATIENT,
        None,
        Setting.EMERGENCY,
    ]
    assert rules.legal_status_at == Place("ZPV", 5, 2)
    assert rules.legal_status("Hold") is LegalStatus.INVOLUNTARY
    assert rules.processing == {"P", "T"}
    assert rules.refusal is Outcome.FAILED
    assert [psychiatric(row, unit) for unit in ("bhu", "3 WEST", "ICU", "")] == [
        True,
        True,
        False,
        None,
    ]


def test_what_the_file_says_no_longer_is_as_usual_again(work: UnitsOfWork) -> None:
    load(work, TOWN + HL7)
    [row] = load(work, TOWN + MERCY.replace("psychiatric_units: [BHU]", "phone: '+15035550151'"))
    assert rules_of(row) == SenderRules(ZoneInfo("America/Los_Angeles"))
    assert psychiatric(row, "BHU") is None, "nobody has settled it"
    [row] = load(work, TOWN + MERCY.replace("psychiatric_units: [BHU]", "psychiatric: yes"))
    assert psychiatric(row, "")
