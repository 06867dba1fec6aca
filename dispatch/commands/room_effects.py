"""What a conference needs of the phone network, written into the outbox with the decision."""

from dispatch import roomscript
from dispatch.callscript import CONNECTION_OVERRIDES, Script
from dispatch.crisis import Crisis
from dispatch.room import room_name
from dispatch.room_events import (
    CallParty,
    EndsWith,
    FetchCaller,
    LetGo,
    MoveWorker,
    RoomEffect,
)
from dispatch.store import crises
from dispatch.unit_of_work import UnitOfWork
from notifications import outbox
from notifications.outbox import Kind


def move_key(crisis: Crisis, leg: int) -> str:
    """The key under which the newest move of a worker's leg is written."""
    return f"{crisis.ref}/room/{leg}/move/{crisis.parties}"


def room_script(work: UnitOfWork, crisis: Crisis, public_url: str) -> Script:
    """The words and addresses for staff and outside lines; shown to them is the caller's line."""
    team = work.directory.teams[crisis.team]
    call_sid = crisis.line.call_sid if crisis.line else ""
    contact = crises.contact_of_call(work.session, call_sid)
    line = contact.line if contact is not None else None
    others = (one for other in work.directory.teams.values() for one in other.lines)
    shown = line or next(iter(team.lines), None) or next(others, None)
    return Script(public_url, crisis.ref, team.name, line=shown)


def put(work: UnitOfWork, crisis: Crisis, effect: RoomEffect, public_url: str) -> None:
    """Write what is to be asked of Twilio; it is asked after the transaction has committed."""
    work.sends = True
    session, now, ref = work.session, work.now, crisis.ref
    script = room_script(work, crisis, public_url)
    match effect:
        case MoveWorker(leg_sid=sid, leg=leg):
            outbox.put_about_room(
                session,
                Kind.MOVE_WORKER,
                key=move_key(crisis, leg),
                now=now,
                crisis_ref=ref,
                leg_sid=sid,
                body=roomscript.for_worker(script, leg),
                options={"leg": leg},
            )
        case CallParty():
            _call(work, crisis, effect, script)
        case EndsWith(room_sid=room, call_sid=sid, ends=ends, number=number):
            outbox.put_about_room(
                session,
                Kind.ENDS_WITH,
                key=f"{ref}/room/{room}/ends/{sid}/{number}/{ends}",
                now=now,
                crisis_ref=ref,
                leg_sid=sid,
                options={"room": room, "ends": ends},
            )
        case LetGo(room_sid=room, call_sid=sid):
            outbox.put_about_room(
                session,
                Kind.LET_GO,
                key=f"{ref}/room/{room}/let-go/{sid}/{int(now.timestamp())}",
                now=now,
                crisis_ref=ref,
                leg_sid=sid,
                options={"room": room},
            )
        case FetchCaller(call_sid=sid, leg=leg):
            outbox.put_about_room(
                session,
                Kind.FETCH_CALLER,
                key=f"{ref}/room/{leg}/fetch/{crisis.parties}",
                now=now,
                crisis_ref=ref,
                leg_sid=sid,
                body=roomscript.back(script, leg),
            )


def _call(work: UnitOfWork, crisis: Crisis, effect: CallParty, script: Script) -> None:
    leg, number = effect.leg, effect.number
    told = script.url("/twilio/voice/room/party", leg=leg, party=number) + CONNECTION_OVERRIDES
    options: dict[str, object] = {
        "party": number,
        "status_callback": told,
        "timeout": effect.seconds,
        "room": room_name(crisis.ref, leg),
        "label": f"{roomscript.PARTY}{number}",
    }
    member = work.directory.staff.get(effect.staff) if effect.staff else None
    outbox.put_about_room(
        work.session,
        Kind.CALL_PARTY if effect.staff else Kind.JOIN_PARTY,
        key=f"{crisis.ref}/room/{leg}/party/{number}",
        now=work.now,
        crisis_ref=crisis.ref,
        to_phone=member.phone if member else effect.phone,
        from_phone=script.line,
        body=roomscript.ask_party(script, leg, number) if effect.staff else None,
        staff_id=effect.staff,
        options=options,
    )
