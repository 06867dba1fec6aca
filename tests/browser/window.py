"""Windows of a real browser, and words for what a person does and sees in them."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.live.watcher import PASSWORD
from tests.scenarios.night import Night

DESK = (1280, 800)
PHONE = (360, 740)

TIMERS = re.compile(r"\b\d+:\d\d(:\d\d)?\b")


@dataclass
class Windows:
    """The open windows of a test, and what went wrong in them."""

    browser: Browser
    faults: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, url: str, size: tuple[int, int] = DESK) -> Page:
        """A window of somebody who has never been here, at this address."""
        width, height = size
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._listen)
        page.goto(url)
        return page

    def board(self, night: Night, email: str, size: tuple[int, int] = DESK) -> Page:
        """The live board of somebody who has just logged in."""
        page = self.open(night.base_url, size)
        enter(page, email)
        return page

    def close(self) -> None:
        """Close every window."""
        for context in self._contexts:
            context.close()

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.faults.append(message.text)


def enter(page: Page, email: str) -> None:
    """Log in where the page asks for it, and wait until it is live."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(connection(page)).to_have_text("live")


def connection(page: Page) -> Locator:
    """The words that say whether the page is live, without their sign."""
    return page.locator("[data-connection] > span:last-child")


def card(page: Page, state: str = "") -> Locator:
    """The crisis on the board; in this state, if one is named."""
    return page.locator(
        f"article[data-ref][data-state='{state}']" if state else "article[data-ref]"
    )


def phone(page: Page, number: str) -> Locator:
    """A phone's card on the phone bank."""
    return page.locator(f"article[data-number='{number}']")


def words(page: Page) -> str:
    """Everything that the page says, but for its timers."""
    return TIMERS.sub("…", page.locator("main").inner_text())


def assert_fits_without_sideways_scroll(page: Page) -> None:
    """Nothing is wider than the window."""
    wide, room = page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= room, f"{page.url} is {wide} px wide in a window of {room} px"
