"""Conferences beside a closing, an outage, a further leg: nobody is left alone."""

import pytest

from dispatch.crisis import Disposition, State
from dispatch.events import (
    Adrift,
    Closed,
    DropLeg,
    DueReached,
    HandOffAsked,
    Happened,
    HappenedAdrift,
    LegOutcome,
    Refused,
    Tell,
    TellKind,
)
from dispatch.room_draft import ALONE_PATIENCE
from dispatch.room_events import (
    EndsWith,
    FetchCaller,
    MoveWorker,
    PartyOver,
    RoomEnded,
    WhyOver,
    WorkerLeft,
)
from dispatch.teams_side import HAND_OFF_PATIENCE
from tests.core.build import Story, only
from tests.core.test_warm_handoff import ANA_LEG, LIFELINE, Call

CLOSED = Closed(Disposition.HANDED_TO_988_911)


def adrift(what: Adrift, leg: int, *, staff: str = "ana", seconds: int = 0) -> HappenedAdrift:
    """Something that happened in the caller's call while the database was away."""
    happened = Happened(
        what, "CA1", leg, staff, seconds=seconds, outcome=LegOutcome.COMPLETED, bridged=True
    )
    return HappenedAdrift(happened, "north")


def test_who_brought_988_in_leaves_first_and_closes_then() -> None:
    """Closed before, nobody would see Ana leave: the caller would sit alone once 988 hangs up."""
    call = Call(LIFELINE)
    call.speaks()
    with pytest.raises(Refused, match="leave it first"):
        call.happens(CLOSED)
    assert call.crisis.state is State.TALKING
    left = call.happens(WorkerLeft(1, ANA_LEG))
    assert [one.ends for one in only(left.effects, EndsWith)] == [True]
    call.happens(CLOSED)
    assert call.crisis.state is State.CLOSED


@pytest.mark.parametrize("step", ["is_moving", "rings", "joins"])
def test_until_somebody_has_spoken_the_room_ends_with_the_worker_and_may_be_closed(
    step: str,
) -> None:
    call = Call(LIFELINE)
    getattr(call, step)()
    call.happens(CLOSED)
    assert call.crisis.conference is None


def test_a_caller_who_could_not_follow_into_the_room_while_the_database_was_away() -> None:
    """Their talk looked over: Ana is let out of the empty room, and told to call back."""
    call = Call()
    call.is_asked()
    after = call.happens(adrift(Adrift.TALKED, 1, seconds=60))
    assert (call.crisis.state, call.crisis.owner) == (State.ACCEPTED, "ana")
    assert only(after.effects, DropLeg) == [DropLeg(ANA_LEG)]
    assert [one.kind for one in only(after.effects, Tell)] == [TellKind.CALL_BACK]


def test_a_room_is_over_when_the_caller_is_known_to_talk_on_a_later_leg() -> None:
    """One node knows only that Ben has answered; what it missed was answered by another."""
    call = Call()
    call.joins()
    call.happens(adrift(Adrift.ACCEPTED, 3, staff="ben"))
    assert (call.crisis.state, call.crisis.owner) == (State.TALKING, "ben")
    assert call.crisis.conference is None


def test_who_took_the_call_while_the_database_was_away_may_bring_somebody_in() -> None:
    story = Story("ana", "ben", "cleo")
    for what, leg_sid in ((Adrift.ARRIVED, None), (Adrift.RINGING, None), (Adrift.ACCEPTED, "CA2")):
        leg = 0 if what is Adrift.ARRIVED else 1
        happened = Happened(what, "CA1", leg, "ana", leg_sid=leg_sid)
        story.happens(HappenedAdrift(happened, "north"))
    assert story.crisis.state is State.TALKING
    asked = story.happens(LIFELINE)
    assert only(asked.effects, MoveWorker) == [MoveWorker("CA2", 1)]


def a_hand_off_from_a_room(call: Call) -> None:
    """988 has gone again; Ana asks Ben to take it over, and her line breaks."""
    call.speaks()
    call.happens(PartyOver(1, WhyOver.LEFT))
    call.happens(HandOffAsked("ben", "ana"))
    call.happens(WorkerLeft(1, ANA_LEG))


def test_a_caller_left_alone_does_not_wait_for_a_hand_off() -> None:
    call = Call(LIFELINE)
    a_hand_off_from_a_room(call)
    assert call.crisis.due_at == call.now + ALONE_PATIENCE
    due = call.happens(DueReached(), after=8)
    assert only(due.effects, FetchCaller) == [FetchCaller("CA1", 1)]
    assert call.crisis.handing_to == "ben"
    call.happens(RoomEnded("CA1", 1, caller_gone=False))
    assert (call.crisis.state, call.crisis.owner) == (State.ACCEPTED, "ana")
    assert call.crisis.due_at == call.now + HAND_OFF_PATIENCE, "Ben is still asked"


def test_a_room_that_ends_as_it_should_leaves_the_colleague_their_time() -> None:
    call = Call(LIFELINE)
    a_hand_off_from_a_room(call)
    call.happens(RoomEnded("CA1", 1, caller_gone=False))
    assert call.crisis.handing_to == "ben"
    assert call.crisis.due_at == call.now + HAND_OFF_PATIENCE
