"""What a correct file means: the sample agency, the example, and what may be left out."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dispatch.agency_file import (
    Agency,
    Discipline,
    Language,
    Role,
    StaffMember,
    read_agency,
    read_agency_bytes,
)
from notifications.paging import USUAL, Nights, PagingRule
from oncall.ladder import DEFAULT_LAST_RESORT
from oncall.model import Every, Only, Override, Rota, Unit
from oncall.schedule import final_schedule

EXAMPLE = Path(__file__).parents[3] / "shared" / "agency.example.yaml"

SMALLEST = """
agency: Small Agency
staff:
  - {id: ana, name: Ana Sample, discipline: nurse, phone: "+15035550101", role: viewer}
teams:
  - id: north
    name: North ACT
    timezone: America/Los_Angeles
    lines: []
    members: [ana]
    ladder: [{tier: primary, ring_seconds: 5, page_seconds: 5}]
    rotations:
      - {tier: primary, name: all, starts: 2026-01-05 09:00, every: 2 days, order: [ana], ONLY}
clients:
  - {id: C-1, name: Test Person One, birth_date: 1984-03-02, team: north}
"""


@pytest.fixture(scope="module")
def agency(sample: str) -> Agency:
    """The sample agency."""
    return read_agency(sample, "sample_agency.yaml")


def small(only: str = "only: {}") -> Agency:
    """The smallest agency, with ``only`` in its rotation."""
    return read_agency(SMALLEST.replace("ONLY", only), "small.yaml")


def test_staff_and_clients_are_read_as_typed(agency: Agency) -> None:
    """Every field of a person arrives, each as its own type."""
    ben = StaffMember(
        id="ben",
        name="Ben Sample",
        discipline=Discipline.NURSE,
        phone="+15035550102",
        role=Role.CLINICIAN,
        email="ben@example.org",
    )
    assert ben == agency.staff[1]
    assert date(1991, 11, 20) == agency.clients[1].birth_date
    assert agency.clients[1].phones == ("+15035550122", "+15035550123")
    assert agency.clients[1].language == Language.SPANISH
    assert agency.last_resort == ("988", "+18002738255")
    assert agency.crisis_lines[0].callback == "+15035550199"
    assert agency.interpreter_line == "+15035550195"
    assert agency.hospitals[0].psychiatric_units == ("BHU", "3 West")
    assert [hospital.psychiatric for hospital in agency.hospitals] == [False, True]
    assert agency.clients[0].state == "OR"


def test_an_override_is_resolved_to_utc_in_its_teams_zone(agency: Agency) -> None:
    """18:00 in Portland on Christmas Eve is 02:00 UTC on the next day."""
    assert (
        Override(
            tier="primary",
            start=datetime(2026, 12, 25, 2, tzinfo=UTC),
            end=datetime(2026, 12, 25, 17, tzinfo=UTC),
            staff="dee",
            reason="Christmas Eve",
        ),
    ) == agency.teams[0].overrides


def test_rotations_keep_the_wall_clock_and_their_order(agency: Agency) -> None:
    """The later of two layers stands later; its restriction is kept."""
    weeks, sunday = agency.teams[0].rotations[:2]

    assert datetime.fromisoformat("2025-12-29T09:00") == weeks.starts
    assert Every(1, Unit.WEEK) == weeks.every
    assert Only(frozenset({6}), time(9), time(17)) == sunday.only
    assert Every(12, Unit.HOUR) == agency.teams[1].rotations[0].every


@pytest.mark.parametrize("team", [0, 1])
def test_the_samples_tiers_are_held_by_three_people_at_every_hour_of_2026(
    agency: Agency, team: int
) -> None:
    """The demo begins with a rota that has neither gaps nor one person on two rungs."""
    spec = agency.teams[team]
    zone = ZoneInfo(spec.timezone)
    rota = Rota(spec.id, zone, spec.ladder, spec.rotations, spec.overrides)
    start = datetime(2026, 1, 5, tzinfo=zone).astimezone(UTC)
    end = start + timedelta(days=365)
    tiers = [final_schedule(rota, rung.tier, start, end) for rung in spec.ladder]

    for shifts in tiers:
        assert (start, end) == (shifts[0].start, shifts[-1].end)
        assert all(a.end == b.start for a, b in pairwise(shifts))
    for at in (shift.start for shifts in tiers for shift in shifts):
        held_by = {s.staff for shifts in tiers for s in shifts if s.start <= at < s.end}
        assert len(tiers) == len(held_by)


def test_the_sample_shows_a_shared_line_and_a_shared_phone(agency: Agency) -> None:
    """The demo's call script has something to ask and somebody to tell apart."""
    north, south = agency.teams
    phones = [phone for client in agency.clients for phone in client.phones]

    assert {"+15035550190"} == {*north.lines} & {*south.lines}
    assert len(phones) > len(set(phones))
    assert Language.SPANISH in {client.language for client in agency.clients}


def test_every_number_of_the_sample_is_reserved_for_fiction(sample: str) -> None:
    """Nobody is ever rung by a demo that reaches the real network by mistake."""
    numbers = [word for word in sample.replace('"', " ").split() if word.startswith("+")]

    assert len(numbers) > 15
    assert {"+18002738255"} == {n for n in numbers if not n.startswith("+150355501")}


def test_what_is_left_out_has_a_default() -> None:
    """A short file is a whole agency."""
    agency = small()

    assert agency.last_resort == DEFAULT_LAST_RESORT
    assert (agency.crisis_lines, agency.teams[0].overrides) == ((), ())
    assert agency.staff[0].email is None
    client = agency.clients[0]
    assert (client.phones, client.language, client.coordinator) == ((), Language.ENGLISH, None)


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ("only: {}", Only(frozenset(range(7)))),
        ("only: {days: [sat, sun]}", Only(frozenset({5, 6}))),
        ("only: {from: 17:00, to: 08:00}", Only(frozenset(range(7)), time(17), time(8))),
        ("only: {days: [fri], from: 22:30}", Only(frozenset({4}), time(22, 30))),
        ("only: {days: [fri], to: 24:00}", Only(frozenset({4}))),
        ("only: ~", None),
        ("ends: null", None),
    ],
)
def test_a_restriction_may_leave_out_days_or_times(only: str, expected: Only | None) -> None:
    """Unquoted times mean what they look like, which YAML alone would not give."""
    assert expected == small(only).teams[0].rotations[0].only


def test_how_somebody_is_paged_is_read_where_it_is_said(agency: Agency) -> None:
    """Who says nothing of it keeps what they have set themselves."""
    said = {one.id: one.paging.rule() for one in agency.staff if one.paging is not None}

    assert said == {"hal": PagingRule(timedelta(seconds=60), Nights(time(22), time(7)))}


@pytest.mark.parametrize(
    ("paging", "expected"),
    [
        ("{}", USUAL),
        ("{ring_after: 0}", PagingRule(timedelta())),
        ("{ring_after: never}", PagingRule(None)),
        ("{nights: {from: 22:00, to: 24:00}}", PagingRule(nights=Nights(time(22), time(0)))),
        (
            "{ring_after: 600, nights: {from: 09:00, to: 17:00, ring_after: never}}",
            PagingRule(timedelta(minutes=10), Nights(time(9), time(17), None)),
        ),
        ("~", None),
    ],
)
def test_a_paging_rule_may_leave_out_what_is_usual(
    paging: str, expected: PagingRule | None
) -> None:
    """“never” is a word of its own: what is left out is as usual."""
    text = SMALLEST.replace("ONLY", "only: ").replace("viewer}", f"viewer, paging: {paging}}}")
    found = read_agency(text, "small.yaml").staff[0].paging

    assert expected == (found and found.rule())


def test_words_that_yaml_would_change_stay_words() -> None:
    """An id “no” is no False, and a number is no integer, whether quoted or not."""
    text = SMALLEST.replace("ONLY", "only: ").replace("ana", "no").replace('"+1', "+1")
    agency = read_agency(text.replace('0101"', "0101"), "small.yaml")

    assert (agency.staff[0].id, agency.staff[0].phone) == ("no", "+15035550101")


def test_a_byte_order_mark_and_windows_line_ends_are_welcome(sample: str) -> None:
    """Files come from Windows, too."""
    content = b"\xef\xbb\xbf" + sample.replace("\n", "\r\n").encode()

    assert read_agency(sample, "a") == read_agency_bytes(content, "a")


def test_the_example_loads() -> None:
    """The format's own example is a correct file."""
    if not EXAMPLE.exists():
        pytest.skip("the folder ../shared with agency.example.yaml is not beside the project")

    agency = read_agency_bytes(EXAMPLE.read_bytes(), EXAMPLE.name)

    assert agency.name == "Cascade Community Mental Health"
    assert tuple(map(len, (agency.staff, agency.teams, agency.clients, agency.crisis_lines))) == (
        6,
        1,
        2,
        1,
    )
