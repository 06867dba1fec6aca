"""Changes of a rota over HTTP: who may, what is tried, what is refused and in which words.

The town: Ana is always primary of North, Ben backup, Eli supervisor; it is Tuesday 03:10.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from dispatch.access import Role
from tests.api.edge import EdgeNight

NIGHT = {"start": "2026-03-03T22:00:00-08:00", "end": "2026-03-04T06:00:00-08:00"}
OFF = {"tier": "primary", "staff": "ana", "kind": "remove", **NIGHT}
OVERRIDES = "/api/teams/north/overrides"


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


def _coverage(client: httpx.Client) -> dict[str, Any]:
    answer = client.get("/api/teams/north/coverage")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_covered_team_is_proved_to_be(lead: httpx.Client) -> None:
    said = _coverage(lead)
    assert said["covered"] is True
    assert said["gaps"] == []
    assert (said["from"][:10], said["to"][:10]) == ("2026-03-03", "2026-06-01")


def test_a_change_that_opens_a_gap_is_refused_with_the_gap_and_who_could_take_it(
    lead: httpx.Client,
) -> None:
    answer = lead.post(OVERRIDES, json=OFF)
    assert answer.status_code == 409
    said = answer.json()
    assert said["detail"] == (
        "This would leave primary of North ACT without anybody from Tue Mar 3 22:00 to "
        "Wed Mar 4 06:00 (Ana Sample is taken off by an override). "
        "Name somebody for it, or let a lead accept the gap with a reason."
    )
    [gap] = said["opened"]
    assert {name: gap[name] for name in ("team", "tier", "start", "end")} == {
        "team": "north",
        "tier": "primary",
        **NIGHT,
    }
    assert gap["candidates"] == [], "Ben and Eli stand on other tiers"
    assert _coverage(lead)["covered"] is True


def test_a_preview_shows_the_gap_and_the_schedule_and_saves_nothing(lead: httpx.Client) -> None:
    answer = lead.post(OVERRIDES, params={"preview": True}, json=OFF)
    assert answer.status_code == 200
    said = answer.json()
    assert said["covered"] is False
    assert [(gap["start"], gap["end"]) for gap in said["opened"]] == [tuple(NIGHT.values())]
    first, second = said["schedule"]["primary"][:2]
    assert (first["end"], second["start"]) == tuple(NIGHT.values())
    assert _coverage(lead)["covered"] is True


def test_a_lead_accepts_a_gap_with_a_reason_and_takes_that_back(lead: httpx.Client) -> None:
    reason = "the county's mobile team stands in"
    answer = lead.post(OVERRIDES, json={**OFF, "accept_gaps": reason})
    assert answer.status_code == 201, answer.text
    number = answer.json()["id"]
    [gap] = _coverage(lead)["gaps"]
    assert gap["accepted"]["reason"] == reason
    assert gap["accepted"]["by"] == "eli@example.org"
    rota = lead.get("/api/teams/north/rota").json()
    [accepted] = rota["accepted_gaps"]
    [override] = rota["overrides"]
    assert override["kind"] == "remove"
    assert override["origin"] == "web"
    back = lead.delete(f"/api/teams/north/accepted-gaps/{accepted['id']}")
    assert back.status_code == 204
    assert _coverage(lead)["gaps"][0]["accepted"] is None
    assert lead.delete(f"{OVERRIDES}/{number}").status_code == 200
    assert lead.delete(f"{OVERRIDES}/{number}").status_code == 404
    assert _coverage(lead)["covered"] is True
    told = [line["what"] for line in lead.get("/api/teams/north/history").json()]
    assert told[:4] == ["override_removed", "gap_not_accepted", "gap_accepted", "override"]


@pytest.mark.parametrize(("before", "status"), [(2**63 - 1, 200), (2**63, 422), (0, 422)])
def test_the_journal_goes_back_from_a_line_that_there_could_be(
    lead: httpx.Client, before: int, status: int
) -> None:
    answer = lead.get("/api/teams/north/history", params={"before": before})
    assert answer.status_code == status
    assert status == 200 or "before" in answer.json()["detail"]


def test_a_lead_accepts_a_gap_that_stands_already(lead: httpx.Client) -> None:
    override = lead.post(OVERRIDES, json={**OFF, "accept_gaps": "for a day"}).json()["id"]
    [accepted] = lead.get("/api/teams/north/rota").json()["accepted_gaps"]
    lead.delete(f"/api/teams/north/accepted-gaps/{accepted['id']}").raise_for_status()
    gap = {"tier": "primary", **NIGHT, "reason": "the county stands in"}
    url = "/api/teams/north/accepted-gaps"
    assert lead.post(url, json=gap).json() == {"accepted": 1}
    assert _coverage(lead)["gaps"][0]["accepted"]["reason"] == "the county stands in"
    again = lead.post(url, json=gap)
    assert (again.status_code, again.json()["detail"]) == (422, "This gap is accepted already.")
    backwards = {**gap, "start": gap["end"], "end": gap["start"]}
    assert lead.post(url, json=backwards).status_code == 422
    lead.delete(f"{OVERRIDES}/{override}").raise_for_status()


@pytest.mark.parametrize("reason", ["", "   ", "two\nlines", "x" * 200])
def test_a_reason_that_says_nothing_accepts_nothing(lead: httpx.Client, reason: str) -> None:
    answer = lead.post(OVERRIDES, json={**OFF, "accept_gaps": reason})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("accept_gaps:")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"tier": "medical"}, "The team's ladder has no tier “medical”"),
        ({"staff": "zoe"}, "Nobody on the staff is called “zoe”"),
        ({"kind": "replace", "staff": "gus"}, "Gus Sample is no member of this team"),
        ({"end": NIGHT["start"]}, "the end must be later"),
        ({"kind": "replace", "instead": "ana"}, "can't stand instead of themselves"),
        ({"kind": "add", "instead": "ben"}, "is instead of nobody"),
        ({"start": "2026-03-03T22:00:00"}, "start:"),
        ({"start": "yesterday"}, "start:"),
        ({"kind": "maybe"}, "kind:"),
        ({"colour": "red"}, "colour:"),
        ({"staff": "\x00"}, "staff:"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    lead: httpx.Client, change: dict[str, str], problem: str
) -> None:
    answer = lead.post(OVERRIDES, json={**OFF, **change})
    assert answer.status_code == 422, answer.text
    assert problem in answer.json()["detail"]


def test_the_rota_as_it_is_told_can_be_sent_back(lead: httpx.Client) -> None:
    rotations = lead.get("/api/teams/north/rota").json()["rotations"]
    assert [one["tier"] for one in rotations] == ["primary", "backup", "supervisor"]
    answer = lead.put("/api/teams/north/rotations", json={"rotations": rotations})
    assert answer.status_code == 200, answer.text
    assert lead.get("/api/teams/north/rota").json()["rotations"] == rotations


def test_of_two_leads_who_change_the_rotations_the_second_is_told(lead: httpx.Client) -> None:
    path = "/api/teams/north/rotations"
    seen = lead.get("/api/teams/north/rota").json()["rotations"]
    first = [{**one, "name": f"{one['name']} by day"} for one in seen]
    assert lead.put(path, json={"rotations": first, "seen": seen}).status_code == 200
    second = [{**one, "name": f"{one['name']} by night"} for one in seen]
    answer = lead.put(path, json={"rotations": second, "seen": seen})
    assert answer.status_code == 409
    assert "Somebody else has changed the rotations meanwhile" in answer.json()["detail"]
    assert lead.get("/api/teams/north/rota").json()["rotations"] == first


def test_rotations_with_a_hole_are_refused(lead: httpx.Client) -> None:
    rotations = lead.get("/api/teams/north/rota").json()["rotations"]
    answer = lead.put("/api/teams/north/rotations", json={"rotations": rotations[1:]})
    assert answer.status_code == 409
    assert "nobody is named" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"every": "1 fortnight"}, "is no length of a turn"),
        ({"order": []}, "order"),
        ({"order": ["zoe"]}, "Nobody on the staff is called “zoe”"),
        ({"starts": "2026-01-05T09:00:00-08:00"}, "is no date and time of the team's own clock"),
        ({"ends": "2025-01-05T09:00"}, "the end must be later"),
        ({"only": {"days": ["funday"]}}, "is no weekday"),
    ],
)
def test_a_rotation_that_cannot_be_is_refused_in_words(
    lead: httpx.Client, change: dict[str, Any], problem: str
) -> None:
    rotations = lead.get("/api/teams/north/rota").json()["rotations"]
    rotations[0].update(change)
    answer = lead.put("/api/teams/north/rotations", json={"rotations": rotations})
    assert answer.status_code == 422, answer.text
    assert problem in answer.json()["detail"]


def test_a_temporary_schedule_stands_and_goes(lead: httpx.Client) -> None:
    path = "/api/teams/north/temporary-schedules"
    stints = [{**NIGHT, "staff": "eli"}]
    answer = lead.post(path, json={"name": "spring", "tiers": {"primary": stints}})
    assert answer.status_code == 201, answer.text
    kinds = {thin["kind"]: thin["reason"] for thin in answer.json()["coverage"]["thin"]}
    assert kinds["two_tiers"] == "Eli Sample stands on primary too"
    [shown] = lead.get("/api/teams/north/rota").json()["temporary"]
    assert shown["tiers"]["primary"][0]["staff"] == {"id": "eli", "name": "Eli Sample"}
    assert lead.delete(f"{path}/{answer.json()['id']}").status_code == 200
    assert lead.get("/api/teams/north/rota").json()["temporary"] == []


def test_overlapping_stints_are_refused(lead: httpx.Client) -> None:
    stints = [{**NIGHT, "staff": "eli"}, {**NIGHT, "staff": "ben"}]
    answer = lead.post(
        "/api/teams/north/temporary-schedules", json={"name": "x", "tiers": {"primary": stints}}
    )
    assert answer.status_code == 422
    assert "one person stands at a time" in answer.json()["detail"]


def test_members_and_phones_are_guarded_too(lead: httpx.Client) -> None:
    assert lead.delete("/api/teams/north/members/ana").status_code == 409
    assert lead.patch("/api/staff/ana", json={"active": False}).status_code == 409
    taken = lead.patch("/api/staff/ana", json={"phone": "+15035550102"})
    assert (taken.status_code, "somebody else's" in taken.json()["detail"]) == (422, True)
    wrong = lead.patch("/api/staff/ana", json={"phone": "5550102"})
    assert (wrong.status_code, "E.164" in wrong.json()["detail"]) == (422, True)
    added = lead.put("/api/teams/north/members/gus")
    assert added.status_code == 200
    assert {"id": "gus", "name": "Gus Sample"} in lead.get("/api/teams/north/members").json()
    assert lead.delete("/api/teams/north/members/gus").status_code == 200


def test_a_lead_of_another_team_sees_no_rota_here_and_changes_nobody(night: EdgeNight) -> None:
    other = night.login("ivy@example.org", Role.LEAD, "ivy")
    other.headers["Origin"] = night.base_url
    assert other.post(OVERRIDES, json=OFF).status_code == 404
    assert other.get("/api/teams/north/rota").status_code == 404
    assert other.get("/api/teams/north/coverage").status_code == 404
    assert other.patch("/api/staff/ana", json={"active": False}).status_code == 404
    other.close()


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.VIEWER])
def test_only_leads_and_administrators_change_a_rota(night: EdgeNight, role: Role) -> None:
    with night.web(role, "north") as client:
        assert client.get("/api/teams/north/rota").json()["may_edit"] is False
        assert client.post(OVERRIDES, json=OFF).status_code == 403
        assert client.patch("/api/staff/ana", json={"active": False}).status_code == 403
        assert client.put("/api/teams/north/rotations", json={"rotations": []}).status_code == 403
        assert client.delete("/api/teams/north/members/ana").status_code == 403


def test_nobody_changes_anything_unasked(night: EdgeNight) -> None:
    assert night.http.post(OVERRIDES, json=OFF).status_code == 401
    assert night.http.get("/api/teams/north/coverage").status_code == 401


def test_another_sites_page_can_t_change_a_rota(lead: httpx.Client) -> None:
    answer = lead.post(OVERRIDES, json=OFF, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-04T00:00Z", "2026-03-03T00:00Z"),
        ("2026-03-04T00:00Z", "2028-03-03T00:00Z"),
        ("1900-01-01T00:00Z", "1900-01-02T00:00Z"),
    ],
)
def test_a_proof_of_no_time_or_of_too_much_is_refused(
    lead: httpx.Client, start: str, end: str
) -> None:
    answer = lead.get("/api/teams/north/coverage", params={"from": start, "to": end})
    assert answer.status_code == 422


def test_before_the_rota_begins_there_is_one_gap_a_tier(lead: httpx.Client) -> None:
    window = {"from": "2020-01-01T00:00Z", "to": "2020-02-01T00:00Z"}
    said = lead.get("/api/teams/north/coverage", params=window).json()
    assert said["covered"] is False
    assert [gap["tier"] for gap in said["gaps"]] == ["primary", "backup", "supervisor"]
    assert {gap["reason"] for gap in said["gaps"]} == {"nobody is named"}


def test_an_instant_beyond_the_calendar_is_a_clear_error(lead: httpx.Client) -> None:
    never = {"start": "9999-12-31T22:00:00-08:00", "end": "9999-12-31T23:00:00-08:00"}
    answer = lead.post(OVERRIDES, json={**OFF, **never})
    assert answer.status_code == 422
    assert "1970 and 2200" in answer.json()["detail"]
