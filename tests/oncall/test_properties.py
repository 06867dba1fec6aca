"""What holds for every rota: no overlaps, no dependence on the window, and a ladder that ends."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.ladder import DEFAULT_LAST_RESORT, ladder, next_on_call
from oncall.model import Rota, Shift
from oncall.schedule import HORIZON, final_schedule, on_call
from oncall.wallclock import instant
from tests.effort import examples
from tests.oncall import oracle
from tests.oncall.rotas import TIERS, any_rotas, rotas

RotaNear = tuple[Rota, datetime]
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def joined(shifts: list[Shift]) -> list[Shift]:
    """Join touching shifts of one person for one reason."""
    found: list[Shift] = []
    for shift in shifts:
        last = found[-1] if found else None
        if last and (last.end, last.staff, last.why) == (shift.start, shift.staff, shift.why):
            found[-1] = Shift(last.start, shift.end, shift.staff, shift.why)
        else:
            found.append(shift)
    return found


def at_instant(shifts: list[Shift], at: datetime) -> Shift | None:
    """Return the one shift that holds ``at``."""
    holding = [shift for shift in shifts if shift.start <= at < shift.end]
    assert len(holding) <= 1
    return holding[0] if holding else None


@settings(deadline=None, max_examples=examples(45))
@given(rotas())
def test_final_shifts_are_sorted_joined_and_never_overlap(drawn: RotaNear) -> None:
    rota, near = drawn
    for rule in rota.ladder:
        found = final_schedule(rota, rule.tier, near - WEEK, near + WEEK)
        assert all(near - WEEK <= shift.start < shift.end <= near + WEEK for shift in found)
        assert all(one.end <= two.start for one, two in pairwise(found))
        assert found == joined(found)


@settings(deadline=None, max_examples=examples(45))
@given(rotas())
def test_expanding_day_by_day_equals_expanding_at_once(drawn: RotaNear) -> None:
    rota, near = drawn
    days = [near + number * DAY for number in range(-7, 7)]
    for rule in rota.ladder:
        daily = [shift for day in days for shift in final_schedule(rota, rule.tier, day, day + DAY)]
        assert joined(daily) == final_schedule(rota, rule.tier, near - WEEK, near + WEEK)


@settings(deadline=None, max_examples=examples(40))
@given(rotas(), st.sampled_from(TIERS), st.integers(-4 * 1440, 3 * 1440))
def test_the_schedule_says_what_the_words_say_at_every_minute_of_a_day(
    drawn: RotaNear, tier: str, offset: int
) -> None:
    rota, near = drawn
    start = near + offset * MINUTE
    found = final_schedule(rota, tier, start, start + DAY)
    told = {
        shift.start + number * MINUTE: (shift.staff, shift.why)
        for shift in found
        for number in range((shift.end - shift.start) // MINUTE)
    }
    for at, expected in oracle.holders(rota, tier, start, start + DAY).items():
        assert told.get(at) == expected, at


@settings(deadline=None, max_examples=examples(75))
@given(rotas(), st.lists(st.integers(-3 * 1440, 3 * 1440), min_size=4, max_size=12))
def test_the_schedule_says_what_the_words_say(drawn: RotaNear, offsets: list[int]) -> None:
    rota, near = drawn
    for rule in rota.ladder:
        found = final_schedule(rota, rule.tier, near - 4 * DAY, near + 4 * DAY)
        edges = [edge for shift in found for edge in (shift.start, shift.end - MINUTE)]
        whole = [edge for edge in edges if abs(edge - near) <= 3 * DAY]
        for at in [near + offset * MINUTE for offset in offsets] + whole[:8]:
            expected = oracle.holder(rota, rule.tier, at)
            shift = at_instant(found, at)
            assert (shift and (shift.staff, shift.why)) == expected
            asked = on_call(rota, rule.tier, at)
            assert (asked and (asked.staff, asked.why)) == expected


@settings(deadline=None, max_examples=examples(60))
@given(rotas(most_layers=3), st.integers(-3 * 1440, 3 * 1440))
def test_on_call_is_the_shift_of_the_schedule_around_it(drawn: RotaNear, offset: int) -> None:
    rota, near = drawn
    at = near + offset * MINUTE
    for rule in rota.ladder:
        whole = final_schedule(rota, rule.tier, at - HORIZON, at + HORIZON)
        expected = at_instant(whole, at)
        assert on_call(rota, rule.tier, at) == expected
        later = [
            shift
            for shift in whole
            if shift.start > at and shift.staff != (expected and expected.staff)
        ]
        coming = next_on_call(rota, rule.tier, at)
        assert (coming and (coming.start, coming.staff)) == (
            (later[0].start, later[0].staff) if later else None
        )


@settings(deadline=None, max_examples=examples(40))
@given(rotas(), st.lists(st.integers(-3 * 1440, 3 * 1440), min_size=2, max_size=8))
def test_an_answer_does_not_depend_on_what_was_asked_before(
    drawn: RotaNear, offsets: list[int]
) -> None:
    rota, near = drawn
    for rule in rota.ladder:
        for offset in offsets:
            at = near + offset * MINUTE
            asked = on_call(rota, rule.tier, at)
            rota.memo.clear()
            assert on_call(rota, rule.tier, at) == asked


instants = st.datetimes(
    datetime.fromisoformat("1970-01-01"),
    datetime.fromisoformat("2100-12-31"),
    timezones=st.timezones(),
) | st.datetimes(timezones=st.just(UTC))


@settings(deadline=None, max_examples=examples(75))
@given(any_rotas(), instants, st.lists(st.sampled_from(("988", "+15035550199", "")), max_size=3))
def test_for_any_agency_and_any_instant_the_ladder_ends_with_the_last_resort(
    rota: Rota, at: datetime, last_resort: list[str]
) -> None:
    found = ladder(rota, at, last_resort)
    named = tuple(number for number in last_resort if number)
    assert found.last_resort == (named or DEFAULT_LAST_RESORT)
    assert all(found.last_resort)
    assert [rung.tier for rung in found.rungs] == [rule.tier for rule in rota.ladder]
    for rung in found.rungs:
        assert rung.staff is None or rota.person(rung.staff).reachable
        assert rung.until is None or rung.until > instant(at)
        next_on_call(rota, rung.tier, at)
