"""The third party of a warm handoff: they are rung, join, speak, go, or stay with the caller.

Each word about them may come twice, late or before another: a presence only ever goes on.
"""

from dataclasses import replace
from datetime import timedelta

from dispatch.crisis import How, Reaching, State
from dispatch.events import DropLeg, PageKind, TellKind
from dispatch.pursuit import (
    LAST_RESORT_RING_SECONDS,
    SCREEN_AND_SLACK,
    TWILIO_EXTRA_RING,
    Pursuit,
)
from dispatch.room import Party, Presence
from dispatch.room_draft import (
    ALONE_PATIENCE,
    COMING,
    MOVE_PATIENCE,
    ROOM_PATIENCE,
    change,
    ends_with,
    room_of,
    sentence,
    wait_until,
)
from dispatch.room_events import (
    CallParty,
    PartyJoined,
    PartyOver,
    PartySeen,
    PartySpoke,
    WhyOver,
    WorkerLeft,
)
from oncall.model import StaffId

BROUGHT_IN = "brought in"
"""What stands for the tier of a colleague who came by a conference."""


def ring(pursuit: Pursuit) -> None:
    """Ring the third party, now that the caller is in the room."""
    room = room_of(pursuit)
    party = room.party
    if party is None:
        return
    seconds = LAST_RESORT_RING_SECONDS
    if party.staff is not None:
        seconds = pursuit.ring_rule_of(party.staff)[1]
        pursuit.page(party.staff, PageKind.BRING_IN)
    patience = timedelta(seconds=seconds) + TWILIO_EXTRA_RING + SCREEN_AND_SLACK
    change(pursuit, party=replace(party, presence=Presence.CALLED))
    wait_until(pursuit, patience)
    pursuit.effects.append(CallParty(party.number, room.leg, party.staff, party.phone, seconds))


def _present(pursuit: Pursuit, number: int) -> Party | None:
    """The third party with that number, while they are the one."""
    room = pursuit.crisis.conference
    party = None if room is None else room.party
    return party if party is not None and party.number == number else None


def seen(pursuit: Pursuit, event: PartySeen) -> None:
    """The leg to them has a name."""
    party = _present(pursuit, event.number)
    if party is None:
        pursuit.effects.append(DropLeg(event.call_sid))  # it rings for a call that is over
    elif party.call_sid is None:
        change(pursuit, party=replace(party, call_sid=event.call_sid))


def joined(pursuit: Pursuit, event: PartyJoined) -> None:
    """They are in the room, or have pressed 1 and are on their way into it."""
    party = _present(pursuit, event.number)
    if party is None:
        pursuit.effects.append(DropLeg(event.call_sid))
    elif party.presence in COMING:
        _has_joined(pursuit, party, event.call_sid)


def _has_joined(pursuit: Pursuit, party: Party, call_sid: str) -> None:
    pursuit.record("joined", sentence(party, "has joined the call"), party.staff)
    change(pursuit, party=replace(party, presence=Presence.JOINED, call_sid=call_sid))
    if not room_of(pursuit).worker_gone:
        wait_until(pursuit, ROOM_PATIENCE)


def spoke(pursuit: Pursuit, event: PartySpoke) -> None:
    """They have said something: the room no longer ends with the worker."""
    party = _present(pursuit, event.number)
    if party is None or party.presence is Presence.SPOKEN:
        return
    if party.presence in COMING:
        _has_joined(pursuit, party, event.call_sid)
    room = room_of(pursuit)
    pursuit.record("spoken", sentence(party, "has spoken in the call"), party.staff)
    spoken = replace(party, presence=Presence.SPOKEN, call_sid=event.call_sid)
    change(pursuit, party=spoken)
    if not room.worker_gone:
        ends_with(pursuit, room.worker_sid, spoken, ends=False)


def over(pursuit: Pursuit, event: PartyOver) -> None:
    """They will not come, or have gone; worker and caller go on."""
    party, room = _present(pursuit, event.number), pursuit.crisis.conference
    if party is None or room is None:
        return
    if room.worker_gone and not room.stays:
        return  # the caller is on their way back to the ladder
    came = party.presence not in COMING
    if came and not event.room_goes_on:
        change(pursuit, party=replace(party, over=True))
        wait_until(pursuit, ALONE_PATIENCE)
        return
    pursuit.record("party_left" if came else "not_joined", sentence(party, event.why), party.staff)
    if party.staff is not None:
        pursuit.change(paged=pursuit.crisis.paged - {party.staff})
    if room.stays:
        wait_until(pursuit, ALONE_PATIENCE)
        return
    change(pursuit, party=None)
    if not came and event.why is not WhyOver.DECLINED and party.call_sid is not None:
        pursuit.effects.append(DropLeg(party.call_sid))
    if party.presence is Presence.SPOKEN:
        ends_with(pursuit, room.worker_sid, party, ends=True)
    wait_until(pursuit, ROOM_PATIENCE if room.open else MOVE_PATIENCE)
    told = TellKind.PARTY_LEFT if came else TellKind.NOT_JOINED
    pursuit.tell(room.worker, told, about=party.name)


# The worker leaves ──────────────────────────────────────────────────────────────────────────────


def worker_left(pursuit: Pursuit, event: WorkerLeft) -> None:
    """The worker has left the caller: with somebody who has spoken, or alone."""
    room = pursuit.crisis.conference
    if room is None or (room.leg, room.worker_sid) != (event.leg, event.call_sid):
        return
    if room.worker_gone:
        return
    party = room.party
    change(pursuit, worker_gone=True)
    if room.open and party is not None and can_stay(party):
        pass_on(pursuit, party)
        return
    pursuit.record("left", "hung up", room.worker)
    if party is not None and party.presence in COMING and party.call_sid is not None:
        pursuit.effects.append(DropLeg(party.call_sid))
    if room.open:
        wait_until(pursuit, ALONE_PATIENCE)


def can_stay(party: Party) -> bool:
    """Whether the caller may be left with them."""
    return party.presence is Presence.SPOKEN and not party.over


def pass_on(pursuit: Pursuit, party: Party) -> None:
    """The worker has left the caller with somebody who has spoken: a colleague now owns it."""
    room = room_of(pursuit)
    pursuit.record("left", "left the call", room.worker)
    if party.call_sid is not None:
        ends_with(pursuit, party.call_sid, party, ends=True)
    wait_until(pursuit, ROOM_PATIENCE)
    if party.staff is None:
        change(pursuit, stays=True)
        owner = pursuit.crisis.owner
        pursuit.record("stays", sentence(party, "stays with the caller"))
        pursuit.record("still_owns", "still owns the crisis", owner)
        pursuit.change(reaching=None)
        return
    _take_over(pursuit, party.staff)
    change(
        pursuit,
        worker=party.staff,
        worker_sid=party.call_sid or room.worker_sid,
        worker_gone=False,
        party=None,
    )


def _take_over(pursuit: Pursuit, staff: StaffId) -> None:
    pursuit.change(reaching=Reaching(staff, BROUGHT_IN, How.CALL, pursuit.now))
    if pursuit.crisis.owner != staff:
        pursuit.record("accepted", "has taken it over in the call", staff)
        pursuit.take(staff, State.TALKING)
