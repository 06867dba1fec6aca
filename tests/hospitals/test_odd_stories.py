"""Stories that don't add up: nothing is lost, nobody is shown as gone who isn't, and it is said."""

import pytest

from dispatch.hospitals.episodes.draft import CAME_AGAIN, NEVER_TOLD, TIME_NOT_TOLD
from dispatch.hospitals.episodes.episode import EpisodeState
from dispatch.hospitals.episodes.telling import episodes_of
from dispatch.hospitals.notice import NoticeKind, Setting
from tests.hospitals.build import STATE, hour, tell, the_episode

K = NoticeKind


@pytest.mark.parametrize(
    ("kind", "state"), [(K.ADMISSION, EpisodeState.ADMITTED), (K.ED_VISIT, EpisodeState.IN_ED)]
)
def test_a_number_that_is_used_again_opens_the_episode_with_a_doubt(
    kind: NoticeKind, state: EpisodeState
) -> None:
    episode = the_episode(tell(K.ADMISSION, 0), tell(K.DISCHARGE, 20), tell(kind, 90))
    assert episode.state is state
    assert CAME_AGAIN in episode.doubts
    assert episode.admitted_at == hour(0)


def test_an_admission_told_again_takes_its_date_anew_where_it_bears_one() -> None:
    first = tell(K.ADMISSION, 10)
    assert the_episode(first, tell(K.ADMISSION, 12)).admitted_at == hour(10)
    assert the_episode(first, tell(K.ADMISSION, 12, admitted=9)).admitted_at == hour(9)


def test_an_admission_written_after_the_discharge_of_an_earlier_stay_does_not_reopen_it() -> None:
    """The hospital sends the admission late, with the date that it had."""
    told = [tell(K.ED_VISIT, 0), tell(K.DISCHARGE, 50, setting=Setting.EMERGENCY)]
    late = tell(K.ADMISSION, None, sent=60, admitted=8)
    episode = the_episode(*told, late)
    assert episode.state is EpisodeState.DISCHARGED
    assert (episode.admitted_at, episode.discharged_at) == (hour(8), hour(50))
    assert episode.came_to_ed_at == hour(0)


def test_an_arrival_that_is_told_after_the_bed_still_comes_before_it() -> None:
    bed = tell(K.ADMISSION, 8)
    came = tell(K.ED_VISIT, None, sent=9, admitted=1)
    episode = the_episode(bed, came)
    assert (episode.came_to_ed_at, episode.admitted_at) == (hour(1), hour(8))
    assert episode.state is EpisodeState.ADMITTED
    late = the_episode(bed, tell(K.ED_VISIT, 9))
    assert (late.state, late.came_to_ed_at) == (EpisodeState.ADMITTED, None)
    assert late.doubts


def test_an_arrival_told_again_with_its_date_moves_it() -> None:
    episode = the_episode(tell(K.ED_VISIT, 5), tell(K.ED_VISIT, 6, admitted=4))
    assert episode.came_to_ed_at == hour(4)


def test_an_admission_moved_by_an_update_moves_the_end_of_the_emergency_visit_with_it() -> None:
    episode = the_episode(
        tell(K.ED_VISIT, 0), tell(K.ADMISSION, 10), tell(K.VISIT_UPDATE, 11, admitted=7)
    )
    assert [part.until for part in episode.segments] == [hour(7), None]


def test_an_update_from_a_ward_tells_of_an_admission_that_was_never_told() -> None:
    episode = the_episode(
        tell(K.ED_VISIT, 0), tell(K.VISIT_UPDATE, 12, setting=Setting.INPATIENT, admitted=9)
    )
    assert (episode.state, episode.admitted_at) == (EpisodeState.ADMITTED, hour(9))
    assert NEVER_TOLD in episode.doubts


def test_a_discharge_from_a_ward_tells_of_an_admission_that_was_never_told() -> None:
    came = tell(K.ED_VISIT, 0)
    dated = tell(K.DISCHARGE, 50, setting=Setting.INPATIENT, admitted=9)
    undated = tell(K.DISCHARGE, 50, setting=Setting.INPATIENT)
    assert the_episode(came, dated).admitted_at == hour(9)
    assert NEVER_TOLD in the_episode(came, dated).doubts
    assert the_episode(came, undated).admitted_at == hour(0)
    assert TIME_NOT_TOLD in the_episode(came, undated).doubts


@pytest.mark.parametrize("kind", [K.TRANSFER, K.LEAVE_BEGINS, K.LEAVE_ENDS, K.DISCHARGE_PLANNED])
def test_nothing_but_a_retraction_or_an_admission_opens_what_has_ended(kind: NoticeKind) -> None:
    episode = the_episode(tell(K.ADMISSION, 0), tell(K.DISCHARGE, 50), tell(kind, 55, unit="B"))
    assert (episode.state, episode.discharged_at) == (EpisodeState.DISCHARGED, hour(50))


def test_the_end_of_a_leave_that_was_never_told_is_doubted() -> None:
    episode = the_episode(tell(K.ADMISSION, 0), tell(K.LEAVE_ENDS, 50))
    assert (episode.state, episode.leaves) == (EpisodeState.ADMITTED, ())
    assert episode.doubts


def test_the_next_hospital_ends_a_stay_of_which_the_discharge_never_came() -> None:
    told = [tell(K.ED_VISIT, 0), tell(K.ADMISSION, 20, hospital=STATE, number="S1")]
    episode = the_episode(*told)
    assert [part.until for part in episode.segments] == [hour(20), None]
    assert episode.state is EpisodeState.ADMITTED
    assert episode.doubts
    much_later = tell(K.ADMISSION, 60, hospital=STATE, number="S1")
    assert len(episodes_of([told[0], much_later])) == 2


def test_a_plan_under_a_number_of_its_own_is_fulfilled_by_the_next_stay_there() -> None:
    plan = tell(K.ADMISSION_PLANNED, 0, number="P1")
    episode = the_episode(plan, tell(K.ADMISSION, 24 * 30, number="V1"))
    assert (episode.key, episode.state) == (plan.reference, EpisodeState.ADMITTED)
    assert len(episodes_of([plan, tell(K.ADMISSION, 24 * 31, number="V1")])) == 2
    elsewhere = tell(K.ADMISSION, 24, hospital=STATE, number="S1")
    assert len(episodes_of([plan, elsewhere])) == 2


def test_a_visit_that_was_taken_back_is_no_part_of_another_episode() -> None:
    told = [
        tell(K.ADMISSION, 0),
        tell(K.ADMISSION_CANCELLED, 1),
        tell(K.ADMISSION, 2, hospital=STATE, number="S1"),
    ]
    assert [episode.state for episode in episodes_of(told)] == [
        EpisodeState.CANCELLED,
        EpisodeState.ADMITTED,
    ]


def test_whoever_was_not_admitted_has_neither_day_nor_length() -> None:
    boarding = the_episode(tell(K.ED_VISIT, 0))
    assert boarding.length(hour(5)) is None
    assert boarding.doubts == ()
    assert the_episode(tell(K.ADMISSION, 0)).boarding is None
    left = the_episode(tell(K.ED_VISIT, 0), tell(K.DISCHARGE, 6)).boarding
    assert left is not None
    assert left.until == hour(6)
