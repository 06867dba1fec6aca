"""The Conferences resource and its Participants: look into a room, add, change, remove people."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from notifications.emulator.callbacks import Target
from notifications.emulator.calls import dial_out
from notifications.emulator.conferences import Conference, Participant
from notifications.emulator.exchange import Exchange
from notifications.emulator.legs import Leg
from notifications.emulator.messages import Refused
from notifications.emulator.records import is_number
from notifications.emulator.resources import Json, not_found, page, resource, said
from notifications.emulator.twiml import ROOM_EVENTS
from notifications.emulator.verbs import ConferenceNoun, Dial, Document


def find(exchange: Exchange, request: Request, _: FormData) -> JSONResponse:
    """The rooms, the newest first, filtered by FriendlyName and Status."""
    wanted = request.query_params

    def fits(room: Conference) -> bool:
        has = {"FriendlyName": room.name, "Status": room.status.value}
        return all(wanted.get(name, value) == value for name, value in has.items())

    rooms = [room for room in reversed(exchange.conferences.all) if fits(room)]
    return page("conferences", [_room(exchange, room) for room in rooms])


def fetch(exchange: Exchange, request: Request, _: FormData) -> JSONResponse:
    """One room."""
    room = exchange.conferences.find(request.path_params["sid"])
    return not_found(request) if room is None else JSONResponse(_room(exchange, room))


def update(exchange: Exchange, request: Request, form: FormData) -> JSONResponse:
    """End a room for everybody (``Status=completed``); one that is over already stays so."""
    room = exchange.conferences.find(request.path_params["sid"])
    if room is None:
        return not_found(request)
    status = said(form, "Status")
    if status == "completed":
        room.end("conference-ended-via-api")
    elif status:
        raise Refused(400, 20001, f"Invalid status: {status}")
    return JSONResponse(_room(exchange, room))


def add(exchange: Exchange, request: Request, form: FormData) -> JSONResponse:
    """Ring ``To`` from one of our lines and take whoever answers into the room, by SID or name.

    A name without a room makes one when the call is answered; a room that is over is refused.
    """
    name = request.path_params["conference"]
    known = exchange.conferences.find(name)
    if known is not None and known.over:
        raise Refused(400, 16018, "Conference is not in progress")
    to, from_ = said(form, "To"), said(form, "From")
    if not is_number(to):
        raise Refused(400, 21211, f"Invalid 'To' Phone Number: {to}")
    if from_ not in exchange.lines:
        raise Refused(400, 21210, f"'From' phone number not verified: {from_}")
    noun = _noun(known.name if known else name, form)
    leg = dial_out(
        exchange,
        from_,
        to,
        Document((Dial(conference=noun),)),
        seconds=float(said(form, "Timeout") or 60) + 5,
        callback=_target(form, "StatusCallback", frozenset({"completed"})),
        failed=lambda leg: _never_came(exchange, leg, noun),
    )
    made = exchange.conferences.live(noun.name)
    one = Participant(leg, noun.label, starts=noun.starts, ends=noun.ends, muted=noun.muted)
    sid = made.sid if made is not None else exchange.conferences.room(noun.name).sid
    return JSONResponse(_person(exchange, sid, one), 201)


def people(exchange: Exchange, request: Request, _: FormData) -> JSONResponse:
    """Who is in a room."""
    room = exchange.conferences.find(request.path_params["conference"])
    if room is None:
        return not_found(request)
    return page("participants", [_person(exchange, room.sid, one) for one in room.people])


def person(exchange: Exchange, request: Request, _: FormData) -> JSONResponse:
    """One of them, by CallSid or label."""
    room, one = _found(exchange, request)
    return (
        not_found(request)
        if room is None or one is None
        else JSONResponse(_person(exchange, room.sid, one))
    )


def change(exchange: Exchange, request: Request, form: FormData) -> JSONResponse:
    """Mute, hold, or say whether the room ends when they go; what is not said stays."""
    room, one = _found(exchange, request)
    if room is None or one is None:
        return not_found(request)
    before = (one.muted, one.hold, one.ends)
    one.muted = _flag(form, "Muted", one.muted)
    one.hold = _flag(form, "Hold", one.hold)
    one.ends = _flag(form, "EndConferenceOnExit", one.ends)
    if one.muted != before[0]:
        room.tell("participant-mute" if one.muted else "participant-unmute", "mute", one)
    if one.hold != before[1]:
        room.tell("participant-hold" if one.hold else "participant-unhold", "hold", one)
    if one.ends != before[2]:
        room.tell("participant-modify", "modify", one)
    exchange.clock.changed()
    return JSONResponse(_person(exchange, room.sid, one))


def remove(exchange: Exchange, request: Request, _: FormData) -> Response:
    """Put somebody out of the room; their document goes on with the action of its Dial."""
    room, one = _found(exchange, request)
    if room is None or one is None:
        return not_found(request)
    one.kicked = True
    exchange.clock.changed()
    return Response(status_code=204)


def _found(exchange: Exchange, request: Request) -> tuple[Conference | None, Participant | None]:
    room = exchange.conferences.find(request.path_params["conference"])
    return room, None if room is None else room.find(request.path_params["sid"])


def _noun(name: str, form: FormData) -> ConferenceNoun:
    target = _target(form, "ConferenceStatusCallback", frozenset())
    return ConferenceNoun(
        name,
        starts=_flag(form, "StartConferenceOnEnter", True),
        ends=_flag(form, "EndConferenceOnExit", False),
        muted=_flag(form, "Muted", False),
        label=said(form, "Label"),
        status_callback=target.url if target else "",
        status_callback_method=target.method if target else "POST",
        status_callback_events=target.events & ROOM_EVENTS if target else frozenset(),
    )


def _target(form: FormData, name: str, default: frozenset[str]) -> Target | None:
    url = said(form, name)
    if not url:
        return None
    wanted = " ".join(str(event) for event in form.getlist(f"{name}Event"))
    return Target(url, said(form, f"{name}Method") or "POST", frozenset(wanted.split()) or default)


def _flag(form: FormData, name: str, otherwise: bool) -> bool:
    return said(form, name).lower() == "true" if name in form else otherwise


def _never_came(exchange: Exchange, leg: Leg, noun: ConferenceNoun) -> None:
    room = exchange.conferences.live(noun.name)
    if room is not None:
        room.never_came(leg, noun.label)


def _room(exchange: Exchange, room: Conference) -> Json:
    return resource(exchange, room.sid, "Conferences") | {
        "friendly_name": room.name,
        "status": room.status.value,
        "region": "us1",
        "reason_conference_ended": room.reason or None,
        "call_sid_ending_conference": None,
    }


def _person(exchange: Exchange, conference: str, one: Participant) -> Json:
    waits = {"queued": "queued", "initiated": "connecting", "ringing": "ringing"}
    over = "complete" if one.leg.ended else "connected"
    return resource(exchange, one.leg.sid, f"Conferences/{conference}/Participants") | {
        "call_sid": one.leg.sid,
        "conference_sid": conference,
        "label": one.label or None,
        "call_sid_to_coach": None,
        "coaching": False,
        "end_conference_on_exit": one.ends,
        "start_conference_on_enter": one.starts,
        "muted": one.muted,
        "hold": one.hold,
        "status": waits.get(one.leg.status.value, over),
        "queue_time": None,
    }
