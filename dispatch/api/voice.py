"""Twilio's voice webhooks. Whatever goes wrong in here, the caller reaches their team or 988.

What the database can't decide in time is answered from memory and kept in the journal (`deciding`).
The handlers are async only to put a deadline on the database: a caller must not wait for a stuck
query.
"""

import uuid
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from dispatch import callscript
from dispatch.api.adrift_answers import Answer
from dispatch.api.deciding import Hook, answer
from dispatch.api.twilio_requests import SignedForm, dial_outcome, number_in
from dispatch.commands import calls, screening
from dispatch.commands.calls import IncomingCall
from dispatch.commands.screening import WorkerLeg
from dispatch.events import LastResortEnded, LegEnded, LegSeen
from dispatch.unit_of_work import UnitOfWork

router = APIRouter(prefix="/twilio/voice", include_in_schema=False)


@router.post("")
async def arrived(request: Request, form: SignedForm) -> Response:
    """Somebody calls one of our lines."""
    hook = _callers(request, form)
    call = IncomingCall(hook.call_sid, form.get("From"), form.get("To"))
    menu = request.query_params.get("menu") != "no"
    return await answer(
        hook,
        lambda work: calls.call_arrived(work, call, hook.public_url, menu=menu),
        lambda: hook.adrift.arrived(),
    )


@router.post("/team")
async def team(request: Request, form: SignedForm) -> Response:
    """The caller chose a team, or stayed on the line."""
    hook, digits = _callers(request, form), form.get("Digits")
    return await answer(
        hook,
        lambda work: calls.team_chosen(work, hook.ref, hook.call_sid, digits, hook.public_url),
        lambda: hook.adrift.team_chosen(digits),
    )


@router.post("/step")
async def step(request: Request, form: SignedForm) -> Response:
    """The phone that was rung for the caller has stopped ringing or hung up."""
    hook = _callers(request, form)
    event = LegEnded(
        call_sid=hook.call_sid,
        leg=hook.course.leg,
        outcome=dial_outcome(form),
        bridged=form.get("DialBridged") == "true",
        seconds=number_in(form, "DialCallDuration"),
        caller_gone=_caller_gone(form),
        tried=frozenset(hook.course.tried),
    )
    return await answer(
        hook,
        lambda work: calls.leg_ended(work, hook.ref, event, hook.public_url),
        lambda: hook.adrift.leg_ended(event),
    )


@router.post("/last-resort")
async def last_resort(request: Request, form: SignedForm) -> Response:
    """A number outside the team has stopped ringing or hung up."""
    hook = _callers(request, form)
    event = LastResortEnded(
        call_sid=hook.call_sid,
        index=number_in(request.query_params, "index"),
        outcome=dial_outcome(form),
        bridged=form.get("DialBridged") == "true",
        seconds=number_in(form, "DialCallDuration"),
        caller_gone=_caller_gone(form),
    )
    leg = hook.course.leg
    return await answer(
        hook,
        lambda work: calls.last_resort_ended(work, hook.ref, leg, event, hook.public_url),
        lambda: hook.adrift.last_resort_ended(event),
    )


@router.post("/again")
async def again(request: Request, form: SignedForm) -> Response:
    """After a talk, the caller pressed a key to be connected again."""
    hook = _callers(request, form)
    leg = hook.course.leg
    return await answer(
        hook,
        lambda work: calls.caller_stays(work, hook.ref, hook.call_sid, leg, hook.public_url),
        lambda: hook.adrift.caller_stays(),
    )


@router.post("/screen")
async def screen(request: Request, form: SignedForm) -> Response:
    """A worker picked up: say what it is about."""
    hook = _workers(request, form)
    worker = _worker(hook, form)
    return await answer(
        hook,
        lambda work: screening.screen(work, worker, hook.public_url),
        lambda: hook.adrift.screen(worker.leg, worker.staff),
        hopeless=callscript.hang_up,
    )


@router.post("/accept")
async def accept(request: Request, form: SignedForm) -> Response:
    """A worker pressed a key. A human who pressed 1 is bridged even when it can't be recorded."""
    hook, digits = _workers(request, form), form.get("Digits")
    worker = _worker(hook, form)
    return await answer(
        hook,
        lambda work: screening.key_pressed(work, worker, digits, hook.public_url),
        lambda: hook.adrift.key_pressed(worker.leg, worker.staff, digits),
        hopeless=lambda: callscript.bridge() if digits == "1" else callscript.hang_up(),
    )


@router.post("/leg")
async def leg(request: Request, form: SignedForm) -> Response:
    """How the leg to a worker's phone is doing; it tells us its name."""
    hook = _workers(request, form)
    event = LegSeen(hook.course.leg, form.get("CallSid", ""))
    over = form.get("CallStatus") in ("completed", "busy", "failed", "no-answer", "canceled")
    if not event.leg_sid or over:
        return Response(status_code=204)

    def do(work: UnitOfWork) -> str:
        calls.leg_seen(work, hook.ref, event, hook.public_url)
        return callscript.bridge()

    return await answer(hook, do, lambda: Answer(callscript.bridge()), hopeless=callscript.bridge)


@router.post("/status")
async def status(request: Request, form: SignedForm) -> Response:
    """How the caller's own call is doing: a second word that it is over."""
    if not form.get("CallSid") or not _caller_gone(form):
        return Response(status_code=204)
    hook = _callers(request, form)

    def do(work: UnitOfWork) -> str:
        calls.caller_gone(work, hook.call_sid, hook.public_url)
        return callscript.bridge()

    return await answer(hook, do, lambda: hook.adrift.caller_gone(), hopeless=callscript.bridge)


def _callers(request: Request, form: Mapping[str, str]) -> Hook:
    """A webhook of the caller's call: named by Twilio, or by us when it came without a name."""
    sid = form.get("CallSid") or request.query_params.get("sid") or f"unnamed-{uuid.uuid4().hex}"
    return Hook(request, form, sid)


def _workers(request: Request, form: Mapping[str, str]) -> Hook:
    """A webhook of a worker's leg, which knows the call that it is rung for."""
    sid = request.query_params.get("sid") or form.get("ParentCallSid") or ""
    return Hook(request, form, sid)


def _worker(hook: Hook, form: Mapping[str, str]) -> WorkerLeg:
    return WorkerLeg(
        ref=hook.ref,
        leg=hook.course.leg,
        staff=hook.course.staff or "",
        leg_sid=form.get("CallSid", ""),
        call_sid=hook.call_sid,
    )


def _caller_gone(form: Mapping[str, str]) -> bool:
    """Whether the caller's own call is over. DialCallStatus says nothing about that."""
    return form.get("CallStatus") in ("completed", "busy", "failed", "no-answer", "canceled")
