"""One's own shifts, the planner and the fairness report, as people use them in a browser."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from dispatch.access import Role
from dispatch.agency_file import read_agency
from tests.browser.window import (
    DESK,
    PHONE,
    Windows,
    assert_fits_without_sideways_scroll,
    enter,
)
from tests.live.watcher import add_user
from tests.scenarios.night import Night

PHONES = {
    "ana": "+15035550171",
    "ben": "+15035550172",
    "cho": "+15035550173",
    "dee": "+15035550174",
    "eli": "+15035550175",
}

STAFF = "".join(
    f'  - {{id: {one}, name: {one.title()} Sample, discipline: nurse, phone: "{phone}", '
    f"role: {'lead' if one == 'eli' else 'clinician'}}}\n"
    for one, phone in PHONES.items()
)

COVE = f"""
agency: Example Cove Behavioral Health
staff:
{STAFF}teams:
  - id: north
    name: North ACT
    timezone: America/Los_Angeles
    lines: ["+15035550196"]
    members: [ana, ben, cho, dee, eli]
    rules: {{rest_hours: 10}}
    ladder:
      - {{tier: primary, ring_seconds: 20, page_seconds: 120}}
      - {{tier: backup, ring_seconds: 20, page_seconds: 120}}
    rotations:
      - tier: primary
        name: turns
        starts: 2026-01-05T08:00
        every: 12 hours
        order: [ben, cho, ana]
      - {{tier: backup, name: dee, starts: 2026-01-05T08:00, every: 1 week, order: [dee]}}
"""
"""Ben, Cho and Ana are primary for twelve hours each in turns, Dee the backup; Eli leads."""

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=ZoneInfo("America/Los_Angeles"))
"""A Tuesday on which Ben is primary from 08:00 to 20:00; then Cho, and Ana on Wednesday."""

DASH = "\N{EN DASH}"

ANA_NEXT = f"Wed Mar 4 08:00 {DASH} 20:00"

CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Example//Calendar//EN\r
BEGIN:VEVENT\r
UID:one@example.org\r
DTSTAMP:20260101T000000Z\r
DTSTART:20260306T010000Z\r
DTEND:20260306T020000Z\r
SUMMARY:A private matter\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:two@example.org\r
DTSTAMP:20260101T000000Z\r
DTSTART:20260307T010000Z\r
DTEND:20260307T020000Z\r
STATUS:CANCELLED\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture
def cove(database_url: str, tmp_path: Path) -> Iterator[Night]:
    """Noon at the cove, at the speed of life: the planner's seconds are real ones."""
    with Night(
        database_url, tmp_path, speed=1, start=NOON, agency=read_agency(COVE, "cove.yaml")
    ) as night:
        yield night
        night.assert_promises_kept()


def member(night: Night, staff: str) -> str:
    """The login of somebody on the staff; gives their e-mail address."""
    role = Role.LEAD if staff == "eli" else Role.CLINICIAN
    return add_user(night, f"{staff.title()} Sample", role, staff=staff)


def shifts_of(night: Night, windows: Windows, staff: str, size: tuple[int, int] = DESK) -> Page:
    """The page of somebody's own shifts, just after they have logged in."""
    page = windows.open(f"{night.base_url}/me/shifts", size)
    enter(page, member(night, staff))
    expect(page.get_by_role("heading", name="The next 90 days")).to_be_visible()
    return page


def shift(page: Page, when: str) -> Locator:
    """One's shift at that time."""
    return page.get_by_role("article", name=when)


def section(page: Page, name: str) -> Locator:
    """A part of the page by its heading."""
    return page.get_by_role("region", name=name)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_shift_is_confirmed(cove: Night, windows: Windows, size: tuple[int, int]) -> None:
    page = shifts_of(cove, windows, "ana", size)
    assert_fits_without_sideways_scroll(page)
    mine = shift(page, ANA_NEXT)
    mine.get_by_role("button", name="I'm ready").click()
    expect(mine.get_by_text(re.compile("Ready$"))).to_be_visible()
    expect(page.get_by_text(f"You are ready for {ANA_NEXT}.")).to_be_visible()
    page.reload()
    expect(mine.get_by_text(re.compile("Ready$"))).to_be_visible()
    expect(mine.get_by_role("button", name="I'm ready")).to_have_count(0)


def test_cover_is_asked_for_and_a_colleague_takes_it(cove: Night, windows: Windows) -> None:
    ana, ben = shifts_of(cove, windows, "ana"), shifts_of(cove, windows, "ben")
    mine = shift(ana, ANA_NEXT)
    mine.get_by_role("button", name="Ask for cover…").click()
    expect(mine.get_by_text(re.compile("Could take it: .*Ben Sample"))).to_be_visible()
    mine.get_by_label("Until").fill("2026-03-04T14:00")
    mine.get_by_role("button", name="Ask for cover", exact=True).click()
    asked = section(ana, "What I have asked")
    expect(asked).to_contain_text(f"Cover for primary, Wed Mar 4 08:00 {DASH} 14:00")
    expect(asked).to_contain_text("Ben Sample: no answer yet")

    ben.reload()
    question = section(ben, "A question waits for you")
    expect(question).to_contain_text(
        f"Ana Sample asks you to take primary, Wed Mar 4 08:00 {DASH} 14:00"
    )
    question.get_by_role("button", name="Yes, I take it").click()
    expect(question).to_have_count(0)
    expect(ben.get_by_role("heading", name="My shifts", exact=True)).to_be_focused()
    expect(shift(ben, f"Wed Mar 4 08:00 {DASH} 14:00")).to_be_visible()

    ana.reload()
    expect(shift(ana, f"Wed Mar 4 14:00 {DASH} 20:00")).to_be_visible()
    ana.get_by_text("What I asked in the last 7 days").click()
    expect(ana.get_by_text("Ben Sample takes it.")).to_be_visible()


def test_a_swap_needs_the_other_s_yes_and_can_be_taken_back(cove: Night, windows: Windows) -> None:
    page = shifts_of(cove, windows, "ana")
    mine = shift(page, ANA_NEXT)
    mine.get_by_role("button", name="Swap…").click()
    mine.get_by_label("Swap with").select_option("Cho Sample")
    mine.get_by_label("For their shift").select_option(index=2)
    mine.get_by_role("button", name="Ask to swap").click()
    asked = section(page, "What I have asked")
    expect(asked).to_contain_text(f"Swap of primary, {ANA_NEXT} for Cho Sample's primary")
    asked.get_by_role("button", name=re.compile("Take .* back")).click()
    expect(asked).to_have_count(0)


def test_time_off_that_opens_a_gap_is_shown_in_red_and_cover_is_the_way_out(
    cove: Night, windows: Windows
) -> None:
    ana, ben = shifts_of(cove, windows, "ana"), shifts_of(cove, windows, "ben")
    off = section(ana, "Time off")
    off.get_by_text("Add time off…").click()
    off.get_by_label("First day").fill("2026-03-04")
    off.get_by_label("Last day").fill("2026-03-04")
    gap = off.locator("[data-tier='primary']")
    expect(gap).to_contain_text(f"Primary of North ACT. Nobody: {ANA_NEXT}, Ana Sample is away")
    expect(gap).to_contain_text("Ben Sample")
    off.get_by_role("button", name="Add time off").click()
    expect(off.get_by_role("alert")).to_contain_text("This would leave primary of North ACT")
    expect(off.get_by_label("Accept this gap")).to_have_count(0)

    gap.get_by_role("button", name="Ask them for cover").click()
    expect(gap).to_contain_text("Until somebody says yes, the shift is yours.")
    ben.reload()
    ben.get_by_role("button", name="Yes, I take it").click()
    expect(shift(ben, f"Wed Mar 4 08:00 {DASH} Thu Mar 5 08:00")).to_be_visible()

    expect(off.get_by_label("First day")).to_have_value("2026-03-04")
    off.get_by_role("button", name="Add time off").click()
    away = off.get_by_role("list", name="When I am away")
    expect(away).to_contain_text("Wed Mar 4")
    expect(shift(ben, f"Wed Mar 4 08:00 {DASH} Thu Mar 5 08:00")).to_be_visible()


def test_time_off_that_opens_no_gap_is_added_and_removed(cove: Night, windows: Windows) -> None:
    page = shifts_of(cove, windows, "ana")
    off = section(page, "Time off")
    off.get_by_text("Add time off…").click()
    off.get_by_label("some hours").check()
    off.get_by_label("From").fill("2026-03-05T08:00")
    off.get_by_label("Until").fill("2026-03-05T07:00")
    expect(off.get_by_text("The end must be later than the start.")).to_be_visible()
    expect(off.get_by_role("button", name="Add time off")).to_be_disabled()
    off.get_by_label("Until").fill("2026-03-05T20:00")
    expect(off.get_by_text("No gap opens.")).to_be_visible()
    off.get_by_role("button", name="Add time off").click()
    away = off.get_by_role("list", name="When I am away")
    expect(away).to_contain_text(f"Thu Mar 5 08:00 {DASH} 20:00")
    expect(off.get_by_role("heading", name="Time off")).to_be_focused()
    away.get_by_role("button", name="Remove Thu Mar 5").click()
    expect(off.get_by_text("None ahead.")).to_be_visible()


def test_a_lead_may_accept_the_gap_of_their_own_time_off(cove: Night, windows: Windows) -> None:
    with cove.web(Role.ADMIN) as web:
        stands = {
            "tier": "primary",
            "start": "2026-03-04T08:00-08:00",
            "end": "2026-03-04T20:00-08:00",
            "staff": "eli",
        }
        web.post("/api/teams/north/overrides", json=stands).raise_for_status()
        replaced = {**stands, "kind": "remove", "staff": "ana"}
        web.post("/api/teams/north/overrides", json=replaced).raise_for_status()
    page = shifts_of(cove, windows, "eli")
    off = section(page, "Time off")
    off.get_by_text("Add time off…").click()
    off.get_by_label("some hours").check()
    off.get_by_label("From").fill("2026-03-04T10:00")
    off.get_by_label("Until").fill("2026-03-04T11:00")
    off.get_by_label("Accept this gap").check()
    off.get_by_label("Why it is accepted").fill("The county covers.")
    off.get_by_role("button", name="Add time off").click()
    expect(off.get_by_role("list", name="When I am away")).to_contain_text(
        f"Wed Mar 4 10:00 {DASH} 11:00"
    )


def test_a_calendar_file_becomes_time_off_after_a_look_at_it(cove: Night, windows: Windows) -> None:
    page = shifts_of(cove, windows, "dee")
    off = section(page, "Time off")
    off.get_by_text("Read a calendar file…").click()
    file = off.get_by_label("Calendar file (.ics)")
    file.set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"not a calendar"}
    )
    expect(off.get_by_role("alert")).not_to_be_empty()
    file.set_input_files(
        {"name": "mine.ics", "mimeType": "text/calendar", "buffer": CALENDAR.encode()}
    )
    expect(off.get_by_text("1 absence would be added.")).to_be_visible()
    expect(off.get_by_text("1 left out:")).to_be_visible()
    gap = off.locator("[data-tier='backup']")
    expect(gap).to_contain_text(f"Thu Mar 5 17:00 {DASH} 18:00, Dee Sample is away")
    off.get_by_role("button", name="Take it over").click()
    expect(off.get_by_role("alert")).to_contain_text("This would leave backup of North ACT")
    expect(off.get_by_text("None ahead.")).to_be_visible()
    assert "private" not in page.content()


def test_a_phone_is_verified_with_the_code_that_it_gets(cove: Night, windows: Windows) -> None:
    page = shifts_of(cove, windows, "ana")
    mine = section(page, "My phone")
    expect(mine).to_contain_text("ending in 0171")
    expect(mine).not_to_contain_text("503")
    mine.get_by_role("button", name="Text me a code").click()
    expect(mine.get_by_label("The code")).to_be_focused()
    said = cove.phone(PHONES["ana"]).expect_sms("code").body
    code = re.search(r"\b\d{6}\b", said)
    assert code is not None, said
    wrong = str((int(code[0]) + 1) % 1_000_000).zfill(6)
    page.keyboard.type(wrong)
    page.keyboard.press("Enter")
    expect(mine.get_by_role("alert").last).to_contain_text("tries left")
    page.keyboard.type(code[0])  # the wrong one is selected: typing replaces it
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your phone is verified.")).to_be_visible()
    expect(mine).to_contain_text("Verified on Tue Mar 3")


def test_how_one_is_paged_is_chosen_on_a_phone_and_with_keys_alone(
    cove: Night, windows: Windows
) -> None:
    page = shifts_of(cove, windows, "ana", PHONE)
    mine = section(page, "How I am paged")
    expect(mine).to_contain_text("My phone rings 60 seconds later if I have not answered.")
    mine.get_by_text("Change it…").press("Enter")
    mine.get_by_label("some seconds later").press("ArrowDown")  # the next choice
    expect(mine.get_by_label("only if the text does not arrive")).to_be_checked()
    mine.get_by_label("At night another way").press("Space")
    until = mine.get_by_label("Night until")
    until.fill("22:00")
    expect(mine.get_by_text("The night must end at another time")).to_be_visible()
    expect(mine.get_by_role("button", name="Save")).to_be_disabled()
    until.fill("06:30")
    assert_fits_without_sideways_scroll(page)
    until.press("Enter")
    expect(page.get_by_text("Saved: from now on you are paged so.")).to_be_visible()
    expect(mine.get_by_role("heading")).to_be_focused()
    expect(mine).to_contain_text("My phone rings only if the text does not arrive.")
    expect(mine).to_contain_text("from 22:00 to 06:30, it rings at once, together with the text.")

    page.reload()
    mine.get_by_text("Change it…").click()
    expect(mine.get_by_label("Night until")).to_have_value("06:30")
    mine.get_by_role("button", name="As usual again").click()
    expect(mine).to_contain_text("My phone rings 60 seconds later")


def test_a_calendar_address_is_shown_once_and_can_be_revoked(cove: Night, windows: Windows) -> None:
    page = shifts_of(cove, windows, "ana")
    mine = section(page, "My shifts in a calendar")
    mine.get_by_role("button", name="Make an address").click()
    address = mine.get_by_label("The address, shown only now").input_value()
    link = mine.get_by_role("link", name="Open in my calendar").get_attribute("href")
    assert link == re.sub("^http:", "webcal:", address)
    assert "BEGIN:VEVENT" in httpx.get(address).text
    mine.get_by_role("button", name="Copy").click()
    expect(mine.get_by_text(re.compile("^(Copied|Selected)"))).to_be_visible()

    page.reload()
    expect(mine.get_by_text("Made Tue Mar 3")).to_be_visible()
    expect(mine.get_by_label("The address, shown only now")).to_have_count(0)
    assert address not in page.content()
    mine.get_by_role("button", name=re.compile("^Revoke the address")).click()
    mine.get_by_role("button", name="Revoke it for good").click()
    expect(mine.get_by_text("Made Tue Mar 3")).to_have_count(0)
    assert httpx.get(address).status_code == 404


def test_a_wall_board_is_told_that_it_has_no_shifts(cove: Night, windows: Windows) -> None:
    wall = add_user(cove, "Wall", Role.VIEWER, teams=("north",))
    page = windows.open(f"{cove.base_url}/me/shifts")
    enter(page, wall)
    expect(page.get_by_text("belongs to nobody on the staff")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="North ACT").click()
    expect(page).to_have_url(re.compile("/teams/north/schedule"))


def plan_of(night: Night, windows: Windows, size: tuple[int, int] = DESK) -> Page:
    """The planner's page of the team's lead, just after they have logged in."""
    page = windows.open(f"{night.base_url}/teams/north/plan", size)
    enter(page, member(night, "eli"))
    expect(page.get_by_label("Weeks (1 to 13)")).to_be_visible()
    page.get_by_label("Weeks (1 to 13)").fill("1")
    page.get_by_label("Search for").select_option("10 seconds")
    return page


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_plan_is_asked_for_applied_and_undone(
    cove: Night, windows: Windows, size: tuple[int, int]
) -> None:
    page = plan_of(cove, windows, size)
    assert_fits_without_sideways_scroll(page)
    page.get_by_role("button", name="Propose a rota").click()
    plan = section(page, "Mon Mar 16")
    expect(plan).to_contain_text(f"Mon Mar 16 {DASH} Sun Mar 22, 1 week")
    apply = plan.get_by_role("button", name="Apply this draft…")
    expect(apply).to_be_visible(timeout=40_000)
    fairness = section(page, "Fairness, before and after")
    expect(fairness.get_by_role("row", name=re.compile("^Dee Sample"))).to_be_visible()
    expect(section(page, "The draft beside today's rota")).to_contain_text("Somebody else would")
    assert_fits_without_sideways_scroll(page)

    apply.click()
    plan.get_by_role("button", name="Not now").click()
    apply.click()
    plan.get_by_role("button", name="Apply it", exact=True).click()
    expect(plan).to_contain_text("This draft is in force.")
    expect(plan.get_by_role("heading", level=2)).to_be_focused()
    assert {"plan"} == why(cove, "2026-03-16T08:00-07:00", "2026-03-23T08:00-07:00")

    page.reload()
    plan.get_by_role("button", name="Undo").click()
    expect(plan).to_contain_text("has been taken back")
    assert {"rotation"} == why(cove, "2026-03-16T08:00-07:00", "2026-03-23T08:00-07:00")
    expect(section(page, "Plans so far").get_by_role("listitem")).to_contain_text("Undone")


def why(night: Night, start: str, end: str) -> set[str]:
    """For what kinds of reason people stand within a stretch of time."""
    with night.web(Role.ADMIN) as web:
        window = {"from": start, "to": end}
        answer = web.get("/api/teams/north/schedule", params=window)
    answer.raise_for_status()
    reasons = [one["why"] for shifts in answer.json()["tiers"].values() for one in shifts]
    return {"plan" if "plan" in reason else reason.split()[0] for reason in reasons}


def test_a_plan_that_no_rota_can_keep_says_which_rules_collide(
    cove: Night, windows: Windows
) -> None:
    page = plan_of(cove, windows)
    page.get_by_label("Nights in a row, at most").fill("2")
    for staff in ("ana", "ben", "cho", "dee"):
        row = page.locator(f"tr[data-staff='{staff}']")
        row.get_by_role("checkbox", name="Primary").check()
    page.get_by_label("Backup", exact=True).first.select_option("Handoffs of your own")
    handoffs = page.get_by_label("Handoffs of backup")
    handoffs.fill("8 o'clock")
    expect(page.get_by_text("“8 o'clock” is no handoff").first).to_be_visible()
    expect(page.get_by_role("button", name="Propose a rota")).to_be_disabled()
    handoffs.fill("08:00, 20:00")
    page.get_by_role("button", name="Propose a rota").click()
    plan = section(page, "Mon Mar 16")
    expect(plan).to_contain_text("No rota keeps all the rules:", timeout=40_000)
    expect(plan.get_by_role("listitem").first).to_contain_text("Eli Sample")
    page.get_by_text("Ask for a plan").click()
    expect(page.locator("tr[data-staff='ana']").get_by_label("Primary")).to_be_checked()


@pytest.mark.parametrize("address", ["nowhere/plan", "nowhere/fairness", "north/plan?plan=99"])
def test_what_is_not_there_leads_to_the_board(cove: Night, windows: Windows, address: str) -> None:
    """Trying again would not help."""
    page = windows.open(f"{cove.base_url}/teams/{address}")
    enter(page, add_user(cove, "Ada Sample", Role.ADMIN))
    trouble = page.get_by_role("alert")
    expect(trouble).to_contain_text("no ")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    trouble.get_by_role("link", name="Go to the board").click()
    expect(page).to_have_url(f"{cove.base_url}/")


def test_only_leads_plan(cove: Night, windows: Windows) -> None:
    page = windows.open(f"{cove.base_url}/teams/north/plan")
    enter(page, member(cove, "ana"))
    expect(page.get_by_text("The leads of North ACT and administrators plan")).to_be_visible()
    expect(page.get_by_label("Weeks (1 to 13)")).to_have_count(0)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_fairness_is_a_table_to_sort_a_chart_and_a_file(
    cove: Night, windows: Windows, size: tuple[int, int]
) -> None:
    page = windows.open(f"{cove.base_url}/teams/north/fairness", size)
    enter(page, member(cove, "ana"))
    expect(
        page.get_by_role("heading", name=f"Thu Jan 1 2026 {DASH} Tue Mar 31 2026")
    ).to_be_visible()
    table = page.get_by_role("table")
    names = table.locator("tbody th")
    expect(names.first).to_have_text("Ana Sample")
    table.get_by_role("button", name="Hours").click()
    expect(names.first).to_have_text("Dee Sample")  # nobody else is the backup
    expect(table.get_by_role("columnheader", name="Hours")).to_have_attribute(
        "aria-sort", "descending"
    )
    table.get_by_role("button", name="Hours").click()
    expect(names.last).to_have_text("Dee Sample")
    chart = section(page, "As a chart")
    chart.get_by_label("What the chart shows").select_option("Hours")
    expect(chart).to_contain_text("Hours: Dee Sample has the most with")
    assert_fits_without_sideways_scroll(page)

    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename == "fairness-north-2026-01-01-2026-03-31.csv"
    assert "Dee Sample" in download.value.path().read_text()

    page.get_by_label("Last quarter").check()
    expect(page.get_by_role("heading", name="Wed Oct 1 2025")).to_be_visible()
    page.get_by_label("Other days").check()
    page.get_by_label("First day").fill("2026-03-05")
    page.get_by_label("Last day").fill("2026-03-04")
    expect(page.get_by_text("The last day must not be before the first.")).to_be_visible()
    page.get_by_label("Last day").fill("2026-03-06")
    expect(
        page.get_by_role("heading", name=f"Thu Mar 5 2026 {DASH} Fri Mar 6 2026")
    ).to_be_visible()
