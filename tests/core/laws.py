"""The laws that every decision keeps, whatever happens: each raises with its own words."""

from collections.abc import Set
from datetime import datetime

from dispatch.crisis import Crisis, How, State
from dispatch.escalation import Decision
from dispatch.events import (
    Accepted,
    CallArrived,
    CallerGone,
    CallerStays,
    Declined,
    DueReached,
    Event,
    HandOffAsked,
    LastResortEnded,
    LegEnded,
    Page,
    PageKind,
    Record,
    Ring,
    TeamChosen,
    Tell,
    TellKind,
    Voice,
)
from dispatch.pursuit import ALARM_LOST, ALARM_LOST_TOO
from dispatch.room import Presence
from dispatch.room_events import RoomAsked, RoomEnded, WorkerLeft
from oncall.ladder import Ladder
from oncall.model import StaffId
from tests.core.build import only

WITHOUT_OWNER = frozenset({State.RINGING, State.PAGING, State.CALLBACK_NEEDED, State.LAST_RESORT})


def wants_voice(event: Event) -> bool:
    """Whether a caller on the line waits for the answer to this event."""
    match event:
        case CallArrived() | TeamChosen() | CallerStays() | RoomAsked():
            return True
        case (
            LegEnded(caller_gone=gone)
            | LastResortEnded(caller_gone=gone)
            | RoomEnded(caller_gone=gone)
        ):
            return not gone
        case _:
            return False


def state_and_fields_agree(crisis: Crisis, now: datetime) -> None:
    """What must hold of a crisis at any time."""
    state, line, reaching = crisis.state, crisis.line, crisis.reaching
    closed = state is State.CLOSED
    assert crisis.owner is not None or closed or state in WITHOUT_OWNER, f"{state} without owner"
    assert crisis.owner is not None or closed or crisis.due_at, "neither owner nor deadline"
    assert state not in (State.RINGING, State.TALKING) or line, f"{state}, but nobody on the line"
    assert state is not State.RINGING or crisis.due_at, "a phone rings without a deadline"
    assert closed == (crisis.disposition is not None), f"{state} with {crisis.disposition}"
    assert closed == (crisis.closed_at is not None), f"{state}, closed at {crisis.closed_at}"
    if closed:
        idle = (crisis.due_at, reaching, crisis.handing_to, crisis.alarm, crisis.paged)
        assert idle == (None, None, None, None, frozenset()), "a closed crisis wants nothing more"
    if crisis.handing_to is not None:
        assert crisis.owner not in (None, crisis.handing_to), "handed over by nobody, or to oneself"
        assert crisis.due_at, "a hand-off without a deadline"
    assert crisis.alarm not in (ALARM_LOST, ALARM_LOST_TOO) or line is None, (
        "lost sight of a call that is in sight"
    )
    assert state is not State.TALKING or crisis.alarm is None, "an alarm while somebody talks"
    if reaching is not None:
        outside = reaching.how is How.LAST_RESORT
        assert outside == (reaching.staff is None)
        passed = line is not None and line.last_resort is not None
        assert not outside or passed, "shown as passed outside, but the caller is not there"
        assert reaching.how is not How.CALL or line is not None, "ringing for a caller who is gone"
    room = crisis.conference
    assert room is None or state is State.TALKING, f"a conference, but {state}"
    assert room is None or crisis.due_at, "a conference without a deadline"
    assert crisis.opened_at <= crisis.since <= now


def the_caller_is_answered(event: Event, decision: Decision) -> None:
    """A caller on the line always hears what happens next; nobody else is answered by voice."""
    voices = [effect for effect in decision.effects if isinstance(effect, Voice)]
    assert len(voices) == int(wants_voice(event)), f"{event} is answered with {voices}"


def the_right_phone_rings(decision: Decision, ladder: Ladder) -> None:
    """Who is rung can take the caller: nobody else owns the crisis, and they are on the ladder."""
    crisis = decision.crisis
    for ring in only(decision.effects, Ring):
        assert crisis.state is State.RINGING
        assert crisis.line is not None
        assert crisis.line.leg == ring.leg
        assert crisis.owner in (None, ring.staff), "rung for a crisis that somebody else owns"
        standing = {rung.staff for rung in ladder.rungs}
        assert ring.staff in standing or ring.staff == crisis.owner, "rung without being on call"


def ownership_moves_by_rule(before: Crisis, event: Event, decision: Decision) -> None:
    """An owner comes by an accept or a take-over, and goes by a recorded lapse or giving back."""
    old, new = before.owner, decision.crisis.owner
    if old == new:
        return
    records = {(record.kind, record.who) for record in only(decision.effects, Record)}
    if new is not None:
        match event:
            case Accepted(staff=staff):
                assert new == staff
                assert old is None or before.handing_to == staff, "taken from its owner"
            case HandOffAsked(to=to, by=by):
                assert new == to == by
            case WorkerLeft() | DueReached():
                room = before.conference
                assert room is not None, "passed on without a conference"
                assert room.party is not None, "passed on to nobody"
                assert (room.party.staff, room.party.presence) == (new, Presence.SPOKEN)
            case _:
                raise AssertionError(f"{event} made {new} the owner")
        assert ("accepted", new) in records
        return
    given_back = isinstance(event, Declined) and ("given_back", old) in records
    lapsed = ("lapsed", old) in records
    reopened = before.state is State.CLOSED and ("reopened", None) in records
    assert given_back or lapsed or reopened, f"{old} lost it without a word on the timeline"


def everybody_else_hears_who_has_it(
    before: Crisis, decision: Decision, waiting: Set[StaffId]
) -> None:
    """Whoever holds a page and waits is told once somebody has taken it."""
    new = decision.crisis.owner
    if new is None or new == before.owner:
        return
    told = [
        tell.staff
        for tell in only(decision.effects, Tell)
        if tell.kind in (TellKind.TAKEN, TellKind.HANDED_OFF)
    ]
    had_it = {before.owner} if before.owner else set()
    assert sorted(told) == sorted((waiting | had_it) - {new})


def pages_go_to_the_right_people(before: Crisis, decision: Decision, ladder: Ladder) -> None:
    """Pages go to people on call, or to whom it is handed; never while somebody owns it."""
    crisis = decision.crisis
    pages = only(decision.effects, Page)
    assert len({page.staff for page in pages}) == len(pages), "paged twice at one stroke"
    numbers = [one.number for one in decision.effects if isinstance(one, Page | Tell)]
    assert numbers == list(range(before.pages + 1, crisis.pages + 1))
    for page in pages:
        if page.kind is PageKind.HAND_OFF:
            assert page.staff == crisis.handing_to
        elif page.kind is PageKind.BRING_IN:
            room = crisis.conference
            assert room is not None
            assert room.party is not None
            assert page.staff == room.party.staff
        else:
            assert page.staff in {rung.staff for rung in ladder.rungs}
            assert crisis.owner is None, "paged although somebody owns it"


def nobody_is_paged_again_for_a_caller_who_left(
    before: Crisis, event: Event, decision: Decision
) -> None:
    """Where pages climb already, the end of the call is no reason to start them again."""
    climbing = before.state in (State.CALLBACK_NEEDED, State.LAST_RESORT) and (
        before.reaching is not None and before.reaching.how is How.PAGE
    )
    over = isinstance(event, LegEnded | LastResortEnded | CallerGone)
    if climbing and over and decision.crisis.line is None:
        assert not only(decision.effects, Page), "paged anew because the call ended"
