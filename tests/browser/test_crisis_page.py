"""The crisis page tells who is calling and what was said, to those who may know."""

import re

import pytest
from playwright.sync_api import expect

from dispatch.access import Role
from tests.browser.window import (
    DESK,
    PHONE,
    Windows,
    assert_fits_without_sideways_scroll,
    card,
)
from tests.live.watcher import add_user
from tests.scenarios import town
from tests.scenarios.night import Night
from tests.scenarios.webhooks import PARTNER, hand_over

CONCERN = "Afraid to be alone tonight, <b>asks</b> for somebody they know."


def test_what_a_crisis_line_wrote_is_read_by_the_team(night: Night, windows: Windows) -> None:
    ana = add_user(night, "Ana Sample", Role.CLINICIAN, staff="ana")
    ref = hand_over(night, caller=town.CLIENT, concern=CONCERN, callback="+15035550199").json()[
        "ref"
    ]
    page = windows.board(night, ana)
    page.goto(f"{night.base_url}/crises/{ref}")
    contact = page.locator('li[data-source="webhook"]')
    expect(contact).to_contain_text(CONCERN)
    expect(contact).to_contain_text(PARTNER)
    expect(page.get_by_text("Test Person One")).to_be_visible()
    expect(page.get_by_role("link", name="(503) 555-0199")).to_be_visible()


def test_a_wall_board_is_not_told_who_is_calling(night: Night, windows: Windows) -> None:
    wall = add_user(night, "Wall Board", Role.VIEWER)
    ref = hand_over(night, caller=town.CLIENT, concern=CONCERN).json()["ref"]
    page = windows.board(night, wall)
    page.goto(f"{night.base_url}/crises/{ref}")
    expect(page.get_by_text("Not shown to your role.")).to_be_visible()
    expect(page.get_by_text("Test Person One")).to_have_count(0)
    expect(page.get_by_text("Afraid to be alone")).to_have_count(0)


def test_a_reference_in_small_letters_is_shown_as_it_is_written(
    night: Night, windows: Windows
) -> None:
    ana = add_user(night, "Ana Sample", Role.CLINICIAN, staff="ana")
    ref = hand_over(night, caller=town.CLIENT, concern=CONCERN).json()["ref"]
    page = windows.board(night, ana)
    page.goto(f"{night.base_url}/crises/{ref.lower()}")
    expect(page.get_by_role("heading", name=f"Crisis {ref}")).to_be_visible()
    expect(page).to_have_title(re.compile(ref))
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_role("region", name="Now")).to_contain_text("Accepted by Ana Sample")


@pytest.mark.parametrize(
    ("address", "says", "way_back"),
    [
        ("/crises/ZZZ", "No crisis has the reference", "Back to the board"),
        ("/crises/no%20reference", "There is no such page", "Go to the board"),
    ],
)
def test_an_address_without_a_page_leads_back_to_the_board(
    night: Night, windows: Windows, address: str, says: str, way_back: str
) -> None:
    page = windows.board(night, add_user(night, "Ana Sample", Role.CLINICIAN, staff="ana"))
    page.goto(night.base_url + address)
    expect(page.get_by_text(says)).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    page.get_by_role("link", name=way_back).click()
    expect(page.get_by_text("No open crisis.")).to_be_visible()


def test_a_colleague_who_is_asked_to_take_it_over_sees_it_and_takes_it(
    slow_night: Night, windows: Windows
) -> None:
    night = slow_night
    ana = add_user(night, "Ana Sample", Role.CLINICIAN, staff="ana")
    ben = add_user(night, "Ben Sample", Role.CLINICIAN, staff="ben")
    ref = hand_over(night, caller=town.CLIENT, concern=CONCERN).json()["ref"]
    owner, asked = windows.board(night, ben), windows.board(night, ana)
    owner.get_by_role("button", name="Take it").click()
    owner.get_by_role("link", name=f"Open {ref}").click()
    owner.get_by_text("Hand off…").click()
    owner.get_by_label("Hand off to").select_option("Ana Sample")
    owner.get_by_role("button", name="Hand off").click()
    now = owner.get_by_role("region", name="Now")
    pending = "Accepted by Ben Sample, who asked Ana Sample to take it over"
    expect(now).to_contain_text(pending)
    expect(now).to_contain_text(re.compile(r"Hand-off\s*\d:\d\d left"))

    expect(card(asked)).to_contain_text(pending)
    expect(card(asked)).to_contain_text(re.compile(r"Hand-off: \d:\d\d left"))
    expect(asked.get_by_role("button", name="Decline")).to_be_visible()
    asked.get_by_role("button", name="Take it").click()
    expect(card(asked)).to_contain_text("Accepted by Ana Sample,")
    expect(now).to_contain_text("Accepted by Ana Sample,")
    assert night.crisis().owner == "ana"


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_owner_calls_back_by_our_line(
    slow_night: Night, windows: Windows, size: tuple[int, int]
) -> None:
    night, ana = slow_night, slow_night.ana.by_hand()
    them = night.phone(town.CLIENT).by_hand()
    login = add_user(night, "Ana Sample", Role.CLINICIAN, staff="ana")
    ref = hand_over(night, caller=town.CLIENT, concern=CONCERN).json()["ref"]
    page = windows.board(night, login, size)
    page.goto(f"{night.base_url}/crises/{ref}")
    page.get_by_role("button", name="Take it").click()
    page.get_by_role("button", name="Call back by our line").click()
    now = page.get_by_role("region", name="Now")
    expect(now).to_contain_text("Calling back: ringing Ana Sample for")
    expect(now).to_contain_text("press 1 to be connected")
    expect(page.get_by_role("button", name="Call back by our line")).to_have_count(0)
    assert_fits_without_sideways_scroll(page)
    night.until(lambda: ana.ringing, "Ana's phone rings")
    ana.answer()
    night.until(lambda: ana.legs[-1].gathering, "Ana is asked")
    ana.press("1")
    expect(now).to_contain_text("Calling back: ringing the client for")
    night.until(lambda: them.ringing, "the client's phone rings")
    them.answer()
    expect(now).to_contain_text("Called back: Ana Sample talks for")
    ana.hang_up()
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline).to_contain_text("was connected with the client's phone for")
    expect(page.get_by_role("button", name="Call back by our line")).to_be_visible()


def test_the_api_page_needs_nothing_from_elsewhere(night: Night, windows: Windows) -> None:
    page = windows.open(f"{night.base_url}/login")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{night.base_url}/api/docs")
    expect(page.get_by_text("/api/crises/{ref}/accept")).to_be_visible()
    assert [url for url in asked if not url.startswith((night.base_url, "data:"))] == []
