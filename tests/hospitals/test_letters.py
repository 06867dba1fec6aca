"""Hospitals tell us something over HTTP: kept before it is answered, and answered alike."""

import json
import re
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlmodel import Session, col, select
from standardwebhooks.webhooks import Webhook

from dispatch.access import Role
from dispatch.commands import form_links, logins
from dispatch.hospital_tables import HospitalRow, InboxRow
from tests.api.edge import EdgeNight, new_sid
from tests.hospitals.samples import DA_VINCI

BUNDLE = (DA_VINCI / "admit-notification-message-bundle-01.json").read_bytes()
WORKER = {"name": "Test Nurse", "callback": "(503) 555-0151"}
CLIENT = {"name": "Test Person One", "birth_date": "1984-03-02", "phone": "(503) 555-0121"}
STRANGER = {"name": "Mara Sample", "birth_date": "1971-12-30", "phone": "(503) 555-0177"}

Tell = Callable[[EdgeNight, dict[str, Any]], httpx.Response]


def form(person: dict[str, Any] = CLIENT, **fields: Any) -> dict[str, Any]:
    return {"worker": WORKER, "person": person, "happening": "admitted", **fields}


def token(night: EdgeNight, hospital: str = "mercy") -> str:
    with night.vigil.unit_of_work() as work:
        return logins.create_token(
            work, name="an interface", role=Role.HOSPITAL, team=None, hospital=hospital
        )


def link(night: EdgeNight) -> str:
    with night.vigil.unit_of_work() as work:
        return form_links.make(work, "mercy", "ED", 30, "a lead")[0]


def kept(night: EdgeNight) -> list[InboxRow]:
    with Session(night.vigil.unit_of_work.engine) as session:
        return list(session.exec(select(InboxRow).order_by(col(InboxRow.id))))


def send_bundle(night: EdgeNight, raw: bytes, secret: str | None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return night.http.post("/fhir/$process-message", content=raw, headers=headers)


def send_webhook(
    night: EdgeNight, body: Any, *, hospital: str = "mercy", message: str | None = None
) -> httpx.Response:
    with Session(night.vigil.unit_of_work.engine) as session:
        row = session.get(HospitalRow, "mercy")
        assert row is not None
        secret = logins.partner_secrets(night.vigil.key, row)[0]
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    message, at = message or new_sid("msg_"), datetime.now(UTC)
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, at, raw.decode("latin-1")),
    }
    return night.http.post(f"/webhooks/hospitals/{hospital}", content=raw, headers=headers)


# FHIR ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_bundle_is_kept_byte_for_byte_and_answered_by_an_operation_outcome(
    night: EdgeNight,
) -> None:
    answer = send_bundle(night, BUNDLE, token(night))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/fhir+json")
    assert answer.json()["issue"][0]["severity"] == "information"
    row = kept(night)[-1]
    assert bytes(row.raw) == BUNDLE
    assert (row.channel, row.hospital_id, row.state) == ("fhir", "mercy", "waiting")


def test_a_bundle_that_comes_again_is_kept_once_and_answered_alike(night: EdgeNight) -> None:
    secret, bundle = token(night), BUNDLE.replace(b"31ab7fe2", b"41ab7fe2")
    first, rows = send_bundle(night, bundle, secret), len(kept(night))
    again = send_bundle(night, bundle, secret)
    assert (again.status_code, again.text) == (first.status_code, first.text)
    assert len(kept(night)) == rows


def test_a_bundle_that_cannot_be_read_is_kept_too_and_its_sender_told_why(
    night: EdgeNight,
) -> None:
    answer = send_bundle(night, b'{"resourceType": "Patient"}', token(night))
    assert answer.status_code == 422
    assert "Bundle of type message" in answer.json()["issue"][0]["details"]["text"]
    assert bytes(kept(night)[-1].raw) == b'{"resourceType": "Patient"}'


def test_without_a_hospitals_token_nothing_is_kept(night: EdgeNight) -> None:
    with night.vigil.unit_of_work() as work:
        other = logins.create_token(work, name="a board", role=Role.ADMIN, team=None)
        nobodys = logins.create_token(work, name="old", role=Role.HOSPITAL, team=None)
    rows = len(kept(night))
    for secret in (None, "vgl_wrong", other, nobodys):
        assert send_bundle(night, BUNDLE, secret).status_code == 401
    assert len(kept(night)) == rows


def test_a_hospitals_token_opens_nothing_else(night: EdgeNight) -> None:
    headers = {"Authorization": f"Bearer {token(night)}"}
    for path in ("/api/crises", "/api/teams", "/api/teams/north/oncall"):
        assert night.http.get(path, headers=headers).status_code == 403


def test_a_token_belongs_to_a_hospital_that_there_is(night: EdgeNight) -> None:
    with night.vigil.unit_of_work() as work, pytest.raises(ValueError, match="mercy, state"):
        logins.create_token(work, name="x", role=Role.HOSPITAL, team=None, hospital="nowhere")


# The signed webhook ─────────────────────────────────────────────────────────────────────────────


def test_a_signed_notice_is_kept_and_a_call_is_promised(night: EdgeNight) -> None:
    answer = send_webhook(night, form())
    assert answer.status_code == 202
    said = answer.json()
    assert re.fullmatch(r"N[A-Z2-7]{7}", said["reference"])
    assert said["says"] == (
        f"Received, reference {said['reference']}. "
        f"If we serve this person, the team calls you by {said['call_by']}."
    )
    assert json.loads(kept(night)[-1].raw) == form()


def test_the_same_message_again_is_no_second_notice(night: EdgeNight) -> None:
    message = new_sid("msg_")
    first, rows = send_webhook(night, form(), message=message), len(kept(night))
    assert send_webhook(night, form(), message=message).json() == first.json()
    assert len(kept(night)) == rows


def test_mistakes_are_all_told_and_what_came_is_kept(night: EdgeNight) -> None:
    answer = send_webhook(night, form(worker={"name": "Test Nurse"}, happening="dancing"))
    assert answer.status_code == 422
    assert "worker.callback" in answer.json()["detail"]
    assert "happening" in answer.json()["detail"]
    assert json.loads(kept(night)[-1].raw)["happening"] == "dancing"
    assert send_webhook(night, b"no JSON").json() == {"detail": "The body is not JSON."}
    assert send_webhook(night, []).json() == {"detail": "The body is no JSON object."}


def test_another_hospitals_signature_is_none(night: EdgeNight) -> None:
    rows = len(kept(night))
    for hospital in ("state", "nowhere"):
        assert send_webhook(night, form(), hospital=hospital).status_code == 403
    assert night.http.post("/webhooks/hospitals/mercy", json=form()).status_code == 403
    assert len(kept(night)) == rows


# The form and the phone ─────────────────────────────────────────────────────────────────────────


def test_a_unit_fills_in_its_form_behind_a_secret_address(night: EdgeNight) -> None:
    secret = link(night)
    opened = night.http.get(f"/api/hospital-forms/{secret}").json()
    zone = "America/Los_Angeles"
    assert opened == {"hospital": "Test Mercy", "unit": "ED", "timezone": zone}
    answer = night.http.post(f"/api/hospital-forms/{secret}", json=form())
    assert answer.status_code == 202
    assert kept(night)[-1].channel == "form"


def test_pressed_twice_it_is_one_notice(night: EdgeNight) -> None:
    path, headers = f"/api/hospital-forms/{link(night)}", {"Idempotency-Key": new_sid("form_")}
    first, rows = night.http.post(path, json=form(), headers=headers), len(kept(night))
    assert night.http.post(path, json=form(), headers=headers).json() == first.json()
    assert len(kept(night)) == rows


def test_an_address_that_was_ended_or_never_was_opens_nothing(night: EdgeNight) -> None:
    secret = link(night)
    with night.vigil.unit_of_work() as work:
        assert form_links.revoke(work, logins.token_hash(secret), "a lead")
        assert not form_links.revoke(work, logins.token_hash(secret), "a lead")
    rows = len(kept(night))
    for address in (secret, "x" * 43):
        for answer in (
            night.http.get(f"/api/hospital-forms/{address}"),
            night.http.post(f"/api/hospital-forms/{address}", json=form()),
        ):
            assert answer.status_code == 404
            assert "Ask the team for a new one" in answer.json()["detail"]
    assert len(kept(night)) == rows


def test_a_link_lives_for_a_while_only(night: EdgeNight) -> None:
    with night.vigil.unit_of_work() as work:
        with pytest.raises(ValueError, match="1 to 400 days"):
            form_links.make(work, "mercy", "ED", 0, "a lead")
        with pytest.raises(form_links.UnknownHospital):
            form_links.make(work, "nowhere", "ED", 3, "a lead")
        secret, row = form_links.make(work, "mercy", "ED", 3, "a lead")
        work.session.flush()
        assert form_links.find(work.session, secret, work.now) is not None
        assert form_links.find(work.session, secret, row.expires_at) is None


def test_the_staff_write_down_what_a_hospital_tells_by_phone(night: EdgeNight) -> None:
    with night.web() as browser:
        answer = browser.post("/api/hospitals/mercy/phone-notices", json=form())
        assert answer.status_code == 202
        assert browser.post("/api/hospitals/nowhere/phone-notices", json=form()).status_code == 404
    row = kept(night)[-1]
    assert (row.channel, row.hospital_id) == ("phone", "mercy")
    assert row.sender.startswith("token"), "who wrote it down"
    assert night.http.post("/api/hospitals/mercy/phone-notices", json=form()).status_code == 401


# Nothing tells whether somebody is a client ─────────────────────────────────────────────────────


def by_webhook(night: EdgeNight, person: dict[str, Any]) -> httpx.Response:
    return send_webhook(night, form(person))


def by_form(night: EdgeNight, person: dict[str, Any]) -> httpx.Response:
    return night.http.post(f"/api/hospital-forms/{link(night)}", json=form(person))


def by_bundle(night: EdgeNight, person: dict[str, Any]) -> httpx.Response:
    bundle = json.loads(BUNDLE)
    *given, family = person["name"].split()
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"]["name"] = [{"family": family, "given": given}]
            entry["resource"]["birthDate"] = person["birth_date"]
    bundle["id"] = new_sid("b")
    return send_bundle(night, json.dumps(bundle).encode(), token(night))


WAYS = {"webhook": by_webhook, "form": by_form, "bundle": by_bundle}


def said(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], str]:
    """Everything that a sender sees, without the reference and the time of day."""
    words = re.sub(r"N[A-Z2-7]{7}|\d\d:\d\d", "…", answer.text)
    headers = [(name, value) for name, value in answer.headers.items() if name != "date"]
    return answer.status_code, headers, words


@pytest.mark.parametrize("way", WAYS)
def test_a_client_and_a_stranger_are_answered_alike(night: EdgeNight, way: str) -> None:
    assert said(WAYS[way](night, CLIENT)) == said(WAYS[way](night, STRANGER))


@pytest.mark.parametrize("way", WAYS)
def test_the_time_an_answer_takes_tells_nothing_either(night: EdgeNight, way: str) -> None:
    """Told in turn, so that whatever else the machine does hits both: medians differ by noise."""
    took: dict[str, list[float]] = {"client": [], "stranger": []}
    for _ in range(15):
        for who, person in (("client", CLIENT), ("stranger", STRANGER)):
            begun = time.perf_counter()
            WAYS[way](night, person)
            took[who].append(time.perf_counter() - begun)
    client, stranger = (statistics.median(took[who]) for who in took)
    assert max(client, stranger) / min(client, stranger) < 2
