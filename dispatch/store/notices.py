"""Notices of hospitals as rows: read out of the inbox, linked with a client or waiting for it."""

import base64
import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select

from dispatch.crisis import State
from dispatch.episode_tables import CandidateRow, NoticeCrisisRow, NoticeKeyRow, NoticeRow
from dispatch.hospital_tables import InboxRow
from dispatch.hospitals.matching.lookup_keys import fitting
from dispatch.hospitals.matching.person_numbers import numbers
from dispatch.hospitals.notice import IdentifierKind, Notice, Report
from dispatch.tables import CrisisRow, EnrolmentRow

_NOTICE = TypeAdapter(Notice)
_REPORT = TypeAdapter(Report)

REFERENCE_LENGTH = 12
"""60 bits: no two notices share a reference. Senders are told the first seven characters."""


class Match(StrEnum):
    """What is known of whom a notice is about."""

    NEW = "new"
    """Just written down: nobody has looked whom it is about."""
    LINKED = "linked"
    POSSIBLE = "possible"
    """A person has to say which client it is, if any."""
    NONE = "none"
    """Nobody whom we know; compared again at every intake."""
    DISMISSED = "dismissed"
    """A person has said that it is nobody of ours."""
    PASSED_OVER = "passed_over"
    """It tells of no stay, and of nobody we know: its content is not kept."""


UNSETTLED = (Match.POSSIBLE.value, Match.NONE.value)


def reference_of(digest: bytes, part: int = 0) -> str:
    """Our own name of a notice, opaque: of a letter's digest, and which of its notices it is."""
    seed = b"reference" + digest + (part.to_bytes(4, "big") if part else b"")
    return "N" + base64.b32encode(hashlib.sha256(seed).digest()).decode()[:REFERENCE_LENGTH]


def write(
    session: Session, letter: InboxRow, part: int, notice: Notice, report: Report | None
) -> NoticeRow:
    """Write what a letter tells; read again, the same row tells it anew and keeps its link."""
    query = select(NoticeRow).where(NoticeRow.inbox_id == letter.id, NoticeRow.part == part)
    row = session.exec(query.with_for_update()).first() or NoticeRow(
        inbox_id=letter.id or 0,
        part=part,
        reference=reference_of(letter.digest, part),
        hospital_id=letter.hospital_id or "",
        received_at=letter.received_at,
        kind=notice.kind.value,
        told=None,
        match=Match.NEW.value,
    )
    row.kind = notice.kind.value
    row.told = _NOTICE.dump_python(notice, mode="json")
    row.report = None if report is None else _REPORT.dump_python(report, mode="json")
    session.add(row)
    session.flush()
    return row


def forget_others(session: Session, letter: InboxRow, parts: int) -> None:
    """Drop what an earlier reading took for further notices of this letter, but linked ones."""
    query = select(NoticeRow).where(
        NoticeRow.inbox_id == letter.id,
        NoticeRow.part >= parts,
        NoticeRow.match != Match.LINKED.value,
    )
    for row in session.exec(query):
        for table in (NoticeKeyRow, CandidateRow, NoticeCrisisRow):
            session.execute(delete(table).where(col(table.notice_id) == row.id))
        session.delete(row)


def notice_of(row: NoticeRow) -> Notice | None:
    """What a notice told; None once it is purged."""
    return None if row.told is None else _NOTICE.validate_python(row.told)


def report_of(row: NoticeRow) -> Report | None:
    """What the person told who told it; None where a machine did, and once it is purged."""
    return None if row.report is None else _REPORT.validate_python(row.report)


def find(session: Session, reference: str, *, lock: bool = False) -> NoticeRow | None:
    """The notice of this reference."""
    query = select(NoticeRow).where(NoticeRow.reference == reference.replace("\x00", "").upper())
    query = query.execution_options(populate_existing=True)
    return session.exec(query.with_for_update() if lock else query).first()


def of_letter(session: Session, letter: int) -> Sequence[NoticeRow]:
    """What a letter told, in order."""
    query = select(NoticeRow).where(NoticeRow.inbox_id == letter)
    return session.exec(query.order_by(col(NoticeRow.part))).all()


# What a notice is found by ───────────────────────────────────────────────────────────────────────


def visit_keys(hospital: str, notice: Notice) -> set[str]:
    """By which the notices of one visit are found."""
    numbered = {notice.visit.number, notice.visit.former_number} - {""}
    return {fitting(f"visit {hospital} {one}") for one in numbered}


def own_keys(hospital: str, notice: Notice) -> set[str]:
    """By which the hospital itself would find the same visit and the same person.

    By numbers in their normal form: what is nobody's (0000, "unknown") finds nobody.
    """
    people = numbers((*notice.person.identifiers, *notice.retired), IdentifierKind.RECORD)
    records = {fitting(f"record {hospital} {one.value}") for one in people}
    return visit_keys(hospital, notice) | records


def write_keys(session: Session, row: NoticeRow, keys: Iterable[str]) -> None:
    """Write by what a notice is found; whatever it was found by before is gone (`forget`)."""
    rows = [{"notice_id": row.id, "key": key.replace("\x00", "")} for key in sorted(keys)]
    if rows:
        session.execute(insert(NoticeKeyRow).on_conflict_do_nothing(), rows)


def sharing(
    session: Session, keys: Collection[str], states: Collection[str]
) -> Sequence[NoticeRow]:
    """The notices in one of these states that share one of these keys, the oldest first."""
    if not keys:
        return ()
    ids = select(NoticeKeyRow.notice_id).where(col(NoticeKeyRow.key).in_(sorted(keys)))
    query = select(NoticeRow).where(col(NoticeRow.id).in_(ids), col(NoticeRow.match).in_(states))
    return session.exec(query.order_by(col(NoticeRow.id))).all()


def possible_for(session: Session, hospital: str, client: int) -> Sequence[NoticeRow]:
    """The notices of a hospital that are most alike to this client, and wait for a person."""
    ids = select(CandidateRow.notice_id).where(
        CandidateRow.client_number == client, CandidateRow.place == 0
    )
    query = select(NoticeRow).where(
        NoticeRow.hospital_id == hospital,
        NoticeRow.match == Match.POSSIBLE.value,
        col(NoticeRow.id).in_(ids),
    )
    return session.exec(query.order_by(col(NoticeRow.id))).all()


# Who it may be ───────────────────────────────────────────────────────────────────────────────────


def write_candidates(session: Session, row: NoticeRow, clients: Sequence[int]) -> None:
    """Write whom a notice may be about, the most alike first; who was before is gone."""
    rows = [
        {"notice_id": row.id, "client_number": client, "place": place}
        for place, client in enumerate(clients)
    ]
    if rows:
        session.execute(insert(CandidateRow), rows)


def forget(session: Session, row: NoticeRow) -> None:
    """Forget by what a notice is found and whom it may be about: both are written anew."""
    if row.match != Match.NEW.value:
        for table in (NoticeKeyRow, CandidateRow):
            session.execute(delete(table).where(col(table.notice_id) == row.id))


def candidates(session: Session, row: NoticeRow) -> list[int]:
    """Whom a notice may be about, the most alike first."""
    query = select(CandidateRow.client_number).where(CandidateRow.notice_id == row.id)
    return list(session.exec(query.order_by(col(CandidateRow.place))))


def unsettled(
    session: Session, match: Match, limit: int, teams: Collection[str] | None, now: datetime
) -> Sequence[NoticeRow]:
    """Notices that wait in one of the two states, the oldest first.

    Of these teams only (None: of all) those that may be about somebody of theirs, or about nobody
    who is in any team at `now`.
    """
    query = select(NoticeRow).where(
        NoticeRow.match == match.value, col(NoticeRow.told).is_not(None)
    )
    if teams is not None:
        enrolled = select(CandidateRow.notice_id).where(
            col(CandidateRow.notice_id) == col(NoticeRow.id),
            col(CandidateRow.client_number) == col(EnrolmentRow.client_number),
            col(EnrolmentRow.during).contains(now),
        )
        theirs = enrolled.where(col(EnrolmentRow.team_id).in_(teams))
        query = query.where(theirs.exists() | ~enrolled.exists())
    return session.exec(query.order_by(col(NoticeRow.id)).limit(limit)).all()


# Crises ──────────────────────────────────────────────────────────────────────────────────────────


def add_to_crisis(session: Session, row: NoticeRow, ref: str) -> None:
    """A team was paged for a notice by this crisis."""
    values = insert(NoticeCrisisRow).values(notice_id=row.id, crisis_ref=ref)
    session.execute(values.on_conflict_do_nothing())


def crises_of(session: Session, notices: Collection[int]) -> dict[int, list[str]]:
    """By which crises teams were paged, by notice."""
    query = select(NoticeCrisisRow).where(col(NoticeCrisisRow.notice_id).in_(notices))
    found: dict[int, list[str]] = {}
    for row in session.exec(query.order_by(col(NoticeCrisisRow.crisis_ref))):
        found.setdefault(row.notice_id, []).append(row.crisis_ref)
    return found


def of_crisis(session: Session, ref: str) -> Sequence[NoticeRow]:
    """The notices that a crisis is about, the oldest first."""
    ids = select(NoticeCrisisRow.notice_id).where(NoticeCrisisRow.crisis_ref == ref)
    query = select(NoticeRow).where(col(NoticeRow.id).in_(ids))
    return session.exec(query.order_by(col(NoticeRow.id))).all()


def open_crisis_of(session: Session, team: str, notices: Collection[int]) -> str | None:
    """The newest open crisis by which a team was paged for one of these notices."""
    query = (
        select(CrisisRow.ref)
        .join(NoticeCrisisRow, col(NoticeCrisisRow.crisis_ref) == col(CrisisRow.ref))
        .where(
            col(NoticeCrisisRow.notice_id).in_(notices),
            CrisisRow.team_id == team,
            CrisisRow.state != State.CLOSED.value,
        )
    )
    return session.exec(query.order_by(col(CrisisRow.opened_at).desc()).limit(1)).first()


def of_client(session: Session, client: int) -> Sequence[NoticeRow]:
    """What is linked with a client, the oldest first."""
    query = select(NoticeRow).where(
        NoticeRow.client_number == client, NoticeRow.match == Match.LINKED.value
    )
    return session.exec(query.order_by(col(NoticeRow.id))).all()


def hold_hospital(session: Session, hospital: str) -> None:
    """One notice of a hospital is settled at a time: two at once might page for a person twice."""
    seed = func.hashtextextended(f"hospital {hospital}", 0)
    session.execute(select(func.pg_advisory_xact_lock(seed)))
