"""Bugs planted into the product, to show that the simulator finds them: a test of the test."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import event
from sqlmodel import Session, col, select

from dispatch import callscript
from dispatch.commands import page_calls
from dispatch.crisis import Crisis
from dispatch.pursuit import Pursuit
from dispatch.store import crises, receipts
from notifications import nodes, outbox, pages
from notifications.outbox import OutboxState
from notifications.sending import Sending
from notifications.tables import OutboxRow
from tests.simulation.plan import Harsh


@contextmanager
def no_lease() -> Iterator[None]:
    """What a node is sending is not held for it."""
    claim = outbox.claim

    def planted(*args: Any, **more: Any) -> list[OutboxRow]:
        rows = claim(*args, **more)
        for row in rows:
            row.lease_until = row.leased_by = None
        return rows

    with patch.object(outbox, "claim", planted):
        yield


@contextmanager
def marked_before_sent() -> Iterator[None]:
    """What is claimed counts as sent."""
    claim = outbox.claim

    def planted(session: Session, *args: Any, **more: Any) -> list[OutboxRow]:
        rows = claim(session, *args, **more)
        for row in rows:
            row.state = OutboxState.SENT.value
            session.add(row)
        return rows

    with patch.object(outbox, "claim", planted):
        yield


@contextmanager
def claim_without_lock() -> Iterator[None]:
    """Two nodes that look at the same moment see the same rows."""

    def planted(
        session: Session, now: Any, limit: int, *, node: str, speed: float = 1.0
    ) -> list[OutboxRow]:
        query = select(OutboxRow).where(
            OutboxRow.state == OutboxState.WAITING.value,
            col(OutboxRow.due_at) <= now,
            nodes.is_free(node, now, speed),
        )
        rows = list(session.exec(query.order_by(col(OutboxRow.id)).limit(limit)))
        for row in rows:
            row.lease_until, row.leased_by = now + outbox.LEASE, node
            row.attempts += 1
            session.add(row)
        return rows

    with patch.object(outbox, "claim", planted):
        yield


@contextmanager
def settling_forgotten() -> Iterator[None]:
    """Nobody writes down that something was sent."""
    with patch.object(Sending, "settle", lambda *_: None):
        yield


@contextmanager
def never_asked_after() -> Iterator[None]:
    """What Twilio does not report is not asked for."""
    with patch.object(Sending, "claim_unsettled", lambda *_: []):
        yield


@contextmanager
def sent_after_the_commit() -> Iterator[None]:
    """What must be sent is written after the decision's transaction, not in it."""
    put = outbox.put

    def planted(session: Session, **values: object) -> None:
        def later(_: Session) -> None:
            with Session(session.get_bind()) as another:
                put(another, **values)
                another.commit()

        event.listen(session, "after_commit", later, once=True)

    with patch.object(outbox, "put", planted), patch.object(pages, "put", planted):
        yield


@contextmanager
def deadline_forgotten() -> Iterator[None]:
    """Who climbs a rung sets no time at which to climb the next."""
    climb = Pursuit.climb_by_page

    def planted(self: Pursuit, kind: Any) -> None:
        climb(self, kind)
        self.change(due_at=None)

    with patch.object(Pursuit, "climb_by_page", planted):
        yield


@contextmanager
def receipts_ignored() -> Iterator[None]:
    """A repeated request is done again."""
    claim = receipts.claim

    def planted(*args: Any) -> None:
        claim(*args)

    with patch.object(receipts, "claim", planted):
        yield


@contextmanager
def voicemail_is_joined() -> Iterator[None]:
    """A screening document that ends without hanging up."""
    screen = callscript.screen

    def planted(*args: Any) -> str:
        return screen(*args).replace("<Hangup />", "").replace("<Hangup/>", "")

    with patch.object(callscript, "screen", planted):
        yield


@contextmanager
def voicemail_accepts() -> Iterator[None]:
    """A page by voice that was picked up counts as accepted."""
    picked_up, key_pressed = page_calls.picked_up, page_calls.key_pressed

    def planted(work: Any, row: int, url: str) -> str:
        key_pressed(work, row, "1", url)
        return picked_up(work, row, url)

    with patch.object(page_calls, "picked_up", planted):
        yield


@contextmanager
def accept_without_lock() -> Iterator[None]:
    """Two who accept at the same moment both read that nobody has it."""

    def planted(session: Session, ref: str) -> Crisis | None:
        session.expire_all()
        return crises.find(session, ref)

    with patch.object(crises, "lock", planted):
        yield


PLANTED: Mapping[str, tuple[Callable[[], AbstractContextManager[None]], Harsh, int]] = {
    "no lease": (no_lease, Harsh.RACES, 5000),
    "marked before it is sent": (marked_before_sent, Harsh.CRASHES, 5000),
    "claimed without a lock": (claim_without_lock, Harsh.RACES, 5002),
    "settling forgotten": (settling_forgotten, Harsh.CRASHES, 5000),
    "never asked after": (never_asked_after, Harsh.CRASHES, 5003),
    "sent after the commit": (sent_after_the_commit, Harsh.CRASHES, 5006),
    "deadline forgotten": (deadline_forgotten, Harsh.CRASHES, 5000),
    "receipts ignored": (receipts_ignored, Harsh.CRASHES, 5000),
    "voicemail is joined": (voicemail_is_joined, Harsh.CRASHES, 5009),
    "voicemail accepts": (voicemail_accepts, Harsh.CRASHES, 5000),
    "accepted without a lock": (accept_without_lock, Harsh.RACES, 5009),
}
"""Each with the kind of night that finds it soonest, and the seed at which the search begins: one
that found it once."""
