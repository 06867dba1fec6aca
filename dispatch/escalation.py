"""The escalation policy: decide(crisis, event, now, ladder) says what becomes of a crisis, and why.

Pure: no clock, no database, no phone. It reads as the policy reads; the steps are in `pursuit`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from dispatch.crisis import Channel, Crisis, Line, Source, State
from dispatch.events import (
    Accepted,
    CallArrived,
    CallerGone,
    CallerStays,
    Closed,
    Declined,
    DropLeg,
    DueReached,
    Effect,
    EndCall,
    Event,
    Farewell,
    HandOffAsked,
    LastResortEnded,
    LegEnded,
    LegOutcome,
    LegSeen,
    PageKind,
    Preface,
    Refused,
    Reported,
    ReportedAgain,
    TeamAsked,
    TeamChosen,
    TellKind,
    Voice,
)
from dispatch.pursuit import ALARM_LOST, Pursuit
from oncall.ladder import Ladder
from oncall.model import StaffId, TeamId

SHORT_BRIDGE_SECONDS = 30
"""A talk with the team shorter than this has probably broken: the caller is connected again."""

SHORT_LAST_RESORT_SECONDS = 10
"""A call to the last resort shorter than this did not reach a person: the next number is tried."""

HAND_OFF_PATIENCE = timedelta(seconds=120)
"""How long a colleague has to take a crisis that is handed to them."""

LEG_WORDS = {
    LegOutcome.COMPLETED: "answered, but nobody pressed 1",
    LegOutcome.BUSY: "busy",
    LegOutcome.NO_ANSWER: "no answer",
    LegOutcome.FAILED: "could not be reached",
    LegOutcome.CANCELED: "stopped ringing",
    LegOutcome.UNKNOWN: "ended without a word from the phone network",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a crisis has become, and what must be done about it."""

    crisis: Crisis
    effects: tuple[Effect, ...]

    @property
    def voice(self) -> Voice | None:
        """What the caller on the line gets to hear next, if this event is answered by voice."""
        voices = [effect for effect in self.effects if isinstance(effect, Voice)]
        return voices[-1] if voices else None


def new_crisis(ref: str, team: TeamId, source: Source, now: datetime) -> Crisis:
    """A crisis at its first contact, before anything was decided about it."""
    return Crisis(ref=ref, team=team, source=source, opened_at=now, state=State.PAGING, since=now)


def decide(crisis: Crisis, event: Event, now: datetime, ladder: Ladder) -> Decision:
    """Decide what an event makes of a crisis.

    `ladder` is the team's ladder at `now` (aware, UTC). Raises Refused when the event cannot
    happen in the state the crisis is in; nothing changes then.
    """
    pursuit = Pursuit(crisis, now, ladder)
    match event:
        case CallArrived():
            _call_arrived(pursuit, event)
        case TeamAsked():
            _team_asked(pursuit, event)
        case TeamChosen():
            _team_chosen(pursuit, event)
        case LegSeen():
            _leg_seen(pursuit, event)
        case LegEnded():
            _leg_ended(pursuit, event)
        case LastResortEnded():
            _last_resort_ended(pursuit, event)
        case CallerStays():
            _caller_stays(pursuit, event)
        case CallerGone():
            _caller_gone(pursuit, event)
        case Reported():
            _reported(pursuit)
        case ReportedAgain():
            _reported_again(pursuit)
        case Accepted():
            _accepted(pursuit, event)
        case Declined():
            _declined(pursuit, event)
        case HandOffAsked():
            _hand_off_asked(pursuit, event)
        case DueReached():
            _due_reached(pursuit)
        case Closed():
            _closed(pursuit, event)
        case _:
            assert_never(event)
    return Decision(pursuit.crisis, tuple(pursuit.effects))


# The caller's side ──────────────────────────────────────────────────────────────────────────────


def _call_arrived(pursuit: Pursuit, event: CallArrived) -> None:
    pursuit.change(line=Line(event.call_sid))
    _ring_from_the_foot(pursuit, Preface.GREETING)


def _ring_from_the_foot(pursuit: Pursuit, preface: Preface) -> None:
    pursuit.back_to_the_foot()
    pursuit.change(handing_to=None, disposition=None, closed_at=None)
    pursuit.climb_by_phone(preface)


def _team_asked(pursuit: Pursuit, event: TeamAsked) -> None:
    pursuit.record("asked", "caller is being asked which team they want")
    pursuit.change(
        line=Line(event.call_sid),
        state=State.RINGING,
        due_at=pursuit.now + timedelta(seconds=event.seconds),
    )


def _team_chosen(pursuit: Pursuit, event: TeamChosen) -> None:
    if event.team != pursuit.crisis.team:
        pursuit.change(team=event.team)
    pursuit.record("team_chosen", "team of the caller is known")
    pursuit.change(line=_line(pursuit, event.call_sid))
    _ring_from_the_foot(pursuit, Preface.GREETING)


def _line(pursuit: Pursuit, call_sid: str) -> Line:
    """The caller's line; made anew where we had lost sight of it."""
    line = pursuit.crisis.line
    return line if line is not None and line.call_sid == call_sid else Line(call_sid)


def _leg_seen(pursuit: Pursuit, event: LegSeen) -> None:
    line = pursuit.crisis.line
    if line is None or line.leg != event.leg or line.leg_sid == event.leg_sid:
        return
    pursuit.change(line=replace(line, leg_sid=event.leg_sid))
    if line.drop:
        pursuit.effects.append(DropLeg(event.leg_sid))


def _leg_ended(pursuit: Pursuit, event: LegEnded) -> None:
    if event.caller_gone:
        _caller_gone(pursuit, CallerGone(event.call_sid), bridged=event.bridged)
        _was_never_joined(pursuit, event)
        return
    line = _line(pursuit, event.call_sid)
    lost = line is not pursuit.crisis.line  # the deadline came first, or the crisis was closed
    pursuit.change(line=replace(line, leg=max(line.leg, event.leg)))
    if pursuit.crisis.state is State.TALKING and event.bridged:
        _talk_ended(pursuit, event)
    elif pursuit.crisis.state is State.CLOSED:
        _closed_while_on_the_line(pursuit, event)
    else:
        _not_reached(pursuit, event, lost=lost)


def _was_never_joined(pursuit: Pursuit, event: LegEnded) -> None:
    """The call's status came before the leg's own step, which knows that no talk ever began."""
    crisis = pursuit.crisis
    if crisis.unheard != event.leg or event.bridged or crisis.owner is None:
        return
    pursuit.change(unheard=None)
    if crisis.state is State.ACCEPTED:
        pursuit.record("hung_up", "caller hung up before being connected")
        pursuit.tell(crisis.owner, TellKind.CALL_BACK)


def _not_reached(pursuit: Pursuit, event: LegEnded, *, lost: bool) -> None:
    reaching = pursuit.crisis.reaching
    who = reaching.staff if reaching else None
    pursuit.record("not_reached", LEG_WORDS[event.outcome], who)
    if lost:
        pursuit.record("found_again", "caller is still on the line")
        pursuit.change(alarm=None)
    owner = pursuit.crisis.owner
    if owner is not None and owner in pursuit.crisis.tried:
        pursuit.lapse("could not be connected with the caller: the ladder goes on")
    pursuit.climb_by_phone(Preface.NEXT)


def _talker(crisis: Crisis) -> StaffId | None:
    """Whose phone the caller is joined to: not the owner's, once it was handed off in the talk."""
    reaching = crisis.reaching
    return crisis.owner if reaching is None or reaching.staff is None else reaching.staff


def _talk_ended(pursuit: Pursuit, event: LegEnded) -> None:
    talker = _talker(pursuit.crisis)
    if event.seconds < SHORT_BRIDGE_SECONDS:
        pursuit.record("broken", f"talk broke off after {event.seconds} s", talker)
        if pursuit.crisis.owner == talker:  # a colleague who took it over meanwhile is rung first
            pursuit.lapse("call broke off: the ladder goes on")
        pursuit.climb_by_phone(Preface.BROKEN)
        return
    pursuit.record("talked", f"talked for {event.seconds} s", talker)
    pursuit.change(state=State.ACCEPTED, reaching=None)
    pursuit.effects.append(EndCall(Farewell.AFTER_TALK, event.leg))


def _closed_while_on_the_line(pursuit: Pursuit, event: LegEnded) -> None:
    """A crisis closed by hand does not cut off a caller whose bridge broke."""
    if event.bridged and event.seconds >= SHORT_BRIDGE_SECONDS:
        pursuit.change(line=None)
        pursuit.effects.append(EndCall(Farewell.AFTER_TALK, event.leg))
        return
    pursuit.record("reopened", "caller is still on the line")
    pursuit.change(disposition=None, closed_at=None, owner=None)
    _ring_from_the_foot(pursuit, Preface.BROKEN)


def _last_resort_ended(pursuit: Pursuit, event: LastResortEnded) -> None:
    if pursuit.crisis.state is State.CLOSED:
        _last_resort_ended_after_closing(pursuit, event)
        return
    _note_passed_outside(pursuit, event)
    if event.caller_gone:
        _caller_gone(pursuit, CallerGone(event.call_sid), bridged=event.bridged)
        return
    number = pursuit.ladder.last_resort[min(event.index, len(pursuit.ladder.last_resort) - 1)]
    if event.bridged and event.seconds >= SHORT_LAST_RESORT_SECONDS:
        pursuit.record("talked_outside", f"caller talked with {number} for {event.seconds} s")
        pursuit.effects.append(EndCall(Farewell.AFTER_LAST_RESORT))
        pursuit.caller_is_gone()
        return
    pursuit.record("not_reached", f"{number}: {LEG_WORDS[event.outcome]}")
    owner = pursuit.crisis.owner
    if owner is not None and owner in pursuit.crisis.tried:
        pursuit.lapse("could not be connected with the caller: the ladder goes on")
        pursuit.climb_by_phone(Preface.NEXT)
    elif owner is not None:  # taken by SMS meanwhile: that person is the next one rung
        pursuit.climb_by_phone(Preface.NEXT)
    else:
        pursuit.ring_last_resort(event.index + 1, Preface.NEXT)


def _last_resort_ended_after_closing(pursuit: Pursuit, event: LastResortEnded) -> None:
    talked = event.bridged and event.seconds >= SHORT_LAST_RESORT_SECONDS
    if not event.caller_gone and not talked:
        pursuit.record("reopened", "caller is still on the line")
        pursuit.change(line=_line(pursuit, event.call_sid), owner=None)
        _ring_from_the_foot(pursuit, Preface.AGAIN)
        return
    pursuit.change(line=None)
    if not event.caller_gone:
        pursuit.effects.append(EndCall(Farewell.AFTER_LAST_RESORT))


def _note_passed_outside(pursuit: Pursuit, event: LastResortEnded) -> None:
    """Enter what happened while Vigil could not decide: the caller was passed outside anyway."""
    line = _line(pursuit, event.call_sid)
    if line is pursuit.crisis.line and line.last_resort is not None:
        return
    pursuit.record("passed_outside", "caller was passed outside while Vigil could not decide")
    alarm = None if pursuit.crisis.alarm == ALARM_LOST else pursuit.crisis.alarm
    pursuit.change(line=replace(line, last_resort=event.index), alarm=alarm)
    if pursuit.crisis.owner is None:
        if pursuit.crisis.state is State.RINGING:  # else the pages climb already
            pursuit.back_to_the_foot()
        pursuit.change(state=State.LAST_RESORT)


def _caller_stays(pursuit: Pursuit, event: CallerStays) -> None:
    pursuit.change(line=_line(pursuit, event.call_sid))
    pursuit.record("stays", "caller asked to be connected again")
    if pursuit.crisis.state is State.CLOSED:
        pursuit.change(disposition=None, closed_at=None)
    _ring_from_the_foot(pursuit, Preface.AGAIN)


def _caller_gone(pursuit: Pursuit, event: CallerGone, *, bridged: bool | None = None) -> None:
    """End the caller's part. Only the step of a leg knows for sure that a talk never began."""
    line = pursuit.crisis.line
    if line is None or line.call_sid != event.call_sid:
        return
    crisis = pursuit.crisis
    if crisis.state is State.CLOSED:
        pursuit.change(line=None)
    elif crisis.state is State.TALKING and bridged is not False:
        pursuit.record("talked", "caller hung up after talking", _talker(crisis))
        unheard = line.leg if bridged is None else None
        pursuit.change(state=State.ACCEPTED, line=None, reaching=None, unheard=unheard)
    elif crisis.state is State.ACCEPTED:
        pursuit.record("hung_up", "call is over")
        pursuit.change(line=None, reaching=None)
    else:
        outside = crisis.state is State.LAST_RESORT and bridged is not False
        where = "after being passed outside the team" if outside else "before being connected"
        pursuit.record("hung_up", f"caller hung up {where}")
        pursuit.drop_leg()
        pursuit.caller_is_gone()


def _reported_again(pursuit: Pursuit) -> None:
    pursuit.record("reported_again", "a further contact has come in")
    if pursuit.crisis.owner is not None:
        pursuit.tell(pursuit.crisis.owner, TellKind.NEW_CONTACT)


def _reported(pursuit: Pursuit) -> None:
    pursuit.change(state=State.PAGING)
    pursuit.climb_by_page(PageKind.REPORTED)


# The team's side ────────────────────────────────────────────────────────────────────────────────


def _accepted(pursuit: Pursuit, event: Accepted) -> None:
    crisis = pursuit.crisis
    if crisis.state is State.CLOSED:
        raise Refused("closed", "This crisis is closed.")
    if crisis.owner == event.staff and event.channel is not Channel.PHONE:
        return  # said twice: theirs already
    if crisis.owner not in (None, event.staff) and crisis.handing_to != event.staff:
        raise Refused("taken", "Somebody else has taken it.", owner=crisis.owner)
    if event.channel is Channel.PHONE:
        _accepted_on_the_phone(pursuit, event)
    else:
        _accepted_in_writing(pursuit, event)


def _accepted_on_the_phone(pursuit: Pursuit, event: Accepted) -> None:
    crisis = pursuit.crisis
    if crisis.line is None or crisis.line.leg != event.leg:
        if crisis.owner != event.staff:  # the caller has gone, or the ladder has climbed on
            _accepted_in_writing(pursuit, event)
        return
    pursuit.record("accepted", "accepted by phone", event.staff)
    pursuit.take(event.staff, State.TALKING)
    pursuit.change(due_at=None)


def _accepted_in_writing(pursuit: Pursuit, event: Accepted) -> None:
    before = pursuit.crisis
    pursuit.record("accepted", f"accepted by {event.channel}", event.staff)
    if before.owner is not None and before.handing_to == event.staff:
        pursuit.tell(before.owner, TellKind.HANDED_OFF, about=event.staff)
        pursuit.change(paged=before.paged - {before.owner})
    pursuit.change(tried=before.tried - {event.staff})
    if before.state is State.RINGING:
        if before.reaching is not None and before.reaching.staff != event.staff:
            pursuit.drop_leg()
        pursuit.take(event.staff, State.RINGING)
    elif before.state is State.TALKING:
        pursuit.take(event.staff, State.TALKING)
    else:
        pursuit.take(event.staff, State.ACCEPTED)
        pursuit.change(due_at=None, reaching=None)


def _declined(pursuit: Pursuit, event: Declined) -> None:
    crisis = pursuit.crisis
    if crisis.state is State.CLOSED:
        raise Refused("closed", "This crisis is closed.")
    if crisis.handing_to == event.staff:
        pursuit.record("declined", "declined the hand-off", event.staff)
        _hand_off_not_taken(pursuit)
    elif crisis.owner == event.staff:
        _given_back(pursuit, event.staff)
    else:
        pursuit.record("declined", f"declined by {event.channel}", event.staff)
        pursuit.change(tried=crisis.tried | {event.staff}, paged=crisis.paged - {event.staff})
        if event.staff in crisis.paged or crisis.state is State.RINGING:
            _climb_if_it_was_their_turn(pursuit, event)


def _climb_if_it_was_their_turn(pursuit: Pursuit, event: Declined) -> None:
    reaching = pursuit.crisis.reaching
    if reaching is not None and reaching.staff is not None:
        asked: StaffId | None = reaching.staff
    else:  # the caller is with the last resort; the pages stand on this rung
        rung, rungs = pursuit.crisis.rung, pursuit.ladder.rungs
        asked = rungs[rung].staff if rung is not None and rung < len(rungs) else None
    if pursuit.crisis.owner is not None or asked != event.staff:
        return
    if pursuit.crisis.state is State.RINGING:
        if event.channel is not Channel.PHONE:  # on the phone, the screening itself hangs up
            pursuit.drop_leg()
    elif pursuit.next_rung() is None:
        pursuit.rest_before_the_next_round()
    else:
        pursuit.climb_by_page(pursuit.page_kind())


def _given_back(pursuit: Pursuit, staff: StaffId) -> None:
    if pursuit.crisis.state is State.TALKING:
        raise Refused("talking", "You are on the phone with the caller: hand it off instead.")
    pursuit.record("given_back", "gave it back", staff)
    pursuit.change(owner=None, handing_to=None, paged=pursuit.crisis.paged - {staff})
    if pursuit.crisis.state is State.RINGING:
        pursuit.change(tried=pursuit.crisis.tried | {staff})
        reaching = pursuit.crisis.reaching
        if reaching is not None and reaching.staff == staff:
            pursuit.drop_leg()
        return
    line = pursuit.crisis.line
    outside = line is not None and line.last_resort is not None
    pursuit.change(state=State.LAST_RESORT if outside else State.CALLBACK_NEEDED)
    pursuit.back_to_the_foot()
    pursuit.change(tried=frozenset({staff}))
    pursuit.climb_by_page(pursuit.page_kind())


def _hand_off_asked(pursuit: Pursuit, event: HandOffAsked) -> None:
    crisis = pursuit.crisis
    if crisis.state is State.CLOSED:
        raise Refused("closed", "This crisis is closed.")
    if crisis.owner is None:
        raise Refused("no_owner", "Nobody has taken it yet: accept it first.")
    if crisis.owner == event.to:
        raise Refused("same", "It is theirs already.")
    if crisis.state is State.RINGING:
        raise Refused("ringing", "The caller is being connected: wait a moment.")
    if event.by == event.to:
        pursuit.change(handing_to=event.to)
        _accepted_in_writing(pursuit, Accepted(event.to, Channel.WEB))
        return
    pursuit.record("hand_off_asked", "is asked to take it over", event.to)
    pursuit.change(handing_to=event.to, due_at=pursuit.now + HAND_OFF_PATIENCE)
    pursuit.page(event.to, PageKind.HAND_OFF)


def _hand_off_not_taken(pursuit: Pursuit) -> None:
    to, owner = pursuit.crisis.handing_to, pursuit.crisis.owner
    pursuit.change(handing_to=None, due_at=None)
    if to is not None:
        pursuit.change(paged=pursuit.crisis.paged - {to})
    if owner is not None:
        pursuit.tell(owner, TellKind.HAND_OFF_NOT_TAKEN, about=to)


def _due_reached(pursuit: Pursuit) -> None:
    crisis = pursuit.crisis
    if crisis.due_at is None or crisis.due_at > pursuit.now:
        return
    if crisis.owner is not None and crisis.handing_to is not None:
        pursuit.record("hand_off_not_taken", "did not take it over in time", crisis.handing_to)
        _hand_off_not_taken(pursuit)
    elif crisis.state is State.RINGING:
        _lost_sight(pursuit)
    elif crisis.owner is None and crisis.is_open:
        pursuit.climb_by_page(pursuit.page_kind())
    else:
        pursuit.change(due_at=None)


def _lost_sight(pursuit: Pursuit) -> None:
    """The phone network has not told us how the ringing ended: assume the worst for the caller."""
    pursuit.record("lost_sight", "no word from the phone network: nobody may be with the caller")
    pursuit.caller_is_gone()
    pursuit.change(alarm=ALARM_LOST)


def _closed(pursuit: Pursuit, event: Closed) -> None:
    crisis = pursuit.crisis
    if crisis.state is State.CLOSED:
        raise Refused("closed", "This crisis is closed already.")
    if crisis.state is State.RINGING or (crisis.state is State.LAST_RESORT and crisis.line):
        raise Refused(
            "on_the_line", "The caller is still on the line: wait until the call is over."
        )
    pursuit.record("closed", f"closed: {event.disposition.label}")
    for staff in sorted(crisis.paged - ({crisis.owner} if crisis.owner else set())):
        pursuit.tell(staff, TellKind.CLOSED)
    pursuit.change(
        state=State.CLOSED,
        disposition=event.disposition,
        closed_at=pursuit.now,
        due_at=None,
        reaching=None,
        handing_to=None,
        alarm=None,
        paged=frozenset(),
    )
