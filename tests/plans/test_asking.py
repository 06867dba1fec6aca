"""What the planner is asked: the team as it is, and what its lead wants."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from dispatch.agency_file import read_agency
from dispatch.commands import agencies
from dispatch.commands.guarantee import coverage_kept
from dispatch.commands.people import add_member, change_staff
from dispatch.commands.plan_questions import question, usual
from dispatch.commands.rota_edits import WrongEdit, add_override, put_override
from dispatch.plan_shapes import PlanWanted
from oncall.duty_tables import DutyMarkRow, DutyRow
from oncall.fairness import Share
from oncall.model import Override, OverrideKind, Stint
from oncall.planner.model import PlanAsked
from oncall.planner.patterns import in_words
from oncall.store import mark_changed
from oncall.tables import StaffRow, TimeOffRow
from tests.guarantee.office import MONDAY, OFFICE, Office, at, journal
from tests.plans.desk import END, LEAD, START, asked, change_rules, swapped

WEEK = timedelta(weeks=1)


def test_what_the_planner_is_asked_is_the_team_as_it_is(office: Office) -> None:
    change_rules(office, rest_hours=11, requires={"backup": ["nurse"]}, holidays="US-OR")
    with office.work() as work:
        off = TimeOffRow(
            staff_id="ana",
            starts=at("2026-03-20 00:00"),
            ends=at("2026-03-22 00:00"),
            made_at=work.now,
            made_by="Ana Sample",
        )
        work.session.add(off)
        mark_changed(work.session, work.now)
    found = asked(office, pattern={"primary": "12h", "backup": "week"})
    assert (found.start, found.end) == (START, END)
    assert found.rest == timedelta(hours=11)
    assert [(one.tier, one.requires) for one in found.tiers] == [
        ("primary", frozenset()),
        ("backup", frozenset({"nurse"})),
    ]
    assert [len(one.handoffs) for one in found.tiers] == [14, 1]
    assert [one.name for one in found.people] == [
        "Ana Sample",
        "Ben Sample",
        "Cho Sample",
        "Eli Sample",
    ]
    assert len(found.people[0].time_off) == 1
    assert date(2026, 12, 25) in found.holidays


def test_whoever_cannot_be_reached_is_left_out(office: Office) -> None:
    with office.work() as work:
        cho = work.session.get_one(StaffRow, "cho")
        cho.active = False
        work.session.add(cho)
        mark_changed(work.session, work.now)
    assert "cho" not in {one.staff for one in asked(office).people}


def test_without_a_first_day_a_plan_gives_a_week_of_notice_and_begins_on_a_monday(
    office: Office,
) -> None:
    assert asked(office, first_day=None).first_day == date(2026, 3, 9)
    office.later(days=1)
    assert asked(office, first_day=None).first_day == date(2026, 3, 16)


def test_what_stands_around_the_period_and_overrides_within_it_are_fixed(office: Office) -> None:
    office.put_on("cho", at("2026-03-18 20:00"), at("2026-03-19 08:00"))
    fixed = asked(office).fixed["primary"]
    assert [one for one in fixed if START <= one.start < END] == [
        Stint(at("2026-03-18 20:00"), at("2026-03-19 08:00"), "cho")
    ]
    assert max(one.end for one in fixed if one.start < START) == START
    assert min(one.start for one in fixed if one.start >= END) == END


def within(asked: PlanAsked) -> list[Stint]:
    """What is fixed on the primary tier within the fortnight."""
    return [one for one in asked.fixed["primary"] if START <= one.start < END]


def spared(asked: PlanAsked, staff: str) -> list[tuple[datetime, datetime]]:
    (person,) = [one for one in asked.people if one.staff == staff]
    return [(off.start, off.end) for off in person.spared]


WISH = {"wants": True}
NIGHT = at("2026-03-18 20:00"), at("2026-03-19 08:00")
"""A night in Ana's week on the primary tier."""


def test_a_cover_stays_with_whoever_has_taken_it(office: Office) -> None:
    with office.work() as work:
        add_override(work, "north", Override("primary", *NIGHT, "cho", instead="ana"), LEAD)
    found = asked(office)
    assert within(found) == [Stint(*NIGHT, "cho")]
    assert spared(found, "ana") == [NIGHT], "what was planned for her would go to Cho"
    assert spared(found, "cho") == []


def test_a_cover_of_no_shift_holds_nobody_down(office: Office) -> None:
    night = at("2026-03-25 20:00"), at("2026-03-26 08:00")
    with office.work() as work:
        instead = Override("primary", *night, "cho", instead="ana")
        with coverage_kept(work, who="test"):
            put_override(work, "north", instead, "test", origin="cover", ref=None)
    found = asked(office)
    assert within(found) == [], "Ben stands then"
    assert spared(found, "ana") == [night]


def test_whoever_stands_where_nobody_would_keeps_it(office: Office) -> None:
    add, remove = OverrideKind.ADD, OverrideKind.REMOVE
    with office.work() as work:
        add_override(work, "north", Override("primary", *NIGHT, "cho", kind=add), LEAD)
        assert within(asked(office)) == []
        add_override(work, "north", Override("primary", *NIGHT, "ana", kind=remove), LEAD)
    assert within(asked(office)) == [Stint(*NIGHT, "cho")]


def test_a_swap_stays_as_it_was_agreed_on(office: Office) -> None:
    other = swapped(office)
    assert within(asked(office)) == [Stint(*NIGHT, "cho"), Stint(*other, "ana")]


def test_whom_an_override_takes_off_is_not_planned_then(office: Office) -> None:
    start, end = at("2026-03-18 20:00"), at("2026-03-19 08:00")
    with office.work() as work:
        taken_off = Override("primary", start, end, "cho", kind=OverrideKind.REMOVE)
        add_override(work, "north", taken_off, LEAD)
    assert spared(asked(office), "cho") == [(start, end)]


def test_a_tier_that_is_not_planned_stays_as_it_is(office: Office) -> None:
    found = asked(office, tiers=["primary"])
    assert [one.tier for one in found.tiers] == ["primary"]
    assert {one.staff for one in found.fixed["backup"]} == {"ana", "ben"}
    assert any(one.start < START < one.end or one.start >= START for one in found.fixed["backup"])


def test_the_past_quarter_counts_as_it_is_written_down(office: Office) -> None:
    with office.work() as work:
        mark = work.session.get_one(DutyMarkRow, "north")
        mark.since = MONDAY - 4 * WEEK
        work.session.add(mark)
        duty = DutyRow(
            team_id="north",
            tier="primary",
            starts=MONDAY - 4 * WEEK,
            ends=MONDAY - 2 * WEEK,
            staff_id="cho",
            why="rotation weeks",
        )
        work.session.add(duty)
    past = {one.staff: one.past for one in asked(office, first_day=date(2026, 3, 9)).people}
    assert past["cho"] is not None
    assert past["cho"].hours == 2 * WEEK
    assert past["eli"] == Share(), "he was there, and has carried nothing"
    assert past["ana"] is not None, "she stands until the plan begins"


def past_of(office: Office) -> dict[str, Share | None]:
    return {one.staff: one.past for one in asked(office).people}


def loaded_with(office: Office, members: str) -> None:
    """Load the agency's file again, with other members in the team."""
    text = OFFICE.replace("members: [ana, ben, cho, eli]", f"members: [{members}]")
    with office.work() as work:
        agencies.load(work, read_agency(text, "office.yaml"), undo_changes=True)


def test_only_whoever_has_joined_meanwhile_has_no_past(office: Office) -> None:
    assert None not in past_of(office).values()
    loaded_with(office, "ana, ben, eli")
    office.later(days=1)
    with office.work() as work:
        add_member(work, "north", "cho", LEAD)
    past = past_of(office)
    assert past["cho"] is None
    assert past["eli"] == Share()


def test_whoever_joins_by_the_file_has_no_past(office: Office) -> None:
    loaded_with(office, "ana, ben, eli")
    office.later(days=1)
    loaded_with(office, "ana, ben, cho, eli")
    assert past_of(office)["cho"] is None
    office.later(days=1)
    loaded_with(office, "ana, ben, cho, eli")
    with office.look() as work:
        assert journal(work, "member_added") == ["Cho Sample belongs to the team"]


def test_whoever_has_come_back_to_the_staff_has_no_past(office: Office) -> None:
    for active in (False, True):
        office.later(days=1)
        with office.work() as work:
            change_staff(work, "cho", LEAD, active=active)
    assert past_of(office)["cho"] is None


def test_whoever_joined_before_the_past_quarter_has_their_own(office: Office) -> None:
    loaded_with(office, "ana, ben, eli")
    with office.work() as work:
        add_member(work, "north", "cho", LEAD)
    office.later(weeks=14)
    first_day = (office.clock.at + timedelta(weeks=1)).date()
    past = {one.staff: one.past for one in asked(office, first_day=first_day).people}
    assert past["cho"] == Share()


def test_a_tier_hands_off_as_its_rotations_do_unless_another_way_is_asked_for(
    office: Office,
) -> None:
    found = asked(office, pattern={"backup": "12h"})
    assert [in_words(one.handoffs) for one in found.tiers] == [("mon 09:00",), ("08:00", "20:00")]
    with office.look() as work:
        assert usual(work, "north") == {
            "first_day": "2026-03-09",
            "weeks": 13,
            "seconds": 20,
            "pattern": {
                "primary": {"handoffs": ("mon 09:00",)},
                "backup": {"handoffs": ("mon 09:00",)},
            },
        }
        said = PlanWanted.model_validate(usual(work, "north"))
        assert question(work, "north", said) == question(work, "north", PlanWanted())


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [
        ({"first_day": date(2026, 3, 2)}, "A plan begins in the future, within a year"),
        ({"first_day": date(2028, 3, 6)}, "A plan begins in the future, within a year"),
        ({"tiers": ["medical"]}, "The team has no tier “medical”: take one of primary, backup."),
        ({"pattern": {"medical": "12h"}}, "The team has no tier “medical”"),
        ({"pattern": {"primary": {"handoffs": ["noon"]}}}, '"noon" is no handoff'),
        ({"limits": {"zoe": {"nights": 3}}}, "The team has no member “zoe”: take one of ana, ben"),
        ({"limits": {"ana": {"not_on": ["medical"]}}}, "The team has no tier “medical”"),
        ({"preferences": {"zoe": [{"wants": True}]}}, "The team has no member “zoe”"),
        ({"preferences": {"ana": [WISH | {"tier": "medical"}]}}, "The team has no tier “medical”"),
        (
            {"preferences": {"ana": [WISH | {"first": "2026-03-20", "last": "2026-03-19"}]}},
            "A preference of “ana” ends on 2026-03-19, before its first day 2026-03-20: exchange",
        ),
        ({"tiers": ["backup", "backup"]}, "The tier “backup” is named 2 times: once is enough."),
        ({"first_day": date.max}, "A plan begins in the future, within a year"),
        ({"first_day": date.min}, "A plan begins in the future, within a year"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(
    office: Office, wanted: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(WrongEdit, match=complaint):
        asked(office, **wanted)
