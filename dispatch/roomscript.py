"""Writes the TwiML of a conference: for the worker, the caller and a colleague who is brought in.

Every document for the caller has an `action` or a redirect of ours: whatever ends, they come back.
"""

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from dispatch import prompts
from dispatch.callscript import CONNECTION_OVERRIDES, SCREEN_READINGS, SCREEN_SECONDS, Script
from dispatch.prompts import Language
from dispatch.room import room_name
from dispatch.room_events import EnterRoom, WaitForRoom

EVENTS = "start end join leave speaker"
"""What Twilio tells us of a room. Whoever comes in first decides, so every document says the same:
https://www.twilio.com/docs/voice/twiml/conference#attributes-status-callback"""

WORKER = "worker"
CALLER = "caller"
PARTY = "party-"
"""Labels of the people in a room; a third party's number follows."""


def for_caller(script: Script, voice: EnterRoom | WaitForRoom) -> str:
    """Take the caller into the room, or let them wait a moment and ask again."""
    response = VoiceResponse()
    match voice:
        case EnterRoom(leg=leg):
            action = script.url("/twilio/voice/room/ended", leg=leg)
            _into_room(response, script, leg, CALLER, action, ends=True)
        case WaitForRoom(leg=leg, tries=tries):
            if tries == 1:
                words = prompts.ONE_MOMENT[script.language]
                response.say(words, language=script.language.spoken)
            else:
                response.pause(length=1)
            again = script.url("/twilio/voice/room/wait", leg=leg, tries=tries)
            response.redirect(again + CONNECTION_OVERRIDES)
    return str(response)


def for_worker(script: Script, leg: int) -> str:
    """Take the worker into the room, which ends with them until somebody else has spoken."""
    response = VoiceResponse()
    action = script.url("/twilio/voice/room/left", leg=leg)
    _into_room(response, script, leg, WORKER, action, ends=True)
    return str(response)


def for_party(script: Script, leg: int, number: int) -> str:
    """Take the colleague who pressed 1 into the room."""
    response = VoiceResponse()
    action = script.url("/twilio/voice/room/left", leg=leg, party=number)
    _into_room(response, script, leg, f"{PARTY}{number}", action, ends=False)
    return str(response)


def _into_room(
    response: VoiceResponse, script: Script, leg: int, label: str, action: str, *, ends: bool
) -> None:
    dial = Dial(action=action + CONNECTION_OVERRIDES)
    dial.conference(
        room_name(script.ref, leg),
        beep=False,
        wait_url="",
        start_conference_on_enter=True,
        end_conference_on_exit=ends,
        participant_label=label,
        status_callback=script.url("/twilio/voice/room/event", leg=leg) + CONNECTION_OVERRIDES,
        status_callback_event=EVENTS,
    )
    response.append(dial)


def ask_party(script: Script, leg: int, number: int) -> str:
    """The first document of a colleague's leg: what they are wanted for is asked when they answer.

    What is sent to the phone network may wait; what they hear must be true when they hear it.
    """
    response = VoiceResponse()
    url = script.url("/twilio/voice/room/screen", leg=leg, party=number)
    response.redirect(url + CONNECTION_OVERRIDES)
    return str(response)


def screen(script: Script, leg: int, number: int, worker: str) -> str:
    """What a colleague hears before they join: who asks, for which team; 1 joins, 2 passes."""
    response = VoiceResponse()
    gather = Gather(
        num_digits=1,
        timeout=SCREEN_SECONDS,
        action=script.url("/twilio/voice/room/key", leg=leg, party=number) + CONNECTION_OVERRIDES,
    )
    words = prompts.SCREEN_JOIN.format(
        name=worker, team=script.team, ref=prompts.spelled(script.ref)
    )
    gather.say(words, language=Language.EN.spoken, loop=SCREEN_READINGS)
    response.append(gather)
    response.hangup()
    return str(response)


def back(script: Script, leg: int) -> str:
    """What brings the caller back from a room where nobody is left."""
    response = VoiceResponse()
    url = script.url("/twilio/voice/room/ended", leg=leg, fetched=1)
    response.redirect(url + CONNECTION_OVERRIDES)
    return str(response)
