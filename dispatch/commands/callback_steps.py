"""What the worker hears in a call back, and what their keys do.

Each step is one transaction and answers with the next document; a repeat gets it again.
"""

from dataclasses import dataclass
from datetime import timedelta

from dispatch import staff_script
from dispatch.callback_tables import CallBackRow
from dispatch.calling_back import CLIENTS_PHONE
from dispatch.commands.answering import once
from dispatch.commands.callback_ends import WorkerCall, address_of, finish, locked, moved_to
from dispatch.commands.callbacks import line_of
from dispatch.commands.carrying_out import happen
from dispatch.commands.hospital_steps import spoken
from dispatch.crisis import CallStage, Channel, Crisis
from dispatch.events import (
    CallBackAsked,
    CallBackEnd,
    CallBackMoved,
    CallBackTried,
    LegOutcome,
    Refused,
)
from dispatch.pursuit import TWILIO_EXTRA_RING
from dispatch.staff_script import CLIENT_RING_SECONDS, CallBackScript
from dispatch.store import callbacks, crises
from dispatch.store.callbacks import Stage
from dispatch.unit_of_work import UnitOfWork

ASKING_PATIENCE = timedelta(seconds=120)
"""The longest question, read three times, and a late callback."""

CLIENT_PATIENCE = timedelta(seconds=CLIENT_RING_SECONDS) + TWILIO_EXTRA_RING * 6
"""How long until we have heard of the client's phone."""

TALK_PATIENCE = timedelta(hours=4, minutes=2)
"""Twilio ends every connection after four hours (`timeLimit` of a Dial)."""


def answered(work: UnitOfWork, call: WorkerCall) -> str:
    """Somebody, or a machine, has answered the worker's phone: say what it is about."""

    def do() -> str:
        _, row = locked(work, call.id)
        if row is None or row.stage != Stage.RINGING.value:
            return staff_script.goodbye(staff_script.OVER)
        row.call_sid = call.sid
        return _ask(work, row, call.public_url)

    return once(work, f"call-back/{call.id}/{call.sid}/answered", do)


def _ask(work: UnitOfWork, row: CallBackRow, public_url: str) -> str:
    moved_to(work, row, Stage.ASKING, ASKING_PATIENCE)
    row.question += 1
    return staff_script.ask(_script(work, row, public_url), row.question, row.choices)


def key_pressed(work: UnitOfWork, call: WorkerCall, question: int, digits: str | None) -> str:
    """The worker pressed a key: it says which crisis, or is the 1 by which the client is rung."""

    def do() -> str:
        crisis, row = locked(work, call.id)
        if row is None or not _is_asked(row, call.sid, question):
            return staff_script.goodbye(staff_script.OVER)
        if digits is None or digits not in _keys(row):
            return _ask(work, row, call.public_url)
        try:
            crisis = crisis or _chosen(work, row, digits, call.public_url)
            return _ring_client(work, row, crisis, call.public_url)
        except Refused as refused:
            finish(work, row, crisis, CallBackEnd.DONE, call.public_url)
            return staff_script.goodbye(_why_not(work, refused))

    return once(work, f"call-back/{call.id}/{call.sid}/key/{question}", do)


def _is_asked(row: CallBackRow, sid: str, question: int) -> bool:
    return (row.stage, row.call_sid, row.question) == (Stage.ASKING.value, sid, question)


def _keys(row: CallBackRow) -> list[str]:
    return [str(key) for key, _ in enumerate(row.choices, start=1)]


def _chosen(work: UnitOfWork, row: CallBackRow, digits: str, public_url: str) -> Crisis:
    """The crisis whose client the worker of several has chosen to call. Raises Refused."""
    crisis = crises.lock(work.session, row.choices[int(digits) - 1])
    if crisis is None:
        raise Refused("closed", "This crisis is closed.")
    event = CallBackAsked(row.staff_id, Channel(row.channel))
    crisis = happen(work, crisis, event, public_url=public_url).crisis
    row.crisis_ref, row.choices = crisis.ref, [crisis.ref]
    row.line = line_of(work, crisis.team, crisis.ref) or row.line
    return crisis


def _ring_client(work: UnitOfWork, row: CallBackRow, crisis: Crisis, public_url: str) -> str:
    number = callbacks.number_to_call(work.session, crisis.ref)
    if number is None or number in work.directory.teams_by_line:
        raise Refused("no_number", "No number of the caller is known.")
    event = CallBackMoved(row.staff_id, CallStage.CLIENT)
    happen(work, crisis, event, public_url=public_url)
    moved_to(work, row, Stage.CLIENT, CLIENT_PATIENCE)
    row.attempt += 1
    script = _script(work, row, public_url)
    return staff_script.ring_client(script, row.attempt, row.line, number)


def _why_not(work: UnitOfWork, refused: Refused) -> str:
    if refused.owner is not None:
        return staff_script.TAKEN.format(name=work.directory.name_of(refused.owner))
    by_reason = {
        "closed": staff_script.CLOSED,
        "no_number": staff_script.NO_NUMBER,
        "talking": staff_script.CALLING_IN,
        "ringing": staff_script.CALLING_IN,
    }
    return by_reason.get(refused.reason, str(refused))


def client_answered(work: UnitOfWork, id_: str, attempt: int, public_url: str) -> None:
    """The client's phone, or a machine of theirs, has answered: the two are connected."""
    crisis, row = locked(work, id_)
    if crisis is None or row is None or (row.stage, row.attempt) != (Stage.CLIENT.value, attempt):
        return
    moved_to(work, row, Stage.TALKING, TALK_PATIENCE)
    event = CallBackMoved(row.staff_id, CallStage.TALKING)
    happen(work, crisis, event, public_url=public_url)
    spoken(work, crisis.ref, row.staff_id)


@dataclass(frozen=True, slots=True)
class ClientLeg:
    """How one ringing of the client's phone ended; `owner_gone`: the worker's call is over too."""

    attempt: int
    outcome: LegOutcome
    bridged: bool
    seconds: int
    owner_gone: bool


def tried(work: UnitOfWork, call: WorkerCall, leg: ClientLeg) -> str:
    """The client's phone has stopped ringing, or one of the two has hung up."""

    def do() -> str:
        crisis, row = locked(work, call.id)
        if crisis is None or row is None:
            return staff_script.goodbye(staff_script.OVER)
        runs = row.ended_at is None
        if runs or leg.bridged:
            event = CallBackTried(
                row.staff_id, leg.outcome, leg.bridged, leg.seconds, leg.owner_gone
            )
            crisis = happen(work, crisis, event, public_url=call.public_url).crisis
        if leg.owner_gone and runs:
            finish(work, row, crisis, CallBackEnd.DONE, call.public_url)
        if leg.owner_gone or not runs:
            return staff_script.goodbye(staff_script.OVER)
        moved_to(work, row, Stage.ASKING, ASKING_PATIENCE)
        row.question += 1
        words = staff_script.AGAIN_AFTER_TALK
        if not leg.bridged:
            words = staff_script.AGAIN.format(outcome=CLIENTS_PHONE[leg.outcome])
        return staff_script.ask_again(_script(work, row, call.public_url), row.question, words)

    return once(work, f"call-back/{call.id}/{call.sid}/tried/{leg.attempt}", do)


def _script(work: UnitOfWork, row: CallBackRow, public_url: str) -> CallBackScript:
    team = work.directory.teams.get(row.team_id)
    return CallBackScript(address_of(public_url, row), team.name if team else "")
