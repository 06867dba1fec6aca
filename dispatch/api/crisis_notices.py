"""What a crisis has to do with a hospital: its notices, and until when a call is promised."""

from typing import Any

from dispatch.access import Viewer
from dispatch.commands.confirming import key_of
from dispatch.episode_tables import NoticeRow, PromiseRow
from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals.episodes.wording import what
from dispatch.store import clients, notices
from dispatch.store.notices import Match
from dispatch.unit_of_work import UnitOfWork


def about(work: UnitOfWork, viewer: Viewer, ref: str) -> dict[str, Any] | None:
    """The hospital's side of a crisis, for those who may see clients; None where it has none."""
    promise = work.session.get(PromiseRow, ref)
    if promise is None or not viewer.sees_clients:
        return None
    told = notices.of_crisis(work.session, ref)
    hospital = work.session.get(HospitalRow, promise.hospital_id)
    return {
        "hospital": {"id": promise.hospital_id, "name": hospital.name if hospital else ""},
        "call_by": promise.due_at,
        "called_at": promise.kept_at,
        "notices": [_shown(work, viewer, row) for row in told],
    }


def _shown(work: UnitOfWork, viewer: Viewer, row: NoticeRow) -> dict[str, Any]:
    """One notice. Of another team's client no more than that it is nobody of theirs."""
    notice, report = notices.notice_of(row), notices.report_of(row)
    theirs = row.client_number is None or _sees(work, viewer, row.client_number)
    return {
        "reference": row.reference,
        "received_at": row.received_at,
        "what": what(notice) if notice else "",
        "match": row.match if theirs else Match.DISMISSED.value,
        "episode": key_of(work, row) if theirs else None,
        "reporter": report.reporter.name if report else None,
        "callback": report.reporter.callback if report else None,
    }


def _sees(work: UnitOfWork, viewer: Viewer, client: int) -> bool:
    """Whether a client is in a team of the viewer's; whoever is in none any more was theirs."""
    team = clients.team_of(work.session, client, work.now)
    return team is None or viewer.sees(team)
