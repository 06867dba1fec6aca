"""Laws of the counts: every episode is accounted for, and doing more never counts for less."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.hospitals.counting.fidelity import packaged
from dispatch.hospitals.counting.measures import Count, Enrolment, Measure, Period, Scope, count
from dispatch.hospitals.counting.stays import readmissions
from dispatch.hospitals.episodes.involvement import Followed, How, Step, StepKind, decision
from dispatch.hospitals.episodes.progress import Promises, progress_of
from dispatch.hospitals.episodes.telling import episodes_of
from tests.hospitals.build import CLIENT, ZONE, hour
from tests.hospitals.stories import HOURS, STORIES

(SCALE,) = packaged()
FORTNIGHT = Period(date(2026, 3, 2), date(2026, 3, 16), ZONE)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    kind = draw(st.sampled_from(StepKind))
    how = draw(st.sampled_from(How)) if kind is StepKind.INVOLVED else None
    return Step(kind, "", hour(draw(HOURS)), "ana", hour(draw(HOURS)), how)


@st.composite
def what_is_followed(draw: st.DrawFn) -> list[Followed]:
    return [
        Followed(
            CLIENT,
            episode,
            tuple(sorted(draw(st.lists(steps(), max_size=3)), key=lambda step: step.at)),
        )
        for episode in episodes_of(draw(STORIES))
    ]


def scope(since: int) -> Scope:
    return Scope("north", FORTNIGHT, (Enrolment(CLIENT, "north", hour(since)),))


def counted(measure: Measure, followed: list[Followed], since: int = -10_000) -> Count:
    return count(measure, followed, scope(since), SCALE)


@given(what_is_followed(), HOURS, st.sampled_from(Measure))
def test_every_episode_is_accounted_for_with_a_reason(
    followed: list[Followed], since: int, measure: Measure
) -> None:
    tally = counted(measure, followed, since).tally
    assert sorted(row.episode for row in tally.rows) == sorted(one.episode.key for one in followed)
    left_out = [row for row in tally.rows if not row.counts]
    assert tally.denominator + len(left_out) == len(followed)
    assert all(row.reason for row in tally.rows)
    assert not any(row.counts and row.to_settle for row in tally.rows)


@given(what_is_followed(), HOURS, st.sampled_from(Measure))
def test_the_numerator_is_part_of_the_denominator(
    followed: list[Followed], since: int, measure: Measure
) -> None:
    result = counted(measure, followed, since)
    assert 0 <= result.tally.numerator <= result.tally.denominator
    assert (result.score is None) == (result.tally.denominator == 0)
    assert all(row.counts for row in result.tally.rows if row.in_numerator)


@given(what_is_followed(), st.sampled_from(Measure))
def test_the_order_of_the_episodes_changes_nothing(
    followed: list[Followed], measure: Measure
) -> None:
    assert counted(measure, followed[::-1]) == counted(measure, followed)


@given(what_is_followed(), st.data())
def test_being_involved_before_the_decision_never_lowers_the_score(
    followed: list[Followed], data: st.DataObject
) -> None:
    before = counted(Measure.ADMISSIONS, followed)
    if not followed:
        return
    place = data.draw(st.integers(0, len(followed) - 1))
    one = followed[place]
    decided = decision(one)
    if decided is None:
        return
    at = decided - data.draw(st.timedeltas(timedelta(seconds=1), timedelta(days=2)))
    more = Step(StepKind.INVOLVED, "", at, "ben", at, How.IN_PERSON)
    steps = tuple(sorted([*one.steps, more], key=lambda step: step.at))
    followed[place] = replace(one, steps=steps)
    after = counted(Measure.ADMISSIONS, followed)
    assert after.tally.denominator == before.tally.denominator
    assert after.tally.numerator >= before.tally.numerator
    assert (after.score or 0) >= (before.score or 0)
    row = next(row for row in after.tally.rows if row.episode == one.episode.key)
    assert row.in_numerator == row.counts


@given(what_is_followed(), HOURS)
def test_readmissions_are_some_of_the_discharges(followed: list[Followed], now: int) -> None:
    tally = readmissions(followed, scope(-10_000), 7, hour(now))
    discharges = counted(Measure.DISCHARGES, followed).tally
    assert tally.numerator <= tally.denominator <= discharges.denominator


@given(what_is_followed(), HOURS)
def test_what_is_due_is_never_done_already(followed: list[Followed], now: int) -> None:
    promises = Promises(timedelta(minutes=30), 7, (timedelta(days=1),))
    for one in followed:
        others = [other.episode for other in followed]
        progress = progress_of(one, others, promises, ZONE, hour(now))
        assert len(progress.marks) == 7
        for due in progress.due:
            mark = progress.mark(due.stage)
            assert mark.standing == ("overdue" if due.overdue(hour(now)) else "open")
