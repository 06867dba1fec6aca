"""Who is on call, over HTTP: the shapes that other programs rely on, and what they may not ask."""

from collections.abc import Iterator
from itertools import pairwise

import httpx
import pytest

from dispatch.access import Role
from tests.api.edge import EdgeNight


@pytest.fixture(scope="module")
def admin(night: EdgeNight) -> Iterator[httpx.Client]:
    """A program that may see every team."""
    with night.web() as client:
        yield client


TEAM_PATHS = ["oncall", "schedule?from=2026-03-01T00:00Z&to=2026-03-02T00:00Z", "members"]


def test_the_ladder_at_an_instant(admin: httpx.Client) -> None:
    answer = admin.get("/api/teams/north/oncall", params={"at": "2026-03-03T03:10:00-08:00"})
    assert answer.status_code == 200
    handoff = "2026-03-09T09:00:00-07:00"
    staff = {"ana": "Ana Sample", "ben": "Ben Sample", "eli": "Eli Sample"}
    tiers = {"primary": "ana", "backup": "ben", "supervisor": "eli"}
    rungs = answer.json().pop("rungs")
    assert [(rung["tier"], rung["staff"]) for rung in rungs] == [
        (tier, {"id": who, "name": staff[who]}) for tier, who in tiers.items()
    ]
    assert all(set(rung) == {"tier", "staff", "until"} for rung in rungs)
    assert all(rung["until"] in (None, handoff) for rung in rungs)
    assert {name: value for name, value in answer.json().items() if name != "rungs"} == {
        "team": "north",
        "at": "2026-03-03T03:10:00-08:00",
        "last_resort": ["988", "+18002738255"],
    }


def test_the_same_instant_in_any_offset_is_answered_in_the_team_s_own_time(
    admin: httpx.Client,
) -> None:
    said = [
        admin.get("/api/teams/north/oncall", params={"at": at}).json()
        for at in ("2026-03-03T11:10:00Z", "2026-03-03T12:10:00+01:00", "2026-03-03T03:10:00-08:00")
    ]
    assert said[0] == said[1] == said[2]
    assert said[0]["at"] == "2026-03-03T03:10:00-08:00"


def test_without_an_instant_it_is_now(night: EdgeNight, admin: httpx.Client) -> None:
    answer = admin.get("/api/teams/south/oncall").json()
    assert answer["at"].startswith("2026-03-03T03:")
    assert answer["rungs"][0]["staff"] == {"id": "gus", "name": "Gus Sample"}


def test_before_the_rota_begins_there_are_empty_rungs_and_the_last_resort(
    admin: httpx.Client,
) -> None:
    answer = admin.get("/api/teams/north/oncall", params={"at": "2020-01-01T00:00:00Z"}).json()
    assert [rung["staff"] for rung in answer["rungs"]] == [None, None, None]
    assert answer["last_resort"] == ["988", "+18002738255"]


@pytest.mark.parametrize(
    "at", ["2026-03-03T03:10:00", "2026-03-03", "yesterday", "", "2026-02-30T00:00:00Z", "\x00"]
)
def test_an_instant_that_is_none_is_refused_by_name(admin: httpx.Client, at: str) -> None:
    """A time without an offset would be read differently by each who reads it."""
    answer = admin.get("/api/teams/north/oncall", params={"at": at})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("at:")


@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_the_ends_of_the_calendar_break_nothing(admin: httpx.Client, at: str) -> None:
    assert admin.get("/api/teams/north/oncall", params={"at": at}).status_code in (200, 422)
    near = {"from": at, "to": at.replace("0001-01-01T0", "0001-01-02T0")}
    assert admin.get("/api/teams/north/schedule", params=near).status_code in (200, 422)


def test_the_schedule_says_who_from_when_until_when_and_why(admin: httpx.Client) -> None:
    answer = admin.get(
        "/api/teams/north/schedule",
        params={"from": "2026-03-08T00:00:00-08:00", "to": "2026-03-10T00:00:00-07:00"},
    )
    assert answer.status_code == 200
    told = answer.json()
    assert set(told) == {"team", "timezone", "tiers"}
    assert (told["team"], told["timezone"]) == ("north", "America/Los_Angeles")
    assert list(told["tiers"]) == ["primary", "backup", "supervisor"]
    shifts = told["tiers"]["primary"]
    assert all(set(shift) == {"start", "end", "staff", "why"} for shift in shifts)
    assert shifts[0]["start"] == "2026-03-08T00:00:00-08:00"
    assert shifts[-1]["end"] == "2026-03-10T00:00:00-07:00", "the clocks went forward between"
    assert {shift["staff"]["id"] for shift in shifts} == {"ana"}
    for before, after in pairwise(shifts):
        assert before["end"] == after["start"]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"from": "2026-03-01T00:00:00Z"},
        {"from": "2026-03-01T00:00:00", "to": "2026-03-02T00:00:00Z"},
        {"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"},
        {"from": "2026-03-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"},
        {"from": "2026-03-01T00:00:00Z", "to": "2036-03-01T00:00:00Z"},
    ],
    ids=str,
)
def test_a_window_that_is_none_is_refused(admin: httpx.Client, params: dict[str, str]) -> None:
    answer = admin.get("/api/teams/north/schedule", params=params)
    assert answer.status_code == 422
    assert "from" in answer.json()["detail"] or "to" in answer.json()["detail"]


def test_the_members_and_the_teams(admin: httpx.Client) -> None:
    assert admin.get("/api/teams/north/members").json() == [
        {"id": "ana", "name": "Ana Sample"},
        {"id": "ben", "name": "Ben Sample"},
        {"id": "eli", "name": "Eli Sample"},
    ]
    assert admin.get("/api/teams").json() == [
        {"id": "north", "name": "North ACT", "timezone": "America/Los_Angeles"},
        {"id": "south", "name": "South ACT", "timezone": "America/Los_Angeles"},
    ]


@pytest.mark.parametrize("path", TEAM_PATHS)
def test_unknown_teams_and_other_people_s_teams_are_not_found(
    night: EdgeNight, admin: httpx.Client, path: str
) -> None:
    for unknown in ("nowhere", "%00", "north%20", "NORTH"):
        assert admin.get(f"/api/teams/{unknown}/{path}").status_code == 404
    south = night.web(Role.CLINICIAN, "south")
    there = south.get(f"/api/teams/north/{path}")
    assert there.status_code == 404
    nowhere = south.get(f"/api/teams/nowhere/{path}")
    assert nowhere.json()["detail"] == there.json()["detail"].replace("north", "nowhere")
    assert [team["id"] for team in south.get("/api/teams").json()] == ["south"]


@pytest.mark.parametrize("path", TEAM_PATHS)
def test_who_has_no_token_learns_nothing(night: EdgeNight, path: str) -> None:
    for team in ("north", "nowhere"):
        assert night.http.get(f"/api/teams/{team}/{path}").status_code == 401


def test_no_phone_number_of_the_staff_is_given_away(night: EdgeNight) -> None:
    viewer = night.web(Role.VIEWER)
    for path in ("oncall", "members"):
        assert "+1503" not in viewer.get(f"/api/teams/north/{path}").text
