"""Text messages in both directions, their life, their errors, and opting out."""

import pytest
from starlette.responses import Response
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.emulator.town import ANA, LINE, Town


def test_a_page_is_delivered_and_its_life_is_told(town: Town, client: Client) -> None:
    sent = client.messages.create(
        to=ANA, from_=LINE, body="Crisis K7Q", status_callback=f"{town.product.url}/status",
        validity_period=300,
    )  # fmt: skip
    assert sent.status == "queued"
    sms = town.ana.expect_sms("crisis k7q")
    assert sms.from_ == LINE
    town.wait(lambda: len(town.product.seen("/status")) == 2)
    assert [form["MessageStatus"] for form in town.product.seen("/status")] == ["sent", "delivered"]
    assert client.messages(sent.sid).fetch().status == "delivered"
    assert [message.sid for message in client.messages.list(to=ANA)] == [sent.sid]


@pytest.mark.parametrize(
    ("code", "status", "steps"),
    [
        (30003, "undelivered", ["sent", "undelivered"]),
        (30006, "undelivered", ["sent", "undelivered"]),
        (30001, "failed", ["failed"]),
    ],
)
def test_an_error_on_the_way_is_told_by_the_callback(
    town: Town, client: Client, code: int, status: str, steps: list[str]
) -> None:
    town.network.faults.sms_errors[ANA] = code
    sent = client.messages.create(
        to=ANA, from_=LINE, body="Crisis K7Q", status_callback=f"{town.product.url}/status"
    )
    town.wait(lambda: len(town.product.seen("/status")) == len(steps))
    assert [form["MessageStatus"] for form in town.product.seen("/status")] == steps
    assert town.product.seen("/status")[-1]["ErrorCode"] == str(code)
    fetched = client.messages(sent.sid).fetch()
    assert (fetched.status, fetched.error_code) == (status, code)
    assert town.ana.inbox == []


@pytest.mark.parametrize(
    ("to", "from_", "body", "code"),
    [
        ("ana", LINE, "x", 21211),
        (ANA, "+15035550199", "x", 21606),
        (ANA, LINE, "x" * 1601, 21617),
    ],
)
def test_what_twilio_refuses_is_refused(
    client: Client, to: str, from_: str, body: str, code: int
) -> None:
    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(to=to, from_=from_, body=body)
    assert (caught.value.status, caught.value.code) == (400, code)


def test_a_reply_reaches_the_webhook_and_its_answer_the_phone(town: Town, client: Client) -> None:
    town.product.on("/sms", lambda form: f"<Message>You wrote {form['Body']}</Message>")
    town.ana.replies_to_sms("1", after=3)
    client.messages.create(to=ANA, from_=LINE, body="Reply 1")
    town.ana.expect_sms("Reply 1")
    town.ana.expect_sms(lambda sms: sms.body == "You wrote 1")
    [form] = town.product.seen("/sms")
    assert (form["From"], form["To"], form["SmsStatus"]) == (ANA, LINE, "received")
    town.ana.reply("ok")
    town.ana.expect_sms("You wrote ok")


def test_a_stranger_can_text_too_and_an_empty_answer_is_fine(town: Town) -> None:
    town.product.on("/sms", Response(status_code=204))
    town.network.text("+15035550199", LINE, "hello")
    town.wait(lambda: bool(town.product.seen("/sms")))
    town.network.wait_until_quiet()
    assert town.codes() == []


def test_stop_is_told_to_the_product_and_later_pages_are_refused(
    town: Town, client: Client
) -> None:
    town.network.text(ANA, LINE, " stop ")
    town.wait(lambda: bool(town.product.seen("/sms")))
    assert town.product.seen("/sms")[0]["OptOutType"] == "STOP"
    town.ana.expect_sms("unsubscribed")
    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(to=ANA, from_=LINE, body="Crisis")
    assert (caught.value.status, caught.value.code) == (400, 21610)
    town.network.text(ANA, LINE, "START")
    town.ana.expect_sms("re-subscribed")
    client.messages.create(to=ANA, from_=LINE, body="Crisis again")
    town.ana.expect_sms("Crisis again")


def test_yes_is_an_ordinary_word_unless_the_phone_had_opted_out(town: Town) -> None:
    town.network.text(ANA, LINE, "YES")
    town.wait(lambda: len(town.product.seen("/sms")) == 1)
    town.network.text(ANA, LINE, "STOP")
    town.wait(lambda: len(town.product.seen("/sms")) == 2)
    town.network.text(ANA, LINE, "yes")
    town.wait(lambda: len(town.product.seen("/sms")) == 3)
    kinds = [form.get("OptOutType") for form in town.product.seen("/sms")]
    assert kinds == [None, "STOP", "START"]


def test_an_expectation_in_vain_lists_what_arrived(town: Town, client: Client) -> None:
    client.messages.create(to=ANA, from_=LINE, body="Something else")
    town.ana.expect_sms("something")
    with pytest.raises(AssertionError, match="Something else"):
        town.ana.expect_sms("crisis", timeout_real_seconds=0.01)
