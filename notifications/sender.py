"""Sends what the outbox holds: claim with a lease, send, settle. Never marked before it is done."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from notifications import outbox
from notifications.outbox import Kind, OutboxState
from notifications.retry import Failure, GiveUp, RetryAt, after_failure, kind_of
from notifications.tables import OutboxRow
from notifications.twilio import SendFailed

log = structlog.get_logger()

SENDERS = 8
"""How many sendings run at once, so that a slow one does not hold up the others."""


class PhoneNetwork(Protocol):
    """What a sender needs of Twilio."""

    def send_sms(self, *, to: str, from_: str, body: str, status_callback: str) -> str:
        """Send an SMS and return its name."""

    def hang_up(self, call_sid: str) -> None:
        """End one leg."""


class Sender:
    """Works the outbox off in a thread of its own, when woken and at every tick.

    `now` tells the time. What can't be sent is settled as failed; the crisis's own deadline climbs
    on whatever becomes of a page.
    """

    def __init__(
        self,
        engine: Engine,
        network: PhoneNetwork,
        now: Callable[[], datetime],
        status_callback: str,
    ) -> None:
        self._engine = engine
        self._network = network
        self._now = now
        self._status_callback = status_callback
        self._wake = threading.Event()
        self._stopping = False
        self._pool = ThreadPoolExecutor(SENDERS, thread_name_prefix="send")
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def wake(self) -> None:
        """Something may be due: look at once."""
        self._wake.set()

    def stop(self) -> None:
        """Finish what is being sent and end."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=15)
        self._pool.shutdown(wait=True)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait()
            self._wake.clear()
            try:
                while not self._stopping and self.send_due():
                    pass
            except SQLAlchemyError as error:  # the database is away: the next tick tries again
                log.warning("outbox_unreachable", error=type(error).__name__)

    def send_due(self) -> int:
        """Send everything that is due now, and say how many rows were claimed."""
        with Session(self._engine, expire_on_commit=False) as session:
            rows = outbox.claim(session, self._now())
            session.commit()
        list(self._pool.map(self._send, rows))
        return len(rows)

    def _send(self, row: OutboxRow) -> None:
        if row.expires_at <= self._now():
            self._settle(row, OutboxState.FAILED, error="expired")
            return
        try:
            sid = self._ask(row)
        except SendFailed as failed:
            self._failed(row, failed)
        else:
            self._settle(row, OutboxState.SENT, provider_sid=sid)

    def _ask(self, row: OutboxRow) -> str | None:
        if row.kind == Kind.DROP_LEG.value:
            self._network.hang_up(row.leg_sid or "")
            return None
        return self._network.send_sms(
            to=row.to_phone or "",
            from_=row.from_phone or "",
            body=row.body or "",
            status_callback=self._status_callback,
        )

    def _failed(self, row: OutboxRow, failed: SendFailed) -> None:
        failure = kind_of(failed.code, failed.http_status)
        match after_failure(failure, row.attempts):
            case RetryAt(pause):
                self._settle(row, OutboxState.WAITING, error=str(failed), pause=pause)
            case GiveUp(kind):
                log.error(
                    "sending_given_up", crisis=row.crisis_ref, kind=kind.value, code=failed.code
                )
                prefix = "our Twilio account: " if kind is Failure.CONFIGURATION else ""
                self._settle(row, OutboxState.FAILED, error=f"{prefix}{failed}")

    def _settle(
        self,
        row: OutboxRow,
        state: OutboxState,
        *,
        provider_sid: str | None = None,
        error: str | None = None,
        pause: timedelta = timedelta(),
    ) -> None:
        now = self._now()
        row.state = state.value
        row.error = error
        row.lease_until = None
        row.provider_sid = provider_sid
        row.due_at = now + pause
        row.sent_at = now if state is OutboxState.SENT else None
        with Session(self._engine, expire_on_commit=False) as session:
            session.merge(row)
            session.commit()
