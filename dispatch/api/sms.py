"""Twilio's SMS webhooks: texts that come in, and what became of those we sent.

What the database can't take now is kept in the journal, and done when it is back.
"""

import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from fastapi import APIRouter, Request, Response

from dispatch import callscript
from dispatch.api.context import Node, Vigil
from dispatch.api.deciding import in_time
from dispatch.api.keeping import keep
from dispatch.api.twilio_requests import SignedForm, number_in
from dispatch.caller import phone_number
from dispatch.commands import deliveries, texts
from dispatch.commands.answering import once
from dispatch.journal_entries import DeliveryEntry, TextEntry
from notifications import wording
from notifications.replies import Answer, read_reply
from notifications.twilio import FINAL_OF_SMS, Fate

router = APIRouter(prefix="/twilio/sms", include_in_schema=False)

TEXTS_AT_ONCE = 4
"""Texts that are taken at one time: callers' webhooks have threads of their own."""

_pool = ThreadPoolExecutor(TEXTS_AT_ONCE, thread_name_prefix="sms")


@router.post("")
async def arrived(vigil: Node, form: SignedForm) -> Response:
    """A text came in. The answer, if any, is sent by Twilio."""
    sid = form.get("MessageSid") or form.get("SmsSid") or f"unnamed-{uuid.uuid4().hex}"

    def work(still_wanted: Callable[[], None]) -> str:
        with vigil.unit_of_work() as work:

            def do() -> str:
                body = form.get("Body", "")
                from_, to = form.get("From"), form.get("To")
                return callscript.message(
                    texts.text_arrived(work, from_, to, body, vigil.public_url)
                )

            text = once(work, f"text/{sid}", do)
            still_wanted()
        return text

    text = await in_time(vigil, _pool, work, "text_not_recorded")
    if text is None:
        text = callscript.message(await _kept(vigil, sid, form))
    return Response(text, media_type="text/xml")


async def _kept(vigil: Vigil, sid: str, form: Mapping[str, str]) -> str | None:
    """Keep a text for later, and say what its sender must know now."""
    from_, body = form.get("From"), form.get("Body", "")
    phone, at = phone_number(from_), vigil.unit_of_work.clock.now()
    if phone is None:
        return None
    await keep(vigil, [TextEntry(f"text/{sid}", at, sid, from_, form.get("To"), body)])
    if phone not in vigil.unit_of_work.directory.latest.staff_by_phone:
        return wording.kept_from_the_public()
    if read_reply(body).answer in (Answer.OPT_OUT, Answer.OPT_IN, Answer.HELP):
        return None  # these are Twilio's to answer
    return wording.kept_from_staff()


@router.post("/status")
async def status(vigil: Node, request: Request, form: SignedForm) -> Response:
    """What became of an SMS we sent."""
    sid, state = form.get("MessageSid", ""), form.get("MessageStatus", "")
    if not sid or state not in FINAL_OF_SMS:
        return Response(status_code=204)
    named = number_in(request.query_params, "row")
    fate = Fate(state, number_in(form, "ErrorCode") or None)

    def work(_: Callable[[], None]) -> bool:
        deliveries.sms_reported(vigil.unit_of_work, named, sid, fate, vigil.public_url)
        return True

    if not await in_time(vigil, _pool, work, "delivery_not_recorded"):
        at = vigil.unit_of_work.clock.now()
        entry = DeliveryEntry(f"delivery/{sid}/{state}", at, sid, state, fate.code, named)
        await keep(vigil, [entry])
    return Response(status_code=204)
