"""One page for many: what is due for the same phone at the same time is said once.

Nobody is paged twenty times after an outage, and no phone is rung by two pages at once.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import func
from sqlmodel import Session, select

from notifications import attempts, pages
from notifications.attempts import Outcome
from notifications.outbox import Kind
from notifications.tables import OutboxRow

LATE = timedelta(seconds=15)
"""A page so late was held back by an outage: whoever has several of them gets one for all."""

AGAIN_AFTER = timedelta(seconds=10)
"""When a page by voice is tried again that found the phone busy with another one of ours."""

RINGING = 24
"""The class of the advisory locks of phones that are about to be rung."""

Words = Callable[[Sequence[str]], str]
"""Writes one text about the crises of several references."""


def one_says_all(row: OutboxRow, now: datetime) -> bool:
    """Whether a page is not sent beside others to the same person: a call, or a text held back.

    Held back is also what Twilio has not taken before: then its time to be sent is a new one.
    """
    return row.kind == Kind.PAGE_CALL or row.due_at < now - LATE or row.error is not None


def one_for_many(
    session: Session, rows: Sequence[OutboxRow], now: datetime, words: Words
) -> list[OutboxRow]:
    """Of claimed rows those to be sent: one call for everything, one text after an outage.

    What is not worth sending any more says nothing for others, nor others for it.
    """

    def whose(row: OutboxRow) -> tuple[str, str]:
        return row.staff_id or "", row.kind

    worth = [row for row in rows if row.purpose and row.expires_at > now]
    held_back = {whose(row) for row in worth if one_says_all(row, now)}
    several = [row for row in worth if whose(row) in held_back]
    kept = [row for row in rows if row not in several]
    for _, group in groupby(sorted(several, key=whose), whose):
        *less, newest = sorted(group, key=lambda row: row.id or 0)
        less.extend(pages.others_waiting(session, newest, now))
        _merge(session, newest, [one for one in less if one.expires_at > now], now, words)
        if newest.kind == Kind.PAGE_CALL and _is_busy(session, newest, now):
            _put_back(session, newest, now)
        else:
            kept.append(newest)
    return kept


def _merge(
    session: Session, row: OutboxRow, others: Sequence[OutboxRow], now: datetime, words: Words
) -> None:
    for one in others:
        pages.merge(session, one, row)
        attempts.record(session, one, now, Outcome.MERGED)
    all_said = (row, *pages.merged_into(session, row.key))
    refs = sorted({one.crisis_ref or "" for one in all_said})
    if len(refs) > 1 and row.kind == Kind.SMS:
        row.body = words(refs)
        session.add(row)


def _is_busy(session: Session, row: OutboxRow, now: datetime) -> bool:
    """Whether a page rings the same phone now, or another node is just about to let one ring it."""
    lock = func.pg_try_advisory_xact_lock(RINGING, func.hashtext(row.to_phone))
    ours = session.execute(select(lock)).scalar_one()
    return not ours or pages.is_being_rung(session, row, now)


def _put_back(session: Session, row: OutboxRow, now: datetime) -> None:
    """The phone is busy with another page of ours: try again when that is over."""
    row.due_at = now + AGAIN_AFTER
    row.lease_until = row.leased_by = None
    row.attempts -= 1
    session.add(row)
