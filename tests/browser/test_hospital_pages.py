"""The pages about hospitals: is it our client, what was done, what could not be read."""

from datetime import timedelta
from pathlib import Path

import httpx
from playwright.sync_api import expect

from dispatch.access import Role
from tests.browser.window import (
    PHONE,
    Windows,
    assert_fits_without_sideways_scroll,
    connection,
    enter,
)
from tests.live.watcher import add_user
from tests.scenarios import hospitals as told
from tests.scenarios.hospitals import HospitalNight, Who

PERHAPS_FOUR = Who("Test", "Person", "Four", "1975-01-30", "")
"""A client's name and birth date without anything else: for a person to say."""


def test_a_lead_confirms_a_client_records_a_visit_and_reads_what_could_not_be_read(
    database_url: str, tmp_path: Path, windows: Windows
) -> None:
    with HospitalNight(database_url, tmp_path) as night:
        now = night.vigil.unit_of_work.clock.now()
        told.over_mllp(night, PERHAPS_FOUR, "ed", now - timedelta(hours=1))
        bearer = {"Authorization": f"Bearer {told.token(night)}"}
        httpx.post(f"{night.base_url}/hl7", content=b"no message", headers=bearer)
        web = night.web(Role.LEAD, team="north")
        night.until(lambda: web.get("/api/matching").json()["notices"], "the notice is read")

        page = windows.open(f"{night.base_url}/matching", PHONE)
        enter(page, add_user(night, "Eli Sample", Role.LEAD, staff="eli"))
        notice = page.get_by_role("article", name="came to the emergency department")
        expect(notice.get_by_role("row", name="Birth date")).to_contain_text("same")
        assert_fits_without_sideways_scroll(page)
        notice.get_by_role("button", name="It is Test Person Four…").click()
        expect(notice.get_by_role("button", name="Not yet")).to_be_focused()
        notice.get_by_role("button", name="Yes, it is Test Person Four").click()
        expect(page.get_by_text("Nothing waits")).to_be_visible()
        page.get_by_role("link", name="Open the stay").click()

        expect(page.get_by_role("heading", name="Test Person Four")).to_be_visible()
        assert "Four" not in page.title()
        page.get_by_text("Record what was done…").click()
        page.get_by_label("What", exact=True).select_option("contact")
        page.get_by_role("button", name="Record it").click()
        seen = page.get_by_role("listitem").filter(has_text="Seen in hospital")
        expect(seen).to_contain_text("done")
        page.get_by_role("button", name="Take it back…").click()
        page.get_by_role("button", name="Yes, it was not so").click()
        expect(seen).to_contain_text("open")
        expect(page.get_by_role("region", name="What the team did")).to_contain_text("taken back")
        assert_fits_without_sideways_scroll(page)

        page.goto(f"{night.base_url}/inbox")
        expect(connection(page)).to_have_text("live")
        expect(page.get_by_role("listitem")).to_contain_text(["No line begins with MSH"])
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_label("What came")).to_have_text("no message")
        expect(page.get_by_role("button", name="Read it again")).to_be_enabled()
