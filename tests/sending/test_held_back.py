"""Pages that wait, say others too, or fail late: none is lost, none comes without need."""

from datetime import timedelta

from notifications.paging import LONGEST_WAIT, PagingRule, write_rule
from notifications.tables import PagingRuleRow
from notifications.twilio import SendFailed
from tests.scenarios.ridge import ridge_agency, wall
from tests.sending.post import Asked, Post


def away(_: Asked) -> SendFailed:
    """Nothing answers."""
    return SendFailed("Twilio could not be reached")


def no_text_reaches_cho(post: Post) -> None:
    post.says("cho", "STOP")
    post.tick()
    post.pass_on()


# One page that says others too ──────────────────────────────────────────────────────────────────


def test_a_call_is_made_for_the_others_though_its_own_crisis_was_taken(post: Post) -> None:
    no_text_reaches_cho(post)
    post.crisis_is_reported()
    post.pass_on()
    waits, taken = post.crisis_is_reported(), post.crisis_is_reported()
    assert post.after(5) == [], "the phone rings for the first one"
    post.reports(post.last("page", "cho"), "no-answer")
    post.accepts(taken, "dee")
    assert ("page", "cho") in post.after(15)
    assert " ".join(waits) in post.picks_up("cho").replace(",", "")


def test_a_text_is_sent_for_the_others_though_its_own_crisis_was_taken(post: Post) -> None:
    post.paper.refuse = away
    waits, taken = post.crisis_is_reported(), post.crisis_is_reported()
    post.after(2)
    post.accepts(taken, "dee")
    post.paper.refuse = lambda _: None
    post.asked()
    assert ("sms", "cho") in post.after(15)
    assert waits in post.last("sms", "cho").body


def test_but_not_if_nobody_waits_for_any_of_them(post: Post) -> None:
    post.paper.refuse = away
    refs = [post.crisis_is_reported() for _ in range(3)]
    post.after(2)
    for ref in refs:
        post.accepts(ref, "dee")
    post.paper.refuse = lambda _: None
    post.pass_on()
    post.asked()
    assert post.after(60) == []


def test_what_is_out_of_date_takes_no_other_page_with_it(post: Post) -> None:
    fresh, stale = post.crisis_is_reported(), post.crisis_is_reported()
    post.change_rows(stale, expires_at=post.clock.at + timedelta(seconds=30))
    post.clock.at += timedelta(seconds=40)
    assert ("sms", "cho") in post.pass_on()
    assert fresh in post.last("sms", "cho").body
    assert "cho: text: could not be sent in time" in post.tries(stale)


def test_every_crisis_climbs_at_once_whose_one_call_reaches_nobody(post: Post) -> None:
    no_text_reaches_cho(post)
    refs = [post.crisis_is_reported() for _ in range(3)]
    assert post.pass_on() == [("page", "cho")]
    post.reports(post.last("page", "cho"), "no-answer")
    reaching = [post.crisis(ref).reaching for ref in refs]
    assert [one.staff for one in reaching if one] == ["dee"] * 3


def test_a_key_is_about_the_crisis_that_was_named_though_it_was_taken_meanwhile(
    post: Post,
) -> None:
    named, other = post.crisis_is_reported(), post.crisis_is_reported()
    post.pass_on()
    post.after(20)
    assert f"ref={named}" in post.picks_up("cho")
    post.accepts(named, "dee")
    assert "Dee Sample has taken it" in post.presses("cho", "1", named)
    assert post.crisis(other).owner is None, "Cho has heard nothing of it"


# The phone that a text needs ────────────────────────────────────────────────────────────────────


def test_nobody_else_is_paged_while_the_phone_rings_for_a_text_that_fails_late(post: Post) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    assert post.after(21) == [("page", "cho")]
    post.reports(post.last("sms", "cho"), "undelivered", 30003)
    assert post.pass_on() == [], "Cho's phone rings"
    post.reports(post.last("page", "cho"), "no-answer")
    assert post.pass_on() == [("sms", "dee")]
    assert "cho: phone was rung in vain" in post.happened(ref)


def test_an_old_text_that_fails_late_does_not_pass_over_who_was_just_asked_again(
    post: Post,
) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    old = post.last("sms", "cho")
    post.after(22)
    post.reports(post.last("page", "cho"), "no-answer")
    for who in ("cho", "dee"):
        post.says(who, f"2 {ref}")
        post.pass_on()
    post.after(62)
    reaching = post.crisis(ref).reaching
    assert reaching is not None
    assert reaching.staff == "cho"
    post.asked()
    post.reports(old, "undelivered", 30008)
    assert ("sms", "dee") not in post.pass_on()


def test_a_phone_is_not_rung_twice_while_the_first_call_is_on_its_way_to_twilio(
    post: Post,
) -> None:
    no_text_reaches_cho(post)
    post.crisis_is_reported()
    [row] = post.a.claim(8)
    sent = post.a.send(row)
    assert post.asked() == [("page", "cho")]
    post.crisis_is_reported()
    assert post.pass_on(post.b) == []
    post.a.settle(row, sent)


def test_who_wants_to_be_rung_at_once_is_not_kept_waiting_by_the_text(post: Post) -> None:
    with post.work() as work:
        rule = write_rule(PagingRule(timedelta()))
        work.session.add(PagingRuleRow(staff_id="cho", rule=rule))
    post.crisis_is_reported()
    [text] = post.a.claim(1)
    post.a.settle(text, post.a.send(text))
    assert post.pass_on() == [("sms", "cho"), ("page", "cho")]


def test_who_wants_to_be_rung_ten_minutes_later_is_rung_then(database_url: str) -> None:
    post = Post(database_url, ridge_agency("page_seconds: 120", "page_seconds: 1500"))
    post.clock.at = wall("2026-11-26 22:30")
    with post.work() as work:
        rule = write_rule(PagingRule(LONGEST_WAIT))
        work.session.add(PagingRuleRow(staff_id="cho", rule=rule))
    post.crisis_is_reported()
    post.pass_on()
    post.reports(post.last("sms", "cho"), "delivered")
    post.asked()
    post.clock.at += LONGEST_WAIT - timedelta(seconds=1)
    assert post.pass_on() == []
    assert post.after(2) == [("page", "cho")]
    post.close()


# What is settled while Twilio is asked ──────────────────────────────────────────────────────────


def test_a_page_that_failed_is_not_tried_again_once_a_colleague_has_it(post: Post) -> None:
    ref = post.crisis_is_reported()
    [row] = post.a.claim(8)
    post.paper.refuse = away
    result = post.a.send(row)  # five seconds without an answer
    post.accepts(ref, "dee")
    post.a.settle(row, result)
    post.paper.refuse = lambda _: None
    post.pass_on()
    post.asked()
    assert ("sms", "cho") not in post.after(60)


def test_a_page_leaves_though_nobody_can_say_whether_it_is_wanted(post: Post) -> None:
    def broken(_: object) -> bool:
        raise OSError("the database is away")

    post.paper.refuse = away
    post.crisis_is_reported()
    post.pass_on()
    post.paper.refuse = lambda _: None
    post.clock.at += timedelta(seconds=2)
    post.asked()
    in_doubt = post.sending("d", wanted=broken)
    assert ("sms", "cho") in post.pass_on(in_doubt)


def test_a_call_that_twilio_never_takes_is_given_up_as_soon_as_a_text(post: Post) -> None:
    no_text_reaches_cho(post)
    post.paper.refuse = lambda one: away(one) if one.who == "cho" else None
    ref = post.crisis_is_reported()
    with post.work() as work:
        crisis_due = post.crisis(ref).due_at
        assert crisis_due is not None
        assert work.now < crisis_due
    post.change_rows(ref, expires_at=post.clock.at + timedelta(seconds=320))
    assert ("sms", "dee") in post.after(60), "before its time of 120 s is over"


# Hand-offs ──────────────────────────────────────────────────────────────────────────────────────


def test_the_owner_learns_at_once_that_a_colleague_cannot_be_reached(post: Post) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    post.accepts(ref, "cho")
    post.hand_off_is_asked(ref, "gus")
    post.pass_on()
    post.reports(post.last("sms", "gus"), "undelivered", 30003)
    assert ("page", "gus") in post.pass_on()
    assert post.crisis(ref).handing_to == "gus"
    post.reports(post.last("page", "gus"), "no-answer")
    assert post.crisis(ref).handing_to is None
    assert post.pass_on() == [("sms", "cho")]
    assert "It is still yours" in post.last("sms", "cho").body
