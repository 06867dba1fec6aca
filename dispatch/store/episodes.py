"""What hospitals told of our clients and what the team did about it: rows here, episodes elsewhere.

An episode is worked out from its notices whenever it is asked for: so a setting of a hospital that
is corrected corrects the past too.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from dispatch.crisis import State
from dispatch.episode_tables import EpisodeRow, NoticeCrisisRow, NoticeRow, PromiseRow, StepRow
from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals.episodes.involvement import Followed, How, Step, StepKind, followed
from dispatch.hospitals.episodes.telling import episodes_of
from dispatch.hospitals.episodes.told import Told
from dispatch.hospitals.notice import Notice
from dispatch.tables import ClientRow, CrisisRow, EnrolmentRow
from oncall.model import TeamId

LINKED = "linked"
"""What a notice's `match` is once it is known whom it is about."""

_NOTICE = TypeAdapter(Notice)


def as_kept(notice: Notice) -> dict[str, Any]:
    """A notice as its row keeps it."""
    kept: dict[str, Any] = _NOTICE.dump_python(notice, mode="json")
    return kept


def psychiatric(hospital: HospitalRow, unit: str) -> bool | None:
    """Whether a unit of a hospital is psychiatric, by its settings; None where they don't say.

    A hospital that has no others need not name them. Where some are named, all others are not
    psychiatric; but a notice that names no unit says nothing. `psychiatric: false` is what every
    hospital has of which nobody has said anything yet: it says nothing by itself.
    """
    if hospital.rules.get("psychiatric"):
        return True
    named = {_folded(one) for one in hospital.rules.get("psychiatric_units", ())}
    if not named or not _folded(unit):
        return None
    return _folded(unit) in named


def _folded(unit: str) -> str:
    return " ".join(unit.casefold().split())


def lock_client(session: Session, client: int) -> None:
    """Hold a client until the transaction ends: one at a time works their episodes out.

    Whoever locks a crisis too locks it first; of several clients, the lower number first.
    """
    query = select(ClientRow.number).where(ClientRow.number == client)
    session.exec(query.with_for_update(key_share=True)).one()


def followed_of(session: Session, clients: Collection[int]) -> dict[int, tuple[Followed, ...]]:
    """The episodes of clients with what was done in them, the earliest first, by client.

    `Followed.client` is our number of the client, as text; the evidence of a step is its row's id.
    """
    told = _told(session, clients)
    steps: dict[int, list[Step]] = {}
    for row in step_rows(session, clients):
        if row.retracted_at is None:
            steps.setdefault(row.client_number, []).append(as_step(row))
    return {
        client: followed(str(client), episodes_of(told[client]), steps.get(client, ()))
        for client in told
    }


def _told(session: Session, clients: Collection[int]) -> dict[int, list[Told]]:
    said = _Settings(session)
    # Columns, not rows: a report of five years reads ten thousand.
    query = select_columns(
        col(NoticeRow.client_number),
        col(NoticeRow.reference),
        col(NoticeRow.hospital_id),
        col(NoticeRow.received_at),
        col(NoticeRow.told),
    ).where(
        col(NoticeRow.client_number).in_(clients),
        col(NoticeRow.match) == LINKED,
        col(NoticeRow.told).is_not(None),
    )
    found: dict[int, list[Told]] = {}
    for client, reference, hospital, received_at, kept_as in session.execute(query):
        if client is not None:
            notice = _NOTICE.validate_python(kept_as)
            unit = said.psychiatric(hospital, notice.visit.unit)
            one = Told(notice, received_at, reference, hospital, unit)
            found.setdefault(client, []).append(one)
    return found


class _Settings:
    """What hospitals' settings say of their units, each asked once."""

    def __init__(self, session: Session) -> None:
        self._hospitals = {row.id: row for row in session.exec(select(HospitalRow))}
        self._said: dict[tuple[str, str], bool | None] = {}

    def psychiatric(self, hospital: str, unit: str) -> bool | None:
        """Whether a unit is psychiatric."""
        if (hospital, unit) not in self._said:
            self._said[hospital, unit] = psychiatric(self._hospitals[hospital], unit)
        return self._said[hospital, unit]


def step_rows(session: Session, clients: Collection[int]) -> list[StepRow]:
    """Everything that was recorded of clients, retracted or not, in order of time."""
    query = select(StepRow).where(col(StepRow.client_number).in_(clients))
    return list(session.exec(query.order_by(col(StepRow.at), col(StepRow.id))))


def as_step(row: StepRow) -> Step:
    """A step as it is reckoned with."""
    return Step(
        kind=StepKind(row.kind),
        episode=row.episode,
        at=row.at,
        by=row.staff_id,
        recorded_at=row.recorded_at,
        how=None if row.how is None else How(row.how),
        evidence=str(row.id),
    )


def client_of(session: Session, key: str) -> int | None:
    """Whose episode a key names, or named before it became part of another."""
    row = session.get(EpisodeRow, key)
    if row is not None:
        return row.client_number
    query = select(NoticeRow.client_number).where(
        NoticeRow.reference == key, NoticeRow.match == LINKED
    )
    return session.exec(query).first()


def kept(session: Session, client: int) -> dict[str, EpisodeRow]:
    """What is kept of a client's episodes, by key, held until the transaction ends."""
    query = select(EpisodeRow).where(EpisodeRow.client_number == client)
    query = query.order_by(col(EpisodeRow.key)).with_for_update()
    rows = session.exec(query.execution_options(populate_existing=True))
    return {row.key: row for row in rows}


def to_show(
    session: Session, teams: Collection[TeamId], since: datetime
) -> dict[int, list[EpisodeRow]]:
    """The episodes of teams that last, and those that ended since then, by client."""
    query = select(EpisodeRow).where(
        col(EpisodeRow.team_id).in_(teams),
        or_(col(EpisodeRow.is_open), col(EpisodeRow.discharged_at) > since),
    )
    found: dict[int, list[EpisodeRow]] = {}
    for row in session.exec(query.order_by(col(EpisodeRow.began_at), col(EpisodeRow.key))):
        found.setdefault(row.client_number, []).append(row)
    return found


def enrolments(session: Session, client: int) -> list[EnrolmentRow]:
    """Whose a client was, and is, the earliest first."""
    query = select(EnrolmentRow).where(EnrolmentRow.client_number == client)
    return sorted(session.exec(query), key=lambda row: row.during.lower)


def crises_of(
    session: Session, references: Collection[str]
) -> list[tuple[NoticeRow, CrisisRow, PromiseRow | None]]:
    """The crises by which teams were paged for notices, and what was promised, the oldest first."""
    query = (
        select(NoticeRow, CrisisRow, PromiseRow)
        .join(NoticeCrisisRow, col(NoticeCrisisRow.notice_id) == col(NoticeRow.id))
        .join(CrisisRow, col(CrisisRow.ref) == col(NoticeCrisisRow.crisis_ref))
        .outerjoin(PromiseRow, col(PromiseRow.crisis_ref) == col(CrisisRow.ref))
        .where(col(NoticeRow.reference).in_(references))
        .order_by(col(CrisisRow.opened_at), col(CrisisRow.ref))
    )
    return [(notice, crisis, promise) for notice, crisis, promise in session.exec(query)]


def open_refs(session: Session, references: Iterable[str]) -> list[str]:
    """The open crises among those of notices, in the order in which they are to be locked."""
    found = crises_of(session, tuple(references))
    return sorted({crisis.ref for _, crisis, _ in found if crisis.state != State.CLOSED.value})


def notices_of_crisis(session: Session, ref: str) -> list[NoticeRow]:
    """The linked notices for which a crisis was opened, the first first."""
    query = (
        select(NoticeRow)
        .join(NoticeCrisisRow, col(NoticeCrisisRow.notice_id) == col(NoticeRow.id))
        .where(NoticeCrisisRow.crisis_ref == ref, NoticeRow.match == LINKED)
        .order_by(col(NoticeRow.id))
    )
    return list(session.exec(query))
