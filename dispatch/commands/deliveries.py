"""What became of the texts we sent, as Twilio reports it: for the crisis, and for the phone.

Each is a transaction of its own: a crisis must not wait for whoever changes a rota.
"""

from dispatch.commands import leads, phones, rooms
from dispatch.commands.carrying_out import happen
from dispatch.events import PageFailed
from dispatch.store import crises
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from notifications import outbox
from notifications.outbox import NOT_DELIVERED, ROOM_LIVES
from notifications.retry import Failure, kind_of
from notifications.tables import OutboxRow
from oncall.model import StaffId

FINAL = ("delivered", *NOT_DELIVERED)
"""The reports that end the life of an SMS; what comes before them changes nothing."""


def delivery_reported(
    unit_of_work: UnitsOfWork, sid: str, status: str, code: int | None, public_url: str
) -> None:
    """Keep how a text ended. A page that was not delivered lets the ladder climb on, once."""
    with unit_of_work() as work:
        row = outbox.by_provider_sid(work.session, sid)
        if row is None or row.provider_status is not None:
            return
        row.provider_status = status
        work.session.add(row)
        if status in NOT_DELIVERED:
            _page_failed(work, row, kind_of(code, 400), code, public_url)
        staff, phone, written_at = row.staff_id or "", row.to_phone or "", row.created_at
        news = status in NOT_DELIVERED or _is_closed(work, staff)
    if news:
        with unit_of_work() as work:
            if status in NOT_DELIVERED:
                phones.refused(work, staff, phone, code)
            else:
                phones.delivered(work, staff, phone, written_at)
    if status in NOT_DELIVERED and row.leads_of is not None:
        with unit_of_work() as work:
            leads.not_reached(work, row)


def given_up(
    unit_of_work: UnitsOfWork, row: OutboxRow, failure: Failure, code: int | None, public_url: str
) -> None:
    """What Twilio won't take will never arrive: a page lets the ladder climb on."""
    if row.kind in ROOM_LIVES:
        with unit_of_work() as work:
            silent = code is None and failure is Failure.TRANSIENT
            rooms.refused(work, row, silent=silent, public_url=public_url)
        if row.staff_id is None:
            return
        with unit_of_work() as work:
            phones.refused(work, row.staff_id, row.to_phone or "", code)
        return
    with unit_of_work() as work:
        _page_failed(work, row, failure, code, public_url)
    with unit_of_work() as work:
        phones.refused(work, row.staff_id or "", row.to_phone or "", code)
    if row.leads_of is not None:
        with unit_of_work() as work:
            leads.not_reached(work, row)


def _page_failed(
    work: UnitOfWork, row: OutboxRow, failure: Failure, code: int | None, public_url: str
) -> None:
    if row.crisis_ref is None or row.staff_id is None:
        return
    crisis = crises.lock(work.session, row.crisis_ref)
    if crisis is not None:
        ours = failure is Failure.CONFIGURATION
        happen(work, crisis, PageFailed(row.staff_id, code, ours), public_url=public_url)


def _is_closed(work: UnitOfWork, staff: StaffId) -> bool:
    member = work.directory.staff.get(staff)
    return member is not None and not (member.person.sms and member.person.voice)
