"""The staff's phones: opting out, failing, coming back, codes that verify them, test pages."""

import re
from datetime import timedelta

import pytest

from dispatch.commands import phones
from dispatch.commands.guarantee import coverage_kept
from dispatch.commands.people import change_staff
from dispatch.commands.phones import CodeRefused, How
from notifications.outbox import Kind
from oncall.model import Person
from oncall.tables import PhoneRow, TeamRow
from tests.scenarios.ridge import PHONES, Ridge, wall


def known(ridge: Ridge, staff: str) -> Person:
    """Somebody as the rota sees them."""
    with ridge.work.reading() as work:
        return work.directory.staff[staff].person


def row(ridge: Ridge, staff: str) -> PhoneRow:
    """What is kept of somebody's phone."""
    with ridge.work.reading() as work:
        return work.session.get_one(PhoneRow, staff)


# Which ways are open ────────────────────────────────────────────────────────────────────────────


def test_stop_closes_texts_and_start_opens_them_both_in_silence(ridge: Ridge) -> None:
    assert ridge.says("ben", "STOP") is None
    assert (known(ridge, "ben").sms, known(ridge, "ben").voice) == (False, True)
    assert row(ridge, "ben").trouble == "they replied STOP: texts reach them no more"
    assert ridge.says("ben", "START") is None
    assert known(ridge, "ben").sms
    assert row(ridge, "ben").trouble == ""


def test_the_late_report_of_an_earlier_text_does_not_undo_a_stop(ridge: Ridge) -> None:
    ridge.until("2026-11-26 17:00")  # the day before Ben's night he is texted
    ridge.clock.at += timedelta(seconds=20)
    ridge.says("ben", "STOP")
    ridge.report("ben", "delivered")
    assert not known(ridge, "ben").sms


@pytest.mark.parametrize(
    ("code", "sms", "voice"),
    [
        (21610, False, True),  # opted out, which Twilio knew before us
        (21614, False, True),  # no mobile phone
        (21211, False, False),  # no such number
        (21214, False, False),
        (21217, False, False),
        (20429, True, True),  # too many requests of ours
        (21606, True, True),  # a line that is not ours
        (99999, True, True),  # nobody knows this one
    ],
)
def test_what_twilio_refuses_for_good_closes_that_way(
    ridge: Ridge, code: int, sms: bool, voice: bool
) -> None:
    ridge.fails("ben", code)
    assert (known(ridge, "ben").sms, known(ridge, "ben").voice) == (sms, voice)


@pytest.mark.parametrize(
    ("code", "sms"), [(30005, False), (30006, False), (30003, True), (30008, True), (None, True)]
)
def test_so_does_what_is_reported_later(ridge: Ridge, code: int | None, sms: bool) -> None:
    ridge.until("2026-11-26 17:00")
    ridge.report("ben", "undelivered", code)
    assert known(ridge, "ben").sms is sms


def test_a_text_that_is_delivered_after_all_opens_it_again(ridge: Ridge) -> None:
    """A notice was on its way when another text was refused."""
    ridge.until("2026-11-26 17:00")
    ridge.fails("ben", 21211)
    assert not known(ridge, "ben").reachable
    ridge.report("ben", "delivered")
    assert (known(ridge, "ben").sms, known(ridge, "ben").voice) == (True, True)


def test_whoever_texts_stop_from_a_number_that_was_taken_for_dead_can_be_rung(ridge: Ridge) -> None:
    ridge.until("2026-11-26 17:00")
    ridge.fails("ben", 21211)
    ridge.says("ben", "STOP")
    ridge.report("ben", "delivered")
    assert (known(ridge, "ben").sms, known(ridge, "ben").voice) == (False, True)


def test_what_becomes_of_a_number_of_before_says_nothing_of_the_new_one(ridge: Ridge) -> None:
    ridge.until("2026-11-26 17:00")
    ridge.edit(lambda work, by: change_staff(work, "ben", by, phone="+15035550158"))
    ridge.report("ben", "undelivered", 30005)
    assert known(ridge, "ben").sms


def test_another_number_begins_unverified_and_open(ridge: Ridge) -> None:
    ridge.says("ben", "STOP")
    ridge.edit(lambda work, by: change_staff(work, "ben", by, phone="+15035550158"))
    assert known(ridge, "ben") == Person(verified=False, discipline="nurse")
    with ridge.work() as work:
        phones.mark_verified(work, ["ben"], "test")
    assert known(ridge, "ben") == Person(discipline="nurse")
    assert row(ridge, "ben").phone == "+15035550158"


def test_it_is_written_into_the_journal(ridge: Ridge) -> None:
    ridge.fails("ben", 21614)
    assert ridge.journal("phone")[-1] == (
        "phone of Ben Sample: it takes no texts (Twilio: code 21614)"
    )
    assert PHONES["ben"] not in str(ridge.journal("phone"))


def test_a_failure_changes_no_rota_version_twice(ridge: Ridge) -> None:
    """Ten texts that fail alike are one change for every node."""
    ridge.fails("ben", 21610)
    version = ridge.version()
    ridge.fails("ben", 21610)
    ridge.says("ben", "STOP")
    assert ridge.version() == version


# Codes ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def unverified(ridge: Ridge) -> Ridge:
    """The ridge where Ben has a new phone."""
    ridge.edit(lambda work, by: change_staff(work, "ben", by, phone=PHONES["ben"][:-1] + "9"))
    return ridge


def send(ridge: Ridge, how: How = How.SMS) -> str:
    """Have a code sent to Ben, and read it where it leaves."""
    with ridge.work() as work:
        phones.send_code(work, "ben", how)
    [body] = [
        row.body or "" for row in ridge.rows() if row.state == "waiting" and row.staff_id == "ben"
    ]
    found = re.search(r"(?:\d(?:, )?){6}", body)
    assert found is not None, body
    ridge.texted()
    return re.sub(r"\D", "", found[0])


def other(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def check(ridge: Ridge, code: str) -> str:
    """Type a code in; the answer."""
    with ridge.work() as work:
        return phones.check_code(work, "ben", code, "web").words


RIGHT = "Vigil: thank you. This phone is verified."
NONE = "Vigil: no code is waiting for this phone. Ask for a new one on the web."


def test_the_right_code_verifies_and_only_once(unverified: Ridge) -> None:
    code = send(unverified)
    assert not known(unverified, "ben").verified
    assert check(unverified, f" {code[:3]} {code[3:]} ") == RIGHT
    assert known(unverified, "ben").verified
    assert row(unverified, "ben").verified_how == "web"
    assert check(unverified, code) == NONE


def test_only_the_hash_of_a_code_is_kept(unverified: Ridge) -> None:
    code = send(unverified)
    kept = row(unverified, "ben").code_hash or ""
    assert len(kept) == 64
    assert code not in kept


def test_a_code_said_by_a_call_is_said_twice_digit_by_digit(unverified: Ridge) -> None:
    with unverified.work() as work:
        phones.send_code(work, "ben", How.CALL)
    [call] = [row for row in unverified.rows() if row.kind == Kind.CALL]
    said = re.findall(r"\d, \d, \d, \d, \d, \d", call.body or "")
    assert len(said) == 2
    assert said[0] == said[1]
    assert check(unverified, said[0]) == RIGHT


def test_a_wrong_code_leaves_five_tries(unverified: Ridge) -> None:
    code = send(unverified)
    answers = [check(unverified, other(code)) for _ in range(5)]
    assert [re.findall(r"You have (.*) left", answer) for answer in answers] == [
        ["4 tries"],
        ["3 tries"],
        ["2 tries"],
        ["1 try"],
        [],
    ]
    assert "no longer counts" in answers[-1]
    assert check(unverified, code) == NONE
    assert not known(unverified, "ben").verified


@pytest.mark.parametrize(("minutes", "answer"), [(9.9, RIGHT), (10, NONE)])
def test_a_code_counts_for_ten_minutes(unverified: Ridge, minutes: float, answer: str) -> None:
    code = send(unverified)
    unverified.clock.at += timedelta(minutes=minutes)
    assert check(unverified, code) == answer


def test_a_newer_code_takes_the_place_of_the_older(unverified: Ridge) -> None:
    first = send(unverified)
    unverified.clock.at += timedelta(minutes=1)
    second = send(unverified)
    if first != second:
        assert "not the code" in check(unverified, first)
    assert check(unverified, second) == RIGHT


def test_a_code_of_the_phone_of_before_counts_no_more(unverified: Ridge) -> None:
    code = send(unverified)
    unverified.edit(lambda work, by: change_staff(work, "ben", by, phone="+15035550158"))
    assert check(unverified, code) == NONE


def test_a_phone_is_not_flooded_with_codes(unverified: Ridge) -> None:
    send(unverified)
    with unverified.work() as work, pytest.raises(CodeRefused, match="less than a minute ago"):
        phones.send_code(work, "ben", How.CALL)
    for _ in range(4):
        unverified.clock.at += timedelta(minutes=1)
        send(unverified)
    unverified.clock.at += timedelta(minutes=1)
    with unverified.work() as work, pytest.raises(CodeRefused, match="5 codes went out"):
        phones.send_code(work, "ben", How.SMS)
    unverified.clock.at += timedelta(hours=1)
    send(unverified)


def test_who_is_in_no_team_has_no_line_to_be_reached_from(ridge: Ridge) -> None:
    with ridge.work() as work, pytest.raises(CodeRefused, match="add them to a team first"):
        phones.send_code(work, "fay", How.SMS)


def test_a_code_texted_back_opens_texts_again(ridge: Ridge) -> None:
    """A phone that was thought dead has answered."""
    ridge.fails("ben", 21211)
    code = send(ridge)
    assert ridge.says("ben", code) == RIGHT
    assert known(ridge, "ben").reachable
    assert known(ridge, "ben").sms
    assert row(ridge, "ben").verified_how == "sms"


def test_a_code_typed_in_opens_no_way_that_was_refused(ridge: Ridge) -> None:
    """Ben opted out of texts and was told the code by a call."""
    ridge.says("ben", "STOP")
    assert check(ridge, send(ridge, How.CALL)) == RIGHT
    assert (known(ridge, "ben").sms, known(ridge, "ben").voice) == (False, True)


def test_who_has_not_shown_their_phone_to_be_theirs_makes_a_rota_thin(unverified: Ridge) -> None:
    unverified.tick()
    assert {one.kind for one in unverified.findings()} == {"unverified"}
    check(unverified, send(unverified))
    unverified.tick()
    assert unverified.findings() == []


# Test pages ─────────────────────────────────────────────────────────────────────────────────────

PAGE = "Vigil test page: reply OK"


def quiet(ridge: Ridge) -> None:
    """Nobody is told of shifts, so that a test page is all that is texted."""
    with ridge.work() as work, coverage_kept(work, who="Eli Sample"):
        team = work.session.get_one(TeamRow, "north")
        team.rules = {"handoff_notices": False}
        work.session.add(team)
    ridge.now()


def test_a_phone_is_tested_once_a_month_by_day(ridge: Ridge) -> None:
    quiet(ridge)
    assert ridge.leap("2026-12-26 17:00") == {}, "30 days are over, the day is too"
    assert ridge.leap("2026-12-27 09:59") == {}
    texts = ridge.leap("2026-12-27 10:00")
    assert texts == {staff: [PAGE] for staff in ("ana", "ben", "cho", "dee", "eli", "gus")}
    assert ridge.leap("2026-12-27 12:00") == {}
    assert ridge.says("ben", "OK") == "Vigil: thank you, your phone works."
    assert ridge.says("ben", "OK") == "Vigil: nothing is open for you right now."
    assert "ben" not in ridge.leap("2027-01-26 11:59")
    assert ridge.leap("2027-01-26 12:00")["ben"] == [PAGE]


def test_whoever_texted_something_else_needs_no_test(ridge: Ridge) -> None:
    quiet(ridge)
    ridge.leap("2026-12-20 03:00")
    ridge.says("ben", "1")
    ridge.says("cho", "what?")
    texts = ridge.leap("2026-12-27 10:00")
    assert "ben" not in texts
    assert texts["cho"] == [PAGE], "that text was not understood"
    assert "ben" not in ridge.leap("2027-01-18 12:00")
    assert ridge.leap("2027-01-19 12:00")["ben"] == [PAGE]


def test_a_test_page_that_nobody_answers_for_three_days_takes_the_phone_back(ridge: Ridge) -> None:
    quiet(ridge)
    ridge.leap("2026-12-27 10:00")
    for staff in PHONES:
        if staff != "ben":
            ridge.says(staff, "OK")
    assert ridge.leap("2026-12-30 09:59") == {}
    assert known(ridge, "ben").verified
    texts = ridge.leap("2026-12-30 10:00")
    assert texts["eli"][0] == (
        "Vigil: Ben Sample has not answered the test page for 3 days. "
        "Their phone counts as not verified until they do."
    )
    assert not known(ridge, "ben").verified
    ridge.clock.at += timedelta(minutes=1)
    assert "Ben Sample's phone is not verified yet" in ridge.now().get("eli", texts["eli"])[-1]
    assert ridge.says("ben", "ok") == "Vigil: thank you, your phone works."
    assert known(ridge, "ben").verified
    assert ridge.leap("2027-01-10 12:00") == {}


def test_whom_no_text_reaches_is_not_tested_and_counts_as_not_verified_after_a_month(
    ridge: Ridge,
) -> None:
    quiet(ridge)
    ridge.says("ben", "STOP")
    ridge.now()
    ridge.leap("2026-12-26 15:59")
    assert known(ridge, "ben").verified
    texts = ridge.leap("2026-12-27 10:00")
    assert "ben" not in texts
    assert "fay" not in texts, "she is in no team, and stands nowhere"
    assert about_ben(texts) == [
        "Vigil: no test page reaches Ben Sample, whose phone takes only calls. It counts as not "
        "verified until they have a code said to them (My shifts)."
    ]
    assert not known(ridge, "ben").verified
    with ridge.work() as work:
        phones.mark_verified(work, ["ben"], "call")
    assert known(ridge, "ben").verified
    assert about_ben(ridge.leap("2026-12-28 10:00")) == []


def about_ben(texts: dict[str, list[str]]) -> list[str]:
    """What the lead is told of Ben's phone."""
    return [body for body in texts.get("eli", []) if "test page" in body and "Ben" in body]


def test_a_test_page_and_a_notice_are_answered_by_one_ok(ridge: Ridge) -> None:
    ridge.leap("2026-12-26 17:00")
    ridge.leap("2026-12-27 12:00")
    assert ridge.handoff("ben").confirmed_at is None
    answer = ridge.says("ben", "OK")
    assert answer is not None
    assert answer.startswith("Vigil: thank you. You are on call for North ACT (primary)")
    assert not phones.awaits_answer(row(ridge, "ben"))
    assert wall("2026-12-27 12:00") == row(ridge, "ben").test_answered_at


def test_a_phone_that_was_never_verified_is_not_tested(ridge: Ridge) -> None:
    quiet(ridge)
    ridge.edit(lambda work, by: change_staff(work, "gus", by, phone="+15035550158"))
    assert "gus" not in ridge.leap("2026-12-27 10:00")
