"""The phone bank: phones worked by hand over HTTP, and a live push of everything they do."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from notifications.emulator import Account, EmulatorServer, PhoneNetwork
from tests.emulator.town import ANA, CALLER, LINE, Town


@pytest.fixture
def bank(town: Town) -> Iterator[httpx.Client]:
    town.product.on(
        "/voice",
        f'<Say>Hold on</Say><Dial action="/step"><Number url="/screen">{ANA}</Number></Dial>',
    )
    town.product.on("/screen", '<Gather numDigits="1" action="/ok"><Say>Press 1</Say></Gather>')
    town.network.phone(CALLER, owner="Test Caller", kind="caller")
    town.ana.by_hand()
    with httpx.Client(base_url=f"{town.base_url}/bank", trust_env=False) as client:
        yield client


def phone(bank: httpx.Client, number: str) -> dict[str, Any]:
    phones = bank.get("/state").json()["phones"]
    return next(found for found in phones if found["number"] == number)


def test_a_call_worked_by_hand_from_the_first_ring_to_the_last_word(
    town: Town, bank: httpx.Client
) -> None:
    assert phone(bank, LINE)["kind"] == "line"
    assert bank.post(f"/phones/{CALLER}/call", json={"to": LINE}).status_code == 200
    town.wait(lambda: town.ana.ringing)
    ringing = phone(bank, ANA)
    assert (ringing["state"], ringing["ringing_from"]) == ("ringing", CALLER)
    assert (ringing["mode"], ringing["owner"]) == ("by_hand", "Test Staff Ana")
    assert phone(bank, CALLER)["hears"] == ["Hold on"]
    bank.post(f"/phones/{ANA}/answer")
    town.wait(lambda: bool(town.ana.heard))
    assert phone(bank, ANA)["state"] == "answered"
    bank.post(f"/phones/{ANA}/press", json={"digits": "1"})
    call = town.network.calls[0]
    town.wait(lambda: call.state == "talking")
    assert phone(bank, ANA)["talking_with"] == CALLER
    assert phone(bank, CALLER)["talking_with"] == ANA
    bank.post(f"/phones/{ANA}/hang-up")
    town.wait(lambda: call.ended)
    assert phone(bank, ANA)["state"] == "idle"
    shown = bank.get("/state").json()["calls"]
    assert [(c["direction"], c["state"]) for c in shown] == [
        ("inbound", "ended"),
        ("outbound-dial", "ended"),
    ]


@pytest.mark.parametrize(("command", "status"), [("decline", "busy"), ("voicemail", "completed")])
def test_a_ringing_phone_can_be_refused_or_left_to_the_machine(
    town: Town, bank: httpx.Client, command: str, status: str
) -> None:
    town.product.on("/screen", "<Hangup/>")
    bank.post(f"/phones/{CALLER}/call", json={"to": LINE, "withheld": True})
    town.wait(lambda: town.ana.ringing)
    bank.post(f"/phones/{ANA}/{command}")
    town.wait(lambda: bool(town.product.seen("/step")))
    form = town.product.seen("/step")[0]
    assert (form["DialCallStatus"], form["From"]) == (status, "anonymous")


def test_texts_go_both_ways(town: Town, bank: httpx.Client) -> None:
    town.product.on("/sms", "<Message>Noted</Message>")
    assert bank.post(f"/phones/{ANA}/text", json={"to": LINE, "body": "1"}).status_code == 200
    town.ana.expect_sms("Noted")
    [shown] = phone(bank, ANA)["inbox"]
    assert (shown["from"], shown["body"]) == (LINE, "Noted")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"/phones/{ANA}/answer", {}, 409),
        (f"/phones/{ANA}/hang-up", {}, 409),
        (f"/phones/{ANA}/dance", {}, 422),
        (f"/phones/{ANA}/text", {"to": LINE}, 422),
        (f"/phones/{ANA}/press", {"digits": "x"}, 422),
        (f"/phones/{CALLER}/call", {"to": ANA}, 422),
        (f"/phones/{CALLER}/call", [], 422),
        (f"/phones/{LINE}/call", {"to": LINE}, 409),
        ("/phones/+15035550100/answer", {}, 404),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(
    bank: httpx.Client, path: str, body: object, status: int
) -> None:
    answer = bank.post(path, json=body)
    assert answer.status_code == status
    assert answer.json()["detail"].endswith((".", "line.", "*"))


def test_every_change_is_pushed(town: Town, bank: httpx.Client) -> None:
    with connect(town.base_url.replace("http", "ws") + "/bank/ws") as socket:
        first = json.loads(socket.recv(timeout=5))
        assert {"phones", "calls"} == set(first)
        bank.post(f"/phones/{CALLER}/call", json={"to": LINE})
        states: list[str] = []
        while "ringing" not in states:
            pushed = json.loads(socket.recv(timeout=5))
            states += [p["state"] for p in pushed["phones"] if p["number"] == ANA]


def test_the_page_is_served_on_loopback_names_only(account: Account, tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "app.js").write_text("void 0")
    (tmp_path / "phone-bank.html").write_text("<h1>Phone bank</h1>")
    with EmulatorServer(PhoneNetwork(account), static=tmp_path) as server:
        assert "Phone bank" in httpx.get(server.base_url, trust_env=False).text
        assert httpx.get(f"{server.base_url}/assets/app.js", trust_env=False).status_code == 200
        foreign = httpx.get(server.base_url, headers={"Host": "evil.example"}, trust_env=False)
        assert foreign.status_code == 400


def test_stopping_cuts_everybody_off_and_a_restart_goes_on(town: Town, account: Account) -> None:
    network = PhoneNetwork(account, speed=40)
    network.number(LINE, voice_url=f"{town.product.url}/voice")
    town.product.on("/voice", "<Dial>988</Dial>")
    server = EmulatorServer(network)
    server.start()
    call = network.place_call(CALLER, LINE).wait_for("talking")
    server.stop()
    assert call.state == "ended"
    with server:
        assert network.place_call(CALLER, LINE).wait_for("talking").bridged_with == ["988"]


def test_a_network_without_its_server_says_so(account: Account) -> None:
    network = PhoneNetwork(account)
    network.number(LINE)
    with pytest.raises(RuntimeError, match="start its EmulatorServer first"):
        network.place_call(CALLER, LINE)
