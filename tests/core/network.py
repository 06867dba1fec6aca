"""A telephone network in miniature: what can physically become of a caller's call, and no more.

It knows nothing of a crisis. It follows the documents that the call is answered with, and says
which event reaches Vigil when a phone is picked up, a key is pressed or somebody hangs up.
"""

from dataclasses import dataclass
from enum import Enum, auto

from dispatch.events import (
    CallerGone,
    EndCall,
    Event,
    Farewell,
    LastResortEnded,
    LegEnded,
    LegOutcome,
    Ring,
    RingLastResort,
    Voice,
)
from oncall.model import StaffId


class Phase(Enum):
    """How far a worker's phone has come."""

    RINGING = auto()
    SCREENING = auto()
    HANGING_UP = auto()
    BRIDGING = auto()
    TALKING = auto()


@dataclass(slots=True)
class Menu:
    """The caller hears which teams there are."""


@dataclass(slots=True)
class WorkerPhone:
    """A worker's phone that is rung; ``recorded`` says that Vigil knows of their pressing 1."""

    staff: StaffId
    leg: int
    phase: Phase = Phase.RINGING
    recorded: bool = False


@dataclass(slots=True)
class Outside:
    """A number of the last resort is being dialled; ``loop`` counts when nothing is decided."""

    index: int
    loop: int = 1


@dataclass(slots=True)
class CutOffQuestion:
    """The caller hears: if you were cut off, press 1."""


Doing = Menu | WorkerPhone | Outside | CutOffQuestion


@dataclass(slots=True)
class Call:
    """The caller's call, while they are on the line."""

    sid: str
    doing: Doing | None = None
    reached_a_human: bool = False
    rounds_outside: int = 0
    """How often the last number of the last resort was dialled in vain."""

    def follow(self, voice: Voice) -> bool:
        """Do what the document says. False when it ends the call."""
        match voice:
            case Ring(staff=staff, leg=leg):
                self.doing = WorkerPhone(staff, leg)
            case RingLastResort(index=index):
                self.doing = Outside(index)
            case EndCall(farewell=Farewell.AFTER_TALK):
                self.doing = CutOffQuestion()
            case EndCall():
                return False
        return True

    def ended(self, *, seconds: int, gone: bool) -> Event:
        """What Twilio reports when the present leg is over: the action callback."""
        match self.doing:
            case WorkerPhone(leg=leg, phase=phase):
                bridged = phase is Phase.TALKING
                outcome = LegOutcome.COMPLETED if bridged else LegOutcome.NO_ANSWER
                outcome = LegOutcome.CANCELED if gone and not bridged else outcome
                talked = seconds if bridged else 0
                return LegEnded(self.sid, leg, outcome, bridged, talked, gone)
            case Outside(index=index):
                outcome = LegOutcome.COMPLETED if seconds else LegOutcome.BUSY
                return LastResortEnded(self.sid, index, outcome, seconds > 0, seconds, gone)
            case _:
                return CallerGone(self.sid)
