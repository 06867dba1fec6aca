"""Twilio's voice webhooks. Whatever goes wrong in here, the caller is passed to the last resort.

These handlers are async only to put a deadline on the database: a caller must not wait for a stuck
query. The work itself runs in threads and on connections of its own, so that nothing else can
starve it.
"""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import structlog
from fastapi import APIRouter, Request, Response

from dispatch import callscript
from dispatch.api.context import Vigil, vigil_of
from dispatch.api.twilio_requests import SignedForm, number_in
from dispatch.caller import phone_number
from dispatch.callers_side import SHORT_BRIDGE_SECONDS, SHORT_LAST_RESORT_SECONDS
from dispatch.callscript import Script
from dispatch.commands import calls, screening
from dispatch.commands.calls import IncomingCall
from dispatch.commands.screening import WorkerLeg
from dispatch.events import LastResortEnded, LegEnded, LegOutcome, LegSeen
from dispatch.unit_of_work import UnitOfWork

log = structlog.get_logger()
router = APIRouter(prefix="/twilio/voice", include_in_schema=False)

CALLS_AT_ONCE = 8
"""Decisions at one time. More threads answer no more calls (measured: docs/benchmarks.md), but the
slowest waits longer, since they all want the same interpreter."""

DEADLINE_SECONDS = 5.0
"""How long a decision may take. Our callbacks tell Twilio to wait six seconds, and to ask twice."""

_pool = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="voice")


@router.post("")
async def arrived(request: Request, form: SignedForm) -> Response:
    """Somebody calls one of our lines."""
    vigil = vigil_of(request)
    call = IncomingCall(_call_sid(request, form), form.get("From"), form.get("To"))
    return await _answer(
        vigil,
        lambda work: calls.call_arrived(work, call, vigil.public_url),
        lambda: _last_resort(vigil, request, form),
    )


@router.post("/team")
async def team(request: Request, form: SignedForm) -> Response:
    """The caller chose a team, or stayed on the line."""
    vigil, ref, sid = vigil_of(request), _ref(request), _call_sid(request, form)
    return await _answer(
        vigil,
        lambda work: calls.team_chosen(work, ref, sid, form.get("Digits"), vigil.public_url),
        lambda: _last_resort(vigil, request, form),
    )


@router.post("/step")
async def step(request: Request, form: SignedForm) -> Response:
    """The phone that was rung for the caller has stopped ringing or hung up."""
    vigil, ref = vigil_of(request), _ref(request)
    event = LegEnded(
        call_sid=_call_sid(request, form),
        leg=number_in(request.query_params, "leg"),
        outcome=_outcome(form),
        bridged=form.get("DialBridged") == "true",
        seconds=number_in(form, "DialCallDuration"),
        caller_gone=_caller_gone(form),
    )
    return await _answer(
        vigil,
        lambda work: calls.leg_ended(work, ref, event, vigil.public_url),
        lambda: _after_step_without_a_decision(vigil, request, form, event),
    )


@router.post("/last-resort")
async def last_resort(request: Request, form: SignedForm) -> Response:
    """A number outside the team has stopped ringing or hung up."""
    vigil, ref = vigil_of(request), _ref(request)
    leg, loop = number_in(request.query_params, "leg"), number_in(request.query_params, "loop", 1)
    event = LastResortEnded(
        call_sid=_call_sid(request, form),
        index=number_in(request.query_params, "index"),
        outcome=_outcome(form),
        bridged=form.get("DialBridged") == "true",
        seconds=number_in(form, "DialCallDuration"),
        caller_gone=_caller_gone(form),
    )
    call = IncomingCall(event.call_sid, form.get("From"), form.get("To"))
    return await _answer(
        vigil,
        lambda work: calls.last_resort_ended(work, ref, leg, loop, event, call, vigil.public_url),
        lambda: callscript.after_last_resort(
            _script(vigil, request, form),
            _last_resort_numbers(vigil),
            leg=leg,
            index=event.index,
            loop=loop,
            connected=event.bridged and event.seconds >= SHORT_LAST_RESORT_SECONDS,
            gone=event.caller_gone,
        ),
    )


@router.post("/again")
async def again(request: Request, form: SignedForm) -> Response:
    """After a talk, the caller pressed a key to be connected again."""
    vigil, ref, sid = vigil_of(request), _ref(request), _call_sid(request, form)
    leg = number_in(request.query_params, "leg")
    return await _answer(
        vigil,
        lambda work: calls.caller_stays(work, ref, sid, leg, vigil.public_url),
        lambda: _last_resort(vigil, request, form),
    )


@router.post("/screen")
async def screen(request: Request, form: SignedForm) -> Response:
    """A worker picked up: say what it is about. Without a decision, their leg is hung up."""
    vigil, worker = vigil_of(request), _worker(request, form)
    return await _answer(
        vigil,
        lambda work: screening.screen(work, worker, vigil.public_url),
        callscript.hang_up,
    )


@router.post("/accept")
async def accept(request: Request, form: SignedForm) -> Response:
    """A worker pressed a key. A human who pressed 1 is bridged even when it can't be recorded."""
    vigil, worker, digits = vigil_of(request), _worker(request, form), form.get("Digits")
    return await _answer(
        vigil,
        lambda work: screening.key_pressed(work, worker, digits, vigil.public_url),
        lambda: callscript.bridge() if digits == "1" else callscript.hang_up(),
    )


@router.post("/leg")
async def leg(request: Request, form: SignedForm) -> Response:
    """How the leg to a worker's phone is doing; it tells us its name."""
    vigil, ref = vigil_of(request), _ref(request)
    event = LegSeen(number_in(request.query_params, "leg"), form.get("CallSid", ""))
    over = form.get("CallStatus") in ("completed", "busy", "failed", "no-answer", "canceled")
    if not event.leg_sid or over:
        return Response(status_code=204)

    def do(work: UnitOfWork) -> str:
        calls.leg_seen(work, ref, event, vigil.public_url)
        return callscript.bridge()

    return await _answer(vigil, do, callscript.bridge)


@router.post("/status")
async def status(request: Request, form: SignedForm) -> Response:
    """How the caller's own call is doing: a second word that it is over."""
    vigil, sid = vigil_of(request), form.get("CallSid", "")

    def do(work: UnitOfWork) -> str:
        calls.caller_gone(work, sid, vigil.public_url)
        return callscript.bridge()

    if not sid or not _caller_gone(form):
        return Response(status_code=204)
    return await _answer(vigil, do, callscript.bridge)


async def _answer(
    vigil: Vigil, decide: Callable[[UnitOfWork], str], otherwise: Callable[[], str]
) -> Response:
    """The decided document, or the other one when deciding fails or takes too long. Always 200."""

    def work() -> str:
        with vigil.voice_work() as unit:
            return decide(unit)

    try:
        running = asyncio.get_running_loop().run_in_executor(_pool, work)
        text = await asyncio.wait_for(running, DEADLINE_SECONDS)
    except Exception as error:  # noqa: BLE001  whatever it is, a caller is waiting
        log.error("voice_without_a_decision", error=type(error).__name__)
        vigil.metrics.undecided()
        text = otherwise()
    return Response(text, media_type="text/xml")


def _after_step_without_a_decision(
    vigil: Vigil, request: Request, form: Mapping[str, str], event: LegEnded
) -> str:
    if event.caller_gone:
        return callscript.hang_up()
    if event.bridged and event.seconds >= SHORT_BRIDGE_SECONDS:
        return callscript.after_talk(_script(vigil, request, form), event.leg)
    return _last_resort(vigil, request, form)


def _last_resort(vigil: Vigil, request: Request, form: Mapping[str, str]) -> str:
    leg = number_in(request.query_params, "leg")
    script = _script(vigil, request, form)
    return callscript.pass_outside(script, _last_resort_numbers(vigil), leg=leg)


def _last_resort_numbers(vigil: Vigil) -> tuple[str, ...]:
    return vigil.unit_of_work.directory.latest.last_resort


def _script(vigil: Vigil, request: Request, form: Mapping[str, str]) -> Script:
    line = phone_number(form.get("To"))
    known = vigil.unit_of_work.directory.latest.teams_by_line
    return Script(
        public_url=vigil.public_url, ref=_ref(request), line=line if line in known else None
    )


def _ref(request: Request) -> str:
    return request.query_params.get("ref", "")


def _call_sid(request: Request, form: Mapping[str, str]) -> str:
    """Twilio's name for the call, or the one we gave it when it came without."""
    given = form.get("CallSid") or request.query_params.get("sid")
    return given or f"unnamed-{uuid.uuid4().hex}"


def _worker(request: Request, form: Mapping[str, str]) -> WorkerLeg:
    return WorkerLeg(
        ref=_ref(request),
        leg=number_in(request.query_params, "leg"),
        staff=request.query_params.get("staff", ""),
        leg_sid=form.get("CallSid", ""),
    )


def _outcome(form: Mapping[str, str]) -> LegOutcome:
    try:
        return LegOutcome(form.get("DialCallStatus", ""))
    except ValueError:
        return LegOutcome.UNKNOWN


def _caller_gone(form: Mapping[str, str]) -> bool:
    """Whether the caller's own call is over. DialCallStatus says nothing about that."""
    return form.get("CallStatus") in ("completed", "busy", "failed", "no-answer", "canceled")


# What the webhooks of conferences share with these: dispatch.api.rooms.
answer, last_resort_document = _answer, _last_resort
ref_of, call_sid_of, is_over = _ref, _call_sid, _caller_gone
