"""Time off over HTTP: who may write it, what it means, and that it opens no gap unseen."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import select

from dispatch.access import Role
from oncall.tables import RotaChangeRow, TimeOffRow
from tests.api.edge import EdgeNight
from tests.clocks import HeldClock
from tests.scenarios.night import NIGHT

ANA = "/api/staff/ana/time-off"
BEN = "/api/staff/ben/time-off"
ELI = "/api/staff/eli/time-off"

DAYS = {"first_day": "2026-03-10", "last_day": "2026-03-12"}


@pytest.fixture
def clock(night: EdgeNight) -> Iterator[HeldClock]:
    """The night's clock, stopped, to be moved by hand."""
    running = night.clock
    night.clock = held = HeldClock(running.now())
    yield held
    night.clock = running


def listed(client: httpx.Client, path: str = ANA) -> list[tuple[str, str]]:
    """From when until when somebody is away."""
    return [(one["start"], one["end"]) for one in client.get(path).json()]


def on_call(client: httpx.Client, at: str) -> str:
    """Who is North's primary."""
    rungs = client.get("/api/teams/north/oncall", params={"at": at}).json()["rungs"]
    return str(rungs[0]["staff"]["id"])


# What it means ──────────────────────────────────────────────────────────────────────────────────


def test_who_is_away_stands_nowhere(ana: httpx.Client) -> None:
    assert on_call(ana, "2026-03-17T12:00:00Z") == "ana"
    answer = ana.post(ANA, json={"start": "2026-03-17T00:00:00Z", "end": "2026-03-18T00:00:00Z"})
    assert answer.status_code == 201
    assert answer.json()["coverage"]["covered"] is True
    assert {thin["kind"] for thin in answer.json()["coverage"]["thin"]} == {"two_tiers"}
    assert on_call(ana, "2026-03-16T23:59:59Z") == "ana"
    assert on_call(ana, "2026-03-17T00:00:00Z") == "eli"
    assert on_call(ana, "2026-03-17T23:59:59Z") == "eli"
    assert on_call(ana, "2026-03-18T00:00:00Z") == "ana"


def test_days_are_whole_days_by_the_team_s_clock(ana: httpx.Client) -> None:
    """From the 7th to the 8th, when the clocks go forward: 47 hours."""
    ana.post(ANA, json={"first_day": "2026-03-07", "last_day": "2026-03-08", "team": "north"})
    assert listed(ana) == [("2026-03-07T00:00:00-08:00", "2026-03-09T00:00:00-07:00")]


def test_it_can_be_taken_back(ana: httpx.Client) -> None:
    number = ana.post(ANA, json=DAYS).json()["id"]
    assert [one["id"] for one in ana.get(ANA).json()] == [number]
    answer = ana.delete(f"{ANA}/{number}")
    assert answer.status_code == 200
    assert answer.json()["coverage"]["covered"] is True
    assert listed(ana) == []
    assert ana.delete(f"{ANA}/{number}").status_code == 404


def test_what_has_passed_of_it_stays(night: EdgeNight, ana: httpx.Client, clock: HeldClock) -> None:
    began, ends = clock.now() - timedelta(hours=3), clock.now() + timedelta(days=2)
    body = {"start": began.isoformat(), "end": ends.isoformat()}
    number = ana.post(ANA, json=body).json()["id"]
    clock.skip(hours=1)
    assert ana.delete(f"{ANA}/{number}").status_code == 200
    [one] = listed(ana)
    assert [datetime.fromisoformat(at) for at in one] == [began, clock.now()]
    assert ana.delete(f"{ANA}/{number}").status_code == 422, "it is over"


def test_what_is_over_is_listed_for_a_month(night: EdgeNight, ana: httpx.Client) -> None:
    with night.vigil.unit_of_work() as work:
        for days in (30, 32):
            ends = work.now - timedelta(days=days)
            starts = ends - timedelta(hours=1)
            row = TimeOffRow(
                staff_id="ana", starts=starts, ends=ends, made_at=starts, made_by="Ana Sample"
            )
            work.session.add(row)
    assert len(listed(ana)) == 1


def test_the_journal_says_when_and_who_and_never_why(
    night: EdgeNight, ana: httpx.Client, eli: httpx.Client
) -> None:
    number = eli.post(ANA, json=DAYS).json()["id"]
    ana.delete(f"{ANA}/{number}")
    back, away = eli.get("/api/teams/north/history").json()[:2]
    when = "Tue Mar 10 00:00 to Fri Mar 13 00:00"
    assert (away["who"], away["text"]) == ("eli@example.org", f"Ana Sample is away from {when}")
    assert back["text"] == f"Ana Sample is not away from {when}"
    assert "reason" not in TimeOffRow.model_fields


# Gaps ───────────────────────────────────────────────────────────────────────────────────────────


def test_time_off_that_opens_a_gap_is_refused_with_the_gap(
    night: EdgeNight, eli: httpx.Client, ana: httpx.Client
) -> None:
    """Eli alone is supervisor, and nobody stands below."""
    before = night.contents()
    answer = eli.post(ELI, json=DAYS)
    assert answer.status_code == 409
    refused = answer.json()
    assert "supervisor of North ACT without anybody" in refused["detail"]
    [gap] = [one for one in refused["opened"] if one["tier"] == "supervisor"]
    assert (gap["start"], gap["end"]) == ("2026-03-10T00:00:00-07:00", "2026-03-13T00:00:00-07:00")
    assert gap["reason"] == "Eli Sample is away"
    assert night.contents()["time_off"] == before["time_off"]
    assert night.contents()["rota_change"] == before["rota_change"]


def test_a_preview_says_the_same_and_saves_nothing(eli: httpx.Client, ana: httpx.Client) -> None:
    tried = eli.post(ELI, params={"preview": True}, json=DAYS)
    assert tried.status_code == 200
    assert tried.json()["covered"] is False
    assert tried.json()["opened"] == eli.post(ELI, json=DAYS).json()["opened"]
    harmless = ana.post(ANA, params={"preview": True}, json=DAYS).json()
    assert harmless["covered"] is True
    assert harmless["opened"] == []
    assert listed(eli, ELI) == listed(ana) == []


def test_two_may_be_away_while_a_third_stands_below(ana: httpx.Client, ben: httpx.Client) -> None:
    assert ana.post(ANA, json=DAYS).status_code == 201
    assert ben.post(BEN, json=DAYS).status_code == 201
    assert on_call(ana, "2026-03-11T12:00:00Z") == "eli"


def test_a_lead_may_accept_the_gap_with_a_reason(eli: httpx.Client, admin: httpx.Client) -> None:
    body = {**DAYS, "accept_gaps": "the county's supervisor stands in"}
    answer = eli.post(ELI, json=body)
    assert answer.status_code == 201
    params = {"from": "2026-03-09T00:00:00Z", "to": "2026-03-16T00:00:00Z"}
    [gap] = admin.get("/api/teams/north/coverage", params=params).json()["gaps"]
    assert gap["accepted"]["reason"] == "the county's supervisor stands in"
    assert gap["accepted"]["by"] == "eli@example.org"


def test_who_leads_nobody_may_not_accept_a_gap(ana: httpx.Client) -> None:
    answer = ana.post(ANA, json={**DAYS, "accept_gaps": "it will be fine"})
    assert answer.status_code == 403
    number = ana.post(ANA, json=DAYS).json()["id"]
    answer = ana.delete(f"{ANA}/{number}", params={"accept_gaps": "it will be fine"})
    assert answer.status_code == 403


# Who may ────────────────────────────────────────────────────────────────────────────────────────


def test_people_for_themselves_and_their_leads_for_them(
    night: EdgeNight,
    admin: httpx.Client,
    ana: httpx.Client,
    ben: httpx.Client,
    eli: httpx.Client,
    ivy: httpx.Client,
) -> None:
    for client in (ana, eli, admin, night.web(Role.LEAD, "north")):
        answer = client.post(ANA, json=DAYS)
        assert answer.status_code == 201
        assert client.get(ANA).status_code == 200
        assert client.delete(f"{ANA}/{answer.json()['id']}").status_code == 200
    others = {
        ben: 403,
        ivy: 404,
        night.web(Role.CLINICIAN): 403,
        night.web(Role.VIEWER): 403,
        night.web(Role.LEAD, "south"): 404,
        night.web(Role.HOSPITAL): 403,
        night.http: 401,
    }
    for client, status in others.items():
        assert client.get(ANA).status_code == status
        assert client.post(ANA, json=DAYS).status_code == status
        assert client.delete(f"{ANA}/1").status_code == status
        assert client.post(f"{ANA}/import", content=b"").status_code == status
    assert listed(admin) == []


def test_somebody_unknown_is_not_found(admin: httpx.Client, ana: httpx.Client) -> None:
    for staff in ("zoe", "ANA", "%00"):
        for client in (admin, ana):
            assert client.get(f"/api/staff/{staff}/time-off").status_code == 404


def test_nobody_takes_back_somebody_else_s_under_their_own_name(
    ana: httpx.Client, ben: httpx.Client
) -> None:
    number = ana.post(ANA, json=DAYS).json()["id"]
    assert ben.delete(f"{BEN}/{number}").status_code == 404
    assert len(listed(ana)) == 1


# What is none ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"start": "2026-03-10T00:00:00Z"},
        {"first_day": "2026-03-10"},
        {**DAYS, "start": "2026-03-10T00:00:00Z", "end": "2026-03-11T00:00:00Z"},
        {"start": "2026-03-10T00:00:00", "end": "2026-03-11T00:00:00"},
        {"start": "2026-03-11T00:00:00Z", "end": "2026-03-10T00:00:00Z"},
        {"start": "2026-03-11T00:00:00Z", "end": "2026-03-11T00:00:00Z"},
        {"first_day": "2026-03-12", "last_day": "2026-03-10"},
        {"first_day": "2026-02-30", "last_day": "2026-03-10"},
        {"first_day": "0001-01-01", "last_day": "9999-12-31"},
        {"first_day": "2026-03-10", "last_day": "2036-03-12"},
        {"first_day": "2026-01-10", "last_day": "2026-01-12"},
        {**DAYS, "team": "south"},
        {**DAYS, "team": "nowhere"},
        {**DAYS, "reason": "surgery"},
        {**DAYS, "accept_gaps": ""},
    ],
    ids=str,
)
def test_what_is_no_time_off_is_refused_in_words(
    night: EdgeNight, admin: httpx.Client, body: Any
) -> None:
    answer = admin.post(ANA, json=body)
    assert answer.status_code == 422
    assert len(answer.json()["detail"]) > 15
    assert "surgery" not in answer.text
    assert listed(admin) == []


def test_nobody_is_away_more_often_than_can_be_looked_through(
    night: EdgeNight, admin: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dispatch.commands.time_off.MOST_AHEAD", 1)
    assert admin.post(ANA, json=DAYS).status_code == 201
    assert admin.post(ANA, json=DAYS).status_code == 422


def test_time_off_is_noted_as_written_by_whom(night: EdgeNight, eli: httpx.Client) -> None:
    eli.post(ANA, json=DAYS)
    with night.vigil.unit_of_work.reading() as work:
        [row] = work.session.exec(select(TimeOffRow).where(TimeOffRow.staff_id == "ana")).all()
        assert (row.made_by, row.uid) == ("eli@example.org", None)
        changes = work.session.exec(select(RotaChangeRow.what)).all()
    assert "time_off" in changes
    assert row.made_at >= NIGHT
