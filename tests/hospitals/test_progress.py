"""What the team did, how far an episode has come, and what somebody must do by when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.hospitals.episodes.episode import Episode
from dispatch.hospitals.episodes.involvement import (
    Followed,
    How,
    Step,
    StepKind,
    decision,
    followed,
    planned_jointly,
)
from dispatch.hospitals.episodes.progress import (
    Progress,
    Promises,
    Stage,
    Standing,
    follow_up_by,
    progress_of,
)
from dispatch.hospitals.episodes.telling import episodes_of
from dispatch.hospitals.notice import NoticeKind
from tests.hospitals.build import CLIENT, STATE, ZONE, following, hour, stay, step, tell

K = NoticeKind
PROMISES = Promises(
    call_back=timedelta(minutes=30),
    follow_up_days=7,
    reminders=(timedelta(days=1), timedelta(days=3)),
)


def progress(one: Followed, now: float, *others: Episode) -> Progress:
    return progress_of(one, others, PROMISES, ZONE, hour(now))


def test_a_whole_stay_goes_through_its_seven_steps() -> None:
    told = (tell(K.ED_VISIT, 0), tell(K.ADMISSION, 8), tell(K.DISCHARGE, 100, disposition="01"))
    steps = (
        step(StepKind.CALLED_BACK, 0.5),
        step(StepKind.INVOLVED, 2, how=How.IN_PERSON, by="ben"),
        step(StepKind.CONTACT, 30),
        step(StepKind.PLANNING, 90),
        step(StepKind.FOLLOW_UP, 150, by="cleo"),
    )
    done = progress(following(*told, steps=steps), 200)
    assert [mark.stage for mark in done.marks] == list(Stage)
    assert {mark.standing for mark in done.marks} == {Standing.DONE}
    assert done.mark(Stage.INVOLVED).by == "ben"
    assert done.mark(Stage.INVOLVED).why == "in person"
    assert done.due == ()


def test_the_hospital_is_called_back_within_the_promise_of_its_first_notice() -> None:
    one = following(tell(K.ED_VISIT, 0, came=1))
    due = progress(one, 1).next
    assert due is not None
    assert (due.stage, due.by) == (Stage.CALLED_BACK, hour(1.5))
    assert not due.overdue(hour(1.49))
    assert due.overdue(hour(1.5))
    assert progress(one, 2).mark(Stage.CALLED_BACK).standing is Standing.OVERDUE


def test_whoever_spoke_with_the_hospital_since_the_notice_has_called_back() -> None:
    told = tell(K.ED_VISIT, 0, came=1)
    spoke = following(told, steps=(step(StepKind.INVOLVED, 3),))
    mark = progress(spoke, 4).mark(Stage.CALLED_BACK)
    assert (mark.standing, mark.why) == (Standing.DONE, "later than promised")
    before = following(told, steps=(step(StepKind.INVOLVED, 0.5),))
    assert progress(before, 1.2).mark(Stage.CALLED_BACK).standing is Standing.OPEN


def test_nothing_is_due_of_an_admission_that_was_taken_back() -> None:
    one = following(tell(K.ADMISSION, 0), tell(K.ADMISSION_CANCELLED, 1))
    done = progress(one, 9)
    assert done.due == ()
    assert {mark.standing for mark in done.marks[1:]} == {Standing.NOT_DUE}


def test_an_involvement_at_or_after_the_decision_is_too_late() -> None:
    for at, standing in [(7.9, Standing.DONE), (8, Standing.LATE)]:
        one = following(
            tell(K.ED_VISIT, 0), tell(K.ADMISSION, 8), steps=(step(StepKind.INVOLVED, at),)
        )
        assert progress(one, 20).mark(Stage.INVOLVED).standing is standing
    nobody = following(tell(K.ADMISSION, 8))
    assert progress(nobody, 20).mark(Stage.INVOLVED).standing is Standing.MISSED


def test_the_decision_is_what_the_hospital_said_else_the_wait_for_a_bed_else_the_bed() -> None:
    came, waits, bed = tell(K.ED_VISIT, 0), tell(K.ADMISSION_PLANNED, 4), tell(K.ADMISSION, 8)
    assert decision(following(came)) is None
    assert decision(following(came, bed)) == hour(8)
    assert decision(following(came, waits, bed)) == hour(4)
    said = (
        step(StepKind.DECISION_LEARNED, 2, recorded=9),
        step(StepKind.DECISION_LEARNED, 3, recorded=10),
    )
    assert decision(following(came, waits, bed, steps=said)) == hour(3)
    wrong = (step(StepKind.DECISION_LEARNED, 50),)
    assert decision(following(came, waits, bed, steps=wrong)) == hour(8)


@pytest.mark.parametrize(("at", "counts"), [(7.9, False), (8, True), (99.9, True), (100, False)])
def test_joint_planning_is_between_admission_and_discharge(at: float, counts: bool) -> None:
    told = (tell(K.ED_VISIT, 0), tell(K.ADMISSION, 8), tell(K.DISCHARGE, 100))
    one = following(*told, steps=(step(StepKind.PLANNING, at),))
    assert (planned_jointly(one) is not None) is counts


@pytest.mark.parametrize(
    ("discharged", "by"),
    [
        # 23:30 on Monday 2 March in Portland, and 00:30 on Tuesday.
        (datetime(2026, 3, 3, 7, 30, tzinfo=UTC), datetime(2026, 3, 10, 7, tzinfo=UTC)),
        (datetime(2026, 3, 3, 8, 30, tzinfo=UTC), datetime(2026, 3, 11, 7, tzinfo=UTC)),
        # The clocks go back on 1 November: the seventh day ends an hour later by UTC.
        (datetime(2026, 10, 28, 20, tzinfo=UTC), datetime(2026, 11, 5, 8, tzinfo=UTC)),
    ],
)
def test_the_follow_up_is_due_at_the_end_of_the_seventh_day_on_the_teams_calendar(
    discharged: datetime, by: datetime
) -> None:
    assert follow_up_by(discharged, 7, ZoneInfo("America/Los_Angeles")) == by


def test_a_follow_up_is_reminded_of_then_overdue_and_late_when_it_comes() -> None:
    told = stay(0, 48, number="V1")
    due = progress(following(*told), 49).due[-1]
    assert due.stage is Stage.FOLLOWED_UP
    assert due.reminders == (due.by - timedelta(days=3), due.by - timedelta(days=1))
    last = (due.by - hour(0)) / timedelta(hours=1)
    assert progress(following(*told), last).mark(Stage.FOLLOWED_UP).standing is Standing.OVERDUE
    for seen, standing in [(last - 0.1, Standing.DONE), (last, Standing.LATE)]:
        one = following(*told, steps=(step(StepKind.FOLLOW_UP, seen),))
        assert progress(one, 900).mark(Stage.FOLLOWED_UP).standing is standing


def test_seen_on_the_day_of_the_discharge_is_seen_in_time() -> None:
    one = following(*stay(0, 48, number="V1"), steps=(step(StepKind.FOLLOW_UP, 50),))
    assert progress(one, 60).mark(Stage.FOLLOWED_UP).standing is Standing.DONE


@pytest.mark.parametrize(
    ("again", "standing"), [(100, Standing.NOT_DUE), (24 * 20, Standing.MISSED)]
)
def test_whoever_is_admitted_again_first_need_not_be_seen_at_home(
    again: float, standing: Standing
) -> None:
    first, second = episodes_of([*stay(0, 48, number="V1"), *stay(again, number="V2")])
    one = Followed(CLIENT, first)
    assert progress(one, again - 1, second).mark(Stage.FOLLOWED_UP).standing in (
        Standing.OPEN,
        Standing.OVERDUE,
    )
    mark = progress(one, again, first, second).mark(Stage.FOLLOWED_UP)
    assert mark.standing is standing
    assert mark.why


@pytest.mark.parametrize(
    "one",
    [
        following(*stay(0, 48, number="V1", disposition="20")),
        following(*stay(0, 48, number="V1", psychiatric=False)),
        following(tell(K.ED_VISIT, 0), tell(K.DISCHARGE, 5)),
    ],
)
def test_nobody_has_to_be_seen_after_a_death_a_medical_stay_or_an_emergency_visit(
    one: Followed,
) -> None:
    mark = progress(one, 60).mark(Stage.FOLLOWED_UP)
    assert mark.standing is Standing.NOT_DUE
    assert mark.why


def test_what_is_done_later_is_not_known_before() -> None:
    one = following(tell(K.ED_VISIT, 0), steps=(step(StepKind.CALLED_BACK, 2),))
    assert progress(one, 1).mark(Stage.CALLED_BACK).standing is Standing.OVERDUE


def test_a_step_finds_its_episode_after_two_have_turned_out_to_be_one() -> None:
    at_state = tell(K.ADMISSION, 60, hospital=STATE, number="S9")
    admitted = tell(K.ADMISSION, 0, came=70)
    first, second = episodes_of([at_state, admitted])
    steps = [
        step(StepKind.CONTACT, 10, episode=first.key),
        step(StepKind.PLANNING, 65, episode=second.key),
    ]
    moved = tell(K.DISCHARGE, 55, came=71, disposition="65")
    (one,) = followed(CLIENT, episodes_of([at_state, admitted, moved]), [*steps, *steps])
    assert one.steps == tuple(steps)


def test_an_involvement_says_how_and_nothing_else_does() -> None:
    with pytest.raises(ValueError, match="says how"):
        Step(StepKind.INVOLVED, "", hour(0), "ana", hour(0))
    with pytest.raises(ValueError, match="says how"):
        Step(StepKind.CONTACT, "", hour(0), "ana", hour(0), How.IN_PERSON)
