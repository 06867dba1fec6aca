"""What became of the texts and calls we sent, as Twilio reports it: for the crisis, for the phone.

Each is a transaction of its own: a crisis must not wait for whoever changes a rota. Whoever needs
both locks the crisis first, then what was sent.
"""

from dispatch.commands import callback_ends, leads, phones, rooms
from dispatch.commands.carrying_out import happen
from dispatch.commands.paging import asked
from dispatch.events import PageFailed, PageKind
from dispatch.store import crises
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from notifications import attempts, outbox, pages
from notifications.attempts import Outcome
from notifications.outbox import NOT_DELIVERED, ROOM_LIVES, Kind, OutboxState
from notifications.retry import Failure, kind_of
from notifications.tables import OutboxRow
from notifications.twilio import Fate
from oncall.model import StaffId

CALL_OUTCOMES = {
    "completed": Outcome.NO_KEY,
    "busy": Outcome.BUSY,
    "no-answer": Outcome.NO_ANSWER,
    "failed": Outcome.UNREACHABLE,
    "canceled": Outcome.NO_ANSWER,
    "unreported": Outcome.UNREPORTED,
}
"""What the end of a page by voice means that nobody answered with a key."""


def row_of(work: UnitOfWork, sid: str) -> int:
    """The number of the row that Twilio knows by this name; 0 where there is none."""
    row = outbox.by_provider_sid(work.session, sid)
    return 0 if row is None else row.id or 0


def sms_reported(
    unit_of_work: UnitsOfWork, row_id: int, sid: str, fate: Fate, public_url: str
) -> None:
    """The same for a text; its row is looked up by its name where no number was given (0)."""
    if not row_id:
        with unit_of_work.reading() as work:
            row_id = row_of(work, sid)
    delivery_reported(unit_of_work, row_id, fate, public_url)


def delivery_reported(unit_of_work: UnitsOfWork, row_id: int, fate: Fate, public_url: str) -> None:
    """Keep how a text or a page by voice ended, once; whatever arrives later changes nothing.

    A page that did not arrive goes on by another way, or lets the ladder climb on.
    """
    with unit_of_work() as work:
        found = work.session.get(OutboxRow, row_id)
        if found is None:
            return
        if found.crisis_ref is not None:
            crises.lock(work.session, found.crisis_ref)
        row = outbox.lock(work.session, row_id)
        if row is None or row.provider_status is not None:
            return
        _keep(work, row, fate)
        arrived = _has_arrived(row, fate)
        if arrived:
            pages.text_arrived(work.session, row)
        else:
            _not_arrived(work, row, kind_of(fate.code, 400), fate.code, public_url)
        staff, phone, written_at = row.staff_id or "", row.to_phone or "", row.created_at
        news = not arrived or _is_closed(work, staff)
    if not arrived:
        _others_not_arrived(unit_of_work, row, kind_of(fate.code, 400), fate.code, public_url)
    if row.kind == Kind.PAGE_CALL:
        return
    if news:
        with unit_of_work() as work:
            if arrived:
                phones.delivered(work, staff, phone, written_at)
            else:
                phones.refused(work, staff, phone, fate.code)
    if not arrived and row.leads_of is not None:
        with unit_of_work() as work:
            leads.not_reached(work, row)


def _keep(work: UnitOfWork, row: OutboxRow, fate: Fate) -> None:
    """What was reported has been sent, though its sending may have looked like a failure to us."""
    row.provider_status, row.check_at = fate.status, None
    if row.state == OutboxState.WAITING.value:
        row.state, row.sent_at = OutboxState.SENT.value, work.now
        row.lease_until = row.leased_by = None
    work.session.add(row)
    outcome = (
        CALL_OUTCOMES[fate.status] if row.kind == Kind.PAGE_CALL else _outcome_of_text(fate.status)
    )
    attempts.record(work.session, row, work.now, outcome, fate.code)


def _outcome_of_text(status: str) -> Outcome:
    return Outcome.UNDELIVERED if status == "failed" else Outcome(status)


def _has_arrived(row: OutboxRow, fate: Fate) -> bool:
    return row.kind != Kind.PAGE_CALL and fate.status not in NOT_DELIVERED


def given_up(
    unit_of_work: UnitsOfWork, row: OutboxRow, failure: Failure, code: int | None, public_url: str
) -> None:
    """What Twilio won't take will never arrive: another way is tried, or the ladder climbs on.

    May be told twice of the same row.
    """
    if row.kind in ROOM_LIVES:
        with unit_of_work() as work:
            silent = code is None and failure is Failure.TRANSIENT
            rooms.refused(work, row, silent=silent, code=code, public_url=public_url)
        if row.staff_id is None:
            return
        with unit_of_work() as work:
            phones.refused(work, row.staff_id, row.to_phone or "", code)
        return
    with unit_of_work() as work:
        if row.crisis_ref is not None:
            crises.lock(work.session, row.crisis_ref)
        _not_arrived(work, row, failure, code, public_url)
    _others_not_arrived(unit_of_work, row, failure, code, public_url)
    if row.kind == Kind.CALL_BACK:
        with unit_of_work() as work:
            callback_ends.not_rung(work, row.key, public_url)
    with unit_of_work() as work:
        phones.refused(work, row.staff_id or "", row.to_phone or "", code)
    if row.leads_of is not None:
        with unit_of_work() as work:
            leads.not_reached(work, row)


def _not_arrived(
    work: UnitOfWork, row: OutboxRow, failure: Failure, code: int | None, public_url: str
) -> None:
    """The crisis locked, find the next way to somebody; where none is left, the ladder climbs."""
    if pages.text_failed(work.session, row, work.now):
        work.sends = True
    _let_climb(work, row, row, failure, code, public_url)


def _others_not_arrived(
    unit_of_work: UnitsOfWork,
    row: OutboxRow,
    failure: Failure,
    code: int | None,
    public_url: str,
) -> None:
    """The same for the other crises that the page said too: no transaction locks two of them."""
    if row.purpose is None:
        return
    with unit_of_work.reading() as work:
        merged = pages.merged_into(work.session, row.key)
        newest = {one.crisis_ref: one.id for one in merged if one.crisis_ref != row.crisis_ref}
    for ref, number in newest.items():
        with unit_of_work() as work:
            crises.lock(work.session, ref or "")
            said = work.session.get(OutboxRow, number)
            if said is not None:
                _let_climb(work, said, row, failure, code, public_url)


def _let_climb(
    work: UnitOfWork,
    page: OutboxRow,
    sent: OutboxRow,
    failure: Failure,
    code: int | None,
    public_url: str,
) -> None:
    """Tell a crisis that its page has failed, or the one that was `sent` and said it too.

    Where the phone rings now or will be rung, or a newer page is on its way, nothing is hopeless.
    """
    by_voice = page.kind == Kind.PAGE_CALL
    crisis = crises.lock(work.session, page.crisis_ref or "")
    if crisis is None or page.staff_id is None or (by_voice and not _text_has_failed(work, page)):
        return
    another_way = pages.has_call(work.session, sent, page.crisis_ref)
    event = PageFailed(
        page.staff_id,
        code,
        ours=failure is Failure.CONFIGURATION,
        by_voice=by_voice,
        hopeless=page.purpose is not None
        and not another_way
        and pages.is_newest(work.session, page),
    )
    happen(work, crisis, event, public_url=public_url)


def is_wanted(unit_of_work: UnitsOfWork, row: OutboxRow) -> bool:
    """Whether a page is still waited for, by its own crisis or by one that it says too.

    A colleague who is asked into a call is no answer that a crisis waits for, but wanted there.
    """
    with unit_of_work.reading() as work:
        for page in (row, *pages.merged_into(work.session, row.key)):
            crisis = crises.find(work.session, page.crisis_ref or "")
            if crisis is not None and (
                page.purpose == PageKind.BRING_IN or page.staff_id in asked(crisis)
            ):
                return True
    return False


def _text_has_failed(work: UnitOfWork, call: OutboxRow) -> bool:
    """Whether nothing but the call could reach them: the text it backs has not arrived."""
    if call.backs is None:
        return True
    text = outbox.by_key(work.session, call.backs)
    return text is not None and outbox.has_failed(text)


def _is_closed(work: UnitOfWork, staff: StaffId) -> bool:
    member = work.directory.staff.get(staff)
    return member is not None and not (member.person.sms and member.person.voice)
