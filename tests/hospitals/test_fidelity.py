"""Scores come from cuts that are data, read strictly, and never rounded in the team's favour."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.hospitals.counting.fidelity import BadCuts, Scale, in_force, packaged, read_scale
from dispatch.hospitals.counting.windows import packaged_windows, read_windows, windows_in_force
from tests.hospitals.samples import DATA

SHARED = DATA / "fidelity" / "dacts.json"
CUTS = ["<5", "5-34", "35-64", "65-94", ">=95"]


def scale(cuts: list[str], effective: str = "2008-01-01") -> Scale:
    item = {"metric": "%", "cuts": cuts, "sure": "test"}
    told = {"scale": "T", "effective": effective, "source": "test", "items": {"X": item}}
    return read_scale(json.dumps(told))


def test_the_cuts_in_the_program_are_those_of_the_shared_facts() -> None:
    (ours,) = packaged()
    theirs = json.loads(SHARED.read_text())["items"]
    for name, item in ours.items.items():
        assert item.cuts == scale(theirs[name]["cuts"]).items["X"].cuts
        assert theirs[name]["source"] in item.sure
    assert set(ours.items) == {"O5", "O6"}


@pytest.mark.parametrize(
    ("percent", "score"),
    [
        (Fraction(0), 1),
        (Fraction(499, 100), 1),
        (Fraction(5), 2),
        (Fraction(34), 2),
        (Fraction(345, 10), 2),
        (Fraction(3499, 100), 2),
        (Fraction(35), 3),
        (Fraction(9499, 100), 4),
        (Fraction(95), 5),
        (Fraction(100), 5),
    ],
)
def test_between_two_cuts_the_lower_score_is_earned(percent: Fraction, score: int) -> None:
    assert scale(CUTS).items["X"].score(percent) == score


def test_where_less_is_better_it_is_the_lower_score_too() -> None:
    falling = scale([">90", "38-90", "18-37", "5-17", "<5"]).items["X"]
    scores = {percent: falling.score(Fraction(percent)) for percent in ("37.5", "4.9", "90.5")}
    assert scores == {"37.5": 2, "4.9": 5, "90.5": 1}


@given(st.fractions(0, 100), st.fractions(0, 100))
def test_more_never_scores_less(one: Fraction, other: Fraction) -> None:
    item = scale(CUTS).items["X"]
    lower, higher = sorted((one, other))
    assert 1 <= item.score(lower) <= item.score(higher) <= 5


@pytest.mark.parametrize(
    "cuts",
    [
        ["<5", "5-34", "36-64", "65-94", ">=95"],
        ["<5", "5-35", "35-64", "65-94", ">=95"],
        ["<5", "5-34", "35-64", "65-94", ">95"],
        ["<5", "5-34", "64-35", "65-94", ">=95"],
        ["<5", "5 - 34", "35-64", "65-94", ">=95"],
        ["<5%", "5-34", "35-64", "65-94", ">=95"],
        ["0-4", "5-34", "35-64", "65-94", ">=95"],
        ["<5", "5-34", "35-94", ">=95"],
        ["", "", "", "", ""],
    ],
)
def test_cuts_that_leave_a_hole_or_are_written_otherwise_are_refused(cuts: list[str]) -> None:
    with pytest.raises(BadCuts, match="X: "):
        scale(cuts)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"items": []}', '{"items": {"X": {}}}'])
def test_what_is_no_scale_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadCuts, match="thresholds"):
        read_scale(text)


def test_the_edition_in_force_is_the_latest_that_has_begun() -> None:
    editions = [scale(CUTS, "2027-07-01"), scale(CUTS, "2008-01-01")]
    assert in_force(editions, date(2027, 6, 30)).effective == date(2008, 1, 1)
    assert in_force(editions, date(2027, 7, 1)).effective == date(2027, 7, 1)
    with pytest.raises(BadCuts, match="in force"):
        in_force(editions, date(2007, 12, 31))


def test_the_windows_after_a_discharge_are_data_too() -> None:
    windows = windows_in_force(packaged_windows(), date(2026, 3, 2))
    assert (windows.follow_up_days, windows.readmission_days) == (7, 30)
    assert all(before > timedelta() for before in windows.reminders)
    with pytest.raises(BadCuts, match="in force"):
        windows_in_force(packaged_windows(), date(2000, 1, 1))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told.pop("sure"),
        lambda told: told.update(follow_up_days=0),
        lambda told: told.update(follow_up_days="7"),
        lambda told: told.update(reminder_hours=3),
        lambda told: told.update(effective="spring"),
    ],
)
def test_windows_that_are_written_wrong_are_refused(
    spoil: Callable[[dict[str, Any]], object],
) -> None:
    told = {
        "effective": "2018-01-01",
        "follow_up_days": 7,
        "readmission_days": 30,
        "reminder_hours": [24],
        "sure": "test",
    }
    spoil(told)
    with pytest.raises(BadCuts, match="windows"):
        read_windows(json.dumps(told))
