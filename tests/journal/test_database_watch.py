"""Whether the database is away, from how it answers: stopped, hanging and read-only all are."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dispatch.database import make_engine
from dispatch.database_watch import DatabaseWatch, is_away_error

SOON = 20.0


class Heard:
    """What a watch has told, in order."""

    def __init__(self) -> None:
        self.told: list[bool] = []
        self._news = threading.Condition()

    def __call__(self, away: bool) -> None:
        with self._news:
            self.told.append(away)
            self._news.notify_all()

    def until(self, *told: bool) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self.told == list(told), SOON), self.told


@contextmanager
def watching(dsn: str, heard: Callable[[bool], None]) -> Iterator[DatabaseWatch]:
    watch = DatabaseWatch(dsn, heard, look_seconds=0.05, patience_seconds=2.0)
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


def test_a_failed_command_is_believed_at_once_and_looked_into(database_url: str) -> None:
    heard = Heard()
    with watching(database_url, heard) as watch:
        watch.failed()
        waited = threading.Event()
        for _ in range(200):
            if not watch.is_away:
                break
            waited.wait(0.05)
        assert not watch.is_away, "it was there: the next caller is decided as usual"


def test_nobody_listens_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    heard = Heard()
    with watching(f"postgresql://nobody@127.0.0.1:{port}/none", heard) as watch:
        heard.until(True)
        assert watch.is_away


def test_somebody_takes_the_connection_and_says_nothing() -> None:
    heard = Heard()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with watching(f"postgresql://nobody@127.0.0.1:{port}/none", heard):
            heard.until(True)


def test_a_copy_that_may_not_be_written_is_as_good_as_away(database_url: str) -> None:
    heard = Heard()
    with watching(f"{database_url}&options=-c%20default_transaction_read_only%3Don", heard):
        heard.until(True)


@pytest.mark.parametrize(
    "slow", ["set statement_timeout = 1; select pg_sleep(1)", "select 1/0", "select nonsense"]
)
def test_a_slow_or_a_wrong_question_says_nothing_about_the_database(
    database_url: str, slow: str
) -> None:
    engine = make_engine(database_url)
    *before, slow = slow.split("; ")
    with engine.connect() as connection:
        for one in before:
            connection.execute(text(one))
        with pytest.raises(DBAPIError) as failure:
            connection.execute(text(slow))
    engine.dispose()
    assert not is_away_error(failure.value)


def test_a_cut_connection_says_it(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.connect() as connection, pytest.raises(DBAPIError) as failure:
        connection.execute(text("select pg_terminate_backend(pg_backend_pid())"))
    engine.dispose()
    assert is_away_error(failure.value)
