"""Twilio's webhooks of a page by voice: picked up, a key, and how the call ended.

What the database can't take now is kept in the journal, and done when it is back.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from fastapi import APIRouter, Request, Response

from dispatch import callscript, prompts
from dispatch.api.context import Node, Vigil
from dispatch.api.deciding import in_time
from dispatch.api.keeping import keep
from dispatch.api.twilio_requests import SignedForm, number_in
from dispatch.commands import deliveries, page_calls
from dispatch.journal_entries import DeliveryEntry, PageKeyEntry
from dispatch.unit_of_work import UnitOfWork
from notifications.twilio import FINAL_OF_CALLS, Fate

router = APIRouter(prefix="/twilio/page", include_in_schema=False)

PAGES_AT_ONCE = 4
"""Pages by voice that are answered at one time: callers' webhooks have threads of their own."""

_pool = ThreadPoolExecutor(PAGES_AT_ONCE, thread_name_prefix="page")


@router.post("")
async def picked_up(vigil: Node, request: Request, form: SignedForm) -> Response:  # noqa: ARG001
    """Somebody, or a machine, has picked up; without a database they are asked to text."""
    row = number_in(request.query_params, "row")
    text = await _decided(vigil, lambda work: page_calls.picked_up(work, row, vigil.public_url))
    return _document(text or callscript.hang_up(prompts.PAGE_FAILED))


@router.post("/key")
async def key(vigil: Node, request: Request, form: SignedForm) -> Response:
    """They pressed a key."""
    row, digits = number_in(request.query_params, "row"), form.get("Digits")
    ref = request.query_params.get("ref", "")
    text = await _decided(
        vigil, lambda work: page_calls.key_pressed(work, row, digits, vigil.public_url, ref=ref)
    )
    if text is None and row and digits in ("1", "2"):
        at = vigil.unit_of_work.clock.now()
        await keep(vigil, [PageKeyEntry(f"page/{row}/key", at, row, digits, ref)])
        text = callscript.hang_up(prompts.PAGE_KEPT)
    return _document(text or callscript.hang_up(prompts.PAGE_FAILED))


@router.post("/status")
async def status(vigil: Node, request: Request, form: SignedForm) -> Response:
    """How the call ended, or how it is doing: what comes late and out of order changes nothing."""
    row, state = number_in(request.query_params, "row"), form.get("CallStatus", "")
    if not row or state not in FINAL_OF_CALLS:
        return Response(status_code=204)
    fate = Fate(state, number_in(form, "ErrorCode") or None)

    def work(_: Callable[[], None]) -> bool:
        deliveries.delivery_reported(vigil.unit_of_work, row, fate, vigil.public_url)
        return True

    if not await in_time(vigil, _pool, work, "delivery_not_recorded"):
        at = vigil.unit_of_work.clock.now()
        entry = DeliveryEntry(f"page/{row}/{state}", at, "", state, fate.code, row)
        await keep(vigil, [entry])
    return Response(status_code=204)


async def _decided(vigil: Vigil, decide: Callable[[UnitOfWork], str]) -> str | None:
    def work(still_wanted: Callable[[], None]) -> str:
        with vigil.unit_of_work() as unit:
            text = decide(unit)
            still_wanted()
        return text

    return await in_time(vigil, _pool, work, "page_without_a_decision")


def _document(text: str) -> Response:
    return Response(text, media_type="text/xml")
