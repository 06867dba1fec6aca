"""The outbox: what must be sent, written with the decision, claimed with a lease, then settled."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from notifications import nodes
from notifications.tables import OutboxRow

LEASE = timedelta(seconds=30)
"""How long a node may take over one sending, in real time, before another node takes it over."""

PAGE_LIFE = timedelta(seconds=300)
"""A page that could not be sent for so long is worth nothing: the ladder has climbed on."""

NOTICE_LIFE = timedelta(hours=4)
"""A text about a rota says its times itself: it may be late, and Twilio holds it no longer."""

CHECK_EVERY = timedelta(seconds=30)
"""How often Twilio is asked how a sending ended."""

FIRST_CHECK = timedelta(seconds=15)
"""When it is asked first: its own word usually comes within a few seconds."""

NO_WORD_AFTER = timedelta(minutes=10)
"""After so long beyond its life nothing more will be heard of a sending."""

PATIENT = timedelta(minutes=15)
"""What is worth sending for longer has nobody waiting for it now, as an answer or a code has.
So long it may wait behind a storm of crises."""

DROP_LEG_LIFE = timedelta(seconds=20)
"""Hanging up a phone that rings is worth nothing once it has stopped by itself."""


CALL_BACK_LIFE = timedelta(seconds=60)
"""Whoever asked to be rung back has given up waiting after that."""

NOT_DELIVERED = ("undelivered", "failed", "unreported")
"""The reports that a text has not arrived and will not, or that nobody knows."""


class Kind(StrEnum):
    """What the phone network is asked for."""

    SMS = "sms"
    CODE = "code"
    """An SMS that says a code."""
    CALL = "call"
    """A call that says a code."""
    SPOKEN = "spoken"
    """A call that reads a text out to somebody whom no text reaches."""
    CALL_BACK = "call_back"
    """A call that somebody on the staff asked for; its body is where we are asked what to say."""
    PAGE_CALL = "page_call"
    """A page by voice: it says team and reference, and 1 accepts."""
    DROP_LEG = "drop_leg"
    MOVE_WORKER = "move_worker"
    """Take a leg out of its bridge and into a conference."""
    FETCH_CALLER = "fetch_caller"
    """Take a call out of a conference and back to one of our documents."""
    CALL_PARTY = "call_party"
    """Ring a colleague, who hears what it is about before they join a conference."""
    JOIN_PARTY = "join_party"
    """Ring an outside line straight into a conference."""
    ENDS_WITH = "ends_with"
    """Say whether a conference ends when somebody leaves it."""
    LET_GO = "let_go"
    """Take somebody out of a conference, which goes on."""


SECRET = frozenset({Kind.CODE, Kind.CALL})
"""What is forgotten once it is sent: of a code only the hash may be kept."""


ROOM_LIVES: Mapping[Kind, timedelta] = {
    Kind.MOVE_WORKER: timedelta(seconds=20),
    Kind.FETCH_CALLER: timedelta(seconds=60),
    Kind.CALL_PARTY: timedelta(seconds=20),
    Kind.JOIN_PARTY: timedelta(seconds=20),
    Kind.ENDS_WITH: timedelta(seconds=60),
    Kind.LET_GO: timedelta(seconds=60),
}
"""What is asked about a conference, and for how long it is worth asking."""

ONCE = frozenset({Kind.MOVE_WORKER, Kind.CALL_PARTY, Kind.JOIN_PARTY})
"""What is never asked twice: done a second time, it would break the call or ring a second phone.
Whoever wanted it is told, and may want it again."""


class OutboxState(StrEnum):
    """How far a sending has come."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    MERGED = "merged"
    """Another page to the same person says it too."""
    CANCELLED = "cancelled"
    """It was not needed any more."""


def put_words(
    session: Session,
    kind: Kind = Kind.SMS,
    *,
    key: str,
    now: datetime,
    to_phone: str,
    from_phone: str,
    body: str,
    crisis_ref: str | None = None,
    staff_id: str | None = None,
    leads_of: str | None = None,
    life: timedelta = PAGE_LIFE,
    purpose: str | None = None,
    due_at: datetime | None = None,
    backs: str | None = None,
) -> None:
    """Write words to be sent, once for their key. After their `life` they are not sent any more.

    What is said by a call is a document that the call reads out. A page has a `purpose`. What
    `backs` the text of a key is sent only if that one does not arrive. It is due now, or later.
    """
    due_at = due_at or now
    put(
        session,
        key=key,
        kind=kind.value,
        crisis_ref=crisis_ref,
        staff_id=staff_id,
        leads_of=leads_of,
        to_phone=to_phone,
        from_phone=from_phone,
        body=body,
        created_at=now,
        due_at=due_at,
        expires_at=due_at + life,
        purpose=purpose,
        backs=backs,
    )


def codes_since(session: Session, staff_id: str, since: datetime) -> int:
    """How many codes were sent to somebody since then."""
    query = select(OutboxRow.id).where(
        OutboxRow.staff_id == staff_id,
        col(OutboxRow.kind).in_([Kind.CODE.value, Kind.CALL.value]),
        col(OutboxRow.created_at) > since,
    )
    return len(session.exec(query).all())


def put_drop_leg(
    session: Session, *, key: str, now: datetime, leg_sid: str, crisis_ref: str | None
) -> None:
    """Write that a leg is to be hung up."""
    put(
        session,
        key=key,
        kind=Kind.DROP_LEG.value,
        crisis_ref=crisis_ref,
        leg_sid=leg_sid,
        created_at=now,
        due_at=now,
        expires_at=now + DROP_LEG_LIFE,
    )


def withdraw(session: Session, key: str) -> None:
    """What nobody has begun to send under this key is not wanted any more."""
    query = select(OutboxRow).where(
        OutboxRow.key == key,
        OutboxRow.state == OutboxState.WAITING.value,
        col(OutboxRow.lease_until).is_(None),
    )
    row = session.exec(query.with_for_update(skip_locked=True)).first()
    if row is not None:
        row.state = OutboxState.CANCELLED.value
        session.add(row)


def put_about_room(
    session: Session,
    kind: Kind,
    *,
    key: str,
    now: datetime,
    crisis_ref: str,
    leg_sid: str | None = None,
    to_phone: str | None = None,
    from_phone: str | None = None,
    body: str | None = None,
    staff_id: str | None = None,
    options: Mapping[str, object] | None = None,
) -> None:
    """Write what Twilio is to be asked about a conference, one of ROOM_LIVES, once for its key."""
    put(
        session,
        key=key,
        kind=kind.value,
        crisis_ref=crisis_ref,
        leg_sid=leg_sid,
        to_phone=to_phone,
        from_phone=from_phone,
        body=body,
        staff_id=staff_id,
        options=None if options is None else dict(options),
        created_at=now,
        due_at=now,
        expires_at=now + ROOM_LIVES[kind],
    )


def is_sent(session: Session, key: str) -> bool:
    """Whether Twilio has taken what was written with this key."""
    query = select(OutboxRow.id).where(
        OutboxRow.key == key, OutboxRow.state == OutboxState.SENT.value
    )
    return session.exec(query).first() is not None


def of_one_kind(session: Session, key: str) -> Sequence[OutboxRow]:
    """What was to be sent to several people under the same beginning of their keys."""
    alike = col(OutboxRow.key).startswith(f"{key.rpartition('/')[0]}/", autoescape=True)
    return session.exec(select(OutboxRow).where(alike)).all()


def has_failed(row: OutboxRow) -> bool:
    """Whether it is certain that something did not arrive and will not."""
    return row.state == OutboxState.FAILED.value or row.provider_status in NOT_DELIVERED


def is_written(session: Session, key: str) -> bool:
    """Whether something with this key was to be sent at any time."""
    return session.exec(select(OutboxRow.id).where(OutboxRow.key == key)).first() is not None


def put(session: Session, **values: object) -> None:
    """Write a row, once for its key."""
    values = {"attempts": 0, "state": OutboxState.WAITING.value, **values}
    session.execute(insert(OutboxRow).values(**values).on_conflict_do_nothing())


KNOWN = tuple(kind.value for kind in Kind)
"""What this version can send: a newer one beside it, during a deploy, may write more."""


IS_PATIENT = col(OutboxRow.crisis_ref).is_(None) & (
    col(OutboxRow.expires_at) > col(OutboxRow.due_at) + PATIENT
)
"""In a query, whether a row is a notice about a rota."""


def claim(
    session: Session, now: datetime, limit: int, *, node: str, speed: float = 1.0
) -> list[OutboxRow]:
    """Lease the rows that are due and that nobody holds; commit before sending.

    Notices about rotas go last: neither a crisis nor somebody who has just written waits for them.
    `speed` is how many seconds of `now` pass in a real one: Twilio takes its time by the real
    clock.
    """
    query = (
        select(OutboxRow)
        .where(
            OutboxRow.state == OutboxState.WAITING.value,
            col(OutboxRow.due_at) <= now,
            col(OutboxRow.kind).in_(KNOWN),
            nodes.is_free(node, now, speed),
        )
        .order_by(IS_PATIENT, col(OutboxRow.due_at), col(OutboxRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session.exec(query).all()
    for row in rows:
        row.lease_until = now + LEASE * speed
        row.leased_by = node
        row.attempts += 1
        session.add(row)
    return list(rows)


def overdue(session: Session, before: datetime) -> Sequence[OutboxRow]:
    """What was due before then and waits still; a notice about a rota has PATIENT longer."""
    due_at = col(OutboxRow.due_at)
    query = select(OutboxRow).where(
        OutboxRow.state == OutboxState.WAITING.value,
        due_at < before,
        ~IS_PATIENT | (due_at < before - PATIENT),
    )
    return session.exec(query).all()


def let_go(session: Session, rows: Sequence[int], *, node: str) -> None:
    """Give back what a node may hold without knowing it, as though it had not claimed it."""
    query = (
        update(OutboxRow)
        .where(
            col(OutboxRow.id).in_(rows),
            col(OutboxRow.leased_by) == node,
            col(OutboxRow.state) == OutboxState.WAITING.value,
        )
        .values(lease_until=None, leased_by=None, attempts=OutboxRow.attempts - 1)
    )
    session.execute(query)


def claim_unsettled(session: Session, now: datetime, limit: int) -> list[OutboxRow]:
    """What Twilio has taken, or we have given up, and whose end has not been worked off in time.

    Each comes again after CHECK_EVERY until it is settled, so that a lost node loses none.
    """
    query = (
        select(OutboxRow)
        .where(col(OutboxRow.check_at) <= now, col(OutboxRow.kind).in_(KNOWN))
        .order_by(col(OutboxRow.check_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session.exec(query).all()
    for row in rows:
        row.check_at = now + CHECK_EVERY
        session.add(row)
    return list(rows)


def lock(session: Session, row_id: int) -> OutboxRow | None:
    """A row, locked and read afresh."""
    query = select(OutboxRow).where(OutboxRow.id == row_id).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).first()


def by_key(session: Session, key: str) -> OutboxRow | None:
    """The row with this key."""
    return session.exec(select(OutboxRow).where(OutboxRow.key == key)).first()


def by_provider_sid(session: Session, sid: str) -> OutboxRow | None:
    """The row that Twilio knows by this name."""
    return session.exec(select(OutboxRow).where(OutboxRow.provider_sid == sid)).first()
