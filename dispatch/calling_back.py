"""The policy of calling back by our line: who may, what the timeline says of it, who is told."""

from dispatch.crisis import CallingBack, CallStage, State
from dispatch.events import (
    CallBackAsked,
    CallBackEnd,
    CallBackEnded,
    CallBackMoved,
    CallBackTried,
    LegOutcome,
    Refused,
    TellKind,
)
from dispatch.pursuit import Pursuit
from oncall.model import StaffId

CLIENTS_PHONE = {
    LegOutcome.COMPLETED: "could not be connected",
    LegOutcome.BUSY: "is busy",
    LegOutcome.NO_ANSWER: "was not answered",
    LegOutcome.FAILED: "could not be reached",
    LegOutcome.CANCELED: "was not answered",
    LegOutcome.UNKNOWN: "stopped ringing without a word from the phone network",
}

ENDS = {
    CallBackEnd.NOT_ANSWERED: "did not answer their own phone: the client was not called",
    CallBackEnd.NO_KEY: "phone was answered, but nobody pressed 1: the client was not called",
    CallBackEnd.NOT_RUNG: "phone could not be rung: the client was not called",
    CallBackEnd.NO_WORD: "no word from the phone network about the call back",
    CallBackEnd.GAVE_WAY: "call back was broken off: the client is calling in",
}

THEIRS_AGAIN = (CallBackEnd.NOT_ANSWERED, CallBackEnd.NO_KEY, CallBackEnd.NOT_RUNG)
"""After these the owner is texted: they may not know that they were rung."""


def asked(pursuit: Pursuit, event: CallBackAsked) -> None:
    """The owner wants to be connected with the client. Raises Refused."""
    _refuse(pursuit, event.staff)
    calling = pursuit.crisis.calling
    if calling is not None and calling.stage is CallStage.TALKING:
        raise Refused("calling", "A call back to the client is running already.")
    if calling is not None and calling.staff == event.staff:
        raise Refused("calling", "Your phone is being rung for it already.")
    pursuit.record("call_back_asked", f"asked by {event.channel} to call the client", event.staff)
    pursuit.change(calling=CallingBack(event.staff, CallStage.OWNER, pursuit.now))


def moved(pursuit: Pursuit, event: CallBackMoved) -> None:
    """It has come further. Raises Refused where the client may not be rung any more."""
    match event.stage:
        case CallStage.OWNER:
            pass
        case CallStage.CLIENT:
            _refuse(pursuit, event.staff)
            pursuit.record("call_back_rings", "client's phone is being rung", event.staff)
            _in_hand(pursuit)
        case CallStage.TALKING:
            pursuit.record("call_back_connected", "is connected with the client", event.staff)
            _in_hand(pursuit)
    if _is_theirs(pursuit, event.staff):
        pursuit.change(calling=CallingBack(event.staff, event.stage, pursuit.now))


def _refuse(pursuit: Pursuit, staff: StaffId) -> None:
    crisis = pursuit.crisis
    if crisis.state is State.CLOSED:
        raise Refused("closed", "This crisis is closed.")
    if crisis.owner is None:
        raise Refused("no_owner", "Nobody has taken it yet: accept it first.")
    if crisis.owner != staff:
        raise Refused("taken", "Somebody else has taken it.", owner=crisis.owner)
    if crisis.state is State.TALKING:
        raise Refused("talking", "You are on the phone with the caller.")
    if crisis.state is State.RINGING:
        raise Refused("ringing", "The caller is on the line: your phone rings in a moment.")
    if crisis.line is not None and crisis.line.last_resort is not None:
        raise Refused("outside", "The caller is with 988: wait until that call is over.")


def _in_hand(pursuit: Pursuit) -> None:
    """Whoever calls back has answered for a further contact."""
    crisis = pursuit.crisis
    if crisis.state is State.ACCEPTED and crisis.handing_to is None:
        pursuit.change(due_at=None)


def _is_theirs(pursuit: Pursuit, staff: StaffId) -> bool:
    """Whether the call back that is shown is this one: a later owner may have begun another."""
    calling = pursuit.crisis.calling
    return calling is not None and calling.staff == staff


def tried(pursuit: Pursuit, event: CallBackTried) -> None:
    """The client's phone has stopped ringing, or the two are no longer connected."""
    if event.bridged:
        text = f"was connected with the client's phone for {event.seconds} s"
        pursuit.record("call_back_talked", text, event.staff)
    elif event.owner_gone:
        pursuit.record("call_back_left", "hung up before the client answered", event.staff)
    else:
        text = f"client's phone {CLIENTS_PHONE[event.outcome]}"
        pursuit.record("call_back_not_reached", text, event.staff)
    if _is_theirs(pursuit, event.staff):
        pursuit.change(calling=CallingBack(event.staff, CallStage.OWNER, pursuit.now))


def ended(pursuit: Pursuit, event: CallBackEnded) -> None:
    """It is over; an owner who was not reached for it is told how to begin again."""
    if _is_theirs(pursuit, event.staff):
        pursuit.change(calling=None)
    if event.end is CallBackEnd.DONE:
        return
    pursuit.record("call_back_ended", ENDS[event.end], event.staff)
    crisis = pursuit.crisis
    if event.end in THEIRS_AGAIN and crisis.owner == event.staff and crisis.is_open:
        pursuit.tell(event.staff, TellKind.NOT_CONNECTED)
