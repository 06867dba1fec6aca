"""The nodes that send: each says all the time that it lives, so that a lost one is replaced."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, or_, select

from notifications.tables import NodeRow, OutboxRow

LOST_AFTER = timedelta(seconds=3)
"""A node that was silent for so long (real time) is lost. Nodes beat, and look at the outbox, every
second: another one sends within five."""


def beat(session: Session, node: str, version: str, now: datetime) -> None:
    """Write down that a node lives."""
    row = {"id": node, "version": version, "started_at": now, "seen_at": now}
    query = insert(NodeRow).values(**row)
    session.execute(query.on_conflict_do_update(index_elements=["id"], set_={"seen_at": now}))


def leave(session: Session, node: str) -> None:
    """A node stops: whatever it still held is free at once."""
    session.execute(delete(NodeRow).where(col(NodeRow.id) == node))


def forget(session: Session, before: datetime) -> int:
    """Forget nodes that were not heard of since then; says how many."""
    gone = delete(NodeRow).where(col(NodeRow.seen_at) < before)
    return len(session.execute(gone.returning(col(NodeRow.id))).all())


def is_free(node: str, now: datetime, speed: float) -> ColumnElement[bool]:
    """Whether nobody who lives holds an outbox row: its lease is over, or its node is lost.

    What `node` itself holds is in the hands of its own threads. `speed` is how many seconds of
    `now` pass in a real one: a node beats by the real clock.
    """
    alive = select(NodeRow.id).where(col(NodeRow.seen_at) >= now - LOST_AFTER * speed)
    held_by_the_lost = (
        col(OutboxRow.leased_by).is_not(None)
        & (col(OutboxRow.leased_by) != node)
        & col(OutboxRow.leased_by).not_in(alive)
    )
    return or_(
        col(OutboxRow.lease_until).is_(None), col(OutboxRow.lease_until) < now, held_by_the_lost
    )
