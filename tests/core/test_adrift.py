"""The call script without a database: whatever happens, a human or 988, and never silence."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch import adrift
from dispatch.adrift import Step, Surroundings
from dispatch.course import Course
from dispatch.crisis import Channel, Disposition, Source, State
from dispatch.escalation import decide, new_crisis
from dispatch.events import (
    Accepted,
    Adrift,
    CallArrived,
    CallerGone,
    Closed,
    Declined,
    DueReached,
    EndCall,
    Event,
    Farewell,
    HandOffAsked,
    Happened,
    HappenedAdrift,
    LastResortEnded,
    LegEnded,
    LegOutcome,
    Page,
    PageKind,
    Record,
    Refused,
    Reported,
    Ring,
    RingLastResort,
    Tell,
    TellKind,
)
from dispatch.pursuit import LADDER_LOOPS
from tests.core.build import NIGHT, Story, ladder_of, only
from tests.core.laws import state_and_fields_agree

SID = "CA1"
TEAM = Surroundings(ladder_of("ana", "ben", "cleo"), {"ana", "ben", "cleo"})


def leg_ends(step: Step, *, talked: int | None = None, gone: bool = False) -> LegEnded:
    """What Twilio says when the phone that rings has stopped, or the talk is over."""
    outcome = LegOutcome.NO_ANSWER if talked is None else LegOutcome.COMPLETED
    return LegEnded(SID, step.course.leg, outcome, talked is not None, talked or 0, gone)


def outside_ends(step: Step, *, talked: int = 0, gone: bool = False) -> LastResortEnded:
    assert isinstance(step.voice, RingLastResort)
    outcome = LegOutcome.COMPLETED if talked else LegOutcome.BUSY
    return LastResortEnded(SID, step.voice.index, outcome, talked > 0, talked, gone)


def test_the_ladder_is_climbed_and_ends_outside_three_times_and_then_says_what_to_dial() -> None:
    step, rung = adrift.arrived(SID, "north", TEAM), []
    while not isinstance(step.voice, EndCall):
        if isinstance(step.voice, Ring):
            rung.append(step.voice.staff)
            step = adrift.leg_ended(step.course, leg_ends(step), TEAM)
        else:
            rung.append(step.voice.number)
            step = adrift.last_resort_ended(step.course, outside_ends(step), TEAM)
    assert rung == ["ana", "ben", "cleo", "988", "+18002738255"] * LADDER_LOOPS
    assert step.voice.farewell is Farewell.NOBODY
    assert [one.what for one in step.happened] == [Adrift.OUTSIDE_NOT_REACHED, Adrift.GAVE_UP]


def test_a_call_that_began_with_the_database_goes_on_above_those_who_were_rung() -> None:
    course = Course("north", ("ana",), "ana", leg=4, round=2)
    event = LegEnded(SID, 4, LegOutcome.BUSY, bridged=False, seconds=0, caller_gone=False)
    step = adrift.leg_ended(course, event, TEAM)
    assert isinstance(step.voice, Ring)
    assert (step.voice.staff, step.voice.leg) == ("ben", 5)
    assert step.course == Course("north", ("ana", "ben"), "ben", leg=5, round=2)


def test_empty_rungs_and_people_without_a_known_phone_are_passed() -> None:
    around = Surroundings(ladder_of(None, "zoe", "cleo"), {"cleo"})
    step = adrift.arrived(SID, "north", around)
    assert isinstance(step.voice, Ring)
    assert step.voice.staff == "cleo"


def test_nobody_at_all_is_988_at_once() -> None:
    step = adrift.arrived(SID, "", Surroundings(replace(ladder_of(), team=""), ()))
    assert isinstance(step.voice, RingLastResort)
    assert step.voice.number == "988"


def test_a_talk_that_breaks_off_rings_on_and_a_long_one_asks() -> None:
    step = adrift.arrived(SID, "north", TEAM)
    broken = adrift.leg_ended(step.course, leg_ends(step, talked=5), TEAM)
    assert isinstance(broken.voice, Ring)
    assert broken.voice.staff == "ben"
    talked = adrift.leg_ended(step.course, leg_ends(step, talked=40), TEAM)
    assert isinstance(talked.voice, EndCall)
    assert talked.voice.farewell is Farewell.AFTER_TALK


def test_who_was_cut_off_is_connected_with_the_same_person_first() -> None:
    course = Course("north", ("ana", "ben"), "ben", leg=2)
    step = adrift.caller_stays(course, SID, TEAM)
    assert isinstance(step.voice, Ring)
    assert step.voice.staff == "ben"
    after = adrift.leg_ended(step.course, leg_ends(step), TEAM)
    assert isinstance(after.voice, Ring)
    assert after.voice.staff == "ana", "then from the foot, but nobody twice"


# Any sequence ───────────────────────────────────────────────────────────────────────────────────


@dataclass
class World:
    """A call, the truth about it, and a crisis that learns of it afterwards."""

    step: Step
    facts: list[Happened] = field(default_factory=list)
    talked_with: str | None = None
    over: bool = False

    def follow(self, step: Step) -> None:
        self.step = step
        self.facts += step.happened
        self.over = isinstance(step.voice, EndCall) and (
            step.voice.farewell is not Farewell.AFTER_TALK
        )


PEOPLE = st.lists(st.sampled_from(["ana", "ben", "cleo", "dee", None]), min_size=0, max_size=5)
HAPPENS = st.lists(
    st.sampled_from(["no answer", "passes", "breaks", "talks", "gone", "stays"]), max_size=40
)


@given(people=PEOPLE, happens=HAPPENS)
def test_any_sequence_ends_with_a_human_or_988_and_is_entered_lawfully(
    people: list[str | None], happens: list[str]
) -> None:
    around = Surroundings(ladder_of(*people), {one for one in people if one})
    world = World(adrift.arrived(SID, "north", around))
    world.facts += world.step.happened
    rounds: dict[int, list[str]] = {}
    _note_rung(world.step, rounds)
    for word in happens:
        if world.over:
            break
        _happen(world, word, around)
        if word == "stays":
            rounds.clear()  # a round begins afresh when the caller asks for it
        _note_rung(world.step, rounds)
        match world.step.voice:
            case Ring() | RingLastResort():
                pass
            case EndCall(farewell=farewell):
                known = {Farewell.AFTER_TALK, Farewell.AFTER_LAST_RESORT}
                assert farewell in known | {Farewell.NOBODY, Farewell.GONE}
    _enter_in_two_parts(world)


def _note_rung(step: Step, rounds: dict[int, list[str]]) -> None:
    if isinstance(step.voice, Ring):
        mine = rounds.setdefault(step.course.round, [])
        assert step.voice.staff not in mine, "nobody is rung twice in a round"
        mine.append(step.voice.staff)


def _happen(world: World, word: str, around: Surroundings) -> None:
    step = world.step
    match step.voice:
        case Ring(staff=staff, leg=leg):
            talked = {"breaks": 5, "talks": 60}.get(word)
            if word == "passes":
                world.facts.append(Happened(Adrift.DECLINED, SID, leg, staff))
            if talked is not None:
                world.facts.append(Happened(Adrift.ACCEPTED, SID, leg, staff))
            world.talked_with = staff if word == "talks" else world.talked_with
            event = leg_ends(step, talked=talked, gone=word == "gone")
            world.follow(adrift.leg_ended(step.course, event, around))
        case RingLastResort():
            talked = {"breaks": 3, "talks": 60}.get(word, 0)
            event_ = outside_ends(step, talked=talked, gone=word == "gone")
            world.follow(adrift.last_resort_ended(step.course, event_, around))
        case EndCall():
            if word == "stays":
                world.follow(adrift.caller_stays(step.course, SID, around))
            else:
                world.facts.append(Happened(Adrift.GONE, SID))
                world.over = True


def _enter_in_two_parts(world: World) -> None:
    """The crisis keeps every law after each fact, and ends with an owner or a deadline."""
    ladder = ladder_of("ana", "ben", "cleo", "dee")
    crisis = new_crisis("K7Q", "north", Source.CALL, NIGHT)
    pages: list[Page] = []
    for number, fact in enumerate(world.facts):
        later = world.facts[number + 1 :]
        stands = not any(
            one.what in (Adrift.BROKEN, Adrift.NOT_REACHED) and one.leg == fact.leg for one in later
        )
        decision = decide(crisis, HappenedAdrift(fact, "north", stands=stands), NIGHT, ladder)
        crisis = decision.crisis
        state_and_fields_agree(crisis, NIGHT)
        pages += only(decision.effects, Page)
    assert crisis.owner is not None or crisis.due_at is not None
    assert len(pages) <= 1, "one page after an outage"
    if world.over:
        assert crisis.line is None
        waits = State.CALLBACK_NEEDED if crisis.owner is None else State.ACCEPTED
        assert crisis.state is waits
        assert (crisis.owner is None) == bool(pages)
    if world.talked_with and world.facts[-1].what is Adrift.TALKED:
        assert crisis.owner == world.talked_with


# Entering it ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def story() -> Story:
    return Story()


def enter(story: Story, *facts: Happened, over: bool = False, again: bool = False) -> None:
    for fact in facts:
        event = HappenedAdrift(fact, "north", over=over, calls_again=again)
        story.happens(event)
        state_and_fields_agree(story.crisis, story.now)


def test_the_hole_is_closed_who_pressed_1_while_nothing_could_be_written_has_it(
    story: Story,
) -> None:
    story.calls()
    enter(story, Happened(Adrift.ACCEPTED, SID, 1, "ana"))
    assert (story.crisis.owner, story.crisis.state) == ("ana", State.TALKING)
    assert [one.kind for one in only(story.last.effects, Tell)] == [TellKind.ON_RECORD]
    story.leg_ends(talked=60)
    assert (story.crisis.owner, story.crisis.state) == ("ana", State.ACCEPTED)


def test_it_passes_from_who_took_it_on_the_web_to_who_talks_with_the_caller(story: Story) -> None:
    """The timeline tells it in this order: one owner at a time."""
    story.calls()
    story.happens(Accepted("ben", Channel.WEB))
    enter(story, Happened(Adrift.ACCEPTED, SID, 1, "ana"))
    assert (story.crisis.owner, story.crisis.state) == ("ana", State.TALKING)
    records = [(one.kind, one.who) for one in only(story.last.effects, Record)]
    assert records == [("lapsed", "ben"), ("accepted", "ana")]


def test_what_was_decided_just_before_the_answer_got_lost_is_not_entered_twice(
    story: Story,
) -> None:
    story.calls()
    before = story.crisis
    enter(
        story,
        Happened(Adrift.ARRIVED, SID),
        Happened(Adrift.RINGING, SID, 1, "ana", "primary"),
    )
    assert story.crisis == before
    assert story.last.effects == ()


def test_what_vigil_has_decided_since_stands_and_the_facts_are_only_written_down(
    story: Story,
) -> None:
    story.calls()
    story.leg_ends()
    story.leg_ends()
    before = story.crisis
    assert before.line is not None
    assert before.line.leg == 3
    enter(
        story,
        Happened(Adrift.NOT_REACHED, SID, 1, "ana"),
        Happened(Adrift.RINGING, SID, 2, "ben", "backup"),
    )
    assert story.crisis == before
    assert [one.kind for one in only(story.last.effects, Record)] == ["ringing"]


def test_who_talked_with_a_caller_whose_call_is_over_has_it_unless_somebody_else_does(
    story: Story,
) -> None:
    story.calls()
    story.happens(CallerGone(SID))
    assert story.crisis.state is State.CALLBACK_NEEDED
    enter(story, Happened(Adrift.ACCEPTED, SID, 1, "ben"), over=True)
    assert (story.crisis.owner, story.crisis.state) == ("ben", State.ACCEPTED)
    enter(story, Happened(Adrift.ACCEPTED, SID, 2, "cleo"), over=True)
    assert story.crisis.owner == "ben"


def test_a_deadline_that_came_first_does_not_take_it_from_who_is_with_the_caller(
    story: Story,
) -> None:
    """Another node saw the deadline of the ringing before this one could enter what it knows."""
    story.calls()
    story.happens(DueReached(), after=600)
    assert story.crisis.state is State.CALLBACK_NEEDED
    enter(
        story,
        Happened(Adrift.NOT_REACHED, SID, 1, "ana"),
        Happened(Adrift.RINGING, SID, 2, "ben", "backup"),
        Happened(Adrift.ACCEPTED, SID, 2, "ben"),
    )
    assert (story.crisis.owner, story.crisis.state) == ("ben", State.TALKING)
    assert story.crisis.alarm is None


def test_who_took_it_by_text_after_their_phone_had_rung_in_vain_keeps_it_and_is_rung_next(
    story: Story,
) -> None:
    """What another node knows of the ringing comes after their text: it does not undo it."""
    story.calls()
    story.happens(Accepted("ana", Channel.SMS))
    enter(
        story,
        Happened(Adrift.NOT_REACHED, SID, 1, "ana"),
        Happened(Adrift.RINGING, SID, 2, "ben", "backup"),
    )
    assert story.crisis.owner == "ana"
    assert TellKind.LAPSED not in [one.kind for one in only(tuple(story.told), Tell)]
    voice = story.leg_ends().voice
    assert isinstance(voice, Ring)
    assert voice.staff == "ana"


def test_nobody_is_paged_about_a_call_after_which_they_called_again(story: Story) -> None:
    enter(
        story,
        Happened(Adrift.ARRIVED, SID),
        Happened(Adrift.RINGING, SID, 1, "ana", "primary"),
        Happened(Adrift.GONE, SID, 1, "ana", bridged=False),
        again=True,
    )
    assert only(tuple(story.told), Page) == []
    enter(
        story,
        Happened(Adrift.ARRIVED, "CA2"),
        Happened(Adrift.RINGING, "CA2", 1, "ana", "primary"),
        Happened(Adrift.GONE, "CA2", 1, "ana", bridged=False),
    )
    assert [one.kind for one in only(tuple(story.told), Page)] == [PageKind.CALLBACK]


def test_closed_by_hand_but_the_bridge_had_broken(story: Story) -> None:
    """Nobody loses a caller who is still on the line."""
    story.calls()
    story.happens(Accepted("ana", Channel.PHONE, 1))
    story.happens(Closed(Disposition.RESOLVED_BY_PHONE))
    assert story.crisis.state is State.CLOSED
    enter(story, Happened(Adrift.RINGING, SID, 2, "ben", "backup"))
    assert story.crisis.state is State.RINGING
    assert story.crisis.due_at is not None


def test_the_next_step_with_a_database_does_not_ring_those_whom_the_call_has_rung() -> None:
    """The journal of another node is not entered yet: the call's own addresses know."""
    story = Story()
    story.calls()
    event = LegEnded(SID, 2, LegOutcome.NO_ANSWER, False, 0, False, tried=frozenset({"ana", "ben"}))
    assert isinstance(story.happens(event).voice, Ring)
    assert story.last.voice is not None
    assert getattr(story.last.voice, "staff", None) == "cleo"


FACTS = st.builds(
    Happened,
    what=st.sampled_from(list(Adrift)),
    call_sid=st.sampled_from([SID, "CA2"]),
    leg=st.integers(0, 4),
    staff=st.sampled_from([None, "ana", "ben", "gone-since"]),
    round=st.integers(1, 3),
    index=st.integers(0, 2),
    bridged=st.sampled_from([None, True, False]),
)
ENTERED = st.builds(
    HappenedAdrift,
    FACTS,
    st.sampled_from(["north", "south"]),
    over=st.booleans(),
    stands=st.booleans(),
    calls_again=st.booleans(),
)
BEFORE = st.lists(
    st.sampled_from(
        [
            CallArrived(SID),
            Accepted("ana", Channel.PHONE, 1),
            Accepted("ben", Channel.SMS),
            Declined("ana", Channel.SMS),
            HandOffAsked("cleo", "ana"),
            LegEnded(SID, 1, LegOutcome.NO_ANSWER, False, 0, False),
            LegEnded(SID, 1, LegOutcome.COMPLETED, True, 60, False),
            CallerGone(SID),
            DueReached(),
            Closed(Disposition.RESOLVED_BY_PHONE),
        ]
    ),
    max_size=6,
)


@given(before=BEFORE, entered=st.lists(ENTERED, max_size=8))
def test_whatever_is_entered_into_whatever_crisis_every_law_holds(
    before: list[Event], entered: list[HappenedAdrift]
) -> None:
    """Facts of another node, late, doubled or in a strange order: nothing breaks."""
    story = Story()
    story.happens(Reported())
    for event in (*before, *entered):
        try:
            story.happens(event, after=200)
        except (Refused, ValueError):
            continue
        state_and_fields_agree(story.crisis, story.now)
