"""Sends what the outbox holds: claim with a lease, send, settle. Never marked before it is done.

Each step is a transaction of its own or none, so that a node may die between any two of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import Engine
from sqlmodel import Session

from notifications import attempts, merging, nodes, outbox, pages, room_requests
from notifications.attempts import Outcome
from notifications.outbox import (
    CHECK_EVERY,
    FIRST_CHECK,
    NO_WORD_AFTER,
    NOTICE_LIFE,
    ONCE,
    PAGE_LIFE,
    SECRET,
    Kind,
    OutboxState,
)
from notifications.retry import Failure, GiveUp, RetryAt, after_failure, kind_of
from notifications.tables import OutboxRow
from notifications.twilio import Fate, SendFailed

log = structlog.get_logger()

REPORTED = frozenset({Kind.SMS, Kind.CODE, Kind.PAGE_CALL})
"""Of what we want to know how it ended."""


class PhoneNetwork(room_requests.RoomNetwork, Protocol):
    """What a sender needs of Twilio."""

    def send_sms(
        self, *, to: str, from_: str, body: str, status_callback: str, validity: int
    ) -> str:
        """Send an SMS that is dropped after `validity` seconds, and return its name."""

    def call(self, *, to: str, from_: str, twiml: str) -> str:
        """Ring a phone, read a document out to it, and return the call's name."""

    def page_by_voice(self, *, to: str, from_: str, url: str, status_callback: str) -> str:
        """Ring a phone, ask `url` for what it hears, and return the call's name."""

    def ring_back(self, *, to: str, from_: str, url: str, status_callback: str) -> str:
        """The same for somebody who asked for it, and tell how the call is doing all along."""

    def hang_up(self, call_sid: str) -> None:
        """End one leg."""

    def fate_of_sms(self, sid: str) -> Fate:
        """What became of an SMS."""

    def fate_of_call(self, sid: str) -> Fate:
        """What became of a call."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Twilio has taken it, under this name, if it gives one."""

    sid: str | None


@dataclass(frozen=True, slots=True)
class Expired:
    """It was not worth sending any more."""


@dataclass(frozen=True, slots=True)
class Unneeded:
    """Nobody waits for it any more."""


Result = Sent | Expired | Unneeded | SendFailed


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told of what: everything here is dispatch's business, each in its own transaction.

    `gave_up`: something will not arrive, with the kind of failure and Twilio's code; told again
    until it returns. `reported`: Twilio was asked and said how a row of this id ended.
    `many` writes one page for several crises. `settled` counts what came of each try, by its kind.
    `wanted` says of a page that was held back whether anybody still waits for its answer.
    `answered` is told after every request whether
    Twilio's API answered, and with which failure.
    """

    gave_up: Callable[[OutboxRow, Failure, int | None], None]
    reported: Callable[[int, Fate], None]
    many: Callable[[Sequence[str]], str]
    answered: Callable[[Failure | None], None] = field(default=lambda _: None)
    settled: Callable[[str, Outcome], None] = field(default=lambda _kind, _outcome: None)
    wanted: Callable[[OutboxRow], bool] = field(default=lambda _: True)


class Sending:
    """The steps of one node. `now` tells the time, `speed` how fast it passes.

    `callbacks` is the address under which Twilio reaches us.
    """

    def __init__(
        self,
        engine: Engine,
        network: PhoneNetwork,
        now: Callable[[], datetime],
        callbacks: str,
        listeners: Listeners,
        *,
        node: str,
        speed: float = 1.0,
    ) -> None:
        self._engine = engine
        self._network = network
        self._now = now
        self._callbacks = callbacks
        self._listeners = listeners
        self._speed = speed
        self._in_doubt: list[int] = []
        """What was claimed by a commit that was not answered: held for us, and nobody sends it."""
        self.more_waits = False
        """Whether more than could be claimed may have been due at the last look."""
        self.node = node

    # Claim ──────────────────────────────────────────────────────────────────────────────────────

    def claim(self, limit: int) -> Sequence[OutboxRow]:
        """Take what is due, at most so many rows, and hold it for this node."""
        with Session(self._engine, expire_on_commit=False) as session:
            now = self._now()
            if self._in_doubt:
                outbox.let_go(session, self._in_doubt, node=self.node)
            rows = outbox.claim(session, now, limit, node=self.node, speed=self._speed)
            self.more_waits = len(rows) == limit
            self._in_doubt = [*self._in_doubt, *(row.id or 0 for row in rows)]
            rows = merging.one_for_many(session, rows, now, self._listeners.many)
            self._commit(session)
            self._in_doubt = []
        return rows

    # Send ───────────────────────────────────────────────────────────────────────────────────────

    def send(self, row: OutboxRow) -> Result:
        """Ask Twilio for it, without any transaction."""
        if row.expires_at <= self._now():
            return Expired()
        if not self._is_wanted(row):
            return Unneeded()
        try:
            result: Sent | SendFailed = Sent(self._ask(row))
        except SendFailed as failed:
            result = failed
        except Exception as error:  # noqa: BLE001  an answer that nobody foresaw
            result = SendFailed(f"sending broke ({type(error).__name__})")
        self._listeners.answered(
            kind_of(result.code, result.http_status) if isinstance(result, SendFailed) else None
        )
        return result

    def _is_wanted(self, row: OutboxRow) -> bool:
        """Whether somebody still waits for it: asked where it may have been settled meanwhile."""
        if row.purpose is None or not (row.attempts > 1 or merging.one_says_all(row, self._now())):
            return True
        try:
            return self._listeners.wanted(row)
        except Exception as error:  # noqa: BLE001  a page too many beats a lost one
            log.warning("page_sent_in_doubt", crisis=row.crisis_ref, error=type(error).__name__)
            return True

    def _ask(self, row: OutboxRow) -> str | None:
        to, from_, body = row.to_phone or "", row.from_phone or "", row.body or ""
        match Kind(row.kind):
            case Kind.DROP_LEG:
                self._network.hang_up(row.leg_sid or "")
                return None
            case Kind.CALL | Kind.SPOKEN:
                return self._network.call(to=to, from_=from_, twiml=body)
            case Kind.PAGE_CALL:
                at = f"{self._callbacks}/twilio/page"
                return self._network.page_by_voice(
                    to=to,
                    from_=from_,
                    url=f"{at}?row={row.id}",
                    status_callback=f"{at}/status?row={row.id}",
                )
            case Kind.CALL_BACK:
                address, _, wishes = body.partition("#")
                return self._network.ring_back(
                    to=to,
                    from_=from_,
                    url=f"{address}/answered#{wishes}",
                    status_callback=f"{address}/status",
                )
            case Kind.SMS | Kind.CODE:
                return self._network.send_sms(
                    to=to,
                    from_=from_,
                    body=body,
                    status_callback=f"{self._callbacks}/twilio/sms/status?row={row.id}",
                    validity=self._validity(row),
                )
            case _:
                if row.kind in ONCE and row.attempts > 1:
                    raise SendFailed("a node that is gone may have asked for it")
                return room_requests.ask(self._network, row)

    def _validity(self, row: OutboxRow) -> int:
        """For how many seconds it is still worth delivering, within Twilio's bounds."""
        left = min(row.expires_at - self._now(), NOTICE_LIFE)
        return max(1, int(left.total_seconds()))

    # Settle ─────────────────────────────────────────────────────────────────────────────────────

    def settle(self, row: OutboxRow, result: Result) -> None:
        """Write down what came of it, and tell who must know when it will not arrive."""
        match result:
            case Sent(sid):
                self._settle_sent(row, sid)
            case Expired():
                self._settle_failed(row, "expired", Outcome.EXPIRED, Failure.TRANSIENT, None)
            case Unneeded():
                self._settle_unneeded(row)
            case SendFailed():
                self._settle_after_failure(row, result)

    def _settle_sent(self, row: OutboxRow, sid: str | None) -> None:
        with Session(self._engine, expire_on_commit=False) as session:
            now, held = self._now(), outbox.lock(session, row.id or 0)
            if held is None:
                return
            held.state, held.sent_at, held.error = OutboxState.SENT.value, now, None
            held.provider_sid = sid
            held.lease_until = held.leased_by = None
            if held.kind in SECRET:
                held.body = None
            if held.kind in REPORTED and held.provider_status is None:
                held.check_at = now + FIRST_CHECK
            session.add(held)
            attempts.record(session, held, now, Outcome.SENT)
            if held.kind == Kind.SMS.value and held.provider_status is None:
                pages.text_sent(session, held, now)
            self._commit(session)

    def _settle_unneeded(self, row: OutboxRow) -> None:
        with Session(self._engine, expire_on_commit=False) as session:
            held = outbox.lock(session, row.id or 0)
            if held is None or not self._is_ours(held):
                return
            held.state = OutboxState.CANCELLED.value
            held.lease_until = held.leased_by = None
            session.add(held)
            attempts.record(session, held, self._now(), Outcome.CANCELLED)
            self._commit(session)

    def _settle_after_failure(self, row: OutboxRow, failed: SendFailed) -> None:
        failure = kind_of(failed.code, failed.http_status)
        patient = row.purpose is None and row.expires_at - row.created_at > PAGE_LIFE
        verdict = after_failure(failure, row.attempts, patient=patient)
        if row.kind in ONCE:
            verdict = GiveUp(failure)
        match verdict:
            case RetryAt(pause):
                self._settle_waiting(row, failed, pause)
            case GiveUp(kind):
                log.error(
                    "sending_given_up", crisis=row.crisis_ref, kind=kind.value, code=failed.code
                )
                ours = "our Twilio account: " if kind is Failure.CONFIGURATION else ""
                self._settle_failed(row, f"{ours}{failed}", Outcome.FAILED, kind, failed.code)

    def _settle_waiting(self, row: OutboxRow, failed: SendFailed, pause: timedelta) -> None:
        with Session(self._engine, expire_on_commit=False) as session:
            now, held = self._now(), outbox.lock(session, row.id or 0)
            if held is None or not self._is_ours(held):
                return
            held.due_at, held.error = now + pause, str(failed)
            held.lease_until = held.leased_by = None
            session.add(held)
            attempts.record(session, held, now, Outcome.RETRIED, failed.code)
            self._commit(session)

    def _settle_failed(
        self, row: OutboxRow, error: str, outcome: Outcome, failure: Failure, code: int | None
    ) -> None:
        """Until everybody has been told, it comes up again: a node may die in between."""
        with Session(self._engine, expire_on_commit=False) as session:
            now, held = self._now(), outbox.lock(session, row.id or 0)
            if held is None or not self._is_ours(held):
                return
            held.state, held.error = OutboxState.FAILED.value, error
            held.lease_until = held.leased_by = None
            if held.kind in SECRET:
                held.body = None
            told = held.kind == Kind.DROP_LEG.value
            held.check_at = None if told else now + CHECK_EVERY
            session.add(held)
            attempts.record(session, held, now, outcome, code)
            self._commit(session)
        if not told:
            self._listeners.gave_up(held, failure, code)
            self._nothing_more(held)

    def _commit(self, session: Session) -> None:
        session.commit()
        for kind, outcome in attempts.recorded(session):
            self._listeners.settled(kind, outcome)

    def _is_ours(self, held: OutboxRow) -> bool:
        """Whether nobody has taken it over, and Twilio has not delivered it meanwhile."""
        return held.state == OutboxState.WAITING.value and held.leased_by == self.node

    def _nothing_more(self, row: OutboxRow) -> None:
        with Session(self._engine) as session:
            held = outbox.lock(session, row.id or 0)
            if held is not None:
                held.check_at = None
                session.add(held)
            session.commit()

    # Ask what became of it ──────────────────────────────────────────────────────────────────────

    def claim_unsettled(self, limit: int) -> Sequence[OutboxRow]:
        """Take what was sent, or failed, and is not worked off to its end, at most so many rows."""
        with Session(self._engine, expire_on_commit=False) as session:
            rows = outbox.claim_unsettled(session, self._now(), limit)
            session.commit()
        return rows

    def look_after(self, row: OutboxRow) -> None:
        """Ask Twilio how it ended, since its own word stays away."""
        if row.state == OutboxState.FAILED.value:
            with Session(self._engine) as session:
                code = attempts.last_code(session, row)
            failure = Failure.TRANSIENT if code is None else kind_of(code, 400)
            self._listeners.gave_up(row, failure, code)
            self._nothing_more(row)
            return
        fate = self._fate(row)
        if fate.is_final:
            self._listeners.reported(row.id or 0, fate)
        elif self._now() > row.expires_at + NO_WORD_AFTER:
            self._listeners.reported(row.id or 0, Fate("unreported"))

    def _fate(self, row: OutboxRow) -> Fate:
        sid = row.provider_sid or ""
        try:
            if row.kind == Kind.PAGE_CALL.value:
                fate = self._network.fate_of_call(sid)
            else:
                fate = self._network.fate_of_sms(sid)
        except SendFailed as failed:
            log.warning("fate_unknown", kind=row.kind, code=failed.code)
            self._listeners.answered(kind_of(failed.code, failed.http_status))
            return Fate("unknown")
        self._listeners.answered(None)
        return fate

    # The node itself ────────────────────────────────────────────────────────────────────────────

    def beat(self, version: str) -> None:
        """Say that this node lives, so that what it holds is left to it."""
        with Session(self._engine) as session:
            nodes.beat(session, self.node, version, self._now())
            session.commit()

    def leave(self) -> None:
        """Say that this node holds nothing any more."""
        with Session(self._engine) as session:
            nodes.leave(session, self.node)
            session.commit()
