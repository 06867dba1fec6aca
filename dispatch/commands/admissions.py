"""Who is in hospital, what is due, and what is known of one episode: as it is told to screens.

Clients' details are only for those who may see them. Everybody else is told where somebody with
these initials is, and what is due.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from dispatch.access import Viewer
from dispatch.commands.episodes import (
    SHOWN_AFTERWARDS,
    began_at,
    containing,
    hospital_now,
    progress,
    zone_of,
)
from dispatch.crisis import State
from dispatch.episode_tables import EpisodeRow, NoticeRow, PromiseRow
from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals.episodes.chains import PLAN_HOLDS
from dispatch.hospitals.episodes.episode import Episode, EpisodeState
from dispatch.hospitals.episodes.involvement import Followed
from dispatch.hospitals.episodes.progress import Due, Progress
from dispatch.hospitals.notice import PersonName
from dispatch.store import clients
from dispatch.store import episodes as store
from dispatch.tables import ClientRow, CrisisRow
from dispatch.unit_of_work import UnitOfWork
from oncall.model import StaffId, TeamId

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """One episode with everything around it that a screen shows."""

    row: EpisodeRow
    one: Followed
    client: ClientRow
    progress: Progress
    crises: Sequence[tuple[CrisisRow, PromiseRow | None]]
    """Those that the viewer may see, the oldest first."""
    hospitals: Mapping[str, str]
    """The names of all hospitals."""

    @property
    def is_due(self) -> bool:
        """Whether it belongs on the list of admissions."""
        return self.row.is_open or bool(self.progress.due)


def shown(
    work: UnitOfWork, viewer: Viewer, rows: Mapping[int, Sequence[EpisodeRow]]
) -> list[Shown]:
    """Episodes by client, with everything around them."""
    followed = store.followed_of(work.session, list(rows))
    people = {row.number: row for row in clients.by_numbers(work.session, list(rows))}
    hospitals = hospital_names(work)
    references = {
        reference
        for number, kept in rows.items()
        for row in kept
        for one in followed.get(number, ())
        if one.episode.key == row.key
        for reference in one.episode.references
    }
    crises: dict[str, list[tuple[CrisisRow, PromiseRow | None]]] = {}
    for notice, crisis, promise in store.crises_of(work.session, references):
        if viewer.sees(crisis.team_id):
            crises.setdefault(notice.reference, []).append((crisis, promise))
    found = []
    for number, kept in rows.items():
        episodes = followed.get(number, ())
        for row in kept:
            one = containing(episodes, row.key)
            if one is None:
                continue  # purged: nothing is told of it any more
            about = {
                crisis.ref: (crisis, promise)
                for reference in sorted(one.episode.references)
                for crisis, promise in crises.get(reference, ())
            }
            found.append(
                Shown(
                    row,
                    one,
                    people[number],
                    progress(work, one, episodes, row.team_id),
                    sorted(about.values(), key=lambda pair: (pair[0].opened_at, pair[0].ref)),
                    hospitals,
                )
            )
    return found


def hospital_names(work: UnitOfWork) -> dict[str, str]:
    """The name of every hospital."""
    return {row.id: row.name for row in work.session.exec(select(HospitalRow))}


def listed(work: UnitOfWork, viewer: Viewer, teams: Collection[TeamId]) -> list[Shown]:
    """Who of some teams is in hospital, the longest first; then whoever was and has something due.

    A planned admission that nobody speaks of any more is left out.
    """
    rows = store.to_show(work.session, teams, work.now - SHOWN_AFTERWARDS)
    found = [one for one in shown(work, viewer, rows) if one.is_due]
    return sorted(
        (one for one in found if not _forgotten(one.one.episode, work.now)),
        key=lambda one: (not one.row.is_open, one.row.began_at, one.row.key),
    )


def _forgotten(episode: Episode, now: datetime) -> bool:
    if episode.state is not EpisodeState.PLANNED:
        return False
    last = max(episode.history[-1].at, episode.planned_admission or episode.history[-1].at)
    return last + PLAN_HOLDS < now


def admission(work: UnitOfWork, viewer: Viewer, one: Shown) -> dict[str, Any]:
    """One line of the list of admissions."""
    episode, zone = one.one.episode, zone_of(work, one.row.team_id)
    segment = episode.segments[-1] if episode.segments else None
    sees = viewer.sees_clients
    legal = episode.legal[-1] if episode.legal and sees else None
    boarding = episode.boarding
    due = [_due(each, work.now) for each in one.progress.due]
    waiting = [crisis for crisis, _ in one.crises if crisis.state != State.CLOSED.value]
    promised = [promise.due_at for _, promise in one.crises if promise and promise.kept_at is None]
    return {
        "key": episode.key,
        "team": one.row.team_id,
        "client": client_told(one.client) if sees else None,
        "initials": initials(one.client.name),
        "hospital": named(one.hospitals, hospital_now(episode)),
        "unit": segment.unit if segment else episode.history[-1].unit,
        "state": episode.state,
        "since": _since(episode),
        "day": episode.day(work.now, zone),
        "legal_status": legal.status if legal else None,
        "legal_changed_at": legal.at if legal else None,
        "boarding": None
        if boarding is None
        else {
            "since": boarding.since,
            "until": boarding.until,
            "decided": boarding.decided,
            "minutes": boarding.lasts(work.now) // _MINUTE,
        },
        "planned_admission": episode.planned_admission,
        "planned_discharge": episode.planned_discharge,
        "discharged_at": episode.discharged_at,
        "crisis": waiting[-1].ref if waiting else None,
        "call_by": min(promised, default=None),
        "due": due,
        "next": due[0] if due else None,
    }


def _since(episode: Episode) -> datetime | None:
    """Since when somebody is where they are; None where nobody told."""
    match episode.state:
        case EpisodeState.ADMITTED:
            return episode.admitted_at
        case EpisodeState.ON_LEAVE:
            return episode.leaves[-1].since
        case EpisodeState.DISCHARGED:
            return episode.discharged_at
        case EpisodeState.IN_ED | EpisodeState.OBSERVED | EpisodeState.OUTPATIENT:
            return episode.segments[-1].since
        case EpisodeState.PLANNED | EpisodeState.CANCELLED:
            return began_at(episode)


def _due(due: Due, now: datetime) -> dict[str, Any]:
    return {"stage": due.stage, "by": due.by, "overdue": due.overdue(now)}


def initials(name: str) -> str:
    """The first letters of the given and the family name."""
    person = PersonName.written(name)
    return "".join(part[0].upper() for part in (person.given, person.family) if part)


def client_told(row: ClientRow) -> dict[str, Any]:
    """A client, for those who may see them."""
    return {"number": row.number, "id": row.id, "name": row.name}


def named(names: Mapping[str, str], id_: str) -> dict[str, str]:
    """A hospital or a person with their name; the bare id where nobody knows it any more."""
    return {"id": id_, "name": names.get(id_, id_)}


def page(work: UnitOfWork, viewer: Viewer, one: Shown) -> dict[str, Any]:
    """Everything that is known of an episode."""
    episode, hospitals = one.one.episode, one.hospitals
    sees = viewer.sees_clients
    return {
        **admission(work, viewer, one),
        "timezone": str(zone_of(work, one.row.team_id)),
        "segments": [
            {
                "hospital": named(hospitals, part.hospital),
                "setting": part.setting,
                "since": part.since,
                "until": part.until,
                "facility": part.facility,
                "unit": part.unit,
                "psychiatric": part.psychiatric,
            }
            for part in episode.segments
        ],
        "leaves": [{"since": leave.since, "until": leave.until} for leave in episode.leaves],
        "legal": [{"at": one.at, "status": one.status} for one in episode.legal if sees],
        "notified": [
            {
                "hospital": named(hospitals, first.hospital),
                "at": first.at,
                "happened_at": first.happened_at,
                "delay_minutes": None if first.delay is None else first.delay // _MINUTE,
            }
            for first in episode.notified
        ],
        "history": [
            {
                "at": line.at,
                "what": line.what,
                "kind": line.kind,
                "hospital": named(hospitals, line.hospital),
                "unit": line.unit,
                "arrived_at": line.arrived_at,
                "undone": line.undone,
                "moved_from": line.moved_from,
            }
            for line in episode.history
        ],
        "marks": [
            {
                "stage": mark.stage,
                "standing": mark.standing,
                "at": mark.at,
                "by": person(work, mark.by),
                "why": mark.why,
            }
            for mark in one.progress.marks
        ],
        "steps": steps(work, viewer, one),
        "reports": _reports(work, episode) if sees else [],
        "disposition": episode.disposition if sees else "",
        "went": episode.went,
        "doubts": list(episode.doubts),
        "crises": [crisis.ref for crisis, _ in one.crises],
    }


def person(work: UnitOfWork, staff: StaffId | None) -> dict[str, str] | None:
    """Somebody on the staff; None for a hospital."""
    return None if staff is None else {"id": staff, "name": work.directory.name_of(staff)}


def steps(work: UnitOfWork, viewer: Viewer, one: Shown) -> list[dict[str, Any]]:
    """Everything recorded of an episode, in order of time, what was taken back included."""
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "how": row.how,
            "at": row.at,
            "by": person(work, row.staff_id),
            "recorded_at": row.recorded_at,
            "words": row.words if viewer.sees_clients else "",
            "crisis": row.crisis_ref,
            "retracted_at": row.retracted_at,
        }
        for row in store.step_rows(work.session, [one.row.client_number])
        if row.episode in one.one.episode.references
    ]


def _reports(work: UnitOfWork, episode: Episode) -> list[dict[str, Any]]:
    """What the hospital's people told besides, the first first."""
    query = select(NoticeRow).where(
        col(NoticeRow.reference).in_(episode.references), col(NoticeRow.report).is_not(None)
    )
    return [
        {
            "at": row.received_at,
            **{
                name: (row.report or {}).get(name)
                for name in (
                    "reporter",
                    "safety",
                    "may_visit",
                    "may_call",
                    "discharge_planner",
                    "planning_meeting",
                    "part_2",
                )
            },
        }
        for row in work.session.exec(query.order_by(col(NoticeRow.id)))
    ]
