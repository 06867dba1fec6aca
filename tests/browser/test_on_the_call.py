"""The crisis page shows who is on the call, brings somebody in and lets the worker leave."""

import re

from playwright.sync_api import expect

from dispatch.access import Role
from tests.browser.window import PHONE, Windows, assert_fits_without_sideways_scroll
from tests.live.watcher import add_user
from tests.scenarios.night import Night
from tests.scenarios.town import BEN


def test_the_backup_is_brought_in_and_the_worker_leaves(
    slow_night: Night, windows: Windows
) -> None:
    night = slow_night
    night.ana.answers(after=0.5, press_after=0.5)
    call = night.call().wait_for("talking", 30)
    crisis = night.until_owned_by("ana")
    page = windows.board(night, add_user(night, "Ana Sample", Role.CLINICIAN, staff="ana"), PHONE)
    page.goto(f"{night.base_url}/crises/{crisis.ref}")
    group = page.get_by_role("group", name="On the call")
    expect(group).to_contain_text("Ana Sample is talking")
    assert_fits_without_sideways_scroll(page)

    night.ben.by_hand()
    choice = group.get_by_label("Bring in")
    assert choice.locator("option").all_inner_texts() == [
        "Choose who",
        "Backup: Ben Sample",
        "Supervisor: Eli Sample",
        "988 crisis line",
    ]
    choice.select_option("Backup: Ben Sample")
    group.get_by_role("button", name="Bring in").click()
    expect(group).to_contain_text("Ben Sample is being rung")
    leave = group.get_by_role("button", name="Leave the call")
    expect(leave).to_be_disabled()
    expect(group).to_contain_text("Possible once somebody has spoken")
    expect(choice).to_have_count(0)

    night.until(lambda: night.ben.ringing, "Ben rings")
    night.ben.answer()
    night.until(lambda: any(leg.gathering for leg in night.ben.legs), "Ben is asked")
    night.ben.press("1")
    expect(group).to_contain_text("has joined, and has not spoken yet")
    night.ben.speak()
    expect(group).to_contain_text("Ben Sample has spoken, and takes the crisis over.")
    assert_fits_without_sideways_scroll(page)
    leave.click()
    expect(page.get_by_role("region", name="Now")).to_contain_text(
        re.compile("Talking with Ben Sample")
    )
    night.until(lambda: call.together_with == [BEN], "Ana is off the line")
    expect(group).to_contain_text("Ben Sample is talking")
    expect(leave).to_have_count(0)


def test_a_wall_board_sees_who_is_on_the_call_and_nothing_to_press(
    slow_night: Night, windows: Windows
) -> None:
    night = slow_night
    night.ana.answers(after=0.5, press_after=0.5)
    night.call().wait_for("talking", 30)
    crisis = night.until_owned_by("ana")
    page = windows.board(night, add_user(night, "Wall Board", Role.VIEWER))
    page.goto(f"{night.base_url}/crises/{crisis.ref}")
    group = page.get_by_role("group", name="On the call")
    expect(group).to_contain_text("Ana Sample is talking")
    expect(group.get_by_role("button")).to_have_count(0)
