"""The ladder: every rung in order, and always a human outside the team at its end."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from oncall.ladder import DEFAULT_LAST_RESORT, Rung, ladder, next_on_call
from tests.oncall.build import local, override, rota, rotation, utc, wall

LAST = ("988", "+15035550199")
PRIMARY = rotation("2026-01-05 09:00", "1 week", "ana", "ben", "cho", "dee")
BACKUP = rotation("2026-01-05 09:00", "1 week", "ben", "cho", "dee", "ana", tier="backup")
SUPERVISOR = rotation("2026-01-05 09:00", "1 week", "eli", tier="supervisor")
NIGHT = local("2026-01-07 03:10")


def test_the_rungs_stand_in_the_order_of_the_rules() -> None:
    found = ladder(rota(SUPERVISOR, BACKUP, PRIMARY), NIGHT, LAST)
    monday = local("2026-01-12 09:00")
    assert found.rungs == (
        Rung("primary", "ana", monday, 20, 120),
        Rung("backup", "ben", monday, 20, 120),
        Rung("supervisor", "eli", None, 20, 120),
    )
    assert (found.team, found.at, found.last_resort) == ("north", NIGHT, LAST)


def test_an_empty_rota_still_ends_with_the_last_resort() -> None:
    found = ladder(rota(), NIGHT, LAST)
    assert [rung.staff for rung in found.rungs] == [None, None, None]
    assert [rung.until for rung in found.rungs] == [None, None, None]
    assert found.last_resort == LAST


def test_a_ladder_without_rungs_still_ends_with_the_last_resort() -> None:
    assert ladder(rota(tiers=()), NIGHT, LAST).last_resort == LAST


@pytest.mark.parametrize("given", [(), ("",), ("  ", "")])
def test_988_stands_in_where_no_last_resort_is_named(given: tuple[str, ...]) -> None:
    assert ladder(rota(PRIMARY), NIGHT, given).last_resort == DEFAULT_LAST_RESORT
    assert DEFAULT_LAST_RESORT == ("988", "+18002738255")


def test_a_rung_that_nobody_stands_on_keeps_its_place() -> None:
    found = ladder(rota(PRIMARY, SUPERVISOR), NIGHT, LAST)
    assert [rung.staff for rung in found.rungs] == ["ana", None, "eli"]


def test_before_every_rotation_starts_nobody_stands() -> None:
    found = ladder(rota(PRIMARY, BACKUP, SUPERVISOR), local("2026-01-05 08:59"), LAST)
    assert [rung.staff for rung in found.rungs] == [None, None, None]


def test_someone_who_is_not_active_stands_on_no_rung() -> None:
    found = ladder(rota(PRIMARY, BACKUP, SUPERVISOR, active={"eli": False}), NIGHT, LAST)
    assert [rung.staff for rung in found.rungs] == ["ana", "ben", None]


@pytest.mark.parametrize(
    "at",
    [
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_the_ends_of_the_calendar_have_a_ladder_too(at: datetime) -> None:
    team = rota(
        PRIMARY, BACKUP, rotation("0001-01-01 00:00", "1 month", "eli", "fay", tier="supervisor")
    )
    found = ladder(team, at, LAST)
    assert found.last_resort == LAST
    assert found.rungs[2].staff in {"eli", "fay"}
    for rung in found.rungs:
        next_on_call(team, rung.tier, at)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks a time zone"):
        ladder(rota(PRIMARY), wall("2026-01-07 03:10"), LAST)


def test_next_is_the_first_shift_of_somebody_else() -> None:
    shift = next_on_call(rota(PRIMARY), "primary", NIGHT)
    assert shift is not None
    assert (shift.staff, shift.start) == ("ben", local("2026-01-12 09:00"))
    assert shift.end == local("2026-01-19 09:00")


def test_next_passes_over_another_shift_of_the_same_person() -> None:
    swap = override("2026-01-08 09:00", "2026-01-09 09:00", "ana", "swap")
    shift = next_on_call(rota(PRIMARY, overrides=(swap,)), "primary", NIGHT)
    assert shift is not None
    assert shift.staff == "ben"


def test_next_passes_over_a_gap() -> None:
    team = rota(PRIMARY, active={"ben": False, "cho": False})
    shift = next_on_call(team, "primary", NIGHT)
    assert shift is not None
    assert (shift.staff, shift.start) == ("dee", local("2026-01-26 09:00"))


def test_next_where_nobody_stands_is_whoever_comes_first() -> None:
    shift = next_on_call(rota(PRIMARY), "primary", local("2025-12-24 18:00"))
    assert shift is not None
    assert (shift.staff, shift.start) == ("ana", local("2026-01-05 09:00"))


def test_there_is_no_next_behind_somebody_who_never_hands_off() -> None:
    assert next_on_call(rota(SUPERVISOR), "supervisor", NIGHT) is None


def test_next_may_be_almost_a_year_away() -> None:
    eve = override(
        "2026-12-24 18:00", "2026-12-25 09:00", "fay", "Christmas Eve", tier="supervisor"
    )
    shift = next_on_call(rota(SUPERVISOR, overrides=(eve,)), "supervisor", NIGHT)
    assert shift is not None
    assert (shift.staff, shift.start) == ("fay", utc("2026-12-25 02:00"))
