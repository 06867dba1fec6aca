"""The team's side of the policy: taking it, passing it on, handing it off, deadlines, closing."""

from datetime import timedelta

from dispatch.crisis import Channel, How, State
from dispatch.events import (
    Accepted,
    Closed,
    Declined,
    HandOffAsked,
    PageFailed,
    PageKind,
    Refused,
    TellKind,
)
from dispatch.pursuit import ALARM_ACCOUNT, Pursuit
from oncall.model import StaffId

HAND_OFF_PATIENCE = timedelta(seconds=120)
"""How long a colleague has to take a crisis that is handed to them."""


def accepted(pursuit: Pursuit, event: Accepted) -> None:
    """Somebody takes it. Raises Refused when it is closed or somebody else's."""
    crisis = pursuit.crisis
    if crisis.state is State.CLOSED:
        raise Refused("closed", "This crisis is closed.")
    if crisis.owner == event.staff and event.channel is not Channel.PHONE:
        _confirmed(pursuit)
        return
    if crisis.owner not in (None, event.staff) and crisis.handing_to != event.staff:
        raise Refused("taken", "Somebody else has taken it.", owner=crisis.owner)
    if event.channel is Channel.PHONE:
        _accepted_on_the_phone(pursuit, event)
    else:
        _accepted_in_writing(pursuit, event)


def _confirmed(pursuit: Pursuit) -> None:
    """The owner says again that it is theirs; that matters only after a further contact."""
    crisis = pursuit.crisis
    if crisis.state is State.ACCEPTED and crisis.due_at is not None and crisis.handing_to is None:
        pursuit.record("confirmed", "has it in hand", crisis.owner)
        pursuit.change(due_at=None)


def _accepted_on_the_phone(pursuit: Pursuit, event: Accepted) -> None:
    crisis = pursuit.crisis
    if crisis.line is None or crisis.line.leg != event.leg:
        if crisis.owner != event.staff:  # the caller has gone, or the ladder has climbed on
            _accepted_in_writing(pursuit, event)
        return
    pursuit.record("accepted", "accepted by phone", event.staff)
    pursuit.take(event.staff, State.TALKING)
    pursuit.change(due_at=None)


def _accepted_in_writing(pursuit: Pursuit, event: Accepted) -> None:
    before = pursuit.crisis
    pursuit.record("accepted", f"accepted by {event.channel}", event.staff)
    if before.owner is not None and before.handing_to == event.staff:
        pursuit.tell(before.owner, TellKind.HANDED_OFF, about=event.staff)
        pursuit.change(paged=before.paged - {before.owner})
    pursuit.change(tried=before.tried - {event.staff})
    if before.state is State.RINGING:
        if before.reaching is not None and before.reaching.staff != event.staff:
            pursuit.drop_leg()
        pursuit.take(event.staff, State.RINGING)
    elif before.state is State.TALKING:
        pursuit.take(event.staff, State.TALKING)
        pursuit.change(due_at=None)
    else:
        pursuit.take(event.staff, State.ACCEPTED)
        pursuit.change(due_at=None, reaching=None)


def declined(pursuit: Pursuit, event: Declined) -> None:
    """Somebody passes it on, or gives back what they had taken. Raises Refused."""
    crisis = pursuit.crisis
    if crisis.state is State.CLOSED:
        raise Refused("closed", "This crisis is closed.")
    if crisis.handing_to == event.staff:
        pursuit.record("declined", "declined the hand-off", event.staff)
        _hand_off_not_taken(pursuit)
    elif crisis.owner == event.staff:
        _given_back(pursuit, event.staff)
    else:
        pursuit.record("declined", f"declined by {event.channel}", event.staff)
        pursuit.change(tried=crisis.tried | {event.staff}, paged=crisis.paged - {event.staff})
        if event.staff in crisis.paged or crisis.state is State.RINGING:
            _climb_if_it_was_their_turn(pursuit, event)


def _climb_if_it_was_their_turn(pursuit: Pursuit, event: Declined) -> None:
    reaching = pursuit.crisis.reaching
    if reaching is not None and reaching.staff is not None:
        asked: StaffId | None = reaching.staff
    else:  # the caller is with the last resort; the pages stand on this rung
        rung, rungs = pursuit.crisis.rung, pursuit.ladder.rungs
        asked = rungs[rung].staff if rung is not None and rung < len(rungs) else None
    if pursuit.crisis.owner is not None or asked != event.staff:
        return
    if pursuit.crisis.state is State.RINGING:
        if event.channel is not Channel.PHONE:  # on the phone, the screening itself hangs up
            pursuit.drop_leg()
    else:
        pursuit.ask_the_next()


def _given_back(pursuit: Pursuit, staff: StaffId) -> None:
    if pursuit.crisis.state is State.TALKING:
        raise Refused("talking", "You are on the phone with the caller: hand it off instead.")
    pursuit.record("given_back", "gave it back", staff)
    pursuit.change(owner=None, handing_to=None, paged=pursuit.crisis.paged - {staff})
    if pursuit.crisis.state is State.RINGING:
        pursuit.change(tried=pursuit.crisis.tried | {staff})
        reaching = pursuit.crisis.reaching
        if reaching is not None and reaching.staff == staff:
            pursuit.drop_leg()
        return
    line = pursuit.crisis.line
    outside = line is not None and line.last_resort is not None
    pursuit.change(state=State.LAST_RESORT if outside else State.CALLBACK_NEEDED)
    pursuit.back_to_the_foot()
    pursuit.change(tried=frozenset({staff}))
    pursuit.climb_by_page(pursuit.page_kind())


def hand_off_asked(pursuit: Pursuit, event: HandOffAsked) -> None:
    """A colleague is asked to take it over. Raises Refused when nobody has it yet."""
    crisis = pursuit.crisis
    if crisis.state is State.CLOSED:
        raise Refused("closed", "This crisis is closed.")
    if crisis.owner is None:
        raise Refused("no_owner", "Nobody has taken it yet: accept it first.")
    if crisis.owner == event.to:
        raise Refused("same", "It is theirs already.")
    if crisis.state is State.TALKING and event.by == event.to:
        raise Refused("talking", "They are on the phone with the caller: ask them to hand it off.")
    if crisis.state is State.RINGING:
        raise Refused("ringing", "The caller is being connected: wait a moment.")
    if event.by == event.to:
        pursuit.change(handing_to=event.to)
        _accepted_in_writing(pursuit, Accepted(event.to, Channel.WEB))
        return
    pursuit.record("hand_off_asked", "is asked to take it over", event.to)
    pursuit.change(handing_to=event.to, due_at=pursuit.now + HAND_OFF_PATIENCE)
    pursuit.page(event.to, PageKind.HAND_OFF)


def _hand_off_not_taken(pursuit: Pursuit) -> None:
    to, owner = pursuit.crisis.handing_to, pursuit.crisis.owner
    pursuit.change(handing_to=None, due_at=None)
    if to is not None:
        pursuit.change(paged=pursuit.crisis.paged - {to})
    if owner is not None:
        pursuit.tell(owner, TellKind.HAND_OFF_NOT_TAKEN, about=to)


def page_failed(pursuit: Pursuit, event: PageFailed) -> None:
    """Nobody waits for the answer to a page that never arrived, nor for a hand-off by it."""
    code = "" if event.code is None else f" (Twilio: code {event.code})"
    what = "phone was rung in vain" if event.by_voice else "SMS could not be delivered"
    pursuit.record("page_failed", f"{what}{code}", event.staff)
    crisis = pursuit.crisis
    if event.hopeless and crisis.handing_to == event.staff:
        _hand_off_not_taken(pursuit)
    if crisis.owner is not None or not crisis.is_open:
        return
    if event.ours:
        pursuit.change(alarm=ALARM_ACCOUNT)
    reaching = crisis.reaching
    asked = reaching is not None and reaching.how is How.PAGE and reaching.staff == event.staff
    if asked and event.hopeless:
        pursuit.ask_the_next()


def due_reached(pursuit: Pursuit) -> None:
    """The deadline has come: what was waited for has not happened."""
    crisis = pursuit.crisis
    if crisis.due_at is None or crisis.due_at > pursuit.now:
        return
    if crisis.owner is not None and crisis.handing_to is not None:
        pursuit.record("hand_off_not_taken", "did not take it over in time", crisis.handing_to)
        _hand_off_not_taken(pursuit)
    elif crisis.state is State.RINGING:
        lost_sight(pursuit)
    elif crisis.state is State.ACCEPTED and crisis.owner is not None:
        pursuit.lapse("did not answer for a further contact: the pages start at the foot")
        pursuit.change(state=State.CALLBACK_NEEDED)
        pursuit.back_to_the_foot()
        pursuit.climb_by_page(pursuit.first_page_kind())
    elif crisis.owner is None and crisis.is_open:
        pursuit.climb_by_page(pursuit.page_kind())
    else:
        pursuit.change(due_at=None)


def lost_sight(pursuit: Pursuit) -> None:
    """The phone network has not told us how the ringing ended: assume the worst for the caller."""
    pursuit.record("lost_sight", "no word from the phone network: nobody may be with the caller")
    pursuit.caller_is_gone()
    pursuit.lose_sight()


def closed(pursuit: Pursuit, event: Closed) -> None:
    """It has ended with a disposition. Raises Refused while the caller is being connected."""
    crisis = pursuit.crisis
    if crisis.state is State.CLOSED:
        raise Refused("closed", "This crisis is closed already.")
    if crisis.state is State.RINGING or (crisis.state is State.LAST_RESORT and crisis.line):
        raise Refused(
            "on_the_line", "The caller is still on the line: wait until the call is over."
        )
    pursuit.record("closed", f"closed: {event.disposition.label}")
    for staff in sorted(crisis.paged - ({crisis.owner} if crisis.owner else set())):
        pursuit.tell(staff, TellKind.CLOSED)
    pursuit.change(
        state=State.CLOSED,
        disposition=event.disposition,
        closed_at=pursuit.now,
        due_at=None,
        reaching=None,
        handing_to=None,
        alarm=None,
        paged=frozenset(),
    )
