"""One's own shifts, OKs and phone over HTTP, a team's handoffs, and whose business they are."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from dispatch.access import Role
from dispatch.commands import phones, rota_edits
from dispatch.commands.rota_edits import By
from oncall.duty_tables import HandoffRow
from oncall.model import Override
from tests.api.edge import EdgeNight
from tests.scenarios.town import BEN

NIGHT = datetime(2026, 3, 3, 11, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def ben(night: EdgeNight) -> Iterator[httpx.Client]:
    """Ben in his browser: the backup of North ACT."""
    browser = night.login("ben@example.org", Role.CLINICIAN, "ben")
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def eli(night: EdgeNight) -> Iterator[httpx.Client]:
    """Eli, who leads North ACT."""
    browser = night.login("eli@example.org", Role.LEAD, "eli")
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def ivy(night: EdgeNight) -> Iterator[httpx.Client]:
    """Ivy, who leads South ACT."""
    browser = night.login("ivy@example.org", Role.LEAD, "ivy")
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def evening(night: EdgeNight) -> None:
    """Ben takes Ana's place as primary in the evening of March 10."""
    start = datetime(2026, 3, 11, 1, 0, tzinfo=UTC)
    end = datetime(2026, 3, 11, 5, 0, tzinfo=UTC)
    with night.vigil.unit_of_work() as work:
        override = Override("primary", start, end, "ben", "a lecture")
        rota_edits.add_override(work, "north", override, By("Eli Sample"))


def test_one_sees_ones_own_shifts_phone_and_time_off(ben: httpx.Client, evening: None) -> None:
    answer = ben.get(
        "/api/me/shifts", params={"from": "2026-03-09T00:00Z", "to": "2026-03-12T00:00Z"}
    )
    assert answer.status_code == 200
    told = answer.json()
    assert set(told) == {"staff", "timezone", "shifts", "phone", "paging", "time_off"}
    assert told["timezone"] == "America/Los_Angeles"
    assert told["staff"] == {"id": "ben", "name": "Ben Sample"}
    assert told["time_off"] == []
    backup, primary = told["shifts"]
    assert (backup["tier"], backup["why"]) == ("backup", "rotation nights")
    assert primary == {
        "team": "north",
        "team_name": "North ACT",
        "timezone": "America/Los_Angeles",
        "tier": "primary",
        "start": "2026-03-10T18:00:00-07:00",
        "end": "2026-03-10T22:00:00-07:00",
        "why": "override: a lecture",
        "confirmed": False,
        "notices": True,
    }


def test_of_a_number_only_the_end_is_told(ben: httpx.Client) -> None:
    told = ben.get("/api/me/shifts").json()["phone"]
    assert told.pop("verified_at").startswith("2026-03-03T03:")
    assert told == {
        "number": BEN[-4:],
        "verified": True,
        "sms": True,
        "voice": True,
        "trouble": None,
    }


@pytest.mark.parametrize(
    "params",
    [
        {"from": "2026-03-09T00:00Z", "to": "2026-03-09T00:00Z"},
        {"from": "2026-03-09T00:00Z", "to": "2027-05-09T00:00Z"},
        {"from": "yesterday"},
    ],
)
def test_a_window_that_is_none_is_refused(ben: httpx.Client, params: dict[str, str]) -> None:
    assert ben.get("/api/me/shifts", params=params).status_code == 422


def test_who_is_not_on_the_staff_has_no_shifts(night: EdgeNight) -> None:
    program = night.web()
    assert program.get("/api/me/shifts").status_code == 403
    body = {"team": "north", "tier": "primary", "start": "2026-03-11T01:00:00Z"}
    refused = program.post("/api/me/shifts/confirm", json=body)
    assert (refused.status_code, refused.json()) == (
        403,
        {"detail": "You are not on the staff, so no shift or phone is yours."},
    )


def test_who_has_not_logged_in_learns_nothing(night: EdgeNight) -> None:
    for path in ("/api/me/shifts", "/api/teams/north/handoffs"):
        assert night.http.get(path).status_code == 401
    for path in ("me/shifts/confirm", "staff/ben/phone/verify", "staff/ben/phone/code"):
        assert night.http.post(f"/api/{path}", json={}).status_code == 401


def test_a_shift_is_confirmed_and_the_team_sees_it(
    night: EdgeNight, ben: httpx.Client, eli: httpx.Client, evening: None
) -> None:
    body = {"team": "north", "tier": "primary", "start": "2026-03-10T18:00:00-07:00"}
    assert ben.post("/api/me/shifts/confirm", json=body).status_code == 204
    assert ben.post("/api/me/shifts/confirm", json=body).status_code == 204, "once is enough"
    window = {"from": "2026-03-10T00:00Z", "to": "2026-03-12T00:00Z"}
    shifts = ben.get("/api/me/shifts", params=window).json()["shifts"]
    assert [(one["tier"], one["confirmed"]) for one in shifts] == [
        ("backup", False),
        ("primary", True),
    ]
    with night.vigil.unit_of_work.reading() as work:
        key = ("north", "primary", datetime(2026, 3, 11, 1, 0, tzinfo=UTC), "ben")
        assert work.session.get_one(HandoffRow, key).confirmed_how == "web"


@pytest.mark.parametrize(
    "body",
    [
        {"team": "north", "tier": "primary", "start": "2026-03-10T17:59:59-07:00"},
        {"team": "north", "tier": "attic", "start": "2026-03-10T18:00:00-07:00"},
        {"team": "south", "tier": "primary", "start": "2026-03-10T18:00:00-07:00"},
        {"team": "nowhere", "tier": "primary", "start": "2026-03-10T18:00:00-07:00"},
    ],
    ids=lambda body: f"{body['team']}-{body['tier']}",
)
def test_what_is_not_theirs_is_not_confirmed(
    ben: httpx.Client, evening: None, body: dict[str, str]
) -> None:
    answer = ben.post("/api/me/shifts/confirm", json=body)
    assert answer.status_code == 404
    assert "fetch your shifts again" in answer.json()["detail"]


def test_a_teams_handoffs_of_the_next_week(
    night: EdgeNight, eli: httpx.Client, evening: None
) -> None:
    with night.vigil.unit_of_work() as work:
        start = datetime(2026, 3, 4, 1, 0, tzinfo=UTC)
        override = Override("primary", start, start.replace(hour=5), "ben")
        rota_edits.add_override(work, "north", override, By("Eli Sample"))
    night.until(
        lambda: any(one["told"] == ["day"] for one in handoffs(eli)), "Ben is told of his evening"
    )
    told = next(one for one in handoffs(eli) if one["told"] == ["day"])
    assert told == {
        "tier": "primary",
        "start": "2026-03-03T17:00:00-08:00",
        "end": "2026-03-03T21:00:00-08:00",
        "staff": {"id": "ben", "name": "Ben Sample"},
        "told": ["day"],
        "confirmed_at": None,
        "missed": False,
    }
    begins = [one["start"] for one in handoffs(eli)]
    assert begins == sorted(begins)
    assert all("2026-03-03" <= start < "2026-03-11" for start in begins)


def handoffs(web: httpx.Client) -> list[dict[str, object]]:
    """The handoffs of North ACT."""
    return list(web.get("/api/teams/north/handoffs").json())


def test_handoffs_are_the_teams_own_business(night: EdgeNight, ivy: httpx.Client) -> None:
    assert ivy.get("/api/teams/north/handoffs").status_code == 404
    assert ivy.get("/api/teams/nowhere/handoffs").status_code == 404
    assert ivy.get("/api/teams/south/handoffs").status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [("verify", {"how": "sms"}), ("code", {"code": "123456"})],
)
def test_whose_phone_is_whose_business(
    night: EdgeNight, ben: httpx.Client, ivy: httpx.Client, path: str, body: dict[str, str]
) -> None:
    assert ben.post(f"/api/staff/ana/phone/{path}", json=body).status_code == 403
    assert ivy.post(f"/api/staff/ana/phone/{path}", json=body).status_code == 404
    assert ivy.post(f"/api/staff/nobody/phone/{path}", json=body).status_code == 404
    viewer = night.web(Role.VIEWER, "north")
    assert viewer.post(f"/api/staff/ana/phone/{path}", json=body).status_code == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("verify", {}),
        ("verify", {"how": "pigeon"}),
        ("verify", {"how": "sms", "to": "+15035550177"}),
        ("code", {}),
        ("code", {"code": "1" * 21}),
    ],
)
def test_what_is_wrong_is_said(ben: httpx.Client, path: str, body: dict[str, str]) -> None:
    assert ben.post(f"/api/staff/ben/phone/{path}", json=body).status_code == 422


def test_a_code_is_sent_to_ones_own_phone_and_typed_in(night: EdgeNight, ben: httpx.Client) -> None:
    assert ben.post("/api/staff/ben/phone/verify", json={"how": "sms"}).status_code == 202
    again = ben.post("/api/staff/ben/phone/verify", json={"how": "sms"})
    assert again.status_code == 429
    assert "wait for it to arrive" in again.json()["detail"]
    [code] = re.findall(r"\b\d{6}\b", night.ben.expect_sms("your code is").body)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    refused = ben.post("/api/staff/ben/phone/code", json={"code": wrong})
    assert refused.status_code == 422
    assert refused.json()["detail"] == "That is not the code. You have 4 tries left."
    answer = ben.post("/api/staff/ben/phone/code", json={"code": code})
    assert (answer.status_code, answer.json()) == (200, {"verified": True})
    used = ben.post("/api/staff/ben/phone/code", json={"code": code})
    assert used.json()["detail"].startswith("No code is waiting for this phone.")


def test_the_trouble_with_a_phone_is_told_to_its_owner(night: EdgeNight, ben: httpx.Client) -> None:
    with night.vigil.unit_of_work() as work:
        phones.opted_out(work, "ben")
    told = ben.get("/api/me/shifts").json()["phone"]
    assert (told["sms"], told["voice"]) == (False, True)
    assert told["trouble"] == "they replied STOP: texts reach them no more"
    with night.vigil.unit_of_work() as work:
        phones.opted_in(work, "ben")
    assert ben.get("/api/me/shifts").json()["phone"]["trouble"] is None
