"""The board's law: an old snapshot and the changes since give the same as a fresh snapshot."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
from hypothesis import given
from pydantic import TypeAdapter

from dispatch.board import (
    AdmissionsChanged,
    Board,
    Change,
    CrisisChanged,
    CrisisClosed,
    Next,
    Nothing,
    OnCall,
    Person,
    Reload,
    TeamAlarm,
    TeamCard,
    TeamChanged,
    apply,
    as_json,
    crisis_card,
    crisis_changes,
    in_order,
    teams_of,
)
from dispatch.crisis import Crisis, Disposition, How, Reaching, Source, State
from tests.core.build import NIGHT

NAMES = {"ana": "Ana Example", "ben": "Ben Example"}
TEAMS = ("north", "south")
REFS = ("C2D", "F3G", "H4J", "K7Q")

moments = st.integers(0, 3).map(lambda minutes: NIGHT + timedelta(minutes=minutes))
staff = st.sampled_from([None, "ana", "ben", "dev"])


@st.composite
def crises(draw: st.DrawFn, ref: str) -> Crisis:
    """Any crisis, as far as a board shows it."""
    state = draw(st.sampled_from(State))
    reaching = draw(
        st.none() | st.builds(Reaching, staff, st.just("primary"), st.sampled_from(How), moments)
    )
    return Crisis(
        ref=ref,
        team=draw(st.sampled_from(TEAMS)),
        source=draw(st.sampled_from(Source)),
        opened_at=NIGHT + timedelta(minutes=REFS.index(ref) // 2),  # two at the same moment
        state=state,
        since=draw(moments),
        owner=draw(staff),
        reaching=reaching,
        line=None,
        round=draw(st.integers(1, 3)),
        due_at=draw(st.none() | moments),
        alarm=draw(st.sampled_from([None, "Nobody on the ladder has taken it"])),
        disposition=Disposition.ADMITTED if state is State.CLOSED else None,
    )


steps = st.lists(st.sampled_from(REFS).flatmap(crises), max_size=12)


def card(team: str, name: str, calls: int = 0) -> TeamCard:
    until: datetime = NIGHT + timedelta(hours=5)
    following = Next(staff=Person(id="ben", name=NAMES["ben"]), **{"from": until})
    return TeamCard(
        id=team,
        name=name,
        timezone=str(ZoneInfo("America/Los_Angeles")),
        on_call=(
            OnCall(tier="primary", staff=Person(id="ana", name="Ana"), until=until, next=following),
            OnCall(tier="backup", staff=None, until=None, next=None),
        ),
        last_resort=("988", "+18002738255"),
        calls_today=calls,
        alarms=(TeamAlarm(kind="gap", text="Nobody is on call", since=NIGHT),),
    )


def snapshot(known: dict[str, Crisis], teams: tuple[str, ...] = TEAMS) -> Board:
    shown = [one for one in known.values() if one.is_open and one.team in teams]
    return Board(teams=(), crises=in_order(crisis_card(one, NAMES) for one in shown))


@given(steps, st.data())
def test_replayed_changes_equal_a_fresh_snapshot(story: list[Crisis], data: st.DataObject) -> None:
    """From whatever moment the snapshot is, and for a viewer of one team or of both."""
    teams = data.draw(st.sampled_from([TEAMS, ("north",), ("south",)]))
    start = data.draw(st.integers(0, len(story)))
    known: dict[str, Crisis] = {}
    for crisis in story[:start]:
        known[crisis.ref] = crisis
    board = snapshot(known, teams)
    for crisis in story[start:]:
        for change in crisis_changes(known.get(crisis.ref), crisis, NAMES):
            seen = change if teams_of(change) in teams else Nothing()
            board = apply(board, seen)
        known[crisis.ref] = crisis
    assert board == snapshot(known, teams)


@given(steps)
def test_changes_survive_the_wire(story: list[Crisis]) -> None:
    wire: TypeAdapter[Change] = TypeAdapter(Change)
    for crisis in story:
        for change in crisis_changes(None, crisis, NAMES):
            assert wire.validate_python(as_json(change)) == change


def test_a_team_card_survives_the_wire() -> None:
    change = TeamChanged(team=card("north", "North ACT"))
    written = as_json(change)
    assert written["team"]["on_call"][0]["next"]["from"] == "2026-01-10T16:10:00Z"
    assert TeamChanged.model_validate(written) == change


@given(st.sampled_from(REFS).flatmap(crises))
def test_what_has_not_changed_makes_no_change(crisis: Crisis) -> None:
    assert crisis_changes(crisis, crisis, NAMES) == []
    assert crisis_changes(crisis, replace(crisis, pages=7), NAMES) == []


def crisis(state: State = State.PAGING, team: str = "north") -> Crisis:
    return Crisis("K7Q", team, Source.CALL, NIGHT, state, NIGHT)


def test_a_crisis_that_moves_to_another_team_leaves_the_first_ones_board() -> None:
    moved = crisis_changes(crisis(), crisis(team="south"), NAMES)
    assert moved[0] == CrisisClosed(ref="K7Q", team="north")
    assert isinstance(moved[1], CrisisChanged)
    assert [teams_of(change) for change in moved] == ["north", "south"]


def test_a_closed_crisis_leaves_and_a_reopened_one_comes_back() -> None:
    closed = crisis(State.CLOSED)
    assert crisis_changes(crisis(), closed, NAMES) == [CrisisClosed(ref="K7Q", team="north")]
    assert crisis_changes(None, closed, NAMES) == []
    (back,) = crisis_changes(closed, crisis(), NAMES)
    assert back == CrisisChanged(crisis=crisis_card(crisis(), NAMES))


def test_open_crises_stand_by_age_and_then_by_reference() -> None:
    cards = [
        crisis_card(replace(crisis(), ref=ref, opened_at=NIGHT + timedelta(minutes=minute)), NAMES)
        for ref, minute in [("K7Q", 0), ("C2D", 5), ("F3G", 0)]
    ]
    assert [one.ref for one in in_order(cards)] == ["F3G", "K7Q", "C2D"]


def test_teams_stand_by_name_and_keep_their_place_when_they_change() -> None:
    board = Board(teams=(), crises=())
    for one in [card("s", "South ACT"), card("n", "North ACT"), card("s", "South ACT", calls=3)]:
        board = apply(board, TeamChanged(team=one))
    assert [(team.name, team.calls_today) for team in board.teams] == [
        ("North ACT", 0),
        ("South ACT", 3),
    ]


def test_a_number_without_news_and_a_reload_leave_the_board_as_it_is() -> None:
    board = Board(teams=(card("north", "North ACT"),), crises=(crisis_card(crisis(), NAMES),))
    assert apply(board, Nothing()) == apply(board, Reload()) == board
    assert apply(board, AdmissionsChanged(team="north")) == board
    assert teams_of(AdmissionsChanged(team="north")) == "north", "for those who see the team"


def test_somebody_without_a_known_name_is_shown_by_their_short_one() -> None:
    shown = crisis_card(replace(crisis(), owner="dev"), NAMES)
    assert shown.owner == Person(id="dev", name="dev")
