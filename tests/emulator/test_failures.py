"""What Twilio does when the product is slow, broken or away, and faults that are asked for."""

import threading

import pytest
from starlette.responses import Response
from twilio.request_validator import RequestValidator

from notifications.emulator import Faults
from notifications.emulator.webhooks import Policy
from tests.emulator.town import ANA, CALLER, LINE, Form, Town

NOWHERE = "http://127.0.0.1:9/voice"
SORRY = "We are sorry. An application error has occurred. Goodbye."


def test_the_signature_is_the_one_that_twilio_publishes() -> None:
    form = {
        "Digits": "1234",
        "To": "+18005551212",
        "From": "+14158675309",
        "Caller": "+14158675309",
        "CallSid": "CA1234567890ABCDE",
    }
    signature = RequestValidator("12345").compute_signature(
        "https://mycompany.com/myapp.php?foo=1&bar=2", form
    )
    assert signature == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_the_fragment_of_a_url_overrides_the_patience() -> None:
    assert Policy.of("rc=3&rp=ct,rt,5xx&ct=2000&rt=4000&tt=14000") == Policy(
        3, frozenset({"ct", "rt", "5xx"}), 2000, 4000, 14000
    )
    assert Policy.of("") == Policy()
    assert Policy.of("rc=99&rt=1&tt=soon") == Policy(retries=5, read_ms=100)
    assert Policy.of("rp=all").on == {"4xx", "5xx", "ct", "rt"}


def test_a_query_and_a_fragment_are_signed_as_twilio_does(town: Town) -> None:
    town.network.number(LINE, voice_url=f"{town.product.url}/voice?team=test%20act#rc=2&rp=5xx")
    town.product.on("/voice", "<Say>Hello</Say>")
    assert town.network.place_call(CALLER, LINE).wait_ended().last_heard == "Hello"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response("no", 500), "11200"),
        (Response("no", 404), "11200"),
        (Response("<Response><Say>", media_type="text/xml"), "12100"),
        (Response("", media_type="text/xml"), "12100"),
        (Response('{"say": 1}', media_type="application/json"), "12300"),
    ],
)
def test_a_bad_answer_sends_the_call_to_the_fallback(
    town: Town, answer: Response, code: str
) -> None:
    product = town.product
    town.network.number(LINE, voice_fallback_url=f"{product.url}/fallback")
    product.on("/voice", answer)
    product.on("/fallback", "<Dial>988</Dial>")
    call = town.network.place_call(CALLER, LINE).wait_for("talking")
    assert call.bridged_with == ["988"]
    [form] = product.seen("/fallback")
    assert (form["ErrorCode"], form["ErrorUrl"]) == (code, f"{product.url}/voice")
    assert form["CallSid"] == call.sid


def test_a_product_that_is_away_is_asked_twice_then_the_fallback(town: Town) -> None:
    town.network.number(LINE, voice_url=NOWHERE, voice_fallback_url=f"{town.product.url}/fallback")
    town.product.on("/fallback", "<Say>From afar</Say>")
    assert town.network.place_call(CALLER, LINE).wait_ended().last_heard == "From afar"
    first, second, _ = town.network.requests
    assert (first.failure, second.failure, first.token) == ("ct", "ct", second.token)
    assert town.product.seen("/fallback")[0]["ErrorCode"] == "11205"


def test_without_a_fallback_the_caller_hears_an_application_error(town: Town) -> None:
    town.product.on("/voice", Response("no", 503))
    assert town.network.place_call(CALLER, LINE).wait_ended().last_heard == SORRY
    assert town.codes() == [11200]


def test_the_fallback_is_asked_in_the_middle_of_a_call_too(town: Town) -> None:
    town.network.number(LINE, voice_fallback_url=f"{town.product.url}/fallback")
    town.product.on("/voice", f'<Dial action="/step" timeout="5">{ANA}</Dial>')
    town.product.on("/step", Response("no", 500))
    town.product.on("/fallback", "<Dial>988</Dial>")
    call = town.network.place_call(CALLER, LINE).wait_for("talking")
    assert call.bridged_with == ["988"]
    [form] = town.product.seen("/fallback")
    assert (form["DialCallStatus"], form["ErrorCode"]) == ("no-answer", "11200")


def test_a_slow_answer_is_given_up_and_retried_only_when_the_url_says_so(town: Town) -> None:
    release = threading.Event()
    answers = iter([lambda: release.wait(5), lambda: True])

    def slow_once(_: Form) -> str:
        next(answers)()
        return "<Say>At last</Say>"

    town.product.on("/voice", slow_once)
    town.network.number(LINE, voice_url=f"{town.product.url}/voice#rt=600&rp=rt&rc=1")
    try:
        assert town.network.place_call(CALLER, LINE).wait_ended().last_heard == "At last"
    finally:
        release.set()
    assert [attempt.failure for attempt in town.network.requests] == ["rt", ""]
    assert len(set(town.product.tokens)) == 1


def test_a_screen_that_cannot_be_had_hangs_up_or_bridges_as_told(town: Town) -> None:
    town.product.on("/voice", f'<Dial action="/step"><Number url="/screen">{ANA}</Number></Dial>')
    town.product.on("/screen", Response("no", 500))
    town.ana.answers()
    call = town.network.place_call(CALLER, LINE).wait_ended()
    assert call.bridged_with == []
    assert town.product.seen("/step")[0]["DialBridged"] == "false"
    town.network.faults = Faults(screen_failure="bridge")
    assert town.network.place_call(CALLER, LINE).wait_for("talking").bridged_with == [ANA]


def test_repeated_requests_carry_one_token_and_the_last_answer_counts(town: Town) -> None:
    counted = iter(range(1, 9))
    town.product.on("/voice", lambda _: f"<Say>Answer {next(counted)}</Say>")
    town.network.faults.webhook_repeats = 3
    assert town.network.place_call(CALLER, LINE).wait_ended().heard == ["Answer 3"]
    assert len(town.product.tokens) == 3
    assert len(set(town.product.tokens)) == 1
    assert [f"Answer {n}" in a.body for n, a in enumerate(town.network.requests, 1)] == [True] * 3


@pytest.mark.parametrize(
    ("order", "numbers"),
    [
        ("doubled", ["0", "0", "1", "1", "2", "2", "3", "3"]),
        ("reordered", ["1", "0", "3", "2"]),
        ("late", ["0", "1", "2", "3"]),
    ],
)
def test_status_callbacks_come_as_the_fault_says(
    town: Town, order: str, numbers: list[str]
) -> None:
    town.product.on(
        "/voice",
        f'<Dial action="/step"><Number statusCallback="/leg" statusCallbackEvent="initiated '
        f'ringing answered completed">{ANA}</Number></Dial>',
    )
    town.ana.answers(talk_for=1)
    town.network.faults.callbacks = order
    town.network.place_call(CALLER, LINE).wait_ended()
    town.wait(lambda: len(town.product.seen("/leg")) == len(numbers))
    assert [form["SequenceNumber"] for form in town.product.seen("/leg")] == numbers


def test_a_typo_in_a_document_is_a_warning_and_nothing_more(town: Town) -> None:
    town.product.on("/voice", '<Say langauge="es">Hello</Say>')
    assert town.network.place_call(CALLER, LINE).wait_ended().last_heard == "Hello"
    assert [(n.code, n.level) for n in town.network.errors] == [(12200, "warning")]
