"""Twilio's webhooks of the staff line's menu and of calls back.

What can't be decided leads on, as for every caller, or ends the worker's leg with words: the client
is never rung without a decision.
"""

from fastapi import APIRouter, Request, Response

from dispatch import callscript, staff_script
from dispatch.api.context import vigil_of
from dispatch.api.deciding import decided_or
from dispatch.api.keeping import keep
from dispatch.api.twilio_requests import SignedForm, dial_outcome, number_in
from dispatch.commands import callback_ends, callback_steps, staff_line
from dispatch.commands.callback_ends import OVER, WorkerCall
from dispatch.commands.callback_steps import ClientLeg
from dispatch.commands.staff_line import StaffCall
from dispatch.journal_entries import CallBackEntry
from dispatch.unit_of_work import UnitOfWork

router = APIRouter(prefix="/twilio", include_in_schema=False)


@router.post("/staff-line/key")
async def menu_key(request: Request, form: SignedForm) -> Response:
    """A key in the menu of the staff line."""
    vigil, reading = vigil_of(request), number_in(request.query_params, "n", 1)
    call = StaffCall(form.get("CallSid", ""), form.get("From"), form.get("To"))
    digits = form.get("Digits")
    return await decided_or(
        vigil,
        lambda work: staff_line.key_pressed(work, call, reading, digits, vigil.public_url),
        lambda: staff_script.as_a_caller(vigil.public_url),
    )


@router.post("/call-back/{call_back}/answered")
async def answered(request: Request, form: SignedForm, call_back: str) -> Response:
    """The worker's phone was answered: say what it is about."""
    call = _worker(request, form, call_back)
    return await decided_or(
        vigil_of(request), lambda work: callback_steps.answered(work, call), _not_possible
    )


@router.post("/call-back/{call_back}/key")
async def key(request: Request, form: SignedForm, call_back: str) -> Response:
    """The worker pressed a key."""
    call, question = _worker(request, form, call_back), number_in(request.query_params, "question")
    digits = form.get("Digits")
    return await decided_or(
        vigil_of(request),
        lambda work: callback_steps.key_pressed(work, call, question, digits),
        _not_possible,
    )


@router.post("/call-back/{call_back}/client")
async def client(request: Request, form: SignedForm, call_back: str) -> Response:
    """How the leg to the client's phone is doing; how it ends is told by its step."""
    vigil, attempt = vigil_of(request), number_in(request.query_params, "attempt")
    if form.get("CallStatus") != "in-progress":
        return Response(status_code=204)

    def do(work: UnitOfWork) -> str:
        callback_steps.client_answered(work, call_back, attempt, vigil.public_url)
        return callscript.bridge()

    return await decided_or(vigil, do, callscript.bridge)


@router.post("/call-back/{call_back}/tried")
async def tried(request: Request, form: SignedForm, call_back: str) -> Response:
    """The client's phone has stopped ringing, or somebody has hung up."""
    call = _worker(request, form, call_back)
    leg = ClientLeg(
        attempt=number_in(request.query_params, "attempt"),
        outcome=dial_outcome(form),
        bridged=form.get("DialBridged") == "true",
        seconds=number_in(form, "DialCallDuration"),
        owner_gone=form.get("CallStatus") in OVER,
    )
    return await decided_or(
        vigil_of(request), lambda work: callback_steps.tried(work, call, leg), _not_possible
    )


@router.post("/call-back/{call_back}/status")
async def status(request: Request, form: SignedForm, call_back: str) -> Response:
    """How the worker's leg is doing; that it is over is kept while the database is away."""
    vigil, state = vigil_of(request), form.get("CallStatus", "")
    call, sequence = _worker(request, form, call_back), number_in(form, "SequenceNumber")
    lost = list[CallBackEntry]()

    def do(work: UnitOfWork) -> str:
        callback_ends.worker_status(work, call, state, sequence)
        return callscript.bridge()

    def later() -> str:
        if state in OVER:
            id_, at = f"call-back/{call.id}/{call.sid}/{state}", vigil.unit_of_work.clock.now()
            lost.append(CallBackEntry(id_, at, call.id, call.sid, state, sequence))
        return callscript.bridge()

    response = await decided_or(vigil, do, later)
    await keep(vigil, lost)
    return response


def _worker(request: Request, form: SignedForm, call_back: str) -> WorkerCall:
    return WorkerCall(call_back, form.get("CallSid", ""), vigil_of(request).public_url)


def _not_possible() -> str:
    return staff_script.goodbye(staff_script.NOT_NOW)
