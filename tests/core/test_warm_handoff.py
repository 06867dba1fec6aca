"""The warm handoff's policy: who hangs up when, what Twilio refuses, what holds in any order."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.crisis import Channel, Crisis, State
from dispatch.escalation import decide
from dispatch.events import (
    CallerGone,
    Declined,
    DropLeg,
    DueReached,
    EndCall,
    Event,
    Farewell,
    LegEnded,
    LegOutcome,
    PageKind,
    Preface,
    Refused,
    Ring,
    TellKind,
)
from dispatch.guests import choices, wanted
from dispatch.pursuit import ALARM_LOST
from dispatch.room import Guest, Presence
from dispatch.room_events import (
    BringIn,
    CallParty,
    EndsWith,
    EnterRoom,
    FetchCaller,
    LeaveAsked,
    LetGo,
    MoveWorker,
    PartyJoined,
    PartyOver,
    PartySeen,
    PartySpoke,
    RoomAsked,
    RoomEnded,
    RoomNamed,
    WaitForRoom,
    WhyOver,
    WorkerLeft,
    WorkerMoved,
    WorkerNotMoved,
)
from dispatch.warm_handoff import ROOM_TRIES
from tests.core import laws
from tests.core.build import Story, ladder_of, only

ANA_LEG, BEN_LEG, ROOM = "CAana", "CAben", "CFroom"
BEN = BringIn(Guest.COLLEAGUE, "ben")
LIFELINE = BringIn(Guest.LIFELINE, phone="988")
TALKED = LegEnded("CA1", 1, LegOutcome.COMPLETED, bridged=True, seconds=60, caller_gone=False)


class Call(Story):
    """Ana talks with the caller; step by step, somebody is brought in."""

    def __init__(self, guest: BringIn = BEN) -> None:
        super().__init__("ana", "ben", "cleo")
        self.guest = guest
        self.calls()
        self.leg_is_seen(ANA_LEG)
        self.presses_1("ana")
        self.now += timedelta(seconds=60)

    def is_asked(self) -> None:
        self.happens(self.guest)

    def is_moving(self) -> None:
        """The bridge is over, and Twilio has not said yet that Ana is in the room."""
        self.is_asked()
        self.happens(TALKED)

    def rings(self) -> None:
        self.is_moving()
        self.happens(RoomNamed(1, ROOM))
        self.happens(WorkerMoved(1, ANA_LEG))
        self.happens(RoomAsked("CA1", 1, 1))
        self.enters = self.last
        self.happens(PartySeen(1, BEN_LEG))

    def joins(self) -> None:
        self.rings()
        self.happens(PartyJoined(1, BEN_LEG))

    def speaks(self) -> None:
        self.joins()
        self.happens(PartySpoke(1, BEN_LEG))

    def is_left(self) -> None:
        self.speaks()
        self.happens(LeaveAsked())
        self.happens(WorkerLeft(1, ANA_LEG))

    @property
    def presence(self) -> Presence | None:
        room = self.crisis.conference
        return None if room is None or room.party is None else room.party.presence


BEFORE = ["is_asked", "is_moving"]
IN_THE_ROOM = ["rings", "joins", "speaks"]


# The whole way ──────────────────────────────────────────────────────────────────────────────────


def test_the_worker_is_moved_first_then_the_caller_follows_then_the_third_is_rung() -> None:
    call = Call()
    call.is_asked()
    assert only(call.last.effects, MoveWorker) == [MoveWorker(ANA_LEG, 1)]
    call.happens(TALKED)
    assert call.voice == WaitForRoom(1, 1)
    call.happens(WorkerMoved(1, ANA_LEG))
    call.happens(RoomAsked("CA1", 1, 1))
    assert call.voice == EnterRoom(1)
    assert only(call.last.effects, CallParty) == [CallParty(1, 1, "ben", None, 20)]
    assert call.pages == [("ben", PageKind.BRING_IN)]
    assert (call.crisis.state, call.crisis.owner) == (State.TALKING, "ana")


def test_a_caller_whose_worker_is_known_to_be_there_waits_for_nothing() -> None:
    call = Call()
    call.is_asked()
    call.happens(WorkerMoved(1, ANA_LEG))
    call.happens(TALKED)
    assert call.voice == EnterRoom(1)


def test_once_somebody_has_spoken_the_room_no_longer_ends_with_the_worker() -> None:
    call = Call()
    call.speaks()
    assert only(call.last.effects, EndsWith) == [EndsWith(ROOM, ANA_LEG, False, 1)]
    call.happens(LeaveAsked())
    assert only(call.last.effects, LetGo) == [LetGo(ROOM, ANA_LEG)]
    call.happens(WorkerLeft(1, ANA_LEG))
    assert only(call.last.effects, EndsWith) == [EndsWith(ROOM, BEN_LEG, True, 1)]
    assert call.crisis.owner == "ben"
    assert call.tells == [("ana", TellKind.TAKEN)]


def test_with_an_outside_line_the_owner_stays() -> None:
    call = Call(LIFELINE)
    call.is_left()
    assert (call.crisis.state, call.crisis.owner) == (State.TALKING, "ana")
    assert call.records == ["left", "stays", "still_owns"]
    call.happens(RoomEnded("CA1", 1, caller_gone=False))
    assert call.voice == EndCall(Farewell.AFTER_TALK, 1)
    assert (call.crisis.state, call.crisis.owner) == (State.ACCEPTED, "ana")
    assert call.crisis.due_at is None


def test_a_colleague_to_whom_it_was_handed_in_the_talk_comes_and_stays() -> None:
    call = Call()
    call.is_handed_to("ben", by="ana")
    call.accepts("ben")
    call.is_left()
    assert call.crisis.owner == "ben"


@pytest.mark.parametrize("point", ["is_asked", "is_moving", "rings", "joins"])
def test_nobody_may_leave_before_the_third_party_has_spoken(point: str) -> None:
    call = Call()
    getattr(call, point)()
    with pytest.raises(Refused):
        call.happens(LeaveAsked())


def test_asking_twice_is_asking_once() -> None:
    call = Call()
    call.is_asked()
    before = call.crisis
    call.happens(BEN)
    assert (call.crisis, call.last.effects) == (before, ())


# Who hangs up when ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("point", [*BEFORE, *IN_THE_ROOM])
def test_the_caller_hangs_up(point: str) -> None:
    """Everybody's call ends, and the crisis goes on with its owner."""
    call = Call()
    getattr(call, point)()
    call.caller_hangs_up()
    assert (call.crisis.state, call.crisis.owner) == (State.ACCEPTED, "ana")
    assert (call.crisis.conference, call.crisis.due_at, call.crisis.line) == (None, None, None)
    dropped = [DropLeg(BEN_LEG)] if point == "rings" else []
    assert only(call.last.effects, DropLeg) == dropped


def test_the_caller_hangs_up_after_the_worker_has_left() -> None:
    call = Call()
    call.is_left()
    call.happens(RoomEnded("CA1", 1, caller_gone=True))
    assert (call.crisis.state, call.crisis.owner) == (State.ACCEPTED, "ben")


def rung_again(call: Call) -> None:
    assert call.voice == Ring("ana", "primary", 20, 2, Preface.BROKEN)
    assert (call.crisis.state, call.crisis.owner) == (State.RINGING, None)


def test_the_worker_hangs_up_before_the_upgrade() -> None:
    """Twilio refuses to move a leg that is gone; the caller is at our door already."""
    call = Call()
    call.is_moving()
    call.happens(WorkerNotMoved(1))
    call.happens(RoomAsked("CA1", 1, 1))
    rung_again(call)


def test_the_worker_hangs_up_on_the_way_into_the_room() -> None:
    call = Call()
    call.is_moving()
    call.happens(WorkerMoved(1, ANA_LEG))
    call.happens(WorkerLeft(1, ANA_LEG))
    call.happens(RoomAsked("CA1", 1, 1))
    rung_again(call)


def test_a_worker_of_whom_nothing_is_heard_is_not_waited_for_long() -> None:
    call = Call()
    call.is_moving()
    for tries in range(1, ROOM_TRIES):
        call.happens(RoomAsked("CA1", 1, tries))
        assert call.voice == WaitForRoom(1, tries + 1)
    call.happens(RoomAsked("CA1", 1, ROOM_TRIES))
    rung_again(call)
    assert only(call.last.effects, DropLeg) == [DropLeg(ANA_LEG)]


@pytest.mark.parametrize("point", ["rings", "joins"])
@pytest.mark.parametrize("heard_first", [True, False])
def test_the_worker_hangs_up_before_anybody_has_spoken(point: str, heard_first: bool) -> None:
    """Whether or not the room's own word for it comes before the caller does."""
    call = Call()
    getattr(call, point)()
    if heard_first:
        call.happens(WorkerLeft(1, ANA_LEG))
    call.happens(RoomEnded("CA1", 1, caller_gone=False))
    rung_again(call)
    assert (DropLeg(BEN_LEG) in call.told) == (point == "rings")


def test_the_room_ends_with_a_worker_who_hung_up_just_after_the_first_word() -> None:
    call = Call()
    call.speaks()
    call.happens(RoomEnded("CA1", 1, caller_gone=False))
    rung_again(call)


@pytest.mark.parametrize("why", list(WhyOver))
def test_the_third_party_does_not_come(why: WhyOver) -> None:
    call = Call()
    call.rings()
    call.happens(PartyOver(1, why))
    assert call.tells == [("ana", TellKind.NOT_JOINED)]
    assert (call.presence, call.crisis.owner) == (None, "ana")
    call.happens(LIFELINE)
    assert only(call.last.effects, CallParty) == [CallParty(2, 1, None, "988", 60)]


@pytest.mark.parametrize("point", ["joins", "speaks"])
def test_the_third_party_hangs_up(point: str) -> None:
    """Worker and caller go on; from now on the room ends with the worker again."""
    call = Call()
    getattr(call, point)()
    call.happens(PartyOver(1, WhyOver.LEFT))
    assert call.tells == [("ana", TellKind.PARTY_LEFT)]
    back = [EndsWith(ROOM, ANA_LEG, True, 1)] if point == "speaks" else []
    assert only(call.last.effects, EndsWith) == back
    call.happens(RoomEnded("CA1", 1, caller_gone=False))
    assert call.voice == EndCall(Farewell.AFTER_TALK, 1)


def test_the_end_of_a_third_partys_call_alone_says_not_who_hung_up() -> None:
    call = Call()
    call.speaks()
    call.happens(PartyOver(1, WhyOver.LEFT, room_goes_on=False))
    assert call.tells == []
    call.is_due()
    assert call.tells == [("ana", TellKind.PARTY_LEFT)]


def test_a_caller_is_not_left_with_somebody_whose_call_is_over() -> None:
    call = Call()
    call.speaks()
    call.happens(PartyOver(1, WhyOver.LEFT, room_goes_on=False))
    call.happens(WorkerLeft(1, ANA_LEG))
    assert call.crisis.owner == "ana"
    call.is_due()
    assert only(call.last.effects, FetchCaller) == [FetchCaller("CA1", 1)]
    call.happens(RoomEnded("CA1", 1, caller_gone=False))
    rung_again(call)


def test_the_third_party_hangs_up_after_the_worker_has_left() -> None:
    call = Call()
    call.is_left()
    call.happens(WorkerLeft(1, BEN_LEG))
    call.happens(RoomEnded("CA1", 1, caller_gone=False))
    assert call.voice == EndCall(Farewell.AFTER_TALK, 1)
    assert (call.crisis.state, call.crisis.owner) == (State.ACCEPTED, "ben")


# What does not arrive ───────────────────────────────────────────────────────────────────────────


def test_a_refused_upgrade_leaves_the_bridge_and_tells_the_worker() -> None:
    call = Call()
    call.is_asked()
    call.happens(WorkerNotMoved(1))
    assert call.tells == [("ana", TellKind.BRING_IN_FAILED)]
    assert (call.crisis.conference, call.crisis.due_at) == (None, None)
    call.happens(TALKED)
    assert call.voice == EndCall(Farewell.AFTER_TALK, 1)


def test_an_upgrade_of_which_nothing_is_heard_is_called_off() -> None:
    call = Call()
    call.is_asked()
    call.is_due()
    assert call.tells == [("ana", TellKind.BRING_IN_FAILED)]
    call.happens(WorkerMoved(1, ANA_LEG))
    assert only(call.last.effects, DropLeg) == [DropLeg(ANA_LEG)], "nobody follows them"


def test_a_third_party_of_whom_nothing_is_heard_has_not_come() -> None:
    call = Call()
    call.rings()
    call.is_due()
    assert call.tells == [("ana", TellKind.NOT_JOINED)]
    assert only(call.last.effects, DropLeg) == [DropLeg(BEN_LEG)]
    call.happens(PartyJoined(1, BEN_LEG))
    assert only(call.last.effects, DropLeg) == [DropLeg(BEN_LEG)]


def test_a_word_whose_joining_got_lost_is_a_word() -> None:
    call = Call()
    call.rings()
    call.happens(PartySpoke(1, BEN_LEG))
    assert call.records == ["joined", "spoken"]
    call.happens(PartyJoined(1, BEN_LEG))
    assert call.presence is Presence.SPOKEN


def test_a_word_that_comes_after_the_worker_has_gone_counts_if_the_room_goes_on() -> None:
    call = Call()
    call.joins()
    call.happens(WorkerLeft(1, ANA_LEG))
    call.happens(PartySpoke(1, BEN_LEG))
    assert call.crisis.owner == "ana"
    call.is_due()
    assert call.crisis.owner == "ben"


def test_a_caller_who_cannot_be_fetched_is_called_back() -> None:
    call = Call()
    call.rings()
    call.happens(WorkerLeft(1, ANA_LEG))
    call.is_due()
    call.is_due()
    assert call.crisis.alarm == ALARM_LOST
    assert (call.crisis.state, call.crisis.owner) == (State.ACCEPTED, "ana")


def test_a_room_of_which_nothing_more_is_heard_does_not_stand_for_ever() -> None:
    call = Call()
    call.joins()
    call.is_due()
    assert call.crisis.alarm == ALARM_LOST
    assert call.crisis.conference is None


def test_closing_lets_go_of_whoever_is_rung() -> None:
    call = Call()
    call.rings()
    call.is_closed()
    assert only(call.last.effects, DropLeg) == [DropLeg(BEN_LEG)]
    call.happens(RoomEnded("CA1", 1, caller_gone=False))
    assert call.voice == EndCall(Farewell.AFTER_TALK, 1)


# Whom one may name ──────────────────────────────────────────────────────────────────────────────

LADDER = ladder_of("ana", "ben", None)
TEAM = ["ana", "ben", "cleo", "dev"]


@pytest.mark.parametrize(
    ("who", "meant"),
    [
        ("backup", BEN),
        ("Backup", BEN),
        ("dev", BringIn(Guest.COLLEAGUE, "dev")),
        ("988", LIFELINE),
        ("interpreter", BringIn(Guest.INTERPRETER, phone="+15035550195")),
    ],
)
def test_who_is_meant(who: str, meant: BringIn) -> None:
    assert wanted(who, LADDER, TEAM, "+15035550195") == meant


@pytest.mark.parametrize(
    ("who", "reason"),
    [("supervisor", "nobody"), ("zoe", "not_in_team"), ("interpreter", "no_interpreter")],
)
def test_who_cannot_be_meant(who: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        wanted(who, LADDER, TEAM, None)
    assert refused.value.reason == reason


def test_those_on_call_are_offered_first_and_the_worker_not_at_all() -> None:
    names = {one: one.title() for one in TEAM}
    assert choices("ana", LADDER, names, TEAM, "+15035550195") == [
        ("backup", "Backup: Ben"),
        ("cleo", "Cleo"),
        ("dev", "Dev"),
        ("988", "988 crisis line"),
        ("interpreter", "Interpreter line"),
    ]


# Whatever happens ───────────────────────────────────────────────────────────────────────────────

NUMBERS = st.integers(1, 3)
LEGS = st.sampled_from([ANA_LEG, BEN_LEG, "CAother"])
ANYTHING: st.SearchStrategy[Event | Callable[[Crisis], Event]] = st.one_of(
    st.sampled_from(
        [
            BEN,
            LIFELINE,
            LeaveAsked(),
            TALKED,
            RoomNamed(1, ROOM),
            WorkerNotMoved(1),
            RoomAsked("CA1", 1, 1),
            RoomAsked("CA1", 1, ROOM_TRIES),
            RoomEnded("CA1", 1, caller_gone=False),
            RoomEnded("CA1", 1, caller_gone=True),
            CallerGone("CA1"),
            Declined("ben", Channel.SMS),
            DueReached(),
        ]
    ),
    st.builds(WorkerMoved, st.just(1), LEGS),
    st.builds(WorkerLeft, st.just(1), LEGS),
    st.builds(PartySeen, NUMBERS, LEGS),
    st.builds(PartyJoined, NUMBERS, LEGS),
    st.builds(PartySpoke, NUMBERS, LEGS),
    st.builds(PartyOver, NUMBERS, st.sampled_from(WhyOver), st.booleans()),
)


@given(
    st.sampled_from(["is_asked", "is_moving", *IN_THE_ROOM, "is_left"]),
    st.lists(st.tuples(ANYTHING, st.sampled_from([1, 10, 60, 20_000])), max_size=12),
)
def test_in_any_order_somebody_owns_it_and_a_deadline_stands(
    point: str, happenings: list[tuple[Event, int]]
) -> None:
    """Twilio repeats, reorders and loses; people do what they like."""
    call = Call()
    getattr(call, point)()
    for event, after in happenings:
        before = call.crisis
        try:
            call.happens(event, after=after)
        except Refused:
            continue
        laws.state_and_fields_agree(call.crisis, call.now)
        laws.the_caller_is_answered(event, call.last)
        laws.the_right_phone_rings(call.last, call.ladder)
        laws.ownership_moves_by_rule(before, event, call.last)
        laws.pages_go_to_the_right_people(before, call.last, call.ladder)
        again = decide(call.crisis, event, call.now, call.ladder) if is_told(event) else None
        assert again is None or again.crisis.owner == call.crisis.owner, "once is enough"


def is_told(event: Event) -> bool:
    """Whether it is one of Twilio's words about a room, which may come twice."""
    return isinstance(event, WorkerMoved | WorkerLeft | PartySeen | PartyJoined | PartySpoke)
