"""The caller's side of the policy: what their call, their texts and those who report make of it."""

from dataclasses import replace
from datetime import timedelta

from dispatch.crisis import CallStage, Crisis, Line, State
from dispatch.events import (
    CallArrived,
    CallerGone,
    CallerStays,
    DropLeg,
    EndCall,
    Farewell,
    LastResortEnded,
    LegEnded,
    LegOutcome,
    LegSeen,
    Preface,
    TeamAsked,
    TeamChosen,
    TellKind,
)
from dispatch.pursuit import Pursuit
from oncall.model import StaffId

SHORT_BRIDGE_SECONDS = 30
"""A talk with the team shorter than this has probably broken: the caller is connected again."""

SHORT_LAST_RESORT_SECONDS = 10
"""A call to the last resort shorter than this did not reach a person: the next number is tried."""

NEW_CONTACT_PATIENCE = timedelta(seconds=120)
"""How long an owner has to answer for a further contact: they may have gone home hours ago."""

LEG_WORDS = {
    LegOutcome.COMPLETED: "answered, but nobody pressed 1",
    LegOutcome.BUSY: "busy",
    LegOutcome.NO_ANSWER: "no answer",
    LegOutcome.FAILED: "could not be reached",
    LegOutcome.CANCELED: "stopped ringing",
    LegOutcome.UNKNOWN: "ended without a word from the phone network",
}


def call_arrived(pursuit: Pursuit, event: CallArrived) -> None:
    """The caller is on the line and their team is known: ring the first phone."""
    pursuit.change(line=Line(event.call_sid))
    _ring_from_the_foot(pursuit, Preface.GREETING)


def _ring_from_the_foot(pursuit: Pursuit, preface: Preface) -> None:
    pursuit.back_to_the_foot()
    pursuit.change(handing_to=None, disposition=None, closed_at=None)
    pursuit.climb_by_phone(preface)


def team_asked(pursuit: Pursuit, event: TeamAsked) -> None:
    """The caller is being asked for their team; should they hang up, the crisis is there."""
    pursuit.record("asked", "caller is being asked which team they want")
    pursuit.change(
        line=Line(event.call_sid),
        state=State.RINGING,
        due_at=pursuit.now + timedelta(seconds=event.seconds),
    )


def team_chosen(pursuit: Pursuit, event: TeamChosen) -> None:
    """The caller has chosen a team, or stayed on the line."""
    if event.team != pursuit.crisis.team:
        pursuit.change(team=event.team)
    pursuit.record("team_chosen", "team of the caller is known")
    pursuit.change(line=line_of(pursuit, event.call_sid))
    _ring_from_the_foot(pursuit, Preface.GREETING)


def line_of(pursuit: Pursuit, call_sid: str) -> Line:
    """The caller's line; made anew where we had lost sight of it."""
    line = pursuit.crisis.line
    return line if line is not None and line.call_sid == call_sid else Line(call_sid)


def leg_seen(pursuit: Pursuit, event: LegSeen) -> None:
    """A ringing leg has a name; hang it up if that was wanted before we knew it."""
    line = pursuit.crisis.line
    if line is None or line.leg != event.leg or line.leg_sid == event.leg_sid:
        return
    pursuit.change(line=replace(line, leg_sid=event.leg_sid))
    if line.drop:
        pursuit.effects.append(DropLeg(event.leg_sid))


def leg_ended(pursuit: Pursuit, event: LegEnded) -> None:
    """The phone that was rung for the caller has stopped ringing or hung up."""
    if event.caller_gone:
        caller_gone(pursuit, CallerGone(event.call_sid), bridged=event.bridged)
        was_never_joined(pursuit, event.leg, bridged=event.bridged)
        return
    line = line_of(pursuit, event.call_sid)
    lost = line is not pursuit.crisis.line  # the deadline came first, or the crisis was closed
    if event.leg > line.leg:  # the ladder was climbed while nothing could be written down
        pursuit.change(tried=pursuit.crisis.tried | event.tried)
    pursuit.change(line=replace(line, leg=max(line.leg, event.leg)))
    if pursuit.crisis.state is State.TALKING and event.bridged:
        _talk_ended(pursuit, event)
    elif pursuit.crisis.state is State.CLOSED:
        _closed_while_on_the_line(pursuit, event)
    else:
        _not_reached(pursuit, event, lost=lost)


def was_never_joined(pursuit: Pursuit, leg: int, *, bridged: bool) -> None:
    """The call's status came before the leg's own step, which knows that no talk ever began."""
    crisis = pursuit.crisis
    if crisis.unheard != leg or bridged or crisis.owner is None:
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
        pursuit.found_again()
    _lapse_if_rung_in_vain(pursuit)
    pursuit.climb_by_phone(Preface.NEXT)


def _lapse_if_rung_in_vain(pursuit: Pursuit) -> None:
    """An owner whose phone was rung for the waiting caller, and did not hold, has it no longer."""
    if pursuit.crisis.owner in pursuit.crisis.tried:
        pursuit.lapse("could not be connected with the caller: the ladder goes on")


def talker(crisis: Crisis) -> StaffId | None:
    """Whose phone the caller is joined to: not the owner's, once it was handed off in the talk."""
    reaching = crisis.reaching
    return crisis.owner if reaching is None or reaching.staff is None else reaching.staff


def _talk_ended(pursuit: Pursuit, event: LegEnded) -> None:
    who = talker(pursuit.crisis)
    if event.seconds < SHORT_BRIDGE_SECONDS:
        pursuit.record("broken", f"talk broke off after {event.seconds} s", who)
        if pursuit.crisis.owner == who:  # a colleague who took it over meanwhile is rung first
            pursuit.lapse("call broke off: the ladder goes on")
        pursuit.climb_by_phone(Preface.BROKEN)
        return
    pursuit.record("talked", f"talked for {event.seconds} s", who)
    pursuit.change(state=State.ACCEPTED, reaching=None)
    pursuit.effects.append(EndCall(Farewell.AFTER_TALK, event.leg))


def _closed_while_on_the_line(pursuit: Pursuit, event: LegEnded) -> None:
    """A crisis closed by hand does not cut off a caller whose bridge broke."""
    if event.bridged and event.seconds >= SHORT_BRIDGE_SECONDS:
        pursuit.change(line=None)
        pursuit.effects.append(EndCall(Farewell.AFTER_TALK, event.leg))
        return
    pursuit.record("reopened", "caller is still on the line")
    pursuit.change(owner=None)
    _ring_from_the_foot(pursuit, Preface.BROKEN)


def last_resort_ended(pursuit: Pursuit, event: LastResortEnded) -> None:
    """A number outside the team has stopped ringing or hung up."""
    if pursuit.crisis.state is State.CLOSED:
        _last_resort_ended_after_closing(pursuit, event)
        return
    _note_passed_outside(pursuit, event)
    talked = event.bridged and event.seconds >= SHORT_LAST_RESORT_SECONDS
    if pursuit.crisis.state is State.TALKING and (event.caller_gone or talked):
        pursuit.lapse("call broke off: the caller was passed outside")
        pursuit.back_to_the_foot()
        pursuit.change(state=State.LAST_RESORT)
    if event.caller_gone:
        caller_gone(pursuit, CallerGone(event.call_sid), bridged=event.bridged)
        return
    number = pursuit.ladder.last_resort[min(event.index, len(pursuit.ladder.last_resort) - 1)]
    if talked:
        pursuit.record("talked_outside", f"caller talked with {number} for {event.seconds} s")
        pursuit.effects.append(EndCall(Farewell.AFTER_LAST_RESORT))
        pursuit.caller_is_gone()
        return
    pursuit.record("not_reached", f"{number}: {LEG_WORDS[event.outcome]}")
    if pursuit.crisis.owner is None:
        pursuit.ring_last_resort(event.index + 1, Preface.NEXT)
        return
    _lapse_if_rung_in_vain(pursuit)  # who took it by SMS meanwhile is the next one rung
    pursuit.climb_by_phone(Preface.NEXT)


def _last_resort_ended_after_closing(pursuit: Pursuit, event: LastResortEnded) -> None:
    talked = event.bridged and event.seconds >= SHORT_LAST_RESORT_SECONDS
    if not event.caller_gone and not talked:
        pursuit.record("reopened", "caller is still on the line")
        pursuit.change(line=line_of(pursuit, event.call_sid), owner=None)
        _ring_from_the_foot(pursuit, Preface.AGAIN)
        return
    pursuit.change(line=None)
    if not event.caller_gone:
        pursuit.effects.append(EndCall(Farewell.AFTER_LAST_RESORT))


def _note_passed_outside(pursuit: Pursuit, event: LastResortEnded) -> None:
    """Enter what happened while Vigil could not decide: the caller was passed outside anyway."""
    line = line_of(pursuit, event.call_sid)
    if line is pursuit.crisis.line and line.last_resort is not None:
        return
    pursuit.record("passed_outside", "caller was passed outside while Vigil could not decide")
    pursuit.change(line=replace(line, last_resort=event.index))
    pursuit.found_again()
    if pursuit.crisis.owner is None:
        if pursuit.crisis.state is State.RINGING:  # else the pages climb already
            pursuit.back_to_the_foot()
        pursuit.change(state=State.LAST_RESORT)


def caller_stays(pursuit: Pursuit, event: CallerStays) -> None:
    """After a talk that ended, the caller asked to be connected again."""
    pursuit.change(line=line_of(pursuit, event.call_sid))
    pursuit.record("stays", "caller asked to be connected again")
    _ring_from_the_foot(pursuit, Preface.AGAIN)


def caller_gone(pursuit: Pursuit, event: CallerGone, *, bridged: bool | None = None) -> None:
    """End the caller's part. Only the step of a leg knows for sure that a talk never began."""
    line = pursuit.crisis.line
    if line is None or line.call_sid != event.call_sid:
        return
    crisis = pursuit.crisis
    if crisis.state is State.CLOSED:
        pursuit.change(line=None)
    elif crisis.state is State.TALKING and bridged is not False:
        pursuit.record("talked", "caller hung up after talking", talker(crisis))
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


def reported_again(pursuit: Pursuit) -> None:
    """A further contact: the owner answers for it in time, or the pages start again."""
    pursuit.record("reported_again", "a further contact has come in")
    crisis = pursuit.crisis
    if crisis.owner is None:
        return
    pursuit.tell(crisis.owner, TellKind.NEW_CONTACT)
    if crisis.state is State.ACCEPTED and crisis.due_at is None and not _talks(crisis):
        pursuit.change(due_at=pursuit.now + NEW_CONTACT_PATIENCE)


def _talks(crisis: Crisis) -> bool:
    """Whether the owner has called the client back and is connected: they can't answer a text."""
    return crisis.calling is not None and crisis.calling.stage is CallStage.TALKING


def reported(pursuit: Pursuit) -> None:
    """A crisis without a caller on the line: page the first rung."""
    pursuit.change(state=State.PAGING)
    pursuit.climb_by_page(pursuit.first_page_kind())
