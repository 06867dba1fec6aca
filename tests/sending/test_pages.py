"""One page: the text, and the phone when the text does not do."""

import pytest

from notifications.twilio import SendFailed
from tests.scenarios.ridge import PHONES
from tests.sending.post import Post


def test_an_answered_text_rings_no_phone(post: Post) -> None:
    ref = post.crisis_is_reported()
    assert post.pass_on() == [("sms", "cho")]
    post.reports(post.last("sms", "cho"), "delivered")
    assert post.after(30) == []
    assert "is yours" in (post.says("cho", "1") or "")
    assert post.after(120) == []
    assert post.crisis(ref).owner == "cho"
    assert post.tries(ref) == ["cho: text: delivered"]


def test_a_text_that_nobody_answers_rings_the_phone_a_minute_later(post: Post) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    post.reports(post.last("sms", "cho"), "delivered")
    assert post.after(59) == []
    assert post.after(2) == [("page", "cho")]
    said = post.picks_up("cho")
    assert "A crisis was reported for North ACT." in said
    assert said.endswith("<Hangup /></Response>")
    assert "It is yours" in post.presses("cho", "1")
    post.reports(post.last("page", "cho"), "completed")
    assert post.crisis(ref).owner == "cho"
    assert post.after(300) == []
    assert post.tries(ref) == ["cho: text: delivered", "cho: page by phone: accepted"]


def test_a_text_that_is_not_delivered_within_seconds_rings_the_phone(post: Post) -> None:
    post.crisis_is_reported()
    post.pass_on()
    assert post.after(19) == []
    assert post.after(1) == [("page", "cho")]


@pytest.mark.parametrize("code", [30003, 30005, 30006, 30008, None])
def test_a_text_that_fails_rings_the_phone_at_once(post: Post, code: int | None) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    post.reports(post.last("sms", "cho"), "undelivered", code)
    assert post.pass_on() == [("page", "cho")]
    reaching = post.crisis(ref).reaching
    assert reaching is not None
    assert reaching.staff == "cho", "the ladder waits for the phone"


def test_a_text_that_twilio_refuses_rings_the_phone_at_once(post: Post) -> None:
    post.paper.refuse = lambda one: (
        SendFailed("refused", 21610, 400) if one.way == "sms" and one.who == "cho" else None
    )
    post.crisis_is_reported()
    assert post.pass_on() == [("sms", "cho"), ("page", "cho")]
    post.tick()
    assert post.alarms_about("cho"), "the leads see that no text reaches Cho"


def test_who_has_texted_stop_is_rung_at_once_and_the_leads_learn_of_it(post: Post) -> None:
    assert post.says("cho", "STOP") is None
    post.tick()
    assert ("sms", "eli") in post.pass_on()
    post.crisis_is_reported()
    assert post.pass_on() == [("page", "cho")]
    post.says("cho", "START")
    post.after(200)
    post.crisis_is_reported()
    assert ("sms", "cho") in post.pass_on()


@pytest.mark.parametrize("end", ["completed", "busy", "no-answer", "failed"])
def test_voicemail_never_accepts_and_the_ladder_climbs_when_no_way_is_left(
    post: Post, end: str
) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    post.reports(post.last("sms", "cho"), "undelivered", 30003)
    post.pass_on()
    post.picks_up("cho")  # a machine
    assert "Response" in post.presses("cho", None)
    post.reports(post.last("page", "cho"), end)
    assert post.crisis(ref).owner is None
    assert post.pass_on() == [("sms", "dee")], "nobody waits for a phone that reaches nobody"


def test_a_phone_that_is_not_answered_after_a_delivered_text_leaves_the_text_its_time(
    post: Post,
) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    post.reports(post.last("sms", "cho"), "delivered")
    assert post.after(61) == [("page", "cho")]
    post.reports(post.last("page", "cho"), "no-answer")
    assert post.pass_on() == []
    assert post.says("cho", f"1 {ref}")
    assert post.crisis(ref).owner == "cho"


def test_passing_it_on_by_phone_asks_the_next(post: Post) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    post.after(20)
    post.picks_up("cho")
    assert "passed" in post.presses("cho", "2").lower()
    assert post.pass_on() == [("sms", "dee")]
    assert post.crisis(ref).owner is None


def test_a_key_that_comes_twice_does_nothing_twice(post: Post) -> None:
    post.crisis_is_reported()
    post.pass_on()
    post.after(20)
    assert post.presses("cho", "1") == post.presses("cho", "1")


def test_whoever_picks_up_after_a_colleague_took_it_hears_who_has_it(post: Post) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    post.after(20)
    post.after(101)
    post.says("dee", "1")
    assert post.crisis(ref).owner == "dee"
    assert "Dee Sample has taken it" in post.picks_up("cho")
    assert "Dee Sample has taken it" in post.presses("cho", "1")
    assert post.crisis(ref).owner == "dee"


def test_whoever_took_it_is_not_rung_any_more_nor_is_anybody_else(post: Post) -> None:
    post.crisis_is_reported()
    post.pass_on()
    post.reports(post.last("sms", "cho"), "delivered")
    post.after(119)
    post.asked()
    post.after(2)
    post.says("dee", "1")
    asked = post.after(200)
    assert ("page", "dee") not in asked
    assert [one for one in asked if one == ("sms", "cho")] == [("sms", "cho")], "told once"


def test_an_owner_whom_no_text_reaches_is_told_by_phone_that_the_caller_waits(post: Post) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    post.says("cho", "1")
    post.pass_on()
    assert post.crisis(ref).owner == "cho"
    post.reported_again(ref)
    assert post.pass_on() == [("sms", "cho")]
    post.reports(post.last("sms", "cho"), "undelivered", 30003)
    assert post.pass_on() == [("spoken", "cho")]
    assert "further contact" in post.last("spoken", "cho").body


def test_no_page_says_anything_but_team_reference_and_what_to_press(post: Post) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    post.after(20)
    said = post.picks_up("cho")
    assert PHONES["cho"] not in said
    assert " ".join(ref) in said.replace(",", "")


def test_a_page_of_a_newer_version_is_left_to_the_newer_node(post: Post) -> None:
    ref = post.crisis_is_reported()
    post.change_rows(ref, kind="hologram")
    assert post.pass_on() == []
    assert {row.state for row in post.outbox(ref)} == {"waiting"}
    post.change_rows(ref, kind="sms")
    assert ("sms", "cho") in post.pass_on()
