"""After a varied night: nothing about a client in a text, a log line, an address or a prompt."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from dispatch.commands import logins
from dispatch.store import clients
from dispatch.tables import CrisisLineRow
from tests.api.conftest import Logs
from tests.api.edge import EdgeNight, call_form, text_form
from tests.scenarios.town import CLIENT, SHARED_PHONE, SOUTH_CLIENT, SPANISH_CLIENT, STRANGER

CONCERN = "says that the neighbours watch"
TEXTED = "I can not sleep any more"
NOTED = "met at the kitchen table"

SECRETS = {
    "a name": re.compile(r"test[ +_%20-]*person", re.IGNORECASE),
    "a client's id": re.compile(r"C-[12]00\d"),
    "a birth date": re.compile(r"1984-03-02|1991-11-20|1972-07-15|1975-01-30|1988-09-09"),
    "a caller's number": re.compile(
        "|".join(n[-7:] for n in (CLIENT, SPANISH_CLIENT, SHARED_PHONE, SOUTH_CLIENT, STRANGER))
    ),
    "what was said": re.compile("neighbours|sleep any more|kitchen table", re.IGNORECASE),
}


def leaks(where: str, told: str) -> list[str]:
    """What must not stand in something that leaves."""
    return [f"{what} in {where}: {told}" for what, secret in SECRETS.items() if secret.search(told)]


def test_the_scan_finds_what_it_looks_for() -> None:
    for told in ("Test Person One", "Test%20Person", "C-1001", "1984-03-02", CLIENT, NOTED, TEXTED):
        assert leaks("a text", told)
    assert not leaks("a text", "Vigil K7Q: crisis call for North ACT")


def a_varied_night(night: EdgeNight, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls, a text, a handover, notes, a look, a hand-off, an exception, forged requests."""
    night.ana.voicemail(after=5)
    night.ben.answers(press="1")
    first = night.call(CLIENT)
    first.wait_for("talking")
    first.hang_up()
    night.gus.declines()
    night.hal.ignores()
    night.ivy.answers(press="1")
    second = night.call(SOUTH_CLIENT)
    second.wait_for("talking")
    second.hang_up()
    night.until(lambda: all(one.state == "accepted" for one in night.crises()), "both taken")

    night.network.text(SPANISH_CLIENT, "+15035550191", TEXTED)
    night.until(lambda: len(night.crises()) == 3, "the text's crisis")
    with night.vigil.unit_of_work.reading() as work:
        row = work.session.get(CrisisLineRow, "county-988")
        assert row is not None
        secret = logins.partner_secrets(night.vigil.key, row)[0]
    body = json.dumps({"caller": SHARED_PHONE, "concern": CONCERN, "callback": STRANGER})
    at = datetime.now(UTC)
    handed = night.http.post(
        "/webhooks/crisis-lines/county-988",
        content=body,
        headers={
            "webhook-id": "msg_privacy",
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign("msg_privacy", at, body),
        },
    )
    assert handed.status_code == 202
    assert leaks("the answer to a partner", handed.text) == []
    assert leaks("what a partner follows", night.http.get(handed.json()["url"]).text) == []

    with night.web() as browser:
        for crisis in night.crises():
            path = f"/api/crises/{crisis.ref}"
            assert browser.get(path).status_code == 200
            browser.post(f"{path}/note", json={"text": f"{NOTED}, Test Person One, {CLIENT}"})
        owned = next(one for one in night.crises() if one.owner == "ben")
        browser.post(f"/api/crises/{owned.ref}/hand-off", json={"to": "ana"})
        browser.post(f"/api/crises/{owned.ref}/note", json={"text": 5, "name": "Test Person One"})

    night.knock("/twilio/voice", call_form(), "forged")
    night.knock("/twilio/sms", text_form(TEXTED), None)
    monkeypatch.setattr(clients, "candidates", _breaks)
    night.twilio("/twilio/voice", call_form(From=SPANISH_CLIENT))
    night.twilio("/twilio/sms", text_form(TEXTED, From=SPANISH_CLIENT))
    monkeypatch.undo()


def _breaks(session: object, phone: str, now: object) -> list[object]:
    raise ValueError(f"Test Person One calls from {phone}")


def test_nothing_about_a_client_leaves(
    database_url: str, tmp_path: Path, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    with EdgeNight(database_url, tmp_path, speed=20.0) as night:
        a_varied_night(night, monkeypatch)
        night.assert_promises_kept()
        sent = [sms for sms in night.network.messages if sms.direction.startswith("outbound")]
        heard = [str(line) for phone in (night.ana, night.ben, night.ivy) for line in phone.heard]
        asked = [(request.url, request.body) for request in night.network.requests]
        recorded = [
            entry
            for crisis in night.crises()
            for entry in night.timeline(crisis.ref)
            if entry.kind != "note"
        ]
        board = night.contents()["board_change"] + night.contents()["team_card"]
    found = [
        *(leak for sms in sent for leak in leaks("an SMS", sms.body)),
        *(leak for words in heard for leak in leaks("what the staff heard", words)),
        *(leak for url, _ in asked for leak in leaks("an address", url)),
        *(leak for _, body in asked for leak in leaks("a document", body)),
        *(leak for entry in recorded for leak in leaks("the timeline", entry.text)),
        *(leak for row in board for leak in leaks("the board", row)),
        *(leak for line in logs.text.splitlines() for leak in leaks("a log line", line)),
    ]
    assert found == []
    assert len(sent) >= 5
    assert heard
    assert len(recorded) > 10
    assert len(asked) > 10
    assert logs.named("voice_without_a_decision"), "an exception that names the caller was logged"
    assert logs.named("unsigned_webhook")
    assert not [line for line in logs.lines if "dropped fields" in str(line.get("where"))]
