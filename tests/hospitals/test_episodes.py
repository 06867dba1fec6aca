"""What hospitals tell becomes episodes: the story of a stay, and what was taken back of it."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.hospitals.episodes.dispositions import Went, went
from dispatch.hospitals.episodes.episode import EpisodeState, Leave
from dispatch.hospitals.episodes.telling import episodes_of
from dispatch.hospitals.episodes.told import Told
from dispatch.hospitals.notice import LegalStatus, NoticeKind, Setting
from tests.hospitals.build import MERCY, STATE, hour, tell, the_episode

PORTLAND = ZoneInfo("America/Los_Angeles")

K = NoticeKind


def test_from_the_emergency_department_to_the_discharge_is_one_episode() -> None:
    episode = the_episode(
        tell(K.ED_VISIT, 0, setting=Setting.EMERGENCY),
        tell(K.ADMISSION_PLANNED, 5),
        tell(K.ADMISSION, 20, setting=Setting.INPATIENT, unit="4 West"),
        tell(K.TRANSFER, 40, unit="5 East"),
        tell(K.DISCHARGE, 100, disposition="01"),
    )
    assert episode.state is EpisodeState.DISCHARGED
    assert [(part.setting, part.unit, part.since, part.until) for part in episode.segments] == [
        (Setting.EMERGENCY, "", hour(0), hour(20)),
        (Setting.INPATIENT, "4 West", hour(20), hour(40)),
        (Setting.INPATIENT, "5 East", hour(40), hour(100)),
    ]
    assert (episode.admitted_at, episode.discharged_at) == (hour(20), hour(100))
    assert episode.decided_at == hour(5)
    assert episode.doubts == ()


def test_the_wait_for_a_bed_counts_from_the_decision_and_before_that_from_the_arrival() -> None:
    came = tell(K.ED_VISIT, 0)
    decided = tell(K.ADMISSION_PLANNED, 5)
    bed = tell(K.ADMISSION, 20)
    waiting = the_episode(came).boarding
    assert waiting is not None
    assert (waiting.since, waiting.until, waiting.decided) == (hour(0), None, False)
    assert waiting.lasts(hour(3)) == timedelta(hours=3)
    waited = the_episode(came, decided, bed).boarding
    assert waited is not None
    assert (waited.since, waited.until, waited.decided) == (hour(5), hour(20), True)
    assert waited.lasts(hour(99)) == timedelta(hours=15)


def test_a_plan_told_of_somebody_at_home_is_an_early_warning_and_no_decision() -> None:
    planned = tell(K.ADMISSION_PLANNED, 0, admitted=48)
    episode = the_episode(planned)
    assert episode.state is EpisodeState.PLANNED
    assert episode.planned_admission == hour(48)
    admitted = the_episode(planned, tell(K.ADMISSION, 50))
    assert (admitted.state, admitted.decided_at) == (EpisodeState.ADMITTED, None)
    by_ed = the_episode(planned, tell(K.ED_VISIT, 20), tell(K.ADMISSION, 30))
    assert (by_ed.admitted_at, by_ed.decided_at) == (hour(30), None)


def test_a_plan_that_is_given_up_leaves_a_cancelled_episode() -> None:
    episode = the_episode(tell(K.ADMISSION_PLANNED, 0), tell(K.ADMISSION_PLAN_CANCELLED, 9))
    assert episode.state is EpisodeState.CANCELLED
    assert [line.undone for line in episode.history] == [True, False]


def test_leave_pauses_the_stay_and_is_no_discharge() -> None:
    admitted = tell(K.ADMISSION, 0)
    left = tell(K.LEAVE_BEGINS, 48)
    back = tell(K.LEAVE_ENDS, 96)
    assert the_episode(admitted, left).state is EpisodeState.ON_LEAVE
    episode = the_episode(admitted, left, back)
    assert episode.state is EpisodeState.ADMITTED
    assert episode.leaves == (Leave(hour(48), hour(96)),)
    assert episode.discharged_at is None
    assert episode.length(hour(120)) == timedelta(hours=72)


@pytest.mark.parametrize(("now", "day"), [(0, 1), (21, 2), (48, 3), (72, 3), (96, 4), (120, 5)])
def test_the_day_on_the_board_leaves_out_days_wholly_on_leave(now: float, day: int) -> None:
    """Admitted at 04:00 in Portland on 2 March, on leave from 4 March 04:00 to 6 March 04:00."""
    stay = [tell(K.ADMISSION, 0), tell(K.LEAVE_BEGINS, 48), tell(K.LEAVE_ENDS, 96)]
    told_by_then = [told for told in stay if told.at <= hour(now)]
    assert the_episode(*told_by_then).day(hour(now), PORTLAND) == day


def test_a_leave_that_never_was_and_one_that_has_not_ended_after_all() -> None:
    admitted, left = tell(K.ADMISSION, 0), tell(K.LEAVE_BEGINS, 10)
    stayed = the_episode(admitted, left, tell(K.LEAVE_BEGINS_CANCELLED, 11))
    assert (stayed.state, stayed.leaves) == (EpisodeState.ADMITTED, ())
    away = the_episode(admitted, left, tell(K.LEAVE_ENDS, 20), tell(K.LEAVE_ENDS_CANCELLED, 21))
    assert (away.state, away.leaves) == (EpisodeState.ON_LEAVE, (Leave(hour(10)),))


def test_whoever_is_discharged_while_on_leave_was_on_leave_until_then() -> None:
    episode = the_episode(tell(K.ADMISSION, 0), tell(K.LEAVE_BEGINS, 10), tell(K.DISCHARGE, 30))
    assert episode.state is EpisodeState.DISCHARGED
    assert episode.leaves == (Leave(hour(10), hour(30)),)


def test_an_admission_that_is_taken_back_stays_to_be_seen_as_cancelled() -> None:
    episode = the_episode(
        tell(K.ADMISSION, 0), tell(K.TRANSFER, 1, unit="B"), tell(K.ADMISSION_CANCELLED, 2)
    )
    assert (episode.state, episode.inpatient) == (EpisodeState.CANCELLED, False)
    assert [(line.kind, line.undone) for line in episode.history] == [
        (K.ADMISSION, True),
        (K.TRANSFER, True),
        (K.ADMISSION_CANCELLED, False),
    ]


def test_an_admission_after_one_that_was_taken_back_revives_the_episode() -> None:
    episode = the_episode(
        tell(K.ADMISSION, 0), tell(K.ADMISSION_CANCELLED, 2), tell(K.ADMISSION, 5)
    )
    assert (episode.state, episode.admitted_at) == (EpisodeState.ADMITTED, hour(5))


def test_news_of_a_visit_that_was_taken_back_does_not_revive_it() -> None:
    episode = the_episode(
        tell(K.ADMISSION, 0),
        tell(K.ADMISSION_CANCELLED, 2),
        tell(K.VISIT_UPDATE, 3, setting=Setting.INPATIENT),
    )
    assert episode.state is EpisodeState.CANCELLED
    assert episode.doubts


def test_whoever_was_not_admitted_after_all_is_back_in_the_emergency_department() -> None:
    came, bed = tell(K.ED_VISIT, 0), tell(K.ADMISSION, 5)
    back = tell(K.ADMISSION_CANCELLED, 6)
    assert the_episode(came, bed, back).state is EpisodeState.IN_ED
    assert the_episode(came, back).state is EpisodeState.CANCELLED


def test_an_admission_told_twice_in_other_words_is_taken_back_once() -> None:
    episode = the_episode(
        tell(K.ADMISSION, 0), tell(K.ADMISSION, 0, unit="B"), tell(K.ADMISSION_CANCELLED, 2)
    )
    assert episode.state is EpisodeState.CANCELLED


def test_a_discharge_that_is_taken_back_opens_the_episode_again() -> None:
    told = [tell(K.ADMISSION, 0), tell(K.DISCHARGE, 50), tell(K.DISCHARGE_CANCELLED, 51)]
    assert the_episode(*told).state is EpisodeState.ADMITTED
    again = the_episode(*told, tell(K.DISCHARGE, 80))
    assert (again.state, again.discharged_at) == (EpisodeState.DISCHARGED, hour(80))
    assert [line.undone for line in again.history] == [False, True, False, False]


def test_a_discharge_told_anew_with_its_old_date_after_it_was_taken_back_stands() -> None:
    told = [
        tell(K.ADMISSION, 0, sent=0),
        tell(K.DISCHARGE, 50, sent=50),
        tell(K.DISCHARGE_CANCELLED, 52, sent=52),
        tell(K.DISCHARGE, 50, sent=55, came=55),
    ]
    assert the_episode(*told[:3]).state is EpisodeState.ADMITTED
    episode = the_episode(*told)
    assert (episode.state, episode.discharged_at) == (EpisodeState.DISCHARGED, hour(50))


def test_a_retraction_that_bears_the_time_of_what_it_takes_back_may_overtake_it() -> None:
    admitted = tell(K.ADMISSION, 0, sent=1, came=9)
    taken_back = tell(K.ADMISSION_CANCELLED, 0, sent=4, came=5)
    assert the_episode(admitted, taken_back).state is EpisodeState.CANCELLED


def test_a_move_that_is_taken_back_leaves_somebody_where_they_were() -> None:
    moves = [tell(K.TRANSFER, 5, unit="B"), tell(K.TRANSFER, 9, unit="C")]
    episode = the_episode(tell(K.ADMISSION, 0, unit="A"), *moves, tell(K.TRANSFER_CANCELLED, 10))
    assert [(part.unit, part.until) for part in episode.segments] == [("A", hour(5)), ("B", None)]


def test_a_planned_discharge_that_is_put_off_is_not_shown_any_more() -> None:
    plan = tell(K.DISCHARGE_PLANNED, 10, planned=date(2026, 3, 9))
    assert the_episode(tell(K.ADMISSION, 0), plan).planned_discharge == date(2026, 3, 9)
    put_off = tell(K.DISCHARGE_PLAN_CANCELLED, 20)
    assert the_episode(tell(K.ADMISSION, 0), plan, put_off).planned_discharge is None


def test_an_admission_made_an_outpatient_visit_counts_as_none() -> None:
    downgraded = [tell(K.ADMISSION, 0), tell(K.OUTPATIENT, 5, setting=Setting.OUTPATIENT)]
    episode = the_episode(*downgraded)
    assert (episode.state, episode.inpatient) == (EpisodeState.OUTPATIENT, False)
    upgraded = the_episode(*downgraded, tell(K.ADMISSION, 9))
    assert (upgraded.state, upgraded.admitted_at) == (EpisodeState.ADMITTED, hour(9))


def test_a_bed_for_observation_is_no_admission() -> None:
    watched = tell(K.ADMISSION, 0, setting=Setting.OBSERVATION)
    assert the_episode(watched).state is EpisodeState.OBSERVED
    assert not the_episode(watched).inpatient
    admitted = the_episode(watched, tell(K.ADMISSION, 9, setting=Setting.INPATIENT))
    assert admitted.admitted_at == hour(9)


def test_an_update_moves_a_date_and_the_timeline_tells_what_it_was() -> None:
    told = [
        tell(K.ADMISSION, 10),
        tell(K.VISIT_UPDATE, 12, admitted=8),
        tell(K.DISCHARGE, 50),
        tell(K.VISIT_UPDATE, 60, discharged=48),
    ]
    episode = the_episode(*told)
    assert (episode.admitted_at, episode.discharged_at) == (hour(8), hour(48))
    assert [line.moved_from for line in episode.history] == [None, hour(10), None, hour(50)]


def test_an_update_that_tells_a_discharge_closes_nothing_but_raises_a_doubt() -> None:
    episode = the_episode(tell(K.ADMISSION, 0), tell(K.VISIT_UPDATE, 20, discharged=19))
    assert episode.state is EpisodeState.ADMITTED
    assert episode.doubts


def test_the_arrival_kept_as_the_visits_date_is_not_taken_for_the_admission() -> None:
    episode = the_episode(
        tell(K.ED_VISIT, 0, admitted=0),
        tell(K.ADMISSION, 20, admitted=0),
        tell(K.VISIT_UPDATE, 30, admitted=0, setting=Setting.INPATIENT),
    )
    assert (episode.came_to_ed_at, episode.admitted_at) == (hour(0), hour(20))


def test_a_discharge_before_its_admission_makes_one_closed_episode() -> None:
    left = tell(K.DISCHARGE, 50, came=50.5)
    early = the_episode(left)
    assert (early.state, early.admitted_at) == (EpisodeState.DISCHARGED, None)
    assert early.doubts
    both = the_episode(left, tell(K.ADMISSION, 0, came=51))
    assert (both.state, both.admitted_at) == (EpisodeState.DISCHARGED, hour(0))
    assert both.key == early.key
    assert both.doubts == ()


def test_a_discharge_dated_before_its_admission_is_told_with_a_doubt() -> None:
    episode = the_episode(
        tell(K.ADMISSION, 10), tell(K.DISCHARGE, 50), tell(K.VISIT_UPDATE, 60, discharged=5)
    )
    assert episode.doubts == ("The discharge is told to have been before the admission.",)


def test_news_of_the_person_makes_no_episode() -> None:
    assert episodes_of([tell(K.PERSON_UPDATE, 0), tell(K.MERGE, 1), tell(K.OTHER, 2)]) == ()
    assert episodes_of([tell(K.VISIT_UPDATE, 0, setting=Setting.OUTPATIENT)]) == ()


@pytest.mark.parametrize(
    "kind", [K.DISCHARGE_CANCELLED, K.TRANSFER, K.LEAVE_BEGINS, K.DISCHARGE_PLANNED]
)
def test_whoever_is_told_to_be_there_is_shown_though_nobody_told_of_the_admission(
    kind: NoticeKind,
) -> None:
    episode = the_episode(tell(kind, 0))
    assert episode.state.in_hospital
    assert episode.doubts


# From one hospital to another ───────────────────────────────────────────────────────────────────


def test_who_is_moved_to_another_hospital_goes_on_with_one_episode() -> None:
    episode = the_episode(
        tell(K.ED_VISIT, 0),
        tell(K.DISCHARGE, 10, disposition="65", setting=Setting.EMERGENCY),
        tell(K.ADMISSION, 16, hospital=STATE, number="S9"),
    )
    assert episode.hospitals == (MERCY, STATE)
    assert (episode.state, episode.admitted_at) == (EpisodeState.ADMITTED, hour(16))
    assert [first.hospital for first in episode.notified] == [MERCY, STATE]


@pytest.mark.parametrize(
    ("disposition", "hours", "episodes"),
    [
        ("Discharged/transferred to a psychiatric hospital", 24, 1),
        ("Discharged/transferred to a psychiatric hospital", 25, 2),
        ("", 8, 1),
        ("", 9, 2),
        ("Discharge to Home or Self Care (Routine Discharge)", 1, 2),
        ("AMA", 1, 2),
    ],
)
def test_how_soon_and_after_what_the_next_hospital_goes_on_with_it(
    disposition: str, hours: float, episodes: int
) -> None:
    told = [
        tell(K.ADMISSION, 0),
        tell(K.DISCHARGE, 100, disposition=disposition),
        tell(K.ADMISSION, 100 + hours, hospital=STATE, number="S9"),
    ]
    assert len(episodes_of(told)) == episodes


def test_who_was_on_a_ward_and_comes_by_the_emergency_department_has_come_back() -> None:
    told = [
        tell(K.ADMISSION, 0),
        tell(K.DISCHARGE, 100),
        tell(K.ED_VISIT, 103, hospital=STATE, number="S9"),
    ]
    assert len(episodes_of(told)) == 2


def test_a_late_word_of_the_transfer_makes_one_of_two_and_both_names_still_find_it() -> None:
    second = tell(K.ADMISSION, 60, hospital=STATE, number="S9")
    first = [tell(K.ADMISSION, 0, came=70), tell(K.DISCHARGE, 55, came=71, disposition="65")]
    before = episodes_of([second, first[0]])
    assert len(before) == 2
    merged = the_episode(second, *first)
    assert merged.key == second.reference
    assert {episode.key for episode in before} <= merged.references


def test_a_new_number_for_the_bed_in_the_same_hospital_is_the_same_episode() -> None:
    episode = the_episode(
        tell(K.ED_VISIT, 0, number="E1"),
        tell(K.ADMISSION, 9, number="I1"),
        tell(K.DISCHARGE, 9.5, number="E1", setting=Setting.EMERGENCY),
    )
    assert episode.admitted_at == hour(9)


# Notices without a visit number ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("interface", [tell(K.ADMISSION, 5), tell(K.ED_VISIT, -0.2)])
def test_a_phone_call_and_the_interface_tell_of_one_visit(interface: Told) -> None:
    call = tell(K.ED_VISIT, 0, number="")
    episode = the_episode(call, interface)
    assert episode.references == {call.reference, interface.reference}


def test_two_visits_with_numbers_of_their_own_are_not_joined_by_a_call_between() -> None:
    told = [
        tell(K.ADMISSION, 0, number="V1"),
        tell(K.DISCHARGE, 20, number="V1", disposition="01"),
        tell(K.DISCHARGE, 21, number="", disposition="home"),
        tell(K.ADMISSION, 40, number="V2"),
    ]
    assert [len(episode.history) for episode in episodes_of(told)] == [3, 1]


def test_calls_weeks_apart_tell_of_the_same_stay() -> None:
    episode = the_episode(tell(K.ADMISSION, 0, number=""), tell(K.DISCHARGE, 24 * 40, number=""))
    assert (episode.admitted_at, episode.discharged_at) == (hour(0), hour(24 * 40))


def test_a_call_about_a_new_admission_after_a_discharge_begins_an_episode() -> None:
    told = [tell(K.ADMISSION, 0), tell(K.DISCHARGE, 48), tell(K.ADMISSION, 70, number="")]
    assert len(episodes_of(told)) == 2


def test_billing_that_comes_late_and_without_a_number_opens_nothing() -> None:
    episode = the_episode(
        tell(K.ADMISSION, 0),
        tell(K.DISCHARGE, 48),
        tell(K.VISIT_UPDATE, 400, number="", setting=Setting.INPATIENT),
    )
    assert episode.state is EpisodeState.DISCHARGED


# Legal status, dispositions, how soon we knew ───────────────────────────────────────────────────


def test_the_legal_status_is_told_with_its_changes() -> None:
    episode = the_episode(
        tell(K.ADMISSION, 0, legal=LegalStatus.INVOLUNTARY),
        tell(K.VISIT_UPDATE, 5, legal=LegalStatus.INVOLUNTARY),
        tell(K.VISIT_UPDATE, 50, legal=LegalStatus.VOLUNTARY),
    )
    assert [(change.at, change.status) for change in episode.legal] == [
        (hour(0), LegalStatus.INVOLUNTARY),
        (hour(50), LegalStatus.VOLUNTARY),
    ]
    assert episode.legal_status is LegalStatus.VOLUNTARY


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ("01", Went.ELSEWHERE),
        ("Discharge to Home or Self Care (Routine Discharge)", Went.ELSEWHERE),
        ("07", Went.AGAINST_ADVICE),
        ("Left against medical advice", Went.AGAINST_ADVICE),
        ("AMA", Went.AGAINST_ADVICE),
        ("20", Went.DIED),
        ("65", Went.TO_A_HOSPITAL),
        ("Transferred to the state hospital by court order", Went.TO_A_HOSPITAL),
        ("", Went.NOT_TOLD),
        ("see note", Went.NOT_TOLD),
    ],
)
def test_where_somebody_went_is_read_out_of_codes_and_words(written: str, where: Went) -> None:
    assert went(written) is where


def test_the_delay_is_between_the_event_and_the_first_notice_of_it() -> None:
    (first,) = the_episode(tell(K.ADMISSION, 0, came=7), tell(K.DISCHARGE, 5, came=9)).notified
    assert (first.at, first.delay) == (hour(7), timedelta(hours=7))
    (unknown,) = the_episode(tell(K.ADMISSION, None, sent=1)).notified
    assert unknown.delay is None


def test_somebody_moved_from_a_medical_to_a_psychiatric_unit_is_psychiatric_since_then() -> None:
    episode = the_episode(
        tell(K.ADMISSION, 0, psychiatric=False), tell(K.TRANSFER, 30, unit="Psych")
    )
    assert episode.psychiatric is True
    assert episode.psychiatric_since == hour(30)
    assert the_episode(tell(K.ADMISSION, 0, psychiatric=None)).psychiatric is None
