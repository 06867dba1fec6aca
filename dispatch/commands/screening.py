"""The worker's side of a call: what they hear before the bridge, and what their key does."""

from dataclasses import dataclass

from dispatch import callscript, prompts
from dispatch.commands.answering import once
from dispatch.commands.calls import NoSuchCall, script
from dispatch.commands.carrying_out import happen
from dispatch.crisis import Channel, Crisis, State
from dispatch.events import Accepted, Declined, LegSeen, Refused
from dispatch.store import crises
from dispatch.unit_of_work import UnitOfWork
from oncall.model import StaffId


@dataclass(frozen=True, slots=True)
class WorkerLeg:
    """A worker's phone that we ring for a caller: which leg of which crisis, and whose phone."""

    ref: str
    leg: int
    staff: StaffId
    leg_sid: str
    call_sid: str = ""
    """The caller's call: one that came in adrift has no crisis in its addresses."""


def screen(work: UnitOfWork, worker: WorkerLeg, public_url: str) -> str:
    """What the worker who picked up hears: whether there still is a caller, and what to press."""
    crisis = _crisis(work, worker)
    if crisis is None or not _waits(crisis, worker.leg):
        return callscript.hang_up(prompts.SCREEN_GONE)
    if crisis.owner not in (None, worker.staff):
        return callscript.hang_up(_taken(work, crisis.owner))
    if worker.leg_sid:
        event = LegSeen(worker.leg, worker.leg_sid)
        crisis = happen(work, crisis, event, public_url=public_url).crisis
    contact = crises.contact_of_call(work.session, crisis.line.call_sid if crisis.line else "")
    if contact is None:
        return callscript.hang_up(prompts.SCREEN_GONE)
    words = script(work, crisis, contact, public_url)
    return callscript.screen(words, worker.leg, worker.staff)


def _crisis(work: UnitOfWork, worker: WorkerLeg) -> Crisis | None:
    """The crisis that a leg is about, locked. Raises NoSuchCall for one not entered yet."""
    if worker.ref:
        return crises.lock(work.session, worker.ref)
    contact = crises.contact_of_call(work.session, worker.call_sid)
    if contact is None:
        raise NoSuchCall("its call came in while the database was away")
    return crises.lock(work.session, contact.crisis_ref)


def _waits(crisis: Crisis, leg: int) -> bool:
    """Whether a caller waits for this very leg."""
    line = crisis.line
    return crisis.state is State.RINGING and line is not None and line.leg == leg


def key_pressed(work: UnitOfWork, worker: WorkerLeg, digits: str | None, public_url: str) -> str:
    """1 takes the crisis and bridges, 2 passes it on, anything else hangs up."""
    key = f"leg/{worker.leg_sid or worker.ref}/{worker.leg}/key"
    return once(work, key, lambda: _key_pressed(work, worker, digits, public_url))


def _key_pressed(work: UnitOfWork, worker: WorkerLeg, digits: str | None, public_url: str) -> str:
    crisis = _crisis(work, worker)
    if crisis is None or worker.staff not in work.directory.staff:
        return callscript.hang_up(prompts.SCREEN_GONE)
    try:
        match digits:
            case "1":
                return _taken_by_phone(work, crisis, worker, public_url)
            case "2":
                event = Declined(worker.staff, Channel.PHONE)
                happen(work, crisis, event, public_url=public_url)
                return callscript.hang_up(prompts.SCREEN_PASSED)
            case _:
                return callscript.hang_up()
    except Refused as refused:
        if refused.owner is not None:
            return callscript.hang_up(_taken(work, refused.owner))
        return callscript.hang_up(
            prompts.SCREEN_CLOSED if refused.reason == "closed" else str(refused)
        )


def _taken_by_phone(work: UnitOfWork, crisis: Crisis, worker: WorkerLeg, public_url: str) -> str:
    caller = crises.contact_of_call(work.session, crisis.line.call_sid if crisis.line else "")
    work.caller_since = caller.at if caller else None
    event = Accepted(worker.staff, Channel.PHONE, worker.leg)
    after = happen(work, crisis, event, public_url=public_url).crisis
    if after.state is State.TALKING and after.line is not None and after.line.leg == worker.leg:
        return callscript.bridge()
    words = prompts.SCREEN_YOURS_NEXT if after.line is not None else prompts.SCREEN_YOURS_GONE
    return callscript.hang_up(words.format(ref=prompts.spelled(after.ref)))


def _taken(work: UnitOfWork, owner: StaffId | None) -> str:
    return prompts.SCREEN_TAKEN.format(name=work.directory.name_of(owner or "somebody else"))
