"""A proposed rota keeps every rule, shares the load, and minds what stands around it."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from oncall.coverage import prove
from oncall.fairness import Share, public_holidays, spread
from oncall.model import Stint
from oncall.planner.model import Draft, Limits, Preference, Progress
from oncall.planner.solve import plan
from tests.planner.asks import (
    DAY,
    HOUR,
    MONDAY,
    TEN,
    THREE,
    ask,
    at,
    broken,
    draft,
    half_hours,
    longest_run,
    off,
    people,
    person,
    proof,
    rota_of,
    stint,
    stood,
    tier,
)

AWAY = {
    "ana": [off("2026-09-30 00:00", "2026-10-03 00:00")],
    "cho": [off("2026-10-05 00:00", "2026-10-10 00:00")],
    "eli": [off("2026-10-12 00:00", "2026-10-16 00:00")],
    "gus": [
        off("2026-09-29 00:00", "2026-10-01 00:00"),
        off("2026-10-20 00:00", "2026-10-23 00:00"),
    ],
    "jon": [off("2026-10-23 00:00", "2026-10-26 00:00")],
}
"""Twenty days of time off."""


def test_ten_people_on_three_tiers_with_twenty_days_away_share_their_nights_evenly() -> None:
    asked = ask(
        *(person(staff, *AWAY.get(staff, ())) for staff in TEN),
        tiers=[tier(name) for name in THREE],
        weeks=4,
        rest=11,
        most_days=5,
        most_nights=3,
        holidays=public_holidays("US-OR", [2026]),
        seconds=8,
    )
    found = draft(asked)
    assert broken(proof(asked, found)) == []
    nights = [found.shares[staff].nights for staff in TEN]
    assert max(nights) - min(nights) <= 12 * HOUR
    assert sum(nights, timedelta()) == 3 * 28 * 8 * HOUR
    assert 0 <= found.bound <= found.points


def test_a_quarter_is_planned_nearly_evenly_even_without_time_to_search() -> None:
    asked = ask(
        *(person(staff, *AWAY.get(staff, ())) for staff in TEN),
        tiers=[tier(name) for name in THREE],
        weeks=13,
        rest=11,
        most_days=5,
        most_nights=3,
        seconds=0.01,
    )
    found = draft(asked)
    assert broken(proof(asked, found)) == []
    assert found.spread.nights <= 12 * HOUR
    assert 0 <= found.distance <= 1


def test_what_is_proposed_is_told_at_last_even_without_time_to_search() -> None:
    heard: list[Progress] = []
    asked = ask(*people(*TEN[:5]), tiers=[tier(), tier("backup")], weeks=2, rest=11, seconds=5)
    found = plan(asked, heard.append, lambda: 1000.0)
    assert isinstance(found, Draft)
    assert heard[-1].solutions >= 1
    assert (heard[-1].best, heard[-1].bound) == (found.points, found.bound)


def test_a_tier_that_needs_a_prescriber_has_one_throughout() -> None:
    prescribers = [person(staff, discipline="psychiatric_np") for staff in ("fay", "gus", "hal")]
    asked = ask(
        *people("ana", "ben", "cho", "dee", "eli"),
        *prescribers,
        tiers=[tier(), tier("medical", requires=["psychiatrist", "psychiatric_np"])],
        weeks=2,
        rest=11,
    )
    found = draft(asked)
    assert broken(proof(asked, found)) == []
    assert {one.staff for one in found.tiers["medical"]} <= {"fay", "gus", "hal"}


@pytest.mark.parametrize("shape", ["12h", "day_night", ["07:00", "15:00", "23:00"]])
def test_handoffs_keep_their_hour_over_a_clock_change(shape: str | list[str]) -> None:
    asked = ask(
        *people(*TEN[:4]), tiers=[tier(shape=shape)], first_day=date(2026, 10, 26), seconds=2
    )
    found = draft(asked)
    assert broken(proof(asked, found)) == []
    edges = {one.start.astimezone(asked.zone).time() for one in found.tiers["primary"]}
    hours = {handoff.at for handoff in asked.tiers[0].handoffs}
    assert edges <= hours
    assert asked.end - asked.start == 7 * DAY + HOUR


def test_a_supervisor_may_hand_off_weekly_beside_tiers_that_hand_off_twice_a_day() -> None:
    tiers = [tier(), tier("supervisor", ["mon 09:00"])]
    asked = ask(*people(*TEN[:5]), tiers=tiers, weeks=3, rest=11, most_days=4, seconds=4)
    found = draft(asked)
    assert broken(proof(asked, found)) == []
    begins = [one.start.astimezone(asked.zone) for one in found.tiers["supervisor"][1:]]
    assert all((one.weekday(), one.time()) == (0, time(9)) for one in begins)


def test_nobody_stands_more_days_or_nights_in_a_row_than_agreed() -> None:
    asked = ask(
        *people(*TEN[:4]),
        person("fay", limits=Limits(most_days=2, most_nights=1)),
        weeks=3,
        most_days=3,
        most_nights=2,
        seconds=4,
    )
    found = draft(asked)
    for staff in ("ana", "ben", "cho", "dee", "fay"):
        days, nights = set(), set()
        for wall in half_hours(stood(found, staff), asked.zone):
            days.add((wall - 8 * HOUR).date())
            if wall.hour >= 22 or wall.hour < 6:
                nights.add((wall - 12 * HOUR).date())
        assert longest_run(days) <= (2 if staff == "fay" else 3)
        assert longest_run(nights) <= (1 if staff == "fay" else 2)


def test_a_person_gets_no_more_than_their_limits() -> None:
    limits = Limits(hours_a_week=24, nights=2, not_on=frozenset({"backup"}))
    asked = ask(
        *people(*TEN[:4]),
        person("fay", limits=limits),
        tiers=[tier(), tier("backup")],
        weeks=3,
        seconds=4,
    )
    found = draft(asked)
    assert broken(proof(asked, found)) == []
    assert "fay" not in {one.staff for one in found.tiers["backup"]}
    weeks: dict[date, timedelta] = {}
    nights = set()
    for wall in half_hours(stood(found, "fay"), asked.zone):
        monday = wall.date() - wall.weekday() * DAY
        weeks[monday] = weeks.get(monday, timedelta()) + HOUR / 2
        if wall.hour >= 22 or wall.hour < 6:
            nights.add((wall - 12 * HOUR).date())
    assert max(weeks.values()) <= 24 * HOUR
    assert 0 < len(nights) <= 2


def test_what_somebody_carried_in_the_past_quarter_counts() -> None:
    night = Share(12 * HOUR, 8 * HOUR, timedelta(), timedelta(), 1, 1)
    past = {"ana": 6, "ben": 2, "cho": 2, "dee": 2}
    asked = ask(*(person(staff, past=night.times(count)) for staff, count in past.items()), weeks=4)
    found = draft(asked)
    together = {staff: found.shares[staff] + night.times(count) for staff, count in past.items()}
    assert spread(together, [list(past)]).nights <= 8 * HOUR
    assert found.spread.nights == spread(together, [list(past)]).nights
    assert found.shares["ana"].nights < found.shares["ben"].nights


def test_somebody_new_does_not_catch_up_on_the_time_before_theirs() -> None:
    night = Share(12 * HOUR, 8 * HOUR, timedelta(), timedelta(), 1, 1)
    asked = ask(
        *(person(staff, past=night.times(9)) for staff in ("ana", "ben", "cho")),
        person("fay"),
        weeks=4,
    )
    assert draft(asked).shares["fay"].nights <= 8 * 8 * HOUR


def test_a_long_absence_lowers_a_share_and_a_short_one_does_not() -> None:
    long = person("fay", off("2026-09-28 00:00", "2026-10-12 00:00"))
    short = person("gus", off("2026-09-28 00:00", "2026-10-03 00:00"))
    shares = draft(ask(*people(*TEN[:4]), long, short, weeks=4)).shares
    assert shares["fay"].nights < shares["ana"].nights - 8 * HOUR / 2
    assert abs(shares["gus"].nights - shares["ana"].nights) <= 8 * HOUR


def test_somebody_on_half_a_share_carries_half() -> None:
    shares = draft(ask(*people(*TEN[:4]), person("fay", share=0.5), weeks=4)).shares
    assert shares["fay"].nights / shares["ana"].nights == pytest.approx(0.5, abs=0.2)


def test_a_wish_is_met_where_it_costs_nobody_their_share() -> None:
    friday = frozenset({4})
    rather_not = Preference(False, weekdays=friday)
    gladly = Preference(True, weekdays=friday, start=time(8), end=time(20))
    asked = ask(
        person("ana", preferences=[rather_not]),
        person("ben", preferences=[gladly]),
        *people(*TEN[2:7]),
        weeks=2,
    )
    found = draft(asked)
    days = [wall.date() for wall in half_hours(stood(found, "ana"), asked.zone)]
    assert not [day for day in days if day.weekday() == 4]
    glad = {wall.date() for wall in half_hours(stood(found, "ben"), asked.zone) if wall.hour == 12}
    assert {date(2026, 10, 2), date(2026, 10, 9)} <= glad


def test_somebody_who_stands_the_night_before_the_plan_rests_first() -> None:
    fixed = {"primary": (stint("2026-09-27 20:00", "2026-09-28 08:00", "ana"),)}
    asked = ask(*people("ana", "ben", "cho", "dee"), tiers=[tier("backup")], rest=11, fixed=fixed)
    first = min(one.start for one in stood(draft(asked), "ana"))
    assert first >= at("2026-09-28 19:00")


def test_somebody_who_stands_right_after_the_plan_rests_before() -> None:
    fixed = {"primary": (stint("2026-10-05 08:00", "2026-10-05 20:00", "ana"),)}
    asked = ask(*people("ana", "ben", "cho", "dee"), tiers=[tier("backup")], rest=11, fixed=fixed)
    last = max(one.end for one in stood(draft(asked), "ana"))
    assert last <= at("2026-10-04 21:00")


def test_a_stint_that_began_at_night_asks_for_rest_when_it_ends_in_the_evening() -> None:
    # The only two people for a tier stand a night and the day after; then the other tier is open.
    asked = ask(
        *people("ana", "ben", "cho", "dee", "eli"),
        tiers=[tier(), tier("backup", ["12:00", "20:00"])],
        weeks=2,
        rest=13,
        seconds=4,
    )
    assert broken(proof(asked, draft(asked))) == []


def test_an_override_within_the_period_stands_and_its_holder_is_nowhere_else() -> None:
    fixed = {"primary": (stint("2026-09-30 20:00", "2026-10-01 08:00", "ana"),)}
    asked = ask(
        *people("ana", "ben", "cho", "dee"), tiers=[tier(), tier("backup")], rest=11, fixed=fixed
    )
    found = draft(asked)
    assert broken(proof(asked, found)) == []
    assert any(
        one.start <= at("2026-09-30 20:00") < one.end and one.staff == "ana"
        for one in found.tiers["primary"]
    )


def test_whoever_stands_around_an_override_in_the_middle_of_a_night_is_rested() -> None:
    fixed = {"primary": (stint("2026-09-30 23:00", "2026-10-01 03:00", "ana"),)}
    asked = ask(*people("ana", "ben", "cho", "dee"), rest=11, fixed=fixed)
    found = draft(asked)
    rota = rota_of(asked, found.tiers)
    assert broken(prove(rota, asked.start, asked.end)) == []


@pytest.mark.parametrize("gap", ["09:00", "12:00"])
def test_too_little_rest_between_what_stands_anyway_is_no_fault_of_the_plan(gap: str) -> None:
    fixed = {
        "primary": (stint("2026-09-30 20:00", "2026-10-01 09:00", "ana"),),
        "backup": (stint(f"2026-10-01 {gap}", "2026-10-01 20:00", "ana"),),
    }
    asked = ask(
        *people("ana", "ben", "cho", "dee"), tiers=[tier(), tier("backup")], rest=11, fixed=fixed
    )
    found = broken(proof(asked, draft(asked)))
    assert [(one.tier, one.start, one.who) for one in found] == [
        ("backup", at(f"2026-10-01 {gap}"), ("ana",))
    ]


def test_a_tier_that_is_not_planned_keeps_its_people() -> None:
    fixed = {"supervisor": (stint("2026-09-20 08:00", "2026-10-20 08:00", "eli"),)}
    asked = ask(*people("ana", "ben", "cho", "eli"), rest=11, fixed=fixed)
    found = draft(asked)
    assert set(found.tiers) == {"primary"}
    assert broken(proof(asked, found)) == []
    assert [one for one in found.tiers["primary"] if one.staff == "eli"] == []


def test_a_plan_starts_anywhere_in_the_world() -> None:
    asked = ask(
        *people("ana", "ben", "cho"),
        zone=ZoneInfo("Australia/Lord_Howe"),
        first_day=date(2026, 9, 30),
        seconds=2,
    )
    found = draft(asked)
    assert broken(proof(asked, found)) == []
    assert asked.end - asked.start == 7 * DAY - HOUR / 2


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"weeks": 0}, "A plan of 0 weeks: ask for 1 to 13."),
        ({"weeks": 14}, "A plan of 14 weeks: ask for 1 to 13."),
        ({"tiers": []}, "The team's ladder has no tier: there is nothing to plan."),
        ({"most_days": 0}, "At most 0 days in a row leaves nobody: give 1 or more."),
    ],
)
def test_a_question_without_sense_is_refused(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        ask(*people("ana"), **change)


def test_nobody_to_plan_with_is_refused() -> None:
    with pytest.raises(ValueError, match="The team has nobody who could stand"):
        ask()


def test_stints_are_kept_in_utc_and_touching_ones_are_one() -> None:
    found = draft(ask(*people("ana"), seconds=1))
    assert found.tiers == {
        "primary": (Stint(at("2026-09-28 08:00"), at("2026-10-05 08:00"), "ana"),)
    }
    assert MONDAY.weekday() == 0
