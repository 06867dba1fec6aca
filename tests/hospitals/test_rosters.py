"""Networks are given a roster of our clients: every line right, noted until when it is good."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from sqlmodel import select

from dispatch.agency_file import AgencyFaults, read_agency
from dispatch.commands import agencies, rosters
from dispatch.database import make_engine
from dispatch.hospitals.matching.likeness import Known
from dispatch.hospitals.notice import Address, Identifier, IdentifierKind, PersonName, Sex
from dispatch.hospitals.roster import COLUMNS, Listed, apart, table
from dispatch.tables import AuditRow
from dispatch.unit_of_work import UnitsOfWork
from tests.clocks import HeldClock
from tests.scenarios.town import TOWN

NETWORKS = """
networks:
  - {id: hie, name: Example Health Network, valid_days: 90, in_charge: eli}
"""

START = datetime(2026, 1, 10, 12, tzinfo=UTC)


@pytest.fixture
def units(database_url: str) -> Iterator[UnitsOfWork]:
    engine = make_engine(database_url)
    units = UnitsOfWork(engine, HeldClock(START), lambda _: None)
    with units() as work:
        agencies.load(work, read_agency(TOWN + NETWORKS, "a test"))
    yield units
    engine.dispose()


def person(name: str, **more: object) -> Known:
    known = {"birth_date": None, "sex": None, "identifiers": (), "addresses": (), "phones": ()}
    return Known(key=1, names=(PersonName.written(name),), **{**known, **more})  # type: ignore[arg-type]


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_line_says_what_a_network_knows_somebody_by() -> None:
    known = person(
        "Test Middle Person Jr.",
        birth_date=datetime(1984, 3, 2, tzinfo=UTC).date(),
        sex=Sex.MALE,
        identifiers=(Identifier(IdentifierKind.MEDICAID, "OR0001"),),
        addresses=(Address("12 Example St, Apt 3", "Salem", "OR", "97301"),),
        phones=("+15035550121", "+445551234567"),
    )
    text = table([Listed("C-1", "North ACT", known)])
    said = "C-1,Person,Test,Middle,Jr.,1984-03-02,M,"
    assert text == (
        ",".join(COLUMNS) + "\r\n" + said + '"12 Example St, Apt 3",Salem,OR,97301,'
        "5035550121,445551234567,OR0001,North ACT\r\n"
    )


def test_no_spreadsheet_takes_a_name_for_a_formula() -> None:
    [line] = lines(table([Listed("=C1", "North", person('=HYPERLINK("x") Person'))]))
    assert line["given_name"].startswith("'=")
    assert line["client_id"] == "'=C1"


@pytest.mark.parametrize(
    ("written", "family", "suffix"),
    [
        ("Person, Test Jr", "Person", "Jr"),
        ("Test Person III", "Person", "III"),
        ("Person Sr., Test", "Person", "Sr."),
        ("Test Person", "Person", ""),
        ("Test Senior", "Senior", ""),
    ],
)
def test_a_suffix_has_its_own_column(written: str, family: str, suffix: str) -> None:
    name = apart(PersonName.written(written))
    assert (name.family, name.suffix) == (family, suffix)
    assert name.given == "Test"


def test_the_networks_that_the_sample_shows_are_right() -> None:
    sample = files("dispatch").joinpath("sample_agency.yaml").read_text("utf-8")
    agency = read_agency(re.sub(r"(?m)^# (?=networks:|  - )", "", sample), "the sample")
    assert [(one.valid_days, one.warn_days) for one in agency.networks] == [(90, 14)]


def test_an_export_is_noted_with_its_end_and_audited(units: UnitsOfWork) -> None:
    with units() as work:
        made = rosters.export(work, "hie", by="Eli Sample", login="eli@example.org")
        assert len(lines(made.text)) == made.row.clients == 5
    with units.reading() as work:
        [network] = rosters.rosters(work)
        [row] = work.session.exec(select(AuditRow).where(AuditRow.what == "roster_exported"))
    assert network["last"]["clients"] == 5
    assert network["last"]["expires_at"] == "2026-04-10T12:00:00+00:00"
    assert (network["expires_in_days"], network["expired"]) == (90, False)
    assert (row.who, row.about) == ("eli@example.org", "hie")


def test_whoever_has_left_stands_on_no_roster(units: UnitsOfWork) -> None:
    without = TOWN.replace("  - id: C-1001", "  - id: C-1009") + NETWORKS
    with units() as work:
        agencies.load(work, read_agency(without, "a test"))
        listed = {
            line["client_id"] for line in lines(rosters.export(work, "hie", by="", login="").text)
        }
    assert "C-1009" in listed
    assert "C-1001" not in listed


def test_a_network_that_the_file_drops_gets_no_roster(units: UnitsOfWork) -> None:
    with units() as work:
        agencies.load(work, read_agency(TOWN, "a test"))
        assert rosters.rosters(work) == []
        with pytest.raises(rosters.UnknownNetwork, match="hie"):
            rosters.export(work, "hie", by="", login="")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("valid_days: 90", "valid_days: 14", '"warn_days" must be less than "valid_days"'),
        ("valid_days: 90", "valid_days: 90, warn_days: 90", '"warn_days" must be less'),
        ("valid_days: 90", "valid_days: soon", "whole days"),
        ("in_charge: eli", "in_charge: zoe", "nobody on the staff"),
        ("id: hie", "id: hie, nam: x", 'mean "name"?'),
    ],
)
def test_what_is_wrong_with_a_network_is_said(old: str, new: str, problem: str) -> None:
    with pytest.raises(AgencyFaults) as found:
        read_agency(TOWN + NETWORKS.replace(old, new), "a test")
    [fault] = found.value.faults
    assert problem in str(fault)
    assert fault.where.startswith("networks[0]")
