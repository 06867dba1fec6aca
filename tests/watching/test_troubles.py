"""What is wrong with a node is on every open board at once, and /readyz says it too."""

import contextlib
import threading
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import text

from dispatch import database_health, gauges
from dispatch.access import Role
from dispatch.api import health
from dispatch.api.context import Vigil
from dispatch.database_health import DatabaseHealth
from dispatch.directory_watch import DirectoryWatch
from dispatch.invariant_watch import InvariantWatch
from dispatch.live import Live
from dispatch.troubles import About, Troubles
from tests.live.watcher import Watcher, add_user
from tests.watching.conftest import METRICS_TOKEN, WatchedNight

FULL = "The journal is full: what happens now is not kept."


@pytest.fixture(scope="module")
def admin(night: WatchedNight) -> str:
    """The e-mail address of somebody who may see every board."""
    return add_user(night, "Admin", Role.ADMIN)


@pytest.fixture
def board(night: WatchedNight, admin: str) -> Iterator[Watcher]:
    """An open board, with its first snapshot read."""
    with Watcher.logged_in(night, admin) as board:
        yield board


@pytest.fixture(autouse=True)
def nothing_is_wrong_afterwards(night: WatchedNight) -> Iterator[None]:
    yield
    for one in About:
        night.vigil.troubles.end(one)


def told(board: Watcher) -> list[str]:
    """What the next word about troubles names."""
    while True:
        message = board.read()
        if message["type"] == "trouble":
            assert message["at"].endswith("+00:00")
            return [one["about"] for one in message["troubles"]]


def ready(night: WatchedNight) -> tuple[int, list[str], list[str]]:
    """What /readyz says: status, problems, troubles by name."""
    answer = httpx.get(f"{night.base_url}/readyz", timeout=20)
    said = answer.json()
    assert said["ready"] is (answer.status_code == 200)
    return answer.status_code, said["problems"], [one["about"] for one in said["troubles"]]


def begin(vigil: Vigil, about: About, text: str = FULL) -> None:
    vigil.troubles.begin(about, text, vigil.unit_of_work.clock.now())


def test_a_trouble_is_on_every_open_board_at_once_until_it_ends(
    night: WatchedNight, board: Watcher
) -> None:
    begin(night.vigil, About.JOURNAL)
    assert told(board) == ["journal"]
    assert board.messages[-1]["troubles"][0]["text"] == FULL
    assert ready(night) == (503, [], ["journal"])
    begin(night.vigil, About.JOURNAL)  # the same again is no news
    begin(night.vigil, About.FALLBACK, "What is published is old.")
    assert told(board) == ["journal", "fallback"]
    night.vigil.troubles.end(About.JOURNAL)
    assert told(board) == ["fallback"]
    night.vigil.troubles.end(About.FALLBACK)
    assert told(board) == []
    assert ready(night) == (200, [], [])


def test_whoever_opens_a_board_hears_of_it_right_after_the_snapshot(
    night: WatchedNight, admin: str
) -> None:
    begin(night.vigil, About.FALLBACK)
    with Watcher.logged_in(night, admin) as board:
        assert told(board) == ["fallback"]
        assert [one["type"] for one in board.messages] == ["snapshot", "trouble"]
        board.fresh_snapshot()
        assert told(board) == ["fallback"], "after every snapshot, which to a page means: all well"
    night.vigil.troubles.end(About.FALLBACK)
    with Watcher.logged_in(night, admin) as board:
        board.fresh_snapshot()
        assert "trouble" not in [one["type"] for one in board.messages]


def test_what_begins_while_a_snapshot_is_read_is_told_after_it(
    night: WatchedNight, board: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Live._snapshot

    def slow(live: Live, viewer: object) -> object:
        begin(night.vigil, About.JOURNAL)
        message = read(live, viewer)  # type: ignore[arg-type]
        night.vigil.troubles.end(About.JOURNAL)
        begin(night.vigil, About.FALLBACK)
        return message

    monkeypatch.setattr(Live, "_snapshot", slow)
    board.fresh_snapshot()
    assert told(board) == ["fallback"]


# The database ───────────────────────────────────────────────────────────────────────────────────


def test_a_database_that_does_not_answer_is_told_and_so_is_its_return(
    night: WatchedNight, board: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_health, "MISSES", 2)
    with monkeypatch.context() as outage:
        outage.setattr(DirectoryWatch, "_look", _away)
        assert told(board) == ["database"]
        assert "callers are routed from the rota in memory" in str(board.messages[-1])
        status, [problem], troubles = ready(night)
        assert (status, problem) == (503, "the database can't be reached")
        assert troubles == ["database"]
        gauges = _metrics(night)
        assert "vigil_database_up 0.0" in gauges
        assert 'vigil_trouble{about="database"} 1.0' in gauges
        assert "vigil_open_crises" not in gauges, "an old figure would look like a fresh one"
    monkeypatch.undo()
    assert told(board) == []
    assert ready(night) == (200, [], [])
    assert "vigil_database_up 1.0" in _metrics(night)


async def _away(*_: object) -> None:
    """A look at a database that is away comes to nothing."""
    import psycopg

    raise psycopg.OperationalError("the server is away")


def _metrics(night: WatchedNight) -> str:
    answer = httpx.get(
        f"{night.base_url}/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}
    )
    assert answer.status_code == 200
    return answer.text


def test_a_database_that_hangs_holds_up_nobody_who_asks(
    night: WatchedNight, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may accept connections and never answer: no timeout of its own can help then."""
    back = threading.Event()
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(gauges, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(gauges, "FRESH_SECONDS", 0.0)
    with monkeypatch.context() as outage:
        outage.setattr(InvariantWatch, "look", lambda _: back.wait(20))
        outage.setattr(gauges, "read", lambda _: back.wait(20))
        assert ready(night) == (503, ["the database can't be reached"], [])
        assert "vigil_database_up 0.0" in _metrics(night)
        assert "vigil_database_up 0.0" in _metrics(night), "and no second thread waits for it"
        back.set()
    night.until(lambda: ready(night)[0] == 200, "the database")
    night.until(lambda: "vigil_database_up 1.0" in _metrics(night), "the database")


def test_looks_are_counted_and_not_timed(night: WatchedNight) -> None:
    """A node that was held up itself must not blame its database."""
    troubles = Troubles()
    count = DatabaseHealth(troubles, night.vigil.unit_of_work.clock.now)
    for _ in range(database_health.MISSES - 1):
        count.missed()
    assert (count.is_away, troubles.now()) == (False, ())
    count.missed()
    count.missed()
    assert [one.about for one in troubles.now()] == [About.DATABASE]
    count.seen()
    assert (count.is_away, troubles.now()) == (False, ())


# Broken promises ────────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def broken_promise(night: WatchedNight) -> Iterator[None]:
    """A crisis without owner and deadline, which nothing would ever bring on."""
    pursuit = (
        '{"reaching": null, "line": null, "rung": null, "tried": [], "paged": [], "pages": 0,'
        ' "handing_to": null}'
    )
    with night.vigil.unit_of_work.engine.begin() as connection:
        connection.execute(
            text(
                "insert into crisis (ref, team_id, source, state, since, opened_at, round, pursuit)"
                " values ('Q9Q', 'south', 'call', 'paging', :now, :now, 1, :pursuit)"
            ),
            {"now": night.vigil.unit_of_work.clock.now(), "pursuit": pursuit},
        )
    yield
    with night.vigil.unit_of_work.engine.begin() as connection:
        connection.execute(text("delete from crisis where ref = 'Q9Q'"))


def test_a_broken_promise_is_found_every_minute_and_told_on_boards_without_naming_it(
    night: WatchedNight, board: Watcher
) -> None:
    with broken_promise(night):
        night.vigil.invariants.beat()
        assert told(board) == ["invariants"]
        [trouble] = board.messages[-1]["troubles"]
        assert "1 broken promise." in trouble["text"]
        assert "Q9Q" not in str(board.messages), "boards show no other team's crises"
        problem = "crisis Q9Q: has neither an owner nor a deadline"
        assert ready(night) == (503, [problem], ["invariants"])
        assert "vigil_invariant_violations 1.0" in _metrics(night)
    night.vigil.invariants.beat()
    assert told(board) == []
    assert "vigil_invariant_violations 0.0" in _metrics(night)


def test_ready_tells_the_latest_and_not_what_was_found_a_minute_ago(night: WatchedNight) -> None:
    with broken_promise(night):
        night.vigil.invariants.beat()
    assert ready(night) == (200, [], [])


def test_a_running_node_looks_by_itself(night: WatchedNight) -> None:
    night.until(lambda: night.vigil.invariants.looked.age is not None, "the first look")
