"""Cover requests that are not made, and answers that are not enough."""

from datetime import timedelta

import pytest

from dispatch.agency_file import read_agency
from dispatch.commands.colleagues import able_to_cover
from oncall.eligibility import Obstacle
from oncall.rest import Stretch
from tests.scenarios.ridge import RIDGE, Ridge, wall

SHORTEST = (
    "Vigil: 30 minutes is the shortest part of a shift to ask for. "
    "Ask for more of it, or call the lead, Eli Sample."
)


def ref_in(answer: str | None) -> str:
    """The reference that an answer begins with."""
    return (answer or "").removeprefix("Vigil ").partition(":")[0]


# How small, and how often ───────────────────────────────────────────────────────────────────────


def test_nobody_is_asked_about_a_few_minutes(ridge: Ridge) -> None:
    assert ridge.says("ben", "COVER 20:00-20:01") == SHORTEST
    assert ridge.says("ben", "COVER 20:00-20:29") == SHORTEST
    assert "can you be" not in str(ridge.texted())
    assert "asking" in (ridge.says("ben", "COVER 20:00-20:30") or "")


@pytest.mark.parametrize("part", ["COVER", "COVER 07:00-08:00"])
def test_all_that_is_left_of_a_shift_may_be_less(ridge: Ridge, part: str) -> None:
    ridge.clock.at = wall("2026-11-28 07:40")
    assert "asking" in (ridge.says("ben", part) or "")


def test_asking_and_taking_back_texts_everybody_six_times_an_hour_and_no_more(
    ridge: Ridge,
) -> None:
    for _ in range(6):
        ref = ref_in(ridge.says("ben", "COVER"))
        assert ridge.says("ben", "WITHDRAW") == (
            f"Vigil {ref}: withdrawn. Your shift is yours as before."
        )
    ridge.texted()
    refused = "Vigil: Ben Sample has asked 6 times within an hour: call the lead, Eli Sample."
    assert ridge.says("ben", "COVER") == refused
    assert ridge.says("ben", "COVER 20:00-21:00") == refused
    assert ridge.texted() == {}
    assert "asking" in (ridge.says("cho", "COVER 20:00-21:00") or ""), "they are counted by person"
    ridge.clock.at += timedelta(hours=1)
    assert "asking" in (ridge.says("ben", "COVER") or "")


# What takes a shift ─────────────────────────────────────────────────────────────────────────────


def test_a_bare_ok_takes_no_shift(ridge: Ridge) -> None:
    ref = ref_in(ridge.says("ben", "COVER"))
    for ok in ("OK", "okay", "ok!"):
        assert ridge.says("gus", ok) == (
            f"Vigil {ref}: OK alone takes no shift. Reply YES {ref} or NO {ref}."
        )
    assert "Nothing more for you" not in str(ridge.texted())
    assert "it is yours" in (ridge.says("gus", f"OK {ref}") or ""), "a reference says what is meant"


@pytest.mark.parametrize("yes", ["YES", "1", "sí", "ok yes"])
def test_a_bare_yes_takes_the_only_shift_that_is_asked_for(ridge: Ridge, yes: str) -> None:
    ridge.says("ben", "COVER")
    assert "it is yours" in (ridge.says("gus", yes) or "")


def test_an_ok_that_confirms_a_shift_takes_no_other_however_often_it_is_texted(
    ridge: Ridge,
) -> None:
    """Cho stands on Saturday night and is asked for Ben's night before."""
    ridge.until("2026-11-27 17:00", timedelta(hours=1))
    ref = ref_in(ridge.says("ben", "COVER 20:00-23:00"))
    assert "thank you. You are on call for" in (ridge.says("cho", "OK") or "")
    assert f"OK alone takes no shift. Reply YES {ref}" in (ridge.says("cho", "OK") or "")
    assert "takes it" not in str(ridge.texted())


# Whoever stands for another team ────────────────────────────────────────────────────────────────

SOUTH = """  - id: south
    name: South ACT
    timezone: America/Los_Angeles
    lines: ["+15035550162"]
    members: [gus, fay, dee]
    ladder:
      - {tier: primary, ring_seconds: 20, page_seconds: 120}
    rotations:
      - {tier: primary, name: fay, starts: 2026-11-02T08:00, every: 1 week, order: [fay]}
    overrides:
      - tier: primary
        from: 2026-11-26T22:00
        to: 2026-11-27T09:00
        staff: gus
"""


@pytest.fixture
def with_south(database_url: str) -> Ridge:
    """The ridge with eleven hours' rest, and a second team where Gus has the night before Ben's."""
    north = RIDGE.replace("    ladder:", "    rules: {rest_hours: 11}\n    ladder:")
    return Ridge(database_url, read_agency(north + SOUTH, "ridge.yaml"))


def test_a_night_for_another_team_counts_as_one_for_this(with_south: Ridge) -> None:
    wanted = Stretch(wall("2026-11-27 17:00"), wall("2026-11-28 08:00"), "primary", "ben")
    with with_south.work.reading() as work:
        found = {one.staff: one.obstacles for one in able_to_cover(work, "north", wanted)}
    assert found["gus"] == (Obstacle.REST,), "eight hours after his night for the south"
    with with_south.work.reading() as work:
        later = wanted._replace(start=wall("2026-11-27 20:00"))
        found = {one.staff: one.obstacles for one in able_to_cover(work, "north", later)}
    assert found["gus"] == ()
    with_south.close()
