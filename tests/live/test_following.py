"""Whoever watches sees every step of a crisis, in order, and nothing of other people's teams."""

import json
from pathlib import Path

import pytest

from dispatch.access import Role
from dispatch.board import CrisisClosed, Nothing
from dispatch.live import Live, Message
from tests.live.watcher import Watcher, add_user
from tests.scenarios import town
from tests.scenarios.night import Night

STORED = Path(__file__).parent.parent / "snapshots" / "board_messages.json"


def test_a_call_is_followed_step_by_step_until_it_is_closed(night: Night) -> None:
    night.ana.ignores()
    night.ben.answers(talk_for=40)
    with Watcher.logged_in(night, add_user(night, "Admin", Role.ADMIN)) as board:
        assert board.fresh_snapshot().crises == ()
        night.call()
        ringing = board.read_until_shown(state="ringing")
        assert ringing.reaching is not None
        assert ringing.reaching.staff is not None
        assert (ringing.reaching.staff.id, ringing.reaching.tier) == ("ana", "primary")
        talking = board.read_until_shown(state="talking")
        assert talking.owner is not None
        assert talking.owner.id == "ben"
        cards = [change.crisis for change in board.changes if change.kind == "crisis"]
        rung = [card.reaching.staff.id for card in cards if card.reaching and card.reaching.staff]
        assert list(dict.fromkeys(rung)) == ["ana", "ben"]
        board.read_until_shown(state="accepted")
        night.network.wait_until_quiet()
        with night.web() as web:
            end = {"disposition": "resolved_by_phone"}
            assert web.post(f"/api/crises/{talking.ref}/close", json=end).status_code == 200
        board.read_until(lambda shown: not shown.crises, "an empty board")
        assert CrisisClosed(ref=talking.ref, team="north") in board.changes


def test_replaying_the_changes_gives_what_a_fresh_snapshot_shows(night: Night) -> None:
    """The law of the board, on a night in which both teams have a call and one caller hangs up."""
    night.ana.ignores()
    night.ben.answers(talk_for=40)
    night.gus.declines()
    night.hal.ignores()
    night.ivy.answers(press="1", talk_for=40)
    admin = add_user(night, "Admin", Role.ADMIN)

    def a_newcomer_sees_the_same() -> None:
        with Watcher.logged_in(night, admin) as newcomer:
            assert follower.read_to(newcomer.number) == newcomer.board

    with Watcher.logged_in(night, admin) as follower:
        a_newcomer_sees_the_same()
        night.call()
        follower.read_until_shown(state="ringing")
        a_newcomer_sees_the_same()
        in_the_south = night.call(town.SOUTH_CLIENT, town.SOUTH_LINE)
        follower.read_until(lambda shown: len(shown.crises) == 2, "the second crisis")
        a_newcomer_sees_the_same()
        in_the_south.hang_up()
        gone = {"callback_needed", "accepted"}
        follower.read_until(
            lambda shown: {card.state for card in shown.crises} <= gone, "both callers gone"
        )
        night.network.wait_until_quiet()
        a_newcomer_sees_the_same()
        kinds = [message["type"] for message in follower.messages]
        assert kinds.count("snapshot") == 1, "all the rest came as changes"


def test_another_teams_clinician_learns_only_that_a_number_has_passed(night: Night) -> None:
    night.ana.answers(talk_for=40)
    with (
        Watcher.logged_in(night, add_user(night, "Gus", Role.CLINICIAN, staff="gus")) as south,
        Watcher.logged_in(night, add_user(night, "Ben", Role.CLINICIAN, staff="ben")) as north,
    ):
        night.call()
        north.read_until_shown(state="accepted")
        south.read_to(north.number)
        assert south.changes
        assert set(south.changes) == {Nothing()}
        assert {team.id for team in south.fresh_snapshot().teams} == {"south"}
        assert {"Gus Sample", "Hal Sample", "Ivy Sample"} == south.names()
        said = json.dumps(south.messages)
        ref = night.crisis().ref
        assert not any(word in said for word in ("north", "North", f'"{ref}"', "Ana", "Ben"))


def test_a_wall_board_shows_every_team_and_no_client(night: Night) -> None:
    night.ana.answers(talk_for=40)
    with Watcher.logged_in(night, add_user(night, "Wall", Role.VIEWER)) as wall:
        assert [team.id for team in wall.fresh_snapshot().teams] == ["north", "south"]
        night.call()
        wall.read_until_shown(state="accepted")
        said = json.dumps(wall.messages)
        assert "Test Person" not in said
        assert "C-100" not in said
        assert town.CLIENT not in said


def test_a_viewer_of_one_team_sees_that_team_alone(night: Night) -> None:
    night.ana.answers(talk_for=40)
    viewer = add_user(night, "Desk", Role.VIEWER, teams=("south",))
    with Watcher.logged_in(night, viewer) as desk:
        night.call()
        night.until(lambda: [one.state for one in night.crises()] == ["accepted"], "an owner")
        assert desk.fresh_snapshot().crises == ()
        assert {"Gus Sample", "Hal Sample", "Ivy Sample"} == desk.names()


def test_a_fresh_snapshot_may_be_asked_for_and_the_changes_go_on_after_it(night: Night) -> None:
    night.ana.ignores()
    night.ben.answers(talk_for=40)
    with Watcher.logged_in(night, add_user(night, "Admin", Role.ADMIN)) as board:
        night.call()
        board.read_until_shown(state="ringing")
        for _ in range(3):
            board.fresh_snapshot()
        board.read_until_shown(state="accepted")


def test_whatever_else_a_page_says_changes_nothing(night: Night) -> None:
    with Watcher.logged_in(night, add_user(night, "Admin", Role.ADMIN)) as board:
        for said in ("", "hello", "{", '{"type": "crisis"}', "[]" * 1000, '{"type": "snap', "\0"):
            board.say(said)
        assert board.fresh_snapshot().teams
        assert [message["type"] for message in board.messages].count("snapshot") == 2


def test_what_happens_while_a_snapshot_is_read_is_not_lost(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page ignores changes until its snapshot comes, so none that follows it may come before."""
    read_snapshot = Live._snapshot

    def slow(live: Live, viewer: object) -> Message:
        message = read_snapshot(live, viewer)  # type: ignore[arg-type]
        before = live._number
        night.call()
        night.until(lambda: bool(night.crises()) and live._number > before, "the change")
        return message

    admin = add_user(night, "Admin", Role.ADMIN)
    with Watcher.logged_in(night, admin) as board:
        monkeypatch.setattr(Live, "_snapshot", slow)
        board.say('{"type": "snapshot"}')
        kinds = []
        while "snapshot" not in kinds:
            kinds.append(board.read()["type"])
        assert "change" not in kinds, "a change that the snapshot lacks came before it"
        board.read_until(lambda shown: len(shown.crises) == 1, "the crisis")


def test_real_messages_look_exactly_like_those_the_front_end_is_tested_with(
    quick_heart: None, night: Night
) -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8"))["messages"]
    shapes = {message["type"]: set(message) for message in stored}
    night.ana.answers(talk_for=40)
    with Watcher.logged_in(night, add_user(night, "Admin", Role.ADMIN)) as board:
        night.call()
        board.read_until_shown(state="accepted")
        while board.messages[-1]["type"] != "heartbeat":
            board.read()
        for message in board.messages:
            assert set(message) == shapes[message["type"]]
            assert message["at"].endswith("+00:00")
