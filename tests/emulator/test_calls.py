"""What a caller lives through outside a Dial: prompts, keys, redirects, rejection, hanging up."""

import pytest

from tests.emulator.town import CALLER, LINE, Form, Town

MENU = (
    '<Gather numDigits="1" timeout="4" action="/chosen"><Say language="es-MX">Oprima 1</Say>'
    "</Gather><Say>Stay on the line.</Say>"
)


def test_a_key_ends_the_prompt_and_is_posted(town: Town) -> None:
    town.product.on("/voice", MENU.replace("Oprima 1", "Oprima 1 " * 200))
    town.product.on("/chosen", lambda form: f"<Say>You chose {form['Digits']}.</Say>")
    call = town.network.place_call(CALLER, LINE).wait_for("gathering")
    call.press("2")
    call.wait_ended()
    assert call.last_heard == "You chose 2."
    assert call.heard[0].language == "es-MX"
    assert town.product.seen("/chosen")[0]["CallStatus"] == "in-progress"


def test_without_a_key_execution_falls_through(town: Town) -> None:
    town.product.on("/voice", MENU)
    call = town.network.place_call(CALLER, LINE).wait_ended()
    assert call.heard == ["Oprima 1", "Stay on the line."]
    assert town.product.seen("/chosen") == []


def test_the_finish_key_sends_what_there_is_to_the_same_document(town: Town) -> None:
    def voice(form: Form) -> str:
        if "Digits" in form:
            return f"<Say>Got {form['Digits']}</Say>"
        return '<Gather finishOnKey="#" timeout="200"><Say>Code, then hash</Say></Gather>'

    town.product.on("/voice", voice)
    call = town.network.place_call(CALLER, LINE).wait_for("gathering")
    call.press("42#")
    assert call.wait_ended().last_heard == "Got 42"


def test_redirects_pauses_and_sounds_run_in_order_from_the_document_they_are_in(town: Town) -> None:
    town.product.on("/voice", "<Redirect>deep/one</Redirect>")
    town.product.on("/deep/one", '<Pause length="2"/><Redirect method="GET">two?x=1</Redirect>')
    town.product.on("/deep/two", "<Play>bell.mp3</Play><Say>End</Say>")
    call = town.network.place_call(CALLER, LINE).wait_ended()
    assert call.heard == ["[plays bell.mp3]", "End"]
    assert town.product.seen("/deep/two")[0]["CallSid"] == call.sid


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
def test_a_rejected_call_is_never_answered(town: Town, reason: str, status: str) -> None:
    town.product.on("/voice", f'<Reject reason="{reason}"/>')
    call = town.network.place_call(CALLER, LINE).wait_ended()
    assert call.leg.status == status
    assert call.leg.answered_at is None


def test_the_number_hears_when_a_call_is_over(town: Town) -> None:
    town.network.number(LINE, status_callback=f"{town.product.url}/over")
    town.product.on("/voice", '<Say loop="0">Please hold.</Say>')
    call = town.network.place_call(CALLER, LINE)
    town.wait(lambda: bool(call.heard))
    call.hang_up()
    town.wait(lambda: bool(town.product.seen("/over")))
    assert town.product.seen("/over")[0]["CallStatus"] == "completed"
    assert call.state == "ended"


@pytest.mark.parametrize("shown", ["anonymous", "+266696687"])
def test_a_withheld_number_arrives_as_a_word_or_a_sentinel(town: Town, shown: str) -> None:
    town.product.on("/voice", "<Say>Hello</Say>")
    town.network.place_call(CALLER, LINE, shown_as=shown).wait_ended()
    town.network.place_call(shown, LINE).wait_ended()
    assert [form["From"] for form in town.product.seen("/voice")] == [shown, shown]


def test_waiting_in_vain_says_what_happened(town: Town) -> None:
    town.product.on("/voice", "<Say>Goodbye.</Say>")
    call = town.network.place_call(CALLER, LINE).wait_ended()
    with pytest.raises(AssertionError, match=r"says  Goodbye\."):
        call.wait_for("bridged", timeout=0.01)


def test_a_faster_clock_makes_shorter_calls_of_the_same_length(town: Town) -> None:
    town.product.on("/voice", '<Pause length="20"/>')
    call = town.network.place_call(CALLER, LINE).wait_ended(timeout=5)
    assert 20 <= call.transcript[-1].at < 60


def test_calling_needs_a_line_of_ours(town: Town) -> None:
    with pytest.raises(ValueError, match="not one of our lines"):
        town.network.place_call(CALLER, "+15035550199")
