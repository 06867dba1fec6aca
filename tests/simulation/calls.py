"""The network's side of a call: it asks for documents, obeys them, and lets phones ring."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Protocol
from urllib.parse import urljoin
from xml.etree import ElementTree

from dispatch.callers_side import SHORT_BRIDGE_SECONDS, SHORT_LAST_RESORT_SECONDS
from notifications.twilio import PAGE_RING_SECONDS
from tests.simulation.kernel import Kernel, Signal, Story, Until
from tests.simulation.town import LAST_RESORT

READING = 15.0
"""Letters that a voice reads in a second."""

EXTRA_RING = 5.0
"""Twilio rings so much longer than asked."""

TELLS_988 = re.compile(r"9 8 8.*9 1 1")
"""Words that tell a caller what to do who is being connected to nobody."""


@dataclass(frozen=True, slots=True)
class Pickup:
    """What a phone does that rings: after `rings` seconds it is picked up by somebody or nobody."""

    rings: float
    outcome: str = "answered"
    """Twilio's word for it where nobody picks up: busy, no-answer, failed."""
    key: str | None = None
    """What is pressed when asked; None: nothing, as a voicemail does."""
    thinks: float = 3.0
    stays: float | None = None
    """Hangs up after so many seconds of listening."""
    talks: float = 300.0


class Phones(Protocol):
    """Whoever's phone rings."""

    def ring(self, phone: str, asks: bool) -> Pickup:
        """What becomes of ringing this phone; `asks` says that a key will be asked for."""

    def talking(self, phone: str, on: bool) -> None:
        """Somebody is on the phone with a caller, or no longer."""


@dataclass(slots=True)
class Call:
    """A caller's call. `reached`: who talked to them long enough. `told`: they know of 988."""

    sid: str
    from_: str
    to: str
    at: datetime
    signal: Signal = field(default_factory=Signal)
    gone: bool = False
    """The caller hung up themselves."""
    over: bool = False
    reached: str | None = None
    told: bool = False
    answered: bool = False
    """We have given its first document: the call is known."""
    failed_over: bool = False
    """Nobody answered for us: the provider's own document took over."""


@dataclass(slots=True)
class Leg:
    """A phone that is rung for a caller."""

    sid: str
    phone: str
    dropped: bool = False
    signal: Signal | None = None


class BadDocument(AssertionError):  # noqa: N818  it reads as what is wrong
    """A document that Twilio would not understand, or that would hurt somebody."""


@dataclass(slots=True)
class Calls:
    """Everything about calls."""

    kernel: Kernel
    random: Random
    phones: Phones
    tell: Callable[[str], None]
    who: Callable[[str], str]
    post: Callable[..., Story]
    """A webhook of ours: (url, form, tries) → the document, or None when nobody answered."""
    callback_lost: float = 0.0
    callback_late: float = 0.0
    made: list[Call] = field(default_factory=list)
    legs: dict[str, Leg] = field(default_factory=dict)
    said_yes: set[str] = field(default_factory=set)
    """Who has pressed 1 on any phone."""

    # The caller's call ──────────────────────────────────────────────────────────────────────────

    def dial(self, from_: str, to: str, patience: float, url: str, status_url: str) -> Call:
        """Somebody calls a line, and stays on it for so many seconds."""
        call = Call(f"CA{len(self.made) + 1}", from_, to, self.kernel.at)
        self.made.append(call)
        self.tell(f"call {call.sid} from {self.who(from_)} to {self.who(to)}")
        self.kernel.begin(self._call(call, url, status_url))
        self.kernel.after(patience, lambda: self._caller_hangs_up(call))
        return call

    def _caller_hangs_up(self, call: Call) -> None:
        if not call.over:
            call.gone = True
            self.tell(f"caller of {call.sid} hangs up")
            self.kernel.give(call.signal)

    def _form(self, call: Call, **more: str) -> dict[str, str]:
        status = "completed" if call.gone else "in-progress"
        return {
            "CallSid": call.sid,
            "From": call.from_,
            "To": call.to,
            "CallStatus": status,
            **more,
        }

    def _call(self, call: Call, url: str, status_url: str) -> Story:
        document = yield from self._ask(call, url)
        call.answered = document is not None
        while document is not None:
            document = yield from self._obey(call, url, document)
        call.over = True
        how = "caller has hung up" if call.gone else "the document ended it"
        self.tell(f"call {call.sid} is over: {how}")
        call_is_over = self._form(call, CallStatus="completed")
        self._later(status_url, call_is_over)

    def _ask(self, call: Call, url: str, **more: str) -> Story:
        """The next document; where nobody gives one, the provider's own dials 988."""
        document = yield from self.post(url, self._form(call, **more), 3)
        if document is None:
            call.failed_over = True
            if not call.gone:
                self.tell(f"call {call.sid}: nobody answers, the fallback document takes over")
                call.reached = call.reached or "fallback"
        return document

    def _later(self, url: str, form: dict[str, str]) -> None:
        """A status callback: lost, late, or neither."""
        if self.random.random() < self.callback_lost:
            return
        late = self.random.random() < self.callback_late
        delay = self.random.uniform(5, 60) if late else self.random.uniform(0.1, 1)
        self.kernel.begin(self.post(url, form, 1), delay)

    def _obey(self, call: Call, base: str, document: str) -> Story:
        """Do what a document says; the next document, or None when the call is over."""
        for verb in _parse(document):
            if call.gone:
                return None
            match verb.tag:
                case "Say":
                    call.told = bool(TELLS_988.search(verb.text or ""))
                    yield Until(_reading(verb), call.signal)
                case "Pause":
                    yield Until(float(verb.get("length", "1")), call.signal)
                case "Gather":
                    digits = yield from self._caller_is_asked(call, verb)
                    if digits is not None:
                        return (yield from self._ask(call, _url(base, verb), Digits=digits))
                case "Redirect":
                    return (yield from self._ask(call, urljoin(base, (verb.text or "").strip())))
                case "Dial":
                    ended = yield from self._dial(call, base, verb)
                    if verb.get("action"):
                        return (yield from self._ask(call, _url(base, verb), **ended))
                case "Hangup":
                    return None
                case _:
                    raise BadDocument(f"Twilio ignores <{verb.tag}>")
        return None

    def _caller_is_asked(self, call: Call, gather: ElementTree.Element) -> Story:
        reading = sum(_reading(say) for say in gather)
        presses = self.random.random() < 0.5
        wait = reading + (self.random.uniform(0, 4) if presses else float(gather.get("timeout", 5)))
        yield Until(wait, call.signal)
        if call.gone or not presses:
            return None
        key = self.random.choice("1129*")
        self.tell(f"caller of {call.sid} presses {key}")
        return key

    # The phones that are rung ───────────────────────────────────────────────────────────────────

    def _dial(self, call: Call, base: str, dial: ElementTree.Element) -> Story:
        numbers = list(dial)
        if [number.tag for number in numbers] != ["Number"]:
            raise BadDocument("one number per dial: the first pickup silences all others")
        [number] = numbers
        phone = (number.text or "").strip()
        leg = Leg(f"{call.sid}-{len(self.legs) + 1}", phone, signal=call.signal)
        self.legs[leg.sid] = leg
        pickup = self.phones.ring(phone, number.get("url") is not None)
        self.tell(f"{self.who(phone)}'s phone rings for {call.sid}")
        self._leg_is(number, base, leg, "initiated", "ringing")
        longest = float(dial.get("timeout", "30")) + EXTRA_RING
        yield from self._listen(call, leg, min(pickup.rings, longest))
        if call.gone or leg.dropped:
            self._leg_is(number, base, leg, "canceled")
            return _ended("canceled" if call.gone else "no-answer")
        if pickup.outcome != "answered" or pickup.rings > longest:
            outcome = pickup.outcome if pickup.outcome != "answered" else "no-answer"
            self._leg_is(number, base, leg, outcome)
            return _ended(outcome)
        self._leg_is(number, base, leg, "in-progress")
        if number.get("url") is not None:
            bridged = yield from self._screen(
                call, leg, pickup, urljoin(base, number.get("url", ""))
            )
            if not bridged:
                self._leg_is(number, base, leg, "completed")
                return _ended("completed")
        return (yield from self._talk(call, leg, pickup, number, base))

    def _leg_is(self, number: ElementTree.Element, base: str, leg: Leg, *statuses: str) -> None:
        url = number.get("statusCallback")
        if url is None:
            return
        for status in statuses:
            self._later(urljoin(base, url), {"CallSid": leg.sid, "CallStatus": status})

    def _listen(self, call: Call, leg: Leg, seconds: float) -> Story:
        """Let time pass, unless the caller hangs up or the leg is dropped."""
        end = self.kernel.at.timestamp() + seconds
        while (left := end - self.kernel.at.timestamp()) > 1e-6:
            if call.gone or leg.dropped:
                return
            yield Until(left, call.signal)

    def _screen(self, call: Call, leg: Leg, pickup: Pickup, url: str) -> Story:
        """Whether whoever picked up is bridged to the caller."""
        form = {
            "CallSid": leg.sid,
            "ParentCallSid": call.sid,
            "CallStatus": "in-progress",
            "To": leg.phone,
        }
        document = yield from self.post(url, form, 3)
        while document is not None:
            for verb in _parse(document):
                if call.gone or leg.dropped:
                    return False
                match verb.tag:
                    case "Say":
                        yield from self._listen(call, leg, _reading(verb))
                    case "Pause":
                        yield from self._listen(call, leg, float(verb.get("length", "1")))
                    case "Gather":
                        key = yield from self._worker_is_asked(call, leg, pickup, verb)
                        if key == "hangs up":
                            return False
                        if key is not None:
                            form = {**form, "Digits": key}
                            document = yield from self.post(_url(url, verb), form, 3)
                            break
                    case "Hangup":
                        return False
                    case _:
                        raise BadDocument(f"a screening document may not say <{verb.tag}>")
            else:
                return not (call.gone or leg.dropped)
        return False

    def _worker_is_asked(
        self, call: Call, leg: Leg, pickup: Pickup, gather: ElementTree.Element
    ) -> Story:
        longest = sum(_reading(say) for say in gather) + float(gather.get("timeout", "5"))
        if pickup.stays is not None and pickup.stays < longest:
            yield from self._listen(call, leg, pickup.stays)
            return "hangs up"
        pressed = pickup.key is not None and pickup.thinks < longest
        yield from self._listen(call, leg, pickup.thinks if pressed else longest)
        if call.gone or leg.dropped or not pressed:
            return None
        self.tell(f"{self.who(leg.phone)} presses {pickup.key}")
        if pickup.key == "1":
            self.said_yes.add(self.who(leg.phone))
        return pickup.key

    def _talk(
        self, call: Call, leg: Leg, pickup: Pickup, number: ElementTree.Element, base: str
    ) -> Story:
        screened = number.get("url") is not None
        if screened and pickup.key != "1":
            raise BadDocument(
                f"caller of {call.sid} was joined to {self.who(leg.phone)}'s voicemail"
            )
        self.tell(f"caller of {call.sid} talks with {self.who(leg.phone)}")
        self.phones.talking(leg.phone, True)
        began = self.kernel.at
        yield Until(pickup.talks, call.signal)
        self.phones.talking(leg.phone, False)
        seconds = int((self.kernel.at - began).total_seconds())
        if call.gone or seconds >= (
            SHORT_BRIDGE_SECONDS if screened else SHORT_LAST_RESORT_SECONDS
        ):
            call.reached = leg.phone
        self._leg_is(number, base, leg, "completed")
        return _ended("completed", seconds)

    def page(self, sid: str, phone: str, url: str) -> Story:
        """Ring somebody for a page; Twilio's word for how the call ended."""
        nobody = Call(sid, phone, phone, self.kernel.at)
        pickup = self.phones.ring(phone, True)
        longest = PAGE_RING_SECONDS + EXTRA_RING
        self.tell(f"{self.who(phone)}'s phone rings for page {sid}")
        yield min(pickup.rings, longest)
        if pickup.outcome != "answered" or pickup.rings > longest:
            return pickup.outcome if pickup.outcome != "answered" else "no-answer"
        self.phones.talking(phone, True)
        yield from self._screen(nobody, Leg(sid, phone), pickup, url)
        self.phones.talking(phone, False)
        return "completed"

    def hang_up(self, leg_sid: str) -> None:
        """As Twilio's REST API: end a leg, if it still runs."""
        leg = self.legs.get(leg_sid)
        if leg is not None and not leg.dropped:
            leg.dropped = True
            self.tell(f"{self.who(leg.phone)}'s phone stops ringing")
            if leg.signal is not None:
                self.kernel.give(leg.signal)


def _parse(document: str) -> ElementTree.Element:
    root = ElementTree.fromstring(document)
    if root.tag != "Response":
        raise BadDocument(f"Twilio expects <Response>, not <{root.tag}>")
    return root


def _reading(verb: ElementTree.Element) -> float:
    if verb.tag != "Say":
        raise BadDocument(f"not simulated inside a question: <{verb.tag}>")
    return len(verb.text or "") / READING * float(verb.get("loop", "1"))


def _url(base: str, verb: ElementTree.Element) -> str:
    return urljoin(base, verb.get("action", ""))


def _ended(outcome: str, bridged_for: int | None = None) -> Mapping[str, str]:
    bridged = bridged_for is not None
    return {
        "DialCallStatus": outcome,
        "DialBridged": "true" if bridged else "false",
        "DialCallDuration": str(bridged_for or 0),
    }


def is_outside(phone: str) -> bool:
    """Whether a number is one of the last resort."""
    return phone in LAST_RESORT
