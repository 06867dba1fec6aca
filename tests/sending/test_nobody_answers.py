"""All rungs unanswered: the alarm, those who answer for the team, and the next round."""

from tests.scenarios.ridge import PHONES
from tests.sending.post import Post


def test_lead_and_administrator_are_paged_and_may_take_it(post: Post) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    asked = post.after(241)
    assert ("sms", "eli") in asked
    assert ("sms", "fay") in asked
    assert "NOBODY on call has taken it" in post.last("sms", "eli").body
    assert post.crisis(ref).alarm == "Nobody on the ladder has taken it"
    assert ("sms", "cho") in asked, "and the ladder starts again"
    assert post.says("fay", "1")
    assert post.crisis(ref).owner == "fay"
    assert post.crisis(ref).alarm is None


def test_whoever_answers_for_the_team_is_rung_as_well(post: Post) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    asked = post.after(241 + 62)
    assert ("page", "eli") in asked
    post.picks_up("eli")
    post.presses("eli", "1")
    assert post.crisis(ref).owner == "eli"


def test_a_rung_whose_phone_takes_nothing_is_passed_at_once(post: Post) -> None:
    post.fails("cho", 21211)
    ref = post.crisis_is_reported()
    assert post.pass_on()[-1] == ("sms", "dee")
    assert post.happened(ref) == ["dee: is being paged (backup)"]


def test_an_empty_ladder_alarms_the_leads_and_is_looked_at_again(post: Post) -> None:
    for phone in ("cho", "dee"):
        post.fails(phone, 21211)
    ref = post.crisis_is_reported()
    assert ("sms", "eli") in post.pass_on()
    due_at = post.crisis(ref).due_at
    assert due_at is not None
    assert due_at > post.clock.at


def test_nobody_is_left_out_of_the_promise_that_a_crisis_has_an_owner_or_a_deadline(
    post: Post,
) -> None:
    for phone in PHONES:
        post.fails(phone, 21211)
    post.tick()
    ref = post.crisis_is_reported()
    post.after(180)
    crisis = post.crisis(ref)
    assert crisis.owner is None
    assert crisis.due_at is not None
    assert crisis.alarm is not None
