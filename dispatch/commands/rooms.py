"""Conferences as Twilio reports them and as people ask for them; each step is one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch import callscript, guests, prompts, roomscript
from dispatch.commands.answering import once
from dispatch.commands.calls import step
from dispatch.commands.carrying_out import happen
from dispatch.commands.room_effects import move_key, room_script
from dispatch.crisis import Crisis, State
from dispatch.events import Event
from dispatch.room import Conference, Presence
from dispatch.room_events import (
    BringIn,
    LeaveAsked,
    PartyJoined,
    PartyOver,
    PartySeen,
    PartySpoke,
    RoomAsked,
    RoomEnded,
    RoomNamed,
    WhyOver,
    WorkerLeft,
    WorkerMoved,
    WorkerNotMoved,
)
from dispatch.store import crises
from dispatch.unit_of_work import UnitOfWork
from notifications import outbox
from notifications.outbox import Kind
from notifications.tables import OutboxRow
from oncall.model import StaffId

WHY_OVER = {
    "busy": WhyOver.BUSY,
    "failed": WhyOver.FAILED,
    "no-answer": WhyOver.NO_ANSWER,
    "canceled": WhyOver.NO_ANSWER,
    "completed": WhyOver.LEFT,
}
"""Twilio's words for the end of a leg."""


ROOM_IS_OVER = frozenset({"moderator_ended_conference", "conference_ended_via_api"})
"""Twilio's words for everybody's leaving because the room has ended: the caller's own call comes to
us then, and says why. https://www.twilio.com/docs/voice/twiml/conference"""


EVENT_WORDS = (
    "CallSid",
    "CallStatus",
    "ConferenceSid",
    "ParticipantCallStatus",
    "ParticipantLabel",
    "ReasonParticipantLeft",
    "StatusCallbackEvent",
)
"""All that is read of what Twilio tells of a room; nothing of it says who anybody is."""

NOT_IN_THE_ROOM = 20404
"""Twilio's answer where somebody who is to be changed is not in the room, or the room is over."""


@dataclass(frozen=True, slots=True)
class PartyLeg:
    """A leg to a third party: of which crisis, for which conference, which of them, its name."""

    ref: str
    leg: int
    number: int
    call_sid: str


# What people ask for ────────────────────────────────────────────────────────────────────────────


def bring_in(work: UnitOfWork, ref: str, who: str, *, by: str | None, public_url: str) -> Crisis:
    """Bring somebody into the call. Raises Refused, LookupError."""
    crisis = _locked(work, ref)
    event = wanted(work, crisis, who)
    return happen(work, crisis, event, public_url=public_url, by=by).crisis


def leave(work: UnitOfWork, ref: str, *, by: str | None, public_url: str) -> Crisis:
    """Take the worker out of the call, which goes on. Raises Refused, LookupError."""
    crisis = _locked(work, ref)
    return happen(work, crisis, LeaveAsked(), public_url=public_url, by=by).crisis


def wanted(work: UnitOfWork, crisis: Crisis, who: str) -> BringIn:
    """Who is meant by a tier, an id or a line. Raises Refused."""
    ladder = work.directory.ladder(crisis.team, work.now)
    return guests.wanted(who, ladder, _members(work, crisis), work.directory.interpreter_line)


def choices(work: UnitOfWork, crisis: Crisis) -> list[tuple[str, str]]:
    """Whom somebody could bring in now, with labels; nobody while nobody talks."""
    room = crisis.conference
    busy = room is not None and (room.party is not None or room.worker_gone)
    if crisis.state is not State.TALKING or busy:
        return []
    return guests.choices(
        worker_of(crisis),
        work.directory.ladder(crisis.team, work.now),
        work.directory.names,
        _members(work, crisis),
        work.directory.interpreter_line,
    )


def worker_of(crisis: Crisis) -> StaffId | None:
    """Who is on the phone with the caller."""
    if crisis.conference is not None:
        return crisis.conference.worker
    reaching = crisis.reaching
    return crisis.owner if reaching is None or reaching.staff is None else reaching.staff


def _members(work: UnitOfWork, crisis: Crisis) -> list[StaffId]:
    members = (work.directory.staff.get(one) for one in work.directory.teams[crisis.team].members)
    return [one.id for one in members if one is not None and one.active]


def _locked(work: UnitOfWork, ref: str) -> Crisis:
    crisis = crises.lock(work.session, ref)
    if crisis is None:
        raise LookupError(f"no crisis has the reference {ref}")
    return crisis


# The caller's call ──────────────────────────────────────────────────────────────────────────────


def waits(work: UnitOfWork, ref: str, event: RoomAsked, public_url: str) -> str:
    """The caller asks whether the worker is in the room: into it, wait, or back to the ladder."""

    def do() -> str:
        crisis = crises.lock(work.session, ref)
        if crisis is not None:
            _moved_if_sent(work, crisis, event.leg, public_url)
        return step(work, ref, event.call_sid, event, public_url)

    return once(work, f"call/{event.call_sid}/room/{event.leg}/{event.tries}", do)


def _moved_if_sent(work: UnitOfWork, crisis: Crisis, leg: int, public_url: str) -> None:
    """Twilio has taken our request, whatever has become of its own word for it."""
    room = crisis.conference
    if room is None or room.leg != leg or room.moved:
        return
    if outbox.is_sent(work.session, move_key(crisis, leg)):
        happen(work, crisis, WorkerMoved(leg, room.worker_sid), public_url=public_url)


def ended(
    work: UnitOfWork, ref: str, event: RoomEnded, public_url: str, *, fetched: bool = False
) -> str:
    """The room has ended for the caller, or we have fetched them from it."""
    key = f"call/{event.call_sid}/room-ended/{event.leg}{'/fetched' if fetched else ''}"
    return once(work, key, lambda: step(work, ref, event.call_sid, event, public_url))


# The others ─────────────────────────────────────────────────────────────────────────────────────


def left(work: UnitOfWork, party: PartyLeg, *, hung_up: bool, public_url: str) -> str:
    """A worker or a colleague is out of the room: they hung up, or the room has ended."""
    crisis = crises.lock(work.session, party.ref) if hung_up else None
    if crisis is not None:
        _happen_each(work, crisis, [_gone(crisis, party, WhyOver.LEFT)], public_url)
    return callscript.hang_up(prompts.ROOM_OVER)


def _gone(crisis: Crisis, party: PartyLeg, why: WhyOver) -> Event:
    """By the leg's name: who was brought in may be the worker by now."""
    if party.number == 0 or _is_worker(crisis, party.call_sid):
        return WorkerLeft(party.leg, party.call_sid)
    return PartyOver(party.number, why)


def screen(work: UnitOfWork, party: PartyLeg, public_url: str) -> str:
    """What a colleague who picked up hears: who asks, or that they are not needed any more."""
    crisis = crises.lock(work.session, party.ref)
    if crisis is None or not _is_wanted(crisis, party) or crisis.conference is None:
        return callscript.hang_up(prompts.SCREEN_NOT_NEEDED)
    if party.call_sid:
        event = PartySeen(party.number, party.call_sid)
        happen(work, crisis, event, public_url=public_url)
    worker = work.directory.name_of(crisis.conference.worker)
    words = room_script(work, crisis, public_url)
    return roomscript.screen(words, party.leg, party.number, worker)


def _is_wanted(crisis: Crisis, party: PartyLeg) -> bool:
    room = crisis.conference
    there = room.party if room is not None and room.leg == party.leg else None
    return (
        room is not None
        and not room.worker_gone
        and there is not None
        and there.number == party.number
    )


def key_pressed(work: UnitOfWork, party: PartyLeg, digits: str | None, public_url: str) -> str:
    """1 takes a colleague into the room, 2 passes, anything else hangs up."""
    key = f"room/{party.ref}/{party.number}/{party.call_sid}/key"
    return once(work, key, lambda: _key_pressed(work, party, digits, public_url))


def _key_pressed(work: UnitOfWork, party: PartyLeg, digits: str | None, public_url: str) -> str:
    crisis = crises.lock(work.session, party.ref)
    if crisis is None or not _is_wanted(crisis, party):
        return callscript.hang_up(prompts.SCREEN_NOT_NEEDED)
    words = room_script(work, crisis, public_url)
    match digits:
        case "1":
            event = PartyJoined(party.number, party.call_sid)
            happen(work, crisis, event, public_url=public_url)
            return roomscript.for_party(words, party.leg, party.number)
        case "2":
            over = PartyOver(party.number, WhyOver.DECLINED)
            happen(work, crisis, over, public_url=public_url)
            return callscript.hang_up(prompts.SCREEN_PASSED)
        case _:
            return callscript.hang_up()


def party_progress(work: UnitOfWork, party: PartyLeg, status: str, public_url: str) -> None:
    """How the leg to a third party is doing; the end of one that never came is said here first."""
    crisis = crises.lock(work.session, party.ref)
    if crisis is None:
        return
    why = WHY_OVER.get(status)
    if _is_worker(crisis, party.call_sid):
        return  # of them, the room itself tells whether they left or it ended
    if why is not None:
        gone = PartyOver(party.number, why, room_goes_on=False)
        happen(work, crisis, gone, public_url=public_url)
    elif party.call_sid:
        event = PartySeen(party.number, party.call_sid)
        happen(work, crisis, event, public_url=public_url)


def _is_worker(crisis: Crisis, call_sid: str) -> bool:
    return crisis.conference is not None and crisis.conference.worker_sid == call_sid


def room_event(
    work: UnitOfWork, ref: str, leg: int, form: Mapping[str, str], public_url: str
) -> None:
    """What Twilio tells of a room. Events come twice, late, and in any order, or never."""
    crisis = crises.lock(work.session, ref)
    if crisis is not None:
        _happen_each(work, crisis, _events(crisis, leg, form), public_url)


def _events(crisis: Crisis, leg: int, form: Mapping[str, str]) -> list[Event]:
    what, sid = form.get("StatusCallbackEvent", ""), form.get("CallSid", "")
    label = form.get("ParticipantLabel", "")
    named: list[Event] = [RoomNamed(leg, form["ConferenceSid"])] if "ConferenceSid" in form else []
    digits = label.removeprefix(roomscript.PARTY) if label.startswith(roomscript.PARTY) else ""
    number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else 0
    worker = _is_worker(crisis, sid) or label == roomscript.WORKER
    if not sid or not (worker or number):
        return []
    match what:
        case "participant-join":
            return [*named, WorkerMoved(leg, sid) if worker else PartyJoined(number, sid)]
        case "participant-speech-start" if not worker:
            return [*named, PartySpoke(number, sid)]
        case "participant-leave":
            why, reason = WhyOver.LEFT, form.get("ReasonParticipantLeft", "")
            if reason in ROOM_IS_OVER:
                return []
            if reason == "participant_add_failed":
                why = WHY_OVER.get(form.get("ParticipantCallStatus", ""), WhyOver.FAILED)
            return [WorkerLeft(leg, sid) if worker else PartyOver(number, why)]
        case _:
            return []


def _happen_each(work: UnitOfWork, crisis: Crisis, events: list[Event], public_url: str) -> None:
    for event in events:
        crisis = happen(work, crisis, event, public_url=public_url).crisis


# What Twilio refuses ────────────────────────────────────────────────────────────────────────────


def refused(
    work: UnitOfWork, row: OutboxRow, *, silent: bool, code: int | None, public_url: str
) -> None:
    """Twilio has not done what was asked for; where it was `silent`, it may have done it.

    A move or a call that may have happened is waited for until its deadline.
    """
    crisis = crises.lock(work.session, row.crisis_ref or "")
    if crisis is None or silent:
        return
    options = row.options or {}
    match Kind(row.kind):
        case Kind.MOVE_WORKER:
            event: Event = WorkerNotMoved(options["leg"])
        case Kind.CALL_PARTY | Kind.JOIN_PARTY:
            event = PartyOver(options["party"], WhyOver.FAILED)
        case Kind.ENDS_WITH if code == NOT_IN_THE_ROOM and row.leg_sid:
            # Their leaving was never told: else the caller could sit there alone for hours.
            room = crisis.conference
            if room is None or row.leg_sid not in (room.worker_sid, _party_sid(room)):
                return
            number = room.party.number if room.party is not None else 0
            leg = PartyLeg(crisis.ref, room.leg, number, row.leg_sid)
            event = _gone(crisis, leg, WhyOver.LEFT)
        case _:
            return  # who leaves may simply hang up, and a deadline fetches the caller
    happen(work, crisis, event, public_url=public_url)


def _party_sid(room: Conference) -> str | None:
    return None if room.party is None else room.party.call_sid


def is_on_the_line(crisis: Crisis, staff: StaffId) -> bool:
    """Whether somebody is the worker who talks with the caller."""
    return crisis.state is State.TALKING and worker_of(crisis) == staff


def may_leave(crisis: Crisis) -> bool:
    """Whether the worker may leave the caller with whom they brought in."""
    room = crisis.conference
    return (
        room is not None
        and room.open
        and not room.worker_gone
        and room.party is not None
        and room.party.presence is Presence.SPOKEN
    )
