"""A worker calls their client back: whose phone rings, what it shows, and who hangs up when."""

import pytest

from notifications.emulator import Phone
from notifications.emulator.legs import Direction, Leg
from tests.scenarios import town
from tests.scenarios.night import Night
from tests.scenarios.webhooks import hand_over

ASKED = "Call back for North ACT, reference {ref}. Press 1 to be connected."


def owned_by_ana(night: Night, caller: str = town.CLIENT, message: str = "msg_1") -> str:
    """A crisis that was reported and that Ana has taken by text; its reference."""
    ref: str = hand_over(night, message=message, caller=caller).json()["ref"]
    night.ana.expect_sms(ref)
    night.ana.reply(f"1 {ref}")
    night.until(lambda: [c.owner for c in night.crises() if c.ref == ref] == ["ana"], "Ana has it")
    night.ana.expect_sms(f"{ref} is yours. Reply CALL to call back by our line.")
    night.until(lambda: not night.ana.legs, "a page by voice, if one rang, is over")
    return ref


def client(night: Night) -> Phone:
    return night.phone(town.CLIENT)


def legs_to(night: Night, number: str) -> list[Leg]:
    """The calls that rang this phone, in order."""
    return [leg for leg in night.network.calls if leg.to == number]


def calls_back(night: Night) -> list[Leg]:
    """The calls in which Ana was asked whether to be connected."""
    return [
        leg
        for leg in legs_to(night, town.ANA)
        if any("/twilio/call-back/" in moment.detail for moment in leg.transcript)
    ]


def until_over(night: Night, kind: str) -> None:
    """Wait until the timeline says this, and nobody is called back any more."""
    night.until(lambda: kind in night.kinds(), kind)
    night.until(lambda: night.crisis().calling is None, "no call back runs")


def test_a_text_connects_the_owner_with_the_client_who_sees_the_line(night: Night) -> None:
    night.ana.answers(press="1", talk_for=40)
    client(night).answers(press=None)
    ref = owned_by_ana(night)
    night.ana.reply("call")
    night.ana.expect_sms("your phone rings now. Press 1 to be connected; the caller sees our line")
    until_over(night, "call_back_talked")
    [worker], [rung] = calls_back(night), legs_to(night, town.CLIENT)
    assert (worker.from_, rung.from_) == (town.NORTH_LINE, town.NORTH_LINE)
    assert rung.bridged_with == [town.ANA]
    assert ASKED.format(ref=" ".join(ref)) in night.ana.heard
    assert night.crisis().owner == "ana"
    assert night.kinds()[-4:] == [
        "call_back_asked",
        "call_back_rings",
        "call_back_connected",
        "call_back_talked",
    ]
    said = [entry.text for entry in night.timeline() if entry.kind == "call_back_talked"]
    assert said[0].startswith("was connected with the client's phone for 4")


def ask(night: Night) -> None:
    """Ana asks to be connected, and her phone rings."""
    night.ana.reply("CALL")
    night.until(lambda: night.ana.ringing, "Ana's phone rings")


def test_the_owner_hangs_up_at_every_point(unhurried: Night) -> None:
    """Before answering, while being asked, while the client's phone rings, while talking."""
    night, ana, them = unhurried, unhurried.ana.by_hand(), client(unhurried).by_hand()
    owned_by_ana(night)

    ask(night)
    ana.decline()
    ana.expect_sms("you could not be connected with the caller. Reply CALL to try again.")
    until_over(night, "call_back_ended")
    assert "did not answer their own phone" in night.timeline()[-1].text

    ask(night)
    ana.answer()
    night.until(lambda: ana.heard, "Ana hears what it is about")
    ana.hang_up()
    ana.expect_sms("you could not be connected with the caller")
    night.until(lambda: "nobody pressed 1" in night.timeline()[-1].text, "no key")
    assert legs_to(night, town.CLIENT) == [], "the client's phone never rings for nobody"

    ask(night)
    ana.answer()
    night.until(lambda: ana.legs and ana.legs[-1].gathering, "Ana is asked")
    ana.press("1")
    night.until(lambda: them.ringing, "the client's phone rings")
    assert night.crisis().calling is not None
    ana.hang_up()
    until_over(night, "call_back_left")
    [rung] = legs_to(night, town.CLIENT)
    assert (rung.ended, rung.answered_at, rung.status) == (True, None, "canceled")
    assert night.timeline()[-1].text == "hung up before the client answered"

    ask(night)
    ana.answer()
    night.until(lambda: ana.legs and ana.legs[-1].gathering, "Ana is asked")
    ana.press("1")
    night.until(lambda: them.ringing, "the client's phone rings")
    them.answer()
    night.until(lambda: "call_back_connected" in night.kinds(), "they talk")
    ana.hang_up()
    until_over(night, "call_back_talked")
    assert not them.on_call
    assert len(ana.inbox) == 8, "no text where Ana knows what became of it"
    assert night.crisis().owner == "ana"


def test_the_client_hangs_up_at_every_point_and_can_be_tried_again(unhurried: Night) -> None:
    """Refused, or hung up after a talk: the owner hears it and may press 1 again."""
    night, ana, them = unhurried, unhurried.ana.by_hand(), client(unhurried).by_hand()
    owned_by_ana(night)
    ask(night)
    ana.answer()
    night.until(lambda: ana.legs and ana.legs[-1].gathering, "Ana is asked")
    ana.press("1")
    night.until(lambda: them.ringing, "the client's phone rings")
    them.decline()
    night.until(lambda: "The client's phone is busy." in ana.heard[-1], "Ana hears it")
    assert night.timeline()[-1].text == "client's phone is busy"

    ana.press("1")
    night.until(lambda: them.ringing, "the client's phone rings again")
    them.answer()
    night.until(lambda: "call_back_connected" in night.kinds(), "they talk")
    calling = night.crisis().calling
    assert (calling and calling.stage) == "talking"
    them.hang_up()
    night.until(lambda: "You are no longer connected." in ana.heard[-1], "Ana hears it")
    ana.hang_up()
    until_over(night, "call_back_talked")
    assert [leg.from_ for leg in legs_to(night, town.CLIENT)] == [town.NORTH_LINE] * 2
    assert "call_back_ended" not in night.kinds(), "Ana knows how it went"


def test_a_machine_at_the_owners_phone_is_never_joined_with_the_client(night: Night) -> None:
    night.ana.voicemail(after=5)
    owned_by_ana(night)
    night.ana.reply("Call back, please")
    night.ana.expect_sms("you could not be connected with the caller. Reply CALL to try again.", 20)
    until_over(night, "call_back_ended")
    assert "nobody pressed 1" in night.timeline()[-1].text
    assert legs_to(night, town.CLIENT) == []


def test_a_machine_of_the_client_is_heard_by_the_owner_who_speaks_or_not(night: Night) -> None:
    night.ana.answers(press="1", talk_for=20)
    client(night).voicemail(after=10)
    owned_by_ana(night)
    night.ana.reply("CALL")
    until_over(night, "call_back_talked")
    [worker] = calls_back(night)
    assert worker.bridged_with == [town.CLIENT]
    assert client(night).heard == [], "no machine of ours speaks to it"


@pytest.mark.parametrize("moment", ["the owner's phone rings", "the client's phone rings"])
def test_a_client_who_calls_meanwhile_is_rung_through_to_the_owner(
    unhurried: Night, moment: str
) -> None:
    night, ana, them = unhurried, unhurried.ana.by_hand(), client(unhurried)
    owned_by_ana(night)
    ask(night)
    if moment == "the client's phone rings":
        ana.answer()
        night.until(lambda: ana.legs and ana.legs[-1].gathering, "Ana is asked")
        ana.press("1")
        night.until(lambda: them.ringing, "the client's phone rings")
    call = night.call()
    night.until(lambda: "call_back_ended" in night.kinds(), "the call back gives way")
    for_the_caller = [Direction.OUTBOUND_DIAL]
    night.until(
        lambda: ana.ringing and [leg.direction for leg in ana.legs] == for_the_caller,
        "Ana's phone rings for the caller",
    )
    ana.answer()
    night.until(lambda: ana.legs and ana.legs[-1].gathering, "Ana is asked")
    ana.press("1")
    call.wait_for("talking")
    assert call.bridged_with == [town.ANA]
    assert night.crisis().owner == "ana", "one crisis, still hers"
    assert "lapsed" not in night.kinds()
    assert not night.ben.inbox


def test_whoever_calls_on_the_clients_number_during_the_talk_reaches_a_colleague(
    night: Night,
) -> None:
    """As when any owner is on the phone: nobody waits for a talk to end, and no talk is cut."""
    night.ana.answers(press="1")
    night.ben.answers()
    client(night).answers(press=None)
    owned_by_ana(night)
    night.ana.reply("CALL")
    night.until(lambda: "call_back_connected" in night.kinds(), "they talk")
    call = night.call().wait_for("talking", 20)
    assert call.bridged_with == [town.BEN]
    assert [crisis.owner for crisis in night.crises()] == ["ana", "ben"]
    [talk] = calls_back(night)
    assert talk.bridged_with == [town.CLIENT]
    assert not talk.ended


@pytest.mark.parametrize(
    ("happens", "hears"),
    [("close", "This crisis is closed."), ("hand-off", "Ben Sample has taken it.")],
)
def test_what_has_changed_before_the_key_is_said_and_nobody_is_rung(
    unhurried: Night, happens: str, hears: str
) -> None:
    night, ana = unhurried, unhurried.ana.by_hand()
    ref = owned_by_ana(night)
    ask(night)
    ana.answer()
    night.until(lambda: ana.legs and ana.legs[-1].gathering, "Ana is asked")
    if happens == "close":
        night.web().post(f"/api/crises/{ref}/close", json={"disposition": "not_a_crisis"})
    else:
        night.web().post(f"/api/crises/{ref}/hand-off", json={"to": "ben"})
        night.ben.expect_sms("you are asked to take this over")
        night.ben.reply("1")
        night.until_owned_by("ben")
    ana.press("1")
    night.until(lambda: hears in ana.heard[-1], "Ana hears it")
    assert legs_to(night, town.CLIENT) == []


def test_when_twilio_takes_no_calls_the_owner_is_texted(night: Night) -> None:
    with night.network_without_hang_ups():
        owned_by_ana(night)
        night.ana.reply("CALL")
        night.ana.expect_sms("you could not be connected with the caller. Reply CALL", 20)
    until_over(night, "call_back_ended")
    assert "phone could not be rung" in night.timeline()[-1].text


@pytest.mark.parametrize("order", ["doubled", "reordered"])
def test_news_that_comes_twice_or_in_a_wrong_order_does_nothing_twice(
    night: Night, order: str
) -> None:
    night.network.faults.callbacks = order
    night.network.faults.webhook_repeats = 2
    night.ana.answers(press="1", talk_for=40)
    client(night).answers(press=None)
    owned_by_ana(night)
    night.ana.reply("CALL")
    until_over(night, "call_back_talked")
    night.network.wait_until_quiet()
    kinds = night.kinds()
    assert {"call_back_asked", "call_back_rings", "call_back_talked"} <= set(kinds)
    assert len(set(kinds)) == len(kinds), "each once"
    assert len(legs_to(night, town.CLIENT)) == 1
