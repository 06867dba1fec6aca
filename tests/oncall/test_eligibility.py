"""Who could take a shift, the best suited first, and what speaks against the others."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.eligibility import (
    Candidate,
    Obstacle,
    can_take,
    candidates,
    matters,
    obstacle_words,
    obstacles,
    part_takers,
)
from oncall.model import Person, Rota, Rules
from oncall.rest import Stretch
from oncall.shifts import uncovered
from tests.oncall.build import away, local, override, rota, rotation, wall
from tests.oncall.rotas import rotas

PRIMARY = rotation("2026-02-02 09:00", "1 week", "ana", "ben")
BACKUP = replace(PRIMARY, tier="backup", order=("cho", "dee"))
MEMBERS = ("ana", "ben", "cho", "dee", "eli", "fay")
START, END = local("2026-02-03 17:00"), local("2026-02-04 08:00")
HOUR = timedelta(hours=1)


def who(team: Rota, load: dict[str, timedelta] | None = None) -> list[str]:
    """Return who could take Tuesday night, with what speaks against them."""
    return [
        " ".join([one.staff, *one.obstacles])
        for one in candidates(team, MEMBERS, "primary", START, END, load)
    ]


def test_whoever_stands_on_no_tier_could_take_it() -> None:
    assert who(rota(PRIMARY, BACKUP)) == ["ben", "dee", "eli", "fay"]


def test_whoever_has_stood_least_comes_first() -> None:
    load = {"ben": 30 * HOUR, "dee": 10 * HOUR, "eli": 20 * HOUR}
    assert who(rota(PRIMARY, BACKUP), load) == ["fay", "dee", "eli", "ben"]
    found = candidates(rota(PRIMARY, BACKUP), MEMBERS, "primary", START, END, load)
    assert found[1] == Candidate("dee", (), 10 * HOUR)


@pytest.mark.parametrize(
    "person",
    [
        Person(active=False),
        Person(sms=False, voice=False),
        away(("2026-02-04 07:59", "2026-02-05 00:00")),
        away(("2026-02-03 00:00", "2026-02-03 17:01")),
    ],
)
def test_whoever_is_not_there_for_all_of_it_is_left_out(person: Person) -> None:
    assert who(rota(PRIMARY, BACKUP, people={"eli": person})) == ["ben", "dee", "fay"]


def test_time_off_that_only_touches_it_is_no_matter() -> None:
    off = away(("2026-02-03 00:00", "2026-02-03 17:00"), ("2026-02-04 08:00", "2026-02-05 00:00"))
    assert "eli" in who(rota(PRIMARY, BACKUP, people={"eli": off}))


def test_whoever_stands_on_another_tier_for_a_part_of_it_is_left_out() -> None:
    part = override("2026-02-04 07:00", "2026-02-04 12:00", "eli", tier="backup")
    assert who(rota(PRIMARY, BACKUP, overrides=(part,))) == ["ben", "dee", "fay"]


def test_whoever_holds_a_part_of_it_anyway_is_left_out() -> None:
    part = override("2026-02-04 07:00", "2026-02-04 12:00", "eli")
    assert who(rota(PRIMARY, BACKUP, overrides=(part,))) == ["ben", "dee", "fay"]


def test_whoever_something_speaks_against_comes_last() -> None:
    rules = Rules(requires={"primary": frozenset({"nurse"})})
    people = {
        "ben": Person(discipline="peer"),
        "dee": Person(discipline="nurse", verified=False),
        "eli": Person(discipline="nurse"),
        "fay": Person(voice=False, verified=False),
    }
    assert who(rota(PRIMARY, BACKUP, people=people, rules=rules), {"eli": 99 * HOUR}) == [
        "eli",
        "ben discipline",
        "dee unverified",
        "fay discipline one_channel unverified",
    ]


REST = Rules(rest=11 * HOUR)


@pytest.mark.parametrize(
    ("start", "end", "tier", "obstacle"),
    [
        ("2026-02-02 21:00", "2026-02-03 06:01", "backup", True),
        ("2026-02-02 21:00", "2026-02-03 06:00", "backup", False),
        ("2026-02-03 10:00", "2026-02-03 16:00", "backup", False),
        ("2026-02-04 18:59", "2026-02-04 20:00", "backup", True),
        ("2026-02-04 19:00", "2026-02-04 20:00", "backup", False),
        ("2026-02-04 08:00", "2026-02-04 12:00", "backup", True),
        ("2026-02-04 08:00", "2026-02-04 12:00", "primary", False),
        ("2026-02-03 12:00", "2026-02-03 17:00", "primary", False),
    ],
)
def test_rest_is_looked_at_before_it_and_after_it(
    start: str, end: str, tier: str, obstacle: bool
) -> None:
    own = override(start, end, "eli", tier=tier)
    team = rota(PRIMARY, BACKUP, overrides=(own,), rules=REST)
    expected = (Obstacle.REST,) if obstacle else ()
    assert obstacles(team, "eli", "primary", START, END) == expected


def test_rest_that_is_short_anyway_speaks_against_nobody() -> None:
    short = (
        override("2026-01-20 21:00", "2026-01-21 07:00", "eli", tier="backup"),
        override("2026-01-21 08:00", "2026-01-21 12:00", "eli", tier="backup"),
        override("2026-02-05 21:00", "2026-02-06 07:00", "eli", tier="backup"),
        override("2026-02-06 08:00", "2026-02-06 12:00", "eli", tier="backup"),
    )
    team = rota(PRIMARY, BACKUP, overrides=short, rules=Rules(rest=24 * HOUR))
    assert obstacles(team, "eli", "primary", START, END) == ()


@pytest.mark.parametrize(
    ("start", "end", "obstacle"),
    [
        ("2026-02-02 21:00", "2026-02-03 06:01", True),
        ("2026-02-02 21:00", "2026-02-03 06:00", False),
        ("2026-02-04 18:59", "2026-02-04 20:00", True),
        ("2026-02-04 19:00", "2026-02-04 20:00", False),
    ],
)
def test_a_night_for_another_team_is_one_to_rest_after(
    start: str, end: str, obstacle: bool
) -> None:
    there = {"eli": [Stretch(local(start), local(end), "primary of south", "eli")]}
    team = rota(PRIMARY, BACKUP, rules=REST)
    found = candidates(team, ["eli"], "primary", START, END, elsewhere=there)
    assert [one.obstacles for one in found] == [(Obstacle.REST,) if obstacle else ()]


def test_whoever_stands_for_another_team_in_a_part_of_it_is_left_out() -> None:
    there = {"eli": [Stretch(local("2026-02-04 07:00"), END, "primary of south", "eli")]}
    assert candidates(rota(PRIMARY), ["eli"], "primary", START, END, elsewhere=there) == ()


def test_as_far_as_rest_and_a_night_before_it_matters_what_people_do() -> None:
    first, last = matters(rota(rules=REST), START, END)
    assert (START - first, last - END) == (83 * HOUR, 83 * HOUR)
    assert matters(rota(), START, END) == (START, END)


def test_one_person_can_be_asked_about() -> None:
    team = rota(PRIMARY, BACKUP)
    assert can_take(team, "eli", "primary", START, END)
    assert not can_take(team, "cho", "primary", START, END)
    assert not can_take(team, "ana", "primary", START, END)


def test_a_tier_that_the_ladder_lacks_can_be_taken_too() -> None:
    part = override("2026-02-03 17:00", "2026-02-03 18:00", "eli", tier="medical")
    team = rota(PRIMARY, BACKUP, overrides=(part,))
    assert not can_take(team, "eli", "medical", START, END)
    assert can_take(team, "fay", "medical", START, END)


def test_every_obstacle_has_its_words() -> None:
    words = [obstacle_words(obstacle) for obstacle in Obstacle]
    assert len(set(words)) == len(words)
    assert obstacle_words(Obstacle.REST) == "too little rest after a night"


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks a time zone"):
        candidates(rota(PRIMARY), MEMBERS, "primary", wall("2026-02-03 17:00"), END)


def test_where_nobody_could_take_all_of_it_parts_are_found() -> None:
    """Two weeks without a primary: Cho and Dee take turns as backup, Eli is away for a day."""
    start, end = local("2026-02-02 09:00"), local("2026-02-16 09:00")
    middle = local("2026-02-09 09:00")
    people = {
        "eli": away(("2026-02-03 00:00", "2026-02-04 00:00")),
        "fay": Person(sms=False, voice=False),
    }
    team = rota(BACKUP, people=people)
    members = ("cho", "dee", "eli", "fay")
    assert candidates(team, members, "primary", start, end) == ()
    eli, dee, cho = part_takers(team, members, "primary", start, end)[:3]
    assert (eli.staff, eli.length) == ("eli", 13 * 24 * HOUR)
    assert eli.parts == (
        (start, local("2026-02-03 00:00")),
        (local("2026-02-04 00:00"), end),
    )
    assert {dee.staff: dee.parts, cho.staff: cho.parts} == {
        "dee": ((start, middle),),
        "cho": ((middle, end),),
    }
    elsewhere = {"eli": [Stretch(start, middle, "primary of south", "eli")]}
    found = part_takers(team, ("eli",), "primary", start, end, elsewhere)
    assert [one.parts for one in found] == [((middle, end),)]
    assert part_takers(team, ("fay",), "primary", start, end) == ()


@given(rotas(), st.data())
def test_everybody_could_take_each_of_their_parts_and_no_instant_more(
    drawn: tuple[Rota, datetime], data: st.DataObject
) -> None:
    team, start = drawn
    end = start + data.draw(st.integers(1, 20 * 24)) * HOUR
    tier = data.draw(st.sampled_from(team.tiers)) if team.tiers else "primary"
    members = tuple(sorted(team.people))
    takers = {one.staff: one.parts for one in part_takers(team, members, tier, start, end)}
    for staff in members:
        parts = takers.get(staff, ())
        assert all(can_take(team, staff, tier, first, last) for first, last in parts)
        for first, last in uncovered(start, end, parts):
            assert not can_take(team, staff, tier, first, last)
