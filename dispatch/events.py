"""What can happen to a crisis, and what Vigil does about it: events in, effects out, all data."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch.crisis import CallStage, Channel, Disposition
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
    tried: frozenset[StaffId] = frozenset()
    """Who was rung in this round until then, as the call itself remembers it."""


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


class Adrift(StrEnum):
    """What can happen in a call that nothing is decided about, since the database is away."""

    ARRIVED = "arrived"
    ASKED = "asked"
    CHOSEN = "chosen"
    RINGING = "ringing"
    NOT_REACHED = "not_reached"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    BROKEN = "broken"
    TALKED = "talked"
    OUTSIDE = "outside"
    OUTSIDE_NOT_REACHED = "outside_not_reached"
    OUTSIDE_TALKED = "outside_talked"
    STAYS = "stays"
    GAVE_UP = "gave_up"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened in a call adrift. Who, on which leg, how it ended, where it applies.

    ``bridged`` is None where nobody knows whether the caller was ever joined to somebody.
    ``leg_sid`` is Twilio's name for the leg, where it has told us.
    """

    what: Adrift
    call_sid: str
    leg: int = 0
    staff: StaffId | None = None
    tier: Tier = ""
    round: int = 1
    index: int = 0
    seconds: int = 0
    outcome: LegOutcome = LegOutcome.UNKNOWN
    bridged: bool | None = None
    leg_sid: str | None = None


@dataclass(frozen=True, slots=True)
class HappenedAdrift:
    """Something that happened while the database was away is entered now.

    ``over`` says that the call is known to have ended; ``stands`` that an acceptance was not
    followed by a bridge that broke; ``calls_again`` that a further call of theirs is entered next;
    ``team`` is the one that the caller was taken to.
    """

    happened: Happened
    team: TeamId
    over: bool = False
    stands: bool = True
    calls_again: bool = False


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
class CallBackAsked:
    """The owner asks to be connected with the client by one of our lines."""

    staff: StaffId
    channel: Channel


@dataclass(frozen=True, slots=True)
class CallBackMoved:
    """A call back has come further: the client's phone is rung, or the two are connected."""

    staff: StaffId
    stage: CallStage


@dataclass(frozen=True, slots=True)
class CallBackTried:
    """One ringing of the client's phone is over; the owner may still be on the line.

    ``seconds`` counts from the connection. ``owner_gone`` says that the owner has hung up.
    """

    staff: StaffId
    outcome: LegOutcome
    bridged: bool
    seconds: int
    owner_gone: bool


class CallBackEnd(StrEnum):
    """Why a call back is over, as far as that is news."""

    DONE = "done"
    """The owner was asked, and all that was tried is told already."""
    NOT_ANSWERED = "not_answered"
    NO_KEY = "no_key"
    """Their phone was answered, but nobody pressed 1: perhaps a voicemail."""
    NOT_RUNG = "not_rung"
    """The phone network did not take it."""
    NO_WORD = "no_word"
    """Nothing was heard of it any more."""
    GAVE_WAY = "gave_way"
    """The client has called in: the owner's phone must be free."""


@dataclass(frozen=True, slots=True)
class CallBackEnded:
    """A call back is over."""

    staff: StaffId
    end: CallBackEnd


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
    | HappenedAdrift
    | Reported
    | ReportedAgain
    | Accepted
    | Declined
    | HandOffAsked
    | CallBackAsked
    | CallBackMoved
    | CallBackTried
    | CallBackEnded
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
    HOSPITAL_NOTICE = "hospital_notice"
    POSSIBLE_CLIENT = "possible_client"
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
    NOT_CONNECTED = "not_connected"
    ON_RECORD = "on_record"
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
