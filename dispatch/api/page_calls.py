"""Twilio's webhooks of a page by voice: picked up, a key, and how the call ended."""

from collections.abc import Callable

import structlog
from fastapi import APIRouter, Request, Response

from dispatch import callscript, prompts
from dispatch.api.context import Node, Vigil
from dispatch.api.twilio_requests import SignedForm, number_in
from dispatch.commands import deliveries, page_calls
from dispatch.unit_of_work import UnitOfWork
from notifications.twilio import FINAL_OF_CALLS, Fate

log = structlog.get_logger()
router = APIRouter(prefix="/twilio/page", include_in_schema=False)


@router.post("")
def picked_up(vigil: Node, request: Request, form: SignedForm) -> Response:  # noqa: ARG001
    """Somebody, or a machine, has picked up."""
    row = number_in(request.query_params, "row")
    return _answer(vigil, lambda work: page_calls.picked_up(work, row, vigil.public_url))


@router.post("/key")
def key(vigil: Node, request: Request, form: SignedForm) -> Response:
    """They pressed a key."""
    row, digits = number_in(request.query_params, "row"), form.get("Digits")
    return _answer(vigil, lambda work: page_calls.key_pressed(work, row, digits, vigil.public_url))


@router.post("/status")
def status(vigil: Node, request: Request, form: SignedForm) -> Response:
    """How the call ended, or how it is doing: what comes late and out of order changes nothing."""
    row, state = number_in(request.query_params, "row"), form.get("CallStatus", "")
    if row and state in FINAL_OF_CALLS:
        code = number_in(form, "ErrorCode") or None
        deliveries.delivery_reported(vigil.unit_of_work, row, Fate(state, code), vigil.public_url)
    return Response(status_code=204)


def _answer(vigil: Vigil, decide: Callable[[UnitOfWork], str]) -> Response:
    """The decided document; without one they are asked to answer by text. Always 200."""
    try:
        with vigil.unit_of_work() as work:
            text = decide(work)
    except Exception as error:  # noqa: BLE001  whatever it is, somebody is on the phone
        log.error("page_without_a_decision", error=type(error).__name__)
        text = callscript.hang_up(prompts.PAGE_FAILED)
    return Response(text, media_type="text/xml")
