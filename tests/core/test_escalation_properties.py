"""Random nights that could really happen: whatever comes, the laws hold and a human is found."""

from dataclasses import replace
from datetime import datetime, timedelta

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dispatch.callers_side import SHORT_BRIDGE_SECONDS, SHORT_LAST_RESORT_SECONDS
from dispatch.crisis import CallStage, Channel, Crisis, Disposition, Source, State
from dispatch.escalation import Decision, decide, new_crisis
from dispatch.events import (
    Accepted,
    CallArrived,
    CallBackAsked,
    CallBackEnd,
    CallBackEnded,
    CallBackMoved,
    CallBackTried,
    CallerGone,
    CallerStays,
    Closed,
    Declined,
    DueReached,
    EndCall,
    Event,
    Farewell,
    HandOffAsked,
    LastResortEnded,
    LegEnded,
    LegOutcome,
    LegSeen,
    Page,
    Refused,
    Reported,
    ReportedAgain,
    Ring,
    RingLastResort,
    TeamAsked,
    TeamChosen,
    Tell,
    TellKind,
)
from dispatch.pursuit import LADDER_LOOPS
from oncall.ladder import Ladder
from oncall.model import StaffId
from tests.core import laws
from tests.core.build import NIGHT, ladder_of, only
from tests.core.network import Call, CutOffQuestion, Menu, Outside, Phase, WorkerPhone

PEOPLE = ("ana", "ben", "cleo", "dev")
TEAMS = ("north", "south")
people = st.sampled_from(PEOPLE)
ladders = st.lists(st.one_of(people, people, st.none()), max_size=4)
talk_seconds = st.sampled_from([1, SHORT_BRIDGE_SECONDS - 1, SHORT_BRIDGE_SECONDS, 900])
outside_seconds = st.sampled_from([0, 0, SHORT_LAST_RESORT_SECONDS - 1, 900])
call_backs = st.one_of(
    st.sampled_from([CallBackAsked("ana", Channel.WEB), CallBackAsked("ana", Channel.PHONE)]),
    st.builds(CallBackMoved, st.just("ana"), st.sampled_from(CallStage)),
    st.builds(CallBackEnded, st.just("ana"), st.sampled_from(CallBackEnd)),
    st.builds(
        CallBackTried,
        st.just("ana"),
        st.sampled_from(LegOutcome),
        st.booleans(),
        st.just(40),
        st.booleans(),
    ),
)
in_writing = st.sampled_from([Channel.SMS, Channel.WEB])


class Night(RuleBasedStateMachine):
    """One crisis, the caller's calls, and the staff who may do anything at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NIGHT
        self.crisis: Crisis | None = None
        self.ladder = ladder_of("ana", "ben", "cleo")
        self.call: Call | None = None
        self.calls = 0
        self.late: list[Event] = []
        """What Twilio still has to tell about calls that are over, in no order."""
        self.legs: set[tuple[str, int]] = set()
        self.not_pressed: list[tuple[StaffId, int]] = []
        """Legs of whatever call on which no key has been pressed yet."""
        self.waiting: set[StaffId] = set()
        """Who holds a page and has not heard that it is settled."""

    # Helpers ────────────────────────────────────────────────────────────────────────────────────

    @property
    def known(self) -> Crisis:
        assert self.crisis is not None
        return self.crisis

    def decided(self, event: Event) -> Decision | None:
        """Let an event happen and hold the decision against every law. None when refused."""
        before = self.known
        try:
            decision = decide(before, event, self.now, self.ladder)
        except Refused:
            assert not laws.wants_voice(event), f"a caller on the line was refused: {event}"
            return None
        self.crisis = decision.crisis
        laws.the_caller_is_answered(event, decision)
        laws.the_right_phone_rings(decision, self.ladder)
        laws.ownership_moves_by_rule(before, event, decision)
        laws.everybody_else_hears_who_has_it(before, decision, self.waiting)
        laws.pages_go_to_the_right_people(before, decision, self.ladder)
        laws.nobody_is_paged_again_for_a_caller_who_left(before, event, decision)
        self.keep_the_books(before, event, decision)
        return decision

    def keep_the_books(self, before: Crisis, event: Event, decision: Decision) -> None:
        """Follow on our own account who still waits for an answer to a page."""
        owner = decision.crisis.owner
        settled = {TellKind.TAKEN, TellKind.CLOSED, TellKind.HANDED_OFF}
        told = [tell for tell in only(decision.effects, Tell) if tell.kind in settled]
        self.waiting -= {tell.staff for tell in told}
        if isinstance(event, Declined):
            self.waiting.discard(event.staff)
        if before.handing_to is not None and isinstance(event, DueReached):
            self.waiting.discard(before.handing_to)
        self.waiting |= {page.staff for page in only(decision.effects, Page)}
        if owner is not None and owner != before.owner:
            self.waiting = {owner}
        if decision.crisis.state is State.CLOSED:
            self.waiting.clear()

    def answer(self, event: Event) -> None:
        """Let the caller's call go on as the decision says."""
        call = self.call
        assert call is not None
        decision = self.decided(event)
        assert decision is not None
        assert decision.voice is not None
        voice = decision.voice
        if isinstance(voice, Ring | RingLastResort):
            assert (call.sid, voice.leg) not in self.legs, "one number for two legs of a call"
            self.legs.add((call.sid, voice.leg))
        if isinstance(voice, Ring):
            self.not_pressed.append((voice.staff, voice.leg))
        if isinstance(voice, EndCall):
            self.nobody_is_sent_away_too_soon(call, voice.farewell)
        if not call.follow(voice):
            self.late.append(CallerGone(call.sid))
            self.call = None

    def nobody_is_sent_away_too_soon(self, call: Call, farewell: Farewell) -> None:
        if farewell is Farewell.NOBODY:
            assert call.rounds_outside >= LADDER_LOOPS, "not everything was tried often enough"
        else:
            assert call.reached_a_human, f"{farewell} to a caller who talked with nobody"

    def phone(self, *phases: Phase) -> WorkerPhone | None:
        doing = self.call.doing if self.call else None
        return doing if isinstance(doing, WorkerPhone) and doing.phase in phases else None

    def pressed(self, phone: WorkerPhone) -> None:
        """A key counts once for a leg; Twilio's repeats get the same answer again."""
        key = (phone.staff, phone.leg)
        if key in self.not_pressed:
            self.not_pressed.remove(key)

    # How it begins ──────────────────────────────────────────────────────────────────────────────

    @initialize(staff=ladders, how=st.sampled_from(["call", "call", "menu", "report", "late"]))
    def begins(self, staff: list[StaffId | None], how: str) -> None:
        self.ladder = ladder_of(*staff)
        self.crisis = new_crisis("K7Q", "north", Source.CALL, self.now)
        if how == "report":
            self.decided(Reported())
            return
        self.calls = 1
        self.call = Call("CA1")
        match how:
            case "call":
                self.answer(CallArrived("CA1"))
            case "menu":
                self.decided(TeamAsked("CA1", 60))
                self.call.doing = Menu()
            case _:  # the database was away when the call came: the crisis is opened afterwards
                self.call.doing = Outside(0)
                self.answer(self.call.ended(seconds=0, gone=False))

    @precondition(lambda self: self.call is None and self.known.is_open and not self.known.line)
    @rule()
    def the_caller_calls_again(self) -> None:
        self.calls += 1
        self.call = Call(f"CA{self.calls}")
        self.answer(CallArrived(self.call.sid))

    @rule()
    def another_contact_comes_in(self) -> None:
        if self.known.is_open:
            self.decided(ReportedAgain())

    # The caller's side ──────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.call is not None and isinstance(self.call.doing, Menu))
    @rule(team=st.sampled_from(TEAMS))
    def the_caller_chooses_a_team(self, team: str) -> None:
        self.answer(TeamChosen(team, self.call.sid if self.call else ""))

    @precondition(lambda self: self.phone(*Phase) is not None)
    @rule(seconds=talk_seconds, heard=st.sampled_from(["decided", "decided", "too late", "lost"]))
    def the_leg_ends(self, seconds: int, heard: str) -> None:
        """The worker doesn't answer, hangs up, or the talk breaks; Vigil may not hear of it."""
        call, phone = self.call, self.phone(*Phase)
        assert call is not None
        assert phone is not None
        call.reached_a_human |= phone.phase is Phase.TALKING and seconds >= SHORT_BRIDGE_SECONDS
        event = call.ended(seconds=seconds, gone=False)
        if heard == "decided":
            self.answer(event)
            return
        if heard == "too late":  # decided after the deadline: the caller was passed on already
            decision = self.decided(event)
            if decision is not None and isinstance(decision.voice, Ring | RingLastResort):
                self.legs.add((call.sid, decision.voice.leg))
        if phone.phase is Phase.TALKING and seconds >= SHORT_BRIDGE_SECONDS:
            call.doing = CutOffQuestion()
        else:
            call.doing = Outside(0)

    @precondition(lambda self: self.call is not None and isinstance(self.call.doing, Outside))
    @rule(seconds=outside_seconds, decided=st.sampled_from([True, True, True, False]))
    def the_last_resort_ends(self, seconds: int, decided: bool) -> None:
        call = self.call
        assert call is not None
        assert isinstance(call.doing, Outside)
        talked = seconds >= SHORT_LAST_RESORT_SECONDS
        last = call.doing.index == len(self.ladder.last_resort) - 1
        call.reached_a_human |= talked
        call.rounds_outside += last and not talked
        if decided:
            self.answer(call.ended(seconds=seconds, gone=False))
        elif talked or (last and call.doing.loop >= LADDER_LOOPS):
            self.late.append(CallerGone(call.sid))
            self.call = None
        elif last:
            call.doing = Outside(0, call.doing.loop + 1)
        else:
            call.doing = Outside(call.doing.index + 1, call.doing.loop)

    @precondition(lambda self: self.call is not None)
    @rule(seconds=talk_seconds)
    def the_caller_hangs_up(self, seconds: int) -> None:
        call = self.call
        assert call is not None
        outside = isinstance(call.doing, Outside)
        ended = call.ended(seconds=seconds if not outside or seconds > 1 else 0, gone=True)
        self.late += [ended] if isinstance(ended, CallerGone) else [ended, CallerGone(call.sid)]
        self.call = None

    @precondition(lambda self: self.late)
    @rule(data=st.data(), again=st.booleans())
    def twilio_says_that_a_call_is_over(self, data: st.DataObject, again: bool) -> None:
        """In any order; the status of a call may be told twice."""
        event = data.draw(st.sampled_from(self.late))
        if not (again and isinstance(event, CallerGone)):
            self.late.remove(event)
        self.decided(event)

    @precondition(
        lambda self: self.call is not None and isinstance(self.call.doing, CutOffQuestion)
    )
    @rule()
    def the_caller_was_cut_off(self) -> None:
        self.answer(CallerStays(self.call.sid if self.call else ""))

    # The worker's phone ─────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.phone(Phase.RINGING, Phase.SCREENING) is not None)
    @rule()
    def the_leg_gets_its_name(self) -> None:
        phone = self.phone(Phase.RINGING, Phase.SCREENING)
        assert phone is not None
        assert self.call is not None
        self.decided(LegSeen(phone.leg, f"{self.call.sid}-{phone.leg}"))

    @precondition(lambda self: self.phone(Phase.RINGING) is not None)
    @rule()
    def the_worker_picks_up(self) -> None:
        phone = self.phone(Phase.RINGING)
        assert phone is not None
        line = self.known.line
        waits = self.known.state is State.RINGING and line is not None and line.leg == phone.leg
        free = self.known.owner in (None, phone.staff)
        phone.phase = Phase.SCREENING if waits and free else Phase.HANGING_UP

    @precondition(lambda self: self.phone(Phase.SCREENING) is not None)
    @rule(recorded=st.sampled_from([True, True, True, False]))
    def the_worker_presses_1(self, recorded: bool) -> None:
        """A human who presses 1 is bridged even when the database is away."""
        phone = self.phone(Phase.SCREENING)
        assert phone is not None
        phone.phase = Phase.BRIDGING
        self.pressed(phone)
        if recorded:
            decision = self.decided(Accepted(phone.staff, Channel.PHONE, phone.leg))
            line = decision.crisis.line if decision else None
            talking = decision is not None and decision.crisis.state is State.TALKING
            phone.recorded = talking and line is not None and line.leg == phone.leg
            phone.phase = Phase.BRIDGING if phone.recorded else Phase.HANGING_UP

    @precondition(lambda self: self.phone(Phase.SCREENING) is not None)
    @rule()
    def the_worker_presses_2(self) -> None:
        phone = self.phone(Phase.SCREENING)
        assert phone is not None
        phone.phase = Phase.HANGING_UP
        self.pressed(phone)
        self.decided(Declined(phone.staff, Channel.PHONE))

    @precondition(lambda self: self.phone(Phase.BRIDGING) is not None)
    @rule()
    def the_two_are_joined(self) -> None:
        phone = self.phone(Phase.BRIDGING)
        assert phone is not None
        phone.phase = Phase.TALKING

    @precondition(lambda self: self.not_pressed)
    @rule(data=st.data(), key=st.booleans())
    def an_old_key_or_name_comes_late(self, data: st.DataObject, key: bool) -> None:
        """A press of 1 on a leg that is over, or the name of such a leg, is still under way."""
        staff, leg = data.draw(st.sampled_from(self.not_pressed))
        phone = self.phone(*Phase)
        if phone is not None and phone.leg == leg:
            return
        if key:
            self.not_pressed.remove((staff, leg))
            self.decided(Accepted(staff, Channel.PHONE, leg))
        else:
            self.decided(LegSeen(leg, f"old-{leg}"))

    # The staff, in writing ──────────────────────────────────────────────────────────────────────

    @rule(staff=people, channel=in_writing)
    def somebody_accepts(self, staff: StaffId, channel: Channel) -> None:
        self.decided(Accepted(staff, channel))

    @rule(staff=people, channel=in_writing)
    def somebody_declines(self, staff: StaffId, channel: Channel) -> None:
        self.decided(Declined(staff, channel))

    @rule(to=people, by=people)
    def somebody_asks_for_a_hand_off(self, to: StaffId, by: StaffId) -> None:
        self.decided(HandOffAsked(to, by))

    @rule(staff=people, event=call_backs)
    def a_call_back_goes_on_in_any_order(self, staff: StaffId, event: Event) -> None:
        """Its news may come late and twice, and a wish from whom it is not: nothing else moves."""
        before = self.known
        self.decided(replace(event, staff=staff))  # type: ignore[type-var]
        after = self.known
        assert after == replace(
            before, calling=after.calling, due_at=after.due_at, pages=after.pages
        )
        assert after.due_at in (before.due_at, None)

    @precondition(lambda self: self.known.owner is not None)
    @rule()
    def somebody_closes_it(self) -> None:
        self.decided(Closed(Disposition.RESOLVED_BY_PHONE))

    @rule(staff=ladders)
    def a_handoff_changes_the_ladder(self, staff: list[StaffId | None]) -> None:
        self.ladder = ladder_of(*staff)

    # Time ───────────────────────────────────────────────────────────────────────────────────────

    @rule(seconds=st.integers(0, 40))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.known.due_at is not None)
    @rule(late=st.sampled_from([0, 0, 5]))
    def the_deadline_comes(self, late: int) -> None:
        assert self.known.due_at is not None
        self.now = max(self.now, self.known.due_at) + timedelta(seconds=late)
        due = self.known.due_at
        self.decided(DueReached())
        after = self.known.due_at
        assert after is None or after > due, "the deadline has come and comes again at once"

    @precondition(lambda self: self.known.due_at is None or self.known.due_at > self.now)
    @rule()
    def the_timer_is_too_early(self) -> None:
        assert decide(self.known, DueReached(), self.now, self.ladder) == Decision(self.known, ())

    # What always holds ──────────────────────────────────────────────────────────────────────────

    @invariant()
    def the_state_and_its_fields_agree(self) -> None:
        if self.crisis is not None:
            laws.state_and_fields_agree(self.crisis, self.now)

    @invariant()
    def a_talk_has_two_ends(self) -> None:
        """Whom Vigil shows as talking is on a phone that was picked up for this caller."""
        phone = self.phone(*Phase)
        if self.call is not None and phone is not None and self.known.state is State.TALKING:
            assert phone.recorded, "shown as talking, but another phone is still ringing"

    @invariant()
    def whoever_answers_a_page_gets_it(self) -> None:
        """From here, if one person on call answers pages and everybody else sleeps, they own it."""
        if self.crisis is None or self.crisis.owner is not None or not self.crisis.is_open:
            return
        for hero in sorted({rung.staff for rung in self.ladder.rungs if rung.staff}):
            owner = owner_by_page(self.crisis, hero, self.now, self.ladder)
            assert owner == hero, f"{hero} is on call and would accept, but is never paged"

    @invariant()
    def whoever_answers_the_phone_gets_the_caller(self) -> None:
        """From here, if one person on call picks up and nobody else does, they are connected."""
        if self.call is None or not isinstance(self.call.doing, WorkerPhone | Outside):
            return
        if isinstance(self.call.doing, WorkerPhone) and self.call.doing.phase is Phase.TALKING:
            return
        line = self.known.line
        if not self.known.is_open or (line is not None and line.rounds >= LADDER_LOOPS):
            return  # the last round may have passed them already
        for hero in sorted({rung.staff for rung in self.ladder.rungs if rung.staff}):
            assert connected(self.known, self.call, hero, self.now, self.ladder), (
                f"{hero} is on call and would pick up, but their phone is never rung"
            )


def owner_by_page(crisis: Crisis, hero: StaffId, now: datetime, ladder: Ladder) -> StaffId | None:
    """Who owns it when the caller leaves and only `hero` answers pages."""
    if crisis.line is not None:
        event = CallerGone(crisis.line.call_sid)
        crisis = decide(crisis, event, now, ladder).crisis
    for _ in range(2 * len(ladder.rungs) + 3):
        assert crisis.due_at is not None, "nobody owns it, and no deadline will come"
        decision = decide(crisis, DueReached(), crisis.due_at, ladder)
        if any(page.staff == hero for page in only(decision.effects, Page)):
            accepted = Accepted(hero, Channel.SMS)
            return decide(decision.crisis, accepted, crisis.due_at, ladder).crisis.owner
        crisis = decision.crisis
    return None


def connected(crisis: Crisis, call: Call, hero: StaffId, now: datetime, ladder: Ladder) -> bool:
    """Whether `hero`'s phone is rung when every other phone, outside ones too, rings in vain."""
    event = call.ended(seconds=0, gone=False)
    if isinstance(event, LegEnded):
        event = replace(event, bridged=False, outcome=LegOutcome.NO_ANSWER)
    for _ in range(3 * (len(ladder.rungs) + len(ladder.last_resort) + 2)):
        decision = decide(crisis, event, now, ladder)
        crisis = decision.crisis
        match decision.voice:
            case Ring(staff=staff, leg=leg):
                if staff == hero:
                    taken = decide(crisis, Accepted(hero, Channel.PHONE, leg), now, ladder)
                    return taken.crisis.owner == hero and taken.crisis.state is State.TALKING
                event = LegEnded(call.sid, leg, LegOutcome.NO_ANSWER, False, 0, False)
            case RingLastResort(index=index):
                event = LastResortEnded(call.sid, index, LegOutcome.BUSY, False, 0, False)
            case _:
                return False
    return False


Night.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=30,
    deadline=None,
    report_multiple_bugs=False,  # one at a time is found within the test's time
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestRandomNights = Night.TestCase
