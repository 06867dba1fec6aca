"""Who is calling, and which team answers them."""

import pytest

from dispatch.access import Role
from tests.scenarios import town
from tests.scenarios.night import Night
from tests.scenarios.test_the_call import CONNECTING, NEXT


@pytest.mark.parametrize("withheld", ["anonymous", "+266696687", "unavailable"])
def test_a_withheld_number_goes_to_the_lines_team(night: Night, withheld: str) -> None:
    night.ana.answers()
    call = night.network.place_call(withheld, town.NORTH_LINE).wait_for("talking")
    assert call.bridged_with == [town.ANA]
    assert call.last_heard == CONNECTING
    crisis = night.until_owned_by("ana")
    read = night.web().get(f"/api/crises/{crisis.ref}").json()
    assert read["caller"] == {"number": None, "callback": None, "known": False, "clients": []}


def test_an_unknown_number_goes_to_the_lines_team(night: Night) -> None:
    night.gus.answers()
    call = night.call(town.STRANGER, town.SOUTH_LINE).wait_for("talking")
    assert call.bridged_with == [town.GUS]
    assert CONNECTING.replace("North", "South") == call.last_heard
    assert night.until_owned_by("gus").team == "south"


def test_a_client_of_another_team_reaches_their_own_team(night: Night) -> None:
    night.gus.answers()
    call = night.call(town.SOUTH_CLIENT, town.NORTH_LINE).wait_for("talking")
    assert call.bridged_with == [town.GUS]
    assert CONNECTING.replace("North", "South") == call.last_heard
    assert night.until_owned_by("gus").team == "south"
    assert not night.ana.inbox


def test_a_shared_number_routes_and_lists_the_candidates(night: Night) -> None:
    night.ana.answers()
    call = night.call(town.SHARED_PHONE).wait_for("talking")
    assert call.bridged_with == [town.ANA]
    assert call.last_heard == CONNECTING
    crisis = night.until_owned_by("ana")
    caller = night.web(Role.CLINICIAN, "north").get(f"/api/crises/{crisis.ref}").json()["caller"]
    assert [client["id"] for client in caller["clients"]] == ["C-1003", "C-1004"]


def test_a_shared_line_asks_and_the_key_decides(unhurried: Night) -> None:
    unhurried.gus.answers()
    call = unhurried.call(town.STRANGER, town.SHARED_LINE).wait_for("gathering")
    assert call.last_heard == "Press 1 for North ACT. Press 2 for South ACT. Or stay on the line."
    call.press("2")
    call.wait_for("talking")
    assert call.bridged_with == [town.GUS]
    assert CONNECTING.replace("North", "South") == call.last_heard
    assert unhurried.until_owned_by("gus").team == "south"


def test_a_shared_line_never_waits_for_ever(night: Night) -> None:
    night.ana.answers()
    call = night.call(town.STRANGER, town.SHARED_LINE).wait_for("talking")
    assert call.bridged_with == [town.ANA]
    assert call.last_heard == CONNECTING
    assert night.until_owned_by("ana").team == "north"


def test_a_key_that_means_nothing_is_like_no_key(unhurried: Night) -> None:
    unhurried.ana.answers()
    call = unhurried.call(town.STRANGER, town.SHARED_LINE).wait_for("gathering")
    call.press("7")
    call.wait_for("talking")
    assert call.bridged_with == [town.ANA]
    unhurried.until_owned_by("ana")


def test_a_caller_who_hangs_up_at_the_question_is_called_back(unhurried: Night) -> None:
    call = unhurried.call(town.STRANGER, town.SHARED_LINE).wait_for("gathering")
    call.hang_up()
    crisis = unhurried.until_state("callback_needed")
    assert crisis.owner is None
    unhurried.ana.expect_sms("CALL BACK NEEDED")


def test_a_client_on_the_shared_line_is_not_asked(night: Night) -> None:
    night.gus.answers()
    call = night.call(town.SOUTH_CLIENT, town.SHARED_LINE).wait_for("talking")
    assert call.bridged_with == [town.GUS]
    assert not any("Press 1" in words for words in call.heard)
    night.until_owned_by("gus")


def test_a_spanish_speaker_hears_spanish_to_the_end(night: Night) -> None:
    for phone in (night.ana, night.ben, night.eli):
        phone.unreachable()
    call = night.call(town.SPANISH_CLIENT).wait_for("talking", 20)
    assert call.heard[0] == "Este es North ACT. No cuelgue, le estamos comunicando."
    assert call.last_heard == "Le comunicamos con la línea de crisis 988. Por favor no cuelgue."
    assert {"es-MX"} == {words.language for words in call.heard}
    assert call.bridged_with == ["988"]
    assert night.crisis().owner is None


def test_the_worker_hears_team_and_reference_never_the_client(night: Night) -> None:
    night.ana.voicemail()
    night.ben.answers()
    call = night.call().wait_for("talking")
    crisis = night.until_owned_by("ben")
    assert call.last_heard == NEXT
    spoken = " ".join(crisis.ref)
    expected = (
        f"Crisis call for North ACT, reference {spoken}. Press 1 to take it, 2 to pass it on."
    )
    assert {expected} == set(night.ana.heard) | set(night.ben.heard)
