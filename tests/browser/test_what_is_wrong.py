"""What is wrong with Vigil itself stands on every page, readable by day and by night."""

import re

from playwright.sync_api import Locator, Page, expect

from dispatch.access import Role
from dispatch.database_health import AWAY
from dispatch.troubles import About
from tests.browser.window import DESK, PHONE, Windows, assert_fits_without_sideways_scroll
from tests.live.watcher import add_user
from tests.scenarios.night import Night

PAGES = ("/", "/teams/north/schedule", "/me/shifts", "/teams/north/fairness")


def test_what_is_wrong_is_on_every_page_until_it_is_mended(night: Night, windows: Windows) -> None:
    eli = add_user(night, "Eli", Role.LEAD, staff="eli")
    desk, phone = windows.board(night, eli, DESK), windows.board(night, eli, PHONE)
    phone.emulate_media(color_scheme="dark")
    troubles, now = night.vigil.troubles, night.vigil.unit_of_work.clock.now
    for page in (desk, phone):
        expect(_said(page)).to_have_count(0)
    troubles.begin(About.FALLBACK, AWAY, now())
    troubles.begin(About.HEARTBEAT, "The outside watch answered 404.", now())
    for page in (desk, phone):
        for path in PAGES:
            page.goto(night.base_url + path)
            expect(_said(page)).to_have_count(2)
            expect(_said(page).first).to_contain_text("callers are routed from the rota in memory")
            expect(_said(page).first).to_contain_text(re.compile(r"Since \d\d:\d\d P[SD]T\."))
            assert_fits_without_sideways_scroll(page)
        assert _contrast(_said(page).first) >= 4.5
    troubles.end(About.FALLBACK)
    for page in (desk, phone):
        expect(_said(page)).to_have_count(1)  # several at once are not waited for
        expect(_said(page)).to_have_text(re.compile(r"answered 404"))
    troubles.end(About.HEARTBEAT)
    for page in (desk, phone):
        expect(_said(page)).to_have_count(0)


def _said(page: Page) -> Locator:
    return page.get_by_role("status", name="What is wrong with Vigil").get_by_role("listitem")


def _contrast(words: Locator) -> float:
    """The contrast of words with the ground below them, as WCAG counts it."""
    fore, ground = words.evaluate(
        "one => [getComputedStyle(one).color, getComputedStyle(one.parentElement).backgroundColor]"
    )
    light, dark = sorted((_luminance(fore), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
