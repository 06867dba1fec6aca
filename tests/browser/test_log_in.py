"""The way in and out, with the keyboard alone, and in all tabs at once."""

from playwright.sync_api import expect

from dispatch.access import Role
from tests.browser.window import Windows, connection, enter
from tests.live.watcher import PASSWORD, add_user
from tests.scenarios.night import Night


def test_the_keyboard_alone_leads_in_and_out_again(night: Night, windows: Windows) -> None:
    ben = add_user(night, "Ben Sample", Role.CLINICIAN, staff="ben")
    page = windows.open(night.base_url)
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type(ben)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Open crises")).to_be_focused()
    expect(connection(page)).to_have_text("live")
    expect(page.get_by_text("No open crisis.")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Log out")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.goto(night.base_url)
    expect(page.get_by_label("E-mail")).to_be_visible()


def test_a_wrong_password_is_answered_with_a_sentence(night: Night, windows: Windows) -> None:
    page = windows.open(night.base_url)
    page.get_by_label("E-mail").fill(add_user(night, "Ben", Role.CLINICIAN, staff="ben"))
    page.get_by_label("Password").fill("not this one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("E-mail or password is wrong.")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)  # it is selected: typing replaces it
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Open crises")).to_be_visible()


def test_logging_out_in_one_tab_closes_the_others_and_keeps_a_half_written_note(
    night: Night, windows: Windows
) -> None:
    """The note is its writer's alone: whoever logs in next at the same desk does not see it."""
    ana = add_user(night, "Ana Sample", Role.CLINICIAN, staff="ana")
    ben = add_user(night, "Ben Sample", Role.CLINICIAN, staff="ben")
    night.ana.answers(talk_for=40)
    night.call()
    ref = night.until_state("accepted").ref
    writing = windows.board(night, ana)
    note = writing.get_by_label("Note", exact=True)
    writing.get_by_role("link", name=f"Open {ref}").click()
    note.fill("Called back, no ans")

    other = writing.context.new_page()
    other.goto(night.base_url)
    other.get_by_role("button", name="Log out").click()
    expect(writing.get_by_label("E-mail")).to_be_visible()
    expect(writing).to_have_url(f"{night.base_url}/login")
    expect(writing.get_by_text("Called back")).to_have_count(0)

    for email, kept in ((ben, ""), (ana, "Called back, no ans")):
        enter(writing, email)
        writing.get_by_role("link", name=f"Open {ref}").click()
        expect(note).to_have_value(kept)
        writing.get_by_role("button", name="Log out").click()
