"""Calling a client back by our line: the worker's own phone is rung, and then the client's.

Whoever asks for it, and from wherever, is rung on the phone that is known to be theirs: a number
can be pretended, a phone can't. The client's phone is rung only once somebody there has pressed a
key. Each step is one transaction and answers with the next document; a repeat gets it again.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from dispatch import callscript, staff_script
from dispatch.callback_tables import CallBackRow
from dispatch.calling_back import CLIENTS_PHONE, THEIRS_AGAIN
from dispatch.commands.answering import once
from dispatch.commands.carrying_out import happen, sms_line
from dispatch.commands.staff_texts import text_to
from dispatch.crisis import CallStage, Channel, Crisis
from dispatch.events import (
    CallBackAsked,
    CallBackEnd,
    CallBackEnded,
    CallBackMoved,
    CallBackTried,
    LegOutcome,
    Refused,
)
from dispatch.pursuit import TWILIO_EXTRA_RING
from dispatch.staff_script import CLIENT_RING_SECONDS, CallBackScript
from dispatch.store import callbacks, crises
from dispatch.store.callbacks import Stage
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from notifications import outbox, wording
from notifications.outbox import CALL_BACK_LIFE
from oncall.model import StaffId, TeamId

AFTER_THE_CALL = timedelta(seconds=6)
"""A worker who asks for it on the phone is rung once they have hung up."""

IN_VAIN_AT_MOST = 3
IN_VAIN_WITHIN = timedelta(minutes=10)
"""Whoever pretends to call or text from a worker's phone does not keep them awake for long."""

RINGING_PATIENCE = CALL_BACK_LIFE + timedelta(seconds=60)
"""How long until we have heard of the worker's phone: it rings for 40 s once the call is placed."""

ASKING_PATIENCE = timedelta(seconds=120)
"""The longest question, read three times, and a late callback."""

CLIENT_PATIENCE = timedelta(seconds=CLIENT_RING_SECONDS) + TWILIO_EXTRA_RING * 6
"""How long until we have heard of the client's phone."""

TALK_PATIENCE = timedelta(hours=4, minutes=2)
"""Twilio ends every connection after four hours (`timeLimit` of a Dial)."""

LAST_WORD = timedelta(seconds=20)
"""How long after the end of the worker's call the news of the client's leg may take."""

OVER = ("completed", "busy", "failed", "no-answer", "canceled")
"""Twilio's words for a call that is over."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants to be rung, and how they said so; `by` names the login that asked."""

    staff: StaffId
    channel: Channel
    by: str | None = None


@dataclass(frozen=True, slots=True)
class WorkerCall:
    """A request about the worker's leg of a call back: which call back, and Twilio's name of it."""

    id: str
    sid: str
    public_url: str


# Wanting one ────────────────────────────────────────────────────────────────────────────────────


def call_back(work: UnitOfWork, ref: str, wish: Wish, public_url: str) -> Crisis:
    """Ring its owner to join them with the client of a crisis. Raises Refused, LookupError."""
    crisis = crises.lock(work.session, ref)
    if crisis is None:
        raise LookupError(f"no crisis has the reference {ref}")
    _refuse_now(work, wish)
    if callbacks.number_to_call(work.session, crisis.ref) is None:
        raise Refused("no_number", "No number of the caller is known: it was withheld.")
    event = CallBackAsked(wish.staff, wish.channel)
    after = happen(work, crisis, event, public_url=public_url, by=wish.by).crisis
    _ring_worker(work, wish, after.team, after.ref, [after.ref], public_url)
    return after


def call_one_of(work: UnitOfWork, open_ones: Sequence[Crisis], wish: Wish, public_url: str) -> None:
    """Ring the owner of several crises, who is asked then which is meant. Raises Refused."""
    _refuse_now(work, wish)
    refs = [crisis.ref for crisis in open_ones][:9]
    _ring_worker(work, wish, open_ones[0].team, None, refs, public_url)


def _refuse_now(work: UnitOfWork, wish: Wish) -> None:
    staff = wish.staff
    member = work.directory.staff.get(staff)
    if member is None or not member.active or not member.person.verified:
        raise Refused("not_verified", "Your phone is not verified: verify it on My shifts first.")
    if not member.person.voice:
        raise Refused("no_voice", "Your phone cannot be rung: the phone network refuses it.")
    if callbacks.runs_of(work.session, staff):
        raise Refused("calling", "Your phone is being rung for a call back already.")
    in_vain = callbacks.rung_in_vain(work.session, staff, work.now - IN_VAIN_WITHIN)
    if wish.channel is not Channel.WEB and in_vain >= IN_VAIN_AT_MOST:
        raise Refused("in_vain", "You were rung in vain three times: begin it on the web.")


def _ring_worker(
    work: UnitOfWork,
    wish: Wish,
    team: TeamId,
    ref: str | None,
    refs: Sequence[str],
    public_url: str,
) -> None:
    line = _line(work, team, ref)
    if line is None:
        raise Refused("no_line", "The agency has no line to call from.")
    after = AFTER_THE_CALL if wish.channel is Channel.PHONE else timedelta()
    row = CallBackRow(
        id=secrets.token_hex(8),
        staff_id=wish.staff,
        crisis_ref=ref,
        choices=list(refs),
        team_id=team,
        line=line,
        channel=wish.channel.value,
        stage=Stage.RINGING.value,
        asked_at=work.now,
        due_at=work.now + after + RINGING_PATIENCE,
    )
    if not callbacks.create(work.session, row):
        raise RuntimeError("two calls back of one person were begun at the same instant")
    outbox.put_call_back(
        work.session,
        key=_key(row),
        now=work.now,
        after=after,
        to_phone=work.directory.staff[wish.staff].phone,
        from_phone=line,
        address=_address(public_url, row) + callscript.CONNECTION_OVERRIDES,
        staff_id=wish.staff,
    )
    work.sends = True


def _line(work: UnitOfWork, team: TeamId, ref: str | None) -> str | None:
    """The number that is shown to both: the one that the client dialled, else the team's."""
    contacts = crises.contacts(work.session, ref) if ref else []
    dialled = (one.line for one in reversed(contacts) if one.line)
    ours = (line for line in dialled if line in work.directory.teams_by_line)
    return next(ours, None) or sms_line(work, team)


def _key(row: CallBackRow) -> str:
    return f"call-back/{row.id}"


def _address(public_url: str, row: CallBackRow) -> str:
    return f"{public_url}/twilio/call-back/{row.id}"


# What the worker hears ──────────────────────────────────────────────────────────────────────────


def answered(work: UnitOfWork, call: WorkerCall) -> str:
    """Somebody, or a machine, has answered the worker's phone: say what it is about."""

    def do() -> str:
        _, row = _locked(work, call.id)
        if row is None or row.stage != Stage.RINGING.value:
            return staff_script.goodbye(staff_script.OVER)
        row.call_sid = call.sid
        return _ask(work, row, call.public_url)

    return once(work, f"call-back/{call.id}/{call.sid}/answered", do)


def _ask(work: UnitOfWork, row: CallBackRow, public_url: str) -> str:
    _to(work, row, Stage.ASKING, ASKING_PATIENCE)
    row.question += 1
    return staff_script.ask(_script(work, row, public_url), row.question, row.choices)


def key_pressed(work: UnitOfWork, call: WorkerCall, question: int, digits: str | None) -> str:
    """The worker pressed a key: it says which crisis, or is the 1 by which the client is rung."""

    def do() -> str:
        crisis, row = _locked(work, call.id)
        if row is None or not _is_asked(row, call.sid, question):
            return staff_script.goodbye(staff_script.OVER)
        if digits is None or digits not in _keys(row):
            return _ask(work, row, call.public_url)
        try:
            crisis = crisis or _chosen(work, row, digits, call.public_url)
            return _ring_client(work, row, crisis, call.public_url)
        except Refused as refused:
            _end(work, row, crisis, CallBackEnd.DONE, call.public_url)
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
    row.line = _line(work, crisis.team, crisis.ref) or row.line
    return crisis


def _ring_client(work: UnitOfWork, row: CallBackRow, crisis: Crisis, public_url: str) -> str:
    number = callbacks.number_to_call(work.session, crisis.ref)
    if number is None or number in work.directory.teams_by_line:
        raise Refused("no_number", "No number of the caller is known.")
    event = CallBackMoved(row.staff_id, CallStage.CLIENT)
    happen(work, crisis, event, public_url=public_url)
    _to(work, row, Stage.CLIENT, CLIENT_PATIENCE)
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
    crisis, row = _locked(work, id_)
    if crisis is None or row is None or (row.stage, row.attempt) != (Stage.CLIENT.value, attempt):
        return
    _to(work, row, Stage.TALKING, TALK_PATIENCE)
    event = CallBackMoved(row.staff_id, CallStage.TALKING)
    happen(work, crisis, event, public_url=public_url)


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
        crisis, row = _locked(work, call.id)
        if crisis is None or row is None:
            return staff_script.goodbye(staff_script.OVER)
        runs = row.ended_at is None
        if runs or leg.bridged:
            event = CallBackTried(
                row.staff_id, leg.outcome, leg.bridged, leg.seconds, leg.owner_gone
            )
            crisis = happen(work, crisis, event, public_url=call.public_url).crisis
        if leg.owner_gone and runs:
            _end(work, row, crisis, CallBackEnd.DONE, call.public_url)
        if leg.owner_gone or not runs:
            return staff_script.goodbye(staff_script.OVER)
        _to(work, row, Stage.ASKING, ASKING_PATIENCE)
        row.question += 1
        words = staff_script.AGAIN_AFTER_TALK
        if not leg.bridged:
            words = staff_script.AGAIN.format(outcome=CLIENTS_PHONE[leg.outcome])
        return staff_script.ask_again(_script(work, row, call.public_url), row.question, words)

    return once(work, f"call-back/{call.id}/{call.sid}/tried/{leg.attempt}", do)


def _script(work: UnitOfWork, row: CallBackRow, public_url: str) -> CallBackScript:
    team = work.directory.teams.get(row.team_id)
    return CallBackScript(_address(public_url, row), team.name if team else "")


# How it ends ────────────────────────────────────────────────────────────────────────────────────


def worker_status(work: UnitOfWork, call: WorkerCall, status: str, sequence: int) -> None:
    """The phone network's news of the worker's leg; late and repeated news changes nothing."""
    crisis, row = _locked(work, call.id)
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
            _end(work, row, crisis, CallBackEnd.NO_KEY, public_url)
        case Stage.RINGING:
            refused = status == "failed"
            end = CallBackEnd.NOT_RUNG if refused else CallBackEnd.NOT_ANSWERED
            _end(work, row, crisis, end, public_url)
        case Stage.ASKING:
            end = CallBackEnd.NO_KEY if row.attempt == 0 else CallBackEnd.DONE
            _end(work, row, crisis, end, public_url)
        case Stage.CLIENT | Stage.TALKING:
            row.due_at = work.now + LAST_WORD  # the news of the client's leg says how it went
        case Stage.ENDED:
            pass


def not_rung(work: UnitOfWork, key: str, public_url: str) -> None:
    """The phone network has not taken a call back, and will not."""
    crisis, row = _locked(work, key.rpartition("/")[2])
    if row is not None and row.stage == Stage.RINGING.value:
        _end(work, row, crisis, CallBackEnd.NOT_RUNG, public_url)


def work_off_callbacks(unit_of_work: UnitsOfWork, public_url: str) -> None:
    """End the calls back of which nothing was heard in time, each on its own."""
    with unit_of_work.reading() as work:
        due = callbacks.due(work.session, work.now)
    for id_ in due:
        with unit_of_work() as work:
            crisis, row = _locked(work, id_)
            if row is None or row.ended_at is not None or row.due_at > work.now:
                continue  # another node, or a word of the phone network, was faster
            ringing = row.stage == Stage.RINGING.value
            end = CallBackEnd.NOT_RUNG if ringing else CallBackEnd.NO_WORD
            _end(work, row, crisis, end, public_url)


def give_way(work: UnitOfWork, crisis: Crisis, public_url: str) -> Crisis:
    """The client is calling in: free the phone that is rung to call them back."""
    for row in callbacks.running_for(work.session, crisis.ref):
        outbox.withdraw(work.session, _key(row))
        if row.call_sid is not None:
            _drop(work, row, row.call_sid)
        crisis = _end(work, row, crisis, CallBackEnd.GAVE_WAY, public_url) or crisis
    return crisis


def _drop(work: UnitOfWork, row: CallBackRow, sid: str) -> None:
    work.sends = True
    key = f"{_key(row)}/drop/{sid}"
    outbox.put_drop_leg(work.session, key=key, now=work.now, leg_sid=sid, crisis_ref=row.crisis_ref)


def _end(
    work: UnitOfWork,
    row: CallBackRow,
    crisis: Crisis | None,
    end: CallBackEnd,
    public_url: str,
) -> Crisis | None:
    row.stage, row.ended_at = Stage.ENDED.value, work.now
    work.session.add(row)
    if crisis is not None:
        return happen(work, crisis, CallBackEnded(row.staff_id, end), public_url=public_url).crisis
    if end in THEIRS_AGAIN:
        body = wording.told_not_connected(", ".join(row.choices[:6]))
        text_to(work, row.staff_id, row.team_id, key=f"{_key(row)}/ended", body=body)
    return None


def _to(work: UnitOfWork, row: CallBackRow, stage: Stage, patience: timedelta) -> None:
    row.stage, row.due_at = stage.value, work.now + patience
    work.session.add(row)


def _locked(work: UnitOfWork, id_: str) -> tuple[Crisis | None, CallBackRow | None]:
    """A call back and its crisis, both locked; the crisis is None until one is chosen."""
    seen = callbacks.find(work.session, id_)
    crisis = crises.lock(work.session, seen.crisis_ref) if seen and seen.crisis_ref else None
    row = callbacks.lock(work.session, id_)
    if row is not None and row.crisis_ref and crisis is None:  # it was chosen at this instant
        crisis = crises.lock(work.session, row.crisis_ref)
    return crisis, row
