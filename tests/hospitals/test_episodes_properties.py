"""Whatever hospitals tell, and in whatever order it reaches us, the episodes come out the same."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.hospitals.episodes.episode import EpisodeState
from dispatch.hospitals.episodes.telling import episodes_of
from dispatch.hospitals.episodes.told import NO_EPISODE, Told
from dispatch.hospitals.notice import NoticeKind, Setting
from tests.hospitals.build import hour, tell, the_episode
from tests.hospitals.stories import HOURS, STORIES

K = NoticeKind

STAY = (
    tell(K.ED_VISIT, 0, setting=Setting.EMERGENCY),
    tell(K.ADMISSION, 8, setting=Setting.INPATIENT, unit="A"),
    tell(K.TRANSFER, 20, unit="B"),
    tell(K.LEAVE_BEGINS, 40),
    tell(K.LEAVE_ENDS, 60),
    tell(K.DISCHARGE, 80),
    tell(K.DISCHARGE_CANCELLED, 81),
    tell(K.DISCHARGE, 99, disposition="01"),
)
"""From the emergency department to the ward, another ward, leave, and a discharge told too soon."""


@pytest.mark.parametrize("left_out", [{0, 2}, {2, 4}, {3, 4}, {1, 2}, {6, 7}, {5, 6}])
def test_every_order_of_a_stay_told_twice_over_makes_the_same_episode(left_out: set[int]) -> None:
    """All 720 orders of six of the eight notices of the stay, each notice there twice."""
    told = [one for place, one in enumerate(STAY) if place not in left_out]
    expected = (the_episode(*told),)
    for order in permutations(told):
        assert episodes_of([*order, *order[::-1]]) == expected


def test_the_stay_ends_with_its_second_discharge() -> None:
    episode = the_episode(*STAY)
    assert (episode.state, episode.discharged_at) == (EpisodeState.DISCHARGED, hour(99))
    assert episode.length(hour(500)) == timedelta(hours=99 - 8 - 20)


@given(STORIES, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_changes_the_episodes(
    told: list[Told], chance: Random
) -> None:
    shuffled = [*told, *chance.choices(told, k=len(told))] if told else []
    chance.shuffle(shuffled)
    assert episodes_of(shuffled) == episodes_of(told)


@given(STORIES, st.timedeltas(timedelta(seconds=1), timedelta(days=3)))
def test_what_is_sent_again_later_under_another_reference_changes_nothing(
    told: list[Told], later: timedelta
) -> None:
    timed = [one for one in told if one.notice.happened_at or one.notice.sent_at]
    again = [
        replace(one, arrived_at=one.arrived_at + later, reference=f"{one.reference}-again")
        for one in timed
    ]
    assert episodes_of([*again, *timed]) == episodes_of(timed)


@given(STORIES)
def test_every_notice_is_in_one_episode_at_most_and_keys_are_all_different(
    told: list[Told],
) -> None:
    episodes = episodes_of(told)
    references = [line.reference for episode in episodes for line in episode.history]
    assert len(references) == len(set(references))
    assert len({episode.key for episode in episodes}) == len(episodes)
    assert all(episode.key in episode.references for episode in episodes)
    concerned = {one.reference for one in told if one.kind not in NO_EPISODE}
    assert set(references) <= concerned


@given(STORIES)
def test_a_key_given_once_finds_an_episode_for_ever(told: list[Told]) -> None:
    """Notices come one after the other; what was recorded under a key must not lose its place."""
    arriving = sorted(told, key=lambda one: (one.arrived_at, one.reference))
    given_before: set[str] = set()
    for number in range(1, len(arriving) + 1):
        episodes = episodes_of(arriving[:number])
        assert given_before <= {name for episode in episodes for name in episode.references}
        given_before |= {episode.key for episode in episodes}


@given(STORIES)
def test_no_discharge_is_before_its_admission_but_where_told_so_and_doubted(
    told: list[Told],
) -> None:
    for episode in episodes_of(told):
        if episode.admitted_at and episode.discharged_at:
            assert episode.discharged_at >= episode.admitted_at or episode.doubts
        assert all(part.until is not None for part in episode.segments[:-1]) or episode.doubts


@given(STORIES, HOURS)
def test_an_open_episode_is_somewhere_and_a_closed_one_has_an_end(
    told: list[Told], now: int
) -> None:
    for episode in episodes_of(told):
        assert (episode.state is EpisodeState.DISCHARGED) == (episode.discharged_at is not None)
        if episode.state.in_hospital:
            assert episode.segments
            assert episode.segments[-1].until is None
        length = episode.length(hour(now))
        assert length is None or length >= timedelta()
        assert episode.notified_at == min(line.arrived_at for line in episode.history)
