"""The crisis page tells who is calling and what was said, to those who may know."""

from playwright.sync_api import expect

from dispatch.access import Role
from tests.browser.window import Windows
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


def test_the_api_page_needs_nothing_from_elsewhere(night: Night, windows: Windows) -> None:
    page = windows.open(f"{night.base_url}/login")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{night.base_url}/api/docs")
    expect(page.get_by_text("/api/crises/{ref}/accept")).to_be_visible()
    assert [url for url in asked if not url.startswith((night.base_url, "data:"))] == []
