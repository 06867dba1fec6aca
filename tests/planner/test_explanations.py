"""Where no rota is possible, the rules that collide are named: the earliest, and none too many."""

from dataclasses import replace
from itertools import count

import pytest

from oncall.planner import explain as explaining
from oncall.planner.model import Draft, Limits
from tests.planner.asks import (
    TEN,
    THREE,
    answer,
    ask,
    at,
    off,
    people,
    person,
    stint,
    tier,
    why_not,
)

MEDICAL = tier("medical", requires=["psychiatrist", "psychiatric_np"])
FAY = person("fay", off("2026-12-04 00:00", "2026-12-08 00:00"), discipline="psychiatric_np")
DECEMBER = {"first_day": at("2026-11-30 00:00").date(), "weeks": 2}


def test_the_only_prescriber_is_away() -> None:
    asked = ask(*people("ana", "ben"), FAY, tiers=[tier(), MEDICAL], **DECEMBER)
    assert why_not(asked) == (
        "From Thu Dec 3 20:00 to Tue Dec 8 08:00 medical needs a psychiatric_np or psychiatrist; "
        "only Fay Sample is one, and Fay Sample is away Dec 4 to Dec 7."
    )


def test_a_single_shift_is_named_by_its_start() -> None:
    fay = replace(FAY, time_off=(off("2026-12-05 21:00", "2026-12-06 02:00"),))
    asked = ask(*people("ana", "ben"), fay, tiers=[tier(), MEDICAL], **DECEMBER)
    assert why_not(asked) == (
        "On Sat Dec 5 20:00 medical needs a psychiatric_np or psychiatrist; only Fay Sample is "
        "one, and Fay Sample is away Sat Dec 5 21:00 to Sun Dec 6 02:00."
    )


def test_nobody_has_the_discipline() -> None:
    asked = ask(*people("ana", "ben"), tiers=[MEDICAL])
    assert why_not(asked) == (
        "From Mon Sep 28 08:00 to Mon Oct 5 08:00 medical needs a psychiatric_np or psychiatrist, "
        "and nobody on the team is one."
    )


def test_everybody_is_away_or_may_not_be_put_there() -> None:
    asked = ask(
        person("ana", off("2026-09-30 00:00", "2026-10-01 00:00")),
        person("ben", limits=Limits(not_on=frozenset({"primary"}))),
    )
    assert why_not(asked) == (
        "From Tue Sep 29 20:00 to Thu Oct 1 08:00 primary needs somebody, but Ana Sample is away "
        "Sep 30 and Ben Sample may not be put on primary."
    )


def test_whom_an_override_spares_is_not_called_away() -> None:
    cover = off("2026-09-30 20:00", "2026-10-01 08:00")
    asked = ask(replace(person("ana"), spared=(cover,)))
    assert why_not(asked) == (
        "On Wed Sep 30 20:00 primary needs somebody, but Ana Sample is spared by an override Wed "
        "Sep 30 20:00 to Thu Oct 1 08:00."
    )


def test_three_tiers_and_two_people() -> None:
    asked = ask(*people("ana", "ben"), tiers=[tier(name) for name in THREE])
    assert why_not(asked) == (
        "On Mon Sep 28 08:00 primary, backup and supervisor need 3 people, and only Ana Sample "
        "and Ben Sample could stand."
    )


def test_more_hours_than_people_may_stand_in_a_week() -> None:
    some = [person(staff, limits=Limits(hours_a_week=40)) for staff in ("ana", "ben")]
    assert why_not(ask(*some)) == (
        "From Mon Sep 28 08:00 to Mon Oct 5 00:00 primary needs 160 h, but Ana Sample and Ben "
        "Sample together may stand at most 80 h."
    )


def test_more_nights_than_people_may_stand() -> None:
    some = [person(staff, limits=Limits(nights=5)) for staff in TEN]
    asked = ask(*some, tiers=[tier(name) for name in THREE], weeks=4)
    assert why_not(asked) == (
        "From Mon Sep 28 08:00 to Mon Oct 26 08:00 primary, backup and supervisor need 84 nights, "
        "but the 10 people who could stand may stand at most 50 nights."
    )


def test_too_few_people_are_rested_when_the_plan_begins() -> None:
    night = "2026-09-27 20:00", "2026-09-28 08:00"
    fixed = {"supervisor": (stint(*night, "ana"),), "medical": (stint(*night, "ben"),)}
    asked = ask(*people("ana", "ben", "cho"), tiers=[tier(), tier("backup")], rest=11, fixed=fixed)
    assert why_not(asked) == (
        "From Mon Sep 28 08:00 to 20:00 not every rule can be kept: primary and backup each need "
        "somebody; Ana Sample stands on supervisor until Mon Sep 28 08:00; Ben Sample stands on "
        "medical until Mon Sep 28 08:00; nobody stands on two tiers at once; after a night "
        "everybody rests 11 h; and only Ana Sample, Ben Sample and Cho Sample could stand then."
    )


def test_whoever_stands_on_another_tier_is_named_with_it() -> None:
    fixed = {
        "supervisor": (stint("2026-09-30 08:00", "2026-10-01 08:00", "dee"),),
        "medical": (stint("2026-09-20 08:00", "2026-10-20 08:00", "eli"),),
    }
    asked = ask(*people("dee", "eli"), fixed=fixed)
    assert why_not(asked) == (
        "From Wed Sep 30 08:00 to 20:00 not every rule can be kept: primary needs somebody; Dee "
        "Sample stands on supervisor from Wed Sep 30 08:00 on; Eli Sample stands on medical all "
        "the time; nobody stands on two tiers at once; and only Dee Sample and Eli Sample could "
        "stand then."
    )


def test_what_stands_around_is_not_named_where_it_makes_no_difference() -> None:
    gus = person("gus", discipline="psychiatrist")
    asked = ask(FAY, gus, *people("ana", "ben"), tiers=[tier(), MEDICAL], most_nights=3, **DECEMBER)
    elsewhere = {"work": (stint("2026-12-01 08:00", "2026-12-02 08:00", "gus"),)}
    assert why_not(replace(asked, fixed=elsewhere)) == why_not(asked)


def test_a_run_of_nights_that_began_before_the_plan_is_named() -> None:
    fixed = {"primary": (stint("2026-09-26 20:00", "2026-09-28 08:00", "dee"),)}
    dee = person("dee", limits=Limits(most_nights=2))
    ana = person("ana", off("2026-09-28 00:00", "2026-09-30 00:00"))
    asked = ask(dee, ana, tiers=[tier(shape=["08:00"])], fixed=fixed)
    assert why_not(asked) == (
        "From Mon Sep 28 08:00 to Tue Sep 29 08:00 not every rule can be kept: primary needs "
        "somebody; Ana Sample is away Sep 28 to Sep 29; Dee Sample stands on primary until Mon "
        "Sep 28 08:00; Dee Sample stands at most 2 nights in a row; and only Dee Sample could "
        "stand then."
    )


def test_an_explanation_is_given_up_in_time_whatever_takes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built = 0

    class Counted(explaining.Roster):
        def __init__(self, *args: object) -> None:
            nonlocal built
            built += 1
            super().__init__(*args)

    monkeypatch.setattr(explaining, "Roster", Counted)
    fixed = {"medical": (stint("2026-09-20 08:00", "2026-10-20 08:00", "ana"),)}
    seconds = count(0.0, 5.0)
    assert explaining.explain(ask(*people("ana"), fixed=fixed), lambda: next(seconds))
    assert built == 2, "building them takes its time, though a search ends at once"


def test_a_limit_in_a_row_collides_with_a_time_off_later_in_the_plan() -> None:
    asked = ask(
        person("fay", off("2026-12-04 00:00", "2026-12-08 00:00"), discipline="psychiatric_np"),
        person("gus", discipline="psychiatrist"),
        *people("ana", "ben", "cho"),
        tiers=[tier(), MEDICAL],
        most_nights=3,
        **DECEMBER,
    )
    assert why_not(asked) == (
        "From Thu Dec 3 20:00 to Mon Dec 7 08:00 not every rule can be kept: medical needs a "
        "psychiatric_np or psychiatrist; Fay Sample is away Dec 4 to Dec 7; Gus Sample stands at "
        "most 3 nights in a row; and only Gus Sample could stand then."
    )


def test_lifting_any_one_of_the_rules_named_makes_the_plan_possible() -> None:
    gus = person("gus", discipline="psychiatrist")
    asked = ask(FAY, gus, *people("ana", "ben"), tiers=[tier(), MEDICAL], most_nights=3, **DECEMBER)
    assert "Gus Sample stands at most 3 nights" in why_not(asked)
    others = (gus, *asked.people[2:])
    for lifted in (
        replace(asked, people=(replace(FAY, time_off=()), *others)),
        replace(asked, people=(FAY, replace(gus, limits=Limits(most_nights=14)), *others[1:])),
        replace(asked, tiers=(tier(), tier("medical"))),
    ):
        assert isinstance(answer(lifted), Draft)


def test_at_most_a_dozen_reasons_are_told() -> None:
    away = [off(f"2026-10-{day:02} 10:00", f"2026-10-{day:02} 11:00") for day in range(1, 25)]
    assert len(why_not(ask(person("ana", *away), weeks=4)).splitlines()) == 12


def test_a_discipline_is_named_as_the_agencys_file_names_it() -> None:
    asked = ask(*people("ana"), tiers=[tier("work", requires=["employment_specialist"])])
    assert "work needs an employment_specialist, and nobody" in why_not(asked)
