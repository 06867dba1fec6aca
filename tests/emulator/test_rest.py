"""The unmodified Twilio SDK against the REST API: calls, numbers, authentication, outages."""

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from notifications.emulator import Account, RestFault
from notifications.emulator.records import Registration
from tests.emulator.town import ANA, CALLER, LINE, Town


def test_an_outbound_call_rings_and_runs_its_document(town: Town, client: Client) -> None:
    town.product.on("/out", '<Gather action="/key" numDigits="1"><Say>Press 1</Say></Gather>')
    town.product.on("/key", "<Say>Thank you</Say>")
    town.ana.answers(press="1")
    call = client.calls.create(
        to=ANA, from_=LINE, url=f"{town.product.url}/out",
        status_callback=f"{town.product.url}/status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )  # fmt: skip
    assert call.status == "queued"
    town.wait(lambda: len(town.product.seen("/status")) == 4)
    assert town.ana.heard == ["Press 1", "Thank you"]
    assert town.product.seen("/out")[0]["Direction"] == "outbound-api"
    fetched = client.calls(call.sid).fetch()
    assert (fetched.status, fetched.to) == ("completed", ANA)


def test_an_outbound_call_may_bring_its_document_along(town: Town, client: Client) -> None:
    town.ana.answers(press=None)
    client.calls.create(to=ANA, from_=LINE, twiml="<Response><Say>Drill</Say></Response>")
    town.wait(lambda: town.ana.heard == ["Drill"])


@pytest.mark.parametrize(
    ("answers", "outcome"), [(False, ("no-answer", "false")), (True, ("completed", "false"))]
)
def test_hanging_up_on_the_callee_asks_the_action_at_once(
    town: Town, client: Client, answers: bool, outcome: tuple[str, str]
) -> None:
    town.product.on(
        "/voice", f'<Dial action="/step" timeout="600"><Number url="/screen">{ANA}</Number></Dial>'
    )
    town.product.on("/screen", '<Say loop="0">Press 1</Say>')
    town.product.on("/step", "<Say>Next rung</Say>")
    if answers:
        town.ana.answers(press=None, after=1)
    call = town.network.place_call(CALLER, LINE)
    town.wait(lambda: bool(town.ana.heard) if answers else town.ana.ringing)
    [child] = client.calls.list(to=ANA)
    assert child.parent_call_sid == call.sid
    client.calls(child.sid).update(status="completed")
    assert call.wait_ended().last_heard == "Next rung"
    [form] = town.product.seen("/step")
    assert (form["DialCallStatus"], form["DialBridged"]) == outcome


def test_a_bridged_callee_can_be_taken_out_and_the_caller_goes_on(
    town: Town, client: Client
) -> None:
    town.product.on("/voice", '<Dial action="/step">988</Dial>')
    town.product.on("/step", "<Say>Moving</Say>")
    town.product.on("/room", "<Say>Other room</Say>")
    call = town.network.place_call(CALLER, LINE).wait_for("talking")
    [child] = client.calls.list(to="988")
    client.calls(child.sid).update(url=f"{town.product.url}/room", method="POST")
    assert call.wait_ended().last_heard == "Moving"
    assert town.product.seen("/step")[0]["DialBridged"] == "true"
    town.wait(lambda: town.network.phone("988").heard == ["Other room"])


def test_a_caller_can_be_redirected_in_mid_call(town: Town, client: Client) -> None:
    town.product.on("/voice", f'<Dial action="/step">{ANA}</Dial>')
    call = town.network.place_call(CALLER, LINE)
    town.wait(lambda: town.ana.ringing)
    client.calls(call.sid).update(twiml="<Response><Say>This way</Say></Response>")
    assert call.wait_ended().last_heard == "This way"
    assert town.product.seen("/step") == []
    assert not town.ana.ringing
    with pytest.raises(TwilioRestException) as caught:
        client.calls(call.sid).update(status="completed")
    assert caught.value.code == 21220


def test_numbers_are_listed_bought_and_changed(town: Town, client: Client) -> None:
    [number] = client.incoming_phone_numbers.list(phone_number=LINE)
    assert number.voice_url == f"{town.product.url}/voice"
    client.incoming_phone_numbers(number.sid).update(
        voice_fallback_url="http://127.0.0.1:9/x", voice_fallback_method="GET"
    )
    assert town.twilio.voice_fallback_url == "http://127.0.0.1:9/x"
    bought = client.incoming_phone_numbers.create(
        phone_number="+15035550165", sms_url=f"{town.product.url}/sms"
    )
    assert client.incoming_phone_numbers(bought.sid).fetch().phone_number == "+15035550165"
    assert len(client.incoming_phone_numbers.list()) == 2


def test_a_wrong_token_and_a_missing_resource_get_twilios_errors(
    town: Town, client: Client, account: Account
) -> None:
    stranger = Client(account.sid, "wrong")
    stranger.api.base_url = town.base_url
    with pytest.raises(TwilioRestException) as caught:
        stranger.messages.create(to=ANA, from_=LINE, body="x")
    assert (caught.value.status, caught.value.code) == (401, 20003)
    with pytest.raises(TwilioRestException) as caught:
        client.calls("CA" + "f" * 32).fetch()
    assert (caught.value.status, caught.value.code) == (404, 20404)
    assert town.network.messages == []


def test_the_api_can_be_out_for_a_while(town: Town, client: Client) -> None:
    town.network.faults.rest.append(RestFault(429, 20429, "Too many", "Messages", times=1))
    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(to=ANA, from_=LINE, body="One")
    assert (caught.value.status, caught.value.code) == (429, 20429)
    client.messages.create(to=ANA, from_=LINE, body="Two")
    town.ana.expect_sms("Two")
    assert [sms.body for sms in town.network.messages] == ["Two"]


@pytest.mark.parametrize("done", [False, True])
def test_a_request_that_times_out_may_have_been_done(
    town: Town, account: Account, done: bool
) -> None:
    impatient = Client(account.sid, account.auth_token, http_client=TwilioHttpClient(timeout=0.2))
    impatient.api.base_url = town.base_url
    town.network.faults.rest.append(RestFault(hangs=True, after_doing=done))
    with pytest.raises(requests.exceptions.ReadTimeout):
        impatient.messages.create(to=ANA, from_=LINE, body="Doubtful")
    if done:
        town.ana.expect_sms("Doubtful")
    assert len(town.network.messages) == int(done)


def test_the_account_and_the_registration_of_its_numbers_can_be_read(
    town: Town, client: Client, account: Account
) -> None:
    client.messaging.base_url = town.base_url
    assert client.api.accounts(account.sid).fetch().status == "active"
    free = town.network.number("+18775550160")
    town.twilio.registration = free.registration = Registration.PENDING
    [service] = client.messaging.v1.services.list()
    [sender] = client.messaging.v1.services(service.sid).phone_numbers.list()
    [campaign] = client.messaging.v1.services(service.sid).us_app_to_person.list()
    assert (sender.phone_number, campaign.campaign_status) == (LINE, "IN_PROGRESS")
    [one] = client.messaging.v1.tollfree_verifications.list(tollfree_phone_number_sid=free.sid)
    assert one.status == "IN_REVIEW"
    town.twilio.registration = Registration.NONE
    assert client.messaging.v1.services.list() == []
