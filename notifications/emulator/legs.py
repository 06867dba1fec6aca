"""A call leg: one phone on one call, what it hears, which keys it presses, and how it ends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import format_datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from notifications.emulator.callbacks import Target
from notifications.emulator.verbs import Document

if TYPE_CHECKING:
    from notifications.emulator.conferences import Conference
    from notifications.emulator.exchange import Exchange
    from notifications.emulator.phones import Phone

API_VERSION = "2010-04-01"


class CallStatus(StrEnum):
    """Twilio's words for the state of a call."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"


class Direction(StrEnum):
    """Who started the leg: a person, the REST API, or a Dial."""

    INBOUND = "inbound"
    OUTBOUND_API = "outbound-api"
    OUTBOUND_DIAL = "outbound-dial"


class LegState(StrEnum):
    """A leg as a bystander sees it."""

    RINGING = "ringing"
    ANSWERED = "answered"
    TALKING = "talking"
    ENDED = "ended"


class Pickup(StrEnum):
    """What somebody did by hand with a ringing phone."""

    ANSWER = "answer"
    DECLINE = "decline"
    VOICEMAIL = "voicemail"


class Happening(StrEnum):
    """The kinds of entries in a transcript."""

    ASKS = "asks"
    SAYS = "says"
    PLAYS = "plays"
    PAUSES = "pauses"
    GATHERS = "gathers"
    PRESSES = "presses"
    DIALS = "dials"
    RINGS = "rings"
    PICKED_UP = "picked up"
    BRIDGED = "bridged"
    PARTED = "parted"
    JOINED = "joined"
    LEFT = "left"
    SPEAKS = "speaks"
    DIAL_ENDED = "dial ended"
    REDIRECTED = "redirected"
    REJECTED = "rejected"
    ENDED = "ended"
    ERROR = "error"


class Heard(str):
    """A sentence that was heard, with the ``language`` it was spoken in."""

    __slots__ = ("language",)
    language: str

    def __new__(cls, text: str, language: str = "en-US") -> "Heard":
        """A str that remembers its language."""
        heard = super().__new__(cls, text)
        heard.language = language
        return heard


@dataclass(frozen=True)
class Moment:
    """One entry of a transcript; ``at`` is in emulated seconds since the leg began."""

    at: float
    what: Happening
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.at:7.1f} s  {self.what}  {self.detail}".rstrip()


@dataclass(frozen=True)
class Fetch:
    """A document to ask for, with what the request says besides the leg's own parameters."""

    url: str
    method: str = "POST"
    extra: dict[str, str] = field(default_factory=dict)


Source = Fetch | Document


class LegOver(Exception):  # noqa: N818 - a turn of events, not an error
    """The leg ended while its document was running."""


class Redirected(Exception):  # noqa: N818 - a turn of events, not an error
    """The REST API gave the leg another document."""


@dataclass(eq=False)
class Leg:
    """One phone's part in a call. Times are emulated seconds of the exchange's clock.

    ``fallback`` is asked when a document cannot be had, ``callback`` hears of the leg's progress.
    Everything here happens on the emulator's event loop.
    """

    exchange: "Exchange"
    sid: str
    from_: str
    to: str
    direction: Direction
    phone: "Phone"
    parent: "Leg | None" = None
    fallback: Fetch | None = None
    callback: Target | None = None
    status: CallStatus = CallStatus.QUEUED
    began: float = 0.0
    answered_at: float | None = None
    ended_at: float | None = None
    bridged_at: float | None = None
    heard: list[Heard] = field(default_factory=list)
    transcript: list[Moment] = field(default_factory=list)
    bridged_with: list[str] = field(default_factory=list)
    peer: "Leg | None" = None
    room: "Conference | None" = None
    redirect: Source | None = None
    pickup: Pickup | None = None
    gathering: bool = False
    gathers: int = 0
    keys: str = ""
    starred: bool = False
    sequence: int = 0

    @property
    def ended(self) -> bool:
        """Whether it is over for good."""
        return self.ended_at is not None

    @property
    def state(self) -> LegState:
        """The leg in one word."""
        if self.ended:
            return LegState.ENDED
        if self.together_with:
            return LegState.TALKING
        return LegState.ANSWERED if self.answered_at is not None else LegState.RINGING

    @property
    def together_with(self) -> list[str]:
        """The numbers that it hears now: the other side of a bridge, or the others in a room."""
        if self.peer is not None:
            return [self.peer.phone.number]
        if self.room is None or not self.room.started:
            return []
        return [one.leg.phone.number for one in self.room.people if one.leg is not self]

    @property
    def duration(self) -> int:
        """Whole emulated seconds from being answered to its end, or to now; 0 if never answered."""
        if self.answered_at is None:
            return 0
        end = self.exchange.clock.elapsed() if self.ended_at is None else self.ended_at
        return round(end - self.answered_at)

    def note(self, what: Happening, detail: str = "") -> None:
        """Write a line in the transcript and wake whoever waits."""
        self.transcript.append(Moment(self.exchange.clock.elapsed() - self.began, what, detail))
        self.exchange.clock.changed()

    def hear(self, text: str, language: str = "en-US") -> None:
        """The phone's owner hears this."""
        self.heard.append(Heard(text, language))
        self.phone.heard.append(self.heard[-1])

    def answer(self) -> None:
        """Somebody, or Twilio, picks up."""
        if self.answered_at is None and not self.ended:
            self.status = CallStatus.IN_PROGRESS
            self.answered_at = self.exchange.clock.elapsed()
            self.progress("answered")
            self.exchange.clock.changed()

    def end(self, status: CallStatus = CallStatus.COMPLETED, why: str = "") -> None:
        """End the leg, once; later calls change nothing."""
        if self.ended:
            return
        self.status = status
        self.ended_at = self.exchange.clock.elapsed()
        self.gathering = False
        self.progress("completed")
        self.note(Happening.ENDED, f"{status}{', ' if why else ''}{why}")

    def press(self, digits: str) -> None:
        """The phone's owner presses keys; nobody listens unless a Gather runs."""
        self.note(Happening.PRESSES, digits)
        if self.gathering:
            self.keys += digits
        elif self.peer is not None and "*" in digits:
            self.starred = True
        self.exchange.clock.changed()

    def progress(self, event: str) -> None:
        """Tell the status callback, if it asked for this event."""
        if self.callback is None or event not in self.callback.events:
            return
        parameters = self.parameters() | {
            "Timestamp": format_datetime(self.exchange.clock.wall()),
            "SequenceNumber": str(self.sequence),
            "CallbackSource": "call-progress-events",
        }
        if event == "completed":
            seconds = self.duration
            parameters |= {"CallDuration": str(seconds), "Duration": str(-(-seconds // 60))}
        self.sequence += 1
        self.exchange.callbacks.post(self.sid, self.callback, parameters, last=event == "completed")

    def parameters(self) -> dict[str, str]:
        """What every voice webhook about this leg says, empty values included as Twilio does."""
        parameters = {
            "CallSid": self.sid,
            "AccountSid": self.exchange.account.sid,
            "From": self.from_,
            "To": self.to,
            "Caller": self.from_,
            "Called": self.to,
            "CallStatus": self.status,
            "Direction": self.direction,
            "ApiVersion": API_VERSION,
            "FromCity": "",
            "FromState": "OR",
            "FromCountry": "US",
        }
        if self.parent is not None:
            parameters["ParentCallSid"] = self.parent.sid
        return {name: str(value) for name, value in parameters.items()}

    def check(self) -> None:
        """Raise LegOver or Redirected when the running document has lost the leg."""
        if self.ended:
            raise LegOver
        if self.redirect is not None:
            raise Redirected

    async def wait(self, seconds: float | None, met: Callable[[], bool] = lambda: False) -> bool:
        """Wait until ``met()`` or for so long; raises as ``check`` does."""
        await self.exchange.clock.until(
            lambda: self.ended or self.redirect is not None or met(), seconds
        )
        self.check()
        return met()

    def part(self) -> None:
        """Take the bridge down on both sides; both legs live on."""
        if self.peer is not None:
            other, self.peer = self.peer, None
            other.peer = None
            self.note(Happening.PARTED, other.phone.number)
            other.note(Happening.PARTED, self.phone.number)
