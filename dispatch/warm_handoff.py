"""The warm handoff's side of the policy: somebody is brought into the talk, speaks, and may stay.

The plain bridge becomes a conference only then. The worker goes into the room first; as their leg
leaves the bridge, the caller's call comes to us and follows. Whatever fails on the way, the caller
is either still on the bridge or at one of our webhooks: nobody waits for a request of ours.
Each event may come twice, late or before another: a presence only ever goes on.
"""

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from dispatch import callers_side, teams_side
from dispatch.crisis import Crisis, How, Reaching, State
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
    PageKind,
    Preface,
    Refused,
    TellKind,
)
from dispatch.pursuit import (
    LAST_RESORT_RING_SECONDS,
    SCREEN_AND_SLACK,
    TWILIO_EXTRA_RING,
    Pursuit,
)
from dispatch.room import Conference, Guest, Party, Presence
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
    RoomEvent,
    RoomNamed,
    WaitForRoom,
    WhyOver,
    WorkerLeft,
    WorkerMoved,
    WorkerNotMoved,
)
from oncall.model import StaffId

MOVE_PATIENCE = timedelta(seconds=30)
"""How long the worker's leg may take into the room; what is asked of Twilio expires before."""

ROOM_TRIES = 8
"""How often the caller's call asks whether the worker is in the room, about a second apart."""

ALONE_PATIENCE = timedelta(seconds=8)
"""How long the end of a room may take to reach us by itself, before we fetch the caller."""

FETCH_PATIENCE = timedelta(seconds=30)
"""How long the fetched caller's call may take to come to us, before we have lost sight of it."""

ROOM_PATIENCE = timedelta(hours=4, minutes=5)
"""Twilio ends every call into a room after four hours: what we still believe then is wrong."""

COMING = (Presence.WAITING, Presence.CALLED)
TO_JOIN = "brought in"
"""What stands for the tier of a colleague who came by a conference."""


def name_of(party: Party) -> str:
    """A third party in the timeline, where a colleague is named beside the text."""
    match party.guest:
        case Guest.COLLEAGUE:
            return "colleague"
        case Guest.LIFELINE:
            return "988"
        case Guest.INTERPRETER:
            return "the interpreter line"
        case _:
            assert_never(party.guest)


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
            _worker_left(pursuit, event)
        case RoomNamed():
            _room_named(pursuit, event)
        case RoomAsked():
            _room_asked(pursuit, event)
        case RoomEnded():
            _room_ended(pursuit, event)
        case PartySeen():
            _party_seen(pursuit, event)
        case PartyJoined():
            _party_joined(pursuit, event)
        case PartySpoke():
            _party_spoke(pursuit, event)
        case PartyOver():
            _party_over(pursuit, event)
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
    pursuit.record("bring_in", _of(party, what), party.staff)
    if room is not None:
        _change(pursuit, party=party)
        _call_party(pursuit)
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
        and event.bridged
        and not event.caller_gone
    )
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
    room = _room(pursuit)
    if room.worker_gone:
        _back_to_the_ladder(pursuit, "worker hung up before anybody was brought in")
    elif room.moved:
        _change(pursuit, open=True)
        pursuit.record("conference", "call has become a conference", room.worker)
        pursuit.effects.append(EnterRoom(room.leg))
        if room.party is not None:
            _call_party(pursuit)
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
        _change(pursuit, moved=True)


def _worker_not_moved(pursuit: Pursuit, event: WorkerNotMoved) -> None:
    room = pursuit.crisis.conference
    if room is None or room.leg != event.leg or room.moved or room.open:
        return
    _call_off(pursuit, "the phone network refused to change the call")


def _call_off(pursuit: Pursuit, why: str) -> None:
    """Nobody can be brought in; worker and caller go on as they were."""
    room = _room(pursuit)
    party = room.party
    pursuit.change(conference=None, due_at=None)
    who = party.staff if party else None
    pursuit.record("bring_in_failed", f"could not be brought in: {why}", who)
    pursuit.tell(room.worker, TellKind.BRING_IN_FAILED)


def _call_party(pursuit: Pursuit) -> None:
    room = _room(pursuit)
    party = room.party
    if party is None:
        return
    seconds = LAST_RESORT_RING_SECONDS
    if party.staff is not None:
        seconds = pursuit.ring_rule_of(party.staff)[1]
        pursuit.page(party.staff, PageKind.BRING_IN)
    patience = timedelta(seconds=seconds) + TWILIO_EXTRA_RING + SCREEN_AND_SLACK
    _change(pursuit, party=replace(party, presence=Presence.CALLED))
    _wait_until(pursuit, patience)
    pursuit.effects.append(CallParty(party.number, room.leg, party.staff, party.phone, seconds))


# The third party ────────────────────────────────────────────────────────────────────────────────


def _present(pursuit: Pursuit, number: int) -> Party | None:
    """The third party with that number, while they are the one."""
    room = pursuit.crisis.conference
    party = None if room is None else room.party
    return party if party is not None and party.number == number else None


def _party_seen(pursuit: Pursuit, event: PartySeen) -> None:
    party = _present(pursuit, event.number)
    if party is None:
        pursuit.effects.append(DropLeg(event.call_sid))  # it rings for a call that is over
    elif party.call_sid is None:
        _change(pursuit, party=replace(party, call_sid=event.call_sid))


def _party_joined(pursuit: Pursuit, event: PartyJoined) -> None:
    party = _present(pursuit, event.number)
    if party is None:
        pursuit.effects.append(DropLeg(event.call_sid))
    elif party.presence in COMING:
        _joined(pursuit, party, event.call_sid)


def _joined(pursuit: Pursuit, party: Party, call_sid: str) -> None:
    pursuit.record("joined", _of(party, "has joined the call"), party.staff)
    _change(pursuit, party=replace(party, presence=Presence.JOINED, call_sid=call_sid))
    if not _room(pursuit).worker_gone:
        _wait_until(pursuit, ROOM_PATIENCE)


def _party_spoke(pursuit: Pursuit, event: PartySpoke) -> None:
    party = _present(pursuit, event.number)
    if party is None or party.presence is Presence.SPOKEN:
        return
    if party.presence in COMING:
        _joined(pursuit, party, event.call_sid)
    room = _room(pursuit)
    pursuit.record("spoken", _of(party, "has spoken in the call"), party.staff)
    spoken = replace(party, presence=Presence.SPOKEN, call_sid=event.call_sid)
    _change(pursuit, party=spoken)
    if not room.worker_gone:
        _ends_with(pursuit, room.worker_sid, spoken, ends=False)


def _ends_with(pursuit: Pursuit, call_sid: str, party: Party, *, ends: bool) -> None:
    room = _room(pursuit)
    if room.sid is not None:
        pursuit.effects.append(EndsWith(room.sid, call_sid, ends, party.number))


def _party_over(pursuit: Pursuit, event: PartyOver) -> None:
    party, room = _present(pursuit, event.number), pursuit.crisis.conference
    if party is None or room is None:
        return
    if room.worker_gone and not room.stays:
        return  # the caller is on their way back to the ladder
    came = party.presence not in COMING
    if came and not event.room_goes_on:
        _change(pursuit, party=replace(party, over=True))
        _wait_until(pursuit, ALONE_PATIENCE)
        return
    pursuit.record("party_left" if came else "not_joined", _of(party, event.why), party.staff)
    if party.staff is not None:
        pursuit.change(paged=pursuit.crisis.paged - {party.staff})
    if room.stays:
        _wait_until(pursuit, ALONE_PATIENCE)
        return
    _change(pursuit, party=None)
    if not came and event.why is not WhyOver.DECLINED and party.call_sid is not None:
        pursuit.effects.append(DropLeg(party.call_sid))
    if party.presence is Presence.SPOKEN:
        _ends_with(pursuit, room.worker_sid, party, ends=True)
    _wait_until(pursuit, ROOM_PATIENCE if room.open else MOVE_PATIENCE)
    told = TellKind.PARTY_LEFT if came else TellKind.NOT_JOINED
    pursuit.tell(room.worker, told, about=party.name)


def declined(pursuit: Pursuit, event: Declined) -> None:
    """A colleague who is asked into the call passes; anything else is a plain decline."""
    room = pursuit.crisis.conference
    party = room.party if room is not None else None
    if party is None or party.staff != event.staff or party.presence not in COMING:
        teams_side.declined(pursuit, event)
        return
    if party.call_sid is not None:
        pursuit.effects.append(DropLeg(party.call_sid))
    _party_over(pursuit, PartyOver(party.number, WhyOver.DECLINED))


# The worker leaves ──────────────────────────────────────────────────────────────────────────────


def _worker_left(pursuit: Pursuit, event: WorkerLeft) -> None:
    room = pursuit.crisis.conference
    if room is None or (room.leg, room.worker_sid) != (event.leg, event.call_sid):
        return
    if room.worker_gone:
        return
    party = room.party
    _change(pursuit, worker_gone=True)
    if room.open and party is not None and _can_stay(party):
        _pass_on(pursuit, party)
        return
    pursuit.record("left", "hung up", room.worker)
    if party is not None and party.presence in COMING and party.call_sid is not None:
        pursuit.effects.append(DropLeg(party.call_sid))
    if room.open:
        _wait_until(pursuit, ALONE_PATIENCE)


def _can_stay(party: Party) -> bool:
    return party.presence is Presence.SPOKEN and not party.over


def _pass_on(pursuit: Pursuit, party: Party) -> None:
    """The worker has left the caller with somebody who has spoken: a colleague now owns it."""
    room = _room(pursuit)
    pursuit.record("left", "left the call", room.worker)
    if party.call_sid is not None:
        _ends_with(pursuit, party.call_sid, party, ends=True)
    _wait_until(pursuit, ROOM_PATIENCE)
    if party.staff is None:
        _change(pursuit, stays=True)
        owner = pursuit.crisis.owner
        pursuit.record("stays", _of(party, "stays with the caller"))
        pursuit.record("still_owns", "still owns the crisis", owner)
        pursuit.change(reaching=None)
        return
    _take_over(pursuit, party.staff)
    _change(
        pursuit,
        worker=party.staff,
        worker_sid=party.call_sid or room.worker_sid,
        worker_gone=False,
        party=None,
    )


def _take_over(pursuit: Pursuit, staff: StaffId) -> None:
    pursuit.change(reaching=Reaching(staff, TO_JOIN, How.CALL, pursuit.now))
    if pursuit.crisis.owner != staff:
        pursuit.record("accepted", "has taken it over in the call", staff)
        pursuit.take(staff, State.TALKING)


# The room ends ──────────────────────────────────────────────────────────────────────────────────


def _room_named(pursuit: Pursuit, event: RoomNamed) -> None:
    room = pursuit.crisis.conference
    if room is not None and room.leg == event.leg and room.sid != event.sid:
        _change(pursuit, sid=event.sid)


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
        _party_over(pursuit, PartyOver(room.party.number, WhyOver.LEFT))
    elif room.party is not None and room.party.presence in COMING:
        _party_over(pursuit, PartyOver(room.party.number, WhyOver.NO_ANSWER))
    else:
        teams_side.lost_sight(pursuit)


def _nobody_is_left(pursuit: Pursuit, room: Conference) -> None:
    party, line = room.party, pursuit.crisis.line
    if party is not None and _can_stay(party) and not room.stays:
        _pass_on(pursuit, party)  # the word came after the worker had gone
    elif room.fetching or line is None:
        teams_side.lost_sight(pursuit)
    else:
        _change(pursuit, fetching=True)
        _wait_until(pursuit, FETCH_PATIENCE)
        pursuit.effects.append(FetchCaller(line.call_sid, room.leg))


def hand_off_asked(pursuit: Pursuit, event: HandOffAsked) -> None:
    """As always, but not while somebody is brought in: who stays with the caller decides then."""
    room = pursuit.crisis.conference
    if room is not None and (room.party is not None or not room.open):
        raise Refused("busy", "Somebody is being brought into the call: wait for that.")
    teams_side.hand_off_asked(pursuit, event)


def closed(pursuit: Pursuit, event: Closed) -> None:
    """As always; whoever is still rung for the call is let go."""
    room = pursuit.crisis.conference
    teams_side.closed(pursuit, event)
    party = room.party if room is not None else None
    if party is not None and party.presence in COMING and party.call_sid is not None:
        pursuit.effects.append(DropLeg(party.call_sid))


def settle(pursuit: Pursuit) -> None:
    """After every event: a conference lasts as long as the talk, and always has a deadline."""
    crisis = pursuit.crisis
    room = crisis.conference
    if room is None:
        return
    if crisis.state is not State.TALKING or crisis.line is None:
        own = crisis.due_at == room.due_at and crisis.handing_to is None
        resting = crisis.state in (State.ACCEPTED, State.CLOSED)
        pursuit.change(conference=None)
        if own and resting:
            pursuit.change(due_at=None)
    elif crisis.due_at is None:
        pursuit.change(due_at=room.due_at)


# The draft ──────────────────────────────────────────────────────────────────────────────────────


def _room(pursuit: Pursuit) -> Conference:
    room = pursuit.crisis.conference
    if room is None:
        raise ValueError("there is no conference")
    return room


def _change(pursuit: Pursuit, **fields: object) -> None:
    pursuit.change(conference=replace(_room(pursuit), **fields))  # type: ignore[arg-type]


def _wait_until(pursuit: Pursuit, patience: timedelta) -> None:
    due_at = pursuit.now + patience
    _change(pursuit, due_at=due_at)
    if pursuit.crisis.handing_to is None:
        pursuit.change(due_at=due_at)


def _of(party: Party, what: str) -> str:
    """A sentence of the timeline: a colleague's name stands before it already."""
    return what if party.staff is not None else f"{name_of(party)} {what}"
