"""A crisis line hands a caller over with a signed message, and can follow what becomes of it."""

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from dispatch.commands import logins
from dispatch.crisis import State
from dispatch.tables import CrisisLineRow
from tests.api.conftest import Logs
from tests.api.edge import EdgeNight, call_form, new_sid
from tests.scenarios.town import CLIENT, SHARED_PHONE, SOUTH_CLIENT, SPANISH_CLIENT, STRANGER

PARTNER = "county-988"


@pytest.fixture(scope="module")
def speed() -> float:
    """Slowly: each test looks at the first page only."""
    return 1.0


@pytest.fixture(scope="module", autouse=True)
def settled(night: EdgeNight) -> None:
    """Nothing moves by itself any more."""
    night.until_settled()


def secrets_of(night: EdgeNight) -> list[str]:
    """The secrets that the partner may sign with, the newest first."""
    with night.vigil.unit_of_work.reading() as work:
        row = work.session.get(CrisisLineRow, PARTNER)
        assert row is not None
        return logins.partner_secrets(night.vigil.key, row)


def hand_over(
    night: EdgeNight,
    content: Any,
    *,
    message: str | None = None,
    partner: str = PARTNER,
    secret: str | None = None,
    at: datetime | None = None,
    **headers: str,
) -> httpx.Response:
    """Post what a partner signs with its secret; `headers` replace the right ones."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    message, at = message or new_sid("msg_"), at or datetime.now(UTC)
    signed = Webhook(secret or secrets_of(night)[0]).sign(message, at, body.decode("latin-1"))
    right = {
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signed,
        "content-type": "application/json",
    }
    # Bodies are small ASCII or deliberately broken: what is signed is what is sent.
    sent = {**right, **{name.replace("_", "-"): value for name, value in headers.items()}}
    kept = [
        (name.encode(), value.encode("latin-1")) for name, value in sent.items() if value != "-"
    ]
    return night.http.post(f"/webhooks/crisis-lines/{partner}", content=body, headers=kept)


def close(night: EdgeNight, ref: str) -> None:
    """End a crisis, so that the next test's caller begins anew."""
    with night.web() as browser:
        answer = browser.post(f"/api/crises/{ref}/close", json={"disposition": "not_a_crisis"})
        assert answer.status_code == 200, answer.text


def test_the_answer_says_who_is_paged_and_where_to_follow(night: EdgeNight) -> None:
    body = {"caller": SPANISH_CLIENT, "concern": "hears voices", "callback": "+15035550199"}
    answer = hand_over(night, body)
    assert answer.status_code == 202
    told = answer.json()
    assert set(told) == {"ref", "team", "state", "owner", "paging", "since", "url"}
    assert (told["team"], told["state"], told["owner"]) == ("north", "paging", None)
    assert told["paging"] == {"id": "ana", "name": "Ana Sample"}
    assert night.ana.expect_sms(told["ref"])

    assert told["url"].startswith(night.base_url)
    followed = httpx.get(told["url"]).json()
    assert followed == {name: value for name, value in told.items() if name != "url"}

    with night.web() as browser:
        browser.post(f"/api/crises/{told['ref']}/accept", json={"staff": "ana"})
    followed = httpx.get(told["url"]).json()
    assert (followed["state"], followed["paging"]) == ("accepted", None)
    assert followed["owner"] == {"id": "ana", "name": "Ana Sample"}
    assert "hears voices" not in json.dumps(followed)
    close(night, told["ref"])


def test_only_who_was_given_the_address_can_follow(night: EdgeNight) -> None:
    told = hand_over(night, {"caller": STRANGER, "team": "south"}).json()
    other = hand_over(night, {"caller": CLIENT}).json()
    key = other["url"].rsplit("/", 1)[1]
    for path in (f"{told['ref']}/{key}", f"{told['ref']}/x", f"NONE/{key}", f"%00/{key}"):
        assert night.http.get(f"/handovers/{path}").status_code == 404
    close(night, told["ref"])
    close(night, other["ref"])


def test_the_same_message_twice_is_one_crisis(night: EdgeNight) -> None:
    before = len(night.crises())
    body = {"caller": STRANGER, "team": "south"}
    first = hand_over(night, body, message="msg_twice").json()
    again = hand_over(night, body, message="msg_twice").json()
    assert again == first
    assert len(night.crises()) == before + 1
    assert len([kind for kind in night.kinds(first["ref"]) if kind == "handed_over"]) == 1
    close(night, first["ref"])
    late = hand_over(night, body, message="msg_twice").json()
    assert (late["ref"], late["state"]) == (first["ref"], "closed"), "a repeat opens nothing anew"


def test_the_same_message_at_the_same_moment_is_one_crisis(night: EdgeNight) -> None:
    before = len(night.crises())
    body = {"caller": STRANGER, "team": "south"}
    together = threading.Barrier(4)
    answers: list[httpx.Response] = []

    def send() -> None:
        together.wait()
        answers.append(hand_over(night, body, message="msg_at_once"))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [202] * 4
    assert len({answer.json()["ref"] for answer in answers}) == 1
    assert len(night.crises()) == before + 1
    close(night, answers[0].json()["ref"])


@pytest.mark.parametrize(
    "body",
    [
        {"caller": SOUTH_CLIENT, "team": "north"},
        {"client_id": "C-2001", "team": "north"},
        {"client_id": "C-2001", "caller": CLIENT, "team": "north"},
        {"caller": SOUTH_CLIENT, "team": "nowhere"},
        {"caller": "(503) 555-0125"},
    ],
    ids=str,
)
def test_the_clients_own_team_answers_whatever_team_was_named(
    night: EdgeNight, body: dict[str, str]
) -> None:
    told = hand_over(night, body).json()
    assert told["team"] == "south"
    assert told["paging"]["id"] == "gus"
    close(night, told["ref"])


def test_who_is_nobodys_client_goes_to_the_team_that_was_named(night: EdgeNight) -> None:
    told = hand_over(night, {"caller": STRANGER, "team": "south", "client_id": "C-9"}).json()
    assert told["team"] == "south"
    close(night, told["ref"])


@pytest.mark.parametrize(
    "body",
    [{"caller": STRANGER}, {"caller": "anonymous"}, {"caller": 5}, {}],
    ids=str,
)
def test_who_is_handed_over_without_a_team_goes_to_the_first(
    night: EdgeNight, body: dict[str, str]
) -> None:
    answer = hand_over(night, body)
    assert answer.status_code == 202
    assert answer.json()["team"] == "north"
    close(night, answer.json()["ref"])


def test_a_team_that_does_not_exist_is_answered_with_those_that_do(night: EdgeNight) -> None:
    body = {"caller": STRANGER, "team": "nowhere"}
    before = night.contents()
    answer = hand_over(night, body)
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    assert detail.startswith("team:")
    assert "north" in detail
    assert "south" in detail
    assert night.contents() == before, "the same message may come again, mended"


def test_a_message_that_was_refused_may_come_again_mended(night: EdgeNight) -> None:
    wrong = {"caller": STRANGER, "team": "nowhere"}
    assert hand_over(night, wrong, message="msg_mended").status_code == 422
    told = hand_over(night, {"caller": STRANGER, "team": "south"}, message="msg_mended")
    assert told.status_code == 202
    close(night, told.json()["ref"])


# Who may not ───────────────────────────────────────────────────────────────────────────────────

AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)
SOMEBODY_ELSES = "whsec_" + "QUJD" * 11

FORGERIES: dict[str, dict[str, Any]] = {
    "a partner nobody knows": {"partner": "county-989"},
    "a partner that is no word": {"partner": "%00"},
    "another secret": {"secret": SOMEBODY_ELSES},
    "a message of an hour ago": {"at": AN_HOUR_AGO},
    "a message of the next hour": {"at": AN_HOUR_AGO + timedelta(hours=2)},
    "a fresh time on an old signature": {
        "at": AN_HOUR_AGO,
        "webhook_timestamp": str(int((AN_HOUR_AGO + timedelta(hours=1)).timestamp())),
    },
    "the signature of another message": {"webhook_id": "msg_another"},
    "no signature": {"webhook_signature": "-"},
    "no id": {"webhook_id": "-"},
    "no time": {"webhook_timestamp": "-"},
    "a time that is none": {"webhook_timestamp": "inf"},
    "a signature that is none": {"webhook_signature": "nonsense"},
    "a signature of no known kind": {"webhook_signature": "v9,QUJD"},
    "a signature that is no base64": {"webhook_signature": "v1,\xe9"},
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_message_is_refused_and_changes_nothing(
    night: EdgeNight, logs: Logs, forgery: str
) -> None:
    before = night.contents()
    answer = hand_over(night, {"caller": CLIENT, "concern": "secret"}, **FORGERIES[forgery])
    assert answer.status_code == 403
    assert night.contents() == before
    assert [line["event"] for line in logs.lines if line["level"] != "info" and "path" in line] == [
        "unsigned_webhook"
    ]
    assert CLIENT not in logs.text
    assert "secret" not in logs.text


def test_a_body_that_was_changed_on_the_way_is_refused(night: EdgeNight) -> None:
    at = datetime.now(UTC)
    signed = Webhook(secrets_of(night)[0]).sign("msg_changed", at, '{"team": "north"}')
    answer = hand_over(night, {"team": "south"}, message="msg_changed", webhook_signature=signed)
    assert answer.status_code == 403


def test_one_partner_cannot_sign_for_another(night: EdgeNight) -> None:
    with night.vigil.unit_of_work() as work:
        other = CrisisLineRow(id="other-988", name="Other 988 Center")
        work.session.add(other)
        secret = logins.partner_secrets(night.vigil.key, other)[0]
    assert hand_over(night, {"team": "south"}, secret=secret).status_code == 403
    told = hand_over(night, {"team": "south"}, secret=secret, partner="other-988")
    assert told.status_code == 202
    close(night, told.json()["ref"])


def test_a_partner_that_is_no_longer_in_the_file_is_refused(night: EdgeNight) -> None:
    with night.vigil.unit_of_work() as work:
        gone = CrisisLineRow(id="gone-988", name="Gone 988 Center", active=False)
        work.session.add(gone)
        secret = logins.partner_secrets(night.vigil.key, gone)[0]
    answer = hand_over(night, {"team": "south"}, secret=secret, partner="gone-988")
    assert answer.status_code == 403


# What is signed but wrong ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "not JSON"),
        (b"caller=5", "not JSON"),
        (b"{", "not JSON"),
        (b"[" * 50_000, "not JSON"),
        ([], "body"),
        (None, "body"),
        ("text", "body"),
        ({"caller": {"number": "+1"}}, "caller"),
        ({"team": ["north"]}, "team"),
        ({"concern": True}, "concern"),
        ({"caller": "1" * 101}, "caller"),
        ({"concern": "x" * 10_001}, "concern"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_cannot_be_read_is_refused_naming_the_place(
    night: EdgeNight, content: Any, named: str
) -> None:
    before = night.contents()
    answer = hand_over(night, content)
    assert answer.status_code == 422
    assert named in answer.json()["detail"]
    assert night.contents() == before


def test_fields_that_nobody_knows_are_passed_over(night: EdgeNight) -> None:
    told = hand_over(night, {"team": "south", "mood": "low", "caller": None})
    assert told.status_code == 202
    close(night, told.json()["ref"])


@pytest.mark.parametrize("field", ["caller", "client_id", "team", "concern", "callback"])
@pytest.mark.parametrize("junk", ["a\x00b", "\ud800"], ids=["nul", "half a letter"])
def test_letters_that_cannot_be_kept_neither_break_nor_lose_a_handover(
    night: EdgeNight, field: str, junk: str
) -> None:
    """Either it is taken without them, or the partner is told which field to mend."""
    answer = hand_over(night, {"team": "south", field: junk})
    if answer.status_code == 202:
        close(night, answer.json()["ref"])
    else:
        assert answer.status_code == 422
        assert field in answer.json()["detail"]


# Renewal, and callers who are known already ────────────────────────────────────────────────────


def test_after_a_renewal_the_secret_before_still_works_and_the_one_before_that_does_not(
    night: EdgeNight,
) -> None:
    [first] = secrets_of(night)

    def renew() -> None:
        with night.vigil.unit_of_work() as work:
            row = work.session.get(CrisisLineRow, PARTNER)
            assert row is not None
            logins.renew_partner_secret(work, row)

    def accepted(secret: str) -> bool:
        answer = hand_over(night, {"team": "south"}, secret=secret)
        if answer.status_code == 202:
            close(night, answer.json()["ref"])
        return answer.status_code == 202

    renew()
    second, before = secrets_of(night)
    assert before == first
    assert accepted(second)
    assert accepted(first)
    renew()
    assert not accepted(first)
    assert accepted(second)


def test_a_caller_with_an_open_crisis_joins_it(night: EdgeNight) -> None:
    told = hand_over(night, {"caller": SHARED_PHONE}).json()
    with night.web() as browser:
        browser.post(f"/api/crises/{told['ref']}/accept", json={"staff": "ana"})
    again = hand_over(night, {"caller": SHARED_PHONE, "concern": "calls again"}).json()
    assert again["ref"] == told["ref"]
    assert again["owner"] == {"id": "ana", "name": "Ana Sample"}
    assert night.kinds(told["ref"]).count("reported_again") == 1
    assert night.ana.expect_sms("further contact")
    close(night, told["ref"])
    anew = hand_over(night, {"caller": SHARED_PHONE}).json()
    assert anew["ref"] != told["ref"], "a closed crisis is not joined"
    close(night, anew["ref"])


def test_a_handover_of_somebody_who_is_on_the_line_joins_their_call(night: EdgeNight) -> None:
    form = call_form(From=SOUTH_CLIENT)
    night.twilio("/twilio/voice", form)
    told = hand_over(night, {"caller": SOUTH_CLIENT}).json()
    assert (told["state"], told["paging"]["id"]) == ("ringing", "gus")
    night.twilio("/twilio/voice/status", {**form, "CallStatus": "completed"})
    [crisis] = [one for one in night.crises() if one.ref == told["ref"]]
    assert crisis.state is State.CALLBACK_NEEDED
    close(night, told["ref"])
