"""A plan is applied in one step, and undone in one; the proof judges it, whatever it says."""

from dataclasses import replace

import pytest

from dispatch.commands import plans
from dispatch.commands.guarantee import Previewed
from dispatch.commands.plans import PlanRefused, plan_of, plans_of, said_of, state_of
from dispatch.commands.rota_edits import (
    NotThere,
    WrongEdit,
    remove_temporary_schedule,
)
from dispatch.unit_of_work import UnitOfWork
from oncall.coverage import prove
from oncall.duty_tables import PlanRow
from oncall.planner.model import Draft, Impossible
from oncall.store import mark_changed
from oncall.tables import StaffRow
from tests.guarantee.office import Office, at, journal
from tests.planner.asks import answer as worked_out
from tests.plans.desk import (
    END,
    LEAD,
    START,
    apply,
    ask,
    change_rules,
    draft_of,
    planned,
    stands,
    swapped,
    told,
    undo,
)


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
    assert "The rota has changed since this was planned." in str(refused.value)
    assert "Ask for the plan again." in str(refused.value)
    assert stands(office) == before
    assert told(office, number)["state"] == "ready"


def test_a_plan_around_a_swap_is_applied_as_it_is_told(office: Office) -> None:
    other = swapped(office)
    number = planned(office)
    before = told(office, number)["result"]
    apply(office, number)
    answer = told(office, number)
    assert answer["result"]["draft"] == before["draft"]
    assert answer["result"]["today"] == before["today"]
    found = stands(office)
    night = at("2026-03-18 20:00"), at("2026-03-19 08:00")
    for (start, end), staff in ((night, "cho"), (other, "ana")):
        assert any(one.start <= start and end <= one.end and one.staff == staff for one in found)
    for tier in ("primary", "backup"):
        shown = [one["staff"]["id"] for one in answer["result"]["draft"]["tiers"][tier]]
        assert shown == [one.staff for one in stands(office, tier)]


def test_what_would_stand_is_told_with_the_overrides_made_since(office: Office) -> None:
    number = planned(office)
    night = at("2026-03-18 20:00"), at("2026-03-19 08:00")
    for staff in ("ana", "eli"):
        office.put_on(staff, *night)
        result = told(office, number)["result"]
        (then,) = [
            one["staff"]["id"]
            for one in result["draft"]["tiers"]["primary"]
            if one["start"] <= "2026-03-18T20:00:00-07:00" < one["end"]
        ]
        assert then == staff
        hours = sum(one["after"]["hours"] for one in result["fairness"])
        assert hours == 2 * 14 * 24


def test_a_plan_that_breaks_a_rule_though_nothing_has_changed_is_refused_for_what_it_breaks(
    office: Office,
) -> None:
    number = ask(office)
    with office.work() as work:
        said = worked_out(plans.question_of(plan_of(work, "north", number)))
        assert isinstance(said, Draft)
        wrong = replace(said, tiers={**said.tiers, "backup": said.tiers["primary"]})
        plans.finished(work, number, wrong)
    with pytest.raises(PlanRefused) as refused:
        apply(office, number)
    assert "has changed" not in str(refused.value)
    assert "Sample stands on primary too" in str(refused.value)


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
    office.put_on("eli", START, END)
    today = told(office, number)["result"]["today"]["tiers"]["primary"]
    assert {one["staff"]["id"] for one in today} == {"eli"}, "beside the rota as it is by now"
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
