"""A plan is worked out beside the service, and told while it is."""

import sys
from collections.abc import Callable
from threading import Event

import pytest
from structlog.testing import capture_logs

from dispatch import planning as planning_module
from dispatch.commands import plans
from dispatch.commands.people import add_member
from dispatch.commands.plan_reads import STOPPED
from dispatch.commands.plans import PlanRefused
from dispatch.planning import BROKEN, Planning
from oncall.planner import run as running
from oncall.store import mark_changed
from oncall.tables import MembershipRow
from tests.guarantee.office import Office
from tests.plans.desk import (
    LEAD,
    TWELVE,
    ask,
    change_rules,
    planned,
    planned_beside,
    stands,
    told,
)

FOREVER = (sys.executable, "-c", "import threading; threading.Event().wait()")
"""A planner that never finds anything."""


def test_a_plan_is_worked_out_and_told_beside_the_rota_as_it_is(office: Office) -> None:
    number = planned_beside(office)
    answer = told(office, number)
    assert answer["state"] == "ready"
    fortnight = {"first_day": "2026-03-16", "weeks": 2, "seconds": 3}
    assert answer["asked"] == {**fortnight, "pattern": TWELVE}
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
    with capture_logs() as logs:
        answer = told(office, planned_beside(office))
    assert answer["state"] == "failed"
    assert answer["failure"] == BROKEN, "its inside is for the log alone"
    (line,) = [one for one in logs if one["event"] == "planner_failed"]
    assert line["last_words"] == "no memory is left"


def test_a_node_that_stops_ends_its_planner(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "WORKER", FOREVER)
    planning = Planning(office.work)
    planning.stop()
    number = ask(office)
    planning.work_out(number)
    assert told(office, number)["state"] == "running", "it is silent from now on"


def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(1200):
        if true():
            return
        Event().wait(0.05)
    raise AssertionError("it was never so")


def test_a_search_that_finds_nothing_yet_tells_how_long_it_lasts(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "WORKER", FOREVER)
    monkeypatch.setattr(planning_module, "BEAT_SECONDS", 0.05)
    planning, number, heard = Planning(office.work), ask(office), set[float]()

    def several() -> bool:
        progress = told(office, number)["progress"]
        if "seconds" in progress:
            heard.add(progress["seconds"])
        return len(heard) > 2

    planning.start(number)
    until(several)
    progress = told(office, number)["progress"]
    assert (progress["solutions"], progress["best"]) == (0, None)
    assert progress["seconds"] >= max(heard)
    planning.stop()


def test_a_plan_waits_for_another_before_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "WORKER", FOREVER)
    monkeypatch.setattr(planning_module, "BEAT_SECONDS", 0.05)
    planning, number = Planning(office.work), ask(office)
    with planning._one_at_a_time:  # as if another plan were worked out
        planning.start(number)
        until(lambda: told(office, number)["progress"] == {"waiting": True})
    until(lambda: "seconds" in told(office, number)["progress"])
    planning.stop()


def test_an_average_that_is_assumed_is_told_and_agrees_with_how_far_equals_are_apart(
    office: Office,
) -> None:
    with office.work() as work:
        cho = work.session.get_one(MembershipRow, ("north", "cho"))
        work.session.delete(cho)
        mark_changed(work.session, work.now)
    office.later(days=1)
    with office.work() as work:
        add_member(work, "north", "cho", LEAD)
    result = told(office, planned(office))["result"]
    lines = {one["staff"]["id"]: one for one in result["fairness"]}
    assert {staff for staff, one in lines.items() if one["past_assumed"]} == {"cho"}
    others = [lines[staff]["past"]["hours"] for staff in ("ana", "ben", "eli")]
    assert lines["cho"]["past"]["hours"] == pytest.approx(sum(others) / 3, abs=0.01)
    for when in ("before", "after"):
        carried = [one["past"]["hours"] + one[when]["hours"] for one in lines.values()]
        apart = result["spread"][when]["hours"]
        assert apart == pytest.approx(max(carried) - min(carried), abs=0.02)
