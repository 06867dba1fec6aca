"""Admissions, an episode and its counts over HTTP: who looks, who records, what is audited."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from dispatch.access import Role
from dispatch.board import AdmissionsChanged
from dispatch.commands.carrying_out import open_crisis
from dispatch.crisis import Source
from dispatch.episode_tables import NoticeCrisisRow, NoticeRow, PromiseRow
from dispatch.hospitals.notice import LegalStatus, NoticeKind
from dispatch.tables import AuditRow
from tests.api.edge import EdgeNight
from tests.clocks import HeldClock
from tests.hospitals.build import MERCY, hour, tell
from tests.hospitals.told_rows import add_hospitals, link, stay_told
from tests.live.watcher import Watcher, add_user

K = NoticeKind


@pytest.fixture(scope="module")
def night(module_town_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeNight]:
    """Hour 40 in the town: One is admitted since hour 30, Two waits for a bed, Five is South's."""
    folder = Path(tmp_path_factory.mktemp("admissions"))
    with EdgeNight(module_town_url, folder, speed=1.0) as night:
        night.clock = HeldClock(hour(40))
        with night.vigil.unit_of_work() as work:
            add_hospitals(work)
            link(
                work,
                "C-1001",
                *stay_told("K", 30),
                tell(K.VISIT_UPDATE, 31, number="K", reference="KU", legal=LegalStatus.INVOLUNTARY),
            )
            link(work, "C-1002", tell(K.ED_VISIT, 38, number="L", reference="L", unit="ED"))
            link(work, "C-2001", *stay_told("S", 30))
        yield night
        night.assert_promises_kept()


@pytest.fixture(scope="module")
def admin(night: EdgeNight) -> Iterator[httpx.Client]:
    with night.web() as browser:
        yield browser


@pytest.fixture(scope="module")
def ana(night: EdgeNight) -> Iterator[httpx.Client]:
    browser = night.login("ana@example.org", Role.CLINICIAN, "ana")
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def wall(night: EdgeNight) -> Iterator[httpx.Client]:
    """The board on North's wall."""
    with night.web(Role.VIEWER, "north") as browser:
        yield browser


def get(browser: httpx.Client, path: str) -> dict[str, Any]:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def audited(night: EdgeNight, what: str) -> list[str]:
    with night.vigil.unit_of_work.reading() as work:
        query = select(AuditRow.about).where(AuditRow.what == what)
        return list(work.session.exec(query.order_by(col(AuditRow.id))))


def test_who_is_in_hospital_the_longest_first(night: EdgeNight, admin: httpx.Client) -> None:
    told = get(admin, "/api/admissions?team=north")["admissions"]
    assert [one["client"]["id"] for one in told] == ["C-1001", "C-1002"]
    first, second = told
    assert (first["key"], first["state"], first["day"]) == ("KE", "admitted", 1)
    assert (first["hospital"]["name"], first["unit"]) == ("Test Mercy", "BHU 3")
    assert first["legal_status"] == "involuntary"
    assert first["boarding"]["minutes"] == 120, "from the decision to the bed"
    assert (second["state"], second["boarding"]["decided"]) == ("in_ed", False)
    assert first["next"] == first["due"][0], "nobody has called yet"
    assert (first["next"]["stage"], first["next"]["overdue"]) == ("called_back", True)
    assert audited(night, "admissions_read")[-1] == "C-1001,C-1002"
    assert len(get(admin, "/api/admissions")["admissions"]) == 3


def test_a_wall_sees_initials_and_no_details(wall: httpx.Client) -> None:
    told = get(wall, "/api/admissions")["admissions"]
    assert [(one["client"], one["initials"]) for one in told] == [(None, "TO"), (None, "TT")]
    page = get(wall, "/api/episodes/KE")
    assert (page["client"], page["legal"], page["legal_status"]) == (None, [], None)
    for path in ("/api/episodes/KE", "/api/admissions", "/api/teams/north/fidelity"):
        assert "Test Person" not in wall.get(path).text


def test_another_teams_episodes_are_answered_like_none(
    night: EdgeNight, ana: httpx.Client, wall: httpx.Client
) -> None:
    step = {"kind": "contact", "at": hour(39).isoformat()}
    for browser in (ana, wall):
        for key in ("SE", "nowhere"):
            assert browser.get(f"/api/episodes/{key}").status_code == 404
        assert browser.get("/api/admissions?team=south").status_code == 404
        assert browser.get("/api/teams/south/fidelity").status_code == 404
    assert ana.post("/api/episodes/SE/steps", json=step).status_code == 404
    assert wall.post("/api/episodes/KE/steps", json=step).status_code == 403
    assert night.http.get("/api/admissions").status_code == 401


def test_a_page_tells_everything_by_any_notice_of_the_episode(
    night: EdgeNight, ana: httpx.Client
) -> None:
    page = get(ana, "/api/episodes/KA")
    assert (page["key"], page["client"]["name"]) == ("KE", "Test Person One")
    assert page["timezone"] == "America/Los_Angeles"
    assert [one["setting"] for one in page["segments"]] == ["emergency", "inpatient"]
    assert [line["what"] for line in page["history"]][:3] == [
        "came to the emergency department",
        "is to be admitted",
        "admitted",
    ]
    assert page["notified"][0]["delay_minutes"] == 0
    assert len(page["marks"]) == 7
    assert audited(night, "episode_read")[-1] == "KE C-1001"


def test_a_clinician_records_for_themselves_and_takes_it_back(
    night: EdgeNight, ana: httpx.Client, admin: httpx.Client
) -> None:
    asked = {"kind": "involved", "how": "on_the_phone", "at": hour(27.5).isoformat()}
    told = ana.post("/api/episodes/KE/steps", json={**asked, "words": "spoke with the resident"})
    assert told.status_code == 201, told.text
    step = told.json()
    assert (step["by"], step["words"]) == (
        {"id": "ana", "name": "Ana Sample"},
        "spoke with the resident",
    )
    assert get(ana, "/api/episodes/KE")["counts"]["O5"]["in_numerator"]
    assert ana.post("/api/episodes/KE/steps", json={**asked, "staff": "ben"}).status_code == 403
    bens = admin.post("/api/episodes/KE/steps", json={**asked, "staff": "ben"})
    assert bens.status_code == 201, "a lead or a program enters what somebody told"
    assert ana.delete(f"/api/episodes/KE/steps/{bens.json()['id']}").status_code == 403
    assert ana.delete("/api/episodes/KE/steps/99999").status_code == 404
    assert ana.delete(f"/api/episodes/L/steps/{step['id']}").status_code == 404
    for _ in range(2):
        for one in (step, bens.json()):
            assert admin.delete(f"/api/episodes/KE/steps/{one['id']}").status_code == 204
    page = get(ana, "/api/episodes/KE")
    assert all(one["retracted_at"] for one in page["steps"])
    assert page["counts"]["O5"]["reason"] == (
        "notified in time, but nobody was involved before the decision"
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"at": (hour(40) + timedelta(seconds=1)).isoformat()}, "lies ahead"),
        ({"at": "2026-03-04T10:00:00"}, "timezone"),
        ({"kind": "involved"}, "how: say how"),
        ({"crisis": "C2D"}, "crisis: "),
        ({"kind": "danced"}, "kind: "),
    ],
)
def test_a_wrong_step_is_refused_in_words(
    ana: httpx.Client, body: dict[str, str], why: str
) -> None:
    step = {"kind": "contact", "at": hour(39).isoformat(), **body}
    answer = ana.post("/api/episodes/KE/steps", json=step)
    assert answer.status_code == 422
    assert why in answer.json()["detail"]


def test_the_call_that_was_promised_and_the_open_crisis_are_shown_and_boards_hear_of_steps(
    night: EdgeNight, ana: httpx.Client
) -> None:
    with night.vigil.unit_of_work() as work:
        crisis = open_crisis(work, "north", Source.HOSPITAL)
        notice = work.session.exec(select(NoticeRow).where(NoticeRow.reference == "L")).one()
        work.session.add(NoticeCrisisRow(notice_id=notice.id or 0, crisis_ref=crisis.ref))
        work.session.flush()
        work.session.add(PromiseRow(crisis_ref=crisis.ref, hospital_id=MERCY, due_at=hour(41)))
    waiting = get(ana, "/api/admissions")["admissions"][1]
    assert waiting["crisis"] == crisis.ref
    assert waiting["call_by"] == hour(41).isoformat().replace("+00:00", "Z")
    email = add_user(night, "Cho Sample", Role.VIEWER, teams=("north",))
    with Watcher.logged_in(night, email) as watcher:
        step = {"kind": "called_back", "at": hour(39).isoformat(), "crisis": crisis.ref}
        assert ana.post("/api/episodes/L/steps", json=step).status_code == 201
        watcher.read_until(
            lambda _: AdmissionsChanged(team="north") in watcher.changes, "that admissions changed"
        )
    read = get(ana, f"/api/crises/{crisis.ref}")
    assert read["timeline"][-1]["text"] == "hospital: the hospital was called back"
    assert get(ana, "/api/admissions")["admissions"][1]["due"] == []
    assert ana.post(
        f"/api/crises/{crisis.ref}/close", json={"disposition": "not_a_crisis"}
    ).is_success


def test_a_report_is_for_the_team_and_its_table_for_leads(
    night: EdgeNight, ana: httpx.Client, admin: httpx.Client
) -> None:
    told = get(ana, "/api/teams/north/fidelity?from=2026-03-01&to=2026-03-31")
    assert [one["measure"] for one in told["measures"]] == ["O5", "O6"]
    assert audited(night, "fidelity_read")[-1] == "north 2026-03-01 2026-03-31"
    rows = told["measures"][0]["rows"]
    assert [row["client"]["id"] for row in rows] == ["C-1002", "C-1001"], "the undated first"
    assert get(ana, "/api/teams/north/fidelity")["from"] == "2025-03-04", "a year until today"
    assert ana.get("/api/teams/north/fidelity.csv").status_code == 403
    table = admin.get("/api/teams/north/fidelity.csv?from=2026-03-01&to=2026-03-31")
    assert table.headers["content-type"].startswith("text/csv")
    assert "Test Person" not in table.text
    assert "C-1001" in table.text
    for period in ("from=2026-04-01&to=2026-03-01", "from=1999-01-01&to=2001-01-01", "from=x"):
        answer = ana.get(f"/api/teams/north/fidelity?{period}")
        assert answer.status_code == 422, period
        assert answer.json()["detail"]
