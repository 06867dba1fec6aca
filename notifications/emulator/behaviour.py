"""What a person does when their phone rings, as data; every length is in emulated seconds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """Picks up ``after`` seconds and presses ``press`` at every Gather, or only listens (None).

    ``press_after`` counts from the start of the Gather, ``hang_up_after`` from picking up,
    ``talk_for`` and ``dies_after`` from the bridge or the conference, ``speaks_after`` from coming
    into a conference. A phone that died stays unreachable until it is told otherwise.
    """

    press: str | None = "1"
    after: float = 2.0
    press_after: float = 1.0
    hang_up_after: float | None = None
    talk_for: float | None = None
    dies_after: float | None = None
    speaks_after: float | None = None


@dataclass(frozen=True)
class NoAnswer:
    """Lets it ring."""


@dataclass(frozen=True)
class Decline:
    """Refuses the call; the network reports busy, as carriers do."""

    after: float = 1.0


@dataclass(frozen=True)
class Busy:
    """Is on another call."""


@dataclass(frozen=True)
class Voicemail:
    """A machine picks up ``after`` seconds, presses nothing, and records until hung up on."""

    after: float = 15.0


@dataclass(frozen=True)
class Unreachable:
    """Switched off or out of reach: the leg fails."""


@dataclass(frozen=True)
class ByHand:
    """Waits for commands: from the phone bank, or from a test."""


Behaviour = Answer | NoAnswer | Decline | Busy | Voicemail | Unreachable | ByHand


def mode(behaviour: Behaviour) -> str:
    """The behaviour in a word, as the phone bank shows it."""
    match behaviour:
        case Answer():
            return "answers"
        case NoAnswer():
            return "ignores"
        case Decline():
            return "declines"
        case Busy():
            return "busy"
        case Voicemail():
            return "voicemail"
        case Unreachable():
            return "unreachable"
        case ByHand():
            return "by_hand"
