"""A tier's own handoffs are found in its rotations, where every week is alike."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from oncall.model import Every, Only, Override, Rota, Rotation, RungRule, Unit
from oncall.planner.model import Handoff
from oncall.planner.patterns import handoffs, in_words, named, pattern
from oncall.planner.usual import usual_handoffs
from tests.planner.asks import LOS_ANGELES, at

ALL, WORKDAYS = frozenset(range(7)), frozenset(range(5))


def rotation(
    starts: str,
    every: Every,
    *order: str,
    only: Only | None = None,
    tier: str = "primary",
    name: str = "turns",
) -> Rotation:
    return Rotation(tier, name, datetime.fromisoformat(starts), every, order or ("a", "b"), only)


def usual(
    *rotations: Rotation,
    first_day: date = date(2026, 10, 14),
    zone: ZoneInfo = LOS_ANGELES,
    overrides: tuple[Override, ...] = (),
) -> tuple[str, ...]:
    ladder = (RungRule("primary", 20, 120), RungRule("backup", 20, 120))
    rota = Rota("north", zone, ladder, rotations, overrides)
    return in_words(usual_handoffs(rota, "primary", first_day))


def test_twelve_hours_keep_the_teams_own_times() -> None:
    assert usual(rotation("2026-01-05T07:00", Every(12, Unit.HOUR), "a", "b", "c")) == (
        "07:00",
        "19:00",
    )


def test_a_weekly_handoff_keeps_its_day_over_a_change_of_the_clocks() -> None:
    assert usual(rotation("2026-01-09T17:00", Every(1, Unit.WEEK))) == ("fri 17:00",)


def test_nights_and_weekends_in_layers() -> None:
    days = Only(ALL, time(8), time(17))
    nights = Only(ALL, time(17), time(8))
    week = Every(1, Unit.WEEK)
    found = usual(
        rotation("2026-01-05T08:00", week, "a", "b", only=days, name="days"),
        rotation("2026-01-05T08:00", week, "c", "d", only=nights, name="nights"),
    )
    assert found == ("08:00", "17:00")


def test_what_is_held_on_some_days_only_begins_and_ends_on_those() -> None:
    found = usual(
        rotation("2026-01-05T17:00", Every(1, Unit.WEEK), only=Only(WORKDAYS, time(17), time(23)))
    )
    assert found == tuple(
        f"{day} {hour}"
        for day in ("mon", "tue", "wed", "thu", "fri")
        for hour in ("17:00", "23:00")
    )


@pytest.mark.parametrize(
    "every", [Every(2, Unit.WEEK), Every(1, Unit.MONTH), Every(5, Unit.DAY), Every(1, Unit.HOUR)]
)
def test_weeks_that_are_not_alike_or_no_shifts_are_left_to_the_usual_hours(every: Every) -> None:
    assert usual(rotation("2026-01-05T09:00", every)) == ("08:00", "20:00")


def test_one_person_alone_or_nobody_hands_off_at_the_usual_hours() -> None:
    assert usual(rotation("2026-01-05T09:00", Every(1, Unit.WEEK), "a")) == ("08:00", "20:00")
    assert usual() == ("08:00", "20:00")
    elsewhere = rotation("2026-01-05T09:00", Every(1, Unit.WEEK), tier="backup")
    assert usual(elsewhere) == ("08:00", "20:00")


def test_overrides_are_no_handoffs() -> None:
    cover = Override("primary", at("2026-10-14 10:00"), at("2026-10-14 12:00"), "c")
    found = usual(rotation("2026-01-05T09:00", Every(1, Unit.WEEK)), overrides=(cover,))
    assert found == ("mon 09:00",)


@pytest.mark.parametrize("name", ["12h", "day_night", "week"])
def test_handoffs_in_words_read_back(name: str) -> None:
    assert handoffs(in_words(pattern(name, 2))) == pattern(name, 2)
    assert in_words((Handoff(2, time(8)),)) == ("wed 08:00",)


def test_handoffs_are_called_by_the_name_of_their_pattern_unless_it_hangs_on_the_first_day() -> (
    None
):
    assert [named(pattern(name, 0)) for name in ("12h", "day_night")] == ["12h", "day_night"]
    assert named(pattern("week", 0)) is None
    assert named(handoffs(["07:00", "19:00"])) is None
