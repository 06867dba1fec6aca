"""The fallback as a Twilio Studio flow: Twilio itself goes by the clock, two days ahead. Pure.

A flow can't screen whoever picks up. So where there is a web space, the flow only finds out whose
turn it is and hands the call to that turn's document; the flow's own phones are for when the space
can't be reached either, or for when there is none.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from dispatch.fallback import Bell, Fallback, Turn
from dispatch.fallback_twiml import NOBODY, ONWARD, TO_LAST_RESORT, TO_TEAM, Place, ladder_document
from dispatch.prompts import Language
from dispatch.pursuit import LAST_RESORT_RING_SECONDS

Json = dict[str, Any]

UNSCREENED_RING_SECONDS = 15
"""Phones that can't be screened ring shorter than it takes most voicemails to answer (20 to 30 s;
Twilio adds about 5 s to what it is asked)."""

NOW = "{{ 'now' | date: '%s' | plus: 0 }}"
"""Seconds since 1970 as a number: `plus` makes it one, as the Studio FAQ says to do."""

WHAT_FAILED = "{{trigger.call.ErrorUrl}}"
"""The address whose failure brought the call here."""

MAY_BE_A_MACHINE: Mapping[Language, str] = {
    Language.EN: "If a voicemail answers, hang up and dial 9 8 8.",
    Language.ES: "Si contesta un buzón de voz, cuelgue y marque 9 8 8.",
}


def flow_name(line: str) -> str:
    """What the flow of a line is called at Twilio."""
    return f"Vigil fallback for {line}"


def turn_document(bells: tuple[Bell, ...]) -> str:
    """The name of a turn's document; it is of what it rings, so that it never changes."""
    rings = "/".join(f"{bell.phone}:{bell.seconds}" for bell in bells)
    return f"turn-{hashlib.sha256(rings.encode()).hexdigest()[:16]}.xml"


def turn_documents(fallback: Fallback, place: Place) -> dict[str, str]:
    """The documents of all turns, by name."""
    return {
        turn_document(turn.bells): ladder_document(fallback, turn.bells, place)
        for turn in fallback.turns
    }


def flow(fallback: Fallback, place: Place | None) -> Json:
    """The definition of a line's flow; `place` is where its web space is read, if there is one."""
    states = _Phones(fallback)
    plain = states.by_turn("dial", [states.first(turn.bells) for turn in fallback.turns])
    first = plain
    if place is not None:
        handed = [states.hand_over(turn.bells, place) for turn in fallback.turns]
        screened = states.by_turn("hand", handed)
        first = states.split("space", WHAT_FAILED, "contains", place.url, plain, screened)
    trigger = _state(
        "Trigger",
        "trigger",
        [("incomingMessage", ""), ("incomingCall", first), ("incomingRequest", "")],
        {},
    )
    return {
        "description": "Written by Vigil at every change of the rota. Don't edit it: it is undone.",
        "states": [trigger, *states.all.values()],
        "initial_state": "Trigger",
        "flags": {"allow_concurrent_calls": True},
    }


class _Phones:
    """The widgets of a flow, each by its name; what is there already is not written twice."""

    def __init__(self, fallback: Fallback) -> None:
        self._fallback = fallback
        self.all: dict[str, Json] = {}

    def by_turn(self, what: str, widgets: list[str]) -> str:
        """Widgets that find out by the clock which of `widgets` has its turn; the first of them.

        One question each, so that nothing hangs on the order in which Studio asks several. When
        the last turn is over it goes on holding.
        """
        onward = widgets[-1]
        turns: list[Turn] = list(self._fallback.turns)
        for number in reversed(range(len(turns) - 1)):
            until = int(turns[number].until.timestamp())
            onward = self.split(
                f"{what}_until_{until}", NOW, "less_than", str(until), widgets[number], onward
            )
        return onward

    def split(
        self, name: str, argument: str, kind: str, value: str, match: str, otherwise: str
    ) -> str:
        """A question, and where its two answers lead."""
        state = _state(name, "split-based-on", [("noMatch", otherwise)], {"input": argument})
        condition = {
            "friendly_name": f"{kind} {value}",
            "arguments": [argument],
            "type": kind,
            "value": value,
        }
        state["transitions"].append({"event": "match", "next": match, "conditions": [condition]})
        return self._add(state)

    def hand_over(self, bells: tuple[Bell, ...], place: Place) -> str:
        """Hand the call to a turn's document in the web space; it does not come back."""
        document = turn_document(bells)
        properties = {
            "method": place.method,
            "url": f"{place.url}/{document}",
            "timeout": "14400",
        }
        name = document.removesuffix(".xml").replace("-", "_")
        ends = [("return", ""), ("timeout", ""), ("fail", "")]
        return self._add(_state(f"hand_over_{name}", "add-twiml-redirect", ends, properties))

    def first(self, bells: tuple[Bell, ...]) -> str:
        """The first widget of those that ring these phones, and then the numbers outside."""
        onward = self._last_resort()
        name = turn_document(bells).removesuffix(".xml").replace("-", "_")
        for number in reversed(range(len(bells))):
            bell = bells[number]
            seconds = min(bell.seconds, UNSCREENED_RING_SECONDS)
            onward = self._dial(f"{name}_dial_{number}", bell.phone, seconds, onward)
            words = (ONWARD,) if number else (TO_TEAM, MAY_BE_A_MACHINE)
            onward = self._say(f"{name}_say_{number}", onward, *words)
        return onward

    def _last_resort(self) -> str:
        onward = self._say("nobody", "", NOBODY)
        numbers = self._fallback.last_resort
        for number in reversed(range(len(numbers))):
            onward = self._dial(
                f"outside_{number}", numbers[number], LAST_RESORT_RING_SECONDS, onward
            )
            if number:
                onward = self._say(f"outside_say_{number}", onward, ONWARD)
        return self._say("outside", onward, TO_LAST_RESORT)

    def _dial(self, name: str, phone: str, seconds: int, onward: str) -> str:
        properties = {
            "noun": "number",
            "to": phone,
            "caller_id": self._fallback.line,
            "timeout": seconds,
        }
        ends = [("callCompleted", onward), ("hangup", "")]
        return self._add(_state(name, "connect-call-to", ends, properties))

    def _say(self, name: str, onward: str, *words: Mapping[Language, str]) -> str:
        """Say it in both languages, a widget each; gives the first."""
        for language in reversed(Language):
            text = " ".join(one[language] for one in words)
            properties = {"say": text, "language": language.spoken, "loop": 1}
            state = _state(
                f"{name}_{language}", "say-play", [("audioComplete", onward)], properties
            )
            onward = self._add(state)
        return onward

    def _add(self, state: Json) -> str:
        name: str = state["name"]
        self.all[name] = state
        return name


def _state(name: str, kind: str, ends: list[tuple[str, str]], properties: Json) -> Json:
    """A widget; an end that leads nowhere ends the flow."""
    return {
        "name": name,
        "type": kind,
        "transitions": [
            {"event": event, "next": onward} if onward else {"event": event}
            for event, onward in ends
        ],
        "properties": {"offset": {"x": 0, "y": 0}} | properties,
    }
