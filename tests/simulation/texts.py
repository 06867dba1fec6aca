"""The network's side of a text: it takes it or not, carries it or not, and tells of it or not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from notifications.twilio import Fate, SendFailed
from tests.simulation.kernel import Kernel, Story

REFUSALS = (
    (21211, 400), (21614, 400), (21612, 400), (20003, 401), (20429, 429), (None, 429),
    (None, 500), (20500, 503),
)  # fmt: skip
"""Twilio's answers instead of taking a text: its code and the HTTP status."""

LOST_CODES = (30003, 30005, 30006, 30007, 30008)
"""Why a text that was taken is not delivered."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """How likely each thing goes wrong in a night, from 0 to 1."""

    refused: float = 0.0
    silent: float = 0.0
    """The request is not answered, and the text is not sent."""
    silent_but_sent: float = 0.0
    """The request is not answered, but the text is sent."""
    undelivered: float = 0.0
    lost: float = 0.0
    """The text neither arrives nor is anything heard of it."""
    late: float = 0.0
    callback_lost: float = 0.0
    callback_late: float = 0.0
    callback_twice: float = 0.0


@dataclass(slots=True)
class Message:
    """A text that the network has taken."""

    sid: str
    key: str
    to: str
    from_: str
    body: str
    at: datetime
    status_callback: str
    status: str = "queued"
    code: int | None = None


@dataclass(slots=True)
class Texts:
    """Everything about texts; `tell` writes the story, `deliver` hands a text to its reader."""

    kernel: Kernel
    random: Random
    trouble: Trouble
    tell: Callable[[str], None]
    deliver: Callable[[Message], None]
    post: Callable[[str, dict[str, str]], Story]
    """Begins a webhook of ours, tried once."""
    who: Callable[[str], str]
    ring: Callable[["Message", str], Story]
    """Rings a phone for a page and asks an address what it says; returns Twilio's word for the end.
    """
    taken: list[Message] = field(default_factory=list)
    stopped: set[tuple[str, str]] = field(default_factory=set)
    """Who has texted STOP, to which line."""
    excuses: dict[str, list[str]] = field(default_factory=dict)
    """Why a key may be sent once more."""
    first_asked: dict[str, datetime] = field(default_factory=dict)
    key: str = ""
    took: float = 0.0

    @property
    def by_sid(self) -> dict[str, Message]:
        """What was taken, by its name."""
        return {message.sid: message for message in self.taken}

    def excuse(self, key: str, why: str) -> None:
        """Why something may be sent once more."""
        self.excuses.setdefault(key, []).append(why)

    def send_sms(
        self, *, to: str, from_: str, body: str, status_callback: str, validity: int
    ) -> str:
        """As Twilio's REST API: a name, or SendFailed."""
        if (to, from_) in self.stopped:
            raise SendFailed("opted out", 21610, 400)
        message = Message("SM", self.key, to, from_, body, self.kernel.at, status_callback)
        return self._asked(message, lambda: self._carry(message))

    def call(self, *, to: str, from_: str, twiml: str) -> str:
        """As Twilio's REST API: ring a phone and read a text out; who listens is not simulated."""
        message = Message("CR", self.key, to, from_, twiml, self.kernel.at, "")
        return self._asked(message, lambda: self._read_out(message))

    def page_by_voice(self, *, to: str, from_: str, url: str, status_callback: str) -> str:
        """As Twilio's REST API: ring a phone for a page."""
        message = Message("CP", self.key, to, from_, "", self.kernel.at, status_callback)
        return self._asked(message, lambda: self._page(message, url))

    def _asked(self, message: Message, begin: Callable[[], Story]) -> str:
        """The dice fall: taken, refused, or silent, and then taken or not."""
        self.took = self.random.uniform(0.1, 0.6)
        self.first_asked.setdefault(self.key, self.kernel.at)
        dice, trouble = self.random.random(), self.trouble
        if dice < trouble.refused:
            code, status = self.random.choice(REFUSALS)
            self.tell(f"network refuses {self._what(message)}: HTTP {status}, code {code}")
            raise SendFailed(f"Twilio answered {status} with code {code}", code, status)
        dice -= trouble.refused
        if dice < trouble.silent + trouble.silent_but_sent:
            self.took = 5.0
            self.tell(f"network does not answer for {self._what(message)}")
            if dice < trouble.silent_but_sent:
                self._take(message, begin)
                self.excuse(self.key, "the network's answer was lost")
            raise SendFailed("Twilio could not be reached (ReadTimeout)")
        self._take(message, begin)
        return message.sid

    def _what(self, message: Message) -> str:
        what = {"SM": "text", "CR": "call that reads out", "CP": "page by voice"}[message.sid[:2]]
        return f"{what} {message.sid[2:]} to {self.who(message.to)}".replace("  ", " ")

    def _take(self, message: Message, begin: Callable[[], Story]) -> None:
        message.sid += str(len(self.taken) + 1)
        self.taken.append(message)
        self.tell(f"{self._what(message)} is taken: {message.body[:60]}")
        self.kernel.begin(begin())

    def fate(self, sid: str) -> Fate:
        """As Twilio's REST API: how it ended, as far as that is known."""
        if self.random.random() < self.trouble.refused:
            raise SendFailed("Twilio answered 503 with code None", None, 503)
        message = self.by_sid[sid]
        return Fate(message.status, message.code)

    def _read_out(self, message: Message) -> Story:
        yield 1
        message.status = "completed"

    def _page(self, message: Message, url: str) -> Story:
        yield self.random.uniform(0.3, 2)
        message.status = "ringing"
        message.status = yield from self.ring(message, url)
        self.tell(f"{self._what(message)} has ended: {message.status}")
        self._tell_of_the_end(message, "CallStatus")

    def _carry(self, message: Message) -> Story:
        trouble = self.trouble
        late = self.random.random() < trouble.late
        yield self.random.uniform(60, 400) if late else self.random.uniform(0.5, 6)
        dice = self.random.random()
        if dice < trouble.lost:
            message.status = "sent"
            self.tell(f"text {message.sid} is lost without a word")
            return
        if dice < trouble.lost + trouble.undelivered:
            message.status, message.code = "undelivered", self.random.choice(LOST_CODES)
            self.tell(f"text {message.sid} is not delivered: {message.code}")
        else:
            message.status = "delivered"
            self.deliver(message)
        self._tell_of_the_end(message, "MessageStatus")

    def _tell_of_the_end(self, message: Message, field_name: str) -> None:
        """The reports: lost, late, twice, in no order."""
        between = "sent" if field_name == "MessageStatus" else "in-progress"
        for status, code in ((between, None), (message.status, message.code)):
            for _ in range(2 if self.random.random() < self.trouble.callback_twice else 1):
                if self.random.random() >= self.trouble.callback_lost:
                    form = {field_name.replace("Status", "Sid"): message.sid, field_name: status}
                    if code is not None:
                        form["ErrorCode"] = str(code)
                    self.kernel.begin(self._report(message, form), self._delay())

    def _delay(self) -> float:
        if self.random.random() < self.trouble.callback_late:
            return self.random.uniform(20, 300)
        return self.random.uniform(0.1, 2)

    def _report(self, message: Message, form: dict[str, str]) -> Story:
        answer = yield from self.post(message.status_callback, form)
        if answer is None:
            self.tell(f"nobody took a report of {message.sid}")
