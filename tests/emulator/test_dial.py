"""The TwiML ladder, rung by rung: every way a Dial can end, as its action is told."""

import threading

import pytest

from notifications.emulator import Answer, NoAnswer, PhoneKind, Unreachable, Voicemail
from tests.emulator.town import ANA, BEN, CALLER, LINE, Form, Town

SCREEN = (
    '<Gather numDigits="1" timeout="5" action="accept"><Say loop="3">Crisis call for Test ACT. '
    "Press 1 to take it</Say></Gather><Hangup/>"
)


def dial(number: str = ANA, *, screened: bool = True, timeout: int = 20) -> str:
    screen = 'url="/screen"' if screened else ""
    return (
        f'<Say>Please hold.</Say><Dial action="/step" timeout="{timeout}" answerOnBridge="true" '
        f'callerId="{LINE}"><Number {screen}>{number}</Number></Dial>'
    )


def accept(form: Form) -> str:
    return "" if form["Digits"] == "1" else "<Hangup/>"


@pytest.fixture(autouse=True)
def ladder(town: Town) -> None:
    product = town.product
    product.on("/voice", dial())
    product.on("/screen", SCREEN)
    product.on("/accept", accept)
    product.on("/step", "<Say>Nobody was reached.</Say>")


def outcome(town: Town) -> tuple[str, str, str]:
    town.wait(lambda: bool(town.product.seen("/step")))
    [form] = town.product.seen("/step")
    return form["DialCallStatus"], form["DialBridged"], form["CallStatus"]


def test_the_worker_presses_1_and_the_two_talk_until_the_caller_hangs_up(town: Town) -> None:
    town.ana.answers(press="1", after=4)
    call = town.network.place_call(CALLER, LINE)
    call.wait_for("talking")
    assert call.bridged_with == [ANA]
    assert call.last_heard == "Please hold."
    assert 4 < (call.seconds_until_bridged or 0) < 20
    assert town.ana.heard == ["Crisis call for Test ACT. Press 1 to take it"]
    assert town.ana.on_call
    call.hang_up()
    assert outcome(town) == ("completed", "true", "completed")
    assert not town.ana.on_call
    [voice], [screen], [step] = (town.product.seen(p) for p in ("/voice", "/screen", "/step"))
    assert (voice["CallStatus"], voice["Direction"]) == ("ringing", "inbound")
    assert (voice["From"], voice["Caller"], voice["To"]) == (CALLER, CALLER, LINE)
    assert (screen["ParentCallSid"], screen["Direction"]) == (call.sid, "outbound-dial")
    assert (screen["From"], screen["To"], screen["CallStatus"]) == (LINE, ANA, "in-progress")
    assert step["CallSid"] == call.sid
    assert step["DialCallSid"] == screen["CallSid"]
    assert int(step["DialCallDuration"]) >= 1


def test_the_worker_hangs_up_after_talking(town: Town) -> None:
    town.ana.answers(talk_for=10)
    call = town.network.place_call(CALLER, LINE).wait_ended()
    assert outcome(town) == ("completed", "true", "in-progress")
    assert call.last_heard == "Nobody was reached."


def test_the_phone_of_the_worker_dies_and_stays_dead(town: Town) -> None:
    town.ana.answers().dies_after(5)
    call = town.network.place_call(CALLER, LINE).wait_ended()
    assert outcome(town) == ("completed", "true", "in-progress")
    assert call.bridged_with == [ANA]
    assert town.ana.mode == "unreachable"


def test_a_voicemail_completes_without_ever_being_bridged(town: Town) -> None:
    town.ana.voicemail(after=15)
    call = town.network.place_call(CALLER, LINE).wait_ended()
    assert outcome(town) == ("completed", "false", "in-progress")
    assert call.bridged_with == []


def test_a_screen_that_does_not_hang_up_would_bridge_the_voicemail(town: Town) -> None:
    town.product.on("/screen", "<Say>Crisis call</Say>")
    town.ana.voicemail(after=1)
    call = town.network.place_call(CALLER, LINE).wait_for("talking")
    assert call.bridged_with == [ANA]


def test_another_key_is_a_refusal(town: Town) -> None:
    town.ana.answers(press="2")
    town.network.place_call(CALLER, LINE)
    assert outcome(town) == ("completed", "false", "in-progress")


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [("ignores", "no-answer"), ("declines", "busy"), ("busy", "busy"), ("unreachable", "failed")],
)
def test_a_phone_that_is_not_picked_up(town: Town, behaviour: str, status: str) -> None:
    getattr(town.ana, behaviour)()
    town.network.place_call(CALLER, LINE).wait_ended()
    assert outcome(town) == (status, "false", "in-progress")
    assert "DialCallDuration" not in town.product.seen("/step")[0]


def test_twilio_lets_it_ring_five_seconds_longer_than_it_was_told(town: Town) -> None:
    town.ana.answers(after=23)
    assert town.network.place_call(CALLER, LINE).wait_for("bridged").bridged_with == [ANA]


def test_the_caller_hangs_up_in_the_first_ring(town: Town) -> None:
    call = town.network.place_call(CALLER, LINE)
    town.wait(lambda: town.ana.ringing)
    call.hang_up()
    assert outcome(town) == ("canceled", "false", "completed")
    assert not town.ana.ringing


def test_the_caller_hangs_up_during_the_screen(town: Town) -> None:
    town.ana.answers(press=None, after=1)
    call = town.network.place_call(CALLER, LINE)
    town.wait(lambda: bool(town.ana.heard))
    call.hang_up()
    assert outcome(town) == ("completed", "false", "completed")
    assert not town.ana.on_call


def test_the_caller_hangs_up_while_the_worker_is_accepting(town: Town) -> None:
    gone = threading.Event()

    def slow_accept(_: Form) -> str:
        gone.wait(5)
        return ""

    town.product.on("/accept", slow_accept)
    town.ana.answers(press="1", after=1)
    call = town.network.place_call(CALLER, LINE)
    town.wait(lambda: bool(town.product.seen("/accept")))
    call.hang_up()
    assert outcome(town) == ("completed", "false", "completed")
    gone.set()
    town.network.wait_until_quiet()
    assert call.bridged_with == []


def test_the_worker_hangs_up_during_the_screen(town: Town) -> None:
    town.ana.answers(press=None, after=1, hang_up_after=2)
    call = town.network.place_call(CALLER, LINE).wait_ended()
    assert outcome(town) == ("completed", "false", "in-progress")
    assert call.bridged_with == []


def test_a_number_that_nobody_created_does_what_the_policy_says(town: Town) -> None:
    town.product.on("/voice", dial("+15035550188"))
    town.network.unknown_numbers = Unreachable()
    town.network.place_call(CALLER, LINE).wait_ended()
    assert outcome(town) == ("failed", "false", "in-progress")


def test_a_script_of_attempts_climbs_and_comes_back(town: Town) -> None:
    steps = iter([dial(BEN), dial(ANA)])
    town.product.on("/step", lambda _: next(steps))
    town.ana.will(NoAnswer(), Answer(press="1"))
    town.ben.will(Voicemail(after=2))
    call = town.network.place_call(CALLER, LINE).wait_for("bridged")
    assert call.bridged_with == [ANA]
    assert [form["To"] for form in town.product.seen("/screen")] == [BEN, ANA]


def test_of_two_numbers_the_first_pickup_cancels_the_other(town: Town) -> None:
    town.product.on(
        "/voice",
        f'<Dial action="/step"><Number>{ANA}</Number><Number>{BEN}</Number></Dial>',
    )
    town.ana.answers(press=None, after=5)
    town.ben.voicemail(after=1)
    call = town.network.place_call(CALLER, LINE).wait_for("bridged")
    assert call.bridged_with == [BEN]
    assert not town.ana.ringing
    assert {leg.to: leg.status for leg in town.network.calls}[ANA] == "canceled"


def test_without_an_action_execution_falls_through_to_the_last_resort(town: Town) -> None:
    town.product.on(
        "/voice",
        '<Dial timeout="5"><Number>+15035550171</Number></Dial><Dial timeout="60">988</Dial>'
        "<Say>Unreachable verb.</Say>",
    )
    call = town.network.place_call(CALLER, LINE).wait_for("talking")
    assert call.bridged_with == ["988"]
    assert town.network.phone("988").kind is PhoneKind.OUTSIDE
    assert call.heard == []


def test_a_dial_inside_a_screen_is_an_error_and_ends_the_leg(town: Town) -> None:
    town.product.on("/screen", "<Dial>988</Dial>")
    town.ana.answers()
    town.network.place_call(CALLER, LINE).wait_ended()
    assert outcome(town) == ("completed", "false", "in-progress")
    assert 13201 in town.codes()


def test_only_a_number_of_ours_or_of_the_caller_may_be_shown(town: Town) -> None:
    town.product.on("/voice", dial().replace(f'callerId="{LINE}"', 'callerId="anonymous"'))
    town.network.place_call("anonymous", LINE).wait_ended()
    assert outcome(town) == ("failed", "false", "in-progress")
    assert 13214 in town.codes()


def test_a_number_that_cannot_be_dialled_fails(town: Town) -> None:
    town.product.on("/voice", dial("call ana"))
    town.network.place_call(CALLER, LINE).wait_ended()
    assert outcome(town) == ("failed", "false", "in-progress")
    assert 13223 in town.codes()


def test_the_time_limit_and_the_star_end_a_bridge(town: Town) -> None:
    town.product.on("/voice", '<Dial action="/step" timeLimit="6">988</Dial>')
    town.network.place_call(CALLER, LINE).wait_ended()
    assert outcome(town) == ("completed", "true", "in-progress")
    town.product.forms.clear()
    town.product.on("/voice", '<Dial action="/step" hangupOnStar="true">988</Dial>')
    call = town.network.place_call(CALLER, LINE).wait_for("talking")
    call.press("*")
    assert outcome(town) == ("completed", "true", "in-progress")


def test_a_phone_that_talks_is_busy_for_others_but_988_is_not(town: Town) -> None:
    town.ana.answers()
    first = town.network.place_call(CALLER, LINE).wait_for("talking")
    town.product.on("/step", "<Dial>988</Dial>")
    second = town.network.place_call("+15035550162", LINE).wait_for("talking")
    third = town.network.place_call("+15035550163", LINE).wait_for("talking")
    assert (first.bridged_with, second.bridged_with, third.bridged_with) == (
        [ANA],
        ["988"],
        ["988"],
    )


def test_leg_callbacks_are_numbered_and_tell_the_whole_life(town: Town) -> None:
    town.product.on(
        "/voice",
        dial().replace(
            'url="/screen"',
            'url="/screen" statusCallback="/leg?rung=1" '
            'statusCallbackEvent="initiated ringing answered completed"',
        ),
    )
    town.ana.answers(talk_for=4)
    call = town.network.place_call(CALLER, LINE).wait_ended()
    town.wait(lambda: len(town.product.seen("/leg")) == 4)
    legs = town.product.seen("/leg")
    assert [form["CallStatus"] for form in legs] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert [form["SequenceNumber"] for form in legs] == ["0", "1", "2", "3"]
    assert {form["ParentCallSid"] for form in legs} == {call.sid}
    assert int(legs[3]["CallDuration"]) >= 4
    assert "Timestamp" in legs[0]
