"""A worker calls their client back: whose phone rings, what it shows, and who hangs up when."""

import pytest

from notifications.emulator import Phone
from notifications.emulator.legs import Leg
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
    return ref


def client(night: Night) -> Phone:
    return night.phone(town.CLIENT)


def legs_to(night: Night, number: str) -> list[Leg]:
    """The calls that rang this phone, in order."""
    return [leg for leg in night.network.calls if leg.to == number]


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
    [worker], [rung] = legs_to(night, town.ANA), legs_to(night, town.CLIENT)
    assert (worker.from_, rung.from_) == (town.NORTH_LINE, town.NORTH_LINE)
    assert rung.bridged_with == [town.ANA]
    assert night.ana.heard[0] == ASKED.format(ref=" ".join(ref))
    assert night.crisis().owner == "ana"
    assert night.kinds()[-4:] == [
        "call_back_asked",
        "call_back_rings",
        "call_back_connected",
        "call_back_talked",
    ]
    said = [entry.text for entry in night.timeline() if entry.kind == "call_back_talked"]
    assert said[0].startswith("was connected with the client's phone for 4")
