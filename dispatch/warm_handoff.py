"""The warm handoff's side of the policy: somebody is brought into the talk, speaks, and may stay.

The plain bridge becomes a conference only then. The worker goes into the room first; as their leg
leaves the bridge, the caller's call comes to us and follows. Whatever fails on the way, the caller
is either still on the bridge or at one of our webhooks: nobody waits for a request of ours.
Each event may come twice, late or before another: a presence only ever goes on.
"""

from datetime import timedelta
from typing import assert_never

from dispatch import callers_side, teams_side, third_party
from dispatch.crisis import Crisis, State
from dispatch.events import (
    CallerGone,
    Closed,
    Declined,
    DropLeg,
    EndCall,
    Farewell,
    HandOffAsked,
    LegEnded,
    LegOutcome,
    Preface,
    Refused,
    TellKind,
)
from dispatch.pursuit import Pursuit
from dispatch.room import Conference, Party, Presence
from dispatch.room_draft import (
    COMING,
    MOVE_PATIENCE,
    change,
    name_of,
    room_of,
    sentence,
    wait_until,
)
from dispatch.room_events import (
    BringIn,
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
    RoomEvent,
    RoomNamed,
    WaitForRoom,
    WhyOver,
    WorkerLeft,
    WorkerMoved,
    WorkerNotMoved,
)

ROOM_TRIES = 8
"""How often the caller's call asks whether the worker is in the room, about a second apart."""

FETCH_PATIENCE = timedelta(seconds=30)
"""How long the fetched caller's call may take to come to us, before we have lost sight of it."""


def happens(pursuit: Pursuit, event: RoomEvent) -> None:
    """Let one thing happen to a conference. Raises Refused for what a person cannot ask for now."""
    match event:
        case BringIn():
            _bring_in(pursuit, event)
        case LeaveAsked():
            _leave(pursuit)
        case WorkerMoved():
            _worker_moved(pursuit, event)
        case WorkerNotMoved():
            _worker_not_moved(pursuit, event)
        case WorkerLeft():
            third_party.worker_left(pursuit, event)
        case RoomNamed():
            _room_named(pursuit, event)
        case RoomAsked():
            _room_asked(pursuit, event)
        case RoomEnded():
            _room_ended(pursuit, event)
        case PartySeen():
            third_party.seen(pursuit, event)
        case PartyJoined():
            third_party.joined(pursuit, event)
        case PartySpoke():
            third_party.spoke(pursuit, event)
        case PartyOver():
            third_party.over(pursuit, event)
        case _:
            assert_never(event)


# What people ask for ────────────────────────────────────────────────────────────────────────────


def _bring_in(pursuit: Pursuit, event: BringIn) -> None:
    crisis, room = pursuit.crisis, pursuit.crisis.conference
    if room is not None and room.party is not None and _is(room.party, event):
        return  # pressed twice
    _refuse_to_bring_in(crisis, event)
    number = crisis.parties + 1
    party = Party(number, event.guest, event.staff, event.phone)
    pursuit.change(parties=number)
    what = "is being brought into the call"
    pursuit.record("bring_in", sentence(party, what), party.staff)
    if room is not None:
        change(pursuit, party=party)
        third_party.ring(pursuit)
        return
    line, worker = crisis.line, callers_side.talker(crisis)
    if line is None or line.leg_sid is None or worker is None:  # refused above
        raise Refused("not_talking", "Nobody is on the phone with the caller.")
    due_at = pursuit.now + MOVE_PATIENCE
    pursuit.change(
        conference=Conference(line.leg, worker, line.leg_sid, party, due_at), due_at=due_at
    )
    pursuit.effects.append(MoveWorker(line.leg_sid, line.leg))


def _is(party: Party, event: BringIn) -> bool:
    return (party.guest, party.staff) == (event.guest, event.staff)


def _refuse_to_bring_in(crisis: Crisis, event: BringIn) -> None:
    line, room = crisis.line, crisis.conference
    if crisis.state is State.CLOSED:
        raise Refused("closed", "This crisis is closed.")
    bridged = line is not None and line.leg_sid is not None and line.last_resort is None
    if crisis.state is not State.TALKING or not bridged:
        raise Refused("not_talking", "Nobody of the team is on the phone with the caller.")
    if room is not None and room.worker_gone:
        raise Refused("not_talking", "You have left the call.")
    if room is not None and room.party is not None:
        raise Refused("busy", f"{_subject(room.party)} is being brought in, or is there already.")
    if crisis.handing_to is not None:
        raise Refused("handing_off", "A colleague is asked to take it over: wait for their answer.")
    worker = room.worker if room is not None else callers_side.talker(crisis)
    if event.staff is not None and event.staff == worker:
        raise Refused("same", "They are on the phone with the caller: choose somebody else.")


def _subject(party: Party) -> str:
    name = name_of(party)
    return "A colleague" if party.staff else name[0].upper() + name[1:]


def _leave(pursuit: Pursuit) -> None:
    room = pursuit.crisis.conference
    if room is None or not room.open or room.worker_gone or room.sid is None:
        raise Refused("not_in_room", "Nobody was brought into the call: hand it off instead.")
    if room.party is None:
        raise Refused("not_spoken", "Nobody else is on the line with the caller: stay on it.")
    if room.party.presence is not Presence.SPOKEN:
        who = "The colleague" if room.party.staff else _subject(room.party)
        raise Refused("not_spoken", f"{who} has not spoken yet: stay on the line.")
    pursuit.effects.append(LetGo(room.sid, room.worker_sid))


# The worker and the caller move ─────────────────────────────────────────────────────────────────


def leg_ended(pursuit: Pursuit, event: LegEnded) -> None:
    """The bridge is over: the worker is on their way into the room, or the talk has ended."""
    room = pursuit.crisis.conference
    moving = (
        room is not None
        and room.leg == event.leg
        and not room.open
        and pursuit.crisis.state is State.TALKING
        and not event.caller_gone
    )  # whatever Twilio says of a bridge whose other leg was taken away
    if moving:
        _follow(pursuit, tries=1)
    else:
        callers_side.leg_ended(pursuit, event)


def _room_asked(pursuit: Pursuit, event: RoomAsked) -> None:
    room = pursuit.crisis.conference
    if pursuit.crisis.state is not State.TALKING:
        callers_side.leg_ended(pursuit, _bridge_over(event.call_sid, event.leg))
    elif room is None or room.leg != event.leg:
        _back_to_the_ladder(pursuit, "call broke off while somebody was being brought in")
    elif room.open:
        pursuit.effects.append(EnterRoom(room.leg))
    else:
        _follow(pursuit, tries=event.tries + 1)


def _bridge_over(call_sid: str, leg: int, seconds: int = 0) -> LegEnded:
    return LegEnded(call_sid, leg, LegOutcome.COMPLETED, True, seconds, False)


def _follow(pursuit: Pursuit, tries: int) -> None:
    """Let the caller follow the worker into the room, or back to the ladder where nobody is."""
    room = room_of(pursuit)
    if room.worker_gone:
        _back_to_the_ladder(pursuit, "worker hung up before anybody was brought in")
    elif room.moved:
        change(pursuit, open=True)
        pursuit.record("conference", "call has become a conference")
        pursuit.effects.append(EnterRoom(room.leg))
        if room.party is not None:
            third_party.ring(pursuit)
    elif tries <= ROOM_TRIES:
        pursuit.effects.append(WaitForRoom(room.leg, tries))
    else:
        pursuit.effects.append(DropLeg(room.worker_sid))
        _back_to_the_ladder(pursuit, "worker was lost on the way into the conference")


def _worker_moved(pursuit: Pursuit, event: WorkerMoved) -> None:
    room = pursuit.crisis.conference
    if room is None or (room.leg, room.worker_sid) != (event.leg, event.call_sid):
        pursuit.effects.append(DropLeg(event.call_sid))  # nobody will follow them there
    elif not room.worker_gone:
        change(pursuit, moved=True)


def _worker_not_moved(pursuit: Pursuit, event: WorkerNotMoved) -> None:
    room = pursuit.crisis.conference
    if room is None or room.leg != event.leg or room.moved or room.open:
        return
    _call_off(pursuit, "the phone network refused to change the call")


def _call_off(pursuit: Pursuit, why: str) -> None:
    """Nobody can be brought in; worker and caller go on as they were."""
    room = room_of(pursuit)
    party = room.party
    pursuit.change(conference=None, due_at=None)
    if room.moved:  # the caller has not followed them: nobody hears them there
        pursuit.effects.append(DropLeg(room.worker_sid))
    who = party.staff if party else None
    pursuit.record("bring_in_failed", f"could not be brought in: {why}", who)
    pursuit.tell(room.worker, TellKind.BRING_IN_FAILED)


def declined(pursuit: Pursuit, event: Declined) -> None:
    """A colleague who is asked into the call passes; anything else is a plain decline."""
    room = pursuit.crisis.conference
    party = room.party if room is not None else None
    if party is None or party.staff != event.staff or party.presence not in COMING:
        teams_side.declined(pursuit, event)
        return
    if party.call_sid is not None:
        pursuit.effects.append(DropLeg(party.call_sid))
    third_party.over(pursuit, PartyOver(party.number, WhyOver.DECLINED))


# The room ends ──────────────────────────────────────────────────────────────────────────────────


def _room_named(pursuit: Pursuit, event: RoomNamed) -> None:
    room = pursuit.crisis.conference
    if room is not None and room.leg == event.leg and room.sid != event.sid:
        change(pursuit, sid=event.sid)


def _room_ended(pursuit: Pursuit, event: RoomEnded) -> None:
    crisis = pursuit.crisis
    room = crisis.conference
    began = crisis.opened_at if crisis.state is State.CLOSED else crisis.since
    seconds = int((pursuit.now - began).total_seconds())
    if event.caller_gone:
        caller_gone(pursuit, CallerGone(event.call_sid), bridged=True)
    elif crisis.state is not State.TALKING or room is None or room.leg != event.leg:
        callers_side.leg_ended(pursuit, _bridge_over(event.call_sid, event.leg, seconds))
    elif room.stays:
        _talk_outside_over(pursuit, room, event)
    elif room.party is not None:
        if room.party.presence in COMING and room.party.call_sid is not None:
            pursuit.effects.append(DropLeg(room.party.call_sid))
        _back_to_the_ladder(pursuit, "worker hung up before whom they brought in could stay")
    else:
        callers_side.leg_ended(pursuit, _bridge_over(event.call_sid, event.leg, seconds))


def _talk_outside_over(pursuit: Pursuit, room: Conference, event: RoomEnded) -> None:
    if room.party is not None:
        pursuit.record("talked_outside", f"call with {name_of(room.party)} is over")
    pursuit.change(state=State.ACCEPTED, reaching=None)
    pursuit.effects.append(EndCall(Farewell.AFTER_TALK, event.leg))


def _back_to_the_ladder(pursuit: Pursuit, why: str) -> None:
    """The caller was left alone: they are rung for again, from the foot."""
    room, crisis = pursuit.crisis.conference, pursuit.crisis
    worker = room.worker if room is not None else callers_side.talker(crisis)
    pursuit.record("broken", why, worker)
    if crisis.owner == worker:  # a colleague who took it over meanwhile is rung first
        pursuit.lapse("call broke off: the ladder starts again")
    pursuit.change(conference=None)
    pursuit.back_to_the_foot()
    pursuit.climb_by_phone(Preface.BROKEN)


def caller_gone(pursuit: Pursuit, event: CallerGone, *, bridged: bool | None = None) -> None:
    """The caller has hung up: the room ends for everybody, and nobody is rung for it any more."""
    room, line = pursuit.crisis.conference, pursuit.crisis.line
    if room is not None and line is not None and line.call_sid == event.call_sid:
        party = room.party
        if party is not None and party.presence in COMING and party.call_sid is not None:
            pursuit.effects.append(DropLeg(party.call_sid))
    callers_side.caller_gone(pursuit, event, bridged=bridged)


# Deadlines, and what else people do meanwhile ───────────────────────────────────────────────────


def due_reached(pursuit: Pursuit) -> None:
    """The deadline has come: of the conference, or any other."""
    room = pursuit.crisis.conference
    if room is None or room.due_at > pursuit.now:
        teams_side.due_reached(pursuit)
    elif not room.open:
        _call_off(pursuit, "no word from the phone network")
    elif room.worker_gone:
        _nobody_is_left(pursuit, room)
    elif room.party is not None and room.party.over:
        third_party.over(pursuit, PartyOver(room.party.number, WhyOver.LEFT))
    elif room.party is not None and room.party.presence in COMING:
        third_party.over(pursuit, PartyOver(room.party.number, WhyOver.NO_ANSWER))
    else:
        teams_side.lost_sight(pursuit)


def _nobody_is_left(pursuit: Pursuit, room: Conference) -> None:
    party, line = room.party, pursuit.crisis.line
    if party is not None and third_party.can_stay(party) and not room.stays:
        third_party.pass_on(pursuit, party)  # the word came after the worker had gone
    elif room.fetching or line is None:
        teams_side.lost_sight(pursuit)
    else:
        change(pursuit, fetching=True)
        wait_until(pursuit, FETCH_PATIENCE)
        pursuit.effects.append(FetchCaller(line.call_sid, room.leg))


def hand_off_asked(pursuit: Pursuit, event: HandOffAsked) -> None:
    """As always, but not while somebody is brought in: who stays with the caller decides then."""
    room = pursuit.crisis.conference
    if room is not None and (room.party is not None or not room.open):
        raise Refused("busy", "Somebody is being brought into the call: wait for that.")
    teams_side.hand_off_asked(pursuit, event)


def closed(pursuit: Pursuit, event: Closed) -> None:
    """As always; whoever is still rung for the call is let go.

    Not while the worker is on the call with somebody who has spoken: nobody would see them leave
    then, and the caller could be left alone in the room.
    """
    room = pursuit.crisis.conference
    party = room.party if room is not None else None
    spoken = party is not None and party.presence is Presence.SPOKEN
    if room is not None and spoken and not room.worker_gone:
        raise Refused(
            "in_a_call", "Somebody was brought into the call: leave it first, then close."
        )
    teams_side.closed(pursuit, event)
    if party is not None and party.presence in COMING and party.call_sid is not None:
        pursuit.effects.append(DropLeg(party.call_sid))


def settle(pursuit: Pursuit) -> None:
    """After every event: a conference lasts as long as its talk, and always has a deadline."""
    crisis = pursuit.crisis
    room = crisis.conference
    if room is None:
        return
    line = crisis.line
    if crisis.state is not State.TALKING or line is None or line.leg != room.leg:
        own = crisis.due_at == room.due_at
        pursuit.change(conference=None)
        if own and crisis.state in (State.ACCEPTED, State.CLOSED):
            handing = crisis.handing_to is not None
            patience = pursuit.now + teams_side.HAND_OFF_PATIENCE
            pursuit.change(due_at=patience if handing else None)
    elif crisis.due_at is None or (room.worker_gone and room.due_at < crisis.due_at):
        pursuit.change(due_at=room.due_at)  # a caller alone comes before a hand-off's deadline
