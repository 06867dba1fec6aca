"""The final schedule of a tier: layers, overrides, people who are away."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from oncall.model import Rota
from oncall.schedule import HORIZON, final_schedule, on_call
from tests.oncall.build import (
    EVERY_DAY,
    LOS_ANGELES,
    SUNDAY,
    local,
    only,
    override,
    rota,
    rotation,
    utc,
    wall,
)

WEEKLY = rotation("2026-01-05 09:00", "1 week", "ana", "ben", "cho", "dee")
SUNDAY_DAY = rotation(
    "2026-01-04 09:00", "1 week", "fay", name="sunday day", only=only({SUNDAY}, "09:00", "17:00")
)


def told(team: Rota, start: str, days: float, tier: str = "primary") -> list[str]:
    """Return the schedule as lines a person reads, in Los Angeles time."""
    begin = local(start)
    return [
        f"{shift.start.astimezone(LOS_ANGELES):%a %d %H:%M}-"
        f"{shift.end.astimezone(LOS_ANGELES):%a %d %H:%M} {shift.staff} ({shift.why})"
        for shift in final_schedule(team, tier, begin, begin + timedelta(days=days))
    ]


def who(team: Rota, at: datetime, tier: str = "primary") -> str | None:
    shift = on_call(team, tier, at)
    return shift.staff if shift else None


def test_the_later_layer_wins_and_the_earlier_shows_around_it() -> None:
    assert told(rota(WEEKLY, SUNDAY_DAY), "2026-01-10 09:00", 3) == [
        "Sat 10 09:00-Sun 11 09:00 ana (rotation weeks)",
        "Sun 11 09:00-Sun 11 17:00 fay (rotation sunday day)",
        "Sun 11 17:00-Mon 12 09:00 ana (rotation weeks)",
        "Mon 12 09:00-Tue 13 09:00 ben (rotation weeks)",
    ]


def test_the_order_of_the_layers_decides() -> None:
    assert told(rota(SUNDAY_DAY, WEEKLY), "2026-01-10 09:00", 1.5) == [
        "Sat 10 09:00-Sun 11 21:00 ana (rotation weeks)"
    ]


def test_an_override_wins_over_every_layer() -> None:
    christmas = override("2026-12-24 18:00", "2026-12-25 09:00", "eli", "Christmas Eve")
    team = rota(WEEKLY, SUNDAY_DAY, overrides=(christmas,))
    assert told(team, "2026-12-24 12:00", 1) == [
        "Thu 24 12:00-Thu 24 18:00 cho (rotation weeks)",
        "Thu 24 18:00-Fri 25 09:00 eli (override: Christmas Eve)",
        "Fri 25 09:00-Fri 25 12:00 cho (rotation weeks)",
    ]


def test_a_later_override_wins_over_an_earlier_one() -> None:
    team = rota(
        WEEKLY,
        overrides=(
            override("2026-02-03 08:00", "2026-02-03 20:00", "eli", "training"),
            override("2026-02-03 12:00", "2026-02-03 14:00", "fay", "dentist"),
        ),
    )
    assert told(team, "2026-02-03 08:00", 0.5) == [
        "Tue 03 08:00-Tue 03 12:00 eli (override: training)",
        "Tue 03 12:00-Tue 03 14:00 fay (override: dentist)",
        "Tue 03 14:00-Tue 03 20:00 eli (override: training)",
    ]


def test_an_override_reaches_its_own_tier_only() -> None:
    team = rota(
        WEEKLY, overrides=(override("2026-02-03 08:00", "2026-02-03 20:00", "eli", tier="backup"),)
    )
    assert who(team, local("2026-02-03 12:00")) == "ana"
    assert told(team, "2026-02-03 00:00", 1, "backup") == [
        "Tue 03 08:00-Tue 03 20:00 eli (override)"
    ]


def test_an_override_fills_a_tier_without_rotations() -> None:
    team = rota(overrides=(override("2026-02-03 08:00", "2026-02-03 20:00", "eli"),))
    assert who(team, local("2026-02-03 07:59")) is None
    assert who(team, local("2026-02-03 08:00")) == "eli"
    assert who(team, local("2026-02-03 20:00")) is None


def test_someone_who_is_not_active_leaves_the_turn_empty() -> None:
    team = rota(WEEKLY, active={"ana": False, "ben": True})
    assert told(team, "2026-01-10 09:00", 3) == ["Mon 12 09:00-Tue 13 09:00 ben (rotation weeks)"]


def test_below_someone_who_is_not_active_the_lower_layer_shows() -> None:
    team = rota(WEEKLY, SUNDAY_DAY, active={"fay": False})
    assert told(team, "2026-01-11 00:00", 1) == ["Sun 11 00:00-Mon 12 00:00 ana (rotation weeks)"]


def test_the_override_of_someone_who_is_not_active_covers_nothing() -> None:
    eve = override("2026-12-24 18:00", "2026-12-25 09:00", "eli", "Christmas Eve")
    team = rota(WEEKLY, overrides=(eve,), active={"eli": False})
    assert who(team, local("2026-12-24 20:00")) == "cho"


def test_touching_stretches_for_one_reason_are_one_shift() -> None:
    team = rota(rotation("2026-01-05 09:00", "1 day", "ana", "ana", "ben"))
    assert told(team, "2026-01-05 09:00", 3) == [
        "Mon 05 09:00-Wed 07 09:00 ana (rotation weeks)",
        "Wed 07 09:00-Thu 08 09:00 ben (rotation weeks)",
    ]


def test_touching_stretches_for_different_reasons_stay_apart() -> None:
    team = rota(
        WEEKLY, overrides=(override("2026-01-06 09:00", "2026-01-06 12:00", "ana", "swap"),)
    )
    assert [line.split(" (")[1] for line in told(team, "2026-01-06 00:00", 1)] == [
        "rotation weeks)",
        "override: swap)",
        "rotation weeks)",
    ]


def test_day_and_night_layers_of_twelve_hours_take_turns() -> None:
    day = rotation(
        "2026-01-05 07:00",
        "1 day",
        "ana",
        "ben",
        name="days",
        only=only(EVERY_DAY, "07:00", "19:00"),
    )
    night = rotation(
        "2026-01-05 19:00",
        "1 day",
        "cho",
        "dee",
        name="nights",
        only=only(EVERY_DAY, "19:00", "07:00"),
    )
    assert told(rota(day, night), "2026-03-07 07:00", 2) == [
        "Sat 07 07:00-Sat 07 19:00 ben (rotation days)",
        "Sat 07 19:00-Sun 08 07:00 dee (rotation nights)",
        "Sun 08 07:00-Sun 08 19:00 ana (rotation days)",
        "Sun 08 19:00-Mon 09 07:00 cho (rotation nights)",
        "Mon 09 07:00-Mon 09 08:00 ben (rotation days)",
    ]


def test_at_the_handoff_second_one_person_stands() -> None:
    handoff = local("2026-01-12 09:00")
    assert who(rota(WEEKLY), handoff - timedelta(microseconds=1)) == "ana"
    assert who(rota(WEEKLY), handoff) == "ben"


def test_a_friday_night_shift_stands_at_two_on_saturday() -> None:
    team = rota(rotation("2026-01-01 00:00", "1 week", "ana", only=only({4}, "22:00", "06:00")))
    shift = on_call(team, "primary", local("2026-05-02 02:00"))
    assert shift is not None
    assert (shift.start, shift.end) == (local("2026-05-01 22:00"), local("2026-05-02 06:00"))


def test_on_call_tells_the_real_start_and_end_of_a_shift() -> None:
    team = rota(WEEKLY, SUNDAY_DAY)
    shift = on_call(team, "primary", local("2026-01-11 18:00"))
    assert shift is not None
    assert (shift.start, shift.end) == (local("2026-01-11 17:00"), local("2026-01-12 09:00"))


def test_on_call_follows_a_shift_across_touching_turns() -> None:
    team = rota(rotation("2026-01-05 09:00", "1 day", "ana", "ana", "ben"))
    shift = on_call(team, "primary", local("2026-01-06 12:00"))
    assert shift is not None
    assert (shift.start, shift.end) == (local("2026-01-05 09:00"), local("2026-01-07 09:00"))


def test_a_shift_without_a_handoff_in_sight_ends_at_the_horizon() -> None:
    team = rota(rotation("2020-01-06 09:00", "1 week", "eli"))
    at = utc("2026-05-01 00:00")
    shift = on_call(team, "primary", at)
    assert shift is not None
    assert (shift.start, shift.end) == (at - HORIZON, at + HORIZON)


def test_a_stretch_that_closed_in_the_first_pass_of_an_hour_stays_closed_in_the_second() -> None:
    evening = rotation(
        "2026-01-05 00:00", "1 week", "fay", name="evening", only=only(EVERY_DAY, "22:00", "01:45")
    )
    shift = on_call(rota(WEEKLY, evening), "primary", utc("2026-11-01 09:30"))
    assert shift is not None
    assert shift.staff == "cho"
    assert (shift.start, shift.end) == (utc("2026-11-01 08:45"), local("2026-11-01 22:00"))


def test_a_shift_longer_than_the_horizon_is_followed_as_far_as_it_from_every_instant() -> None:
    team = rota(rotation("2026-01-05 09:00", "20 months", "ana", "ben"))
    middle = on_call(team, "primary", local("2026-11-05 09:00"))
    late = utc("2027-08-01 00:00")
    shift = on_call(team, "primary", late)
    assert middle is not None
    assert shift is not None
    assert (middle.start, middle.end) == (local("2026-01-05 09:00"), local("2027-09-05 09:00"))
    assert (shift.start, shift.end) == (late - HORIZON, middle.end)


def test_asking_again_within_a_shift_and_after_it() -> None:
    team = rota(WEEKLY)
    first = on_call(team, "primary", local("2026-01-06 00:00"))
    assert on_call(team, "primary", local("2026-01-12 08:59")) == first
    assert who(team, local("2026-01-12 09:00")) == "ben"
    assert on_call(team, "primary", local("2026-01-05 09:00")) == first
    assert who(team, local("2026-01-05 08:59")) is None


def test_an_unknown_tier_is_an_empty_one() -> None:
    assert who(rota(WEEKLY), local("2026-01-06 00:00"), "medical") is None
    assert told(rota(WEEKLY), "2026-01-06 00:00", 9, "medical") == []


def test_an_empty_or_backward_window_is_an_empty_schedule() -> None:
    at = local("2026-01-06 00:00")
    assert final_schedule(rota(WEEKLY), "primary", at, at) == []
    assert final_schedule(rota(WEEKLY), "primary", at, at - timedelta(days=1)) == []


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks a time zone"):
        on_call(rota(WEEKLY), "primary", wall("2026-01-06 00:00"))


def test_a_year_of_weeks_is_covered_without_a_break() -> None:
    start = local("2026-01-05 09:00")
    found = final_schedule(rota(WEEKLY), "primary", start, start + timedelta(days=364))
    assert len(found) == 52
    assert all(one.end == two.start for one, two in pairwise(found))
    assert (found[0].start, found[-1].end) == (start, start + timedelta(days=364))
    assert all(shift.start.tzinfo is UTC for shift in found)
