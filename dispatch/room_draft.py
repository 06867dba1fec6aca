"""A conference being moved on: small steps that the policy of warm handoffs is written with."""

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from dispatch.pursuit import Pursuit
from dispatch.room import Conference, Guest, Party, Presence
from dispatch.room_events import EndsWith

MOVE_PATIENCE = timedelta(seconds=30)
"""How long the worker's leg may take into the room; what is asked of Twilio expires before."""

ALONE_PATIENCE = timedelta(seconds=8)
"""How long the end of a room may take to reach us by itself, before we fetch the caller."""

ROOM_PATIENCE = timedelta(hours=4, minutes=5)
"""Twilio ends every call into a room after four hours: what we still believe then is wrong."""

COMING = (Presence.WAITING, Presence.CALLED)
"""How far somebody has come who is not in the room yet."""


def name_of(party: Party) -> str:
    """A third party in the timeline, where a colleague is named beside the text."""
    match party.guest:
        case Guest.COLLEAGUE:
            return "colleague"
        case Guest.LIFELINE:
            return "988"
        case Guest.INTERPRETER:
            return "the interpreter line"
        case _:
            assert_never(party.guest)


def room_of(pursuit: Pursuit) -> Conference:
    """The conference. Raises ValueError where there is none."""
    room = pursuit.crisis.conference
    if room is None:
        raise ValueError("there is no conference")
    return room


def change(pursuit: Pursuit, **fields: object) -> None:
    """Put new values into the conference."""
    pursuit.change(conference=replace(room_of(pursuit), **fields))  # type: ignore[arg-type]


def wait_until(pursuit: Pursuit, patience: timedelta) -> None:
    """Give what is waited for now this long; a hand-off's own deadline stays, if it is to come."""
    due_at, present = pursuit.now + patience, pursuit.crisis.due_at
    change(pursuit, due_at=due_at)
    if pursuit.crisis.handing_to is None or present is None or present <= pursuit.now:
        pursuit.change(due_at=due_at)


def sentence(party: Party, what: str) -> str:
    """A sentence of the timeline: a colleague's name stands before it already."""
    return what if party.staff is not None else f"{name_of(party)} {what}"


def ends_with(pursuit: Pursuit, call_sid: str, party: Party, *, ends: bool) -> None:
    """Say whether the room ends with somebody, once Twilio has told its name."""
    room = room_of(pursuit)
    if room.sid is not None:
        pursuit.effects.append(EndsWith(room.sid, call_sid, ends, party.number))
