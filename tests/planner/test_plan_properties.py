"""Whatever is proposed, the proof finds no rule broken, and limits hold by a count of their own."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from ortools.sat.python.cp_model import CpSolver, CpSolverStatus

from oncall.model import Stint, TimeOff
from oncall.planner.guess import guess
from oncall.planner.model import Draft, Limits, NothingFound, PersonAsked, PlanAsked
from oncall.planner.roster import Roster
from oncall.planner.rules import rules
from tests.effort import examples
from tests.planner.asks import (
    DAY,
    HOUR,
    answer,
    ask,
    broken,
    half_hours,
    longest_run,
    person,
    proof,
    stood,
    tier,
)

STARTS = {
    "America/Los_Angeles": (date(2026, 10, 29), date(2027, 3, 11)),
    "Europe/Dublin": (date(2026, 10, 22), date(2026, 6, 1)),
    "Asia/Kolkata": (date(2026, 10, 1),),
    "Australia/Lord_Howe": (date(2026, 10, 1), date(2027, 4, 1)),
}
SHAPES = ("12h", "day_night", ("06:00", "14:00", "22:00"), ("08:00",), ("mon 09:00", "fri 17:00"))
DISCIPLINES = ("nurse", "psychiatrist")
limits = st.builds(
    Limits,
    hours_a_week=st.none() | st.sampled_from((36.0, 60.0, 84.0)),
    nights=st.none() | st.integers(1, 4),
    most_days=st.none() | st.integers(2, 5),
    most_nights=st.none() | st.integers(1, 4),
    not_on=st.frozensets(st.sampled_from(("primary", "backup")), max_size=1),
)


@st.composite
def questions(draw: st.DrawFn) -> PlanAsked:
    """Draw a small question: a week or two, one or two tiers, three to six people."""
    zone = ZoneInfo(draw(st.sampled_from(sorted(STARTS))))
    first = draw(st.sampled_from(STARTS[zone.key]))
    begins = datetime.combine(first, datetime.min.time()).replace(tzinfo=zone)
    hours = st.integers(-100, 400).map(lambda hour: begins + hour * HOUR)
    lengths = st.integers(1, 60).map(lambda hour: hour * HOUR)

    def someone(staff: str) -> PersonAsked:
        away = draw(st.lists(st.builds(lambda at, long: TimeOff(at, at + long), hours, lengths)))
        return person(
            staff,
            *away[:2],
            discipline=draw(st.sampled_from(DISCIPLINES)),
            limits=draw(st.just(Limits()) | limits),
        )

    some = [someone(staff) for staff in ("ana", "ben", "cho", "dee", "eli", "fay")]
    tiers = [tier("primary", draw(st.sampled_from(SHAPES)))]
    if draw(st.booleans()):
        needs = draw(st.just(()) | st.just(("psychiatrist",)))
        tiers.append(tier("backup", draw(st.sampled_from(SHAPES)), requires=needs))
    morning = begins + 8 * HOUR
    stints = [Stint(morning - 12 * HOUR, morning, who.staff) for who in some[:2]]
    able = [one for one, who in zip(stints, some, strict=False) if not _is_away(who, one)]
    fixed = {}
    if able and draw(st.booleans()):
        fixed = {"primary": (draw(st.sampled_from(able)),)}
    return ask(
        *some[: draw(st.integers(3, 6))],
        tiers=tiers,
        weeks=draw(st.integers(1, 2)),
        first_day=first,
        zone=zone,
        rest=draw(st.sampled_from((0, 8, 11))),
        most_days=draw(st.none() | st.integers(3, 6)),
        most_nights=draw(st.none() | st.integers(2, 4)),
        fixed=fixed,
        seconds=0.6,
    )


def _is_away(person: PersonAsked, stint: Stint) -> bool:
    """Whether somebody is away in a stint, so that nobody could take it for theirs."""
    return any(off.start < stint.end and stint.start < off.end for off in person.time_off)


@settings(max_examples=examples(15))
@given(questions())
def test_whatever_is_proposed_breaks_no_rule(asked: PlanAsked) -> None:
    try:
        found = answer(asked)
    except NothingFound:
        reject()  # the machine had no time to search
    if not isinstance(found, Draft):
        assert found.collisions
        assert all(
            asked.start <= one.start < one.end <= asked.end and one.words.endswith(".")
            for one in found.collisions
        )
        return
    assert broken(proof(asked, found)) == []
    for one in asked.people:
        _keeps_within_limits(asked, found, one)


@settings(max_examples=examples(30))
@given(questions())
def test_the_search_agrees_with_the_first_guess_about_what_is_allowed(asked: PlanAsked) -> None:
    roster = Roster(asked, rules(asked))
    chosen = guess(roster)
    assume(len(chosen) == sum(slot.holder is None for slot in roster.planned))
    roster.hint(chosen)
    solver = CpSolver()
    solver.parameters.fix_variables_to_their_hinted_value = True
    assert solver.solve(roster.model) == CpSolverStatus.OPTIMAL


def _keeps_within_limits(asked: PlanAsked, found: Draft, one: PersonAsked) -> None:
    mine = stood(found, one.staff)
    limits = one.limits
    fixed = {stint.end for stint in asked.fixed.get("primary", ()) if stint.staff == one.staff}
    for barred in limits.not_on:
        stands = [stint for stint in found.tiers.get(barred, ()) if stint.staff == one.staff]
        assert {stint.end for stint in stands} <= fixed, "only where they stand whatever is planned"
    weeks: dict[date, timedelta] = {}
    days: set[date] = set()
    nights: set[date] = set()
    for wall in half_hours(mine, asked.zone):
        monday = wall.date() - wall.weekday() * DAY
        weeks[monday] = weeks.get(monday, timedelta()) + HOUR / 2
        days.add((wall - timedelta(hours=asked.day_begins.hour)).date())
        if wall.hour >= 22 or wall.hour < 6:
            nights.add((wall - 12 * HOUR).date())
    if limits.hours_a_week is not None and weeks:
        assert max(weeks.values()) <= limits.hours_a_week * HOUR
    if limits.nights is not None:
        assert len(nights) <= limits.nights
    most_days = limits.most_days or asked.most_days
    most_nights = limits.most_nights or asked.most_nights
    if most_days:
        assert longest_run(days) <= max(most_days, _longest_turn(asked))
    if most_nights:
        assert longest_run(nights) <= max(most_nights, _longest_turn(asked))


def _longest_turn(asked: PlanAsked) -> int:
    """How many days or nights one turn may touch, where a tier doesn't hand off every day."""
    return max(9 - len({one.weekday for one in tier.handoffs}) for tier in asked.tiers)
