"""What the emulator has for the time when the product is away: Studio flows, and a web space."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from notifications.emulator.studio import check
from tests.emulator.town import ANA, CALLER, LINE, Town

Json = dict[str, Any]


def widget(name: str, kind: str, ends: dict[str, str | None], **properties: object) -> Json:
    transitions = [
        {"event": event, "next": onward} if onward else {"event": event}
        for event, onward in ends.items()
    ]
    return {"name": name, "type": kind, "transitions": transitions, "properties": properties}


def asks(name: str, argument: str, kind: str, value: str, yes: str, no: str) -> Json:
    condition = {"friendly_name": "", "arguments": [argument], "type": kind, "value": value}
    made = widget(name, "split-based-on", {"noMatch": no}, input=argument)
    made["transitions"].append({"event": "match", "next": yes, "conditions": [condition]})
    return made


def says(name: str, text: str, onward: str | None = None) -> Json:
    return widget(name, "say-play", {"audioComplete": onward}, say=text, language="en-US")


def dials(name: str, to: str, onward: str | None) -> Json:
    ends = {"callCompleted": onward, "hangup": None}
    return widget(name, "connect-call-to", ends, noun="number", to=to, caller_id=LINE, timeout=15)


def flow(*states: Json) -> Json:
    trigger = widget("Trigger", "trigger", {"incomingCall": states[0]["name"]})
    return {"description": "", "states": [trigger, *states], "initial_state": "Trigger"}


@pytest.fixture
def studio(client: Client, town: Town) -> Client:
    client.studio.base_url = town.base_url
    return client


def publish(studio: Client, town: Town, definition: Json, status: str = "published") -> str:
    """Publish it and let the line run it; gives its SID."""
    made = studio.studio.v2.flows.create(friendly_name="f", status=status, definition=definition)
    town.network.number(LINE, voice_url=made.webhook_url)
    return str(made.sid)


def test_a_flow_rings_says_and_ends(studio: Client, town: Town) -> None:
    words = flow(says("a", "Hello", "b"), dials("b", ANA, "c"), says("c", "Goodbye"))
    publish(studio, town, words)
    town.ana.answers(talk_for=1)
    call = town.network.place_call(CALLER, LINE).wait_ended()
    assert (call.heard, call.bridged_with) == (["Hello", "Goodbye"], [ANA])
    town.ana.ignores()
    assert town.network.place_call(CALLER, LINE).wait_ended().heard == ["Hello", "Goodbye"]


def test_a_flow_goes_by_the_clock(studio: Client, town: Town) -> None:
    noon = datetime(2026, 3, 3, 12, tzinfo=UTC)
    now = "{{ 'now' | date: '%s' | plus: 0 }}"
    early = asks("a", now, "less_than", str(int(noon.timestamp())), "b", "c")
    publish(studio, town, flow(early, says("b", "Morning"), says("c", "Afternoon")))
    for hour, word in ((11, "Morning"), (12, "Afternoon"), (13, "Afternoon")):
        town.network.go_by(lambda hour=hour: noon.replace(hour=hour))  # type: ignore[misc]
        assert town.network.place_call(CALLER, LINE).wait_ended().last_heard == word


def test_a_flow_hands_over_to_a_document(studio: Client, town: Town) -> None:
    town.product.on("/elsewhere", "<Say>From elsewhere</Say>")
    over = widget("a", "add-twiml-redirect", {"return": None}, url=f"{town.product.url}/elsewhere")
    publish(studio, town, flow(over))
    assert town.network.place_call(CALLER, LINE).wait_ended().last_heard == "From elsewhere"


def test_a_flow_knows_what_failed_when_it_is_the_fallback(studio: Client, town: Town) -> None:
    failed = asks("a", "{{trigger.call.ErrorUrl}}", "contains", town.product.url, "b", "c")
    publish(studio, town, flow(failed, says("b", "The product"), says("c", "Something else")))
    url = town.network.exchange.lines[LINE].voice_url
    town.network.number(LINE, voice_url=f"{town.product.url}/nowhere", voice_fallback_url=url)
    town.product.on("/nowhere", "<broken")
    assert town.network.place_call(CALLER, LINE).wait_ended().last_heard == "The product"


def test_a_draft_is_not_run(studio: Client, town: Town) -> None:
    publish(studio, town, flow(says("a", "Hello")), status="draft")
    call = town.network.place_call(CALLER, LINE).wait_ended()
    assert "application error" in call.last_heard


def test_what_the_emulator_does_not_know_is_never_passed_over(studio: Client, town: Town) -> None:
    strange = asks("a", "{{ 'now' | date: '%H' }}", "less_than", "12", "b", "b")
    publish(studio, town, flow(strange, says("b", "Hello")))
    assert "application error" in town.network.place_call(CALLER, LINE).wait_ended().last_heard
    assert any("Liquid" in notice.message for notice in town.network.errors)


@pytest.mark.parametrize(
    "wrong",
    [
        {"states": []},
        {"initial_state": "nowhere"},
        {"states": flow(says("a", "x", "nowhere"))["states"]},
        {"states": flow(says("a", "x"), says("a", "y"))["states"]},
        {"states": flow(widget("a", "fly", {}))["states"]},
        {"states": flow(widget("a", "connect-call-to", {}, to=ANA))["states"]},
    ],
)
def test_a_definition_that_is_none_is_refused(studio: Client, town: Town, wrong: Json) -> None:
    definition = flow(says("a", "Hello")) | wrong
    with pytest.raises(TwilioRestException) as refused:
        publish(studio, town, definition)
    assert (refused.value.status, refused.value.code) == (400, 20001)
    assert town.network.flows == {}


def test_flows_are_read_listed_and_changed(studio: Client, town: Town) -> None:
    first = flow(says("a", "Hello"))
    check(first)
    sid = publish(studio, town, first)
    read = studio.studio.v2.flows(sid).fetch()
    assert (read.definition, read.status, read.revision) == (first, "published", 1)
    assert [one.sid for one in studio.studio.v2.flows.list()] == [sid]
    changed = studio.studio.v2.flows(sid).update(
        status="published", definition=flow(says("a", "Bye"))
    )
    assert changed.revision == 2
    assert town.network.place_call(CALLER, LINE).wait_ended().last_heard == "Bye"
    with pytest.raises(TwilioRestException) as gone:
        studio.studio.v2.flows("FW" + "0" * 32).fetch()
    assert gone.value.status == 404


def test_studio_asks_for_the_accounts_credentials(town: Town) -> None:
    answer = httpx.post(f"{town.base_url}/v2/Flows", data={"Definition": json.dumps({})})
    assert answer.status_code == 401


def test_a_web_space_keeps_what_is_put_and_hands_it_out(town: Town) -> None:
    space = town.network.space
    url = f"{town.base_url}/space/folder/a.xml"
    assert httpx.get(url).status_code == 404
    space.token = "secret"
    assert httpx.put(url, content="<Response/>").status_code == 401
    headers = {"Authorization": "Bearer secret"}
    assert httpx.put(url, content="<Response/>", headers=headers).status_code == 201
    for method in ("GET", "POST"):
        answer = httpx.request(method, url)
        assert (answer.text, answer.headers["content-type"].partition(";")[0]) == (
            "<Response/>",
            "text/xml",
        )
    space.answers_post = False
    assert httpx.post(url).status_code == 405
    space.away = True
    assert httpx.get(url).status_code == 503
