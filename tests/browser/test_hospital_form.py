"""A hospital's worker tells us of a patient: on a phone, behind a link, without a mouse."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from sqlmodel import Session, col, select

from dispatch.commands import form_links
from dispatch.hospital_tables import HospitalRow, InboxRow
from tests.browser.window import PHONE, Windows, assert_fits_without_sideways_scroll
from tests.scenarios.night import Night

RECEIVED = re.compile(
    r"Received, reference N\w+\. If we serve this person, the team calls you by 0\d:\d\d\."
)


@pytest.fixture
def night(town_url: str, tmp_path: Path) -> Iterator[Night]:
    """03:10 in the town, at the speed of life."""
    with Night(town_url, tmp_path, speed=1) as night:
        with Session(night.vigil.unit_of_work.engine) as session:
            session.add(
                HospitalRow(id="mercy", name="Test Mercy", timezone="America/Los_Angeles", rules={})
            )
            session.commit()
        yield night


def letters(night: Night) -> list[dict[str, Any]]:
    """What was kept of what was sent."""
    with Session(night.vigil.unit_of_work.engine) as session:
        rows = session.exec(select(InboxRow).order_by(col(InboxRow.id)))
        return [json.loads(row.raw) for row in rows]


def tab_to(page: Page, label: str) -> None:
    """Press Tab until the keyboard is at the field of that name."""
    field = page.get_by_label(label, exact=True).or_(
        page.get_by_role("button", name=label, exact=True)
    )
    for _ in range(60):
        page.keyboard.press("Tab")
        if field.first.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"The keyboard does not reach “{label}”.")


def test_the_form_is_filled_in_on_a_phone_with_the_keyboard_alone(
    night: Night, windows: Windows
) -> None:
    with night.vigil.unit_of_work() as work:
        secret, link = form_links.make(work, "mercy", "ED", 30, "a lead")
    page = windows.open(f"{night.base_url}/hospital/{secret}", PHONE)
    expect(page.get_by_text("Test Mercy, ED")).to_be_visible()
    assert secret not in page.title()
    assert_fits_without_sideways_scroll(page)
    press, write = page.keyboard.press, page.keyboard.type

    tab_to(page, "Send")
    press("Enter")
    trouble = page.get_by_role("alert")
    expect(trouble).to_be_focused()
    expect(trouble.get_by_role("listitem")).to_have_count(4)
    press("Tab")
    press("Enter")
    name = page.get_by_label("Your name")
    expect(name).to_be_focused()
    expect(name).to_have_accessible_description("Write your name.")

    write("Test Nurse")
    tab_to(page, "Call-back number (required)")
    write("503 555 0151")
    tab_to(page, "Name")
    write("Test Person One")
    tab_to(page, "Birth date")
    write("03021984")
    expect(page.get_by_text("Born Fri Mar 2 1984")).to_be_visible()
    tab_to(page, "In the emergency department now")
    press("ArrowDown")
    press("ArrowDown")
    expect(page.get_by_role("radio", name="Admitted")).to_be_checked()

    asked: list[str] = []

    def lose_the_answer(route: Route) -> None:
        asked.append(route.request.headers["idempotency-key"])
        if len(asked) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/api/hospital-forms/*", lose_the_answer)
    tab_to(page, "Send")
    press("Enter")
    expect(trouble).to_contain_text("it will not count twice")
    tab_to(page, "Send")
    press("Enter")
    receipt = page.get_by_role("heading", level=1)
    expect(receipt).to_have_text(RECEIVED)
    expect(receipt).to_be_focused()
    assert asked[0] == asked[1]
    (kept,) = letters(night)
    assert kept["person"]["birth_date"] == "1984-03-02"
    assert kept["happening"] == "admitted"
    assert page.evaluate("() => localStorage.length + sessionStorage.length") == 0

    with night.vigil.unit_of_work() as work:
        form_links.revoke(work, link.token_hash, "a lead")
    page.unroute_all()
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Ask the team for a new one")
