"""What can happen while somebody is brought into a call, and what is done about it: all data."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch.room import Guest
from oncall.model import StaffId


@dataclass(frozen=True, slots=True)
class BringIn:
    """Somebody is wanted in the call. ``phone`` is the number of an outside line."""

    guest: Guest
    staff: StaffId | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class LeaveAsked:
    """The worker wants to leave the caller with whom they brought in."""


@dataclass(frozen=True, slots=True)
class WorkerMoved:
    """The worker is in the room: Twilio said so, or took our request."""

    leg: int
    call_sid: str


@dataclass(frozen=True, slots=True)
class WorkerNotMoved:
    """Twilio refuses to take the worker into a room; the bridge stands as it was."""

    leg: int


@dataclass(frozen=True, slots=True)
class WorkerLeft:
    """The worker is not in the room any more."""

    leg: int
    call_sid: str


@dataclass(frozen=True, slots=True)
class RoomNamed:
    """Twilio has told its name for the room in which somebody is; a later room has another."""

    leg: int
    sid: str


@dataclass(frozen=True, slots=True)
class RoomAsked:
    """The caller's call asks, for the ``tries``-th time, whether the worker is in the room."""

    call_sid: str
    leg: int
    tries: int


@dataclass(frozen=True, slots=True)
class RoomEnded:
    """The room has ended for the caller: somebody ended it, or the caller hung up."""

    call_sid: str
    leg: int
    caller_gone: bool


@dataclass(frozen=True, slots=True)
class PartySeen:
    """The leg to the third party has a name."""

    number: int
    call_sid: str


@dataclass(frozen=True, slots=True)
class PartyJoined:
    """The third party is in the room, or has pressed 1 and is on their way into it."""

    number: int
    call_sid: str


@dataclass(frozen=True, slots=True)
class PartySpoke:
    """The third party has said something in the room."""

    number: int
    call_sid: str


class WhyOver(StrEnum):
    """Why a third party is not or no longer there."""

    NO_ANSWER = "did not answer"
    BUSY = "was busy"
    FAILED = "could not be reached"
    DECLINED = "declined"
    LEFT = "hung up"


@dataclass(frozen=True, slots=True)
class PartyOver:
    """The third party will not come, or has gone.

    ``room_goes_on`` is False where only their call is known to be over: it may be the whole room's
    end that ended it.
    """

    number: int
    why: WhyOver
    room_goes_on: bool = True


RoomEvent = (
    BringIn
    | LeaveAsked
    | WorkerMoved
    | WorkerNotMoved
    | WorkerLeft
    | RoomNamed
    | RoomAsked
    | RoomEnded
    | PartySeen
    | PartyJoined
    | PartySpoke
    | PartyOver
)


@dataclass(frozen=True, slots=True)
class MoveWorker:
    """Take the worker's leg out of the bridge and into the room."""

    leg_sid: str
    leg: int


@dataclass(frozen=True, slots=True)
class CallParty:
    """Ring the third party: a colleague hears what it is about first, an outside line does not."""

    number: int
    leg: int
    staff: StaffId | None
    phone: str | None
    seconds: int


@dataclass(frozen=True, slots=True)
class EndsWith:
    """Say whether the room ends when somebody leaves; ``number`` is the third party's turn."""

    room_sid: str
    call_sid: str
    ends: bool
    number: int


@dataclass(frozen=True, slots=True)
class LetGo:
    """Take the worker out of the room, which goes on without them."""

    room_sid: str
    call_sid: str


@dataclass(frozen=True, slots=True)
class FetchCaller:
    """Bring the caller back from a room where nobody is left."""

    call_sid: str
    leg: int


RoomEffect = MoveWorker | CallParty | EndsWith | LetGo | FetchCaller


@dataclass(frozen=True, slots=True)
class EnterRoom:
    """Let the caller into the room."""

    leg: int


@dataclass(frozen=True, slots=True)
class WaitForRoom:
    """Let the caller wait for a moment, and ask again."""

    leg: int
    tries: int
