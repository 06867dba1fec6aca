"""A plan is asked for, worked out beside the service, applied in one step, and undone in one."""

import sys
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from dispatch.commands import plans
from dispatch.commands.guarantee import Previewed
from dispatch.commands.plan_questions import question
from dispatch.commands.plan_reads import STOPPED, plan_answer
from dispatch.commands.plans import PlanRefused, plan_of, plans_of, said_of, state_of
from dispatch.commands.rota_edits import (
    By,
    NotThere,
    WrongEdit,
    add_override,
    remove_temporary_schedule,
)
from dispatch.plan_shapes import PlanWanted
from dispatch.planning import Planning
from dispatch.unit_of_work import UnitOfWork
from oncall.coverage import prove
from oncall.duty_tables import DutyMarkRow, DutyRow, PlanRow
from oncall.model import Override, OverrideKind, Stint
from oncall.planner import run as running
from oncall.planner.model import Draft, Impossible, PlanAsked
from oncall.schedule import final_schedule
from oncall.store import lock_rotas, mark_changed
from oncall.tables import StaffRow, TeamRow, TimeOffRow
from tests.guarantee.office import MONDAY, Office, at, journal
from tests.planner.asks import answer as worked_out

LEAD = By("Eli Sample")
WEEK = timedelta(weeks=1)
FORTNIGHT = PlanWanted(first_day=date(2026, 3, 16), weeks=2, seconds=3)
START, END = at("2026-03-16 08:00"), at("2026-03-30 08:00")


def asked(office: Office, **wanted: Any) -> PlanAsked:
    with office.look() as work:
        return question(work, "north", PlanWanted(**wanted))


def ask(office: Office, wanted: PlanWanted = FORTNIGHT) -> int:
    with office.work() as work:
        return plans.ask(work, "north", wanted, "Eli Sample")


def planned(office: Office, wanted: PlanWanted = FORTNIGHT) -> int:
    """Ask for a plan and work it out here, without a process."""
    number = ask(office, wanted)
    with office.work() as work:
        said = worked_out(plans.question_of(plan_of(work, "north", number)))
        plans.finished(work, number, said)
    return number


def planned_beside(office: Office, wanted: PlanWanted = FORTNIGHT) -> int:
    """Ask for a plan and let a process work it out, as a node does."""
    number = ask(office, wanted)
    Planning(office.work).work_out(number)
    return number


def apply(office: Office, number: int, by: By = LEAD) -> None:
    with office.work() as work:
        plans.apply(work, "north", number, by)


def undo(office: Office, number: int) -> None:
    with office.work() as work:
        plans.undo(work, "north", number, LEAD)


def told(office: Office, number: int) -> dict[str, Any]:
    with office.look() as work:
        return plan_answer(work, plan_of(work, "north", number))


def draft_of(office: Office, number: int) -> Draft:
    with office.look() as work:
        found = said_of(plan_of(work, "north", number))
    assert isinstance(found, Draft)
    return found


def stands(office: Office, tier: str = "primary") -> list[Stint]:
    with office.look() as work:
        shifts = final_schedule(work.directory.teams["north"].rota, tier, START, END)
        return [Stint(one.start, one.end, one.staff) for one in shifts]


def change_rules(office: Office, **rules: Any) -> None:
    """Let the team ask something else of its rota, as loading another file does."""
    with office.work() as work:
        lock_rotas(work.session)
        team = work.session.get_one(TeamRow, "north")
        team.rules = rules
        work.session.add(team)
        mark_changed(work.session, work.now)


# Asking ──────────────────────────────────────────────────────────────────────────────────────────


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
    found = asked(office, first_day=date(2026, 3, 16), weeks=2, pattern={"backup": "week"})
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
    assert asked(office).first_day == date(2026, 3, 9)
    office.later(days=1)
    assert asked(office).first_day == date(2026, 3, 16)


def test_what_stands_around_the_period_and_overrides_within_it_are_fixed(office: Office) -> None:
    office.put_on("cho", at("2026-03-18 20:00"), at("2026-03-19 08:00"))
    fixed = asked(office, first_day=date(2026, 3, 16), weeks=2).fixed["primary"]
    assert [one for one in fixed if START <= one.start < END] == [
        Stint(at("2026-03-18 20:00"), at("2026-03-19 08:00"), "cho")
    ]
    assert max(one.end for one in fixed if one.start < START) == START
    assert min(one.start for one in fixed if one.start >= END) == END


def test_a_cover_for_one_person_holds_nobody_down(office: Office) -> None:
    start, end = at("2026-03-18 20:00"), at("2026-03-19 08:00")
    with office.work() as work:
        covers = Override("primary", start, end, "cho", instead="ana")
        add_override(work, "north", covers, LEAD)
    fixed = asked(office, first_day=date(2026, 3, 16), weeks=2).fixed["primary"]
    assert not [one for one in fixed if START <= one.start < END]


def test_whom_an_override_takes_off_is_not_planned_then(office: Office) -> None:
    start, end = at("2026-03-18 20:00"), at("2026-03-19 08:00")
    with office.work() as work:
        taken_off = Override("primary", start, end, "cho", kind=OverrideKind.REMOVE)
        add_override(work, "north", taken_off, LEAD)
    (cho,) = [
        one
        for one in asked(office, first_day=date(2026, 3, 16), weeks=2).people
        if one.staff == "cho"
    ]
    assert [(off.start, off.end) for off in cho.time_off] == [(start, end)]


def test_a_tier_that_is_not_planned_stays_as_it_is(office: Office) -> None:
    found = asked(office, first_day=date(2026, 3, 16), weeks=2, tiers=["primary"])
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
    assert past["eli"] is None, "nobody knows of Eli having been there"
    assert past["ana"] is not None, "she stands until the plan begins"


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
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(
    office: Office, wanted: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(WrongEdit, match=complaint):
        asked(office, **wanted)


# Working it out ──────────────────────────────────────────────────────────────────────────────────


def test_a_plan_is_worked_out_and_told_beside_the_rota_as_it_is(office: Office) -> None:
    number = planned_beside(office)
    answer = told(office, number)
    assert answer["state"] == "ready"
    assert answer["asked"] == {"first_day": "2026-03-16", "weeks": 2, "seconds": 3}
    assert answer["progress"]["solutions"] >= 1
    result = answer["result"]
    assert set(result["draft"]["tiers"]) == set(result["today"]["tiers"]) == {"primary", "backup"}
    assert {one["staff"]["name"] for one in result["today"]["tiers"]["primary"]} == {
        "Ana Sample",
        "Ben Sample",
    }
    figures = {one["staff"]["id"]: one for one in result["fairness"]}
    assert figures["cho"]["before"]["nights"] == 0
    assert figures["cho"]["after"]["nights"] > 0
    assert sum(one["after"]["hours"] for one in figures.values()) == 2 * 14 * 24
    assert result["spread"]["after"]["nights"] <= 8 < result["spread"]["before"]["nights"]
    assert 0 <= result["distance"] <= 1
    assert stands(office)[0].staff in ("ana", "ben"), "nothing is changed yet"


def test_an_impossible_plan_is_told_with_its_reasons(office: Office) -> None:
    change_rules(office, requires={"backup": ["psychiatrist"]})
    answer = told(office, planned_beside(office))
    assert answer["state"] == "impossible"
    (reason,) = answer["impossible"]["reasons"]
    assert reason.endswith("backup needs a psychiatrist, and nobody on the team is one.")


def test_one_plan_at_a_time_for_a_team(office: Office) -> None:
    ask(office)
    with pytest.raises(PlanRefused, match="A plan is being worked out for this team already"):
        ask(office)


def test_a_plan_that_is_silent_for_a_minute_has_failed(office: Office) -> None:
    number = ask(office)
    office.later(seconds=60)
    assert told(office, number)["state"] == "running"
    office.later(seconds=1)
    assert told(office, number)["state"] == "failed"
    assert told(office, number)["failure"] == STOPPED
    assert ask(office) > number


def test_signs_of_life_keep_it_running(office: Office) -> None:
    number = ask(office)
    office.later(seconds=50)
    with office.work() as work:
        plans.progressed(work, number, None)
    office.later(seconds=50)
    assert told(office, number)["state"] == "running"


def test_a_planner_that_breaks_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = (sys.executable, "-c", "raise SystemExit('no memory is left')")
    monkeypatch.setattr(running, "WORKER", broken)
    answer = told(office, planned_beside(office))
    assert answer["state"] == "failed"
    assert "no memory is left" in answer["failure"]


def test_a_node_that_stops_ends_its_planner(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    forever = (sys.executable, "-c", "import threading; threading.Event().wait()")
    monkeypatch.setattr(running, "WORKER", forever)
    planning = Planning(office.work)
    planning.stop()
    number = ask(office)
    planning.work_out(number)
    assert told(office, number)["state"] == "running", "it is silent from now on"


# Applying and undoing ────────────────────────────────────────────────────────────────────────────


def test_an_applied_plan_is_the_rota_of_its_period_and_is_covered(office: Office) -> None:
    number = planned(office)
    draft = draft_of(office, number)
    apply(office, number)
    for tier in ("primary", "backup"):
        assert stands(office, tier) == list(draft.tiers[tier])
    with office.look() as work:
        rota = work.directory.teams["north"].rota
        assert prove(rota, START, END).covered
        (text,) = journal(work, "plan_applied")
    assert text == f"plan {number} from Mon Mar 16 08:00 to Mon Mar 30 08:00 was applied"
    answer = told(office, number)
    assert answer["state"] == "applied"
    assert {one["staff"]["id"] for one in answer["result"]["today"]["tiers"]["primary"]} == {
        "ana",
        "ben",
    }, "beside what it has taken the place of"


def test_an_applied_plan_is_undone_in_one_step_and_can_be_applied_again(office: Office) -> None:
    before = stands(office)
    number = planned(office)
    apply(office, number)
    after = stands(office)
    assert after != before
    undo(office, number)
    assert stands(office) == before
    assert told(office, number)["state"] == "undone"
    with office.look() as work:
        assert len(journal(work, "plan_undone")) == 1
    apply(office, number)
    assert stands(office) == after


def test_a_plan_is_applied_once(office: Office) -> None:
    number = planned(office)
    apply(office, number)
    with pytest.raises(PlanRefused, match="This plan is applied already"):
        apply(office, number)


def test_trying_a_plan_saves_nothing(office: Office) -> None:
    number = planned(office)
    before = stands(office)
    with pytest.raises(Previewed) as tried:
        apply(office, number, replace(LEAD, preview=True))
    assert tried.value.verdict.opened == ()
    assert stands(office) == before
    assert told(office, number)["state"] == "ready"


def test_a_plan_of_the_past_is_not_applied(office: Office) -> None:
    number = planned(office)
    office.later(days=14)
    with pytest.raises(PlanRefused, match="This plan begins in the past"):
        apply(office, number)


def test_only_a_plan_that_is_ready_is_applied(office: Office) -> None:
    number = ask(office)
    with pytest.raises(PlanRefused, match="still being worked out"):
        apply(office, number)
    office.later(minutes=5)
    with pytest.raises(PlanRefused, match="This plan has failed"):
        apply(office, number)
    change_rules(office, requires={"backup": ["psychiatrist"]})
    impossible = planned(office)
    with pytest.raises(PlanRefused, match="This plan is impossible"):
        apply(office, impossible)


def test_a_plan_that_is_not_applied_is_not_undone(office: Office) -> None:
    number = planned(office)
    with pytest.raises(PlanRefused, match="nothing to undo"):
        undo(office, number)


def test_a_plan_that_would_break_a_rule_by_now_is_refused_with_the_rule(office: Office) -> None:
    number = planned(office)
    change_rules(office, requires={"primary": ["nurse", "qmhp_clinician"]})
    before = stands(office)
    with pytest.raises(PlanRefused) as refused:
        apply(office, number)
    assert "has no discipline that primary requires" in str(refused.value)
    assert "Ask for the plan again." in str(refused.value)
    assert stands(office) == before
    assert told(office, number)["state"] == "ready"


def test_a_plan_with_somebody_who_left_the_team_is_refused(office: Office) -> None:
    number = planned(office)
    with office.work() as work:
        cho = work.session.get_one(StaffRow, "cho")
        cho.active = False
        work.session.add(cho)
        mark_changed(work.session, work.now)
    with pytest.raises(WrongEdit, match="Cho Sample has left the staff"):
        apply(office, number)


def test_a_plan_of_another_team_is_not_there(office: Office) -> None:
    number = planned(office)
    with office.look() as work, pytest.raises(NotThere, match="The team has no plan"):
        plan_of(work, "south", number)


def test_a_plan_whose_schedule_was_taken_back_is_undone(office: Office) -> None:
    number = planned(office)
    apply(office, number)
    with office.work() as work:
        row = work.session.get_one(PlanRow, number)
        assert row.schedule_id is not None
        remove_temporary_schedule(work, "north", row.schedule_id, LEAD)
    assert told(office, number)["state"] == "undone"
    undo(office, number)
    assert told(office, number)["state"] == "undone"


def test_plans_are_listed_the_newest_first(office: Office) -> None:
    first = planned(office)
    second = ask(office)

    def states(work: UnitOfWork) -> list[tuple[int | None, str]]:
        return [(row.id, state_of(work, row)) for row in plans_of(work, "north")]

    with office.look() as work:
        assert states(work) == [(second, "running"), (first, "ready")]
        assert isinstance(said_of(plan_of(work, "north", first)), Draft | Impossible)
        assert said_of(plan_of(work, "north", second)) is None
