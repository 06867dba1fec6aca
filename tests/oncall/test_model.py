"""The words of a rota refuse what could not be meant, in sentences a person can act on."""

from dataclasses import replace
from datetime import UTC, time

import pytest

from oncall.model import Every, Only, Override, Person, Rotation, RungRule, Unit
from tests.oncall.build import KOLKATA, rota, utc, wall

START = wall("2026-01-05 09:00")
WEEK = Every(1, Unit.WEEK)


def test_a_turn_has_a_length() -> None:
    with pytest.raises(ValueError, match="count of 1 or more"):
        Every(0, Unit.DAY)


def test_a_rotation_names_somebody() -> None:
    with pytest.raises(ValueError, match='"weeks" has nobody in its order'):
        Rotation("primary", "weeks", START, WEEK, ())


@pytest.mark.parametrize("ends", ["2026-01-05 09:00", "2025-12-24 18:00"])
def test_a_rotation_ends_after_it_starts(ends: str) -> None:
    with pytest.raises(ValueError, match="the end must be later"):
        Rotation("primary", "weeks", START, WEEK, ("ana",), ends=wall(ends))


def test_a_rotation_is_written_by_the_wall() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        Rotation("primary", "weeks", START.replace(tzinfo=UTC), WEEK, ("ana",))
    with pytest.raises(ValueError, match="without a time zone"):
        Rotation("primary", "weeks", START, WEEK, ("ana",), ends=utc("2027-01-01 00:00"))


@pytest.mark.parametrize("end", ["2026-12-24 18:00", "2026-12-24 17:59"])
def test_an_override_ends_after_it_starts(end: str) -> None:
    with pytest.raises(ValueError, match="the end must be later"):
        Override("primary", utc("2026-12-24 18:00"), utc(end), "eli")


def test_an_override_says_which_instants_it_means() -> None:
    with pytest.raises(ValueError, match="lacks a time zone"):
        Override("primary", wall("2026-12-24 18:00"), utc("2026-12-25 09:00"), "eli")
    with pytest.raises(ValueError, match="lacks a time zone"):
        Override("primary", utc("2026-12-24 18:00"), wall("2026-12-25 09:00"), "eli")


def test_an_override_is_kept_in_utc() -> None:
    start = wall("2026-12-24 18:00").replace(tzinfo=KOLKATA)
    kept = Override("primary", start, utc("2026-12-25 09:00"), "eli")
    assert kept.start == start
    assert kept.start.tzinfo is UTC


@pytest.mark.parametrize("days", [frozenset(), frozenset({7}), frozenset({-1, 3})])
def test_a_restriction_names_weekdays(days: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="0 \\(Monday\\) to 6 \\(Sunday\\)"):
        Only(days)


def test_a_restriction_is_written_by_the_wall() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        Only(frozenset({1}), time(9, tzinfo=UTC))


@pytest.mark.parametrize("seconds", [4, 601])
def test_a_phone_rings_for_as_long_as_twilio_allows(seconds: int) -> None:
    with pytest.raises(ValueError, match="5 to 600"):
        RungRule("primary", seconds, 120)


def test_a_page_leaves_time_to_answer() -> None:
    with pytest.raises(ValueError, match="at least 5"):
        RungRule("primary", 20, 4)


def test_a_rota_does_not_change_with_the_dict_it_was_made_from() -> None:
    people = {"ana": Person()}
    made = replace(rota(), people=people)
    people["ana"] = Person(active=False)
    assert made.people == {"ana": Person()}
