"""Forgets what hospitals told of people who are nobody of ours, after half a year.

It is kept so long since whoever comes to a team may have been in a hospital before, and is matched
then. What may be a client's is kept until a person has said whose it is, and what can't be read
until a person has looked. What came is still answered alike when it comes again: digest and answer
stay.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, null, update
from sqlmodel import Session, col, select

from dispatch.episode_tables import CandidateRow, NoticeKeyRow, NoticeRow
from dispatch.hospital_tables import InboxRow
from dispatch.store.inbox import LetterState

UNMATCHED_DAYS = 180
"""How many days it is kept where nothing else is set."""

KEEP_UNMATCHED = timedelta(days=UNMATCHED_DAYS)

NOBODYS = ("none", "dismissed")
"""The matches of which nothing more is expected."""

SOME = 200
"""How many are forgotten in one transaction: statements have five seconds."""


def forget(session: Session, before: datetime) -> int:
    """Forget some notices of before then, and some letters of which nothing is kept; how many."""
    return _forget_notices(session, before) + _forget_letters(session, before)


def _holds(told: Any) -> ColumnElement[bool]:
    """Whether anything is kept in a column of JSON, in which nothing has two spellings."""
    return func.jsonb_typeof(told) != "null"


def _forget_notices(session: Session, before: datetime) -> int:
    some = (
        select(NoticeRow.id)
        .where(
            col(NoticeRow.match).in_(NOBODYS),
            col(NoticeRow.received_at) < before,
            _holds(NoticeRow.told) | _holds(NoticeRow.report),
        )
        .limit(SOME)
        .with_for_update(skip_locked=True)
    )
    query = (
        update(NoticeRow)
        .where(col(NoticeRow.id).in_(some))
        .values(told=null(), report=null())
        .returning(col(NoticeRow.id))
    )
    forgotten = [number for (number,) in session.execute(query)]
    for table in (CandidateRow, NoticeKeyRow):
        session.execute(delete(table).where(col(table.notice_id).in_(forgotten)))
    return len(forgotten)


def _forget_letters(session: Session, before: datetime) -> int:
    """Forget the bytes of what came, where no notice that is kept was read out of it."""
    kept = select(NoticeRow.id).where(NoticeRow.inbox_id == InboxRow.id, _holds(NoticeRow.told))
    some = (
        select(InboxRow.id)
        .where(
            col(InboxRow.state).in_([LetterState.READ.value, LetterState.PASSED_OVER.value]),
            col(InboxRow.received_at) < before,
            func.octet_length(InboxRow.raw) > 0,
            ~kept.exists(),
        )
        .limit(SOME)
        .with_for_update(skip_locked=True)
    )
    query = (
        update(InboxRow)
        .where(col(InboxRow.id).in_(some))
        .values(raw=b"")
        .returning(col(InboxRow.id))
    )
    return len(session.execute(query).all())
