"""Conferences as Twilio has them: rooms, events, the upgrade of a bridge, and their REST API."""

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from notifications.emulator import CallbackOrder
from tests.emulator.town import ANA, BEN, CALLER, LINE, Town

EVENTS = (
    'statusCallback="/room" statusCallbackEvent="start end join leave speaker hold mute modify"'
)


def room(*, ends: bool = False, label: str = "", action: str = "") -> str:
    action = f' action="{action}"' if action else ""
    return (
        f'<Dial{action}><Conference endConferenceOnExit="{str(ends).lower()}" beep="false" '
        f'waitUrl="" participantLabel="{label}" {EVENTS}>Room</Conference></Dial>'
    )


def say_room(town: Town, **more: object) -> str:
    """The room as the REST API needs it, with whole addresses."""
    return room(**more).replace('="/', f'="{town.product.url}/')  # type: ignore[arg-type]


def events(town: Town) -> list[str]:
    return [form["StatusCallbackEvent"] for form in town.product.seen("/room")]


def in_the_room(town: Town, client: Client, ends: bool = False) -> None:
    """The caller waits in a room; Ana is rung into it by the REST API."""
    town.product.on("/voice", room(ends=True, label="caller", action="/left"))
    town.call = town.network.place_call(CALLER, LINE)
    town.wait(lambda: town.call.leg.room is not None)
    town.ana.answers(press=None, after=0)
    client.conferences("Room").participants.create(
        from_=LINE, to=ANA, label="ana", end_conference_on_exit=ends, early_media=False,
        status_callback=f"{town.product.url}/leg",
        status_callback_event=["initiated", "ringing", "answered", "completed"], timeout=20,
    )  # fmt: skip
    town.wait(lambda: town.call.together_with == [ANA])


def test_two_hear_each_other_and_every_event_is_numbered(town: Town, client: Client) -> None:
    in_the_room(town, client)
    assert town.ana.together_with == [CALLER]
    town.ana.speak("Good evening.")
    town.wait(lambda: "participant-speech-stop" in events(town))
    assert town.call.heard == ["Good evening."]
    town.call.hang_up()
    town.wait(lambda: "conference-end" in events(town))
    assert events(town) == [
        "participant-join",
        "participant-join",
        "conference-start",
        "participant-speech-start",
        "participant-speech-stop",
        "participant-leave",
        "participant-leave",
        "conference-end",
    ]
    seen = town.product.seen("/room")
    assert [form["SequenceNumber"] for form in seen] == [str(n) for n in range(1, 9)]
    assert seen[1]["ParticipantLabel"] == "ana"
    assert seen[3]["CallSid"] == seen[1]["CallSid"]
    assert {form["FriendlyName"] for form in seen} == {"Room"}
    assert seen[5]["ReasonParticipantLeft"] == "participant_hung_up"
    assert seen[6]["ReasonParticipantLeft"] == "moderator_ended_conference"
    assert seen[7]["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert seen[7]["ParticipantLabelEndingConference"] == "caller"
    town.network.wait_until_quiet()
    assert [form["CallStatus"] for form in town.product.seen("/leg")][-1] == "completed"


def test_whoever_may_end_it_sends_the_others_to_their_actions(town: Town, client: Client) -> None:
    in_the_room(town, client, ends=True)
    town.product.on("/left", "<Say>They have left.</Say>")
    town.ana.hang_up()
    town.call.wait_ended()
    assert town.call.last_heard == "They have left."
    [left] = town.product.seen("/left")
    assert (left["DialCallStatus"], left["CallStatus"]) == ("answered", "in-progress")


def test_whoever_may_not_end_it_leaves_the_other_waiting(town: Town, client: Client) -> None:
    in_the_room(town, client)
    town.ana.hang_up()
    town.wait(lambda: "participant-leave" in events(town))
    assert town.call.together_with == []
    assert not town.call.leg.ended
    assert town.product.seen("/left") == []


def test_the_rest_api_changes_who_ends_it_and_removes_people(town: Town, client: Client) -> None:
    in_the_room(town, client)
    [found] = client.conferences.list(friendly_name="Room", status="in-progress")
    assert client.conferences(found.sid).fetch().friendly_name == "Room"
    people = client.conferences(found.sid).participants
    assert {one.label for one in people.list()} == {"ana", "caller"}
    one = (
        client.conferences(found.sid)
        .participants("ana")
        .update(hold=True, muted=True, end_conference_on_exit=True)
    )
    assert (one.hold, one.muted, one.end_conference_on_exit) == (True, True, True)
    assert client.conferences(found.sid).participants(one.call_sid).fetch().label == "ana"
    town.ana.speak("Nobody hears this.")
    assert town.call.heard == []
    town.product.on("/left", "<Hangup/>")
    client.conferences(found.sid).participants("ana").delete()
    town.call.wait_ended()
    town.wait(lambda: "participant-modify" in events(town))
    with pytest.raises(TwilioRestException) as gone:
        client.conferences(found.sid).participants("ana").fetch()
    assert gone.value.status == 404


def test_a_room_is_ended_for_everybody(town: Town, client: Client) -> None:
    in_the_room(town, client)
    [found] = client.conferences.list()
    client.conferences(found.sid).update(status="completed")
    town.network.wait_until_quiet()
    assert client.conferences(found.sid).fetch().status == "completed"
    with pytest.raises(TwilioRestException):
        client.conferences(found.sid).participants.create(from_=LINE, to=BEN)


def test_who_does_not_answer_never_came(town: Town, client: Client) -> None:
    in_the_room(town, client)
    town.ben.busy()
    client.conferences("Room").participants.create(from_=LINE, to=BEN, label="ben")
    town.wait(lambda: "participant-leave" in events(town))
    last = town.product.seen("/room")[-1]
    assert last["ParticipantLabel"] == "ben"
    assert last["ReasonParticipantLeft"] == "participant_add_failed"
    assert last["ParticipantCallStatus"] == "busy"


def test_a_bridge_becomes_a_room_by_its_child_first(town: Town, client: Client) -> None:
    """The child leaves the Dial, whose action then answers for the parent."""
    town.product.on("/voice", f'<Dial action="/step"><Number>{ANA}</Number></Dial>')
    town.product.on("/step", room(ends=True, label="caller"))
    town.ana.answers(press=None, speaks_after=2)
    call = town.network.place_call(CALLER, LINE).wait_for("talking")
    child = call.leg.peer
    assert child is not None
    client.calls(child.sid).update(twiml=f"<Response>{say_room(town, label='ana')}</Response>")
    town.wait(lambda: call.heard == ["Hello."])
    [step] = town.product.seen("/step")
    assert (step["DialCallStatus"], step["DialBridged"]) == ("completed", "true")
    assert step["CallStatus"] == "in-progress"
    assert call.together_with == [ANA]
    town.wait(lambda: events(town)[:1] == ["participant-join"])
    town.ana.hang_up()
    town.wait(lambda: call.together_with == [])


def test_moving_on_leaves_the_room(town: Town, client: Client) -> None:
    in_the_room(town, client)
    client.calls(town.call.sid).update(twiml="<Response><Say>Elsewhere.</Say></Response>")
    town.call.wait_ended()
    assert town.call.last_heard == "Elsewhere."
    town.wait(lambda: "participant-leave" in events(town))
    left = town.product.seen("/room")[events(town).index("participant-leave")]
    assert left["ReasonParticipantLeft"] == "participant_updated_via_api"


def test_events_may_come_in_another_order(town: Town, client: Client) -> None:
    town.network.faults.callbacks = CallbackOrder.REORDERED
    in_the_room(town, client)
    town.wait(lambda: len(events(town)) == 3, 12)
    numbers = [int(form["SequenceNumber"]) for form in town.product.seen("/room")]
    assert sorted(numbers) == [1, 2, 3]
    assert numbers != [1, 2, 3]


def test_the_first_who_comes_decides_where_events_go(town: Town, client: Client) -> None:
    town.product.on("/voice", "<Dial><Conference>Room</Conference></Dial>")
    call = town.network.place_call(CALLER, LINE)
    town.wait(lambda: call.leg.room is not None)
    town.ana.answers(press=None, after=0)
    client.conferences("Room").participants.create(
        from_=LINE, to=ANA, conference_status_callback=f"{town.product.url}/room",
        conference_status_callback_event=["join"],
    )  # fmt: skip
    town.wait(lambda: call.together_with == [ANA])
    assert town.product.seen("/room") == []
