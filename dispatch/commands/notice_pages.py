"""Pages the team of a notice: a crisis of its own or the one that runs, and a call promised."""

from collections.abc import Sequence

from dispatch.commands.carrying_out import happen, note, open_crisis
from dispatch.commands.letters import call_back_by
from dispatch.crisis import Crisis, Source
from dispatch.episode_tables import NoticeRow, PromiseRow
from dispatch.events import Reported, ReportedAgain
from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals.episodes.wording import what
from dispatch.store import crises, notices
from dispatch.tables import ContactRow
from dispatch.unit_of_work import UnitOfWork
from oncall.model import TeamId


def page(
    work: UnitOfWork,
    row: NoticeRow,
    team: TeamId,
    source: Source,
    alike: Sequence[NoticeRow],
    public_url: str,
) -> Crisis:
    """Page a team for a notice: by the open crisis of one of the notices `alike`, else a new one.

    `source` says whether the client is certain. The caller holds the hospital or the client.
    """
    running = notices.open_crisis_of(work.session, team, [one.id or 0 for one in alike])
    joined = crises.lock(work.session, running) if running else None
    crisis = joined if joined is not None and joined.is_open else None
    is_new = crisis is None
    crisis = crisis or open_crisis(work, team, source)
    _contact(work, crisis.ref, row)
    notices.add_to_crisis(work.session, row, crisis.ref)
    _promise(work, crisis.ref, row)
    note(work, crisis.ref, "hospital_notice", "a hospital's notice has come in")
    event = Reported() if is_new else ReportedAgain()
    return happen(work, crisis, event, public_url=public_url, is_new=is_new).crisis


def add_quietly(work: UnitOfWork, row: NoticeRow, team: TeamId, alike: Sequence[NoticeRow]) -> None:
    """Note a notice in the open crisis of others of its kind, where one runs; nobody is woken."""
    ref = notices.open_crisis_of(work.session, team, [one.id or 0 for one in alike])
    told = notices.crises_of(work.session, [row.id or 0]).get(row.id or 0, ())
    if ref is not None and ref not in told and crises.lock(work.session, ref) is not None:
        notices.add_to_crisis(work.session, row, ref)
        note(work, ref, "hospital_notice", "a hospital's notice has come in")


def _contact(work: UnitOfWork, ref: str, row: NoticeRow) -> None:
    """Whom to call back: who told it, else the hospital's switchboard."""
    hospital = work.session.get(HospitalRow, row.hospital_id)
    report, told = notices.report_of(row), notices.notice_of(row)
    callback = report.reporter.callback if report else hospital.phone if hospital else None
    name = hospital.name if hospital else row.hospital_id
    crises.add_contact(
        work.session,
        ContactRow(
            crisis_ref=ref,
            source=Source.HOSPITAL.value,
            at=work.now,
            concern=f"{name}: {what(told)}" if told else name,
            callback=callback,
            clients=[] if row.client_number is None else [row.client_number],
        ),
    )


def _promise(work: UnitOfWork, ref: str, row: NoticeRow) -> None:
    """The sender was told until when the team calls: the earliest that is not kept yet holds."""
    due = call_back_by(row.received_at)
    promise = work.session.get(PromiseRow, ref, with_for_update=True)
    if promise is None:
        promise = PromiseRow(crisis_ref=ref, hospital_id=row.hospital_id, due_at=due)
    elif promise.kept_at is not None and promise.kept_at < row.received_at:
        promise.hospital_id, promise.due_at = row.hospital_id, due
        promise.kept_at = promise.warned_at = promise.missed_at = None
        promise.kept_by = None
    work.session.add(promise)
    work.session.flush()
