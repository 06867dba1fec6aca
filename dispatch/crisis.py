"""What a crisis is: its states, who owns it, whom Vigil is trying to reach, who is on the line."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dispatch.room import Conference
from oncall.model import StaffId, TeamId, Tier


class State(StrEnum):
    """Where a crisis stands. Every state but ACCEPTED, TALKING and CLOSED wants an owner."""

    RINGING = "ringing"
    """A caller is on the line and the ladder is being rung for them."""
    PAGING = "paging"
    """Reported without a caller on the line; pages climb the ladder by timer."""
    CALLBACK_NEEDED = "callback_needed"
    """The caller is gone and nobody has promised to call back; pages climb by timer."""
    LAST_RESORT = "last_resort"
    """The caller has been passed to 988; pages climb on so that the team follows up."""
    TALKING = "talking"
    """The owner and the caller are on the phone together."""
    ACCEPTED = "accepted"
    """Somebody owns it, and no call of theirs is running."""
    CLOSED = "closed"
    """Ended with a disposition."""


class Source(StrEnum):
    """How the first contact of a crisis came in."""

    CALL = "call"
    TEXT = "text"
    WEBHOOK = "webhook"
    WALK_IN = "walk_in"
    HOSPITAL = "hospital"
    """A hospital's notice about a client."""
    POSSIBLE_CLIENT = "possible_client"
    """A hospital's notice about somebody who may be a client: a person must confirm it."""

    @property
    def is_hospitals(self) -> bool:
        """Whether a hospital's notice opened it."""
        return self in (Source.HOSPITAL, Source.POSSIBLE_CLIENT)

    @property
    def for_older(self) -> "Source":
        """The word for it that nodes and pages of before hospitals told us anything know too."""
        return Source.WEBHOOK if self.is_hospitals else self


class Disposition(StrEnum):
    """How a crisis ended. The list is DOMAIN's; `label` is what the screen says."""

    RESOLVED_BY_PHONE = "resolved_by_phone"
    MOBILE_VISIT = "mobile_visit"
    CRISIS_RESPITE = "crisis_respite"
    ED_VOLUNTARY = "ed_voluntary"
    HOLD = "hold"
    ADMITTED = "admitted"
    HANDED_TO_988_911 = "handed_to_988_911"
    UNABLE_TO_LOCATE = "unable_to_locate"
    DECLINED = "declined"
    NOT_A_CRISIS = "not_a_crisis"

    @property
    def label(self) -> str:
        """The words a person reads, in English."""
        return _DISPOSITION_LABELS[self]


_DISPOSITION_LABELS = {
    Disposition.RESOLVED_BY_PHONE: "Resolved by phone",
    Disposition.MOBILE_VISIT: "Mobile visit, stabilized in place",
    Disposition.CRISIS_RESPITE: "Crisis respite or stabilization unit",
    Disposition.ED_VOLUNTARY: "Emergency department, voluntary",
    Disposition.HOLD: "Hold (peace officer, director's, hospital)",
    Disposition.ADMITTED: "Admitted",
    Disposition.HANDED_TO_988_911: "Handed to 988 or 911",
    Disposition.UNABLE_TO_LOCATE: "Unable to locate",
    Disposition.DECLINED: "Declined by the person",
    Disposition.NOT_A_CRISIS: "Not a crisis",
}


class How(StrEnum):
    """By what means Vigil is trying to reach somebody right now."""

    CALL = "call"
    PAGE = "page"
    LAST_RESORT = "last_resort"


class Channel(StrEnum):
    """Where an accept or a decline came from."""

    PHONE = "phone"
    """Pressed while their phone was rung for the caller on the line."""
    PAGE_CALL = "phone page"
    SMS = "sms"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Reaching:
    """Whom Vigil is trying to reach for a crisis at this moment, on which tier, since when."""

    staff: StaffId | None
    tier: Tier
    how: How
    since: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """The caller who is on the line.

    ``leg`` counts the phones rung for this caller so far: it names the present one in callback
    URLs. ``leg_sid`` is Twilio's name for it once Twilio has told us. ``drop`` says that the
    present leg is to be hung up as soon as its name is known. ``rounds`` counts how often the
    whole ladder, last resort included, was climbed for this caller.
    """

    call_sid: str
    leg: int = 0
    leg_sid: str | None = None
    drop: bool = False
    last_resort: int | None = None
    """Which number of the last resort is being dialled; None while the ladder rings."""
    rounds: int = 1


class CallStage(StrEnum):
    """How far a call back has come by which Vigil joins the owner and the client."""

    OWNER = "owner"
    """The owner's phone is being rung, or they hear what it is about."""
    CLIENT = "client"
    """The client's phone is being rung while the owner waits."""
    TALKING = "talking"
    """The two are connected; a machine of the client's may have answered."""


@dataclass(frozen=True, slots=True)
class CallingBack:
    """A call back by one of our lines: by whom, how far it has come, since when."""

    staff: StaffId
    stage: CallStage
    since: datetime


@dataclass(frozen=True, slots=True)
class Crisis:
    """One episode, from its first contact until it is closed. All times are UTC.

    ``tried`` are the people reached for in this ``round`` of the ladder; ``paged`` is everybody
    who holds a page and must hear when somebody else has taken it. ``rung`` is the index of the
    rung reached last, None before the first. ``legs`` counts every phone rung for any caller, so
    that no two legs have the same number. ``unheard`` is the leg of a talk that ended by the call's
    status alone: its own step may still say that it never began. ``conference`` is what the talk
    has become while somebody is brought in, ``parties`` counts those who ever were.
    """

    ref: str
    team: TeamId
    source: Source
    opened_at: datetime
    state: State
    since: datetime
    owner: StaffId | None = None
    reaching: Reaching | None = None
    line: Line | None = None
    rung: int | None = None
    round: int = 1
    tried: frozenset[StaffId] = field(default_factory=frozenset)
    paged: frozenset[StaffId] = field(default_factory=frozenset)
    pages: int = 0
    legs: int = 0
    unheard: int | None = None
    conference: Conference | None = None
    parties: int = 0
    due_at: datetime | None = None
    handing_to: StaffId | None = None
    alarm: str | None = None
    calling: CallingBack | None = None
    disposition: Disposition | None = None
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its disposition."""
        return self.state is not State.CLOSED
