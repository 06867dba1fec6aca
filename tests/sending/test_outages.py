"""Twilio's API is away: pages are tried again, and afterwards nobody is paged twenty times."""

from notifications.retry import Failure
from notifications.twilio import SendFailed
from tests.sending.post import Asked, Post


def away(_: Asked) -> SendFailed:
    """Nothing answers."""
    return SendFailed("Twilio could not be reached")


def test_a_page_that_could_not_be_sent_is_tried_again_and_again(post: Post) -> None:
    post.paper.refuse = away
    ref = post.crisis_is_reported()
    post.after(10)
    post.asked()
    post.paper.refuse = lambda _: None
    assert post.after(20)[0] == ("sms", "cho")
    assert "cho: text: could not be sent, tried again" in post.tries(ref)
    assert Failure.TRANSIENT in post.answers
    assert post.answers[-1] is None


def test_after_an_outage_one_person_gets_one_text_and_one_call_for_twenty_crises(
    post: Post,
) -> None:
    post.clock.at = post.clock.at.replace(second=0)
    refs = [post.crisis_is_reported() for _ in range(20)]
    post.clock.at = post.clock.at.replace(second=40)  # nobody could send meanwhile
    post.asked()
    asked = post.pass_on()
    assert asked.count(("sms", "cho")) == 1
    assert asked.count(("page", "cho")) <= 1
    text = post.last("sms", "cho").body
    assert text.startswith("Vigil: 20 crises wait for you: ")
    assert len(text) <= 160
    merged = [row for ref in refs for row in post.outbox(ref) if row.state == "merged"]
    assert len(merged) >= 19
    asked = post.after(60)
    assert asked.count(("page", "cho")) <= 1, "one call says all that wait"


def test_nor_twenty_texts_where_each_was_tried_in_vain_a_moment_ago(post: Post) -> None:
    """A try that fails sets a new time for the next one: none of them is late by it."""
    post.paper.refuse = away
    for _ in range(20):
        post.crisis_is_reported()
    post.after(10)
    post.asked()
    post.paper.refuse = lambda _: None
    assert post.after(30).count(("sms", "cho")) == 1
    assert post.last("sms", "cho").body.startswith("Vigil: 20 crises wait for you: ")


def test_the_one_text_says_what_an_earlier_one_would_have_said(post: Post) -> None:
    """While the outage lasts more crises come, and one page after the other takes the rest in."""
    post.paper.refuse = away
    refs = []
    for _ in range(3):
        refs.extend(post.crisis_is_reported() for _ in range(2))
        post.after(3)
    post.paper.refuse = lambda _: None
    post.asked()
    assert post.after(30).count(("sms", "cho")) == 1
    assert all(ref in post.last("sms", "cho").body for ref in refs)


def test_one_call_says_how_many_wait_and_1_takes_the_oldest(post: Post) -> None:
    first = post.crisis_is_reported()
    others = [post.crisis_is_reported() for _ in range(3)]
    post.pass_on()
    assert post.after(20) == [("page", "cho")]
    assert "3 more crises wait for you" in post.picks_up("cho")
    post.presses("cho", "1")
    assert post.crisis(first).owner == "cho"
    assert {post.crisis(ref).owner for ref in others} == {None}


def test_a_phone_that_rings_for_a_page_is_not_rung_for_another_at_the_same_time(
    post: Post,
) -> None:
    post.crisis_is_reported()
    post.pass_on()
    assert post.after(15) == []
    post.crisis_is_reported()
    assert post.after(6) == [("sms", "cho"), ("page", "cho")]
    assert post.after(18) == [], "it may still ring"
    post.reports(post.last("page", "cho"), "no-answer")
    assert ("page", "cho") in post.after(25)


def test_the_same_crisis_reminds_nobody_within_a_minute_but_a_first_page_never_waits(
    post: Post,
) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    for who in ("cho", "dee"):  # whoever passes it on is asked again in the next round
        post.says(who, f"2 {ref}")
        post.pass_on()
    other = post.crisis_is_reported()
    assert ("sms", "cho") in post.pass_on(), "another crisis: a first page"
    post.says("cho", f"1 {other}")
    assert ("sms", "cho") not in post.after(55)
    assert ("sms", "cho") in post.after(30)


def test_pages_that_nobody_needs_any_more_are_not_sent_after_the_outage(post: Post) -> None:
    post.paper.refuse = away
    ref = post.crisis_is_reported()
    post.after(5)
    post.says("cho", f"1 {ref}")
    post.paper.refuse = lambda _: None
    post.asked()
    assert post.after(60) == []


def test_a_wrong_account_is_an_alarm_on_the_crisis_and_the_phone_is_tried(post: Post) -> None:
    post.paper.refuse = lambda one: SendFailed("no", 20003, 401) if one.way == "sms" else None
    ref = post.crisis_is_reported()
    assert ("page", "cho") in post.pass_on()
    assert "Twilio refuses" in (post.crisis(ref).alarm or "")
    assert Failure.CONFIGURATION in post.answers
