"""The steps of reaching somebody: climb a rung, ring, page, take, let go. Used by the decisions."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.crisis import Crisis, How, Line, Reaching, Source, State
from dispatch.events import (
    DropLeg,
    Effect,
    EndCall,
    Farewell,
    Page,
    PageKind,
    Preface,
    Record,
    Ring,
    RingLastResort,
    Tell,
    TellKind,
)
from oncall.ladder import Ladder, Rung
from oncall.model import StaffId

TWILIO_EXTRA_RING = timedelta(seconds=5)
"""Twilio rings about this much longer than asked (shared facts on Twilio, traps)."""

SCREEN_AND_SLACK = timedelta(seconds=55)
"""The longest screening (three readings, five seconds of waiting each) and a late callback."""

LAST_RESORT_RING_SECONDS = 60
"""How long a number of the last resort may ring."""

FOLLOW_UP_AFTER = timedelta(seconds=60)
"""How long after a caller was passed outside the team the pages start again at the foot."""

LADDER_LOOPS = 3
"""How often a caller who stays on the line is taken through the whole ladder and last resort."""

ROUND_PAUSE = timedelta(seconds=60)
"""How long the pages rest when the last person on the ladder has declined."""

EMPTY_LADDER_PAUSE = timedelta(seconds=60)
"""How soon a ladder without anybody on it is looked at again: a handoff may fill it."""

ALARM_NOBODY = "Nobody on the ladder has taken it"
ALARM_ACCOUNT = "Twilio refuses our messages: nobody can be paged by SMS"
ALARM_LOST = "Lost sight of the call: nobody is known to be with the caller"
ALARM_LOST_TOO = f"{ALARM_NOBODY}, and sight of the call is lost"

_FOUND: Mapping[str, str | None] = {ALARM_LOST: None, ALARM_LOST_TOO: ALARM_NOBODY}
"""What is left of an alarm once the caller is in sight again."""


_REPORTED: Mapping[Source, PageKind] = {
    Source.HOSPITAL: PageKind.HOSPITAL_NOTICE,
    Source.POSSIBLE_CLIENT: PageKind.POSSIBLE_CLIENT,
}
"""What the first page says, where it is not that a crisis was reported."""


class Pursuit:
    """A crisis being moved on: the draft, and the effects gathered so far.

    `now` is an aware UTC time, `ladder` who stands on which rung at `now`.
    """

    def __init__(self, crisis: Crisis, now: datetime, ladder: Ladder) -> None:
        self.crisis = crisis
        self.now = now
        self.ladder = ladder
        self.effects: list[Effect] = []

    # The draft ──────────────────────────────────────────────────────────────────────────────────

    def change(self, **fields: object) -> None:
        """Put new values into the draft; a new state also starts its own clock (`since`)."""
        if "state" in fields and fields["state"] is not self.crisis.state:
            fields.setdefault("since", self.now)
        self.crisis = replace(self.crisis, **fields)  # type: ignore[arg-type]

    def record(self, kind: str, text: str, who: StaffId | None = None) -> None:
        """Add a line to the timeline."""
        self.effects.append(Record(kind, text, who))

    def page(self, staff: StaffId, kind: PageKind) -> None:
        """Send a page, numbered within the crisis so that it is written only once."""
        number = self.crisis.pages + 1
        self.change(pages=number, paged=self.crisis.paged | {staff})
        self.effects.append(Page(staff, kind, number))

    def tell(self, staff: StaffId, kind: TellKind, about: StaffId | None = None) -> None:
        """Tell somebody who was paged before."""
        number = self.crisis.pages + 1
        self.change(pages=number)
        self.effects.append(Tell(staff, kind, number, about))

    # Climbing ───────────────────────────────────────────────────────────────────────────────────

    def next_rung(self) -> tuple[int, Rung] | None:
        """The next rung above the present one with somebody on it who was not tried this round.

        A rung where nobody stands, or only somebody whom nothing reaches, is passed at once.
        """
        above = -1 if self.crisis.rung is None else self.crisis.rung
        for index, rung in enumerate(self.ladder.rungs):
            if index > above and rung.staff is not None and rung.staff not in self.crisis.tried:
                return index, rung
        return None

    def back_to_the_foot(self) -> None:
        """Begin a round: nobody tried yet, below the first rung."""
        self.change(rung=None, tried=frozenset(), reaching=None)

    def climb_by_phone(self, preface: Preface) -> None:
        """Ring the next person for the caller: the owner first, then the ladder, then 988."""
        owner = self.crisis.owner
        if owner is not None and owner not in self.crisis.tried:
            self._ring(owner, *self.ring_rule_of(owner), preface)
            return
        step = self.next_rung()
        if step is None:
            self.ring_last_resort(0, preface)
            return
        index, rung = step
        assert rung.staff is not None  # noqa: S101  next_rung promises it
        self.change(rung=index)
        self._ring(rung.staff, rung.tier, rung.ring_seconds, preface)
        self.page(rung.staff, PageKind.CALL_RINGING)

    def ring_rule_of(self, staff: StaffId) -> tuple[str, int]:
        """On which tier somebody stands, and for how many seconds their phone is rung."""
        for rung in self.ladder.rungs:
            if rung.staff == staff:
                return rung.tier, rung.ring_seconds
        longest = max((rung.ring_seconds for rung in self.ladder.rungs), default=20)
        return "owner", longest

    def _ring(self, staff: StaffId, tier: str, seconds: int, preface: Preface) -> None:
        line = self._next_leg(last_resort=None)
        self.change(
            line=line,
            state=State.RINGING,
            reaching=Reaching(staff, tier, How.CALL, self.now),
            tried=self.crisis.tried | {staff},
            handing_to=None,
            due_at=self.now + timedelta(seconds=seconds) + TWILIO_EXTRA_RING + SCREEN_AND_SLACK,
        )
        self.record("ringing", f"phone is being rung ({tier})", staff)
        self.effects.append(Ring(staff, tier, seconds, line.leg, preface))

    def ring_last_resort(self, index: int, preface: Preface) -> None:
        """Pass the caller outside the team; the team is paged on, from the foot, to follow up."""
        numbers = self.ladder.last_resort
        if index >= len(numbers):
            self._round_again()
            return
        line = self._next_leg(last_resort=index)
        if index == 0:
            self.back_to_the_foot()
        if self.crisis.owner is None and (index == 0 or self.crisis.due_at is None):
            self.change(due_at=self.now + FOLLOW_UP_AFTER)
            self.alarm_that_nobody_has_it()
        self.change(
            line=line,
            state=State.LAST_RESORT,
            reaching=Reaching(None, "last resort", How.LAST_RESORT, self.now),
        )
        self.record("last_resort", f"caller is being passed to {numbers[index]}")
        self.effects.append(RingLastResort(numbers[index], index, line.leg, preface))

    def _round_again(self) -> None:
        line = self.crisis.line
        if line is None or line.rounds >= LADDER_LOOPS:
            self.record("gave_up_line", "caller was told to dial 988 or 911")
            self.effects.append(EndCall(Farewell.NOBODY))
            self.caller_is_gone()
            return
        self.back_to_the_foot()
        self.change(line=replace(line, rounds=line.rounds + 1), round=self.crisis.round + 1)
        self.record("round_again", "no number of the last resort answered: the ladder starts again")
        if self.next_rung() is None:
            self.ring_last_resort(0, Preface.AGAIN)
        else:
            self.climb_by_phone(Preface.AGAIN)

    def _next_leg(self, last_resort: int | None) -> Line:
        line = self.crisis.line
        if line is None:
            raise ValueError("there is no caller on the line to ring anybody for")
        leg = max(self.crisis.legs, line.leg) + 1
        self.change(legs=leg)
        self.found_again()
        return replace(line, leg=leg, leg_sid=None, drop=False, last_resort=last_resort)

    def climb_by_page(self, kind: PageKind) -> None:
        """Page the next rung; above the last one, raise the alarm and start again at the foot."""
        step = self.next_rung()
        if step is None and (self.crisis.rung is not None or self.crisis.tried):
            self.record("round_again", "nobody has taken it: the pages start again at the foot")
            self.change(round=self.crisis.round + 1)
            self.alarm_that_nobody_has_it()
            self.back_to_the_foot()
            step = self.next_rung()
        if step is None:
            self.record("nobody_on_call", "nobody is on any rung of the ladder")
            self.change(due_at=self.now + EMPTY_LADDER_PAUSE)
            self.alarm_that_nobody_has_it()
            return
        index, rung = step
        assert rung.staff is not None  # noqa: S101  next_rung promises it
        self.change(
            rung=index,
            tried=self.crisis.tried | {rung.staff},
            reaching=Reaching(rung.staff, rung.tier, How.PAGE, self.now),
            due_at=self.now + timedelta(seconds=rung.page_seconds),
        )
        self.record("paged", f"is being paged ({rung.tier})", rung.staff)
        self.page(rung.staff, kind)

    def ask_the_next(self) -> None:
        """Page the next rung at once; above the last one, rest before the next round."""
        if self.next_rung() is None:
            self._rest_before_the_next_round()
        else:
            self.climb_by_page(self.page_kind())

    def _rest_before_the_next_round(self) -> None:
        """Nobody is left to ask: the alarm, and a pause, so that nobody is paged in a circle."""
        self.record("all_asked", "nobody is left to ask: the pages start again in a moment")
        self.change(round=self.crisis.round + 1, due_at=self.now + ROUND_PAUSE)
        self.alarm_that_nobody_has_it()
        self.back_to_the_foot()

    def alarm_that_nobody_has_it(self) -> None:
        """Raise the alarm and page those who answer for the team; they may take it as well.

        A graver alarm stays: that our messages don't leave at all.
        """
        if self.crisis.alarm != ALARM_ACCOUNT:
            self.change(alarm=ALARM_NOBODY)
        for lead in self.ladder.leads:
            self.record("lead_paged", "answers for the team and is being paged", lead)
            self.page(lead, PageKind.NOBODY)

    def lose_sight(self) -> None:
        """Raise the alarm that nobody may be with the caller; that nobody has it stands beside."""
        untaken = self.crisis.alarm in (ALARM_NOBODY, ALARM_LOST_TOO)
        self.change(alarm=ALARM_LOST_TOO if untaken else ALARM_LOST)

    def found_again(self) -> None:
        """The caller is in sight again: that alarm ends, no other."""
        alarm = self.crisis.alarm
        self.change(alarm=_FOUND.get(alarm, alarm) if alarm else None)

    def page_kind(self) -> PageKind:
        """What the next page of this crisis is about, from the state it is in."""
        match self.crisis.state:
            case State.PAGING:
                return self.first_page_kind()
            case State.LAST_RESORT:
                return PageKind.FOLLOW_UP
            case _:
                return PageKind.CALLBACK

    def first_page_kind(self) -> PageKind:
        """What the first page of this crisis is about, where no caller is on the line."""
        return _REPORTED.get(self.crisis.source, PageKind.REPORTED)

    # Taking and letting go ──────────────────────────────────────────────────────────────────────

    def take(self, staff: StaffId, state: State) -> None:
        """Make somebody the owner and tell the others who were paged."""
        others = self.crisis.paged - {staff}
        self.change(owner=staff, state=state, handing_to=None, alarm=None)
        for other in sorted(others):
            self.tell(other, TellKind.TAKEN, about=staff)
        self.change(paged=frozenset({staff}))

    def lapse(self, why: str) -> None:
        """Take the crisis from an owner who cannot be reached while the caller waits."""
        owner = self.crisis.owner
        if owner is None:
            return
        self.change(owner=None, handing_to=None)
        self.record("lapsed", why, owner)
        self.tell(owner, TellKind.LAPSED)

    def caller_is_gone(self) -> None:
        """Nobody is on the line any more: the owner calls back, or somebody is found who will."""
        climbing = self.crisis.state in (State.LAST_RESORT, State.CALLBACK_NEEDED)
        following_up = climbing and self.crisis.rung is not None
        self.change(line=None)
        owner = self.crisis.owner
        if owner is not None:
            due_at = self.crisis.due_at if self.crisis.handing_to is not None else None
            self.change(state=State.ACCEPTED, due_at=due_at, reaching=None)
            self.tell(owner, TellKind.CALL_BACK)
            return
        self.change(state=State.CALLBACK_NEEDED)
        self.record("callback_needed", "the caller is gone: somebody must call back")
        if following_up:  # the pages are on their way up already: nobody is paged twice
            if self.crisis.reaching is not None and self.crisis.reaching.how is not How.PAGE:
                self.change(reaching=None)
            return
        self.back_to_the_foot()
        self.climb_by_page(PageKind.CALLBACK)

    def drop_leg(self) -> None:
        """Stop ringing the phone that is being rung now, at once or when its name is known."""
        line = self.crisis.line
        if line is None or line.last_resort is not None:
            return
        if line.leg_sid is not None:
            self.effects.append(DropLeg(line.leg_sid))
        else:
            self.change(line=replace(line, drop=True))
