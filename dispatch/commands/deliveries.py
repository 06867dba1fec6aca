"""What became of the pages we sent, as Twilio reports it."""

from dispatch.commands.carrying_out import note
from dispatch.store import crises
from dispatch.unit_of_work import UnitOfWork
from notifications import outbox

ORDER = ("accepted", "queued", "sending", "sent", "delivered", "undelivered", "failed")
"""Twilio's states in their order: a report that arrives late does not undo a later one."""

NOT_DELIVERED = ("undelivered", "failed")


def delivery_reported(work: UnitOfWork, sid: str, status: str, error_code: str | None) -> None:
    """Keep the newest state of a page; one that was not delivered is told in the timeline, once."""
    row = outbox.by_provider_sid(work.session, sid)
    if row is None or status not in ORDER:
        return
    known = ORDER.index(row.provider_status) if row.provider_status in ORDER else -1
    if ORDER.index(status) <= known:
        return
    row.provider_status = status
    work.session.add(row)
    if status in NOT_DELIVERED and row.crisis_ref and crises.find(work.session, row.crisis_ref):
        code = error_code if error_code and error_code.isdecimal() else "none given"
        text = f"SMS was not delivered (Twilio code {code})"
        note(work, row.crisis_ref, "page_failed", text, who=row.staff_id)
