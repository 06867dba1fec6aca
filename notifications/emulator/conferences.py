"""Conference rooms: who is in one, who hears whom, what ends it, and the events it reports."""

from dataclasses import dataclass, field
from email.utils import format_datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from notifications.emulator.callbacks import Target
from notifications.emulator.legs import CallStatus, Happening, Leg

if TYPE_CHECKING:
    from notifications.emulator.exchange import Exchange
    from notifications.emulator.verbs import ConferenceNoun

# Whoever says something is taken to speak for about so long, in emulated seconds.
_SPEECH_SECONDS = 1.0


class ConferenceStatus(StrEnum):
    """Twilio's words for the state of a conference."""

    INIT = "init"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"


class Left(StrEnum):
    """Why somebody left: Twilio's ReasonParticipantLeft."""

    HUNG_UP = "participant_hung_up"
    REDIRECTED = "participant_updated_via_api"
    MODERATOR = "moderator_ended_conference"
    ENDED_BY_API = "conference_ended_via_api"
    NEVER_CAME = "participant_add_failed"


@dataclass(eq=False)
class Participant:
    """One leg in a room, with what its document or the REST API says of it."""

    leg: Leg
    label: str = ""
    starts: bool = True
    ends: bool = False
    muted: bool = False
    hold: bool = False
    kicked: bool = False


@dataclass(eq=False)
class Conference:
    """A room. The first who comes in decides where its events go, and which of them."""

    exchange: "Exchange"
    sid: str
    name: str
    status: ConferenceStatus = ConferenceStatus.INIT
    people: list[Participant] = field(default_factory=list)
    reason: str = ""
    target: Target | None = None
    sequence: int = 0
    _came: int = 0

    @property
    def over(self) -> bool:
        """Whether it has ended for good; the same name then means a new room."""
        return self.status is ConferenceStatus.COMPLETED

    @property
    def started(self) -> bool:
        """Whether those in it hear each other."""
        return self.status is ConferenceStatus.IN_PROGRESS

    def of(self, leg: Leg) -> Participant | None:
        """The part of a leg in it, while it is in."""
        return next((one for one in self.people if one.leg is leg), None)

    def find(self, name: str) -> Participant | None:
        """Somebody by CallSid or by label."""
        return next((one for one in self.people if name in {one.leg.sid, one.label}), None)

    def enter(self, leg: Leg, noun: "ConferenceNoun", target: Target | None) -> Participant:
        """Somebody comes in."""
        one = Participant(leg, noun.label, starts=noun.starts, ends=noun.ends, muted=noun.muted)
        if not self._came:
            self.target = target
        self._came += 1
        self.people.append(one)
        leg.room = self
        leg.note(Happening.JOINED, self.name)
        self.tell("participant-join", "join", one)
        if not self.started and len(self.people) > 1 and any(each.starts for each in self.people):
            self.status = ConferenceStatus.IN_PROGRESS
            self.tell("conference-start", "start")
        self.exchange.clock.changed()
        return one

    def leave(self, one: Participant, why: Left) -> None:
        """Somebody goes; the room ends with whoever ends it, and with the last."""
        if one not in self.people:
            return
        self.people.remove(one)
        one.leg.room = None
        one.leg.note(Happening.LEFT, f"{self.name}, {why}")
        said = {
            "ReasonParticipantLeft": why.value,
            "ParticipantCallStatus": one.leg.status.value,
        }
        self.tell("participant-leave", "leave", one, said)
        if one.ends and not self.over:
            how = "kicked" if one.kicked else "left"
            self.end(f"participant-with-end-conference-on-exit-{how}", one)
        elif not self.people and not self.over:
            self.end("last-participant-left", one)

    def end(self, reason: str, by: Participant | None = None) -> None:
        """End the room for everybody in it."""
        if self.over:
            return
        self.status = ConferenceStatus.COMPLETED
        self.reason = reason
        why = Left.ENDED_BY_API if reason == "conference-ended-via-api" else Left.MODERATOR
        for one in list(self.people):
            self.leave(one, why)
        said = {"ReasonConferenceEnded": reason, "Reason": reason.replace("-", " ")}
        if by is not None:
            said["CallSidEndingConference"] = by.leg.sid
            if by.label:
                said["ParticipantLabelEndingConference"] = by.label
        self.tell("conference-end", "end", None, said)
        self.exchange.clock.changed()

    def speak(self, leg: Leg, words: str) -> None:
        """Somebody says something: the others hear it, and the event goes out."""
        one = self.of(leg)
        if one is None or one.muted or one.hold:
            return
        for other in self.people:
            if other is not one and not other.hold and self.started:
                other.leg.hear(words)
        leg.note(Happening.SPEAKS, words)
        self.tell("participant-speech-start", "speaker", one)
        self.exchange.spawn(self._falls_silent(one))

    async def _falls_silent(self, one: Participant) -> None:
        await self.exchange.clock.pause(_SPEECH_SECONDS)
        if one in self.people:
            self.tell("participant-speech-stop", "speaker", one)

    def tell(
        self,
        what: str,
        event: str,
        one: Participant | None = None,
        said: dict[str, str] | None = None,
    ) -> None:
        """Report an event, if whoever came first has asked for its kind."""
        if self.target is None or event not in self.target.events:
            return
        self.sequence += 1
        parameters = {
            "ConferenceSid": self.sid,
            "FriendlyName": self.name,
            "AccountSid": self.exchange.account.sid,
            "SequenceNumber": str(self.sequence),
            "Timestamp": format_datetime(self.exchange.clock.wall()),
            "StatusCallbackEvent": what,
        }
        if one is not None:
            parameters |= {
                "CallSid": one.leg.sid,
                "Muted": _flag(one.muted),
                "Hold": _flag(one.hold),
                "Coaching": "false",
                "EndConferenceOnExit": _flag(one.ends),
                "StartConferenceOnEnter": _flag(one.starts),
            }
            if one.label:
                parameters["ParticipantLabel"] = one.label
        parameters |= said or {}
        last = what == "conference-end"
        self.exchange.callbacks.post(self.sid, self.target, parameters, last=last)

    def never_came(self, leg: Leg, label: str) -> None:
        """Somebody whom the REST API wanted in did not answer."""
        one = Participant(leg, label)
        status = leg.status if leg.ended else CallStatus.NO_ANSWER
        said = {
            "ReasonParticipantLeft": Left.NEVER_CAME.value,
            "ParticipantCallStatus": status.value,
        }
        self.tell("participant-leave", "leave", one, said)


class Conferences:
    """Every room of the account, the oldest first."""

    def __init__(self, exchange: "Exchange") -> None:
        self._exchange = exchange
        self.all: list[Conference] = []

    def live(self, name: str) -> Conference | None:
        """The room with that name or SID that has not ended."""
        return next((one for one in self.all if name in {one.name, one.sid} and not one.over), None)

    def room(self, name: str) -> Conference:
        """The same, made when there is none."""
        found = self.live(name)
        if found is None:
            found = Conference(self._exchange, self._exchange.sid("CF"), name)
            self.all.append(found)
        return found

    def find(self, sid: str) -> Conference | None:
        """A room by its SID, ended or not."""
        return next((one for one in self.all if one.sid == sid), None)


def _flag(value: bool) -> str:
    return str(value).lower()
