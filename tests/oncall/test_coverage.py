"""The proof of one team's coverage: every gap to the instant, every thin stretch, each with why."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from oncall.coverage import (
    Cause,
    CauseKind,
    Coverage,
    Gap,
    GapKind,
    Thin,
    ThinKind,
    opened,
    prove,
    reason,
)
from oncall.model import OverrideKind, Person, Rota, Rules
from tests.oncall.build import (
    EVERY_DAY,
    LOS_ANGELES,
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
START, END = local("2026-02-02 09:00"), local("2026-02-05 09:00")  # Ana's week
NAMES = {"ana": "Ana Sample", "ben": "Ben Sample"}
NOBODY = Cause(None, CauseKind.NOBODY)


def one_tier(*layers: object, **more: object) -> Rota:
    return rota(*layers, tiers=("primary",), **more)  # type: ignore[arg-type]


def lines(coverage: Coverage) -> list[str]:
    """Return gaps and thin stretches as lines a person reads, in Los Angeles time."""
    return [
        f"{one.tier} {clock(one.start)}-{clock(one.end)}: {reason(one, NAMES)}"
        for one in (*coverage.gaps, *coverage.thin)
    ]


def clock(at: datetime) -> str:
    return f"{at.astimezone(LOS_ANGELES):%a %H:%M}"


def test_a_covered_week_is_told_instant_by_instant() -> None:
    coverage = prove(one_tier(WEEKLY), START, local("2026-02-10 09:00"))
    assert coverage.covered
    assert coverage.gaps == coverage.thin == ()
    assert [(shift.staff, shift.start) for shift in coverage.stands["primary"]] == [
        ("ana", START),
        ("ben", local("2026-02-09 09:00")),
    ]


def test_an_empty_tier_is_one_gap() -> None:
    coverage = prove(rota(tiers=("primary", "backup")), START, END)
    assert not coverage.covered
    assert coverage.gaps == (
        Gap("primary", START, END, (NOBODY,)),
        Gap("backup", START, END, (NOBODY,)),
    )
    assert coverage.stands == {"primary": (), "backup": ()}
    assert coverage.gaps[0].kind is GapKind.NOBODY


def test_a_ladder_without_tiers_is_one_gap() -> None:
    coverage = prove(rota(WEEKLY, tiers=()), START, END)
    assert coverage.gaps == (Gap("", START, END, (NOBODY,)),)
    assert reason(coverage.gaps[0], NAMES) == "the ladder has no tier"


def test_an_empty_window_has_nothing_to_prove() -> None:
    assert prove(rota(), START, START).covered
    assert prove(rota(), END, START).covered


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks a time zone"):
        prove(rota(), wall("2026-02-02 09:00"), END)


@pytest.mark.parametrize("hole", [timedelta(seconds=1), timedelta(microseconds=1)])
def test_the_least_gap_is_a_gap(hole: timedelta) -> None:
    at = local("2026-02-03 12:00")
    person = replace(away(("2026-02-03 12:00", "2026-02-03 13:00")))
    off = replace(person.time_off[0], end=at + hole)
    team = one_tier(WEEKLY, people={"ana": Person(time_off=(off,))})
    [gap] = prove(team, START, END).gaps
    assert (gap.start, gap.end) == (at, at + hole)


def test_stretches_that_touch_leave_no_gap() -> None:
    plan = temporary(
        ("2026-02-02 09:00", "2026-02-03 17:00", "eli"),
        ("2026-02-03 17:00", "2026-02-05 09:00", "fay"),
    )
    assert prove(one_tier(temporary=(plan,)), START, END).covered


@pytest.mark.parametrize(
    ("person", "why"),
    [
        (away(("2026-02-01 00:00", "2026-03-01 00:00")), "Ana Sample is away"),
        (Person(active=False), "Ana Sample has left"),
        (Person(active=False, sms=False, voice=False), "Ana Sample has left"),
        (
            Person(sms=False, voice=False),
            "Ana Sample can be reached neither by SMS nor by voice",
        ),
    ],
)
def test_a_gap_says_what_became_of_the_person(person: Person, why: str) -> None:
    [gap] = prove(one_tier(WEEKLY, people={"ana": person}), START, END).gaps
    assert (gap.start, gap.end) == (START, END)
    assert reason(gap, NAMES) == why


def test_a_gap_says_that_an_override_made_it() -> None:
    gone = override(
        "2026-02-03 08:00", "2026-02-03 20:00", "ana", "court", kind=OverrideKind.REMOVE
    )
    assert lines(prove(one_tier(WEEKLY, overrides=(gone,)), START, END)) == [
        "primary Tue 08:00-Tue 20:00: Ana Sample is taken off by an override"
    ]


def test_one_gap_has_all_its_causes_in_the_order_in_which_they_come() -> None:
    stops = rotation("2026-01-05 09:00", "1 week", "ana", ends="2026-02-04 00:00")
    overnight = override("2026-02-03 18:00", "2026-02-04 06:00", "ben")
    people = {
        "ana": away(("2026-02-03 12:00", "2026-02-05 00:00")),
        "ben": Person(active=False),
    }
    [gap] = prove(one_tier(stops, overrides=(overnight,), people=people), START, END).gaps
    assert (gap.start, gap.end) == (local("2026-02-03 12:00"), END)
    assert reason(gap, NAMES) == "Ana Sample is away; Ben Sample has left; nobody is named"
    part = gap.part(local("2026-02-04 01:00"), local("2026-02-04 02:00"))
    assert part.causes == (Cause("ben", CauseKind.LEFT),)


def test_somebody_nobody_knows_a_name_of_goes_by_their_id() -> None:
    [gap] = prove(one_tier(WEEKLY, active={"ana": False}), START, END).gaps
    assert reason(gap, {}) == "ana has left"


def test_gaps_come_in_order_of_time_then_from_the_foot() -> None:
    first = override("2026-02-02 09:00", "2026-02-02 12:00", "eli", tier="backup")
    found = prove(rota(tiers=("primary", "backup"), overrides=(first,)), START, END)
    assert [(gap.tier, gap.start) for gap in found.gaps] == [
        ("primary", START),
        ("backup", local("2026-02-02 12:00")),
    ]


BACKUP = replace(WEEKLY, tier="backup", order=("ben", "cho", "dee", "ana"))


def test_one_person_on_two_tiers_is_thin() -> None:
    swap = override("2026-02-03 08:00", "2026-02-03 20:00", "ben")
    found = prove(rota(WEEKLY, BACKUP, tiers=("primary", "backup"), overrides=(swap,)), START, END)
    assert found.covered
    assert lines(found) == ["backup Tue 08:00-Tue 20:00: Ben Sample stands on primary too"]
    [thin] = found.thin
    assert (thin.kind, thin.who, thin.other_tier) == (ThinKind.TWO_TIERS, ("ben",), "primary")


def test_one_person_on_two_tiers_is_thin_once_however_the_schedule_is_cut() -> None:
    alone = replace(WEEKLY, order=("ana",))
    parts = tuple(
        override(f"2026-02-03 {hour:02}:00", f"2026-02-03 {hour + 1:02}:00", "ana", f"part {hour}")
        for hour in range(8, 12)
    )
    team = rota(alone, replace(alone, tier="backup"), tiers=("primary", "backup"), overrides=parts)
    [thin] = prove(team, START, END).thin
    assert (thin.start, thin.end) == (START, END)


def test_one_person_on_three_tiers_is_thin_for_each_pair() -> None:
    alone = replace(WEEKLY, order=("ana",))
    team = rota(alone, replace(alone, tier="backup"), replace(alone, tier="supervisor"))
    assert [(thin.tier, thin.other_tier) for thin in prove(team, START, END).thin] == [
        ("backup", "primary"),
        ("supervisor", "primary"),
        ("supervisor", "backup"),
    ]


@pytest.mark.parametrize(
    ("person", "why"),
    [
        (Person(verified=False), "Ana Sample's phone is not verified yet"),
        (Person(sms=False), "Ana Sample can be reached in one way only"),
        (Person(voice=False), "Ana Sample can be reached in one way only"),
    ],
)
def test_a_phone_that_may_not_be_enough_is_thin(person: Person, why: str) -> None:
    team = one_tier(WEEKLY, people={"ana": person})
    assert lines(prove(team, START, local("2026-02-12 09:00"))) == [
        f"primary Mon 09:00-Mon 09:00: {why}"
    ]


def test_a_discipline_that_a_tier_requires() -> None:
    rules = Rules(requires={"medical": frozenset({"prescriber", "psychiatric nurse"})})
    medical = replace(WEEKLY, tier="medical")
    people = {"ana": Person(discipline="peer"), "ben": Person(discipline="prescriber")}
    team = rota(medical, tiers=("medical",), people=people, rules=rules)
    assert lines(prove(team, START, local("2026-02-12 09:00"))) == [
        "medical Mon 09:00-Mon 09:00: Ana Sample has no discipline that medical requires"
    ]


DAYS = rotation(
    "2026-02-02 07:00", "1 day", "ana", "ben", name="days", only=only(EVERY_DAY, "07:00", "19:00")
)
NIGHTS = rotation(
    "2026-02-02 19:00", "1 day", "cho", name="nights", only=only(EVERY_DAY, "19:00", "07:00")
)
REST = Rules(rest=timedelta(hours=11))


def rest(team: Rota, start: str = "2026-02-02 09:00", end: str = "2026-02-05 09:00") -> list[str]:
    """Return where rest is broken, in Los Angeles time."""
    return [
        f"{thin.tier} {clock(thin.start)}-{clock(thin.end)} {thin.who[0]}"
        for thin in prove(team, local(start), local(end)).thin
        if thin.kind is ThinKind.REST
    ]


def test_a_shift_too_soon_after_a_night_is_thin_until_the_rest_is_over() -> None:
    team = one_tier(
        DAYS,
        NIGHTS,
        overrides=(override("2026-02-04 12:00", "2026-02-04 19:00", "cho", "extra"),),
        rules=REST,
    )
    assert rest(team) == ["primary Wed 12:00-Wed 18:00 cho"]
    assert rest(replace(team, rules=Rules())) == []


def test_a_shift_that_starts_when_the_rest_is_over_breaks_nothing() -> None:
    assert rest(one_tier(DAYS, NIGHTS, rules=Rules(rest=timedelta(hours=12)))) == []
    later = Rules(rest=timedelta(hours=12, seconds=1))
    assert rest(one_tier(DAYS, NIGHTS, rules=later))[0] == "primary Tue 19:00-Tue 19:00 cho"


def test_a_day_owes_no_rest() -> None:
    evening = override("2026-02-03 20:00", "2026-02-03 22:00", "ben", tier="backup")
    assert rest(rota(DAYS, NIGHTS, overrides=(evening,), rules=REST)) == []
    night = override("2026-02-03 20:00", "2026-02-03 22:01", "ben", tier="backup")
    morning = override("2026-02-04 08:59", "2026-02-04 10:00", "ben", tier="supervisor")
    team = rota(DAYS, NIGHTS, overrides=(night, morning), rules=REST)
    assert rest(team) == ["supervisor Wed 08:59-Wed 09:01 ben"]


def test_one_stint_on_one_tier_needs_no_rest_within_itself() -> None:
    extra = override("2026-02-04 07:00", "2026-02-04 12:00", "cho", "extra")
    team = one_tier(DAYS, NIGHTS, overrides=(extra,), rules=REST)
    assert rest(team, end="2026-02-04 19:00") == []
    assert rest(team) == ["primary Wed 19:00-Wed 23:00 cho"], "rest counts from the end of it all"


def test_going_on_at_once_on_another_tier_is_no_rest() -> None:
    extra = override("2026-02-04 07:00", "2026-02-04 12:00", "cho", tier="backup")
    assert rest(rota(DAYS, NIGHTS, overrides=(extra,), rules=REST)) == [
        "backup Wed 07:00-Wed 12:00 cho"
    ]


def test_standing_on_two_tiers_at_once_is_another_matter_than_rest() -> None:
    extra = override("2026-02-04 06:00", "2026-02-04 12:00", "cho", tier="backup")
    assert rest(rota(DAYS, NIGHTS, overrides=(extra,), rules=REST)) == []


def test_a_night_before_the_window_still_asks_for_its_rest() -> None:
    extra = override("2026-02-04 12:00", "2026-02-04 17:00", "cho", "extra")
    team = one_tier(DAYS, NIGHTS, overrides=(extra,), rules=REST)
    assert rest(team, "2026-02-04 10:00") == ["primary Wed 12:00-Wed 17:00 cho"]
    assert rest(team, "2026-02-04 13:00") == ["primary Wed 13:00-Wed 17:00 cho"]
    assert rest(team, "2026-02-04 17:00") == []


def test_a_week_before_the_window_includes_nights() -> None:
    team = rota(WEEKLY, tiers=("primary", "backup"), rules=REST, overrides=(EXTRA,))
    assert rest(team, "2026-02-09 10:00", "2026-02-09 20:00") == ["backup Mon 12:00-Mon 13:00 ana"]


EXTRA = override("2026-02-09 12:00", "2026-02-09 13:00", "ana", tier="backup")


def test_a_shift_that_nobody_confirmed_is_thin() -> None:
    asked = [("primary", local("2026-02-03 19:00"), "cho")]
    found = prove(one_tier(DAYS, NIGHTS), START, END, asked)
    assert found.thin == (
        Thin(
            "primary",
            local("2026-02-03 19:00"),
            local("2026-02-04 07:00"),
            ThinKind.UNCONFIRMED,
            ("cho",),
        ),
    )
    assert reason(found.thin[0], {"cho": "Cho Sample"}) == "Cho Sample has not confirmed the shift"


def test_a_shift_that_nobody_confirmed_is_thin_while_it_lasts() -> None:
    asked = [("primary", local("2026-02-03 19:00"), "cho")]
    [thin] = prove(one_tier(DAYS, NIGHTS), local("2026-02-04 01:00"), END, asked).thin
    assert (thin.start, thin.end) == (local("2026-02-04 01:00"), local("2026-02-04 07:00"))


@pytest.mark.parametrize(
    "asked",
    [
        ("primary", "2026-02-03 19:00", "ben"),
        ("backup", "2026-02-03 19:00", "cho"),
        ("primary", "2026-02-01 19:00", "cho"),
        ("primary", "2026-02-08 19:00", "cho"),
    ],
)
def test_a_notice_for_a_shift_that_is_no_longer_so_makes_nothing_thin(
    asked: tuple[str, str, str],
) -> None:
    tier, start, staff = asked
    assert prove(one_tier(DAYS, NIGHTS), START, END, [(tier, local(start), staff)]).thin == ()


def test_a_notice_for_last_night_says_nothing_of_tonight() -> None:
    asked = [("primary", local("2026-02-02 19:00"), "cho")]
    assert prove(one_tier(DAYS, NIGHTS), local("2026-02-04 01:00"), END, asked).thin == ()


def test_a_gap_that_was_there_before_is_not_opened() -> None:
    before = prove(one_tier(DAYS), START, END)
    assert opened(before, before, ()) == ()
    assert opened(None, before, ()) == before.gaps


def test_a_gap_that_grows_is_opened_by_what_it_grew() -> None:
    before = prove(one_tier(DAYS), START, END)
    off = away(("2026-02-03 15:00", "2026-02-04 08:00"))
    after = prove(one_tier(DAYS, people={"ana": off, "ben": off}), START, END)
    assert opened(before, after, ()) == (
        Gap(
            "primary",
            local("2026-02-03 15:00"),
            local("2026-02-03 19:00"),
            (Cause("ben", CauseKind.AWAY),),
        ),
        Gap(
            "primary",
            local("2026-02-04 07:00"),
            local("2026-02-04 08:00"),
            (Cause("ana", CauseKind.AWAY),),
        ),
    )


def test_what_a_lead_accepted_is_not_opened_and_what_goes_beyond_it_is() -> None:
    after = prove(one_tier(DAYS), START, local("2026-02-03 09:00"))
    accepted = ("primary", local("2026-02-02 19:00"), local("2026-02-03 06:59"))
    [gap] = opened(None, after, [accepted])
    assert gap.end - gap.start == timedelta(minutes=1)
    other_tier = ("backup", local("2026-02-02 19:00"), local("2026-02-03 07:00"))
    assert opened(None, after, [other_tier]) == after.gaps


def test_a_new_tier_that_nobody_holds_is_opened() -> None:
    before = prove(one_tier(WEEKLY), START, END)
    after = prove(rota(WEEKLY, tiers=("primary", "medical")), START, END)
    assert [gap.tier for gap in opened(before, after, ())] == ["medical"]


def test_the_window_may_come_with_any_zone() -> None:
    start = START.astimezone(LOS_ANGELES)
    assert prove(one_tier(), start, END).gaps[0].start == utc("2026-02-02 17:00")
