"""How a call back ends: by the phone network's news, a deadline, or the client who calls in."""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from dispatch.callback_tables import CallBackRow
from dispatch.calling_back import THEIRS_AGAIN
from dispatch.commands.carrying_out import happen
from dispatch.commands.staff_texts import text_to
from dispatch.crisis import Crisis
from dispatch.events import (
    CallBackEnd,
    CallBackEnded,
)
from dispatch.store import callbacks, crises
from dispatch.store.callbacks import Stage
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from notifications import outbox, wording

log = structlog.get_logger()

LAST_WORD = timedelta(seconds=20)
"""How long after the end of the worker's call the news of the client's leg may take."""

OVER = ("completed", "busy", "failed", "no-answer", "canceled")
"""Twilio's words for a call that is over."""


@dataclass(frozen=True, slots=True)
class WorkerCall:
    """A request about the worker's leg of a call back: which call back, and Twilio's name of it."""

    id: str
    sid: str
    public_url: str


def key_of(row: CallBackRow) -> str:
    """The outbox's key of the call to the worker."""
    return f"call-back/{row.id}"


def address_of(public_url: str, row: CallBackRow) -> str:
    """Where the phone network asks about a call back: it says nothing about anybody."""
    return f"{public_url}/twilio/call-back/{row.id}"


def worker_status(work: UnitOfWork, call: WorkerCall, status: str, sequence: int) -> None:
    """The phone network's news of the worker's leg; late and repeated news changes nothing."""
    crisis, row = locked(work, call.id)
    if row is None:
        return
    if row.ended_at is not None:
        if row.call_sid is None and status not in OVER:  # ended before it had a name
            _drop(work, row, call.sid)
        return
    if row.call_sid not in (None, call.sid) or sequence <= row.sequence:
        return
    row.call_sid, row.sequence = call.sid, sequence
    work.session.add(row)
    if status in OVER:
        _worker_gone(work, row, crisis, status, call.public_url)


def _worker_gone(
    work: UnitOfWork, row: CallBackRow, crisis: Crisis | None, status: str, public_url: str
) -> None:
    match Stage(row.stage):
        case Stage.RINGING if status == "completed":
            finish(work, row, crisis, CallBackEnd.NO_KEY, public_url)
        case Stage.RINGING:
            refused = status == "failed"
            end = CallBackEnd.NOT_RUNG if refused else CallBackEnd.NOT_ANSWERED
            finish(work, row, crisis, end, public_url)
        case Stage.ASKING:
            end = CallBackEnd.NO_KEY if row.attempt == 0 else CallBackEnd.DONE
            finish(work, row, crisis, end, public_url)
        case Stage.CLIENT | Stage.TALKING:
            row.due_at = work.now + LAST_WORD  # the news of the client's leg says how it went
        case Stage.ENDED:
            pass


def not_rung(work: UnitOfWork, key: str, public_url: str) -> None:
    """The phone network has not taken a call back, and will not."""
    crisis, row = locked(work, key.rpartition("/")[2])
    if row is not None and row.stage == Stage.RINGING.value:
        finish(work, row, crisis, CallBackEnd.NOT_RUNG, public_url)


def work_off_callbacks(unit_of_work: UnitsOfWork, public_url: str) -> None:
    """End the calls back of which nothing was heard in time, each on its own."""
    with unit_of_work.reading() as work:
        due = callbacks.due(work.session, work.now)
    for id_ in due:
        try:
            with unit_of_work() as work:
                _due_reached(work, id_, public_url)
        except Exception as error:  # noqa: BLE001  whatever it is, the others must not wait for it
            log.error("call_back_not_ended", error=type(error).__name__)


def _due_reached(work: UnitOfWork, id_: str, public_url: str) -> None:
    crisis, row = locked(work, id_)
    if row is None or row.ended_at is not None or row.due_at > work.now:
        return  # another node, or a word of the phone network, was faster
    ringing = row.stage == Stage.RINGING.value
    end = CallBackEnd.NOT_RUNG if ringing else CallBackEnd.NO_WORD
    finish(work, row, crisis, end, public_url)


def give_way(work: UnitOfWork, crisis: Crisis, public_url: str) -> Crisis:
    """The client is calling in: free the phone that is rung to call them back."""
    for row in callbacks.running_for(work.session, crisis.ref):
        outbox.withdraw(work.session, key_of(row))
        if row.call_sid is not None:
            _drop(work, row, row.call_sid)
        crisis = finish(work, row, crisis, CallBackEnd.GAVE_WAY, public_url) or crisis
    return crisis


def _drop(work: UnitOfWork, row: CallBackRow, sid: str) -> None:
    work.sends = True
    key = f"{key_of(row)}/drop/{sid}"
    outbox.put_drop_leg(work.session, key=key, now=work.now, leg_sid=sid, crisis_ref=row.crisis_ref)


def finish(
    work: UnitOfWork,
    row: CallBackRow,
    crisis: Crisis | None,
    end: CallBackEnd,
    public_url: str,
) -> Crisis | None:
    """End it, and tell its crisis why, or the worker where none was chosen yet."""
    row.stage, row.ended_at = Stage.ENDED.value, work.now
    work.session.add(row)
    if crisis is not None:
        return happen(work, crisis, CallBackEnded(row.staff_id, end), public_url=public_url).crisis
    if end in THEIRS_AGAIN:
        body = wording.told_not_connected(", ".join(row.choices[:6]))
        text_to(work, row.staff_id, row.team_id, key=f"{key_of(row)}/ended", body=body)
    return None


def moved_to(work: UnitOfWork, row: CallBackRow, stage: Stage, patience: timedelta) -> None:
    """It has come further; `patience` is how long until something must have been heard of it."""
    row.stage, row.due_at = stage.value, work.now + patience
    work.session.add(row)


def locked(work: UnitOfWork, id_: str) -> tuple[Crisis | None, CallBackRow | None]:
    """A call back and its crisis, both locked; the crisis is None until one is chosen."""
    seen = callbacks.find(work.session, id_)
    crisis = crises.lock(work.session, seen.crisis_ref) if seen and seen.crisis_ref else None
    row = callbacks.lock(work.session, id_)
    if row is not None and row.crisis_ref and crisis is None:  # it was chosen at this instant
        crisis = crises.lock(work.session, row.crisis_ref)
    return crisis, row
