"""Who is calling, and which team answers: the client's own, whatever line was dialled."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from dispatch.caller import WITHHELD, AskWhich, Routed, phone_number, route

TEAMS = ["north", "south", "east"]


@pytest.mark.parametrize(
    "raw",
    ["+15035550101", "15035550101", "5035550101", "(503) 555-0101", " +1 503.555.0101 "],
)
def test_a_number_is_the_same_however_it_is_written(raw: str) -> None:
    assert phone_number(raw) == "+15035550101"


def test_a_number_from_abroad_is_kept() -> None:
    assert phone_number("+44 20 7946 0018") == "+442079460018"


@pytest.mark.parametrize("word", sorted(WITHHELD))
def test_a_withheld_number_is_nobodys(word: str) -> None:
    assert phone_number(word) is None
    assert phone_number(f" {word.upper()} ") is None


@pytest.mark.parametrize(
    "raw",
    [None, "", "  ", "+", "0", "abc", "client:ana", "+1", "+999999999999999999", "5" * 41, "\0"],
)
def test_what_is_no_number_is_nobodys(raw: str | None) -> None:
    assert phone_number(raw) is None


@pytest.mark.parametrize("raw", ["555-0101", "5550101", "2562533", "8656696"])
def test_a_number_without_its_area_is_nobodys(raw: str) -> None:
    """Seven digits name thousands of phones, and two of them mean "withheld" on a keypad."""
    assert phone_number(raw) is None


@given(st.text(max_size=60))
def test_whatever_twilio_sends_is_read_as_a_number_or_nothing(raw: str) -> None:
    found = phone_number(raw)
    assert found is None or (found.startswith("+") and found[1:].isdecimal() and found.isascii())


@given(st.integers(0, 99))
def test_reading_a_number_twice_changes_nothing(last: int) -> None:
    number = f"+150355501{last:02}"
    assert phone_number(number) == number


teams = st.lists(st.sampled_from(TEAMS), unique=True)


def offered(found: Routed | AskWhich | None) -> tuple[str, ...]:
    match found:
        case Routed(team=team):
            return (team,)
        case AskWhich(teams=teams):
            return teams
        case None:
            return ()


def test_a_clients_team_answers_on_another_teams_line() -> None:
    assert route(["south"], ["north"], TEAMS) == Routed("south")


def test_a_stranger_gets_the_team_of_the_line() -> None:
    assert route([], ["north"], TEAMS) == Routed("north")


def test_a_shared_line_asks_a_stranger_in_the_agencys_order() -> None:
    assert route([], ["south", "north"], TEAMS) == AskWhich(("north", "south"))


def test_a_number_shared_by_clients_of_two_teams_follows_the_line() -> None:
    assert route(["north", "south"], ["south"], TEAMS) == Routed("south")
    assert route(["north", "south"], ["east"], TEAMS) == AskWhich(("north", "south"))


def test_a_line_that_nobody_knows_asks_among_all_teams() -> None:
    assert route([], [], TEAMS) == AskWhich(tuple(TEAMS))
    assert route([], ["gone"], ["north"]) == Routed("north")


@given(teams.filter(bool), teams)
def test_a_client_is_only_ever_offered_their_own_teams(own: list[str], line: list[str]) -> None:
    found = offered(route(own, line, TEAMS))
    assert found
    assert set(found) <= set(own)


@given(teams, teams, teams)
def test_only_an_agency_without_teams_leaves_a_caller_to_the_last_resort(
    own: list[str], line: list[str], everyone: list[str]
) -> None:
    found = route([team for team in own if team in everyone], line, everyone)
    assert (found is None) == (everyone == [])


@given(teams, teams)
def test_nobody_is_asked_without_a_choice(own: list[str], line: list[str]) -> None:
    found = route(own, line, TEAMS)
    assert not isinstance(found, AskWhich) or len(found.teams) > 1
