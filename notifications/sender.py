"""Sends what the outbox holds: claim with a lease, send, settle. Never marked before it is done."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from notifications import outbox, room_requests
from notifications.outbox import NOTICE_LIFE, ONCE, PAGE_LIFE, SECRET, Kind, OutboxState
from notifications.retry import Failure, GiveUp, RetryAt, after_failure, kind_of
from notifications.tables import OutboxRow
from notifications.twilio import SendFailed

log = structlog.get_logger()

SENDERS = 8
"""How many sendings run at once, so that a slow one does not hold up the others."""


class PhoneNetwork(room_requests.RoomNetwork, Protocol):
    """What a sender needs of Twilio."""

    def send_sms(
        self, *, to: str, from_: str, body: str, status_callback: str, validity: int
    ) -> str:
        """Send an SMS that is dropped after `validity` seconds, and return its name."""

    def call(self, *, to: str, from_: str, twiml: str) -> str:
        """Ring a phone, read a document out to it, and return the call's name."""

    def hang_up(self, call_sid: str) -> None:
        """End one leg."""


class Sender:
    """Works the outbox off in threads of its own, when woken and at every tick.

    `now` tells the time. `gave_up` is told of every SMS and call that will not be made any more,
    with the kind of failure and Twilio's code, so that the ladder can climb on without waiting.
    """

    def __init__(
        self,
        engine: Engine,
        network: PhoneNetwork,
        now: Callable[[], datetime],
        status_callback: str,
        gave_up: Callable[[OutboxRow, Failure, int | None], None],
    ) -> None:
        self._engine = engine
        self._network = network
        self._now = now
        self._status_callback = status_callback
        self._gave_up = gave_up
        self._wake = threading.Event()
        self._stopping = False
        self._free = threading.Semaphore(SENDERS)
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
                while not self._stopping and self._hand_out():
                    pass
            except SQLAlchemyError as error:  # the database is away: the next tick tries again
                log.warning("outbox_unreachable", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001  without this thread nobody is paged any more
                log.error("sender_failed", error=type(error).__name__)

    def _hand_out(self) -> int:
        """Claim as many rows as there are idle threads, one thread a row; says how many.

        A slow sending holds up no other: whoever finishes wakes us to claim again.
        """
        idle = 0
        while idle < SENDERS and self._free.acquire(blocking=False):
            idle += 1
        rows: Sequence[OutboxRow] = ()
        try:
            if idle:
                rows = self._claim(idle)
        finally:
            if idle > len(rows):
                self._free.release(idle - len(rows))
        for row in rows:
            self._pool.submit(self._work_off, row)
        return len(rows)

    def _claim(self, limit: int) -> Sequence[OutboxRow]:
        with Session(self._engine, expire_on_commit=False) as session:
            rows = outbox.claim(session, self._now(), limit)
            session.commit()
        return rows

    def _work_off(self, row: OutboxRow) -> None:
        """Send one row. What goes wrong with settling it is left to its lease: it is sent again."""
        try:
            self._send(row)
        except Exception as error:  # noqa: BLE001  the row's lease brings it back
            log.error("sending_not_settled", crisis=row.crisis_ref, error=type(error).__name__)
        finally:
            self._free.release()
            self._wake.set()

    def _send(self, row: OutboxRow) -> None:
        if row.expires_at <= self._now():
            self._settle(row, OutboxState.FAILED, error="expired")
            return
        try:
            sid = self._ask(row)
        except SendFailed as failed:
            self._failed(row, failed)
        except Exception as error:  # noqa: BLE001  an answer that nobody foresaw
            self._failed(row, SendFailed(f"sending broke ({type(error).__name__})"))
        else:
            self._settle(row, OutboxState.SENT, provider_sid=sid)

    def _ask(self, row: OutboxRow) -> str | None:
        to, from_, body = row.to_phone or "", row.from_phone or "", row.body or ""
        match Kind(row.kind):
            case Kind.DROP_LEG:
                self._network.hang_up(row.leg_sid or "")
                return None
            case Kind.CALL | Kind.SPOKEN:
                return self._network.call(to=to, from_=from_, twiml=body)
            case Kind.SMS | Kind.CODE:
                return self._network.send_sms(
                    to=to,
                    from_=from_,
                    body=body,
                    status_callback=self._status_callback,
                    validity=self._validity(row),
                )
            case _:
                return room_requests.ask(self._network, row)

    def _validity(self, row: OutboxRow) -> int:
        """For how many seconds it is still worth delivering, within Twilio's bounds."""
        left = min(row.expires_at - self._now(), NOTICE_LIFE)
        return max(1, int(left.total_seconds()))

    def _failed(self, row: OutboxRow, failed: SendFailed) -> None:
        failure = kind_of(failed.code, failed.http_status)
        patient = row.expires_at - row.created_at > PAGE_LIFE
        verdict = after_failure(failure, row.attempts, patient=patient)
        if row.kind in ONCE:
            verdict = GiveUp(failure)
        match verdict:
            case RetryAt(pause):
                self._settle(row, OutboxState.WAITING, error=str(failed), pause=pause)
            case GiveUp(kind):
                log.error(
                    "sending_given_up", crisis=row.crisis_ref, kind=kind.value, code=failed.code
                )
                prefix = "our Twilio account: " if kind is Failure.CONFIGURATION else ""
                self._settle(row, OutboxState.FAILED, error=f"{prefix}{failed}")
                if row.kind != Kind.DROP_LEG.value:
                    self._gave_up(row, kind, failed.code)

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
        if state is not OutboxState.WAITING and row.kind in SECRET:
            row.body = None
        with Session(self._engine, expire_on_commit=False) as session:
            session.merge(row)
            session.commit()
