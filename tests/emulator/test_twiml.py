"""TwiML is read as Twilio reads it: typos are warnings, bad XML is an error."""

import pytest
from twilio.twiml.voice_response import Dial as SdkDial
from twilio.twiml.voice_response import Gather as SdkGather
from twilio.twiml.voice_response import VoiceResponse

from notifications.emulator.twiml import MESSAGE_VERBS, BadMarkup, parse
from notifications.emulator.verbs import Dial, Gather, Hangup, Message, Number, Pause, Say


def test_a_ladder_document_made_by_the_sdk_is_read_whole() -> None:
    response = VoiceResponse()
    response.say("One moment.", language="es-MX", loop=2)
    dial = SdkDial(
        action="/step?rung=1", timeout=20, answer_on_bridge=True, caller_id="+15035550160"
    )
    dial.number(
        "+15035550171",
        url="/screen",
        status_callback="/leg",
        status_callback_event="initiated ringing answered completed",
    )
    response.append(dial)
    document = parse(str(response), "http://product/voice")
    assert document.warnings == ()
    assert document.verbs == (
        Say("One moment.", "es-MX", 2),
        Dial(
            (
                Number(
                    "+15035550171",
                    url="/screen",
                    status_callback="/leg",
                    status_callback_events=frozenset(
                        {"initiated", "ringing", "answered", "completed"}
                    ),
                ),
            ),
            action="/step?rung=1",
            timeout=20,
            answer_on_bridge=True,
            caller_id="+15035550160",
        ),
    )


def test_a_screen_document_made_by_the_sdk_is_read_whole() -> None:
    response = VoiceResponse()
    gather = SdkGather(num_digits=1, timeout=5, action="/accept")
    gather.say("Press 1 to take it", loop=3)
    gather.pause(length=2)
    response.append(gather)
    response.hangup()
    assert parse(str(response)).verbs == (
        Gather(
            (Say("Press 1 to take it", loop=3), Pause(2)),
            action="/accept",
            num_digits=1,
            timeout=5,
        ),
        Hangup(),
    )


def test_unknown_verbs_attributes_and_values_are_only_warnings() -> None:
    document = parse(
        '<Response><Shout>x</Shout><Say lang="es">Hola</Say><Dial timeout="2">988</Dial></Response>'
    )
    assert document.verbs == (Say("Hola"), Dial((Number("988"),)))
    assert document.warnings == (
        "<Shout> is not a verb here",
        "<Say> has no attribute lang",
        "<Dial timeout> must be 5 to 600, not '2'",
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [("", 12100), ("<Response><Say>", 12100), ("busy", 12100), ("<Answer/>", 12102)],
)
def test_what_is_not_a_document_is_an_error(text: str, code: int) -> None:
    with pytest.raises(BadMarkup) as caught:
        parse(text)
    assert caught.value.code == code


def test_messages_are_read_with_and_without_a_body_element() -> None:
    text = (
        "<Response><Message>One</Message>"
        '<Message to="+15035550171"><Body>Two</Body></Message></Response>'
    )
    assert parse(text, verbs=MESSAGE_VERBS).verbs == (
        Message("One"),
        Message("Two", to="+15035550171"),
    )
