"""Rosters and alarms over HTTP and on the command line: who may have them, and what they hold."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dispatch.access import Role
from dispatch.feed_tables import FeedAlarmRow, NetworkRow
from tests.api.edge import EdgeNight
from tests.command_line.conftest import load
from tests.command_line.typed import vigil
from tests.scenarios.town import TOWN

NETWORK = "networks:\n  - {id: hie, name: Test Network, valid_days: 30}\n"


@pytest.fixture(scope="module", autouse=True)
def what_there_is(night: EdgeNight) -> None:
    with night.vigil.unit_of_work() as work:
        work.session.add(NetworkRow(id="hie", name="Test Network", valid_days=30))
        for what, over in (("silent/mercy", False), ("matching/south", False), ("inbox", True)):
            at = datetime(2026, 1, 10, tzinfo=UTC)
            row = FeedAlarmRow(what=what, text="words", since=at, over_at=at if over else None)
            work.session.add(row)


def test_an_administrator_exports_a_roster_and_sees_when_it_ends(night: EdgeNight) -> None:
    with night.web() as browser:
        made = browser.post("/api/rosters/hie/export")
        [network] = browser.get("/api/rosters").json()["networks"]
        assert browser.post("/api/rosters/nowhere/export").status_code == 404
    assert made.headers["content-type"].startswith("text/csv")
    assert 'filename="roster-hie-' in made.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(made.text, newline="")))
    assert {row["client_id"] for row in rows} >= {"C-1001", "C-2001"}
    assert network["last"]["clients"] == len(rows)
    assert (network["expires_in_days"], network["expired"]) == (29, False)


@pytest.mark.parametrize(
    ("role", "team", "status"),
    [
        (Role.LEAD, None, 200),
        (Role.LEAD, "north", 403),
        (Role.CLINICIAN, None, 403),
        (Role.VIEWER, None, 403),
        (Role.HOSPITAL, None, 403),
    ],
)
def test_a_roster_is_for_whoever_leads_every_team(
    night: EdgeNight, role: Role, team: str | None, status: int
) -> None:
    with night.web(role, team) as browser:
        assert browser.post("/api/rosters/hie/export").status_code == status
        seen = browser.get("/api/rosters").status_code
    assert seen == (200 if role is Role.LEAD else 403)


def test_alarms_are_shown_while_they_last_and_a_teams_own_to_its_leads(night: EdgeNight) -> None:
    with night.web() as browser:
        alarms = browser.get("/api/feed-alarms").json()["alarms"]
    with night.web(Role.LEAD, "north") as browser:
        norths = browser.get("/api/feed-alarms").json()["alarms"]
    with night.web(Role.VIEWER) as browser:
        assert browser.get("/api/feed-alarms").status_code == 403
    assert [alarm["what"] for alarm in alarms] == ["silent/mercy", "matching/south"]
    assert [alarm["what"] for alarm in norths] == ["silent/mercy"]
    assert alarms[0] == {
        "what": "silent/mercy",
        "text": "words",
        "since": "2026-01-10T00:00:00+00:00",
    }


def test_the_command_writes_a_roster_for_its_owner_alone(database_url: str, tmp_path: Path) -> None:
    bare = {"VIGIL_DATABASE_URL": database_url, "VIGIL_DATA_DIR": str(tmp_path)}
    load(bare, TOWN + NETWORK)
    assert "never exported" in vigil("roster", "list", **bare).stdout
    out = tmp_path / "roster.csv"
    done = vigil("roster", "export", "hie", "--out", str(out), **bare)
    assert (done.returncode, done.stdout) == (0, "")
    assert "5 clients; good until" in done.stderr
    assert out.read_bytes().count(b"\r\n") == 6
    assert out.stat().st_mode & 0o077 == 0
    assert "5 clients, good until" in vigil("roster", "list", **bare).stdout
    wrong = vigil("roster", "export", "nowhere", **bare)
    assert wrong.returncode == 1
    assert "No network is called “nowhere”. `vigil roster list`" in wrong.stderr
