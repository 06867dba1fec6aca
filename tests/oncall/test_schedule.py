"""The final schedule of a tier: layers, overrides, people who are away."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from oncall.model import Override, OverrideKind, Person, Rota
from oncall.schedule import HORIZON, final_schedule, named_though_gone, on_call
from tests.oncall.build import (
    EVERY_DAY,
    LOS_ANGELES,
    SUNDAY,
    away,
    local,
    only,
    override,
    rota,
    rotation,
    temporary,
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


DAY_OFF = away(("2026-02-03 08:00", "2026-02-03 20:00"))


def test_someone_who_is_away_leaves_the_turn_to_what_lies_below() -> None:
    team = rota(WEEKLY, SUNDAY_DAY, people={"fay": away(("2026-01-11 12:00", "2026-01-11 13:00"))})
    assert told(team, "2026-01-11 09:00", 8 / 24) == [
        "Sun 11 09:00-Sun 11 12:00 fay (rotation sunday day)",
        "Sun 11 12:00-Sun 11 13:00 ana (rotation weeks)",
        "Sun 11 13:00-Sun 11 17:00 fay (rotation sunday day)",
    ]


def test_times_off_that_overlap_are_one_absence() -> None:
    off = away(
        ("2026-02-03 12:00", "2026-02-03 14:00"),
        ("2026-02-03 08:00", "2026-02-03 13:00"),
        ("2026-02-03 14:00", "2026-02-03 15:00"),
    )
    assert told(rota(WEEKLY, people={"ana": off}), "2026-02-03 06:00", 0.5) == [
        "Tue 03 06:00-Tue 03 08:00 ana (rotation weeks)",
        "Tue 03 15:00-Tue 03 18:00 ana (rotation weeks)",
    ]


@pytest.mark.parametrize(
    ("person", "stands"),
    [
        (Person(sms=False), True),
        (Person(voice=False), True),
        (Person(sms=False, voice=False), False),
        (Person(verified=False), True),
        (Person(active=False), False),
    ],
)
def test_a_person_stands_who_can_be_reached_in_one_way(person: Person, stands: bool) -> None:
    team = rota(WEEKLY, people={"ana": person})
    assert who(team, local("2026-01-06 00:00")) == ("ana" if stands else None)


PLAN = temporary(
    ("2026-02-03 08:00", "2026-02-03 12:00", "eli"), ("2026-02-03 14:00", "2026-02-03 20:00", "fay")
)


def test_a_temporary_schedule_lies_above_the_rotations_and_below_the_overrides() -> None:
    dentist = override("2026-02-03 10:00", "2026-02-03 15:00", "dee", "dentist")
    team = rota(WEEKLY, temporary=(PLAN,), overrides=(dentist,))
    assert told(team, "2026-02-03 08:00", 0.5) == [
        "Tue 03 08:00-Tue 03 10:00 eli (temporary schedule plan)",
        "Tue 03 10:00-Tue 03 15:00 dee (override: dentist)",
        "Tue 03 15:00-Tue 03 20:00 fay (temporary schedule plan)",
    ]


def test_a_hole_in_a_temporary_schedule_is_none_in_the_night() -> None:
    team = rota(WEEKLY, temporary=(PLAN,), people={"fay": DAY_OFF})
    assert told(team, "2026-02-03 06:00", 1) == [
        "Tue 03 06:00-Tue 03 08:00 ana (rotation weeks)",
        "Tue 03 08:00-Tue 03 12:00 eli (temporary schedule plan)",
        "Tue 03 12:00-Wed 04 06:00 ana (rotation weeks)",
    ]


def test_the_temporary_schedule_written_last_wins() -> None:
    later = temporary(("2026-02-03 09:00", "2026-02-03 10:00", "cho"))
    team = rota(WEEKLY, temporary=(PLAN, later))
    assert told(team, "2026-02-03 08:00", 0.125) == [
        "Tue 03 08:00-Tue 03 09:00 eli (temporary schedule plan)",
        "Tue 03 09:00-Tue 03 10:00 cho (temporary schedule plan)",
        "Tue 03 10:00-Tue 03 11:00 eli (temporary schedule plan)",
    ]


def swap(staff: str, instead: str) -> Override:
    return override("2026-02-03 08:00", "2026-02-03 20:00", staff, "swap", instead=instead)


def kind(what: str, staff: str) -> Override:
    return override("2026-02-03 08:00", "2026-02-03 20:00", staff, kind=OverrideKind(what))


NOON = local("2026-02-03 12:00")


def why(team: Rota) -> str | None:
    shift = on_call(team, "primary", NOON)
    return f"{shift.staff} ({shift.why})" if shift else None


def test_a_swap_takes_the_place_of_one_person() -> None:
    assert why(rota(WEEKLY, overrides=(swap("ben", "ana"),))) == "ben (override for ana: swap)"
    assert why(rota(WEEKLY, overrides=(swap("ben", "cho"),))) == "ana (rotation weeks)"


def test_a_swap_of_someone_who_is_away_leaves_it_where_it_was() -> None:
    team = rota(WEEKLY, overrides=(swap("ben", "ana"),), people={"ben": DAY_OFF})
    assert why(team) == "ana (rotation weeks)"


def test_a_cover_holds_when_the_one_who_asked_for_it_goes_away() -> None:
    """Ben has said yes to Ana's shift; then she enters her day off, or loses her phone."""
    for ana in (DAY_OFF, Person(sms=False, voice=False), Person(active=False)):
        team = rota(WEEKLY, overrides=(swap("ben", "ana"),), people={"ana": ana})
        assert why(team) == "ben (override for ana: swap)"


def test_a_swap_may_be_swapped_on() -> None:
    team = rota(WEEKLY, overrides=(swap("ben", "ana"), swap("cho", "ben")))
    assert why(team) == "cho (override for ben: swap)"


def test_a_swap_follows_the_person_through_their_turn_only() -> None:
    monday = override("2026-01-12 00:00", "2026-01-13 00:00", "dee", instead="ana")
    assert told(rota(WEEKLY, overrides=(monday,)), "2026-01-11 12:00", 1) == [
        "Sun 11 12:00-Mon 12 00:00 ana (rotation weeks)",
        "Mon 12 00:00-Mon 12 09:00 dee (override for ana)",
        "Mon 12 09:00-Mon 12 12:00 ben (rotation weeks)",
    ]


def test_an_addition_stands_where_nobody_would() -> None:
    assert why(rota(WEEKLY, overrides=(kind("add", "eli"),))) == "ana (rotation weeks)"
    assert why(rota(overrides=(kind("add", "eli"),))) == "eli (override)"
    off = away(("2026-02-03 10:00", "2026-02-03 14:00"))
    team = rota(WEEKLY, overrides=(kind("add", "eli"),), people={"ana": off})
    assert told(team, "2026-02-03 08:00", 0.5) == [
        "Tue 03 08:00-Tue 03 10:00 ana (rotation weeks)",
        "Tue 03 10:00-Tue 03 14:00 eli (override)",
        "Tue 03 14:00-Tue 03 20:00 ana (rotation weeks)",
    ]


def test_a_removal_lets_what_lies_below_show_through() -> None:
    tuesday = rotation("2026-02-03 00:00", "1 day", "eli", name="tuesday", ends="2026-02-04 00:00")
    assert why(rota(WEEKLY, tuesday, overrides=(kind("remove", "eli"),))) == "ana (rotation weeks)"
    assert why(rota(WEEKLY, overrides=(kind("remove", "ana"),))) is None
    assert why(rota(WEEKLY, overrides=(kind("remove", "ben"),))) == "ana (rotation weeks)"


def test_a_removal_reaches_overrides_that_were_written_before_it_only() -> None:
    stays = rota(WEEKLY, overrides=(kind("remove", "eli"), kind("replace", "eli")))
    assert why(stays) == "eli (override)"
    goes = rota(WEEKLY, overrides=(kind("replace", "eli"), kind("remove", "eli")))
    assert why(goes) == "ana (rotation weeks)"


def test_a_removal_ends_the_turns_of_whoever_has_them_by_then() -> None:
    backup = replace(WEEKLY, name="below", order=("dee",))
    taken_over = rota(backup, WEEKLY, overrides=(swap("ben", "ana"), kind("remove", "ana")))
    assert why(taken_over) == "ben (override for ana: swap)"
    taken_off = rota(backup, WEEKLY, overrides=(kind("remove", "ana"), swap("ben", "ana")))
    assert why(taken_off) == "dee (rotation below)"
    given_up = rota(backup, WEEKLY, overrides=(swap("ben", "ana"), kind("remove", "ben")))
    assert why(given_up) == "dee (rotation below)"


def test_many_removals_at_once_take_no_longer_than_their_number() -> None:
    everybody = [f"worker-{number}" for number in range(60)]
    team = rota(
        *(rotation("2026-01-05 09:00", "1 week", staff, name=staff) for staff in everybody),
        overrides=tuple(kind("remove", staff) for staff in everybody[1:]),
    )
    assert why(team) == "worker-0 (rotation worker-0)"


def test_an_answer_holds_on_both_sides_of_every_block() -> None:
    team = rota(WEEKLY, overrides=(swap("ben", "ana"),))
    start = local("2026-01-05 09:00")
    for hours in range(0, 400 * 24, 31):
        at = start + timedelta(hours=hours)
        [shift] = final_schedule(team, "primary", at, at + timedelta(microseconds=1))
        assert who(team, at) == shift.staff


def test_whoever_has_left_and_is_still_named_is_known_with_every_place() -> None:
    gone = {"ben": Person(active=False)}
    team = rota(
        WEEKLY,
        overrides=(override("2026-01-05 09:00", "2026-01-06 09:00", "ben"),),
        temporary=(temporary(("2026-01-07 09:00", "2026-01-08 09:00", "ben")),),
        people=gone,
    )
    places = [place for _, place in named_though_gone(team, local("2026-01-05 12:00"))]
    assert places == [
        "the primary rotation weeks",
        "the temporary schedule plan",
        "an override of primary",
    ]
    later = named_though_gone(team, local("2026-02-05 12:00"))
    assert later == [("ben", "the primary rotation weeks")]
    ended = replace(team, rotations=(replace(WEEKLY, ends=wall("2026-02-01 09:00")),))
    assert named_though_gone(ended, local("2026-02-05 12:00")) == []
