"""Who is not Twilio gets 403 at every one of its doors, and changes nothing."""

from collections.abc import Callable

import pytest

from dispatch.crisis import State
from notifications.twilio import Twilio
from tests.api.conftest import Logs
from tests.api.edge import (
    PAGE_PATHS,
    SECONDARY_TOKEN,
    SMS_PATHS,
    STAFF_PATHS,
    VOICE_PATHS,
    EdgeNight,
    Form,
    call_form,
    dialled,
    document,
)
from tests.scenarios.town import ANA, CLIENT, NORTH_LINE, SOUTH_CLIENT, STRANGER

ALL_PATHS = sorted({*VOICE_PATHS, *SMS_PATHS, *PAGE_PATHS, *STAFF_PATHS})


@pytest.fixture(scope="module")
def speed() -> float:
    """Slowly: nothing comes due while strangers knock."""
    return 1.0


@pytest.fixture(scope="module")
def ref(night: EdgeNight) -> str:
    """A crisis with a caller on the line that a stranger would like to meddle with."""
    form = call_form()
    assert dialled(document(night.twilio("/twilio/voice", form))) == [ANA]
    night.until_settled()
    return night.crisis().ref


def a_knock(ref: str) -> dict[str, str]:
    """Everything that any of the doors would act upon."""
    return {
        "CallSid": "CA" + "0" * 32,
        "MessageSid": "SM" + "0" * 32,
        "MessageStatus": "failed",
        "From": ANA,
        "To": NORTH_LINE,
        "Body": f"1 {ref}",
        "Digits": "1",
        "CallStatus": "completed",
        "DialCallStatus": "completed",
        "DialBridged": "true",
    }


def test_the_vector_that_twilio_publishes() -> None:
    twilio = Twilio("AC" + "0" * 32, ["12345"])
    form = {
        "Digits": "1234",
        "To": "+18005551212",
        "From": "+14158675309",
        "Caller": "+14158675309",
        "CallSid": "CA1234567890ABCDE",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio.is_signed(url, form, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert not twilio.is_signed(url, {**form, "Digits": "1"}, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert not twilio.is_signed(url, form, None)


Forgery = Callable[[EdgeNight, str, Form], str | None]

FORGERIES: dict[str, Forgery] = {
    "unsigned": lambda night, path, form: None,
    "an empty signature": lambda night, path, form: "",
    "nonsense": lambda night, path, form: "not a signature at all",
    "letters that no signature has": lambda night, path, form: "\xe9\xff" * 14,
    "another token": lambda night, path, form: night.signature(
        night.base_url + path, form, "somebody-else's-token"
    ),
    "signed for another door": lambda night, path, form: night.signature(
        night.base_url + "/twilio", form
    ),
    "signed for another host": lambda night, path, form: night.signature(
        "https://vigil.example.org" + path, form
    ),
    "signed without the query": lambda night, path, form: night.signature(
        (night.base_url + path).partition("?")[0], form
    ),
    "the signature of another form": lambda night, path, form: night.signature(
        night.base_url + path, {**form, "Digits": "2"}
    ),
    "the signature of an empty form": lambda night, path, form: night.signature(
        night.base_url + path, {}
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_request_is_refused_at_every_door_and_changes_nothing(
    night: EdgeNight, ref: str, forgery: str
) -> None:
    before = night.contents()
    answers = {}
    for path in ALL_PATHS:
        full = f"{path}?ref={ref}&leg=1&staff=ana&index=0"
        form = a_knock(ref)
        signature = FORGERIES[forgery](night, full, form)
        answers[path] = night.knock(full, form, signature).status_code
    assert answers == dict.fromkeys(ALL_PATHS, 403)
    assert night.contents() == before
    assert night.crisis().state is State.RINGING


def test_there_are_doors_to_knock_at() -> None:
    assert {"/twilio/voice", "/twilio/voice/accept", "/twilio/sms"} <= set(ALL_PATHS)


def test_a_signature_is_no_key_for_the_same_door_with_another_query(
    night: EdgeNight, ref: str
) -> None:
    form = a_knock(ref)
    before = night.contents()
    signed = night.signature(f"{night.base_url}/twilio/voice/accept?ref={ref}&leg=9", form)
    answer = night.knock(f"/twilio/voice/accept?ref={ref}&leg=1&staff=ana", form, signed)
    assert answer.status_code == 403
    assert night.contents() == before


def test_forwarded_headers_do_not_change_the_address_that_must_be_signed(
    night: EdgeNight, ref: str
) -> None:
    form = a_knock(ref)
    before = night.contents()
    answer = night.http.post(
        "/twilio/voice",
        data=form,
        headers={
            "X-Twilio-Signature": night.signature("https://evil.example.org/twilio/voice", form),
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "evil.example.org",
            "Host": "evil.example.org",
        },
    )
    assert answer.status_code == 403
    assert night.contents() == before


def test_behind_a_proxy_the_public_address_counts(
    night: EdgeNight, ref: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twilio signs the address that it asked, which the service itself never sees."""
    monkeypatch.setattr(night.vigil.settings, "public_url", "https://vigil.example.org")
    form = call_form(From=SOUTH_CLIENT)
    signed = night.signature("https://vigil.example.org/twilio/voice", form)
    answer = night.knock("/twilio/voice", form, signed)
    [number] = dialled(document(answer))
    assert number == "+15035550107"
    assert "https://vigil.example.org/twilio/voice/step?" in answer.text


def test_the_secondary_token_is_as_good_while_the_primary_is_renewed(night: EdgeNight) -> None:
    form = call_form(From=STRANGER)
    signed = night.signature(f"{night.base_url}/twilio/voice", form, SECONDARY_TOKEN)
    assert dialled(document(night.knock("/twilio/voice", form, signed))) == [ANA]


def test_a_name_given_twice_is_signed_as_twilio_signs_it(night: EdgeNight) -> None:
    form: Form = {**call_form(From=STRANGER), "Twice": ["b", "a"]}
    assert dialled(document(night.twilio("/twilio/voice", form))) == [ANA]


def test_a_forged_request_leaves_one_warning_without_its_content(
    night: EdgeNight, ref: str, logs: Logs
) -> None:
    form = {**a_knock(ref), "From": CLIENT, "Body": "I am Test Person One"}
    assert night.knock("/twilio/sms", form, "forged").status_code == 403
    [line] = [line for line in logs.lines if line["level"] != "info" and "path" in line]
    assert (line["event"], line["path"]) == ("unsigned_webhook", "/twilio/sms")
    for secret in (*form.values(), CLIENT.removeprefix("+"), "Test Person", "forged"):
        if len(secret) > 1:  # a lone digit says nothing
            assert secret not in logs.text
