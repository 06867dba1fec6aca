"""A worker calls the team's line from their own phone, or somebody pretends to: what they hear."""

import pytest
from sqlmodel import select

from dispatch.commands import callback_steps, staff_line
from dispatch.commands.phones import mark_verified
from dispatch.tables import ClientPhoneRow, ClientRow
from notifications.emulator import CallHandle
from oncall.tables import PhoneRow
from tests.scenarios import town
from tests.scenarios.night import Night
from tests.scenarios.test_call_backs import ASKED, client, legs_to, owned_by_ana, until_over
from tests.scenarios.test_the_call import CONNECTING

MENU = (
    "North ACT, staff line. To call back the client of your open crisis, press 1. "
    "To hear who is on call, press 2. To page the backup, press 3. "
    "For help in a crisis, press 0 or stay on the line."
)
RINGS_YOU = "Your own phone rings in a moment. Goodbye."


def menu(night: Night, from_: str = town.ANA) -> CallHandle:
    """Somebody calls North's line and is asked for a key."""
    return night.call(from_).wait_for("gathering")


def press(night: Night, call: CallHandle, key: str) -> str:
    """Press a key in the menu; what is heard next."""
    before = len(call.heard)
    call.press(key)
    night.until(lambda: len(call.heard) > before, f"an answer to {key}")
    return call.last_heard


def test_a_worker_is_rung_back_and_connected_with_the_client(unhurried: Night) -> None:
    night, ana = unhurried, unhurried.ana.by_hand()
    client(night).answers(press=None)
    ref = owned_by_ana(night)
    call = menu(night)
    assert call.last_heard == MENU
    assert press(night, call, "1") == RINGS_YOU
    call.wait_ended()
    night.until(lambda: ana.ringing, "Ana's own phone rings")
    assert legs_to(night, town.ANA)[-1].from_ == town.NORTH_LINE
    ana.answer()
    night.until(lambda: ana.legs and ana.legs[-1].gathering, "Ana is asked")
    assert ana.heard[-1] == ASKED.format(ref=" ".join(ref))
    ana.press("1")
    night.until(lambda: "call_back_connected" in night.kinds(), "they talk")
    assert legs_to(night, town.CLIENT)[0].from_ == town.NORTH_LINE
    ana.hang_up()
    until_over(night, "call_back_talked")
    assert len(night.crises()) == 1, "the worker's own call is no crisis"


def test_a_stranger_who_shows_a_workers_number_reaches_no_client(night: Night) -> None:
    """They hear nothing about a crisis, and it is the worker's own phone that rings."""
    night.ana.ignores()
    client(night).answers(press=None)
    ref = owned_by_ana(night)
    call = night.network.place_call(town.STRANGER, town.NORTH_LINE, shown_as=town.ANA)
    call.wait_for("gathering")
    press(night, call, "1")
    call.wait_ended()
    night.ana.expect_sms("you could not be connected with the caller", 20)
    assert call.bridged_with == []
    assert legs_to(night, town.CLIENT) == []
    assert {leg.to for leg in night.network.calls if leg.direction == "outbound-api"} == {town.ANA}
    said = " ".join(call.heard)
    assert ref not in said.replace(" ", "")
    assert night.crisis().owner == "ana"


def test_of_several_crises_the_worker_is_asked_which_on_their_own_phone(unhurried: Night) -> None:
    night, ana = unhurried, unhurried.ana.by_hand()
    second_client = night.phone(town.SPANISH_CLIENT).answers(press=None)
    first = owned_by_ana(night, message="one")
    second = owned_by_ana(night, town.SPANISH_CLIENT, message="two")
    ana.reply("CALL")
    ana.expect_sms(f"2 are yours: {first}, {second}. Say which, like: CALL {first}")
    call = menu(night)
    assert press(night, call, "1") == RINGS_YOU
    call.wait_ended()
    night.until(lambda: ana.ringing, "Ana's own phone rings")
    ana.answer()
    night.until(lambda: ana.legs and ana.legs[-1].gathering, "Ana is asked")
    assert ana.heard[-1] == (
        f"Call back for North ACT. You have 2 open crises. "
        f"For {' '.join(first)}, press 1. For {' '.join(second)}, press 2."
    )
    ana.press("2")
    night.until(lambda: second_client.on_call, "the second client answers")
    assert legs_to(night, town.CLIENT) == []
    assert "call_back_asked" in night.kinds(second)
    assert "call_back_asked" not in night.kinds(first)
    ana.hang_up()
    night.until(lambda: "call_back_talked" in night.kinds(second), "it is over")


def test_the_menu_says_who_is_on_call_and_that_nothing_is_open(unhurried: Night) -> None:
    call = menu(unhurried)
    again = f" You can hang up now. Or: {MENU}"
    told = "On call for North ACT: primary Ana, backup Ben, supervisor Eli."
    assert press(unhurried, call, "2") == told + again
    call.wait_for("gathering")
    assert press(unhurried, call, "1") == "No open crisis is yours." + again
    call.wait_for("gathering")
    assert press(unhurried, call, "7") == MENU
    call.hang_up()
    unhurried.network.wait_until_quiet()
    assert unhurried.crises() == [], "who hangs up in the menu has opened nothing"


def test_the_backup_is_asked_to_take_the_workers_crisis_over(unhurried: Night) -> None:
    night = unhurried
    ref = owned_by_ana(night)
    call = menu(night)
    assert press(night, call, "3").startswith("Ben is being paged")
    call.wait_for("gathering")
    assert press(night, call, "3").startswith("Ben has been asked already.")
    call.hang_up()
    night.ben.expect_sms(f"{ref}: North ACT, you are asked to take this over")
    night.ana.expect_sms("Ben Sample was paged as backup of North ACT, as you asked by phone")
    assert night.crisis().owner == "ana"
    night.ben.reply("1")
    night.until_owned_by("ben")


def test_without_a_crisis_the_backup_is_asked_to_call(unhurried: Night) -> None:
    night = unhurried
    night.ben.answers(press=None)
    call = menu(night)
    assert press(night, call, "3").startswith("Ben is being paged")
    call.wait_for("gathering")
    assert press(night, call, "3").startswith("Ben has been asked already.")
    call.hang_up()
    words = "Ana Sample asks for the backup of North ACT. Please call them now."
    night.ben.expect_sms(f"{words} {town.ANA}")
    night.until(lambda: any(words in heard for heard in night.ben.heard), "Ben's phone rings too")
    night.ana.expect_sms("Ben Sample was paged as backup")
    assert night.crises() == []


@pytest.mark.parametrize("how", ["0", "silence"])
def test_a_worker_in_a_crisis_of_their_own_is_a_caller(night: Night, how: str) -> None:
    """By a key at once, or by saying nothing; and without the menu when they call again."""
    night.ana.ignores()
    night.ben.answers()
    call = menu(night)
    if how == "0":
        call.press("0")
    call.wait_for("talking", 20)
    assert call.heard[:2] == [MENU, CONNECTING]
    assert call.bridged_with == [town.BEN]
    call.hang_up()
    night.until_state("accepted")
    again = night.call(town.ANA).wait_for("talking", 20)
    assert again.heard[0] == CONNECTING
    assert len(night.crises()) == 1


def test_a_phone_that_is_not_verified_or_may_be_a_clients_hears_no_menu(night: Night) -> None:
    night.ben.answers()
    with night.vigil.unit_of_work() as work:
        client_of_north = work.session.exec(select(ClientRow).order_by(ClientRow.number)).first()
        assert client_of_north is not None
        assert client_of_north.number is not None
        work.session.add(ClientPhoneRow(client_number=client_of_north.number, phone=town.ELI))
        row = work.session.exec(select(PhoneRow).where(PhoneRow.staff_id == "hal")).one()
        row.verified_at = None
        work.session.add(row)
        mark_verified(work, ["ivy"], "test")  # so that the node reads the phones anew
    night.gus.answers()
    call = night.call(town.HAL, town.SOUTH_LINE).wait_for("talking")
    assert call.heard == [CONNECTING.replace("North", "South")]
    call.hang_up()
    assert night.call(town.ELI).wait_for("talking", 20).heard[0] == CONNECTING
    night.network.text(town.HAL, town.SOUTH_LINE, "CALL")
    night.hal.expect_sms("no open crisis is yours")


def test_a_menu_in_which_nothing_can_be_decided_leads_on(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("the database is away")

    monkeypatch.setattr(staff_line, "key_pressed", broken)
    night.ben.answers()
    call = menu(night)
    call.press("1")
    call.wait_for("talking", 20)
    assert call.bridged_with == [town.BEN]


def test_a_call_back_in_which_nothing_can_be_decided_rings_no_client(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("the database is away")

    monkeypatch.setattr(callback_steps, "key_pressed", broken)
    night.ana.answers(press="1")
    owned_by_ana(night)
    night.ana.reply("CALL")
    night.until(
        lambda: any("You cannot be connected" in h for h in night.ana.heard), "Ana hears it"
    )
    until_over(night, "call_back_ended")
    assert legs_to(night, town.CLIENT) == []
