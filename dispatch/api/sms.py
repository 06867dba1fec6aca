"""Twilio's SMS webhooks: texts that come in, and what became of those we sent."""

import structlog
from fastapi import APIRouter, Request, Response

from dispatch import callscript
from dispatch.api.context import Node
from dispatch.api.twilio_requests import SignedForm, number_in
from dispatch.commands import deliveries, texts
from dispatch.commands.answering import once
from dispatch.unit_of_work import UnitOfWork
from notifications.twilio import FINAL_OF_SMS, Fate

log = structlog.get_logger()
router = APIRouter(prefix="/twilio/sms", include_in_schema=False)

TRY_AGAIN = (
    "We could not take your message. Please call this number, or call or text 988. "
    "In danger, call 911. Staff: reply again in a minute."
)


@router.post("")
def arrived(vigil: Node, form: SignedForm) -> Response:
    """A text came in. The answer, if any, is sent by Twilio."""
    sid = form.get("MessageSid") or form.get("SmsSid")

    def do(work: UnitOfWork) -> str:
        words = texts.text_arrived(
            work, form.get("From"), form.get("To"), form.get("Body", ""), vigil.public_url
        )
        return callscript.message(words)

    try:
        with vigil.unit_of_work() as work:
            text = once(work, f"text/{sid}", lambda: do(work)) if sid else do(work)
    except Exception as error:  # noqa: BLE001  whatever it is, the sender must learn of it
        log.error("text_not_recorded", error=type(error).__name__)
        text = callscript.message(TRY_AGAIN)
    return Response(text, media_type="text/xml")


@router.post("/status")
def status(vigil: Node, request: Request, form: SignedForm) -> Response:
    """What became of an SMS we sent."""
    sid, state = form.get("MessageSid", ""), form.get("MessageStatus", "")
    if sid and state in FINAL_OF_SMS:
        row = number_in(request.query_params, "row")
        if not row:
            with vigil.unit_of_work.reading() as work:
                row = deliveries.row_of(work, sid)
        fate = Fate(state, number_in(form, "ErrorCode") or None)
        deliveries.delivery_reported(vigil.unit_of_work, row, fate, vigil.public_url)
    return Response(status_code=204)
