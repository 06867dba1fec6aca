"""One real Chromium for all browser tests, and for each test a night and windows of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from dispatch.api.pages import STATIC
from scripts.find_browser import NoBrowser, find
from tests.browser.window import Windows
from tests.scenarios.night import Night

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


PATIENCE_MS = 15_000
"""How long a busy machine may take to show something. What must be fast is measured."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The browser of this folder's tests; while it runs, this thread has an event loop."""
    if not (STATIC / "index.html").is_file():
        pytest.fail("The front end is not built: run `make setup`.", pytrace=False)
    try:
        path = find()
    except NoBrowser as problem:
        pytest.fail(str(problem), pytrace=False)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def windows(browser: Browser) -> Iterator[Windows]:
    """Opens windows, each with cookies of its own. No page of ours may break or be blocked."""
    windows = Windows(browser)
    yield windows
    windows.close()
    assert windows.faults == []


@pytest.fixture
def night(town_url: str, tmp_path: Path) -> Iterator[Night]:
    """03:10 in the town, twenty times as fast."""
    with Night(town_url, tmp_path) as night:
        yield night
        night.assert_promises_kept()


@pytest.fixture
def slow_night(town_url: str, tmp_path: Path) -> Iterator[Night]:
    """The same, at twice the speed of life: slow enough for a hand that answers phones."""
    with Night(town_url, tmp_path, speed=2) as night:
        yield night
        night.assert_promises_kept()
