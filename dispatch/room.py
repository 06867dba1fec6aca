"""The conference that a talk becomes when somebody is brought in: who is in it, and how far."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oncall.model import StaffId


class Guest(StrEnum):
    """What kind of third party somebody is."""

    COLLEAGUE = "colleague"
    LIFELINE = "988"
    INTERPRETER = "interpreter"


class Presence(StrEnum):
    """How far a third party has come, in this order."""

    WAITING = "waiting"
    """They are rung as soon as the caller is in the conference."""
    CALLED = "called"
    """Their phone rings, or they hear what they are asked for."""
    JOINED = "joined"
    SPOKEN = "spoken"


@dataclass(frozen=True, slots=True)
class Party:
    """The third party. ``number`` counts those who were brought into this crisis, so that no two
    have the same; ``staff`` is who a colleague is, ``phone`` the number of an outside line.
    """

    number: int
    guest: Guest
    staff: StaffId | None = None
    phone: str | None = None
    presence: Presence = Presence.WAITING
    call_sid: str | None = None
    """Twilio's name for their leg, once it has told us."""
    over: bool = False
    """Their call is over, but not yet why: they hung up, or the whole room has ended."""

    @property
    def name(self) -> str:
        """A colleague's id, or a word for the outside line."""
        return self.staff or self.guest.value


@dataclass(frozen=True, slots=True)
class Conference:
    """A talk that has become, or is becoming, a conference.

    ``leg`` is the leg whose bridge it was: with the reference it names the room. ``worker`` is who
    keeps the caller company, on the leg ``worker_sid``: the conference ends with that leg until a
    third party has spoken, so that a broken line takes the caller back to us without any request of
    ours. ``due_at`` is when what is waited for counts as not happened (UTC).
    """

    leg: int
    worker: StaffId
    worker_sid: str
    party: Party | None
    due_at: datetime
    moved: bool = False
    """The worker is in the room; only then the caller follows."""
    open: bool = False
    """The caller is in the room as well."""
    worker_gone: bool = False
    stays: bool = False
    """The worker has left the caller with an outside line that has spoken."""
    fetching: bool = False
    """The caller seems to be alone in the room: we have asked Twilio to bring them back."""
    sid: str | None = None
    """Twilio's name for the room."""


def room_name(ref: str, leg: int) -> str:
    """What Twilio calls the room: a reference, nothing about anybody."""
    return f"{ref}-{leg}"
