"""How people behave: who picks up, who presses what, who answers a text and with which words."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.simulation.calls import Pickup
from tests.simulation.town import LAST_RESORT, PHONES, STAFF

PAGE = re.compile(r"^Vigil ([A-Z][0-9][A-Z0-9]*): .*Reply 1")
"""A text that asks for an answer, and the reference it is about."""


@dataclass(frozen=True, slots=True)
class Mood:
    """How somebody is tonight. Chances are from 0 to 1, weights are relative, times in seconds."""

    picks_up: float
    keys: Mapping[str | None, float] = field(default_factory=dict)
    """What they press when they are asked; None is nothing."""
    hangs_up: float = 0.0
    breaks: float = 0.0
    """How likely a talk breaks off after a few seconds."""
    voicemail: float = 0.0
    """How likely a voicemail takes what they don't pick up."""
    answers_texts: float = 0.0
    words: Mapping[str, float] = field(default_factory=dict)
    """What they write; {ref} is the reference."""
    slow: tuple[float, float] = (5, 60)


YES = {"1": 5, "yes": 1, "1 {ref}": 2, "ok": 1}
NO = {"2": 4, "no {ref}": 1}
NONSENSE = {"who is this?": 2, "1 2": 1, "call me later": 1, "1 K9X": 1}

MOODS: Mapping[str, Mood] = {
    "steady": Mood(0.9, {"1": 9, "2": 1, None: 0.5}, 0.02, 0.03, 0.5, 0.5, YES, (4, 40)),
    "asleep": Mood(0.2, {"1": 5, None: 3}, 0.1, 0.0, 0.6, 0.15, YES, (60, 400)),
    "voicemail": Mood(0.0, {}, 0.0, 0.0, 1.0, 0.0),
    "off": Mood(0.0),
    "busy": Mood(0.7, {"2": 6, "1": 2, "5": 1}, 0.1, 0.05, 0.3, 0.7, {**NO, "1": 1}, (4, 90)),
    "muddled": Mood(
        0.6, {"1": 3, "2": 1, "7": 1, None: 1}, 0.25, 0.4, 0.4, 0.8, {**NONSENSE, **YES}
    ),
    "texting": Mood(0.1, {"1": 1}, 0.0, 0.0, 0.2, 0.95, YES, (3, 25)),
    "leaving": Mood(0.3, {"2": 1}, 0.2, 0.0, 0.2, 0.6, {"stop": 2, "2": 1, "start": 1}, (5, 120)),
}


def choose(random: Random, weights: Mapping[str, float] | Mapping[str | None, float]) -> str | None:
    """One of them, by their weights."""
    names: Sequence[str | None] = list(weights)
    return random.choices(names, list(weights.values()))[0]


class People:
    """Everybody who works here, and whoever answers outside."""

    def __init__(self, random: Random, moods: Mapping[str, str], outside: float) -> None:
        self._random = random
        self.moods = dict(moods)
        """Who is in which mood; it may change in the night."""
        self.outside = outside
        """How likely 988 picks up."""
        self.on_the_phone: set[str] = set()
        self.ringing: Callable[[str], bool] = lambda _: False

    def mood(self, phone: str) -> Mood:
        """How the owner of a phone is."""
        return MOODS[self.moods[BY_PHONE[phone]]]

    def ring(self, phone: str, asks: bool) -> Pickup:
        """What becomes of ringing a phone."""
        random = self._random
        if not asks or phone in LAST_RESORT:
            if random.random() < self.outside:
                talks = random.choice((4, 20, 300, 900))
                return Pickup(random.uniform(2, 30), talks=talks)
            return Pickup(random.uniform(1, 70), random.choice(("busy", "no-answer", "failed")))
        if phone in self.on_the_phone:
            return Pickup(random.uniform(0.5, 2), "busy")
        mood = self.mood(phone)
        if self.moods[BY_PHONE[phone]] == "off":
            return Pickup(random.uniform(0.5, 3), random.choice(("failed", "no-answer", "busy")))
        if random.random() < mood.picks_up:
            return Pickup(
                random.uniform(2, 24),
                key=choose(random, mood.keys),
                thinks=random.choice((2, 4, 9, 18, 30)),
                stays=random.uniform(1, 8) if random.random() < mood.hangs_up else None,
                talks=random.uniform(2, 28) if random.random() < mood.breaks else self._talk(),
            )
        if random.random() < mood.voicemail:
            return Pickup(random.uniform(12, 22))
        return Pickup(100, "no-answer")

    def _talk(self) -> float:
        return self._random.choice((40, 120, 400, 1200))

    def talking(self, phone: str, on: bool) -> None:
        """Somebody is on the phone, or no longer."""
        if on:
            self.on_the_phone.add(phone)
        else:
            self.on_the_phone.discard(phone)

    def answer(self, phone: str, body: str) -> tuple[float, str] | None:
        """What somebody answers to a text, after how many seconds; None: nothing."""
        page = PAGE.match(body)
        mood = self.mood(phone)
        if page is None or self._random.random() >= mood.answers_texts:
            return None
        words = choose(self._random, mood.words) or ""
        return self._random.uniform(*mood.slow), words.format(ref=page[1])


BY_PHONE = {phone: staff for staff, phone in PHONES.items()}


def moods(random: Random, gloom: float) -> dict[str, str]:
    """Everybody's mood tonight; the gloomier, the fewer are steady."""
    others = [name for name in MOODS if name != "steady"]
    return {one: random.choice(others) if random.random() < gloom else "steady" for one in STAFF}
