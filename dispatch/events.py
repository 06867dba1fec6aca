"""What can happen to a crisis, and what Vigil does about it: events in, effects out, all data."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch.crisis import Channel, Disposition
from dispatch.room_events import EnterRoom, RoomEffect, RoomEvent, WaitForRoom
from oncall.model import StaffId, TeamId, Tier


@dataclass(frozen=True, slots=True)
class CallArrived:
    """A caller is on the line and their team is known."""

    call_sid: str


@dataclass(frozen=True, slots=True)
class TeamAsked:
    """A caller is on the line and is being asked which team they want."""

    call_sid: str
    seconds: int
    """How long the question may take before we have lost sight of the call."""


@dataclass(frozen=True, slots=True)
class TeamChosen:
    """The caller has said which team they want, or has stayed on the line."""

    team: TeamId
    call_sid: str


@dataclass(frozen=True, slots=True)
class LegSeen:
    """Twilio told us the name of the leg that is ringing somebody's phone."""

    leg: int
    leg_sid: str


class LegOutcome(StrEnum):
    """How one attempt to reach somebody by phone ended, in Twilio's DialCallStatus words."""

    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LegEnded:
    """The phone that was rung for the caller has stopped ringing or hung up."""

    call_sid: str
    leg: int
    outcome: LegOutcome
    bridged: bool
    seconds: int
    caller_gone: bool


@dataclass(frozen=True, slots=True)
class LastResortEnded:
    """A number outside the team (the `index`-th) has stopped ringing or hung up.

    It may come for a call that was passed outside without a decision, because the database was
    away or a handler failed.
    """

    call_sid: str
    index: int
    outcome: LegOutcome
    bridged: bool
    seconds: int
    caller_gone: bool


@dataclass(frozen=True, slots=True)
class CallerStays:
    """After a talk that ended, the caller asked to be connected again."""

    call_sid: str


@dataclass(frozen=True, slots=True)
class CallerGone:
    """The caller's call is over, whatever we were doing."""

    call_sid: str


@dataclass(frozen=True, slots=True)
class Reported:
    """A crisis line, a text or a member of staff reported a crisis; no caller is on the line."""


@dataclass(frozen=True, slots=True)
class ReportedAgain:
    """A further contact of a crisis that is open already; no caller is on the line."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A member of staff takes the crisis. ``leg`` is given when they pressed 1 on the phone."""

    staff: StaffId
    channel: Channel
    leg: int | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """A member of staff cannot take it, or gives back what they had taken."""

    staff: StaffId
    channel: Channel


@dataclass(frozen=True, slots=True)
class HandOffAsked:
    """``by`` (a name to show) asks ``to`` to take the crisis over."""

    to: StaffId
    by: StaffId | None


@dataclass(frozen=True, slots=True)
class PageFailed:
    """A text to somebody will never arrive, or their phone was rung for a page in vain.

    `ours` says that our own account is at fault, `hopeless` that no other way to them is left for
    this page.
    """

    staff: StaffId
    code: int | None
    ours: bool
    by_voice: bool = False
    hopeless: bool = True


@dataclass(frozen=True, slots=True)
class DueReached:
    """The crisis's deadline has come."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The crisis has ended; a disposition is required."""

    disposition: Disposition


Event = (
    CallArrived
    | TeamAsked
    | TeamChosen
    | LegSeen
    | LegEnded
    | LastResortEnded
    | CallerStays
    | CallerGone
    | Reported
    | ReportedAgain
    | Accepted
    | Declined
    | HandOffAsked
    | PageFailed
    | DueReached
    | Closed
    | RoomEvent
)


class PageKind(StrEnum):
    """Why somebody is being paged."""

    CALL_RINGING = "call_ringing"
    CALLBACK = "callback"
    REPORTED = "reported"
    FOLLOW_UP = "follow_up"
    HAND_OFF = "hand_off"
    BRING_IN = "bring_in"
    NOBODY = "nobody"
    """To those who answer for the team: nobody on the ladder has taken it."""


class TellKind(StrEnum):
    """Why somebody who was paged before is told something; no reply is expected."""

    TAKEN = "taken"
    CALL_BACK = "call_back"
    LAPSED = "lapsed"
    HANDED_OFF = "handed_off"
    HAND_OFF_NOT_TAKEN = "hand_off_not_taken"
    NEW_CONTACT = "new_contact"
    BRING_IN_FAILED = "bring_in_failed"
    NOT_JOINED = "not_joined"
    PARTY_LEFT = "party_left"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the timeline: what happened, in a sentence without any client's detail."""

    kind: str
    text: str
    who: StaffId | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Send one page to one person; ``number`` makes it unique within the crisis."""

    staff: StaffId
    kind: PageKind
    number: int


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell one person something about a crisis they were paged for.

    ``about`` names a colleague, or an outside line by the word for it.
    """

    staff: StaffId
    kind: TellKind
    number: int
    about: StaffId | None = None


@dataclass(frozen=True, slots=True)
class DropLeg:
    """Hang up the leg that is ringing somebody who will not take the caller."""

    leg_sid: str


class Preface(StrEnum):
    """What the caller hears before the next phone rings."""

    GREETING = "greeting"
    NEXT = "next"
    BROKEN = "broken"
    AGAIN = "again"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring this person for the caller on the line."""

    staff: StaffId
    tier: Tier
    seconds: int
    leg: int
    preface: Preface


@dataclass(frozen=True, slots=True)
class RingLastResort:
    """Ring a number outside the team for the caller: never screened, never skipped."""

    number: str
    index: int
    leg: int
    preface: Preface


class Farewell(StrEnum):
    """How the caller's call ends."""

    AFTER_TALK = "after_talk"
    AFTER_LAST_RESORT = "after_last_resort"
    NOBODY = "nobody"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class EndCall:
    """End the caller's call, saying what fits. AFTER_TALK first asks whether they were cut off."""

    farewell: Farewell
    leg: int = 0


Voice = Ring | RingLastResort | EndCall | EnterRoom | WaitForRoom
Effect = Record | Page | Tell | DropLeg | RoomEffect | Voice


class Refused(Exception):  # noqa: N818  a refusal is an answer, not an error
    """The event cannot happen now. ``reason`` is a word for programs, the text is for people."""

    def __init__(self, reason: str, text: str, owner: StaffId | None = None) -> None:
        super().__init__(text)
        self.reason = reason
        self.owner = owner
