"""What the inbox and the queues tell of hospitals' feeds: when they were heard, and what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import String, cast, func
from sqlmodel import Session, col, or_, select

from dispatch.episode_tables import CandidateRow, NoticeRow
from dispatch.hospital_tables import HospitalRow, InboxRow
from dispatch.store.inbox import Channel, LetterState
from dispatch.tables import AuditRow, EnrolmentRow
from oncall.model import TeamId

FEEDS = (Channel.MLLP, Channel.HL7, Channel.FHIR, Channel.WEBHOOK)
"""The channels that a program fills. People fill in a form when there is something to tell."""

LETTER_READ = "letter_read"
"""How the audit calls it when somebody has opened what came; `about` is its number."""

_SLOT = timedelta(minutes=10)
"""What comes so close together counts as one arrival: a burst is no rhythm."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

_FEEDS = [channel.value for channel in FEEDS]


def hospitals(session: Session) -> Sequence[HospitalRow]:
    """The hospitals that may tell us something, by their names."""
    query = select(HospitalRow).where(col(HospitalRow.active))
    return session.exec(query.order_by(col(HospitalRow.name), col(HospitalRow.id))).all()


def last_fed(session: Session, hospital: str) -> datetime | None:
    """When a hospital's programs have sent something last."""
    query = (
        select(InboxRow.received_at)
        .where(InboxRow.hospital_id == hospital, col(InboxRow.channel).in_(_FEEDS))
        .order_by(col(InboxRow.received_at).desc())
        .limit(1)
    )
    return session.exec(query).first()


def arrivals(session: Session, hospital: str, since: datetime) -> list[datetime]:
    """When its programs have sent something from then on, in order; at most one in ten minutes."""
    slot = func.date_bin(_SLOT, InboxRow.received_at, _EPOCH)
    query = (
        select(func.min(InboxRow.received_at))
        .where(
            InboxRow.hospital_id == hospital,
            col(InboxRow.channel).in_(_FEEDS),
            col(InboxRow.received_at) >= since,
        )
        .group_by(slot)
        .order_by(slot)
    )
    return list(session.exec(query))


def heard_by_channel(session: Session, hospital: str, since: datetime) -> dict[str, datetime]:
    """When a hospital was heard last by each channel that it has used from then on."""
    query = (
        select(InboxRow.channel, func.max(InboxRow.received_at))
        .where(InboxRow.hospital_id == hospital, col(InboxRow.received_at) >= since)
        .group_by(col(InboxRow.channel))
    )
    return dict(session.exec(query).all())


def oldest_unread(session: Session) -> datetime | None:
    """Since when the oldest thing waits that nobody has read yet."""
    waiting = InboxRow.state == LetterState.WAITING.value
    query = select(InboxRow.received_at).where(waiting).order_by(col(InboxRow.id)).limit(1)
    return session.exec(query).first()


@dataclass(frozen=True, slots=True)
class Unseen:
    """What is in quarantine and nobody has opened: whose, how many, since when the oldest."""

    hospital: str | None
    count: int
    oldest: datetime


def unseen(session: Session, since: datetime) -> list[Unseen]:
    """What came into quarantine since then and was not opened, by hospital."""
    opened = select(AuditRow.about).where(AuditRow.what == LETTER_READ, col(AuditRow.at) >= since)
    query = (
        select(InboxRow.hospital_id, func.count(), func.min(InboxRow.settled_at))
        .where(
            InboxRow.state == LetterState.QUARANTINED.value,
            col(InboxRow.settled_at) >= since,
            cast(col(InboxRow.id), String).not_in(opened),
        )
        .group_by(col(InboxRow.hospital_id))
        .order_by(col(InboxRow.hospital_id))
    )
    return [Unseen(*row) for row in session.exec(query)]


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A team's possible clients whom nobody has confirmed yet. `team` is None for those of none."""

    team: TeamId | None
    count: int
    oldest: datetime


def unconfirmed(session: Session, now: datetime) -> list[Unconfirmed]:
    """The notices that may be about somebody's client, by the teams of whom they may be about."""
    query = (
        select(
            EnrolmentRow.team_id,
            func.count(func.distinct(NoticeRow.id)),
            func.min(NoticeRow.received_at),
        )
        .select_from(NoticeRow)
        .join(CandidateRow, col(CandidateRow.notice_id) == col(NoticeRow.id), isouter=True)
        .join(
            EnrolmentRow,
            (col(EnrolmentRow.client_number) == col(CandidateRow.client_number))
            & col(EnrolmentRow.during).contains(now),
            isouter=True,
        )
        .where(NoticeRow.match == "possible")
        .group_by(col(EnrolmentRow.team_id))
        .order_by(col(EnrolmentRow.team_id))
    )
    return [Unconfirmed(*row) for row in session.exec(query)]


def came(session: Session, since: datetime) -> dict[tuple[str, str], int]:
    """How much came since then, by channel and by what has become of it."""
    known = select(HospitalRow.id)  # so that the index by hospital is used
    whose = or_(col(InboxRow.hospital_id).in_(known), col(InboxRow.hospital_id).is_(None))
    query = (
        select(InboxRow.channel, InboxRow.state, func.count())
        .where(whose, col(InboxRow.received_at) >= since)
        .group_by(col(InboxRow.channel), col(InboxRow.state))
    )
    return {(channel, state): count for channel, state, count in session.exec(query)}
