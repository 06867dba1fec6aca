"""Writes the TwiML of the staff line and of calls back. Pure: what to say is decided before.

No document says anything about a client; the one number it holds is the one that is to be rung.
Whoever stays silent in the menu is taken on as every caller is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from dispatch.callscript import CONNECTION_OVERRIDES, SCREEN_READINGS, SCREEN_SECONDS
from dispatch.prompts import Language, spelled

MENU_SECONDS = 5
"""How long the menu waits for a key after its reading: a person in crisis may be on the line."""

CLIENT_RING_SECONDS = 40
"""How long the client's phone rings while the worker waits."""

MENU = (
    "{team}, staff line. To call back the client of your open crisis, press 1. "
    "To hear who is on call, press 2. To page the backup, press 3. "
    "For help in a crisis, press 0 or stay on the line."
)
RINGS_YOU = "Your own phone rings in a moment. Goodbye."
NOTHING_OPEN = "No open crisis is yours."
NOT_NOW = "You cannot be connected now. Look at the page of the crisis."
ON_CALL = "On call for {team}: {people}."
NOBODY = "nobody"
PAGED = "{name} is being paged, and you are texted what was done."
PAGED_ALREADY = "{name} has been asked already."
NO_BACKUP = "Nobody else is on call for {team}."
ANYTHING_ELSE = "You can hang up now. Or:"

ASK = "Call back for {team}, reference {ref}. Press 1 to be connected."
ASK_WHICH = "Call back for {team}. You have {count} open crises."
CHOICE = "For {ref}, press {key}."
AGAIN = "The client's phone {outcome}. Press 1 to call again, or hang up."
AGAIN_AFTER_TALK = "You are no longer connected. Press 1 to call again, or hang up."
OVER = "This call back is over. Reply CALL to a text of ours to begin another. Goodbye."
CLOSED = "This crisis is closed. Goodbye."
TAKEN = "{name} has taken it. Goodbye."
NO_NUMBER = "No number of the caller is known. Goodbye."
CALLING_IN = "The caller is on the line: your phone rings in a moment. Goodbye."


@dataclass(frozen=True, slots=True)
class Menu:
    """What every answer of the menu needs: our address, the teams' names, how often it was read."""

    public_url: str
    team: str
    reading: int


def read_menu(menu: Menu, answer: str = "") -> str:
    """Answer what was asked for, and read the menu; who presses nothing is taken on as a caller."""
    response = VoiceResponse()
    key = urlencode({"n": menu.reading})
    gather = Gather(
        num_digits=1,
        timeout=MENU_SECONDS,
        action=f"{menu.public_url}/twilio/staff-line/key?{key}{CONNECTION_OVERRIDES}",
    )
    words = [answer, ANYTHING_ELSE] if answer else []
    _say(gather, " ".join([*words, MENU.format(team=menu.team)]))
    response.append(gather)
    _go_on(response, menu.public_url)
    return str(response)


def as_a_caller(public_url: str) -> str:
    """Take them on as every caller is, without the menu."""
    response = VoiceResponse()
    _go_on(response, public_url)
    return str(response)


def _go_on(response: VoiceResponse, public_url: str) -> None:
    response.redirect(f"{public_url}/twilio/voice?menu=no{CONNECTION_OVERRIDES}")


def _say(response: VoiceResponse | Gather, words: str, loop: int = 1) -> None:
    response.say(words, language=Language.EN.spoken, loop=loop)


def goodbye(words: str) -> str:
    """Say something and end the call."""
    response = VoiceResponse()
    _say(response, words)
    response.hangup()
    return str(response)


@dataclass(frozen=True, slots=True)
class CallBackScript:
    """What the documents of one call back need to know: its address, and its team's name."""

    address: str
    team: str

    def url(self, step: str, **query: int) -> str:
        """The address of one step, which carries numbers of ours alone."""
        return f"{self.address}/{step}?{urlencode(query)}{CONNECTION_OVERRIDES}"


def ask(script: CallBackScript, question: int, refs: Sequence[str]) -> str:
    """Ask the worker to press a key: a voicemail presses none, and is hung up on."""
    if len(refs) == 1:
        words = ASK.format(team=script.team, ref=spelled(refs[0]))
    else:
        offered = [
            CHOICE.format(ref=spelled(ref), key=key) for key, ref in enumerate(refs, start=1)
        ]
        words = " ".join([ASK_WHICH.format(team=script.team, count=len(refs)), *offered])
    return _question(script, question, words)


def ask_again(script: CallBackScript, question: int, words: str) -> str:
    """Say how it went, and offer to ring the client's phone again."""
    return _question(script, question, words)


def _question(script: CallBackScript, question: int, words: str) -> str:
    response = VoiceResponse()
    gather = Gather(
        num_digits=1, timeout=SCREEN_SECONDS, action=script.url("key", question=question)
    )
    _say(gather, words, loop=SCREEN_READINGS)
    response.append(gather)
    response.hangup()
    return str(response)


def ring_client(script: CallBackScript, attempt: int, line: str, number: str) -> str:
    """Ring the client's phone, which is shown our line; the worker hears it ring."""
    response = VoiceResponse()
    dial = Dial(
        action=script.url("tried", attempt=attempt),
        timeout=CLIENT_RING_SECONDS,
        answer_on_bridge=True,
        caller_id=line,
    )
    dial.number(
        number,
        status_callback=script.url("client", attempt=attempt).partition("#")[0],
        status_callback_event="initiated ringing answered completed",
    )
    response.append(dial)
    return str(response)
