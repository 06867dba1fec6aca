"""Reads TwiML as Twilio does: bad XML is an error, an unknown verb or attribute only a warning."""

from collections.abc import Callable
from xml.etree import ElementTree

from notifications.emulator.verbs import (
    ConferenceNoun,
    Dial,
    Document,
    Gather,
    Hangup,
    Message,
    Number,
    Pause,
    Play,
    Prompt,
    Redirect,
    Reject,
    Say,
    Verb,
)

UNKNOWN_MARKUP = 12200
BAD_XML = 12100
WRONG_ROOT = 12102


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_AMD = _words(
    "machineDetection machineDetectionTimeout machineDetectionSpeechThreshold "
    "machineDetectionSpeechEndThreshold machineDetectionSilenceTimeout amdStatusCallback "
    "amdStatusCallbackMethod"
)
_RECORDING = _words(
    "record trim recordingStatusCallback recordingStatusCallbackMethod "
    "recordingStatusCallbackEvent recordingTrack"
)
# Attributes as Twilio's TwiML reference lists them, nouns included.
ATTRIBUTES: dict[str, frozenset[str]] = {
    "Response": frozenset(),
    "Say": frozenset({"voice", "language", "loop"}),
    "Play": frozenset({"loop", "digits"}),
    "Pause": frozenset({"length"}),
    "Gather": _words(
        "action method input timeout speechTimeout maxSpeechTime profanityFilter finishOnKey "
        "numDigits partialResultCallback partialResultCallbackMethod language hints bargeIn "
        "debug actionOnEmptyResult speechModel enhanced"
    ),
    "Dial": _words(
        "action method timeout hangupOnStar timeLimit callerId answerOnBridge ringTone sequential "
        "referUrl referMethod callReason events"
    )
    | _RECORDING,
    "Number": _words(
        "sendDigits url method statusCallback statusCallbackEvent statusCallbackMethod byoc"
    )
    | _AMD,
    "Conference": _words(
        "muted beep startConferenceOnEnter endConferenceOnExit participantLabel jitterBufferSize "
        "waitUrl waitMethod maxParticipants region coach statusCallback statusCallbackEvent "
        "statusCallbackMethod eventCallbackUrl"
    )
    | _RECORDING,
    "Redirect": frozenset({"method"}),
    "Hangup": frozenset(),
    "Reject": frozenset({"reason"}),
    "Message": frozenset({"to", "from", "action", "method", "statusCallback"}),
    "Body": frozenset(),
}
VOICE_VERBS = frozenset({"Say", "Play", "Pause", "Gather", "Dial", "Redirect", "Hangup", "Reject"})
MESSAGE_VERBS = frozenset({"Message", "Redirect"})
_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
ROOM_EVENTS = _words("start end join leave mute hold modify speaker announcement")
_BEEPS = _words("true false onEnter onExit")


class BadMarkup(ValueError):  # noqa: N818 - Twilio calls it an error code, not an exception
    """A document that Twilio cannot use, with Twilio's error ``code``."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def parse(text: str, url: str = "", *, verbs: frozenset[str] = VOICE_VERBS) -> Document:
    """Parse a document that came from ``url``; only ``verbs`` are known in it.

    Raises BadMarkup with 12100 for bad XML and 12102 when the root is not ``<Response>``.
    """
    try:
        # The document comes from the product under test, over loopback.
        root = ElementTree.fromstring(text.strip())  # noqa: S314
    except ElementTree.ParseError as error:
        raise BadMarkup(BAD_XML, f"Document parse failure: {error}") from error
    if root.tag != "Response":
        raise BadMarkup(WRONG_ROOT, f"The root element must be Response, not {root.tag}")
    reader = _Reader()
    reader.look_at(root)
    parsed = tuple(verb for verb in (reader.verb(e, verbs) for e in root) if verb is not None)
    return Document(parsed, url, tuple(reader.warnings))


class _Reader:
    """Turns elements into verbs and collects warnings on the way."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def look_at(self, element: ElementTree.Element) -> None:
        """Warn about attributes that the element does not have, and about stray text."""
        known = ATTRIBUTES[element.tag]
        self.warnings += [
            f"<{element.tag}> has no attribute {name}"
            for name in element.attrib
            if name not in known
        ]
        if element.tag in {"Response", "Gather"} and _text(element, deep=False):
            self.warnings.append(f"<{element.tag}> may not hold text")

    def verb(self, element: ElementTree.Element, known: frozenset[str]) -> Verb | None:
        if element.tag not in known:
            self.warnings.append(f"<{element.tag}> is not a verb here")
            return None
        self.look_at(element)
        readers: dict[str, Callable[[ElementTree.Element], Verb]] = {
            "Say": self._say,
            "Play": lambda e: Play(_text(e), self._count(e, "loop", 1)),
            "Pause": lambda e: Pause(self._seconds(e, "length", 1, 1, 600)),
            "Gather": self._gather,
            "Dial": self._dial,
            "Redirect": lambda e: Redirect(_text(e), self._method(e)),
            "Hangup": lambda _: Hangup(),
            "Reject": lambda e: Reject(e.get("reason", "rejected")),
            "Message": self._message,
        }
        return readers[element.tag](element)

    def _say(self, element: ElementTree.Element) -> Say:
        text = " ".join(_text(element).split())
        if not text:
            self.warnings.append("<Say> without text")
        return Say(text, element.get("language", "en-US"), self._count(element, "loop", 1))

    def _gather(self, element: ElementTree.Element) -> Gather:
        nested = (self.verb(e, frozenset({"Say", "Play", "Pause"})) for e in element)
        prompts: tuple[Prompt, ...] = tuple(v for v in nested if isinstance(v, Say | Play | Pause))
        if element.get("input", "dtmf") not in {"dtmf", "dtmf speech", "speech dtmf"}:
            self.warnings.append("<Gather input> other than dtmf hears no keys")
        digits = self._count(element, "numDigits", 0)
        return Gather(
            prompts,
            action=element.get("action", ""),
            method=self._method(element),
            num_digits=digits or None,
            timeout=self._seconds(element, "timeout", 5, 0, 600),
            finish_on_key=element.get("finishOnKey", "#"),
            action_on_empty=self._flag(element, "actionOnEmptyResult"),
        )

    def _dial(self, element: ElementTree.Element) -> Dial:
        numbers: list[Number] = []
        conference: ConferenceNoun | None = None
        for child in element:
            match child.tag:
                case "Number":
                    numbers.append(self._number(child))
                case "Conference":
                    conference = self._conference(child)
                case other:
                    self.warnings.append(f"<{other}> is not a noun of <Dial> here")
        plain = _text(element, deep=False)
        if plain and not numbers:
            numbers.append(Number(plain))
        return Dial(
            tuple(numbers),
            action=element.get("action"),
            method=self._method(element),
            timeout=self._seconds(element, "timeout", 30, 5, 600),
            time_limit=self._seconds(element, "timeLimit", 14400, 1, 86400),
            answer_on_bridge=self._flag(element, "answerOnBridge"),
            hangup_on_star=self._flag(element, "hangupOnStar"),
            caller_id=element.get("callerId", ""),
            conference=conference,
        )

    def _number(self, element: ElementTree.Element) -> Number:
        self.look_at(element)
        events = frozenset(
            element.get("statusCallbackEvent", "completed").replace(",", " ").split()
        )
        if events - _EVENTS:
            self.warnings.append(
                f"<Number statusCallbackEvent> knows no {sorted(events - _EVENTS)}"
            )
        return Number(
            _text(element),
            url=element.get("url", ""),
            method=self._method(element),
            status_callback=element.get("statusCallback", ""),
            status_callback_method=self._method(element, "statusCallbackMethod"),
            status_callback_events=events & _EVENTS,
        )

    def _conference(self, element: ElementTree.Element) -> ConferenceNoun:
        self.look_at(element)
        events = frozenset(element.get("statusCallbackEvent", "").replace(",", " ").split())
        if events - ROOM_EVENTS:
            self.warnings.append(
                f"<Conference statusCallbackEvent> knows no {sorted(events - ROOM_EVENTS)}"
            )
        if element.get("beep", "true") not in _BEEPS:
            self.warnings.append("<Conference beep> must be true, false, onEnter or onExit")
        if not _text(element):
            self.warnings.append("<Conference> has no name")
        return ConferenceNoun(
            _text(element),
            starts=self._flag(element, "startConferenceOnEnter", "true"),
            ends=self._flag(element, "endConferenceOnExit"),
            muted=self._flag(element, "muted"),
            label=element.get("participantLabel", ""),
            wait_url=element.get("waitUrl"),
            status_callback=element.get("statusCallback", ""),
            status_callback_method=self._method(element, "statusCallbackMethod"),
            status_callback_events=events & ROOM_EVENTS,
        )

    def _message(self, element: ElementTree.Element) -> Message:
        parts = [_text(element, deep=False)]
        for child in element:
            if child.tag == "Body":
                parts.append(_text(child))
            else:
                self.warnings.append(f"<{child.tag}> is not part of <Message> here")
        return Message(
            "".join(parts),
            to=element.get("to", ""),
            from_=element.get("from", ""),
            status_callback=element.get("statusCallback", ""),
        )

    def _method(self, element: ElementTree.Element, name: str = "method") -> str:
        value = element.get(name, "POST").upper()
        if value in {"GET", "POST"}:
            return value
        self.warnings.append(f"<{element.tag} {name}> must be GET or POST, not {value}")
        return "POST"

    def _flag(self, element: ElementTree.Element, name: str, default: str = "false") -> bool:
        value = element.get(name, default).lower()
        if value not in {"true", "false"}:
            self.warnings.append(f"<{element.tag} {name}> must be true or false, not {value}")
        return value == "true"

    def _count(self, element: ElementTree.Element, name: str, default: int) -> int:
        return int(self._seconds(element, name, default, 0, 1000))

    def _seconds(
        self, element: ElementTree.Element, name: str, default: float, least: float, most: float
    ) -> float:
        raw = element.get(name)
        if raw is None or (element.tag == "Gather" and raw == "auto"):
            return default
        if raw.strip().isdigit() and least <= int(raw) <= most:
            return float(raw)
        self.warnings.append(f"<{element.tag} {name}> must be {least:g} to {most:g}, not {raw!r}")
        return default


def _text(element: ElementTree.Element, *, deep: bool = True) -> str:
    if deep:
        return "".join(element.itertext()).strip()
    return ((element.text or "") + "".join(child.tail or "" for child in element)).strip()
