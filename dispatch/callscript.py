"""Writes the TwiML of every step of a call. Pure: what to say and do is decided before.

Every document ends in a bridge with an `action`, in a question that redirects, or in an explicit
hang-up; a screening document always ends in a hang-up, since an empty one would bridge a voicemail
to a person in crisis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from dispatch import prompts
from dispatch.course import UNKNOWN, Course
from dispatch.events import EndCall, Farewell, Preface, Ring, RingLastResort
from dispatch.prompts import Language
from dispatch.pursuit import LAST_RESORT_RING_SECONDS

CONNECTION_OVERRIDES = "#rc=2&rp=ct,rt,5xx&ct=2000&rt=6000&tt=14000"
"""Twilio's retry wishes for our callbacks: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides"""

MENU_SECONDS = 8
"""How long a caller may think about which team they want before the first one is rung."""

SCREEN_SECONDS = 5
"""How long the worker has to press a key after the reading."""

SCREEN_READINGS = 3
"""How often the worker hears what is being asked, one after the other."""

CUT_OFF_SECONDS = 6
"""How long the caller may answer whether they were cut off."""


@dataclass(frozen=True, slots=True)
class Script:
    """What every document of a call needs to know: our public address, and the call's own words.

    `ref` is the crisis, `line` the number of ours that was dialled (shown to those we ring), None
    where Twilio gave none.
    """

    public_url: str
    ref: str = ""
    team: str = ""
    language: Language = Language.EN
    line: str | None = None
    call_sid: str | None = None
    """Our own name for a call that came without one; it then travels in the addresses."""
    course: Course = UNKNOWN
    """Whom the call has rung so far: it goes on from there when the database is away."""

    def url(self, path: str, **query: str | int) -> str:
        """An absolute callback address that carries the call's state."""
        named = {"sid": self.call_sid} if self.call_sid else {}
        parts = {"ref": self.ref, **self.course.query(), **query, **named}
        return f"{self.public_url}{path}?{urlencode(parts)}"


def answer(script: Script, voice: Ring | RingLastResort | EndCall, phone: str | None = None) -> str:
    """The document for whatever was decided; `phone` is the number of the person to ring."""
    match voice:
        case Ring():
            return _ring(script, voice, phone or "")
        case RingLastResort():
            return pass_outside(
                script, (voice.number,), leg=voice.leg, index=voice.index, preface=voice.preface
            )
        case EndCall():
            return _end_call(script, voice.farewell, voice.leg)


def _say(script: Script, response: VoiceResponse | Gather, text: str) -> None:
    if text:
        response.say(text, language=script.language.spoken)


def _preface(script: Script, response: VoiceResponse, preface: Preface) -> None:
    _say(script, response, prompts.PREFACES[script.language][preface].format(team=script.team))


def _ring(script: Script, ring: Ring, phone: str) -> str:
    response = VoiceResponse()
    _preface(script, response, ring.preface)
    dial = Dial(
        action=script.url("/twilio/voice/step", leg=ring.leg, staff=ring.staff)
        + CONNECTION_OVERRIDES,
        timeout=ring.seconds,
        answer_on_bridge=True,
        caller_id=script.line,
    )
    dial.number(
        phone,
        url=script.url("/twilio/voice/screen", leg=ring.leg, staff=ring.staff)
        + CONNECTION_OVERRIDES,
        status_callback=script.url("/twilio/voice/leg", leg=ring.leg),
        status_callback_event="initiated ringing answered completed",
    )
    response.append(dial)
    return str(response)


def pass_outside(
    script: Script,
    numbers: Sequence[str],
    *,
    leg: int = 0,
    index: int = 0,
    preface: Preface = Preface.NONE,
) -> str:
    """Dial the first of `numbers`, never screened.

    Whatever happens comes back to /twilio/voice/last-resort with everything that is needed to go
    on without a database: which number it was (`index`), and the call's course.
    """
    response = VoiceResponse()
    if preface in (Preface.BROKEN, Preface.AGAIN):
        _preface(script, response, preface)
    _say(script, response, prompts.TO_LAST_RESORT[script.language])
    back = script.url("/twilio/voice/last-resort", leg=leg, index=index)
    dial = Dial(
        action=back + CONNECTION_OVERRIDES,
        timeout=LAST_RESORT_RING_SECONDS,
        answer_on_bridge=True,
        caller_id=script.line,
    )
    dial.number(numbers[0])
    response.append(dial)
    return str(response)


def _end_call(script: Script, farewell: Farewell, leg: int = 0) -> str:
    response = VoiceResponse()
    words = prompts.FAREWELLS[script.language][farewell]
    if farewell is Farewell.AFTER_TALK:
        gather = Gather(
            num_digits=1,
            timeout=CUT_OFF_SECONDS,
            action=script.url("/twilio/voice/again", leg=leg) + CONNECTION_OVERRIDES,
        )
        _say(script, gather, words)
        response.append(gather)
    else:
        _say(script, response, words)
    response.hangup()
    return str(response)


def ask_team(script: Script, teams: Sequence[str]) -> str:
    """Ask which of several teams; who presses nothing is taken to the first by the redirect."""
    response = VoiceResponse()
    chosen = script.url("/twilio/voice/team") + CONNECTION_OVERRIDES
    gather = Gather(num_digits=1, timeout=MENU_SECONDS, action=chosen)
    items = [
        prompts.MENU_ITEM[script.language].format(key=key, team=team)
        for key, team in enumerate(teams[:9], start=1)
    ]
    _say(script, gather, " ".join([*items, prompts.MENU_STAY[script.language]]))
    response.append(gather)
    response.redirect(chosen)
    return str(response)


def screen(script: Script, leg: int, staff: str) -> str:
    """What the worker hears before the bridge: team and reference, never the client's name.

    A call that came in while the database is away has no reference yet.
    """
    response = VoiceResponse()
    gather = Gather(
        num_digits=1,
        timeout=SCREEN_SECONDS,
        action=script.url("/twilio/voice/accept", leg=leg, staff=staff) + CONNECTION_OVERRIDES,
    )
    words = prompts.SCREEN if script.ref else prompts.SCREEN_WITHOUT_REF
    words = words.format(team=script.team, ref=prompts.spelled(script.ref))
    gather.say(words, language=Language.EN.spoken, loop=SCREEN_READINGS)
    response.append(gather)
    response.hangup()
    return str(response)


def page(script: Script, row: int, words: str) -> str:
    """What a page by voice says; without a key it hangs up: a voicemail accepts nothing.

    The key is about the crisis that was named.
    """
    response = VoiceResponse()
    response.pause(length=1)
    gather = Gather(
        num_digits=1,
        timeout=SCREEN_SECONDS,
        action=f"{script.public_url}/twilio/page/key?row={row}&ref={script.ref}"
        + CONNECTION_OVERRIDES,
    )
    gather.say(words, language=Language.EN.spoken, loop=SCREEN_READINGS)
    response.append(gather)
    response.hangup()
    return str(response)


def bridge() -> str:
    """The empty document after which Twilio joins the worker and the caller."""
    return str(VoiceResponse())


def hang_up(words: str = "") -> str:
    """Say something to a worker and end their leg."""
    response = VoiceResponse()
    if words:
        response.say(words, language=Language.EN.spoken)
    response.hangup()
    return str(response)


def message(words: str | None) -> str:
    """The answer to a text; an empty document sends nothing."""
    response = MessagingResponse()
    if words:
        response.message(words)
    return str(response)
