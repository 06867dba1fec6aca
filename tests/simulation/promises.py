"""What was promised to people in the night: whatever was acknowledged must be written down."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from tests.simulation.people import BY_PHONE

ONCE = (
    "/twilio/voice", "/twilio/voice/team", "/twilio/voice/step", "/twilio/voice/last-resort",
    "/twilio/page/key", "/twilio/voice/again", "/twilio/voice/accept", "/twilio/sms",
)  # fmt: skip
"""Webhooks that answer a repeat as they answered the first time."""

YOURS = re.compile(r"Vigil (\w+) is yours")
SPELLED = re.compile(r"((?:\b[A-Z0-9] )+)is yours|is yours, reference ((?:[A-Z0-9] ?)+)\.")
PASSED = re.compile(r"Vigil (\w+): passed on\.")


class Answer(str):
    """A document. `decided` is false where it was given because nothing could be decided."""

    decided: bool = True


@dataclass(frozen=True, slots=True)
class Promise:
    """Somebody was told that this is done: a line of that kind is on the timeline."""

    at: datetime
    ref: str
    kind: str
    who: str | None = None
    text: str | None = None
    call_sid: str | None = None
    """The caller's call, where no reference was known when its phone was rung, from memory."""


@dataclass(slots=True)
class Promises:
    """Everything that was acknowledged, and the answers that were given."""

    made: list[Promise] = field(default_factory=list)
    answers: dict[tuple[str, tuple[tuple[str, str], ...]], str] = field(default_factory=dict)
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Texts of clients that were answered: by name, who wrote what."""
    handed_over: dict[str, str] = field(default_factory=dict)
    """References by the crisis line's message."""
    broken: list[str] = field(default_factory=list)

    def heard(self, at: datetime, url: str, form: Mapping[str, str], answer: Answer) -> None:
        """A webhook was answered, whether or not the answer arrives."""
        path = urlsplit(url).path
        if path == "/twilio/sms" and form["From"] not in BY_PHONE:
            self.texts[form["MessageSid"]] = (form["From"], form["Body"])
        if not answer.decided:
            return
        if path in ONCE:
            key = (url, tuple(sorted(form.items())))
            before = self.answers.setdefault(key, str(answer))
            if before != answer:
                self.broken.append(
                    f"a repeated request to {path} was answered differently:\n{before}\n{answer}"
                )
                return
        query = dict(parse_qsl(urlsplit(url).query))
        match path:
            case "/twilio/voice/accept" if form.get("Digits") == "1":
                if "<Response />" in answer or "<Response/>" in answer:
                    ref, call = query.get("ref", ""), form["ParentCallSid"]
                    taken = Promise(at, ref, "accepted", query["staff"], call_sid=call)
                    self.made.append(taken)
            case "/twilio/page/key" if form.get("Digits") == "1":
                if yours := SPELLED.search(answer):
                    ref = (yours[1] or yours[2]).replace(" ", "")
                    self.made.append(Promise(at, ref, "accepted", BY_PHONE[form["To"]]))
            case "/twilio/sms":
                self._text(at, form, answer)
            case _:
                pass

    def _text(self, at: datetime, form: Mapping[str, str], answer: str) -> None:
        staff = BY_PHONE.get(form["From"])
        if staff is None:
            return
        if yours := YOURS.search(answer):
            self.made.append(Promise(at, yours[1], "accepted", staff))
        elif passed := PASSED.search(answer):
            self.made.append(Promise(at, passed[1], "declined", staff))
