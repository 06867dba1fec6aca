"""Twilio's webhooks of conferences: the caller's way in and out, the others' legs, the events.

Who has left is kept in the journal while the database is away: a caller must not be left alone.
"""

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request, Response

from dispatch import callscript, prompts
from dispatch.api.adrift_answers import Answer
from dispatch.api.context import vigil_of
from dispatch.api.deciding import answer, decided_or
from dispatch.api.keeping import keep
from dispatch.api.twilio_requests import SignedForm, number_in
from dispatch.api.voice import caller_is_gone, callers_hook
from dispatch.commands import rooms
from dispatch.commands.rooms import EVENT_WORDS, PartyLeg
from dispatch.journal_entries import RoomEntry
from dispatch.room_events import RoomAsked, RoomEnded
from dispatch.unit_of_work import UnitOfWork

router = APIRouter(prefix="/twilio/voice/room", include_in_schema=False)


@router.post("/wait")
async def wait(request: Request, form: SignedForm) -> Response:
    """The call asks whether the worker is in the room. From memory, they are rung again."""
    hook, query = callers_hook(request, form), request.query_params
    event = RoomAsked(hook.call_sid, number_in(query, "leg"), number_in(query, "tries"))
    return await answer(
        hook,
        lambda work: rooms.waits(work, hook.ref, event, hook.public_url),
        lambda: hook.adrift.caller_stays(),
    )


@router.post("/ended")
async def ended(request: Request, form: SignedForm) -> Response:
    """The room is over for the caller, or they have hung up; from memory, they are rung again."""
    hook = callers_hook(request, form)
    gone = caller_is_gone(form)
    event = RoomEnded(hook.call_sid, number_in(request.query_params, "leg"), gone)
    fetched = "fetched" in request.query_params

    def from_memory() -> Answer:
        return hook.adrift.caller_gone() if gone else hook.adrift.caller_stays()

    return await answer(
        hook,
        lambda work: rooms.ended(work, hook.ref, event, hook.public_url, fetched=fetched),
        from_memory,
    )


@router.post("/left")
async def left(request: Request, form: SignedForm) -> Response:
    """A worker or a colleague is out of the room."""
    vigil, party = vigil_of(request), _party(request, form)
    hung_up, lost = caller_is_gone(form), list[RoomEntry]()

    def from_memory() -> str:
        if hung_up:
            lost.append(_entry(request, form, party))
        return callscript.hang_up(prompts.ROOM_OVER)

    response = await decided_or(
        vigil,
        lambda work: rooms.left(work, party, hung_up=hung_up, public_url=vigil.public_url),
        from_memory,
    )
    await keep(vigil, lost)
    return response


@router.post("/screen")
async def screen(request: Request, form: SignedForm) -> Response:
    """A colleague picked up: say what they are wanted for."""
    vigil, party = vigil_of(request), _party(request, form)
    return await decided_or(
        vigil,
        lambda work: rooms.screen(work, party, vigil.public_url),
        callscript.hang_up,
    )


@router.post("/key")
async def key(request: Request, form: SignedForm) -> Response:
    """A colleague pressed a key."""
    vigil, party, digits = vigil_of(request), _party(request, form), form.get("Digits")
    return await decided_or(
        vigil,
        lambda work: rooms.key_pressed(work, party, digits, vigil.public_url),
        callscript.hang_up,
    )


@router.post("/party")
async def party(request: Request, form: SignedForm) -> Response:
    """How the leg to a third party is doing."""
    vigil, leg, status = vigil_of(request), _party(request, form), form.get("CallStatus", "")
    return await _noted(
        request,
        lambda work: rooms.party_progress(work, leg, status, vigil.public_url),
        _entry(request, form, leg),
    )


@router.post("/event")
async def event(request: Request, form: SignedForm) -> Response:
    """What Twilio tells of a room."""
    vigil, ref = vigil_of(request), _ref(request)
    leg = number_in(request.query_params, "leg")
    return await _noted(
        request,
        lambda work: rooms.room_event(work, ref, leg, form, vigil.public_url),
        _entry(request, form, _party(request, form)),
    )


async def _noted(
    request: Request, note: Callable[[UnitOfWork], None], entry: RoomEntry
) -> Response:
    vigil, lost = vigil_of(request), list[RoomEntry]()

    def do(work: UnitOfWork) -> str:
        note(work)
        return callscript.bridge()

    def later() -> str:
        lost.append(entry)
        return callscript.bridge()

    response = await decided_or(vigil, do, later)
    await keep(vigil, lost)
    return response


def _entry(request: Request, form: Mapping[str, str], party: PartyLeg) -> RoomEntry:
    """The same for the same word, however often it is told."""
    what = request.url.path.rpartition("/")[2]
    told = {word: form[word] for word in EVENT_WORDS if word in form}
    said = told.get("StatusCallbackEvent") or told.get("CallStatus", "")
    return RoomEntry(
        id=f"room/{party.ref}/{party.leg}/{party.number}/{party.call_sid}/{what}/{said}",
        at=vigil_of(request).unit_of_work.clock.now(),
        what=what,
        ref=party.ref,
        leg=party.leg,
        party=party.number,
        call_sid=party.call_sid,
        told=told,
    )


def _party(request: Request, form: SignedForm) -> PartyLeg:
    return PartyLeg(
        ref=_ref(request),
        leg=number_in(request.query_params, "leg"),
        number=number_in(request.query_params, "party"),
        call_sid=form.get("CallSid", ""),
    )


def _ref(request: Request) -> str:
    return request.query_params.get("ref", "")
