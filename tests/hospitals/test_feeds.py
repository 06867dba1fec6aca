"""A feed keeps its rhythm or falls silent: no alarm for a usual pause, one for every stop."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.hospitals.feeds import PATIENCE, WEEK, silent_from, usual_pause

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
MINUTES = 7 * 24 * 60

weekly = st.lists(st.integers(0, MINUTES - 1), min_size=3, max_size=40, unique=True).map(sorted)


def kept_up(minutes: list[int], weeks: int) -> list[datetime]:
    """A feed that brings something at the same minutes of every week."""
    return [
        MONDAY + week * WEEK + timedelta(minutes=minute)
        for week in range(weeks)
        for minute in minutes
    ]


@settings(max_examples=60)
@given(weekly, st.integers(0, 40))
def test_a_feed_that_keeps_its_rhythm_is_never_silent(minutes: list[int], more: int) -> None:
    arrivals = kept_up(minutes, PATIENCE.weeks + 3)
    end = min(len(minutes) * (PATIENCE.weeks + 1) + more, len(arrivals) - 1)
    known, following = arrivals[:end], arrivals[end]
    since = silent_from(known[-1], usual_pause(known))
    assert since is not None
    assert following < since


@settings(max_examples=60)
@given(st.lists(st.integers(1, 5000), min_size=20, max_size=80))
def test_a_feed_that_stops_is_silent_after_twice_its_longest_pause(gaps: list[int]) -> None:
    arrivals = [MONDAY]
    for gap in gaps:
        arrivals.append(arrivals[-1] + timedelta(minutes=gap))
    since = silent_from(arrivals[-1], usual_pause(arrivals))
    longest = max(after - before for before, after in pairwise(arrivals))
    if since is not None:
        assert since - arrivals[-1] <= max(PATIENCE.shortest, 2 * longest)
        assert since - arrivals[-1] >= PATIENCE.shortest


def test_one_failure_of_the_line_does_not_make_the_watch_patient_for_weeks() -> None:
    feed = kept_up(list(range(0, MINUTES, 120)), 8)
    cut = [at for at in feed if not (MONDAY + 3 * WEEK <= at < MONDAY + 3 * WEEK + timedelta(4))]
    assert usual_pause(cut) == timedelta(hours=2)


def test_too_little_to_go_by_is_no_rhythm() -> None:
    feed = kept_up([10, 2000], 8)
    assert len(feed) < PATIENCE.fewest
    assert usual_pause(feed) is None
    assert usual_pause([]) is None
    assert silent_from(MONDAY, None) is None
