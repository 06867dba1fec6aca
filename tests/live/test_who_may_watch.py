"""The board opens only to those who are logged in, and closes when they no longer are."""

from datetime import timedelta

import pytest
from websockets.exceptions import ConnectionClosed

from dispatch.access import Role
from dispatch.agency_file import read_agency
from dispatch.api import board as board_socket
from dispatch.api.context import SESSION_COOKIE
from dispatch.clock import DrillClock
from dispatch.commands import agencies
from dispatch.commands.logins import SESSION_LIFE
from tests.live.watcher import Watcher, add_user, cookie_of, log_in
from tests.scenarios.night import SPEED, Night
from tests.scenarios.town import TOWN

LOG_IN_FIRST = 4401


@pytest.fixture
def rechecked_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open boards look at their log-in several times a second instead of twice a minute."""
    monkeypatch.setattr(board_socket, "RECHECK_SECONDS", 0.2)


@pytest.mark.parametrize("cookie", [None, f"{SESSION_COOKIE}=invented", "other=1"])
def test_without_a_log_in_nothing_is_shown(night: Night, cookie: str | None) -> None:
    with Watcher(night, cookie) as stranger:
        assert stranger.code_at_the_end() == LOG_IN_FIRST
        assert stranger.messages == []


def test_a_page_of_another_site_is_refused_even_with_the_cookie(night: Night) -> None:
    with log_in(night, add_user(night, "Admin", Role.ADMIN)) as client:
        cookie = cookie_of(client)
    for origin in ("https://evil.example", "null", night.base_url + ".evil.example"):
        with Watcher(night, cookie, {"Origin": origin}) as elsewhere:
            assert elsewhere.code_at_the_end() == LOG_IN_FIRST
            assert elsewhere.messages == []
    with Watcher(night, cookie, {"Origin": night.base_url}) as own:
        assert own.read_snapshot().teams


def test_a_hospitals_token_opens_no_board(night: Night) -> None:
    with night.web(Role.HOSPITAL) as hospital:
        token = hospital.headers["Authorization"]
    with Watcher(night, headers={"Authorization": token}) as watcher:
        assert watcher.code_at_the_end() == LOG_IN_FIRST
        assert watcher.messages == []


def test_logging_out_closes_every_board_of_that_log_in(night: Night, rechecked_soon: None) -> None:
    ben = add_user(night, "Ben", Role.CLINICIAN, staff="ben")
    with (
        log_in(night, ben) as client,
        Watcher(night, cookie_of(client)) as one,
        Watcher(night, cookie_of(client)) as another,
        Watcher.logged_in(night, ben) as at_home,
    ):
        one.read_snapshot()
        another.read_snapshot()
        assert client.delete("/api/session").status_code == 204
        assert one.code_at_the_end() == LOG_IN_FIRST
        assert another.code_at_the_end() == LOG_IN_FIRST
        assert at_home.fresh_snapshot().teams, "his other log-in goes on"


def test_a_log_in_that_has_run_out_closes_the_board(night: Night, rechecked_soon: None) -> None:
    with Watcher.logged_in(night, add_user(night, "Ben", Role.CLINICIAN, staff="ben")) as ben:
        later = night.vigil.unit_of_work.clock.now() + SESSION_LIFE + timedelta(minutes=1)
        night.vigil.unit_of_work.clock = DrillClock.beginning(later, SPEED)
        assert ben.code_at_the_end() == LOG_IN_FIRST


def test_who_leaves_a_team_stops_seeing_it(night: Night, rechecked_soon: None) -> None:
    """Hal moves from South to North while his board is open: South's crises are no longer his."""
    with Watcher.logged_in(night, add_user(night, "Hal", Role.CLINICIAN, staff="hal")) as hal:
        assert {team.id for team in hal.fresh_snapshot().teams} == {"south"}
        moved = TOWN.replace("members: [ana, ben, eli]", "members: [ana, ben, eli, hal]")
        moved = moved.replace("members: [gus, hal, ivy]", "members: [gus, ivy]")
        moved = moved.replace("order: [hal]", "order: [gus]")
        with night.vigil.unit_of_work() as work:
            agencies.load(work, read_agency(moved, "town.yaml"))

        def sees_only_north() -> bool:
            """A board that is closed is right too: the page opens a new one by itself."""
            try:
                return {team.id for team in hal.fresh_snapshot().teams} == {"north"}
            except ConnectionClosed:
                return True

        night.until(sees_only_north, "North alone on Hal's board", 5)
