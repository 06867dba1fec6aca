"""What became of the pages we sent, as Twilio reports it."""

from dispatch.commands.carrying_out import happen
from dispatch.events import PageFailed
from dispatch.store import crises
from dispatch.unit_of_work import UnitOfWork
from notifications import outbox
from notifications.retry import Failure, kind_of
from oncall.model import StaffId

NOT_DELIVERED = ("undelivered", "failed")
FINAL = ("delivered", *NOT_DELIVERED)
"""The reports that end the life of an SMS; what comes before them changes nothing."""


def delivery_reported(
    work: UnitOfWork, sid: str, status: str, code: int | None, public_url: str
) -> None:
    """Keep how a page ended; one that was not delivered lets the ladder climb on, once."""
    row = outbox.by_provider_sid(work.session, sid)
    if row is None or row.provider_status is not None:
        return
    row.provider_status = status
    work.session.add(row)
    if status in NOT_DELIVERED and row.crisis_ref and row.staff_id:
        ours = kind_of(code, 400) is Failure.CONFIGURATION
        page_failed(work, row.crisis_ref, row.staff_id, code, ours=ours, public_url=public_url)


def page_failed(
    work: UnitOfWork,
    ref: str,
    staff: StaffId,
    code: int | None,
    *,
    ours: bool,
    public_url: str,
) -> None:
    """An SMS to somebody will never arrive: tell the crisis that they were paged for."""
    crisis = crises.lock(work.session, ref)
    if crisis is not None:
        happen(work, crisis, PageFailed(staff, code, ours), public_url=public_url)
