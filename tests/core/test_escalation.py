"""The policy, case by case: who is rung, who is paged, who owns it, what the caller hears."""

import pytest

from dispatch.crisis import Channel, Disposition, State
from dispatch.escalation import Decision, decide
from dispatch.events import (
    Accepted,
    Closed,
    Declined,
    DropLeg,
    DueReached,
    EndCall,
    Farewell,
    HandOffAsked,
    LegEnded,
    LegOutcome,
    Page,
    PageKind,
    Preface,
    Refused,
    ReportedAgain,
    Ring,
    RingLastResort,
    TeamAsked,
    TeamChosen,
    Tell,
    TellKind,
)
from dispatch.pursuit import (
    ALARM_LOST,
    ALARM_LOST_TOO,
    ALARM_NOBODY,
    LADDER_LOOPS,
    ROUND_PAUSE,
)
from tests.core.build import Story, only

UNANSWERED = [
    LegOutcome.COMPLETED,
    LegOutcome.BUSY,
    LegOutcome.NO_ANSWER,
    LegOutcome.FAILED,
    LegOutcome.CANCELED,
    LegOutcome.UNKNOWN,
]


@pytest.fixture
def story() -> Story:
    """Ana is primary, Ben backup, Cleo supervisor."""
    return Story("ana", "ben", "cleo")


# Ringing up the ladder ──────────────────────────────────────────────────────────────────────────


def test_the_primary_is_rung_and_paged_at_once(story: Story) -> None:
    story.calls()
    assert story.voice == Ring("ana", "primary", 20, 1, Preface.GREETING)
    assert story.pages == [("ana", PageKind.CALL_RINGING)]
    assert story.crisis.state is State.RINGING


@pytest.mark.parametrize("outcome", UNANSWERED)
def test_a_primary_who_is_not_reached_is_followed_by_the_backup(
    story: Story, outcome: LegOutcome
) -> None:
    story.calls()
    story.leg_ends(outcome)
    assert story.rung == "ben"
    assert story.pages == [("ben", PageKind.CALL_RINGING)]


def test_a_rung_with_nobody_on_it_is_passed_at_once() -> None:
    story = Story(None, "ben", None, "dev")
    story.calls()
    assert story.rung == "ben"
    story.leg_ends()
    assert story.rung == "dev"


def test_somebody_on_two_tiers_is_rung_once_a_round() -> None:
    story = Story("ana", "ana", "cleo")
    story.calls()
    story.leg_ends()
    assert story.rung == "cleo"


def test_a_ladder_with_nobody_on_it_passes_the_caller_outside_at_once() -> None:
    story = Story(None, None)
    story.calls()
    assert story.rung == 0
    assert story.crisis.alarm == ALARM_NOBODY
    assert story.crisis.due_at is not None


def test_a_handoff_between_two_rungs_counts_from_the_next_rung_on(story: Story) -> None:
    story.calls()
    story.ladder = Story("dev", "cleo").ladder
    story.leg_ends()
    assert story.rung == "cleo"


# Pressing 1 and 2 ───────────────────────────────────────────────────────────────────────────────


def test_pressing_1_makes_the_owner_and_there_is_nothing_more_to_wait_for(story: Story) -> None:
    story.calls()
    story.presses_1("ana")
    assert (story.crisis.owner, story.crisis.state) == ("ana", State.TALKING)
    assert story.crisis.due_at is None


def test_the_others_who_were_paged_hear_that_it_is_taken(story: Story) -> None:
    story.calls()
    story.leg_ends()
    story.leg_ends()
    story.presses_1("cleo")
    tells = only(story.last.effects, Tell)
    assert [(tell.staff, tell.kind, tell.about) for tell in tells] == [
        ("ana", TellKind.TAKEN, "cleo"),
        ("ben", TellKind.TAKEN, "cleo"),
    ]


def test_somebody_who_passed_it_on_is_left_in_peace_afterwards(story: Story) -> None:
    story.calls()
    story.declines("ana")
    story.leg_ends()
    story.presses_1("ben")
    assert story.tells == []


def test_pressing_2_climbs_on_when_the_leg_has_ended(story: Story) -> None:
    story.calls()
    story.leg_is_seen("CAana")
    story.presses_2("ana")
    assert only(story.last.effects, DropLeg) == []  # the screening itself hangs up
    story.leg_ends(LegOutcome.COMPLETED)
    assert story.rung == "ben"


def test_a_decline_by_sms_stops_the_phone_that_rings(story: Story) -> None:
    story.calls()
    story.leg_is_seen("CAana")
    story.declines("ana")
    assert only(story.last.effects, DropLeg) == [DropLeg("CAana")]
    story.leg_ends(LegOutcome.CANCELED)
    assert story.rung == "ben"


def test_a_leg_without_a_name_is_dropped_as_soon_as_it_has_one(story: Story) -> None:
    story.calls()
    story.declines("ana")
    assert only(story.last.effects, DropLeg) == []
    story.leg_is_seen("CAana")
    assert only(story.last.effects, DropLeg) == [DropLeg("CAana")]


def test_somebody_who_declines_before_their_turn_is_not_rung(story: Story) -> None:
    story.calls()
    story.declines("ben")
    assert only(story.last.effects, DropLeg) == []
    story.leg_ends()
    assert story.rung == "cleo"


def test_the_second_to_accept_is_told_who_has_it(story: Story) -> None:
    story.calls()
    story.presses_1("ana")
    with pytest.raises(Refused) as refused:
        story.accepts("ben")
    assert (refused.value.reason, refused.value.owner) == ("taken", "ana")
    assert story.crisis.owner == "ana"


def test_accepting_twice_changes_nothing(story: Story) -> None:
    story.calls()
    story.accepts("ana")
    before = story.crisis
    assert story.accepts("ana") == Decision(before, ())


# Accepting in writing while the caller waits ────────────────────────────────────────────────────


def test_who_accepts_by_sms_while_another_phone_rings_is_the_next_one_rung(story: Story) -> None:
    story.calls()
    story.leg_is_seen("CAana")
    story.accepts("cleo")
    assert only(story.last.effects, DropLeg) == [DropLeg("CAana")]
    assert (story.crisis.owner, story.crisis.state) == ("cleo", State.RINGING)
    story.leg_ends(LegOutcome.CANCELED)
    assert story.rung == "cleo"


def test_who_accepts_by_sms_while_their_own_phone_rings_is_not_hung_up_on(story: Story) -> None:
    story.calls()
    story.leg_is_seen("CAana")
    story.accepts("ana")
    assert only(story.last.effects, DropLeg) == []
    story.presses_1("ana")
    assert story.crisis.state is State.TALKING


def test_an_owner_by_sms_who_is_not_on_the_ladder_is_rung_all_the_same(story: Story) -> None:
    story.calls()
    story.accepts("dev", Channel.WEB)
    story.leg_ends(LegOutcome.CANCELED)
    assert story.voice == Ring("dev", "owner", 20, 2, Preface.NEXT)


def test_an_owner_by_sms_who_then_misses_the_call_loses_it_and_is_told(story: Story) -> None:
    story.calls()
    story.accepts("cleo")
    story.leg_ends(LegOutcome.CANCELED)
    story.leg_ends()
    assert story.tells == [("cleo", TellKind.LAPSED)]
    assert (story.rung, story.crisis.owner) == ("ben", None)


def test_a_key_on_a_leg_that_is_over_still_takes_it_in_writing(story: Story) -> None:
    """Ana pressed 1 as the ladder climbed on: it is hers, and her phone rings again."""
    story.calls()
    old = story.leg
    story.leg_ends()
    story.presses_1("ana", leg=old)
    assert (story.crisis.owner, story.crisis.state) == ("ana", State.RINGING)
    story.leg_ends(LegOutcome.CANCELED)
    assert story.rung == "ana"


def test_a_key_of_an_earlier_call_does_not_pretend_that_two_are_talking(story: Story) -> None:
    """Ana's press of 1 was still under way as the caller hung up and called again."""
    story.calls("CA1")
    old = story.leg
    story.caller_hangs_up()
    story.ladder = Story("ben", "cleo").ladder
    story.calls("CA2")
    assert story.rung == "ben"
    story.presses_1("ana", leg=old)
    assert (story.crisis.owner, story.crisis.state) == ("ana", State.RINGING)


def test_an_owner_who_gives_it_back_while_the_caller_waits_is_passed_over(story: Story) -> None:
    story.calls()
    story.accepts("ben")
    story.leg_ends(LegOutcome.CANCELED)
    story.declines("ben")
    assert story.crisis.owner is None
    story.leg_ends(LegOutcome.CANCELED)
    assert story.rung == "cleo"


# The talk ───────────────────────────────────────────────────────────────────────────────────────


def test_a_talk_that_broke_after_five_seconds_climbs_on(story: Story) -> None:
    story.calls()
    story.presses_1("ana")
    story.leg_ends(talked=5)
    assert story.tells == [("ana", TellKind.LAPSED)]
    assert story.crisis.owner is None
    assert isinstance(story.voice, Ring)
    assert (story.voice.staff, story.voice.preface) == ("ben", Preface.BROKEN)


def test_after_a_talk_the_caller_is_asked_whether_they_were_cut_off(story: Story) -> None:
    story.calls()
    story.presses_1("ana")
    story.leg_ends(talked=600)
    assert story.voice == EndCall(Farewell.AFTER_TALK, 1)
    assert (story.crisis.owner, story.crisis.state) == ("ana", State.ACCEPTED)


def test_a_caller_who_was_cut_off_is_connected_with_the_same_person_first(story: Story) -> None:
    story.calls()
    story.leg_ends()
    story.presses_1("ben")
    story.leg_ends(talked=600)
    story.caller_stays()
    assert isinstance(story.voice, Ring)
    assert (story.voice.staff, story.voice.preface) == ("ben", Preface.AGAIN)
    story.leg_ends()
    assert story.rung == "ana"


def test_pressing_1_without_ever_being_joined_is_not_a_talk(story: Story) -> None:
    story.calls()
    story.presses_1("ana")
    story.leg_ends(LegOutcome.FAILED)
    assert (story.rung, story.crisis.owner) == ("ben", None)


def test_a_caller_who_hangs_up_after_talking_leaves_the_crisis_to_its_owner(story: Story) -> None:
    story.calls()
    story.presses_1("ana")
    story.leg_ends(talked=600, gone=True)
    assert (story.crisis.owner, story.crisis.state) == ("ana", State.ACCEPTED)
    assert story.crisis.line is None
    assert story.tells == []


def test_a_caller_who_hangs_up_before_being_joined_is_to_be_called_back(story: Story) -> None:
    story.calls()
    story.presses_1("ana")
    story.leg_ends(LegOutcome.CANCELED, gone=True)
    assert (story.crisis.owner, story.crisis.state) == ("ana", State.ACCEPTED)
    assert story.tells == [("ana", TellKind.CALL_BACK)]


def test_the_owner_is_to_call_back_in_whatever_order_twilio_says_that_the_call_is_over(
    story: Story,
) -> None:
    """The call's status comes first and cannot know that the two were never joined."""
    story.calls()
    story.presses_1("ana")
    story.caller_hangs_up()
    event = LegEnded("CA1", 1, LegOutcome.CANCELED, bridged=False, seconds=0, caller_gone=True)
    story.happens(event)
    tells = [(tell.staff, tell.kind) for tell in story.told if isinstance(tell, Tell)]
    assert tells == [("ana", TellKind.CALL_BACK)]


# The caller leaves ──────────────────────────────────────────────────────────────────────────────


def test_a_caller_gone_before_anybody_took_it_is_paged_from_the_foot(story: Story) -> None:
    story.calls()
    story.leg_ends()
    story.caller_hangs_up()
    assert story.crisis.state is State.CALLBACK_NEEDED
    assert story.pages == [("ana", PageKind.CALLBACK)]
    story.is_due()
    assert story.pages == [("ben", PageKind.CALLBACK)]


def test_the_end_of_a_call_told_twice_counts_once(story: Story) -> None:
    story.calls()
    story.leg_ends(LegOutcome.CANCELED, gone=True)
    before = story.crisis
    assert story.caller_hangs_up() == Decision(before, ())


def test_the_phone_stops_ringing_when_the_caller_has_gone(story: Story) -> None:
    story.calls()
    story.leg_is_seen("CAana")
    story.caller_hangs_up()
    assert only(story.last.effects, DropLeg) == [DropLeg("CAana")]


def test_an_owner_by_sms_is_told_to_call_back_when_the_caller_has_gone(story: Story) -> None:
    story.calls()
    story.accepts("ben")
    story.caller_hangs_up()
    assert (story.crisis.state, story.crisis.owner) == (State.ACCEPTED, "ben")
    assert story.tells == [("ben", TellKind.CALL_BACK)]


def test_a_caller_who_calls_again_is_connected_with_the_owner_first(story: Story) -> None:
    story.calls("CA1")
    story.caller_hangs_up()
    story.accepts("cleo")
    story.calls("CA2")
    assert story.rung == "cleo"
    assert story.pages == []


# Pages that climb ───────────────────────────────────────────────────────────────────────────────


def test_a_reported_crisis_pages_up_the_ladder_by_its_timer(story: Story) -> None:
    story.is_reported()
    assert story.pages == [("ana", PageKind.REPORTED)]
    story.is_due()
    assert story.pages == [("ben", PageKind.REPORTED)]
    story.declines("ben")
    assert story.pages == [("cleo", PageKind.REPORTED)]


def test_above_the_last_rung_the_pages_start_again_with_an_alarm(story: Story) -> None:
    story.is_reported()
    story.is_due()
    story.is_due()
    assert story.crisis.alarm is None
    story.is_due()
    assert story.pages == [("ana", PageKind.REPORTED)]
    assert story.crisis.round == 2
    assert story.crisis.alarm == ALARM_NOBODY


def test_when_everybody_declines_the_pages_rest_before_they_start_again() -> None:
    """A phone that answers every page with 2 by itself is not paged in a circle."""
    story = Story("ana", "ben")
    story.is_reported()
    story.declines("ana")
    story.declines("ben")
    assert story.pages == []
    assert story.crisis.alarm == ALARM_NOBODY
    assert story.crisis.due_at == story.now + ROUND_PAUSE
    story.is_due()
    assert story.pages == [("ana", PageKind.REPORTED)]


def test_an_alarm_ends_when_somebody_takes_it() -> None:
    story = Story("ana")
    story.is_reported()
    story.is_due()
    assert story.crisis.alarm == ALARM_NOBODY
    story.accepts("ana")
    assert story.crisis.alarm is None


def test_an_empty_ladder_is_looked_at_again_until_somebody_stands_on_it() -> None:
    story = Story(None)
    story.is_reported()
    assert (story.pages, story.crisis.alarm) == ([], ALARM_NOBODY)
    story.ladder = Story("ana").ladder
    story.is_due()
    assert story.pages == [("ana", PageKind.REPORTED)]


def test_a_timer_that_comes_too_early_does_nothing(story: Story) -> None:
    story.is_reported()
    before = story.crisis
    assert story.happens(DueReached(), after=5) == Decision(before, ())


def test_the_owner_hears_of_a_further_contact(story: Story) -> None:
    story.is_reported()
    story.happens(ReportedAgain())
    assert story.tells == []
    story.accepts("ana")
    story.happens(ReportedAgain())
    assert story.tells == [("ana", TellKind.NEW_CONTACT)]


# The last resort ────────────────────────────────────────────────────────────────────────────────


def test_the_last_resort_is_dialled_in_order(story: Story) -> None:
    story.calls()
    story.nobody_on_the_team_answers()
    assert story.voice == RingLastResort("988", 0, 4, Preface.NEXT)
    assert (story.crisis.state, story.crisis.alarm) == (State.LAST_RESORT, ALARM_NOBODY)
    story.outside_ends(0)
    assert story.voice == RingLastResort("+18002738255", 1, 5, Preface.NEXT)


def test_a_last_resort_that_hangs_up_at_once_did_not_answer(story: Story) -> None:
    story.calls()
    story.nobody_on_the_team_answers()
    story.outside_ends(0, talked=3)
    assert story.rung == 1


def test_a_caller_who_talked_outside_is_followed_up_by_the_team(story: Story) -> None:
    story.calls()
    story.nobody_on_the_team_answers()
    story.outside_ends(0, talked=700)
    assert story.farewell == Farewell.AFTER_LAST_RESORT
    assert story.crisis.state is State.CALLBACK_NEEDED
    assert story.pages == [("ana", PageKind.CALLBACK)]


def test_while_the_caller_is_outside_the_team_is_paged_to_follow_up(story: Story) -> None:
    story.calls()
    story.nobody_on_the_team_answers()
    story.is_due()
    assert story.pages == [("ana", PageKind.FOLLOW_UP)]
    story.outside_ends(0, talked=700, gone=True)
    assert story.pages == []  # the pages are on their way up already
    story.is_due()
    assert story.pages == [("ben", PageKind.CALLBACK)]


def test_the_whole_ladder_goes_round_three_times_and_then_says_what_to_do(story: Story) -> None:
    story.calls()
    heard: list[str | int | None] = []
    while story.farewell is None:
        heard.append(story.rung)
        if isinstance(story.rung, int):
            story.outside_ends(story.rung)
        else:
            story.leg_ends()
    assert heard == ["ana", "ben", "cleo", 0, 1] * LADDER_LOOPS
    assert story.farewell == Farewell.NOBODY
    assert story.crisis.state is State.CALLBACK_NEEDED
    assert story.crisis.due_at is not None


def test_who_accepts_while_the_last_resort_rings_is_the_next_one_rung(story: Story) -> None:
    story.calls()
    story.nobody_on_the_team_answers()
    story.accepts("dev")
    story.outside_ends(0)
    assert story.rung == "dev"


def test_who_accepts_the_follow_up_page_is_the_next_one_rung(story: Story) -> None:
    """988 and the 1-800 number are down; Ana, paged meanwhile, has said yes and must be rung."""
    story.calls()
    story.nobody_on_the_team_answers()
    story.is_due()
    story.accepts("ana")
    story.outside_ends(0)
    assert (story.rung, story.crisis.owner) == ("ana", "ana")


def test_a_follow_up_that_is_declined_climbs_at_once(story: Story) -> None:
    story.calls()
    story.nobody_on_the_team_answers()
    story.is_due()
    story.outside_ends(0)
    story.declines("ana")
    assert story.pages == [("ben", PageKind.FOLLOW_UP)]


def test_nobody_is_shown_with_the_last_resort_once_the_caller_is_gone(story: Story) -> None:
    story.calls()
    story.nobody_on_the_team_answers()
    story.is_due()
    story.outside_ends(0)
    story.outside_ends(1, gone=True)
    reaching = story.crisis.reaching
    assert reaching is None or reaching.staff == "ana"


def test_a_follow_up_given_back_is_not_paged_anew_when_the_caller_leaves(story: Story) -> None:
    story.calls()
    story.nobody_on_the_team_answers()
    story.accepts("ana")
    story.declines("ana")
    assert [staff for staff, _ in story.pages] == ["ben"]
    story.outside_ends(0, talked=700, gone=True)
    assert story.pages == []


def test_a_call_passed_outside_without_a_decision_is_entered_afterwards(story: Story) -> None:
    """The database was away when the call came in; the crisis is opened by what Twilio says."""
    story.outside_ends(0)
    assert story.rung == 1
    assert "passed_outside" in story.records
    assert story.crisis.state is State.LAST_RESORT
    assert story.crisis.due_at is not None


def test_an_owner_whose_talk_broke_unseen_does_not_keep_the_next_one_from_it(story: Story) -> None:
    """The talk broke while the database was away; the next phone must be able to take it."""
    story.calls()
    story.presses_1("ana")
    story.outside_ends(0)
    assert (story.rung, story.crisis.owner) == ("ben", None)


def test_a_call_passed_outside_unseen_does_not_start_the_pages_again(story: Story) -> None:
    """Sight of the call was lost, Ana was paged; then 988 is known to have talked with them."""
    story.calls()
    story.is_due()
    assert story.pages == [("ana", PageKind.CALLBACK)]
    story.outside_ends(0, talked=600)
    assert story.pages == []
    assert story.crisis.due_at is not None


def test_no_leg_of_a_call_has_the_number_of_an_earlier_one(story: Story) -> None:
    """Answers are kept by call and leg: a number used twice would replay an old answer."""
    story.calls()
    story.leg_ends()
    story.is_due()  # the step of Ben's leg is lost, the caller is outside without a decision
    story.outside_ends(0)
    assert isinstance(story.voice, RingLastResort)
    assert story.voice.leg > 2


# Handing off and giving back ────────────────────────────────────────────────────────────────────


@pytest.fixture
def owned(story: Story) -> Story:
    """Ana has taken a reported crisis."""
    story.is_reported()
    story.accepts("ana")
    return story


def test_a_hand_off_stays_with_its_owner_until_it_is_accepted(owned: Story) -> None:
    owned.is_handed_to("ben", by="ana")
    assert owned.pages == [("ben", PageKind.HAND_OFF)]
    assert owned.crisis.owner == "ana"
    owned.accepts("ben")
    assert owned.crisis.owner == "ben"
    assert owned.tells == [("ana", TellKind.HANDED_OFF)]


def test_a_hand_off_not_taken_in_time_is_told_to_its_owner(owned: Story) -> None:
    owned.is_handed_to("ben", by="ana")
    owned.is_due()
    assert owned.tells == [("ana", TellKind.HAND_OFF_NOT_TAKEN)]
    assert (owned.crisis.owner, owned.crisis.handing_to) == ("ana", None)
    with pytest.raises(Refused, match="Somebody else"):
        owned.accepts("ben")


def test_a_declined_hand_off_is_told_to_its_owner_at_once(owned: Story) -> None:
    owned.is_handed_to("ben", by="ana")
    owned.declines("ben")
    assert owned.tells == [("ana", TellKind.HAND_OFF_NOT_TAKEN)]
    assert owned.crisis.owner == "ana"


def test_somebody_may_take_it_over_themselves(owned: Story) -> None:
    owned.is_handed_to("cleo", by="cleo")
    assert owned.crisis.owner == "cleo"
    assert owned.tells == [("ana", TellKind.HANDED_OFF)]


def test_what_cannot_be_handed_off_is_refused_with_the_reason(story: Story) -> None:
    story.calls()
    with pytest.raises(Refused) as nobody:
        story.is_handed_to("ben")
    story.accepts("ana")
    with pytest.raises(Refused) as waiting:
        story.is_handed_to("ben")
    story.caller_hangs_up()
    with pytest.raises(Refused) as same:
        story.is_handed_to("ana")
    reasons = [caught.value.reason for caught in (nobody, waiting, same)]
    assert reasons == ["no_owner", "ringing", "same"]


def test_a_hand_off_asked_during_the_talk_ends_when_the_talk_breaks(story: Story) -> None:
    """Ben, asked to take it over, declines: the caller who is being rung for must stay watched."""
    story.calls()
    story.presses_1("ana")
    story.is_handed_to("ben", by="ana")
    story.leg_ends(talked=5)
    story.declines("ben")
    assert story.crisis.due_at is not None


def test_a_hand_off_keeps_its_deadline_when_the_caller_leaves_the_last_resort(
    story: Story,
) -> None:
    story.calls()
    story.nobody_on_the_team_answers()
    story.accepts("ana")
    story.is_handed_to("ben", by="ana")
    story.outside_ends(0, talked=60)
    assert story.crisis.handing_to is None or story.crisis.due_at is not None


def test_a_phone_that_rings_is_watched_even_if_a_hand_off_was_under_way(story: Story) -> None:
    story.calls()
    story.nobody_on_the_team_answers()
    story.accepts("ana")
    story.is_handed_to("ben", by="ana")
    story.outside_ends(0)
    assert story.rung == "ana"
    story.is_due()
    assert "lost_sight" in story.records


def test_a_crisis_given_back_is_paged_to_the_others_first(owned: Story) -> None:
    owned.declines("ana")
    assert (owned.crisis.owner, owned.crisis.state) == (None, State.CALLBACK_NEEDED)
    assert owned.pages == [("ben", PageKind.CALLBACK)]


def test_nobody_gives_it_back_while_they_talk_with_the_caller(story: Story) -> None:
    story.calls()
    story.presses_1("ana")
    with pytest.raises(Refused) as refused:
        story.declines("ana")
    assert refused.value.reason == "talking"


# Losing sight ───────────────────────────────────────────────────────────────────────────────────


def test_a_ringing_without_any_word_from_the_network_becomes_a_callback(story: Story) -> None:
    story.calls()
    story.is_due()
    assert (story.crisis.state, story.crisis.alarm) == (State.CALLBACK_NEEDED, ALARM_LOST)
    assert story.pages == [("ana", PageKind.CALLBACK)]


def test_a_caller_who_is_found_again_is_rung_on_for(story: Story) -> None:
    story.calls()
    story.is_due()
    story.happens(LegEnded("CA1", 1, LegOutcome.NO_ANSWER, False, 0, caller_gone=False))
    assert story.voice == Ring("ben", "backup", 20, 2, Preface.NEXT)
    assert story.crisis.alarm is None
    assert "found_again" in story.records


def test_a_caller_who_calls_again_is_no_longer_lost(story: Story) -> None:
    story.calls("CA1")
    story.is_due()
    story.calls("CA2")
    assert story.rung == "ana"
    assert story.crisis.alarm != ALARM_LOST


def test_that_nobody_has_taken_it_is_still_an_alarm_once_a_lost_caller_is_found(
    story: Story,
) -> None:
    story.calls("CA1")
    story.nobody_on_the_team_answers()
    assert story.crisis.alarm == ALARM_NOBODY
    story.outside_ends(0)
    story.outside_ends(1)
    story.is_due()
    assert story.crisis.alarm == ALARM_LOST_TOO
    story.calls("CA2")
    assert story.crisis.alarm == ALARM_NOBODY
    story.accepts("ana")
    assert story.crisis.alarm is None


def test_a_caller_who_never_chooses_a_team_is_called_back(story: Story) -> None:
    story.happens(TeamAsked("CA1", 60))
    story.is_due()
    assert story.crisis.state is State.CALLBACK_NEEDED
    assert story.pages == [("ana", PageKind.CALLBACK)]


def test_the_team_that_the_caller_chose_is_rung(story: Story) -> None:
    story.happens(TeamAsked("CA1", 60))
    assert story.voice is None
    story.ladder = Story("dev").ladder
    story.happens(TeamChosen("south", "CA1"))
    assert (story.rung, story.crisis.team) == ("dev", "south")


# Closing ────────────────────────────────────────────────────────────────────────────────────────


def test_closing_needs_no_more_pages_and_tells_who_still_waits(story: Story) -> None:
    story.is_reported()
    story.is_due()
    story.is_closed()
    assert story.tells == [("ana", TellKind.CLOSED), ("ben", TellKind.CLOSED)]
    assert story.crisis.disposition is Disposition.RESOLVED_BY_PHONE
    assert (story.crisis.due_at, story.crisis.reaching) == (None, None)


def test_closing_is_refused_while_the_caller_is_being_connected(story: Story) -> None:
    story.calls()
    with pytest.raises(Refused) as ringing:
        story.is_closed()
    story.nobody_on_the_team_answers()
    with pytest.raises(Refused) as outside:
        story.is_closed()
    assert [one.value.reason for one in (ringing, outside)] == ["on_the_line"] * 2


def test_nothing_can_be_done_with_a_closed_crisis(owned: Story) -> None:
    owned.is_closed()
    for event in (
        Accepted("ana", Channel.SMS),
        Declined("ana", Channel.WEB),
        HandOffAsked("ben", by="ana"),
        Closed(Disposition.ADMITTED),
    ):
        with pytest.raises(Refused) as refused:
            owned.happens(event)
        assert refused.value.reason == "closed"


def test_a_refusal_changes_nothing(owned: Story) -> None:
    owned.is_closed()
    before = owned.crisis
    with pytest.raises(Refused):
        decide(before, Closed(Disposition.ADMITTED), owned.now, owned.ladder)
    assert owned.crisis == before


def test_a_crisis_closed_during_the_talk_is_reopened_when_the_talk_breaks(story: Story) -> None:
    story.calls()
    story.presses_1("ana")
    story.is_closed()
    story.leg_ends(talked=5)
    assert story.rung == "ana"
    assert (story.crisis.disposition, story.crisis.closed_at) == (None, None)


def test_a_crisis_closed_during_the_talk_stays_closed_when_it_ends_well(story: Story) -> None:
    story.calls()
    story.presses_1("ana")
    story.is_closed()
    story.leg_ends(talked=600)
    assert story.farewell == Farewell.AFTER_TALK
    assert story.crisis.state is State.CLOSED


@pytest.fixture
def closed_outside(story: Story) -> Story:
    """Ana follows up and closes it as handed to 988, while the caller still talks with 988."""
    story.calls()
    story.nobody_on_the_team_answers()
    story.accepts("ana")
    story.happens(Closed(Disposition.HANDED_TO_988_911))
    return story


def test_a_crisis_closed_while_988_talks_stays_closed_when_988_hangs_up(
    closed_outside: Story,
) -> None:
    closed_outside.outside_ends(0, talked=1200)
    assert closed_outside.farewell == Farewell.AFTER_LAST_RESORT
    assert closed_outside.crisis.state is State.CLOSED
    assert closed_outside.tells == []


def test_a_crisis_closed_while_988_rings_is_open_again_when_nobody_answers(
    closed_outside: Story,
) -> None:
    closed_outside.outside_ends(0)
    assert isinstance(closed_outside.voice, Ring | RingLastResort)
    assert closed_outside.crisis.is_open
    crisis = closed_outside.crisis
    assert (crisis.disposition, crisis.closed_at) == (None, None)


# Numbers ────────────────────────────────────────────────────────────────────────────────────────


def test_pages_and_tells_are_numbered_without_a_gap(story: Story) -> None:
    story.calls()
    story.leg_ends()
    story.presses_1("ben")
    story.leg_ends(talked=5)
    story.presses_1("cleo")
    numbers = [one.number for one in story.told if isinstance(one, Page | Tell)]
    assert numbers == list(range(1, len(numbers) + 1))
