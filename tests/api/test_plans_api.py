"""Plans and the fairness report over HTTP: who may, what is answered, what is refused.

The town: Ana is always primary of North, Ben backup, Eli supervisor; it is Tuesday 03:10.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from threading import Event
from typing import Any

import httpx
import pytest

from dispatch.access import Role
from dispatch.commands import logins
from tests.api.edge import EdgeNight

PLANS = "/api/teams/north/plans"
FAIRNESS = "/api/teams/north/fairness"
WEEK = {"first_day": "2026-03-16", "weeks": 1, "seconds": 2}


@pytest.fixture(scope="module")
def speed() -> float:
    """Slowly: nothing happens here but what the tests do."""
    return 1.0


@pytest.fixture(scope="module")
def lead(night: EdgeNight) -> Iterator[httpx.Client]:
    """Eli, who leads North."""
    browser = night.login("eli@example.org", Role.LEAD, "eli")
    browser.headers["Origin"] = night.base_url
    yield browser
    browser.close()


def _made(lead: httpx.Client, number: int) -> dict[str, Any]:
    """The plan once it is no longer being worked out."""
    for _ in range(600):
        answer = lead.get(f"{PLANS}/{number}")
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        if said["state"] != "running":
            return said
        Event().wait(0.1)
    raise AssertionError("the plan was never worked out")


@pytest.fixture(scope="module")
def plan(lead: httpx.Client) -> dict[str, Any]:
    """A plan of one week that is ready."""
    answer = lead.post(PLANS, json=WEEK)
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "running"
    return _made(lead, answer.json()["id"])


def _who(lead: httpx.Client) -> list[tuple[str, str]]:
    answer = lead.get(
        "/api/teams/north/schedule",
        params={"from": "2026-03-16T08:00:00-07:00", "to": "2026-03-23T08:00:00-07:00"},
    )
    return [(one["staff"]["id"], one["why"]) for one in answer.json()["tiers"]["primary"]]


def test_a_plan_is_shown_beside_the_rota_as_it_is(plan: dict[str, Any]) -> None:
    assert plan["state"] == "ready"
    assert plan["asked"] == {"first_day": "2026-03-16", "weeks": 1, "seconds": 2}
    assert (plan["from"], plan["to"]) == ("2026-03-16T08:00:00-07:00", "2026-03-23T08:00:00-07:00")
    result = plan["result"]
    tiers = {"primary", "backup", "supervisor"}
    assert set(result["draft"]["tiers"]) == set(result["today"]["tiers"]) == tiers
    [today] = result["today"]["tiers"]["primary"]
    assert today["staff"] == {"id": "ana", "name": "Ana Sample"}
    first = result["draft"]["tiers"]["primary"][0]
    assert set(first) == {"start", "end", "staff"}
    assert {line["staff"]["id"] for line in result["fairness"]} == {"ana", "ben", "eli"}
    share = {"hours", "nights", "weekends", "holidays", "shifts", "night_shifts"}
    assert all(
        set(line[when]) == share
        for line in result["fairness"]
        for when in ("before", "after", "past")
    )
    assert set(result["spread"]["after"]) == {"hours", "nights", "weekends", "holidays"}


def test_it_is_applied_and_undone(lead: httpx.Client, plan: dict[str, Any]) -> None:
    before = _who(lead)
    number = plan["id"]
    tried = lead.post(f"{PLANS}/{number}/apply", params={"preview": True})
    assert tried.status_code == 200
    assert tried.json()["covered"] is True
    assert _who(lead) == before
    applied = lead.post(f"{PLANS}/{number}/apply")
    assert applied.status_code == 200, applied.text
    assert applied.json()["state"] == "applied"
    assert applied.json()["coverage"]["covered"] is True
    assert {why for _, why in _who(lead)} == {f"temporary schedule plan {number}"}
    again = lead.post(f"{PLANS}/{number}/apply")
    assert (again.status_code, again.json()["detail"]) == (409, "This plan is applied already.")
    undone = lead.post(f"{PLANS}/{number}/undo", json={})
    assert undone.status_code == 200, undone.text
    assert undone.json()["state"] == "undone"
    assert _who(lead) == before
    told = [line["what"] for line in lead.get("/api/teams/north/history").json()]
    assert told[:4] == [
        "plan_undone",
        "temporary_schedule_removed",
        "plan_applied",
        "temporary_schedule",
    ]


def test_plans_are_listed_without_their_drafts(lead: httpx.Client, plan: dict[str, Any]) -> None:
    listed = lead.get(PLANS).json()
    assert plan["id"] in [one["id"] for one in listed]
    assert all("result" not in one for one in listed)


def test_an_impossible_plan_says_why(lead: httpx.Client) -> None:
    limits = {"ana": {"not_on": ["primary"]}, "ben": {"not_on": ["primary"]}}
    limits["eli"] = {"not_on": ["primary"]}
    number = lead.post(PLANS, json={**WEEK, "limits": limits}).json()["id"]
    said = _made(lead, number)
    assert said["state"] == "impossible"
    [reason] = said["impossible"]["reasons"]
    assert "Ana Sample may not be put on primary" in reason
    refused = lead.post(f"{PLANS}/{number}/apply")
    assert refused.status_code == 409
    assert "impossible" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [
        ({"weeks": 14}, "weeks: Input should be less than or equal to 13"),
        ({"seconds": 600}, "seconds: Input should be less than or equal to 60"),
        ({"pattern": {"primary": "8h"}}, "pattern.primary"),
        ({"first_day": "2026-03-02"}, "A plan begins in the future"),
        ({"pattern": {"primary": {"handoffs": ["noon"]}}}, '"noon" is no handoff'),
        ({"preferences": {"ana": [{"wants": False, "days": ["funday"]}]}}, "days.0"),
        ({"limits": {"ana": {"nights": 10**30}}}, "limits.ana.nights: Input should be less"),
        ({"preferences": {"ana": [{"wants": True, "tier": "medical"}]}}, "no tier “medical”"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_with_its_place(
    lead: httpx.Client, wanted: dict[str, Any], complaint: str
) -> None:
    answer = lead.post(PLANS, json={**WEEK, **wanted})
    assert answer.status_code == 422
    assert complaint in answer.json()["detail"]


def test_a_plan_that_is_not_there_is_not_found(lead: httpx.Client) -> None:
    for answer in (
        lead.get(f"{PLANS}/999"),
        lead.post(f"{PLANS}/999/apply"),
        lead.post(f"{PLANS}/999/undo"),
    ):
        assert (answer.status_code, answer.json()["detail"]) == (404, "The team has no plan 999.")


def test_what_a_plan_is_asked_for_by_itself_is_told(lead: httpx.Client) -> None:
    answer = lead.get(f"{PLANS}/usual")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "first_day": "2026-03-16",
        "weeks": 13,
        "seconds": 20,
        "pattern": {"primary": "12h", "backup": "12h", "supervisor": "12h"},
    }


def test_only_leads_of_the_team_and_administrators_plan(night: EdgeNight) -> None:
    clinician = night.login("ana@example.org", Role.CLINICIAN, "ana")
    clinician.headers["Origin"] = night.base_url
    stranger = night.login("ivy@example.org", Role.LEAD, "ivy")
    stranger.headers["Origin"] = night.base_url
    try:
        assert clinician.post(PLANS, json=WEEK).status_code == 403
        assert clinician.get(PLANS).status_code == 403
        assert stranger.post(PLANS, json=WEEK).status_code == 404
        assert stranger.get(FAIRNESS).status_code == 404
        assert clinician.get(FAIRNESS).status_code == 200
    finally:
        clinician.close()
        stranger.close()
    assert night.http.get(PLANS).status_code == 401


def test_a_program_with_a_leads_token_plans(night: EdgeNight) -> None:
    with night.vigil.unit_of_work() as work:
        token = logins.create_token(work, name="planner", role=Role.LEAD, team="north")
    headers = {"Authorization": f"Bearer {token}"}
    assert night.http.get(PLANS, headers=headers).status_code == 200
    assert night.http.get("/api/teams/south/plans", headers=headers).status_code == 404


def test_the_fairness_report_counts_a_week_ahead(lead: httpx.Client) -> None:
    answer = lead.get(FAIRNESS, params={"from": "2026-04-06", "to": "2026-04-12"})
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["team"], said["from"], said["to"]) == ("north", "2026-04-06", "2026-04-12")
    lines = {one["staff"]["id"]: one for one in said["people"]}
    assert list(lines) == ["ana", "ben", "eli"]
    ana = lines["ana"]
    assert (ana["hours"], ana["nights"], ana["weekends"]) == (168, 56, 48)
    assert (ana["pages"], ana["woken"], ana["holidays"]) == (0, 0, 0)


def test_the_fairness_report_comes_as_a_table(lead: httpx.Client) -> None:
    asked = {"from": "2026-04-06", "to": "2026-04-12", "format": "csv"}
    answer = lead.get(FAIRNESS, params=asked)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="fairness-north-2026-04-06-2026-04-12.csv"'
    )
    assert answer.content.startswith(codecs.BOM_UTF8)  # else Excel garbles names
    head, ana, *others = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head == [
        "staff",
        "name",
        "hours",
        "night_hours",
        "weekend_hours",
        "holiday_hours",
        "shifts",
        "night_shifts",
        "pages",
        "crises_woken_for",
    ]
    assert ana[:4] == ["ana", "Ana Sample", "168.0", "56.0"]
    assert len(others) == 2


def test_by_default_the_report_is_of_the_past_quarter(lead: httpx.Client) -> None:
    said = lead.get(FAIRNESS).json()
    assert (said["from"], said["to"]) == ("2025-12-02", "2026-03-03")
    assert said["recorded_since"].startswith("2026-03-03")


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"from": "2026-04-12", "to": "2026-04-06"}, "from must not be after to"),
        ({"from": "2025-01-01", "to": "2026-04-06"}, "at most 400 days apart"),
        ({"from": "0001-01-01", "to": "2026-04-06"}, "between 1970 and 2200"),
        ({"from": "yesterday"}, "from: "),
        ({"format": "xml"}, "format: "),
    ],
)
def test_a_report_that_cannot_be_is_refused(
    lead: httpx.Client, asked: dict[str, str], complaint: str
) -> None:
    answer = lead.get(FAIRNESS, params=asked)
    assert answer.status_code == 422
    assert complaint in answer.json()["detail"]
