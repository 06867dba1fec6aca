"""The fallback as documents that stand still: any web space can hand them out. Pure.

The ladder's `<Dial>`s have no `action`, so they fall through without anybody being asked: whoever
does not take the call, and a voicemail that answers, is followed by the next phone. Whoever picks
up is screened by a second document, and any key of theirs leads to a third one, which is empty: an
empty document bridges.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from dispatch.fallback import Bell, Fallback
from dispatch.prompts import Language
from dispatch.pursuit import LAST_RESORT_RING_SECONDS

LADDER = "ladder.xml"
"""The document that a number's fallback address names."""

SCREEN = "screen.xml"
ACCEPT = "accept.xml"

SCREEN_READINGS = 3
SCREEN_SECONDS = 5
"""How long the worker has to press a key after the reading; in all about half a minute."""

TO_TEAM: Mapping[Language, str] = {
    Language.EN: "Please stay on the line, we are calling your team.",
    Language.ES: "No cuelgue, estamos llamando a su equipo.",
}
ONWARD: Mapping[Language, str] = {
    Language.EN: "If you have been helped, you can hang up. If not, stay on the line.",
    Language.ES: "Si ya recibió ayuda, puede colgar. Si no, no cuelgue.",
}
"""Between two phones: nothing but Twilio is there, and it does not know whether people talked."""

TO_LAST_RESORT: Mapping[Language, str] = {
    Language.EN: "We are connecting you to the 988 crisis line. Please stay on the line.",
    Language.ES: "Le comunicamos con la línea de crisis 988. No cuelgue.",
}
NOBODY: Mapping[Language, str] = {
    Language.EN: "Please hang up and dial 9 8 8, or 9 1 1 if you are in danger.",
    Language.ES: "Cuelgue y marque 9 8 8, o 9 1 1 si está en peligro.",
}
SCREENING = "Crisis call for {teams}. Press any key to take it, or hang up to pass it on."


@dataclass(frozen=True, slots=True)
class Place:
    """Where the documents of one line are read: the address of their folder, GET or POST."""

    url: str
    method: str


def documents(fallback: Fallback, place: Place) -> dict[str, str]:
    """The documents of a line as they must be now, by name."""
    return {
        LADDER: ladder_document(fallback, fallback.now.bells, place),
        SCREEN: _screen(fallback, place),
        ACCEPT: str(VoiceResponse()),
    }


def ladder_document(fallback: Fallback, bells: tuple[Bell, ...], place: Place) -> str:
    """What the caller's call runs: one phone after the other, then the numbers outside."""
    response = VoiceResponse()
    if bells:
        _say(response, TO_TEAM)
    for number, bell in enumerate(bells):
        if number:
            _say(response, ONWARD)
        dial = Dial(timeout=bell.seconds, answer_on_bridge=True, caller_id=fallback.line)
        dial.number(bell.phone, url=f"{place.url}/{SCREEN}", method=place.method)
        response.append(dial)
    if bells:
        _say(response, ONWARD)
    _say(response, TO_LAST_RESORT)
    for number, phone in enumerate(fallback.last_resort):
        if number:
            _say(response, ONWARD)
        dial = Dial(
            timeout=LAST_RESORT_RING_SECONDS, answer_on_bridge=True, caller_id=fallback.line
        )
        dial.number(phone)
        response.append(dial)
    _say(response, NOBODY)
    response.hangup()
    return str(response)


def spoken_teams(fallback: Fallback) -> str:
    """The teams of a line as they are read out."""
    return " or ".join(fallback.teams)


def _screen(fallback: Fallback, place: Place) -> str:
    """What whoever picks up hears. Every end of it but a key hangs up: a voicemail presses none."""
    response = VoiceResponse()
    gather = Gather(
        num_digits=1,
        timeout=SCREEN_SECONDS,
        finish_on_key="",  # any key counts, # too
        action=f"{place.url}/{ACCEPT}",
        method=place.method,
    )
    words = SCREENING.format(teams=spoken_teams(fallback))
    gather.say(words, language=Language.EN.spoken, loop=SCREEN_READINGS)
    response.append(gather)
    response.hangup()
    return str(response)


def _say(response: VoiceResponse, words: Mapping[Language, str]) -> None:
    """In both languages: who calls can't be looked up."""
    for language, text in words.items():
        response.say(text, language=language.spoken)
