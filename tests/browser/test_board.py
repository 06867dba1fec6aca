"""The open board follows every crisis within a second, for everybody, through an outage too."""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from dispatch.access import Role
from dispatch.commands import crises as commands
from dispatch.crisis import Disposition
from dispatch.database import make_engine
from dispatch.stage import HOST, Service
from dispatch.store import boards
from dispatch.unit_of_work import UnitsOfWork
from tests.browser.window import (
    DESK,
    PHONE,
    Windows,
    assert_fits_without_sideways_scroll,
    card,
    connection,
    words,
)
from tests.live.watcher import add_user
from tests.scenarios import town
from tests.scenarios.night import Night

IN_TIME = 1.0
"""Seconds from the start of the transaction, which is before its commit, to the screen."""

NOTE_WHAT_APPEARS = """() => {
  window.appeared = [];
  const look = () => {
    const cards = [...document.querySelectorAll("article[data-ref]")].map(
      (card) => `${card.dataset.state}: ${card.querySelector(".status").textContent}`);
    const screen = cards.join(" | ") || "empty";
    requestAnimationFrame(() => window.appeared.push([Date.now() / 1000, screen]));
  };
  new MutationObserver(look).observe(document.body,
    { subtree: true, childList: true, characterData: true, attributeFilter: ["data-state"] });
}"""


@dataclass(frozen=True)
class Shown:
    """One change of the crisis as the service wrote it down, in real seconds since 1970."""

    began: float
    screen: str


def test_every_step_of_a_call_is_on_the_screen_within_a_second(
    night: Night, windows: Windows, record_property: Callable[[str, object], None]
) -> None:
    night.ana.ignores()
    night.ben.answers(talk_for=40)
    page = windows.board(night, add_user(night, "Admin", Role.ADMIN))
    page.evaluate(NOTE_WHAT_APPEARS)
    night.call()
    expect(card(page, "accepted")).to_contain_text("Accepted by Ben Sample", timeout=20_000)
    with night.web() as web:
        end = {"disposition": "resolved_by_phone"}
        web.post(f"/api/crises/{night.crisis().ref}/close", json=end).raise_for_status()
    expect(page.get_by_text("No open crisis.")).to_be_visible()

    steps = _steps(night)
    assert [step.screen for step in steps] == [
        "^ringing: Ringing Ana Sample",
        "^ringing: Ringing Ben Sample",
        "^talking: Talking with Ben Sample",
        "^accepted: Accepted by Ben Sample",
        "^empty",
    ]
    delays = [_delay(page, step) for step in steps]
    record_property("median_seconds_to_the_screen", round(median(delays), 3))
    print(f"to the screen: median {median(delays):.3f} s, longest {max(delays):.3f} s")
    assert max(delays) < IN_TIME


def _steps(night: Night) -> list[Shown]:
    """What the board was told, in order; the drill's clock says when in real time."""
    clock = night._clock
    with night.vigil.unit_of_work.reading() as work:
        rows = [(row.at, row.change) for row in boards.changes_after(work.session, 0)]
    shown = [
        Shown(clock.epoch + (at - clock.start).total_seconds() / clock.speed, _screen(change))
        for at, change in rows
        if change["kind"].startswith("crisis")
    ]
    return [next(same) for _, same in groupby(shown, key=lambda one: one.screen)]


def _screen(change: dict[str, Any]) -> str:
    """How the screen begins that shows this change."""
    if change["kind"] == "crisis_closed":
        return "^empty"
    crisis = change["crisis"]
    match crisis["state"]:
        case "ringing":
            return f"^ringing: Ringing {crisis['reaching']['staff']['name']}"
        case "talking":
            return f"^talking: Talking with {crisis['owner']['name']}"
        case state:
            return f"^{state}: Accepted by {crisis['owner']['name']}"


def _delay(page: Page, step: Shown) -> float:
    appeared: list[tuple[float, str]] = page.evaluate("window.appeared")
    times = [at for at, screen in appeared if at >= step.began and re.search(step.screen, screen)]
    assert times, f"never on the screen: {step.screen}; there was {appeared}"
    return times[0] - step.began


def test_two_browsers_show_the_same_board(slow_night: Night, windows: Windows) -> None:
    night = slow_night
    lead = windows.board(night, add_user(night, "Eli", Role.LEAD, staff="eli"))
    wall = windows.board(night, add_user(night, "Wall", Role.VIEWER, teams=("north",)))
    caller = night.call()
    for page in (lead, wall):
        expect(card(page, "ringing")).to_contain_text("Ana Sample")
    caller.hang_up()
    for page in (lead, wall):
        expect(card(page, "callback_needed")).to_be_visible()
    lead.get_by_role("button", name="Take it").click()
    lead.reload()
    for page in (lead, wall):
        expect(card(page, "accepted")).to_contain_text("Accepted by Eli Sample")
        expect(page.get_by_text("Calls today: 1")).to_be_visible()
        expect(page.get_by_text("Calls today")).to_have_count(1)
        expect(page.get_by_text("Fetching…")).to_have_count(0)
    assert words(lead) == words(wall)


def test_the_board_names_staff_and_never_a_client(slow_night: Night, windows: Windows) -> None:
    page = windows.board(slow_night, add_user(slow_night, "Admin", Role.ADMIN))
    slow_night.call(town.SPANISH_CLIENT)
    expect(card(page, "ringing")).to_contain_text("Ana Sample")
    said = page.content() + page.title()
    for private in ("Test Person", "C-1002", "1991", town.SPANISH_CLIENT, "555-0122"):
        assert private not in said


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_clinician_takes_a_crisis_and_closes_it_with_its_disposition(
    night: Night, windows: Windows, size: tuple[int, int]
) -> None:
    night.ana.ignores()
    ben = add_user(night, "Ben Sample", Role.CLINICIAN, staff="ben")
    page = windows.board(night, ben, size)
    caller = night.call()
    expect(card(page)).to_be_visible()
    caller.hang_up()
    expect(card(page, "callback_needed")).to_contain_text("Callback needed: nobody has it")
    assert_fits_without_sideways_scroll(page)
    page.get_by_role("button", name="Take it").click()
    expect(card(page, "accepted")).to_contain_text("Accepted by Ben Sample")
    assert night.crisis().owner == "ben"

    page.get_by_role("link", name=f"Open {night.crisis().ref}").click()
    expect(page.get_by_role("region", name="Caller")).to_contain_text("Test Person One")
    assert_fits_without_sideways_scroll(page)
    page.get_by_label("Note", exact=True).fill("Called back; she is safe at her sister's.")
    page.get_by_role("button", name="Add note").click()
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline).to_contain_text("Called back; she is safe at her sister's.")
    page.get_by_text("Close…").click()
    page.get_by_label("Disposition").select_option("Resolved by phone")
    page.get_by_role("button", name="Close crisis").click()
    expect(page.get_by_role("region", name="Now")).to_contain_text("Resolved by phone")
    assert_fits_without_sideways_scroll(page)
    page.get_by_role("link", name="Board", exact=True).click()
    expect(page.get_by_text("No open crisis.")).to_be_visible()
    assert night.crisis().disposition is Disposition.RESOLVED_BY_PHONE


def test_a_service_that_goes_and_comes_back_shows_as_stale_and_then_as_it_is_now(
    night: Night, windows: Windows
) -> None:
    night.ana.answers(talk_for=40)
    page = windows.board(night, add_user(night, "Admin", Role.ADMIN))
    night.call()
    expect(card(page, "accepted")).to_be_visible()
    night.network.wait_until_quiet()
    ref = night.crisis().ref

    night._service.stop()
    expect(connection(page)).to_have_text(re.compile(r"^stale since \d\d:\d\d:\d\d$"))
    expect(page.get_by_text("Not up to date since")).to_be_visible()
    expect(card(page, "accepted")).to_be_visible()
    _closed_by_another_node(night, ref)

    port = urlsplit(night.base_url).port
    night._service = Service(socket.create_server((HOST, port or 0)))
    night.vigil = night._service.start(night.settings(night.emulator.base_url))
    expect(connection(page)).to_have_text("live", timeout=20_000)
    expect(page.get_by_text("No open crisis.")).to_be_visible()
    expect(page.get_by_text("Not up to date since")).to_have_count(0)


def _closed_by_another_node(night: Night, ref: str) -> None:
    assert night._database_url is not None
    engine = make_engine(night._database_url)
    with UnitsOfWork(engine, night._clock, lambda _: None)() as work:
        commands.close(
            work,
            ref,
            Disposition.RESOLVED_BY_PHONE,
            None,
            who="ana",
            by="Ana Sample",
            public_url=night.base_url,
        )
    engine.dispose()


def test_nothing_on_a_phone_must_be_scrolled_sideways(night: Night, windows: Windows) -> None:
    """Even the fullest card, with its alarm."""
    for phone in (night.ana, night.ben, night.eli):
        phone.declines()
    login = windows.open(night.base_url, PHONE)
    expect(login.get_by_label("E-mail")).to_be_visible()
    assert_fits_without_sideways_scroll(login)
    board = windows.board(night, add_user(night, "Admin", Role.ADMIN), PHONE)
    assert_fits_without_sideways_scroll(board)
    night.call()
    expect(card(board)).to_contain_text("Alarm: Nobody on the ladder has taken it", timeout=15_000)
    assert_fits_without_sideways_scroll(board)
    bank = windows.open(night.emulator.base_url, PHONE)
    expect(bank.get_by_text("connected", exact=True)).to_be_visible()
    assert_fits_without_sideways_scroll(bank)
