"""The network's side of a text: it takes it or not, carries it or not, and tells of it or not."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from notifications.twilio import SendFailed
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
    taken: list[Message] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    """How often each outbox key was asked for, whatever the network answered."""
    stopped: set[tuple[str, str]] = field(default_factory=set)
    """Who has texted STOP, to which line."""
    excuses: dict[str, list[str]] = field(default_factory=dict)
    """Why a key may be sent once more."""
    first_asked: dict[str, datetime] = field(default_factory=dict)
    key: str = ""
    took: float = 0.0

    def excuse(self, key: str, why: str) -> None:
        """Why something may be sent once more."""
        self.excuses.setdefault(key, []).append(why)

    def send_sms(
        self, *, to: str, from_: str, body: str, status_callback: str, validity: int
    ) -> str:
        """As Twilio's REST API: a name, or SendFailed."""
        self.took = self.random.uniform(0.1, 0.6)
        self.asked[self.key] += 1
        self.first_asked.setdefault(self.key, self.kernel.at)
        dice, trouble = self.random.random(), self.trouble
        if (to, from_) in self.stopped:
            raise SendFailed("opted out", 21610, 400)
        if dice < trouble.refused:
            code, status = self.random.choice(REFUSALS)
            self.tell(f"network refuses a text to {self.who(to)}: HTTP {status}, code {code}")
            raise SendFailed(f"Twilio answered {status} with code {code}", code, status)
        dice -= trouble.refused
        if dice < trouble.silent + trouble.silent_but_sent:
            self.took = 5.0
            if dice < trouble.silent_but_sent:
                self._take(to, from_, body, status_callback)
                self.excuse(self.key, "the network's answer was lost")
            self.tell(f"network does not answer for a text to {self.who(to)}")
            raise SendFailed("Twilio could not be reached (ReadTimeout)")
        return self._take(to, from_, body, status_callback).sid

    def call(self, *, to: str, from_: str, twiml: str) -> str:
        """As Twilio's REST API: ring a phone and read a text out; who listens is not simulated."""
        self.took = self.random.uniform(0.1, 0.6)
        self.asked[self.key] += 1
        self.first_asked.setdefault(self.key, self.kernel.at)
        if self.random.random() < self.trouble.refused:
            raise SendFailed("Twilio answered 503 with code None", None, 503)
        sid = f"CR{len(self.taken) + 1}"
        self.taken.append(Message(sid, self.key, to, from_, twiml, self.kernel.at, ""))
        self.tell(f"call {sid} reads a text out to {self.who(to)}")
        return sid

    def _take(self, to: str, from_: str, body: str, status_callback: str) -> Message:
        sid = f"SM{len(self.taken) + 1}"
        message = Message(sid, self.key, to, from_, body, self.kernel.at, status_callback)
        self.taken.append(message)
        self.tell(f"text {sid} to {self.who(to)} is taken: {body[:72]}")
        self.kernel.begin(self._carry(message))
        return message

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
        reports = [("sent", None), (message.status, message.code)]
        self.random.shuffle(reports)
        for status, code in reports:
            for _ in range(2 if self.random.random() < trouble.callback_twice else 1):
                if self.random.random() >= trouble.callback_lost:
                    self.kernel.begin(self._report(message, status, code), self._delay())

    def _delay(self) -> float:
        if self.random.random() < self.trouble.callback_late:
            return self.random.uniform(20, 300)
        return self.random.uniform(0.1, 2)

    def _report(self, message: Message, status: str, code: int | None) -> Story:
        form = {"MessageSid": message.sid, "MessageStatus": status}
        if code is not None:
            form["ErrorCode"] = str(code)
        answer = yield from self.post(message.status_callback, form)
        if answer is None:
            self.tell(f"nobody took the report that {message.sid} is {status}")
