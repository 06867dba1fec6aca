"""Every document of the staff line and of calls back: Twilio reads it, nobody is left hanging."""

import inspect
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from dispatch import staff_script
from dispatch.staff_script import CallBackScript, Menu
from notifications.emulator.twiml import parse

PUBLIC_URL = "https://vigil.example.org"
MENU = Menu(PUBLIC_URL, 'North & "Sons" <ACT>', 2)
SCRIPT = CallBackScript(f"{PUBLIC_URL}/twilio/call-back/0a1b2c", 'North & "Sons" <ACT>')
LINE, NUMBER = "+15035550191", "+15035550121"

MENUS = [
    staff_script.read_menu(MENU),
    staff_script.read_menu(MENU, staff_script.NOTHING_OPEN),
    staff_script.as_a_caller(PUBLIC_URL),
]
WORDS = [
    value
    for name, value in vars(staff_script).items()
    if name.isupper() and isinstance(value, str) and name != "CONNECTION_OVERRIDES"
]
QUESTIONS = [
    staff_script.ask(SCRIPT, 1, ["K7Q"]),
    staff_script.ask(SCRIPT, 1, ["K7Q", "C2D4"]),
    staff_script.ask_again(SCRIPT, 3, staff_script.AGAIN_AFTER_TALK),
]
RINGS = staff_script.ring_client(SCRIPT, 2, LINE, NUMBER)
ALL = [*MENUS, *QUESTIONS, RINGS, *map(staff_script.goodbye, WORDS)]


def verbs(text: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(text))


@pytest.mark.parametrize("text", ALL)
def test_twilio_knows_every_word_of_it(text: str) -> None:
    assert parse(text).warnings == ()


@pytest.mark.parametrize("text", MENUS)
def test_silence_in_the_menu_leads_on_as_for_every_caller(text: str) -> None:
    last = verbs(text)[-1]
    assert last.tag == "Redirect"
    assert (last.text or "").startswith(f"{PUBLIC_URL}/twilio/voice?menu=no#")


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_machine_that_presses_nothing_is_hung_up_on(text: str) -> None:
    assert [verb.tag for verb in verbs(text)] == ["Gather", "Hangup"]


def test_the_client_is_rung_from_the_line_and_whatever_happens_comes_back_to_us() -> None:
    [dial] = verbs(RINGS)
    assert (dial.get("callerId"), dial.get("answerOnBridge")) == (LINE, "true")
    assert 5 <= int(dial.get("timeout", "")) <= 600
    [number] = dial
    assert number.text == NUMBER
    assert number.get("url") is None, "the client is not screened"
    assert dial.get("action", "").startswith(f"{SCRIPT.address}/tried?attempt=2#")


def test_no_address_holds_anything_but_names_of_ours() -> None:
    for text in ALL:
        for element in ElementTree.fromstring(text).iter():
            for name in ("action", "url", "statusCallback"):
                address = urlsplit(element.get(name, ""))
                assert NUMBER[2:] not in address.geturl()
                assert address.query.partition("=")[0] in ("", "n", "attempt", "question")


def test_only_the_ringing_is_told_a_number() -> None:
    """What is never handed to the other documents cannot be spoken or written into an address."""
    handed = {
        name
        for name, function in vars(staff_script).items()
        if inspect.isfunction(function) and "number" in inspect.signature(function).parameters
    }
    assert handed == {"ring_client"}
