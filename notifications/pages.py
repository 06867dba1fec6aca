"""Pages in the outbox: a text and the call that backs it, one for many, those nobody needs."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from notifications.outbox import PAGE_LIFE, Kind, OutboxState, by_key, put
from notifications.paging import UNDELIVERED_PATIENCE
from notifications.tables import OutboxRow

LONGEST_PAGE_CALL = timedelta(seconds=75)
"""Ringing, three readings, five seconds of waiting for a key: then a page by voice is over."""


def put_page_call(
    session: Session,
    *,
    key: str,
    now: datetime,
    to_phone: str,
    from_phone: str,
    crisis_ref: str,
    staff_id: str,
    purpose: str,
    due_at: datetime,
    backs: str | None = None,
    rings_anyway_at: datetime | None = None,
) -> None:
    """Write a page by voice. What it says is made when somebody picks up.

    One that `backs` a text is not made once that is delivered, but at `rings_anyway_at`.
    """
    put(
        session,
        key=key,
        kind=Kind.PAGE_CALL.value,
        crisis_ref=crisis_ref,
        staff_id=staff_id,
        to_phone=to_phone,
        from_phone=from_phone,
        created_at=now,
        due_at=due_at,
        expires_at=due_at + PAGE_LIFE,
        purpose=purpose,
        backs=backs,
        rings_anyway_at=rings_anyway_at,
    )


def others_waiting(session: Session, row: OutboxRow, now: datetime) -> Sequence[OutboxRow]:
    """The other pages that are due for the same person by the same way, locked; held ones not.

    What Twilio has not taken is due, though it waits for another try.
    """
    query = (
        select(OutboxRow)
        .where(
            OutboxRow.state == OutboxState.WAITING.value,
            OutboxRow.staff_id == row.staff_id,
            OutboxRow.kind == row.kind,
            OutboxRow.id != row.id,
            col(OutboxRow.purpose).is_not(None),
            or_(col(OutboxRow.due_at) <= now, col(OutboxRow.error).is_not(None)),
            col(OutboxRow.lease_until).is_(None),
        )
        .order_by(col(OutboxRow.id))
        .with_for_update(skip_locked=True)
    )
    return session.exec(query).all()


def merged_into(session: Session, key: str) -> Sequence[OutboxRow]:
    """The pages that the page of this key says too, the oldest first."""
    query = select(OutboxRow).where(OutboxRow.merged_into == key).order_by(col(OutboxRow.id))
    return session.exec(query).all()


def is_being_rung(session: Session, row: OutboxRow, now: datetime) -> bool:
    """Whether another page rings, or talks to, the same phone now, or is being sent to it.

    A second one would find it busy.
    """
    rings = (
        (col(OutboxRow.state) == OutboxState.SENT.value)
        & col(OutboxRow.check_at).is_not(None)
        & (col(OutboxRow.sent_at) > now - LONGEST_PAGE_CALL)
    )
    is_sent = (col(OutboxRow.state) == OutboxState.WAITING.value) & (
        col(OutboxRow.lease_until) >= now
    )
    query = select(OutboxRow.id).where(
        OutboxRow.id != row.id,
        OutboxRow.to_phone == row.to_phone,
        OutboxRow.kind == Kind.PAGE_CALL.value,
        col(OutboxRow.provider_status).is_(None),
        or_(rings, is_sent),
    )
    return session.exec(query.limit(1)).first() is not None


def backing(session: Session, text: OutboxRow) -> Sequence[OutboxRow]:
    """The calls that back a text and wait, locked."""
    query = select(OutboxRow).where(
        OutboxRow.backs == text.key,
        OutboxRow.state == OutboxState.WAITING.value,
        col(OutboxRow.lease_until).is_(None),
    )
    return session.exec(query.order_by(col(OutboxRow.id)).with_for_update()).all()


def text_sent(session: Session, text: OutboxRow, now: datetime) -> None:
    """A text has left, perhaps late: its delivery is given its time before the phone rings.

    A phone whose own time to ring has come by then, or comes with the text, waits for nothing.
    """
    for call in backing(session, text):
        if call.rings_anyway_at is not None and call.rings_anyway_at <= call.due_at:
            continue
        call.due_at = max(call.due_at, now + UNDELIVERED_PATIENCE)
        call.expires_at = max(call.expires_at, call.due_at + PAGE_LIFE)
        session.add(call)


def text_arrived(session: Session, text: OutboxRow) -> Sequence[OutboxRow]:
    """A text was delivered: calls that back it wait for their time; those that are off now."""
    off = []
    for call in backing(session, text):
        if call.rings_anyway_at is None:
            call.state = OutboxState.CANCELLED.value
            off.append(call)
        else:
            call.due_at = max(call.created_at, call.rings_anyway_at)
            call.expires_at = max(call.expires_at, call.due_at + PAGE_LIFE)
        session.add(call)
    return off


def text_failed(session: Session, text: OutboxRow, now: datetime) -> bool:
    """A text will not arrive: calls that back it are made at once; False where there are none."""
    calls = backing(session, text)
    for call in calls:
        call.due_at = now
        session.add(call)
    return bool(calls)


def has_call(session: Session, text: OutboxRow, ref: str | None) -> bool:
    """Whether a call of this crisis that backs a text will still be made, or rings now."""
    query = select(OutboxRow).where(OutboxRow.backs == text.key, OutboxRow.crisis_ref == ref)
    for call in session.exec(query).all():
        merged = call.state == OutboxState.MERGED.value and call.merged_into
        made = by_key(session, call.merged_into or "") if merged else call
        if made is not None and (
            made.state == OutboxState.WAITING.value
            or (made.state == OutboxState.SENT.value and made.provider_status is None)
        ):
            return True
    return False


def is_newest(session: Session, page: OutboxRow) -> bool:
    """Whether nobody has paged the same person for the same crisis after this page."""
    query = select(OutboxRow.id).where(
        OutboxRow.crisis_ref == page.crisis_ref,
        OutboxRow.staff_id == page.staff_id,
        col(OutboxRow.purpose).is_not(None),
        col(OutboxRow.created_at) > page.created_at,
    )
    return session.exec(query.limit(1)).first() is None


def merge(session: Session, text: OutboxRow, into: OutboxRow) -> None:
    """One page says another one too, and all that that one said; so does whatever backs it."""
    text.state, text.merged_into = OutboxState.MERGED.value, into.key
    text.lease_until = text.leased_by = None
    session.add(text)
    for said in merged_into(session, text.key):
        said.merged_into = into.key
        session.add(said)
    for call in backing(session, text):
        call.backs = into.key
        session.add(call)


def cancel_pages(session: Session, ref: str, but: Collection[str]) -> Sequence[OutboxRow]:
    """The pages of a crisis that wait and that nobody needs any more, `but` those of some people.

    What is being sent at this moment is sent. What says pages of other crises too is left: before
    it is sent, whoever sends asks whether any of them still wants it.
    """
    waiting = (
        select(OutboxRow.id)
        .where(
            OutboxRow.crisis_ref == ref,
            OutboxRow.state == OutboxState.WAITING.value,
            col(OutboxRow.purpose).is_not(None),
            col(OutboxRow.lease_until).is_(None),
            col(OutboxRow.staff_id).not_in(but),
        )
        .order_by(col(OutboxRow.id))  # a text before the call that backs it, as a claim locks them
        .with_for_update()
    )
    locked = session.exec(waiting).all()
    said = aliased(OutboxRow)
    unneeded = (
        update(OutboxRow)
        .where(
            col(OutboxRow.id).in_(locked),
            ~exists().where(col(said.merged_into) == col(OutboxRow.key)),
        )
        .values(state=OutboxState.CANCELLED.value)
        .returning(OutboxRow)
    )
    return session.scalars(unneeded).all() if locked else ()


def paged_before(session: Session, staff: str, ref: str, purpose: str) -> datetime | None:
    """When somebody was last paged for a crisis, if it was for the same `purpose` before."""
    query = select(OutboxRow.purpose, OutboxRow.created_at).where(
        OutboxRow.crisis_ref == ref,
        OutboxRow.staff_id == staff,
        col(OutboxRow.purpose).is_not(None),
    )
    pages = session.exec(query).all()
    if purpose not in {what for what, _ in pages}:
        return None
    return max(at for _, at in pages)
