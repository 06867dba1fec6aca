"""The phone bank of the demo: calls placed and phones answered by hand, seen on the board."""

from playwright.sync_api import expect

from dispatch.access import Role
from tests.browser.window import Windows, card, phone
from tests.live.watcher import add_user
from tests.scenarios.night import Night
from tests.scenarios.town import ANA, CLIENT


def test_a_call_placed_and_answered_by_hand_is_talking_on_the_board(
    slow_night: Night, windows: Windows
) -> None:
    night = slow_night
    night.ana.by_hand()
    board = windows.board(night, add_user(night, "Admin", Role.ADMIN))
    bank = windows.open(night.emulator.base_url)
    caller, ana = phone(bank, CLIENT), phone(bank, ANA)

    expect(caller).to_be_visible()
    expect(ana.get_by_text("By itself")).to_have_count(0)
    caller.get_by_label("Line to call").select_option("North ACT")
    caller.get_by_role("button", name="Call", exact=True).click()
    ana.get_by_role("button", name="Answer").click()
    expect(ana.get_by_role("list", name="Heard")).to_contain_text("North ACT")
    assert "Test Person" not in ana.inner_text(), "she may not be alone"
    ana.get_by_role("button", name="1", exact=True).click()

    expect(ana).to_contain_text("Talking with")
    expect(caller).to_contain_text("Talking with Ana Sample")
    expect(card(board, "talking")).to_contain_text("Talking with Ana Sample")
    caller.get_by_role("button", name="Hang up").click()
    expect(card(board, "accepted")).to_contain_text("Accepted by Ana Sample")


def test_a_page_answered_by_text_from_the_phone_bank_is_accepted(
    slow_night: Night, windows: Windows
) -> None:
    night = slow_night
    night.ana.by_hand()
    board = windows.board(night, add_user(night, "Admin", Role.ADMIN))
    bank = windows.open(night.emulator.base_url)
    ana = phone(bank, ANA)

    call = night.call()
    expect(card(board, "ringing")).to_be_visible()
    call.hang_up()
    expect(card(board, "callback_needed")).to_be_visible()
    expect(ana.get_by_role("list", name="Messages to Ana Sample")).to_contain_text("North ACT")
    ana.get_by_label("Text").fill("1")
    ana.get_by_role("button", name="Send").click()
    expect(card(board, "accepted")).to_contain_text("Accepted by Ana Sample")
