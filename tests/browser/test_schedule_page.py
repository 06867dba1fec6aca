"""The schedule as a team's lead and its people use it: gaps in red, at once and before saving."""

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
from tests.calendars.test_reading import sample
from tests.live.watcher import add_user
from tests.scenarios.night import Night

STAFF = "".join(
    f'  - {{id: {one}, name: {one.title()} Sample, discipline: nurse, phone: "+1503555018{place}", '
    f"role: {'lead' if one == 'eli' else 'clinician'}}}\n"
    for place, one in enumerate(("ana", "ben", "cho", "dee", "eli"))
)

SHORE = f"""
agency: Example Shore Behavioral Health
staff:
{STAFF}teams:
  - id: north
    name: North ACT
    timezone: America/Los_Angeles
    lines: ["+15035550196"]
    members: [ana, ben, cho, dee, eli]
    ladder:
      - {{tier: primary, ring_seconds: 20, page_seconds: 120}}
      - {{tier: backup, ring_seconds: 20, page_seconds: 120}}
    rotations:
      - tier: primary
        name: days and nights
        starts: 2026-01-05T07:00
        every: 12 hours
        order: [ana, ben]
      - {{tier: backup, name: dee, starts: 2026-01-05T07:00, every: 1 week, order: [dee]}}
"""
"""Ana is primary by day and Ben by night, Dee the backup; Cho is free and Eli leads."""

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=ZoneInfo("America/Los_Angeles"))
"""A Tuesday. The clocks go forward on Sunday, Mar 8."""

DASH = "\N{EN DASH}"
THE_NIGHT = f"Thu Mar 5 19:00 {DASH} Fri Mar 6 07:00"
BENS_NIGHT = f"primary, Ben Sample: {THE_NIGHT}"
CHOS_NIGHT = f"primary, Cho Sample: {THE_NIGHT}"
NOBODY = f"Gap: primary, Nobody: {THE_NIGHT}"
WEEK = "/teams/north/schedule?view=week&day=2026-03-03"

RED = "rgb(163, 33, 26)"
BLUE = "rgb(10, 85, 158)"


@pytest.fixture
def shore(database_url: str, tmp_path: Path) -> Iterator[Night]:
    """Noon at the shore, at the speed of life."""
    agency = read_agency(SHORE, "shore.yaml")
    with Night(database_url, tmp_path, speed=1, start=NOON, agency=agency) as night:
        yield night
        night.assert_promises_kept()


def member(night: Night, staff: str) -> str:
    """The login of somebody on the staff; gives their e-mail address."""
    role = Role.LEAD if staff == "eli" else Role.CLINICIAN
    return add_user(night, f"{staff.title()} Sample", role, staff=staff)


def schedule(
    night: Night,
    windows: Windows,
    email: str,
    size: tuple[int, int] = DESK,
    address: str = WEEK,
) -> Page:
    """The schedule as somebody sees it who has just logged in."""
    page = windows.open(night.base_url + address, size)
    enter(page, email)
    expect(coverage(page)).to_be_visible()
    return page


def coverage(page: Page) -> Locator:
    """What the page says about coverage as a whole."""
    return page.get_by_role("region", name="Coverage")


def piece(page: Page, label: str) -> Locator:
    """A shift or a gap on the sheet or in the list, by how it is read out."""
    return page.get_by_role("button", name=label)


def panel(page: Page, title: str) -> Locator:
    """What stands beside the schedule."""
    return page.get_by_role("region", name=title, exact=True)


def take_ben_off(page: Page) -> Locator:
    """Begin an override that nobody has saved yet; gives its form."""
    piece(page, BENS_NIGHT).first.click()
    page.get_by_role("button", name="Take Ben Sample off…").click()
    return panel(page, "Take somebody off")


def overrides(night: Night) -> list[tuple[str, str]]:
    """What is saved: the kind of each override, and whom it is about."""
    with night.web() as web:
        told = web.get("/api/teams/north/rota").raise_for_status().json()["overrides"]
    return [(one["kind"], one["staff"]["id"]) for one in told]


def open_a_gap(
    night: Night,
    staff: str = "ben",
    start: str = "2026-03-05T19:00:00-08:00",
    end: str = "2026-03-06T07:00:00-08:00",
) -> None:
    """Ben's night is taken away by a program, whose acceptance is then taken back."""
    with night.web(Role.LEAD, "north") as web:
        span = {"start": start, "end": end}
        edit = {"tier": "primary", **span, "staff": staff, "kind": "remove", "accept_gaps": "test"}
        web.post("/api/teams/north/overrides", json=edit).raise_for_status()
        [accepted] = web.get("/api/teams/north/rota").json()["accepted_gaps"]
        web.delete(f"/api/teams/north/accepted-gaps/{accepted['id']}").raise_for_status()


def test_a_covered_team_is_shown_as_a_proof(shore: Night, windows: Windows) -> None:
    page = schedule(shore, windows, member(shore, "ana"))
    expect(coverage(page)).to_contain_text("Covered every minute until Jun 1, 2026")
    expect(page.get_by_role("heading", name="Schedule of North ACT")).to_be_visible()
    expect(page.get_by_text("Times in America/Los_Angeles (PST, then PDT)")).to_be_visible()
    expect(page.locator("button[data-kind=gap]")).to_have_count(0)


def test_a_gap_that_opens_is_red_at_once_on_a_page_that_is_open(
    shore: Night, windows: Windows
) -> None:
    page = schedule(shore, windows, member(shore, "eli"))
    expect(piece(page, BENS_NIGHT)).to_be_visible()
    open_a_gap(shore)
    expect(coverage(page)).to_contain_text("1 gap in the next 90 days", timeout=10_000)
    expect(coverage(page)).to_contain_text("Ben Sample is taken off by an override")
    gap = piece(page, NOBODY)
    expect(gap).to_contain_text("Nobody")
    expect(gap).to_have_css("border-top-color", RED)

    page.goto(f"{shore.base_url}/teams/north/schedule?view=month&day=2026-05-01")
    coverage(page).get_by_role("button", name=re.compile("^Primary")).click()
    expect(panel(page, "Gap")).to_contain_text("calls go straight to the next tier")
    expect(piece(page, NOBODY)).to_be_visible()
    expect(page).to_have_url(re.compile(r"view=month&day=2026-03-05$"))
    sunday = page.get_by_role("heading", name="Sun 8 23 h", exact=True)
    cut = sunday.evaluate("(day) => day.scrollWidth > day.clientWidth")
    assert not cut, "how long the day is must be read beside an open panel, too"


def test_an_override_that_opens_a_gap_is_red_before_it_is_saved_and_then_refused(
    shore: Night, windows: Windows
) -> None:
    """A lead may accept the gap with a reason; then the board tells everybody."""
    page = schedule(shore, windows, member(shore, "eli"))
    form = take_ben_off(page)
    expect(form).to_contain_text(f"Nobody: {THE_NIGHT}")
    drawn = piece(page, NOBODY)
    expect(drawn).to_have_css("border-top-color", RED)
    expect(drawn).to_have_accessible_name(re.compile("Not saved: nobody instead of Ben Sample"))
    expect(page.get_by_text("Drawn as it would be. Not saved.")).to_be_visible()
    expect(coverage(page)).to_contain_text(f"Not saved: 1 gap would open: primary {THE_NIGHT}")
    expect(coverage(page)).to_contain_text("As it is saved: Covered every minute")
    expect(coverage(page)).to_have_css("border-top-color", RED)

    form.get_by_label("Reason").fill("a course")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("This would leave primary of North ACT")
    expect(form.get_by_label("Reason")).to_have_value("a course")
    assert overrides(shore) == []
    expect(form.get_by_role("button", name="Save")).not_to_have_css("background-color", BLUE)

    form.get_by_label("Accept this gap").check()
    form.get_by_label("Why it is accepted").fill("the county line answers")
    knowing = form.get_by_role("button", name="Save with a gap")
    expect(knowing).to_have_css("background-color", RED)
    knowing.click()
    expect(page.get_by_text("Saved: the schedule shows it.")).to_be_visible()
    assert overrides(shore) == [("remove", "ben")]
    accepted = page.locator("button[data-kind=accepted]")
    expect(accepted).to_be_focused()
    expect(accepted).to_have_accessible_name(
        re.compile("Accepted by Eli Sample: the county line answers")
    )
    assert_shows_an_accepted_gap(page, "the county line answers")

    page.get_by_role("link", name="Board").click()
    card = page.locator("article[data-team=north]")
    expect(card).to_contain_text("accepted by Eli Sample: the county line answers", timeout=15_000)
    page.get_by_role("link", name="Schedule").click()
    page.get_by_role("button", name="Accepted gaps").click()
    panel(page, "Accepted gaps").get_by_role("button", name="Take this back").click()
    expect(coverage(page)).to_contain_text("1 gap in the next 90 days")


def assert_shows_an_accepted_gap(page: Page, reason: str) -> None:
    """Never green: the board alarms for the same gap."""
    summary = coverage(page)
    expect(summary).to_contain_text("▲ 1 accepted gap in the next 90 days")
    expect(summary.get_by_role("button", name=re.compile("^Primary"))).to_have_text(
        re.compile(f"Nobody: {THE_NIGHT}.*Accepted by Eli Sample: {reason}")
    )
    expect(summary).to_have_css("border-top-color", RED)
    expect(summary).to_have_css("border-top-style", "dashed")


@pytest.mark.parametrize("size", [(390, 844), (360, 740)], ids=["390", "360"])
def test_on_a_phone_the_gap_is_in_sight_beside_the_way_to_save(
    shore: Night, windows: Windows, size: tuple[int, int]
) -> None:
    page = schedule(shore, windows, member(shore, "eli"), size)
    form = take_ben_off(page)
    verdict = form.get_by_role("button", name=f"1 gap would open: primary {THE_NIGHT}")
    save = form.get_by_role("button", name="Save")
    expect(verdict).to_be_in_viewport(ratio=1)
    expect(verdict).to_have_css("color", RED)
    expect(save).to_be_in_viewport(ratio=1)
    expect(save).not_to_have_css("background-color", BLUE)
    box = form.get_by_text("Who could take it:")
    expect(box).not_to_be_in_viewport()
    verdict.click()
    expect(box).to_be_in_viewport(ratio=1)
    expect(form.get_by_role("group", name="What this would do")).to_be_focused()
    form.get_by_label("Accept this gap").check()
    reason = form.get_by_label("Why it is accepted").bounding_box()
    end = verdict.bounding_box()
    assert reason
    assert end
    assert reason["y"] + reason["height"] <= end["y"], "the reason is written below the verdict"
    assert_fits_without_sideways_scroll(page)


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900)], ids=["720", "900"])
def test_the_panel_and_the_way_to_save_are_within_the_window(
    shore: Night, windows: Windows, size: tuple[int, int]
) -> None:
    page = schedule(shore, windows, member(shore, "eli"), size)
    form = take_ben_off(page)
    for _ in range(2):  # at the top of the page, and scrolled down
        expect(form.get_by_role("button", name="Save")).to_be_in_viewport(ratio=1)
        expect(form.get_by_role("button", name="1 gap would open")).to_be_in_viewport(ratio=1)
        page.mouse.wheel(0, 400)


def test_a_lead_accepts_the_whole_of_a_gap_that_nobody_s_change_has_opened(
    shore: Night, windows: Windows
) -> None:
    open_a_gap(shore)
    page = schedule(shore, windows, member(shore, "ana"))
    piece(page, NOBODY).click()
    expect(panel(page, "Gap")).to_contain_text("calls go straight to the next tier")
    expect(page.get_by_label("Accept this gap")).to_have_count(0)

    page = schedule(shore, windows, member(shore, "eli"))
    piece(page, NOBODY).click()
    gap = panel(page, "Gap")
    gap.get_by_label("Accept this gap").check()
    expect(gap).to_contain_text(f"All of it: Primary, {THE_NIGHT}.")
    yes = gap.get_by_role("button", name="Accept the gap")
    expect(yes).to_be_in_viewport(ratio=1)
    yes.click()
    reason = gap.get_by_label("Why it is accepted (kept, and shown to everybody)")
    expect(reason).to_be_focused()  # the browser asks for it
    reason.fill("the county line answers")
    yes.click()
    expect(page.get_by_text("Accepted. The gap stays on the schedule")).to_be_visible()
    expect(page.locator("button[data-kind=accepted]")).to_be_focused()
    assert_shows_an_accepted_gap(page, "the county line answers")
    page.locator("button[data-kind=accepted]").click()
    expect(gap).to_contain_text("Accepted by Eli Sample: the county line answers")
    expect(gap.get_by_label("Accept this gap")).to_have_count(0)


def test_what_is_left_of_a_gap_that_is_under_way_is_accepted(
    shore: Night, windows: Windows
) -> None:
    open_a_gap(shore, "ana", "2026-03-03T09:00:00-08:00", "2026-03-03T19:00:00-08:00")
    page = schedule(shore, windows, member(shore, "eli"))
    left = page.get_by_role("button", name=re.compile(f"^Gap: primary.* {DASH} 19:00,"))
    left.click()
    gap = panel(page, "Gap")
    gap.get_by_label("Accept this gap").check()
    expect(gap).to_contain_text("All of it: Primary, until Tue Mar 3 19:00.")
    gap.get_by_label("Why it is accepted").fill("the county line answers")
    gap.get_by_role("button", name="Accept the gap").click()
    expect(page.get_by_text("Accepted. The gap stays on the schedule")).to_be_visible()
    expect(page.locator("button[data-kind=accepted]").last).to_be_focused()
    expect(page.locator("button[data-kind=gap]")).to_have_count(0)
    expect(coverage(page)).to_contain_text("1 accepted gap in the next 90 days")


def test_one_click_puts_somebody_in_who_could_take_the_gap(shore: Night, windows: Windows) -> None:
    page = schedule(shore, windows, member(shore, "eli"))
    form = take_ben_off(page)
    form.get_by_role("button", name="Put Cho Sample in").click()
    expect(page.get_by_label("Who stands")).to_have_value("cho")
    expect(form).to_contain_text("Opens no gap.")
    would_be = piece(page, "primary, Cho Sample: Thu Mar 5 19:00")
    expect(would_be).to_have_accessible_name(
        re.compile("Not saved: Cho Sample instead of Ben Sample")
    )
    form.get_by_role("button", name="Save").click()
    saved = piece(page, CHOS_NIGHT)
    expect(saved).to_be_focused()
    assert overrides(shore) == [("replace", "cho")]

    saved.click()
    page.get_by_role("button", name="Back to the rotation…").click()
    back = panel(page, "Back to the rotation")
    expect(back).to_contain_text("Ben Sample instead of Cho Sample")
    back.get_by_role("button", name="Take it back").click()
    expect(piece(page, BENS_NIGHT)).to_be_focused()
    assert overrides(shore) == []


def test_a_member_who_would_leave_a_gap_is_kept_until_somebody_stands_in(
    shore: Night, windows: Windows
) -> None:
    """The second override is written at once; the gap is gone from the form that is still open."""
    page = schedule(shore, windows, member(shore, "eli"))
    page.get_by_role("button", name="Members").click()
    page.get_by_role("button", name="Change Ben Sample").click()
    form = panel(page, "Ben Sample")
    form.get_by_label("First day").fill("2026-03-06")
    form.get_by_label("Last day").fill("2026-03-06")
    would_be = piece(page, f"Gap: primary, Nobody: Fri Mar 6 19:00 {DASH} Sat Mar 7 00:00")
    expect(would_be).to_be_visible()
    form.get_by_role("button", name="Save: away").click()
    expect(form.get_by_role("alert")).to_contain_text("This would leave primary of North ACT")
    gaps = form.get_by_text("Who could take it:")
    for left in (2, 1):  # the night before reaches into that day, and its own night begins in it
        expect(gaps).to_have_count(left)
        form.get_by_role("button", name="Put Cho Sample in").first.click()
    expect(form).to_contain_text("Opens no gap.")
    assert overrides(shore) == [("add", "cho"), ("add", "cho")]
    form.get_by_role("button", name="Save: away").click()
    stands_in = piece(page, f"primary, Cho Sample: Fri Mar 6 19:00 {DASH} Sat Mar 7 00:00")
    expect(stands_in).to_be_visible()
    expect(coverage(page)).to_contain_text("Covered every minute")


def test_rotations_are_drawn_before_they_are_saved_and_outlast_the_page(
    shore: Night, windows: Windows
) -> None:
    page = schedule(shore, windows, member(shore, "eli"))
    page.get_by_role("button", name="Rotations…").click()
    form = panel(page, "Rotations")
    nights = form.get_by_role("group", name="Rotation days and nights")
    nights.get_by_role("button", name="Ben Sample, turn 2: remove").click()
    expect(piece(page, "primary, Ana Sample: from Tue Mar 3 07:00 on")).to_be_visible()
    page.get_by_role("link", name="Board").click()
    page.get_by_role("link", name="Schedule").click()
    page.get_by_role("button", name="Rotations…").click()
    expect(form).to_contain_text("These are your changes from before, not saved yet.")
    nights.get_by_label("Who takes the next turn").select_option("Cho Sample")
    nights.get_by_role("button", name="Add", exact=True).click()
    form.get_by_role("button", name="Save the rotations").click()
    expect(page.get_by_text("The rotations are saved.")).to_be_visible()
    expect(piece(page, CHOS_NIGHT)).to_be_visible()
    page.get_by_role("button", name="Journal").click()
    expect(panel(page, "Journal")).to_contain_text("Eli Sample: ")


def test_month_and_week_are_true_over_a_change_of_the_clocks(
    shore: Night, windows: Windows
) -> None:
    page = schedule(shore, windows, member(shore, "ana"), address="/teams/north/schedule")
    expect(page.get_by_role("heading", name="March 2026")).to_be_visible()
    expect(page.get_by_role("heading", name="Tue Mar 3 Today")).to_have_attribute(
        "aria-current", "date"
    )
    page.get_by_role("button", name="Week", exact=True).click()
    expect(page.get_by_role("heading", name=f"Mon Mar 2 {DASH} Sun Mar 8, 2026")).to_be_visible()
    saturday = page.get_by_role("heading", name="Sat Mar 7", exact=True)
    sunday = page.get_by_role("heading", name="Sun Mar 8 23 h", exact=True)
    assert width(sunday) / width(saturday) == pytest.approx(23 / 24, abs=0.01)

    page.get_by_role("button", name="Later: the week after").click()
    page.get_by_role("button", name="Earlier: the week before").click()
    page.reload()
    night = piece(page, f"primary, Ben Sample: Sat Mar 7 19:00 {DASH} Sun Mar 8 07:00")
    usual = piece(page, f"primary, Ben Sample: Fri Mar 6 19:00 {DASH} Sat Mar 7 07:00")
    assert width(night) / width(usual) == pytest.approx(11 / 12, abs=0.03)
    night.click()
    expect(panel(page, "Shift")).to_contain_text("(11 h)")


def width(locator: Locator) -> float:
    """How wide something is on the screen."""
    expect(locator).to_be_visible()
    box = locator.bounding_box()
    assert box is not None
    return box["width"]


def test_the_list_on_a_phone_is_as_complete_as_the_sheet_and_fits(
    shore: Night, windows: Windows
) -> None:
    open_a_gap(shore)
    eli = member(shore, "eli")
    sheet = schedule(shore, windows, eli)
    expect(piece(sheet, NOBODY)).to_be_visible()
    page = schedule(shore, windows, eli, PHONE)
    page.get_by_text("1 day before").click()
    assert labels(page) == labels(sheet)
    assert_fits_without_sideways_scroll(page)

    piece(page, NOBODY).first.click()
    expect(panel(page, "Gap")).to_be_visible()
    expect(page.get_by_role("heading", name="Gap", exact=True)).to_be_focused()
    assert_fits_without_sideways_scroll(page)
    page.get_by_role("button", name="Add somebody…").click()
    expect(panel(page, "Add somebody")).to_contain_text("Save")
    assert_fits_without_sideways_scroll(page)
    page.get_by_role("button", name="Close").click()
    expect(piece(page, NOBODY).first).to_be_focused()
    page.get_by_text("Change the rota").click()
    lists = ("Members", "Accepted gaps", "Calendars", "Journal")
    for tool in ("Rotations…", "Temporary schedule…", *lists):
        page.get_by_role("button", name=tool).click()
        expect(page.get_by_role("button", name="Close")).to_be_visible()
        assert_fits_without_sideways_scroll(page)
        page.get_by_role("button", name="Close").click()


def labels(page: Page) -> set[str]:
    """How everything on the schedule is read out."""
    expect(page.locator("button[data-tier]").first).to_be_visible()
    found = page.locator("button[data-tier]").evaluate_all(
        "all => all.map((one) => one.getAttribute('aria-label'))"
    )
    return set(found)


def test_the_keyboard_alone_leads_through_the_week_into_a_form_and_back(
    shore: Night, windows: Windows
) -> None:
    page = schedule(shore, windows, member(shore, "eli"))
    page.get_by_role("button", name="Journal").focus()
    page.keyboard.press("Tab")
    today = piece(page, "primary, Ana Sample: Tue Mar 3 07:00")
    expect(today).to_be_focused()
    page.keyboard.press("Tab")
    expect(piece(page, "backup, Dee Sample")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(piece(page, BENS_NIGHT)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(piece(page, "backup, Dee Sample")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    expect(piece(page, BENS_NIGHT)).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Shift", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Somebody else for it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Somebody else", exact=True)).to_be_focused()
    page.get_by_label("Who stands").focus()
    page.keyboard.type("Cho")
    expect(panel(page, "Somebody else")).to_contain_text("Opens no gap.")
    page.keyboard.press("Escape")
    expect(piece(page, BENS_NIGHT)).to_be_focused()
    assert overrides(shore) == []


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_lead_shares_the_team_s_calendar_and_takes_the_address_back(
    shore: Night, windows: Windows, size: tuple[int, int]
) -> None:
    shared = calendars(schedule(shore, windows, member(shore, "eli"), size))
    shared.get_by_role("button", name="Make an address").click()
    address = shared.get_by_label("The address, shown only now").input_value()
    assert "primary: Ana Sample" in httpx.get(address).text
    assert_fits_without_sideways_scroll(shared.page)
    shared.get_by_role("button", name=re.compile("Revoke the address: .* by eli")).click()
    shared.get_by_role("button", name="Revoke it for good").click()
    expect(shared.get_by_text("The address is revoked")).to_be_visible()
    expect(shared.get_by_role("heading", name="The team's shifts in a calendar")).to_be_focused()
    expect(shared.get_by_role("listitem")).to_have_count(0)
    assert httpx.get(address).status_code == 404


def test_a_lead_reads_public_holidays_from_a_calendar_file(shore: Night, windows: Windows) -> None:
    shared = calendars(schedule(shore, windows, member(shore, "eli")))
    expect(shared.get_by_text("None known this year.")).to_be_visible()
    file = shared.get_by_label("Calendar file of public holidays (.ics)")
    file.set_input_files({"name": "no.ics", "mimeType": "text/calendar", "buffer": b"no calendar"})
    shared.get_by_role("button", name="Read it").click()
    expect(shared.get_by_role("alert")).to_contain_text("not a calendar file")
    holidays = sample("holidays")
    file.set_input_files({"name": "h.ics", "mimeType": "text/calendar", "buffer": holidays})
    expect(shared.get_by_role("alert")).to_have_count(0)
    shared.get_by_role("button", name="Read it").click()
    expect(shared.get_by_text("3 public holidays added.")).to_be_visible()
    expect(shared.get_by_text("1 left out:")).to_be_visible()
    year = shared.get_by_role("list", name="This year:").get_by_role("listitem")
    expect(year).to_have_text(
        [
            "Tue Feb 10: County Founders' Day (from a file)",
            "Thu Dec 24: Winter closing, both days (from a file)",
            "Fri Dec 25: Winter closing, both days (from a file)",
        ]
    )


def calendars(page: Page) -> Locator:
    """What a lead opens for the team's calendars."""
    if page.viewport_size and page.viewport_size["width"] == PHONE[0]:
        page.get_by_text("Change the rota").click()
    page.get_by_role("button", name="Calendars").click()
    return panel(page, "Calendars")


def test_somebody_asks_for_cover_of_their_own_shift_and_changes_nobody_s(
    shore: Night, windows: Windows
) -> None:
    page = schedule(shore, windows, member(shore, "ben"))
    expect(page.get_by_role("button", name="Rotations…")).to_have_count(0)
    piece(page, "primary, Ana Sample: Thu Mar 5 07:00").click()
    expect(panel(page, "Shift")).to_contain_text("rotation days and nights")
    expect(panel(page, "Shift").get_by_role("button")).to_have_text(["Close"])
    piece(page, BENS_NIGHT).click()
    page.get_by_role("button", name="Ask for cover…").click()
    form = panel(page, "Ask for cover")
    expect(form).to_contain_text("Could take it: Cho Sample")
    form.get_by_role("button", name="Ask for cover").click()
    expect(page.get_by_text("Colleagues are asked.")).to_be_visible()
    asked = page.locator("[data-request]")
    expect(asked).to_contain_text("Ben Sample asks for cover: primary, Thu Mar 5 19:00")

    cho = schedule(shore, windows, member(shore, "cho"))
    cho.get_by_role("button", name="Take it", exact=True).click()
    expect(piece(cho, CHOS_NIGHT)).to_be_visible()
    page.reload()
    expect(piece(page, CHOS_NIGHT)).to_be_visible()
    expect(asked).to_have_count(0)
